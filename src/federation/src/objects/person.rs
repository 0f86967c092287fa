//! An actor: a known account.

use activitypub_federation::config::Data;
use activitypub_federation::traits::{Actor, Object};
use async_trait::async_trait;
use serde_json::Value;
use url::Url;

use super::{Readable, Wire, check_origin, url_of};
use crate::library::Handle;
use crate::{Error, Result};
use portico_activitystreams::{Malformed, actor, value};
use portico_domain::model::account::{Account, RemoteActor};
use portico_domain::model::exposure::Exposure;
use portico_domain::model::group::GroupVisibility;
use portico_domain::model::keys::OwnKeys;

impl Readable for RemoteActor {
    fn read(document: value::Object) -> Result<Self, Malformed> {
        actor::read(&document)
    }
}

/// A known account.
#[derive(Debug, Clone)]
pub struct Person {
    id: Url,
    inbox: Url,
    account: Account,
    profile: Option<Profile>,
}

/// The parts of a local account's document.
#[derive(Clone)]
struct Profile {
    keys: OwnKeys,
    group: Option<GroupVisibility>,
    exposure: Exposure,
}

impl std::fmt::Debug for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Profile").field("exposure", &self.exposure).finish_non_exhaustive()
    }
}

impl Person {
    /// Wraps a known account.
    ///
    /// # Errors
    /// [`Error::Permanent`] for an account whose addresses are not URLs.
    pub fn new(account: Account) -> Result<Self> {
        let (id, inbox) = (url_of(&account.uri)?, url_of(&account.endpoints.inbox)?);
        Ok(Self { id, inbox, account, profile: None })
    }

    /// Wraps a local account, to be written with these keys and this exposure.
    pub(crate) fn local(
        account: Account,
        keys: OwnKeys,
        group: Option<GroupVisibility>,
        exposure: Exposure,
    ) -> Result<Self> {
        Ok(Self { profile: Some(Profile { keys, group, exposure }), ..Self::new(account)? })
    }

    /// The account.
    pub const fn account(&self) -> &Account {
        &self.account
    }

    /// Returns the account.
    pub fn into_account(self) -> Account {
        self.account
    }
}

#[async_trait]
impl Object for Person {
    type DataType = Handle;
    type Kind = Wire<RemoteActor>;
    type Error = Error;

    fn id(&self) -> &Url {
        &self.id
    }

    async fn read_from_id(id: Url, data: &Data<Handle>) -> Result<Option<Self>> {
        let federation = data.federation()?;
        let known = match federation.known_account(id.as_str()).await? {
            Some(known) => Some(known),
            // A URL without a path gains a slash when it is parsed; the stored id may not have it.
            None if id.path() == "/" => federation.known_account(id.as_str().trim_end_matches('/')).await?,
            None => None,
        };
        known.map(Self::new).transpose()
    }

    /// Writes the document of a local account.
    async fn into_json(self, data: &Data<Handle>) -> Result<Self::Kind> {
        let federation = data.federation()?;
        let Profile { keys, group, exposure } =
            self.profile.ok_or_else(|| Error::permanent("the keys of the account are not loaded"))?;
        match actor::write(&self.account, group, &keys, exposure, &federation.instance.urls) {
            Value::Object(document) => Ok(Wire::Written(document)),
            _ => Err(Error::permanent("an actor document is an object")),
        }
    }

    async fn verify(json: &Self::Kind, from: &Url, data: &Data<Handle>) -> Result<()> {
        check_origin(&json.parsed()?.uri, from, &*data.federation()?)
    }

    async fn from_json(json: Self::Kind, data: &Data<Handle>) -> Result<Self> {
        Self::new(data.federation()?.receive_actor(json.into_parsed()?).await?)
    }
}

impl Actor for Person {
    /// Empty for a remote account, whose keys are found by their key id, with their own expiry.
    fn public_key_pem(&self) -> &str {
        self.profile.as_ref().map_or("", |profile| &profile.keys.http.public_pem)
    }

    /// `None`: the library signs nothing.
    fn private_key_pem(&self) -> Option<String> {
        None
    }

    fn inbox(&self) -> Url {
        self.inbox.clone()
    }

    fn shared_inbox(&self) -> Option<Url> {
        self.account.endpoints.shared_inbox.as_deref().and_then(|inbox| Url::parse(inbox).ok())
    }
}
