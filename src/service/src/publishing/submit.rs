//! Posting: the one way in for a new post, whether it is published now or later, in the author's own name or
//! on behalf of a leader. The client API, the pages, webhooks, questions, drafts and the scheduler call it.

use std::borrow::Cow;

use super::delegates;
use super::scheduled::{self, ScheduledView};
use super::statuses::{self, DeliveryPreview, NewStatus};
use crate::instance::Instance;
use crate::{Error, Result};
use portico_domain::model::account::Account;
use portico_domain::model::view::StatusView;
use portico_domain::model::{AccountId, Timestamp};

/// The account that posts, and the account in whose name.
#[derive(Debug, Clone, Copy)]
pub struct PostAuthor<'a> {
    actor: &'a Account,
    leader: Option<AccountId>,
}

impl<'a> PostAuthor<'a> {
    /// An account that posts in its own name.
    pub const fn own(actor: &'a Account) -> Self {
        Self { actor, leader: None }
    }

    /// An account that posts as the delegate of `leader`; without a leader, or as its own, in its own name.
    pub fn on_behalf_of(actor: &'a Account, leader: Option<AccountId>) -> Self {
        Self { actor, leader: leader.filter(|leader| *leader != actor.id) }
    }

    /// Returns the account of the author, and the post with its delegate.
    async fn resolve(self, instance: &Instance, new: NewStatus) -> Result<(Cow<'a, Account>, NewStatus)> {
        let Some(leader) = self.leader else { return Ok((Cow::Borrowed(self.actor), new)) };
        let (account, new) = delegates::resolve(instance, self.actor.id, leader, new).await?;
        Ok((Cow::Owned(account), new))
    }
}

/// When a post is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// At once.
    Now,
    /// At this time, at least five minutes ahead.
    At(Timestamp),
}

impl From<Option<Timestamp>> for When {
    fn from(at: Option<Timestamp>) -> Self {
        at.map_or(Self::Now, Self::At)
    }
}

/// A submitted post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submitted {
    /// Published, as the acting account sees it.
    Posted(Box<StatusView>),
    /// Waiting for its time.
    Scheduled(Box<ScheduledView>),
}

/// Publishes or schedules a post.
///
/// # Errors
/// `NotFound` for a parent or a quoted status that the author may not see; `Refused` if the author may not
/// reply to it or quote it, and without a matching delegation; `Invalid` for input that does not fit, for a
/// time that is past, too near or too far, and for any time on behalf of a leader.
pub async fn submit(
    instance: &Instance,
    author: PostAuthor<'_>,
    new: NewStatus,
    when: When,
) -> Result<Submitted> {
    match when {
        When::Now => Ok(Submitted::Posted(Box::new(submit_now(instance, author, new).await?))),
        When::At(_) if author.leader.is_some() => {
            Err(Error::invalid("A post on behalf of somebody else cannot be scheduled"))
        }
        When::At(at) => {
            let view = scheduled::schedule(instance, author.actor, new, at).await?;
            Ok(Submitted::Scheduled(Box::new(view)))
        }
    }
}

/// Publishes a post at once. Returns it as the acting account sees it.
///
/// # Errors
/// As [`submit`].
pub async fn submit_now(instance: &Instance, author: PostAuthor<'_>, new: NewStatus) -> Result<StatusView> {
    let (account, new) = author.resolve(instance, new).await?;
    statuses::post(instance, &account, new).await
}

/// Returns the recipients that a post would have now, without publishing it.
///
/// # Errors
/// As [`submit`].
pub async fn preview_delivery(
    instance: &Instance,
    author: PostAuthor<'_>,
    new: NewStatus,
) -> Result<DeliveryPreview> {
    let (account, new) = author.resolve(instance, new).await?;
    statuses::preview(instance, &account, new).await
}
