//! Moderation of trends. Hashtags, links and posts may trend unless a moderator rejects them.

use crate::instance::Instance;
use crate::{Error, Result, Viewer, setting};
use portico_domain::model::moderation::Moderator;
use portico_domain::model::view::{LinkView, StatusView, TagView};
use portico_domain::model::{AccountId, CardId, StatusId};
use portico_domain::policy::moderation::{Power, may};
use portico_domain::policy::reach::scope;

/// A hashtag with the moderators' verdict: whether it may trend; `None` if undecided.
pub type ReviewedTag = (TagView, Option<bool>);

/// Lists the most used recent hashtags, including those that may not trend.
pub async fn tags(
    instance: &Instance,
    by: &Moderator,
    me: AccountId,
    limit: i64,
    offset: i64,
) -> Result<Vec<ReviewedTag>> {
    may(by.role, Power::Trends)?;
    let scope = scope(&Viewer::Local(me), &setting(instance));
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

/// Approves or rejects a hashtag for trends.
///
/// # Errors
/// `NotFound` for a hashtag that was never used.
pub async fn judge_tag(
    instance: &Instance,
    by: &Moderator,
    me: AccountId,
    name: &str,
    trends: bool,
) -> Result<ReviewedTag> {
    may(by.role, Power::Trends)?;
    let scope = scope(&Viewer::Local(me), &setting(instance));
    let (by, name) = (by.clone(), portico_html::normalise_tag(name.trim_start_matches('#')));
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

/// Lists the recent posts with most reactions, including those that may not trend.
pub async fn statuses(
    instance: &Instance,
    by: &Moderator,
    me: AccountId,
    limit: i64,
    offset: i64,
) -> Result<Vec<StatusView>> {
    may(by.role, Power::Trends)?;
    let scope = scope(&Viewer::Local(me), &setting(instance));
    instance
        .store
        .read(move |reader| {
            let ids = reader.trending_statuses(Some(me), &scope, true, limit, offset)?;
            Ok::<_, Error>(reader.status_views(Some(me), &ids)?)
        })
        .await
}

/// Lists the links in most recent posts, including those that may not trend.
pub async fn links(
    instance: &Instance,
    by: &Moderator,
    me: AccountId,
    limit: i64,
    offset: i64,
) -> Result<Vec<LinkView>> {
    may(by.role, Power::Trends)?;
    let scope = scope(&Viewer::Local(me), &setting(instance));
    instance.store.read(move |reader| Ok(reader.trending_links(Some(me), &scope, true, limit, offset)?)).await
}

/// Approves or rejects a post for trends.
pub async fn judge_status(
    instance: &Instance,
    by: &Moderator,
    me: AccountId,
    id: StatusId,
    trends: bool,
) -> Result<StatusView> {
    may(by.role, Power::Trends)?;
    let view = crate::publishing::statuses::show(instance, Viewer::Local(me), id).await?;
    record_verdict(instance, by, view.status.uri.clone(), trends).await?;
    Ok(view)
}

/// Approves or rejects the page of a preview card for trends.
pub async fn judge_link(
    instance: &Instance,
    by: &Moderator,
    me: AccountId,
    id: CardId,
    trends: bool,
) -> Result<LinkView> {
    may(by.role, Power::Trends)?;
    let scope = scope(&Viewer::Local(me), &setting(instance));
    let link = instance
        .store
        .read(move |reader| reader.link_of_card(me, &scope, id)?.ok_or(Error::NotFound("link")));
    let link = link.await?;
    record_verdict(instance, by, link.card.url.clone(), trends).await?;
    Ok(link)
}

async fn record_verdict(instance: &Instance, by: &Moderator, subject: String, trends: bool) -> Result<()> {
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
