//! Preparing an instance at start: its actor, and the company's hosts from the configuration.

use crate::{Error, Result};
use portico_config::InstanceSettings;
use portico_domain::model::AccountId;
use portico_domain::model::account::{Account, ActorKind, Endpoints};
use portico_domain::model::keys::KeyPair;
use portico_domain::model::peer::Tier;
use portico_domain::model::urls::Urls;
use portico_store::Store;

/// Returns the instance actor's account, and creates it with `new_key` at the first start. It signs fetches,
/// and follows the instance actors of the company's other instances.
pub async fn instance_actor(
    store: &Store,
    urls: &Urls,
    new_key: Option<KeyPair>,
) -> Result<Option<AccountId>> {
    let urls = urls.clone();
    store
        .write(move |tx| {
            if let Some(account) = tx.find_instance_actor()? {
                return Ok(Some(account.id));
            }
            let Some(key) = &new_key else { return Ok(None) };
            let account = actor(tx.next_id(), &urls, tx.now());
            if !tx.insert_account(&account)? {
                // Another node that starts at the same time may have created it.
                let made = tx.find_instance_actor()?;
                let made = made.ok_or(Error::Conflict("an account has the instance actor's name"))?;
                return Ok(Some(made.id));
            }
            tx.insert_key_pair(account.id, key)?;
            Ok(Some(account.id))
        })
        .await
}

fn actor(id: AccountId, urls: &Urls, now: portico_domain::model::Timestamp) -> Account {
    let uri = urls.instance_actor();
    Account {
        url: Some(urls.at("/")),
        kind: ActorKind::Application,
        is_instance_actor: true,
        locked: true,
        discoverable: Some(false),
        hide_collections: true,
        endpoints: Endpoints {
            inbox: urls.shared_inbox(),
            shared_inbox: Some(urls.shared_inbox()),
            outbox: Some(format!("{uri}/outbox")),
            followers: Some(format!("{uri}/followers")),
            following: Some(format!("{uri}/following")),
            featured: None,
        },
        ..Account::new(id, urls.domain(), uri, now)
    }
}

/// Gives the company tier to the hosts named in the configuration. A host removed from the configuration
/// keeps its tier until an administrator changes it, so that a typing error changes nothing.
pub async fn company_hosts(store: &Store, settings: &InstanceSettings) -> Result<()> {
    let company = settings.company.clone();
    store
        .write(move |tx| {
            for domain in &company {
                if tx.tier_of(domain)? != Tier::Company {
                    tx.set_tier(domain, Tier::Company, "named in the configuration")?;
                }
            }
            Ok(())
        })
        .await
}
