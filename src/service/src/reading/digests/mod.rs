//! Digests: mails about missed posts to users who have been away, at most one per user and period.
//!
//! A round ([`begin_round`]) creates the due digests; a job then writes and sends each ([`send`]). The
//! content comes from the home timeline's read model at the time of writing, without posts that only their
//! recipients may see (`policy::syndication`).

mod mail;
pub mod smtp;

use crate::access::secrets;
use crate::instance::Instance;
use crate::ports::{MailAccepted, MailError};
use crate::reading::notifications::NotificationFilter;
use crate::reading::{notifications, timelines};
use crate::{Error, Result};
use portico_domain::model::account::{Account, ActorKind};
use portico_domain::model::digest::{Candidate, Digest, DigestState, LocalTime, Period};
use portico_domain::model::filter::FilterAction;
use portico_domain::model::page::PageRequest;
use portico_domain::model::user::User;
use portico_domain::model::view::StatusView;
use portico_domain::model::{AccountId, DigestId, Timestamp, UserId};
use portico_domain::policy::digests::due;
use portico_domain::policy::syndication::may_be_syndicated;

/// How many posts are examined for a digest, and how many it contains.
const LOOKED_AT: i64 = 100;
const MOST_POSTS: usize = 5;
/// The maximum number of notifications that are counted.
const COUNTED: i64 = 100;
/// How long a digest and its unsubscribe link are kept, in seconds.
const REMEMBERED: i64 = 90 * 24 * 3600;
/// The maximum length of a secret that is looked up.
const LONGEST_SECRET: usize = 100;

/// How often a user gets digests, and whether this instance sends mail at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DigestSettings {
    /// The period.
    pub period: Period,
    /// Whether this instance sends mail.
    pub available: bool,
}

fn default_period(instance: &Instance) -> Option<Period> {
    instance.settings.mail.as_ref().map(|mail| mail.digest)
}

/// Returns a user's digest settings.
pub async fn show_settings(instance: &Instance, user: UserId) -> Result<DigestSettings> {
    let input = instance.store.read(move |reader| Ok::<_, Error>(reader.find_digest_period(user)?)).await?;
    let usual = default_period(instance);
    Ok(DigestSettings { period: input.or(usual).unwrap_or(Period::Off), available: usual.is_some() })
}

/// Changes how often a user gets digests.
pub async fn set_period(instance: &Instance, user: UserId, period: Period) -> Result<DigestSettings> {
    instance.store.write(move |tx| Ok::<_, Error>(tx.set_digest_period(user, period)?)).await?;
    show_settings(instance, user).await
}

/// Finds the user of a digest's unsubscribe link by its secret.
///
/// # Errors
/// `NotFound` for an unknown secret.
pub async fn find_user_by_secret(instance: &Instance, secret: &str) -> Result<UserId> {
    if secret.is_empty() || secret.len() > LONGEST_SECRET {
        return Err(Error::NotFound("digest"));
    }
    let hash = secrets::hash(secret);
    let found = instance.store.read(move |reader| Ok::<_, Error>(reader.find_digest_reader(&hash)?)).await?;
    found.ok_or(Error::NotFound("digest"))
}

/// Unsubscribes the user of the digest with this secret.
///
/// # Errors
/// `NotFound` for an unknown secret.
pub async fn unsubscribe(instance: &Instance, secret: &str) -> Result<()> {
    let user = find_user_by_secret(instance, secret).await?;
    set_period(instance, user, Period::Off).await.map(drop)
}

/// Creates the digests that are due, and deletes old ones. Idempotent on any node. Returns how many are new.
pub async fn begin_round(instance: &Instance) -> Result<usize> {
    let Some(usual) = default_period(instance) else { return Ok(0) };
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

/// Returns the local time of a user; UTC if their time zone is unknown.
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

/// The content of a digest.
struct DigestContent {
    unread: usize,
    posts: Vec<StatusView>,
}

/// Writes and sends a digest. Skips one that was sent already, is unsubscribed, or would be empty.
///
/// # Errors
/// `Upstream` if the mail server refuses it for now; the job should retry.
pub async fn send(instance: &Instance, id: DigestId) -> Result<()> {
    let found = instance.store.read(move |reader| Ok::<_, Error>(reader.find_digest(id)?)).await?;
    let Some((digest, user, account)) = found.filter(|(digest, ..)| digest.state == DigestState::Waiting)
    else {
        return Ok(());
    };
    let (Some(mailer), true) = (instance.mailer.get(), wants(instance, &user, &account).await?) else {
        return settle(instance, id, DigestState::Waiting, DigestState::Needless).await.map(drop);
    };
    let missed = collect_content(instance, account.id, &digest).await?;
    if missed.unread == 0 && missed.posts.is_empty() {
        return settle(instance, id, DigestState::Waiting, DigestState::Needless).await.map(drop);
    }
    let secret = instance.rng.secret();
    let mail = mail::build_mail(instance, &user, &account, &missed, id, &secret);
    let hash = secrets::hash(&secret);
    let ours = instance.store.write(move |tx| {
        tx.set_digest_secret(id, &hash)?;
        Ok::<_, Error>(tx.move_digest(id, DigestState::Waiting, DigestState::Sending)?)
    });
    // Another node is sending it, or has sent it.
    if !ours.await? {
        return Ok(());
    }
    match mailer.send(&mail).await {
        Ok(MailAccepted) => settle(instance, id, DigestState::Sending, DigestState::Sent).await.map(drop),
        Err(MailError::Refused(why)) => {
            tracing::warn!(%id, why, "digest.failed");
            settle(instance, id, DigestState::Sending, DigestState::Failed).await.map(drop)
        }
        Err(MailError::NotNow(why)) => {
            settle(instance, id, DigestState::Sending, DigestState::Waiting).await?;
            Err(Error::Upstream(format!("the mail server: {why}")))
        }
        // It may have arrived, so it is not sent again.
        Err(MailError::Unsure(why)) => {
            tracing::warn!(%id, why, "digest.delivery_unknown");
            Ok(())
        }
    }
}

async fn settle(instance: &Instance, id: DigestId, from: DigestState, to: DigestState) -> Result<bool> {
    instance.store.write(move |tx| Ok::<_, Error>(tx.move_digest(id, from, to)?)).await
}

async fn wants(instance: &Instance, user: &User, account: &Account) -> Result<bool> {
    let stands = user.disabled_at.is_none() && account.suspended_at.is_none();
    Ok(stands
        && account.kind == ActorKind::Person
        && show_settings(instance, user.id).await?.period != Period::Off)
}

async fn collect_content(instance: &Instance, me: AccountId, digest: &Digest) -> Result<DigestContent> {
    let unread = notifications::unread_count(instance, me, NotificationFilter::default(), COUNTED).await?;
    let page = timelines::home(instance, me, PageRequest::first(LOOKED_AT)).await?;
    let mut posts: Vec<StatusView> = Vec::new();
    for view in page.items {
        let new = view.status.created_at > digest.since;
        let view = match view.boosted {
            Some(boosted) => *boosted,
            None => view,
        };
        let included = posts.iter().any(|other| other.status.id == view.status.id);
        if new && !included && view.status.account_id != me && may_be_included(&view) {
            posts.push(view);
        }
    }
    posts.sort_by_key(|view| std::cmp::Reverse((weight(view), view.status.id)));
    posts.truncate(MOST_POSTS);
    Ok(DigestContent { unread, posts })
}

/// Returns whether a digest may contain a post: policy permits it, and none of the reader's filters matches.
fn may_be_included(view: &StatusView) -> bool {
    let minds = |action| matches!(action, FilterAction::Hide | FilterAction::Warn);
    may_be_syndicated(view.status.reach) && !view.filtered.iter().any(|found| minds(found.filter.action))
}

/// Returns the weight of a post by its favourites, boosts and replies.
const fn weight(view: &StatusView) -> i64 {
    let status = &view.status;
    status.favourites_count + 2 * status.boosts_count + 2 * status.replies_count
}
