//! Applies Undo activities.

use super::{Error, Federation, Result};
use portico_activitystreams::activity::{Activity, Kind};
use portico_activitystreams::value;
use portico_domain::model::account::Account;
use portico_domain::model::urls::same_origin;
use portico_service::publishing::{boosts, favourites};
use portico_service::social::relationships;

impl Federation {
    /// Undoes one of the actor's own activities, identified by its id or its object.
    pub(super) async fn undo(&self, actor: &Account, activity: &Activity) -> Result<()> {
        let uri = activity.object_id();
        if uri.is_some_and(|uri| !same_origin(uri, &actor.uri)) {
            return Err(Error::permanent("the undone activity has another origin"));
        }
        let inner = activity.embedded();
        if let Some(inner) = inner
            && value::first_reference(inner, "actor").is_some_and(|who| who != actor.uri)
        {
            return Err(Error::permanent("the undone activity is of another actor"));
        }
        let object = inner.and_then(|inner| value::first_reference(inner, "object"));
        let instance = &self.instance;
        match inner.and_then(Kind::of) {
            Some(Kind::Follow) => {
                let target = self.known_id(object).await?;
                relationships::receive_unfollow(instance, actor, uri, target).await?;
            }
            Some(Kind::Block) => {
                let target = self.known_id(object).await?;
                relationships::receive_unblock(instance, actor, uri, target).await?;
            }
            // An undone Accept removes the follower.
            Some(Kind::Accept) => {
                relationships::receive_reject(instance, actor, object, None).await?;
            }
            Some(Kind::Like) => {
                favourites::receive_undo(instance, actor, uri, self.known_status(object).await?).await?;
            }
            // An actor may react with several emoji, so the reaction's id decides; the object only if there
            // is no id.
            Some(Kind::EmojiReact) => {
                let object = object.filter(|_| uri.is_none());
                favourites::receive_undo(instance, actor, uri, self.known_status(object).await?).await?;
            }
            Some(Kind::Announce) => {
                boosts::receive_undo(instance, actor, uri, self.known_status(object).await?).await?;
            }
            Some(
                Kind::Create
                | Kind::Update
                | Kind::Delete
                | Kind::Reject
                | Kind::Undo
                | Kind::Flag
                | Kind::QuoteRequest
                | Kind::Add
                | Kind::Remove
                | Kind::Move
                | Kind::Read
                | Kind::Invite,
            ) => {}
            None => self.undo_by_id(actor, uri).await?,
        }
        Ok(())
    }

    /// Undoes an activity of which only the id is known; has no effect if it is not the actor's own.
    async fn undo_by_id(&self, actor: &Account, uri: Option<&str>) -> Result<()> {
        if uri.is_some() {
            let instance = &self.instance;
            relationships::receive_unfollow(instance, actor, uri, None).await?;
            relationships::receive_unblock(instance, actor, uri, None).await?;
            favourites::receive_undo(instance, actor, uri, None).await?;
            boosts::receive_undo(instance, actor, uri, None).await?;
        }
        Ok(())
    }
}
