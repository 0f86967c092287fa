//! Fetching: which documents are fetched, and how far they are trusted.

use portico_domain::model::peer::Tier;
use portico_service::ports::RemoteObject;
use serde_json::json;

use portico_testing::TestApp;
use portico_testing::peer::{PUBLIC, Peer, on_sqlite};

async fn partner(app: &TestApp) -> Peer {
    let peer = Peer::start("partner").await;
    peer.is(app, Tier::Partner).await;
    peer
}

async fn by_url(app: &TestApp, url: &str) -> portico_service::Result<Option<RemoteObject>> {
    app.instance.remote.get().unwrap().by_url(url).await
}

fn jrd(peer: &Peer, subject: &str, actor: &str) {
    let body = json!({ "subject": subject, "links": [
        { "rel": "self", "type": "application/activity+json", "href": actor }] });
    peer.serve_as(
        "/.well-known/webfinger",
        axum::http::StatusCode::OK,
        "application/jrd+json",
        &body.to_string(),
    );
}

#[test]
fn s13_a_handle_must_agree_both_ways() {
    on_sqlite(async |app| {
        let peer = partner(&app).await;
        let other = Peer::start("other").await;
        other.is(&app, Tier::Partner).await;
        let remote = app.instance.remote.get().unwrap();

        // The other host claims a handle of the partner for an actor of its own.
        jrd(&other, &format!("acct:ann@{}", peer.domain), &other.actor("ann"));
        jrd(&peer, &format!("acct:ann@{}", peer.domain), &peer.actor("ann"));
        let found = remote.account_by_handle("ann", &other.domain).await;
        let known = peer.known(&app, "ann").await;
        assert!(
            found.is_err() || known.is_some_and(|account| Ok(account.id) == found.map_err(drop)),
            "hijacked"
        );
        assert_eq!(other.known(&app, "ann").await, None);

        let id = remote.account_by_handle("ann", &peer.domain).await.unwrap();
        let ann = peer.known(&app, "ann").await.unwrap();
        assert_eq!((ann.id, ann.domain.as_deref()), (id, Some(peer.domain.as_str())));

        // The other host claims an actor of the partner for a handle of its own.
        jrd(&other, &format!("acct:ann@{}", other.domain), &peer.actor("ann"));
        assert!(remote.account_by_handle("ann", &other.domain).await.is_err(), "hijacked");
        assert_eq!(other.known(&app, "ann").await, None);
        assert_eq!(peer.known(&app, "ann").await.unwrap().domain, Some(peer.domain.clone()));
    });
}

#[test]
fn a_split_domain_is_believed_when_its_hosts_agree() {
    on_sqlite(async |app| {
        let (bare, web) = (Peer::start("corp").await, Peer::start("social").await);
        for peer in [&bare, &web] {
            peer.is(&app, Tier::Partner).await;
            jrd(peer, &format!("acct:ann@{}", bare.domain), &web.actor("ann"));
        }
        app.instance.remote.get().unwrap().account_by_handle("ann", &bare.domain).await.unwrap();
        assert_eq!(web.known(&app, "ann").await.unwrap().domain, Some(bare.domain));
    });
}

#[test]
fn s03_s28_a_document_counts_only_from_its_own_origin() {
    on_sqlite(async |app| {
        let peer = partner(&app).await;
        let other = Peer::start("other").await;
        other.is(&app, Tier::Partner).await;
        let note = peer.note("ann", "1", "true", &[PUBLIC], &[]);
        peer.serve("/notes/1", note.clone());

        // Another server serves a forged copy with the partner's id: the document is fetched from the
        // partner.
        let mut forged = note.clone();
        forged["content"] = json!("forged");
        other.serve("/copy", forged);
        let Some(RemoteObject::Status(id)) = by_url(&app, &other.at("/copy")).await.unwrap() else {
            panic!("nothing found")
        };
        let status: Result<_, portico_store::Error> =
            app.instance.store.read(move |r| r.find_status(id)).await;
        assert_eq!(status.unwrap().unwrap().content, "<p>true</p>");

        // The partner redirects to another server's document with an id of the partner.
        let mut stolen = peer.note("ann", "2", "stolen", &[PUBLIC], &[]);
        stolen["id"] = json!(peer.at("/notes/2"));
        other.serve("/stolen", stolen);
        peer.redirect("/notes/2", &other.at("/stolen"));
        assert_eq!(by_url(&app, &peer.at("/notes/2")).await.unwrap(), None);
    });
}

#[test]
fn s04_s56_uploads_loops_and_giants_are_no_documents() {
    on_sqlite(async |app| {
        let peer = partner(&app).await;
        let ok = axum::http::StatusCode::OK;
        let note = peer.note("ann", "1", "x", &[PUBLIC], &[]).to_string();
        peer.serve_as("/notes/1", ok, "image/png", &note);
        peer.redirect("/loop", &peer.at("/loop"));
        peer.redirect("/hop1", &peer.at("/hop2"));
        peer.redirect("/hop2", &peer.at("/hop3"));
        peer.redirect("/hop3", &peer.at("/notes/2"));
        peer.serve("/notes/2", peer.note("ann", "2", "x", &[PUBLIC], &[]));
        let giant = format!(r#"{{"a":"{}"}}"#, "x".repeat(1100 * 1024));
        peer.serve_as("/giant", ok, "application/activity+json", &giant);
        for path in ["/notes/1", "/loop", "/hop1", "/giant", "/missing"] {
            assert_eq!(by_url(&app, &peer.at(path)).await.unwrap(), None, "{path}");
        }
        assert!(peer.asked().iter().filter(|path| *path == "/loop").count() <= 3);
        assert!(by_url(&app, &peer.at("/hop2")).await.unwrap().is_some(), "two hops are followed");
    });
}

#[test]
fn s47_s50_addresses_inside_are_never_reached() {
    on_sqlite(async |app| {
        let peer = partner(&app).await;
        for url in [
            "http://10.0.0.1/",
            "http://169.254.169.254/latest/meta-data/",
            "http://[::1]/",
            "http://0.0.0.0/",
            "http://192.168.1.1/users/x",
            "file:///etc/passwd",
            "gopher://partner/",
            "http://user@10.0.0.1/",
        ] {
            assert_eq!(by_url(&app, url).await.unwrap(), None, "{url}");
        }
        peer.redirect("/inside", "http://10.0.0.1/secret");
        assert_eq!(by_url(&app, &peer.at("/inside")).await.unwrap(), None);
    });
}

#[test]
fn s61_failed_fetches_are_not_repeated_at_once() {
    on_sqlite(async |app| {
        let peer = partner(&app).await;
        for _ in 0..5 {
            assert_eq!(by_url(&app, &peer.at("/notes/none")).await.unwrap(), None);
        }
        assert_eq!(peer.asked().len(), 1);
        app.advance(601);
        peer.serve("/notes/none", peer.note("ann", "none", "x", &[PUBLIC], &[]));
        assert!(by_url(&app, &peer.at("/notes/none")).await.unwrap().is_some());
    });
}

#[test]
fn s41_every_fetch_is_signed_by_the_instance_alone() {
    on_sqlite(async |app| {
        let peer = partner(&app).await;
        peer.serve("/notes/1", peer.note("ann", "1", "x", &[PUBLIC], &[]));
        by_url(&app, &peer.at("/notes/1")).await.unwrap();
        let signatures = peer.asked_signatures();
        assert!(!signatures.is_empty());
        for signature in signatures {
            assert!(signature.contains(&app.instance.urls.instance_actor()), "S41 {signature}");
        }
    });
}
