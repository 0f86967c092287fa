//! The hub: the open streaming connections of an instance, and the events sent to each.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;

use super::Channel;
use crate::entities;
use portico_domain::model::announcement::AnnouncementView;
use portico_domain::model::live::Live;
use portico_domain::model::view::StatusView;
use portico_domain::model::{AccountId, AnnouncementId, ListId, RequestId, StatusId, TokenId, UserId};
use portico_service::instance::Instance;
use portico_service::reading::streams;

/// The most frames queued for a connection before it is closed as too slow.
const WAITING: usize = 256;
/// The most streams of one connection.
const SUBSCRIPTIONS: usize = 100;
/// The most connections of one user.
const CONNECTIONS: usize = 50;

/// A message for a client: its stream, the kind of event, and its payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The stream's name and parameters.
    pub stream: Vec<String>,
    /// The kind of event.
    pub event: &'static str,
    /// JSON, or a bare id; `None` for events without a payload.
    pub payload: Option<Arc<str>>,
}

/// Too many connections or streams are open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Too many streams are open")]
pub struct TooManyConnections;

/// The receiving half of an open connection. Dropping it closes the connection.
#[derive(Debug)]
pub struct Connection {
    id: u64,
    hub: Arc<Hub>,
    /// The frames to send; ends when the hub has closed the connection.
    pub frames: mpsc::Receiver<Frame>,
}

impl Connection {
    /// Subscribes to a stream. Subscribing to the same one again is no error.
    ///
    /// # Errors
    /// [`TooManyConnections`] when the connection has too many.
    pub fn subscribe(&self, channel: Channel) -> Result<(), TooManyConnections> {
        let mut open = self.hub.open();
        let Some(listener) = open.get_mut(&self.id) else { return Ok(()) };
        if listener.channels.len() >= SUBSCRIPTIONS && !listener.channels.contains(&channel) {
            return Err(TooManyConnections);
        }
        listener.channels.insert(channel);
        Ok(())
    }

    /// Unsubscribes from a stream.
    pub fn unsubscribe(&self, channel: &Channel) {
        if let Some(listener) = self.hub.open().get_mut(&self.id) {
            listener.channels.remove(channel);
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.hub.open().remove(&self.id);
    }
}

#[derive(Debug)]
struct Listener {
    account: AccountId,
    user: UserId,
    token: TokenId,
    channels: HashSet<Channel>,
    frames: mpsc::Sender<Frame>,
}

/// The open connections of an instance.
#[derive(Debug)]
pub struct Hub {
    instance: Arc<Instance>,
    listeners: Mutex<HashMap<u64, Listener>>,
    next: std::sync::atomic::AtomicU64,
}

/// The hubs of the instances of a process; each lives as long as it has a connection.
#[derive(Debug, Clone, Default)]
pub struct Hubs(Arc<Mutex<HashMap<String, Weak<Hub>>>>);

impl Hubs {
    /// Returns the hub of an instance; starts it if it has no connection yet.
    pub fn hub_for(&self, instance: &Arc<Instance>) -> Arc<Hub> {
        let mut hubs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let domain = instance.urls.domain();
        if let Some(hub) = hubs.get(domain).and_then(Weak::upgrade) {
            return hub;
        }
        let hub = Arc::new(Hub {
            instance: Arc::clone(instance),
            listeners: Mutex::default(),
            next: std::sync::atomic::AtomicU64::new(0),
        });
        hubs.insert(domain.to_owned(), Arc::downgrade(&hub));
        // Subscribes to the bus before any connection is confirmed, so that no later event is missed.
        let messages = streams::listen(instance);
        tokio::spawn(carry(Arc::downgrade(&hub), Arc::clone(instance), messages));
        hub
    }
}

/// Passes the messages of the bus to a hub as long as it lives.
async fn carry(
    hub: Weak<Hub>,
    instance: Arc<Instance>,
    mut messages: tokio::sync::broadcast::Receiver<Live>,
) {
    /// The interval at which the task checks that the hub still lives.
    const LOOK_EVERY: std::time::Duration = std::time::Duration::from_secs(5);
    loop {
        let message = tokio::select! {
            () = instance.stopping.cancelled() => break,
            message = tokio::time::timeout(LOOK_EVERY, messages.recv()) => message,
        };
        let Some(hub) = hub.upgrade() else { return };
        match message {
            Err(_) => {}
            Ok(Ok(message)) => {
                if let Err(error) = hub.deliver(&message).await {
                    tracing::warn!(%error, "stream.event_failed");
                }
            }
            Ok(Err(RecvError::Lagged(missed))) => {
                tracing::warn!(missed, "stream.events_missed");
            }
            Ok(Err(RecvError::Closed)) => break,
        }
    }
    if let Some(hub) = hub.upgrade() {
        hub.open().clear();
    }
}

impl Hub {
    fn open(&self) -> MutexGuard<'_, HashMap<u64, Listener>> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a connection for a signed-in user.
    ///
    /// # Errors
    /// [`TooManyConnections`] when the user has too many.
    pub fn connect(
        self: &Arc<Self>,
        account: AccountId,
        user: UserId,
        token: TokenId,
    ) -> Result<Connection, TooManyConnections> {
        let (sender, frames) = mpsc::channel(WAITING);
        let id = self.next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let mut open = self.open();
        if open.values().filter(|listener| listener.user == user).count() >= CONNECTIONS {
            return Err(TooManyConnections);
        }
        let listener = Listener { account, user, token, channels: HashSet::new(), frames: sender };
        open.insert(id, listener);
        Ok(Connection { id, hub: Arc::clone(self), frames })
    }

    /// The accounts with a connection that listens to a channel that `wanted` picks.
    fn audience(&self, wanted: impl Fn(&Channel) -> bool) -> Vec<AccountId> {
        let open = self.open();
        let listening = open.values().filter(|listener| listener.channels.iter().any(&wanted));
        let accounts: HashSet<AccountId> = listening.map(|listener| listener.account).collect();
        accounts.into_iter().collect()
    }

    /// Sends a frame to each channel for which `payload` returns one. Closes connections that do not keep up.
    fn send(
        &self,
        event: &'static str,
        mut payload: impl FnMut(AccountId, &Channel) -> Option<Option<Arc<str>>>,
    ) {
        let mut slow = Vec::new();
        let mut open = self.open();
        for (id, listener) in open.iter() {
            for channel in &listener.channels {
                let Some(payload) = payload(listener.account, channel) else { continue };
                let frame = Frame { stream: channel.words(), event, payload };
                if listener.frames.try_send(frame).is_err() {
                    slow.push(*id);
                    break;
                }
            }
        }
        for id in slow {
            open.remove(&id);
        }
    }

    /// Closes the connections that `ended` picks.
    fn close(&self, ended: impl Fn(&Listener) -> bool) {
        self.open().retain(|_, listener| !ended(listener));
    }

    async fn deliver(&self, message: &Live) -> portico_service::Result<()> {
        match message {
            Live::Posted { status } => self.posted("update", *status).await?,
            Live::Homed { status, after, upto } => {
                let within = |id: &AccountId| {
                    after.is_none_or(|after| *id > after) && upto.is_none_or(|upto| *id <= upto)
                };
                self.homed("update", *status, within).await?;
            }
            Live::Edited { status } => {
                self.posted("status.update", *status).await?;
                self.homed("status.update", *status, |_| true).await?;
            }
            Live::Narrowed { status, author, reach, named } => {
                let everybody = self.audience(|channel| *channel != Channel::Notifications);
                let lost =
                    streams::filter_lost(&self.instance, *status, *author, *reach, named.clone(), everybody)
                        .await?;
                let lost: HashSet<AccountId> = lost.into_iter().collect();
                let id: Arc<str> = status.to_string().into();
                self.send("delete", |account, channel| {
                    let carries = !matches!(channel, Channel::Notifications | Channel::Direct);
                    (carries && lost.contains(&account)).then(|| Some(Arc::clone(&id)))
                });
            }
            Live::Deleted { status, author, reach, named, group } => {
                let everybody = self.audience(|channel| *channel != Channel::Notifications);
                let saw = streams::filter_could_see(
                    &self.instance,
                    *status,
                    *author,
                    (*reach, *group),
                    named.clone(),
                    everybody,
                )
                .await?;
                let saw: HashSet<AccountId> = saw.into_iter().collect();
                let id: Arc<str> = status.to_string().into();
                self.send("delete", |account, channel| {
                    let carries = !matches!(channel, Channel::Notifications | Channel::Direct);
                    (carries && saw.contains(&account)).then(|| Some(Arc::clone(&id)))
                });
            }
            Live::Notified { account, notification } => self.notified(*account, *notification).await?,
            Live::FiltersChanged { account } => self.send("filters_changed", |listener, channel| {
                (listener == *account && *channel == Channel::User).then_some(None)
            }),
            Live::NotificationsMerged { account } => {
                self.send("notifications_merged", |listener, channel| {
                    let carries = matches!(channel, Channel::User | Channel::Notifications);
                    (listener == *account && carries).then(|| Some(Arc::from("1")))
                });
            }
            Live::AnnouncementDeleted { announcement } => {
                let id: Arc<str> = announcement.to_string().into();
                self.send("announcement.delete", |_, channel| {
                    (*channel == Channel::User).then(|| Some(Arc::clone(&id)))
                });
            }
            Live::Acknowledged { account, status } => self.acknowledged(*account, *status).await?,
            Live::TokenEnded { token } => self.close(|listener| listener.token == *token),
            Live::UserEnded { user } => self.close(|listener| listener.user == *user),
            Live::Conversation { account, conversation } => self.conversed(*account, *conversation).await?,
            Live::Announced { announcement } => self.announced(*announcement).await?,
            Live::AnnouncementReaction { announcement, name } => self.reacted(*announcement, name).await?,
        }
        Ok(())
    }

    async fn announced(&self, id: AnnouncementId) -> portico_service::Result<()> {
        let Some(view) = self.announcement(id).await? else { return Ok(()) };
        let shown = entities::Announcement::render_for_all(&view, &self.instance.urls);
        self.send_to_all("announcement", &serde_json::to_string(&shown).unwrap_or_default());
        Ok(())
    }

    async fn reacted(&self, id: AnnouncementId, name: &str) -> portico_service::Result<()> {
        let Some(view) = self.announcement(id).await? else { return Ok(()) };
        let count = view.reactions.iter().find(|kind| kind.name == name).map_or(0, |kind| kind.count);
        let payload = serde_json::json!({ "name": name, "count": count, "announcement_id": id });
        self.send_to_all("announcement.reaction", &payload.to_string());
        Ok(())
    }

    /// Sends a must-read post again to the other connections of the user who has just acknowledged it.
    async fn acknowledged(&self, account: AccountId, status: StatusId) -> portico_service::Result<()> {
        if !self.audience(|channel| *channel == Channel::User).contains(&account) {
            return Ok(());
        }
        let Some(view) = streams::own_view(&self.instance, status, account).await? else { return Ok(()) };
        let shown = entities::Status::render(&view, &self.instance.urls);
        let text: Arc<str> = serde_json::to_string(&shown).unwrap_or_default().into();
        self.send("status.update", |listener, channel| {
            (listener == account && *channel == Channel::User).then(|| Some(Arc::clone(&text)))
        });
        Ok(())
    }

    /// Returns the announcement with this id, if any connection listens and it still exists.
    async fn announcement(&self, id: AnnouncementId) -> portico_service::Result<Option<AnnouncementView>> {
        if self.audience(|channel| *channel == Channel::User).is_empty() {
            return Ok(None);
        }
        match portico_service::publishing::announcements::show(&self.instance, id).await {
            Ok(view) => Ok(Some(view)),
            Err(portico_service::Error::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn send_to_all(&self, event: &'static str, text: &str) {
        let text: Arc<str> = text.into();
        self.send(event, |_, channel| (*channel == Channel::User).then(|| Some(Arc::clone(&text))));
    }

    /// Sends a post to public, hashtag and list streams.
    async fn posted(&self, event: &'static str, status: StatusId) -> portico_service::Result<()> {
        let viewers = self.audience(Channel::is_of_posts);
        if viewers.is_empty() {
            return Ok(());
        }
        let lists: Vec<(AccountId, ListId)> = {
            let open = self.open();
            let of = |listener: &Listener| {
                let account = listener.account;
                let lists = listener.channels.iter().filter_map(move |channel| match channel {
                    Channel::List(id) => Some((account, *id)),
                    _ => None,
                });
                lists.collect::<Vec<_>>()
            };
            open.values().flat_map(of).collect()
        };
        let on = streams::lists_with(&self.instance, status, lists).await?;
        let views = streams::views(&self.instance, status, viewers).await?;
        let listed = streams::listed(&self.instance, &views).await?;
        let shown = self.render(&views);
        self.send(event, |account, channel| {
            let view = views.get(&account)?;
            let belongs = match channel {
                Channel::List(id) => on.contains(id),
                channel => listed.contains(&account) && channel.shows(view),
            };
            belongs.then(|| shown.get(&account).cloned())
        });
        Ok(())
    }

    /// Sends a post to the user streams in whose home timeline it is.
    async fn homed(
        &self,
        event: &'static str,
        status: StatusId,
        within: impl Fn(&AccountId) -> bool,
    ) -> portico_service::Result<()> {
        let mut viewers = self.audience(|channel| *channel == Channel::User);
        viewers.retain(within);
        if viewers.is_empty() {
            return Ok(());
        }
        let views = streams::at_home(&self.instance, status, viewers).await?;
        let shown = self.render(&views);
        self.send(event, |account, channel| {
            (*channel == Channel::User).then(|| shown.get(&account).cloned()).filter(Option::is_some)
        });
        Ok(())
    }

    async fn conversed(&self, account: AccountId, id: i64) -> portico_service::Result<()> {
        if !self.audience(|channel| *channel == Channel::Direct).contains(&account) {
            return Ok(());
        }
        let view = match portico_service::reading::conversations::show(&self.instance, account, RequestId(id))
            .await
        {
            Ok(view) => view,
            Err(portico_service::Error::NotFound(_)) => return Ok(()),
            Err(error) => return Err(error),
        };
        let shown = entities::Conversation::render(&view, &self.instance.urls);
        let text: Arc<str> = serde_json::to_string(&shown).unwrap_or_default().into();
        self.send("conversation", |listener, channel| {
            (listener == account && *channel == Channel::Direct).then(|| Some(Arc::clone(&text)))
        });
        Ok(())
    }

    fn render(&self, views: &HashMap<AccountId, StatusView>) -> HashMap<AccountId, Arc<str>> {
        let render = |view: &StatusView| {
            let status = entities::Status::render(view, &self.instance.urls);
            serde_json::to_string(&status).unwrap_or_default().into()
        };
        views.iter().map(|(account, view)| (*account, render(view))).collect()
    }

    async fn notified(
        &self,
        account: AccountId,
        id: portico_domain::model::NotificationId,
    ) -> portico_service::Result<()> {
        let carries = |channel: &Channel| matches!(channel, Channel::User | Channel::Notifications);
        if !self.audience(carries).contains(&account) {
            return Ok(());
        }
        let view = match streams::notification(&self.instance, account, id).await {
            Ok(view) => view,
            // The notification has been deleted, or is about something that the viewer may not see.
            Err(portico_service::Error::NotFound(_)) => return Ok(()),
            Err(error) => return Err(error),
        };
        let shown = entities::Notification::render(&view, &self.instance.urls);
        let text: Arc<str> = serde_json::to_string(&shown).unwrap_or_default().into();
        self.send("notification", |listener, channel| {
            (listener == account && carries(channel)).then(|| Some(Arc::clone(&text)))
        });
        Ok(())
    }
}
