//! Remote accounts and events for federation: helpers of the service tests besides `TestApp`.

use portico_domain::model::account::{Account, ActorKind, Endpoints, RemoteActor, RemoteKey};
use portico_domain::model::event::Event;
use portico_domain::model::group::GroupAudience;
use portico_domain::model::peer::Tier;
use portico_service::Error;
use portico_service::people::accounts;
use portico_store::Payload as _;

use crate::TestApp;

/// Builds the actor document of `username` on `host`.
pub fn document(username: &str, host: &str) -> RemoteActor {
    let uri = format!("https://{host}/users/{username}");
    RemoteActor {
        emojis: Vec::new(),
        also_known_as: Vec::new(),
        group_audience: GroupAudience::Everybody,
        moved_to: None,
        username: username.into(),
        domain: host.into(),
        url: Some(format!("https://{host}/@{username}")),
        kind: ActorKind::Person,
        display_name: username.to_uppercase(),
        note: String::new(),
        fields: Vec::new(),
        repeated_rows: Vec::new(),
        attributes: Default::default(),
        avatar_url: None,
        header_url: None,
        locked: false,
        discoverable: None,
        indexable: false,
        endpoints: Endpoints { inbox: format!("{uri}/inbox"), ..Endpoints::default() },
        keys: vec![RemoteKey { uri: format!("{uri}#main-key"), public_pem: "PEM".into(), expires_at: None }],
        published: None,
        suspended: false,
        uri,
    }
}

/// Creates an account on a host of this tier.
pub async fn somebody(app: &TestApp, username: &str, host: &str, tier: Tier) -> Account {
    set_tier(app, host, tier).await;
    accounts::receive(&app.instance, document(username, host)).await.unwrap()
}

/// Sets the tier of a host.
pub async fn set_tier(app: &TestApp, host: &str, tier: Tier) {
    let host = host.to_owned();
    let set = app.instance.store.write(move |tx| Ok::<_, Error>(tx.set_tier(&host, tier, "")?));
    set.await.unwrap();
}

/// Returns the events emitted since the last call, oldest first.
pub async fn events(app: &TestApp) -> Vec<Event> {
    let taken = app.instance.store.write(|tx| {
        let jobs = tx.claim_jobs(Event::QUEUE, 100, 1000)?;
        for job in &jobs {
            tx.finish_job(job.id)?;
        }
        Ok::<_, Error>(jobs)
    });
    let jobs = taken.await.unwrap();
    jobs.iter().map(|job| Event::decode(&job.payload).unwrap()).collect()
}

/// Reloads an account.
pub async fn now(app: &TestApp, account: &Account) -> Account {
    accounts::find_by_uri(&app.instance, &account.uri).await.unwrap()
}
