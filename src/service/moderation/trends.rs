//! What may trend. Hashtags, links and posts trend by themselves until a moderator says no.

use crate::instance::Instance;
use crate::model::moderation::Moderator;
use crate::model::view::{LinkView, StatusView, TagView};
use crate::model::{AccountId, CardId, StatusId};
use crate::policy::moderation::{Power, may};
use crate::policy::reach::scope;
use crate::service::{Error, Result, Viewer, setting};

/// A hashtag with what moderators have said of it: whether it may trend, or nothing yet.
pub type JudgedTag = (TagView, Option<bool>);

/// The hashtags used most lately, those that may not trend as well.
///
/// # Errors
/// `Refused` when the moderator's role does not allow it.
pub async fn tags(
    instance: &Instance,
    by: &Moderator,
    me: AccountId,
    limit: i64,
    offset: i64,
) -> Result<Vec<JudgedTag>> {
    may(by.role, Power::Trends)?;
    let scope = scope(&Viewer::Staff(me), &setting(instance));
    instance
        .store
        .read(move |reader| {
            let names = reader.used_tags(&scope, limit, offset)?;
            let judged = reader.trendable_tags(&names)?;
            let views = reader.tag_views(Some(me), &scope, &names)?;
            let judge = |view: TagView| {
                let verdict = judged.get(&view.name).copied();
                (view, verdict)
            };
            Ok(views.into_iter().map(judge).collect())
        })
        .await
}

/// Says whether a hashtag may trend.
///
/// # Errors
/// `NotFound` for one that nobody has used; `Refused` when the moderator's role does not allow it.
pub async fn judge_tag(
    instance: &Instance,
    by: &Moderator,
    me: AccountId,
    name: &str,
    trends: bool,
) -> Result<JudgedTag> {
    may(by.role, Power::Trends)?;
    let scope = scope(&Viewer::Staff(me), &setting(instance));
    let (by, name) = (by.clone(), crate::service::text::normalise_tag(name.trim_start_matches('#')));
    instance
        .store
        .write(move |tx| {
            if !tx.set_trendable(&name, trends)? {
                return Err(Error::NotFound("tag"));
            }
            let word = if trends { "approve trend" } else { "reject trend" };
            tx.log(&by, word, &format!("#{name}"), None, "")?;
            let view = tx.tag_views(Some(me), &scope, std::slice::from_ref(&name))?.pop();
            Ok((view.ok_or(Error::NotFound("tag"))?, Some(trends)))
        })
        .await
}

/// The posts that people reacted to most lately, those that may not trend as well.
///
/// # Errors
/// `Refused` when the moderator's role does not allow it.
pub async fn statuses(
    instance: &Instance,
    by: &Moderator,
    me: AccountId,
    limit: i64,
    offset: i64,
) -> Result<Vec<StatusView>> {
    may(by.role, Power::Trends)?;
    let scope = scope(&Viewer::Staff(me), &setting(instance));
    instance
        .store
        .read(move |reader| {
            let ids = reader.trending_statuses(Some(me), &scope, true, limit, offset)?;
            Ok::<_, Error>(reader.status_views(Some(me), &ids)?)
        })
        .await
}

/// The links that most people posted lately, those that may not trend as well.
///
/// # Errors
/// `Refused` when the moderator's role does not allow it.
pub async fn links(
    instance: &Instance,
    by: &Moderator,
    me: AccountId,
    limit: i64,
    offset: i64,
) -> Result<Vec<LinkView>> {
    may(by.role, Power::Trends)?;
    let scope = scope(&Viewer::Staff(me), &setting(instance));
    instance.store.read(move |reader| Ok(reader.trending_links(Some(me), &scope, true, limit, offset)?)).await
}

/// Says whether a post may trend.
///
/// # Errors
/// `NotFound` for what the moderator may not see; `Refused` when their role does not allow it.
pub async fn judge_status(
    instance: &Instance,
    by: &Moderator,
    me: AccountId,
    id: StatusId,
    trends: bool,
) -> Result<StatusView> {
    may(by.role, Power::Trends)?;
    let view = crate::service::statuses::show(instance, Viewer::Staff(me), id).await?;
    judge(instance, by, view.status.uri.clone(), trends).await?;
    Ok(view)
}

/// Says whether the page of a card may trend.
///
/// # Errors
/// `NotFound` for a card that is not there; `Refused` when their role does not allow it.
pub async fn judge_link(
    instance: &Instance,
    by: &Moderator,
    me: AccountId,
    id: CardId,
    trends: bool,
) -> Result<LinkView> {
    may(by.role, Power::Trends)?;
    let scope = scope(&Viewer::Staff(me), &setting(instance));
    let link = instance
        .store
        .read(move |reader| reader.link_of_card(me, &scope, id)?.ok_or(Error::NotFound("link")));
    let link = link.await?;
    judge(instance, by, link.card.url.clone(), trends).await?;
    Ok(link)
}

async fn judge(instance: &Instance, by: &Moderator, subject: String, trends: bool) -> Result<()> {
    let by = by.clone();
    instance
        .store
        .write(move |tx| {
            tx.set_trend_rejected(&subject, !trends)?;
            let word = if trends { "approve trend" } else { "reject trend" };
            tx.log(&by, word, &subject, None, "")?;
            Ok(())
        })
        .await
}
