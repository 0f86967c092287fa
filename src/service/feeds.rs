//! Feeds: what somebody may read, at an address that nobody can guess, for a program that reads Atom or RSS.
//!
//! What a feed shows is decided each time it is read, by the same read models as the timeline it is the feed
//! of. What names its readers alone is not carried at all (`policy::carrying`), and what the owner's filters
//! hide stays hidden, because the program does not know them.

use super::{Error, Result, Viewer, accounts, lists, notifications, secrets, text, timelines};
use crate::instance::Instance;
use crate::model::account::Account;
use crate::model::feed::{Feed, FeedKind, LENGTH, MOST};
use crate::model::filter::{FilterAction, FilterContext};
use crate::model::page::PageRequest;
use crate::model::user::User;
use crate::model::view::{NotificationView, StatusView};
use crate::model::{AccountId, FeedId};
use crate::policy::carrying::may_be_carried;
use crate::service::notifications::NotificationFilter;
use crate::service::timelines::{AccountFilter, Origin, TagFilter};

/// How exactly it is known when a feed was last read.
const USE_GRAIN_SECONDS: i64 = 60 * 60;
/// Longest secret that is looked at.
const LONGEST_SECRET: usize = 100;
/// Longest name of a hashtag that is looked for.
const LONGEST_TAG: usize = 100;

/// What somebody wants a feed of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// Of what this kind says.
    Kind(FeedKind),
    /// Of the account with this address.
    Handle(String),
}

/// What a feed shows.
#[derive(Debug)]
pub struct Opened {
    /// The feed.
    pub feed: Feed,
    /// Whose it is.
    pub owner: Account,
    /// What is in it, the newest first.
    pub entries: Vec<Entry>,
}

/// One entry of a feed.
#[derive(Debug)]
pub enum Entry {
    /// A post, or a boost of one.
    Post(Box<StatusView>),
    /// A post that one of the owner's filters warns of, by the filter's title.
    Warned(Box<StatusView>, String),
    /// Something that somebody did.
    Notice(Box<NotificationView>),
}

/// One's feeds, the newest first.
pub async fn list(instance: &Instance, me: AccountId) -> Result<Vec<Feed>> {
    instance.store.read(move |reader| Ok(reader.list_feeds(me)?)).await
}

/// Makes a feed. Answers the secret of its address, which is told this once.
///
/// # Errors
/// `NotFound` for a list that is not one's own and an account that one may not know, `Invalid` for what is no
/// hashtag, and when there are enough.
pub async fn create(instance: &Instance, me: AccountId, wish: Wish) -> Result<(Feed, String)> {
    let (kind, title) = titled(instance, me, wish).await?;
    let secret = instance.rng.secret();
    let hash = secrets::hash(&secret);
    let feed = instance
        .store
        .write(move |tx| {
            if tx.list_feeds(me)?.len() >= MOST {
                return Err(Error::invalid(format!("You cannot have more than {MOST} feeds")));
            }
            let feed = Feed {
                id: tx.next_id(),
                account_id: me,
                kind: kind.clone(),
                title: title.clone(),
                created_at: tx.now(),
                last_used_at: None,
            };
            tx.insert_feed(&feed, &hash)?;
            Ok(feed)
        })
        .await?;
    Ok((feed, secret))
}

/// What is wanted, as it is kept, and what it is called.
async fn titled(instance: &Instance, me: AccountId, wish: Wish) -> Result<(FeedKind, String)> {
    let account = match wish {
        Wish::Handle(address) => accounts::lookup(instance, Viewer::Staff(me), &address).await?,
        Wish::Kind(FeedKind::Account(id)) => accounts::get(instance, Viewer::Staff(me), id).await?,
        Wish::Kind(FeedKind::Home) => return Ok((FeedKind::Home, "Home".to_owned())),
        Wish::Kind(FeedKind::Notifications) => {
            return Ok((FeedKind::Notifications, "Notifications".to_owned()));
        }
        Wish::Kind(FeedKind::List(id)) => {
            let list = lists::show(instance, me, id).await?;
            return Ok((FeedKind::List(id), list.title));
        }
        Wish::Kind(FeedKind::Tag(typed)) => {
            let name = text::normalise_tag(typed.trim().trim_start_matches('#'));
            let sound = !name.is_empty()
                && name.chars().count() <= LONGEST_TAG
                && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
            if !sound {
                return Err(Error::invalid("Tag is not a hashtag"));
            }
            let title = format!("#{name}");
            return Ok((FeedKind::Tag(name), title));
        }
    };
    Ok((FeedKind::Account(account.id), format!("@{}", account.acct())))
}

/// Ends a feed: its address shows nothing from now on.
///
/// # Errors
/// `NotFound` if it is not one's own.
pub async fn revoke(instance: &Instance, me: AccountId, id: FeedId) -> Result<()> {
    instance
        .store
        .write(move |tx| if tx.delete_feed(me, id)? { Ok(()) } else { Err(Error::NotFound("feed")) })
        .await
}

/// What is shown at the address with this secret, which ends in this word.
///
/// # Errors
/// `NotFound`, always the same, for a secret that is none, a feed that was ended, an owner who may not sign in,
/// and a list or account that is gone.
pub async fn open(instance: &Instance, secret: &str, word: &str) -> Result<Opened> {
    let nothing = || Error::NotFound("feed");
    if secret.is_empty() || secret.len() > LONGEST_SECRET {
        return Err(nothing());
    }
    let hash = secrets::hash(secret);
    let found = instance.store.read(move |reader| Ok::<_, Error>(reader.find_feed(&hash)?)).await?;
    let (feed, _, owner) = found
        .filter(|(feed, user, account)| feed.kind.as_str() == word && may_read(user, account))
        .ok_or_else(nothing)?;
    let entries = match entries(instance, owner.id, &feed.kind).await {
        Err(Error::Internal(cause)) => return Err(cause.into()),
        Err(_) => return Err(nothing()),
        Ok(entries) => entries,
    };
    let fresh = instance.now().plus_seconds(-USE_GRAIN_SECONDS);
    if feed.last_used_at.is_none_or(|used| used < fresh) {
        let id = feed.id;
        instance.store.write(move |tx| Ok::<_, Error>(tx.mark_feed_used(id)?)).await?;
    }
    Ok(Opened { feed, owner, entries })
}

fn may_read(user: &User, account: &Account) -> bool {
    user.disabled_at.is_none() && account.suspended_at.is_none()
}

async fn entries(instance: &Instance, me: AccountId, kind: &FeedKind) -> Result<Vec<Entry>> {
    let page = PageRequest::first(LENGTH);
    let viewer = Viewer::Staff(me);
    let (posts, context) = match kind {
        FeedKind::Notifications => {
            let filter = NotificationFilter::default();
            let found = notifications::list(instance, me, filter, page).await?;
            return Ok(found.items.into_iter().map(|view| Entry::Notice(Box::new(view))).collect());
        }
        FeedKind::Home => (timelines::home(instance, me, page).await?, FilterContext::Home),
        FeedKind::List(id) => (lists::timeline(instance, me, *id, page).await?, FilterContext::Home),
        FeedKind::Tag(name) => {
            let filter = TagFilter { any: vec![name.clone()], ..TagFilter::default() };
            let found = timelines::tagged(instance, viewer, filter, Origin::Any, page).await?;
            (found, FilterContext::Public)
        }
        FeedKind::Account(id) => {
            accounts::get(instance, viewer.clone(), *id).await?;
            let found = timelines::of_account(instance, viewer, *id, AccountFilter::default(), page).await?;
            (found, FilterContext::Account)
        }
    };
    Ok(posts.items.into_iter().filter_map(|view| carried(view, context)).collect())
}

/// A post as an entry, if it may be carried and its reader's filters let it.
fn carried(view: StatusView, context: FilterContext) -> Option<Entry> {
    let shown = view.reblog.as_deref().unwrap_or(&view);
    if !may_be_carried(view.status.reach) || !may_be_carried(shown.status.reach) {
        return None;
    }
    let matched = view.filtered.iter().chain(&shown.filtered);
    let mut matched = matched.map(|found| &found.filter).filter(|filter| filter.contexts.contains(&context));
    let strictest = matched.clone().find(|filter| filter.action == FilterAction::Hide).or(matched.next());
    match strictest.map(|filter| (filter.action, filter.title.clone())) {
        Some((FilterAction::Hide, _)) => None,
        Some((_, title)) => Some(Entry::Warned(Box::new(view), title)),
        None => Some(Entry::Post(Box::new(view))),
    }
}
