//! Digests: mails of what people missed who have not looked, each at most once for a person and a period.
//!
//! A round ([`begin_round`]) notes who is due one; a job then writes and sends each ([`send`]). What is told is
//! what the reader may see when it is written, through the home timeline's own read model, and never what is
//! for chosen people alone (`policy::carrying`).

mod letter;
pub mod smtp;

use super::ports::{MailFault, Mailed};
use super::{Error, Result, notifications, secrets, timelines};
use crate::instance::Instance;
use crate::model::account::{Account, ActorKind};
use crate::model::digest::{Candidate, Digest, DigestState, LocalTime, Period};
use crate::model::filter::FilterAction;
use crate::model::page::PageRequest;
use crate::model::user::User;
use crate::model::view::StatusView;
use crate::model::{AccountId, DigestId, Timestamp, UserId};
use crate::policy::carrying::may_be_carried;
use crate::policy::digests::due;
use crate::service::notifications::NotificationFilter;

/// How many posts are looked through for a digest, and how many are told.
const LOOKED_AT: i64 = 100;
const TOLD: usize = 5;
/// Up to how many notifications are counted.
const COUNTED: i64 = 100;
/// How long a digest is remembered, and with it the way to have no more, in seconds.
const REMEMBERED: i64 = 90 * 24 * 3600;
/// Longest secret that is looked at.
const LONGEST_SECRET: usize = 100;

/// How often somebody is told, and whether this instance sends mail at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// How often.
    pub period: Period,
    /// Whether mail is sent.
    pub available: bool,
}

fn usual(instance: &Instance) -> Option<Period> {
    instance.settings.mail.as_ref().map(|mail| mail.digest)
}

/// How often somebody is told.
pub async fn choice(instance: &Instance, user: UserId) -> Result<Choice> {
    let wish = instance.store.read(move |reader| Ok::<_, Error>(reader.find_digest_wish(user)?)).await?;
    let usual = usual(instance);
    Ok(Choice { period: wish.or(usual).unwrap_or(Period::Off), available: usual.is_some() })
}

/// Changes how often somebody is told.
pub async fn choose(instance: &Instance, user: UserId, period: Period) -> Result<Choice> {
    instance.store.write(move |tx| Ok::<_, Error>(tx.set_digest_wish(user, period)?)).await?;
    choice(instance, user).await
}

/// Whether a digest that told this secret can still be answered.
///
/// # Errors
/// `NotFound` for a secret that is none.
pub async fn known(instance: &Instance, secret: &str) -> Result<UserId> {
    if secret.is_empty() || secret.len() > LONGEST_SECRET {
        return Err(Error::NotFound("digest"));
    }
    let hash = secrets::hash(secret);
    let found = instance.store.read(move |reader| Ok::<_, Error>(reader.find_digest_reader(&hash)?)).await?;
    found.ok_or(Error::NotFound("digest"))
}

/// No more digests for whoever got the one that told this secret.
///
/// # Errors
/// `NotFound` for a secret that is none.
pub async fn refuse(instance: &Instance, secret: &str) -> Result<()> {
    let user = known(instance, secret).await?;
    choose(instance, user, Period::Off).await.map(drop)
}

/// Notes who is due a digest. Safe to run at any time, on any node. Answers how many.
pub async fn begin_round(instance: &Instance) -> Result<usize> {
    let Some(usual) = usual(instance) else { return Ok(0) };
    let now = instance.now();
    let candidates = instance.store.read(|reader| Ok::<_, Error>(reader.digest_candidates()?)).await?;
    let mut begun = 0;
    for one in candidates {
        let period = one.wish.unwrap_or(usual);
        let Some(name) = due(period, one.looked_at, now, &local(now, &one)) else { continue };
        let since = now.plus_seconds(-period.seconds().unwrap_or(0));
        let user = one.user_id;
        let new = instance.store.write(move |tx| Ok::<_, Error>(tx.begin_digest(user, &name, since)?));
        begun += usize::from(new.await?);
    }
    instance
        .store
        .write(|tx| {
            let before = tx.now().plus_seconds(-REMEMBERED);
            Ok::<_, Error>(tx.forget_digests(before)?)
        })
        .await?;
    Ok(begun)
}

/// The time where somebody is; UTC where nobody knows.
fn local(now: Timestamp, one: &Candidate) -> LocalTime {
    let zone = jiff::tz::TimeZone::get(&one.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let moment = jiff::Timestamp::from_millisecond(now.millis()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let here = moment.to_zoned(zone);
    let week = here.date().iso_week_date();
    LocalTime {
        date: here.date().to_string(),
        week: format!("{}-W{:02}", week.year(), week.week()),
        is_monday: here.weekday() == jiff::civil::Weekday::Monday,
        hour: here.hour(),
    }
}

/// What is told in a digest.
struct Missed {
    unread: usize,
    posts: Vec<StatusView>,
}

/// Writes and sends a digest, unless it was sent, is not wanted any more, or there is nothing to tell.
///
/// # Errors
/// `Upstream` if the mail server does not take it now, for another try; any database error.
pub async fn send(instance: &Instance, id: DigestId) -> Result<()> {
    let found = instance.store.read(move |reader| Ok::<_, Error>(reader.find_digest(id)?)).await?;
    let Some((digest, user, account)) = found.filter(|(digest, ..)| digest.state == DigestState::Waiting)
    else {
        return Ok(());
    };
    let (Some(mailer), true) = (instance.mailer.get(), wants(instance, &user, &account).await?) else {
        return settle(instance, id, DigestState::Waiting, DigestState::Needless).await.map(drop);
    };
    let missed = missed(instance, account.id, &digest).await?;
    if missed.unread == 0 && missed.posts.is_empty() {
        return settle(instance, id, DigestState::Waiting, DigestState::Needless).await.map(drop);
    }
    let secret = instance.rng.secret();
    let mail = letter::write(instance, &user, &account, &missed, id, &secret);
    let hash = secrets::hash(&secret);
    let ours = instance.store.write(move |tx| {
        tx.set_digest_secret(id, &hash)?;
        Ok::<_, Error>(tx.move_digest(id, DigestState::Waiting, DigestState::Sending)?)
    });
    // Another node has it, or has had it.
    if !ours.await? {
        return Ok(());
    }
    match mailer.send(&mail).await {
        Ok(Mailed) => settle(instance, id, DigestState::Sending, DigestState::Sent).await.map(drop),
        Err(MailFault::Refused(why)) => {
            tracing::warn!(%id, why, "a digest is not taken by the mail server");
            settle(instance, id, DigestState::Sending, DigestState::Failed).await.map(drop)
        }
        Err(MailFault::NotNow(why)) => {
            settle(instance, id, DigestState::Sending, DigestState::Waiting).await?;
            Err(Error::Upstream(why))
        }
        // It may have arrived, so it is not sent again.
        Err(MailFault::Unsure(why)) => {
            tracing::warn!(%id, why, "whether a digest arrived is not known");
            Ok(())
        }
    }
}

async fn settle(instance: &Instance, id: DigestId, from: DigestState, to: DigestState) -> Result<bool> {
    instance.store.write(move |tx| Ok::<_, Error>(tx.move_digest(id, from, to)?)).await
}

async fn wants(instance: &Instance, user: &User, account: &Account) -> Result<bool> {
    let stands = user.disabled_at.is_none() && account.suspended_at.is_none();
    Ok(stands && account.kind == ActorKind::Person && choice(instance, user.id).await?.period != Period::Off)
}

async fn missed(instance: &Instance, me: AccountId, digest: &Digest) -> Result<Missed> {
    let unread = notifications::unread_count(instance, me, NotificationFilter::default(), COUNTED).await?;
    let page = timelines::home(instance, me, PageRequest::first(LOOKED_AT)).await?;
    let mut posts: Vec<StatusView> = Vec::new();
    for view in page.items {
        let new = view.status.created_at > digest.since;
        let view = match view.reblog {
            Some(boosted) => *boosted,
            None => view,
        };
        let told = posts.iter().any(|other| other.status.id == view.status.id);
        if new && !told && view.status.account_id != me && is_told(&view) {
            posts.push(view);
        }
    }
    posts.sort_by_key(|view| std::cmp::Reverse((weight(view), view.status.id)));
    posts.truncate(TOLD);
    Ok(Missed { unread, posts })
}

/// Whether a post may be told by mail: policy lets it be carried, and no filter of the reader's minds.
fn is_told(view: &StatusView) -> bool {
    let minds = |action| matches!(action, FilterAction::Hide | FilterAction::Warn);
    may_be_carried(view.status.reach) && !view.filtered.iter().any(|found| minds(found.filter.action))
}

/// How much others made of a post.
const fn weight(view: &StatusView) -> i64 {
    let status = &view.status;
    status.favourites_count + 2 * status.reblogs_count + 2 * status.replies_count
}
