//! Signatures in both schemes, and proofs, incoming and outgoing.

use http::Method;
use portico_activitystreams::object_proofs;
use portico_domain::model::Reach;
use portico_domain::model::peer::Tier;
use portico_http_signatures::keys::{self, generate_ed25519};
use portico_http_signatures::{PublicKey, SignatureScheme, SigningKey};
use portico_service::people::accounts::{self, OldKeys};
use serde_json::{Value, json};

use portico_testing::peer::{
    PUBLIC, Peer, Workers, app_with, eventually, eventually_is, federated, on_sqlite, status_of, worked_off,
};
use portico_testing::{Database, TestApp};

async fn partner(app: &TestApp, name: &str) -> Peer {
    let peer = Peer::start(name).await;
    peer.is(app, Tier::Partner).await;
    peer
}

federated! {
    async fn message_signatures_are_read(app: TestApp) {
        let alice = app.staff("alice").await;
        let peer = partner(&app, "partner").await;
        let _workers = Workers::start(&app);
        peer.signs_with(SignatureScheme::Message);
        peer.follows(&app, "ann", &alice.account).await;
        let note = peer.note("ann", "1", "hello", &[PUBLIC], &[]);
        assert_eq!(peer.post(&app, "ann", &peer.create("ann", &note)).await.status, 202);
        worked_off(&app).await;
        assert!(status_of(&app, note["id"].as_str().unwrap()).await.is_some());
        let path = "/users/alice/followers?page=1";
        assert_eq!(peer.get(&app, "ann", path).await.status, 200);
        // S02: another account's key does not count.
        let forged = peer.create("ben", &peer.note("ben", "2", "hello", &[PUBLIC], &[]));
        assert_eq!(peer.post(&app, "ann", &forged).await.status, 401);
        // S08: neither scheme makes up for a defect in the other.
        let body = peer.create("ann", &peer.note("ann", "3", "hello", &[PUBLIC], &[])).to_string();
        let mut headers = peer.signed(&app, "ann", &Method::POST, "/inbox", Some(body.as_bytes()));
        peer.signs_with(SignatureScheme::Cavage);
        let older = peer.signed(&app, "ann", &Method::POST, "/inbox", Some(body.as_bytes()));
        headers.insert("digest", older["digest"].clone());
        headers.insert("signature", older["signature"].clone());
        assert_eq!(peer.post_raw(&app, "/inbox", headers, body).await.status, 401);
    }

    async fn a_host_is_asked_in_the_form_that_it_takes(app: TestApp) {
        let alice = app.staff("alice").await;
        let (newer, older) = (partner(&app, "newer").await, partner(&app, "older").await);
        newer.takes_only(SignatureScheme::Message, 401);
        older.takes_only(SignatureScheme::Cavage, 400);
        let workers = Workers::start(&app);
        newer.follows(&app, "ann", &alice.account).await;
        older.follows(&app, "ann", &alice.account).await;
        let refusals = |peer: &Peer| peer.asked().iter().filter(|path| path.starts_with("refused")).count();
        let knocked = refusals(&newer);
        assert!(knocked > 0, "the older form comes first");
        assert_eq!(refusals(&older), 0);
        let kept = || async {
            let read = app.instance.store.read(|reader| reader.list_signature_schemes(9)).await;
            let known: Result<Vec<_>, portico_store::Error> = read;
            known.unwrap().into_iter().map(|(host, _)| host).collect::<Vec<_>>()
        };
        eventually_is("the hosts whose form is remembered beyond a restart", vec![newer.domain.clone()], kept).await;
        alice.says("hello", Reach::Public).await;
        eventually("both have it", || async {
            let both = [&newer, &older].iter().all(|peer| !peer.received_of("Create").is_empty());
            both.then_some(())
        })
        .await;
        assert_eq!(refusals(&newer), knocked, "it is not asked in the other form again");
        // The host changes its scheme: the other scheme is tried, and the cache is updated.
        newer.takes_only(SignatureScheme::Cavage, 400);
        alice.says("again", Reach::Public).await;
        eventually("it has this too", || async { (newer.received_of("Create").len() == 2).then_some(()) }).await;
        eventually("it is forgotten", || async { kept().await.is_empty().then_some(()) }).await;
        drop(workers);
    }

    async fn an_object_proof_counts_from_any_sender(app: TestApp) {
        let _alice = app.staff("alice").await;
        let (author, bringer) = (partner(&app, "author").await, partner(&app, "bringer").await);
        let _workers = Workers::start(&app);
        let pem = generate_ed25519().unwrap();
        let key_id = format!("{}#ed25519-key", author.actor("ann"));
        let mut ann = author.person("ann");
        ann["assertionMethod"] = json!([{
            "id": key_id, "type": "Multikey", "controller": author.actor("ann"),
            "publicKeyMultibase": keys::multikey_of_pem(&pem.public).unwrap(),
        }]);
        author.serve("/users/ann", ann);
        let key = SigningKey::from_pem(key_id, &pem.private).unwrap();
        let proven = |id: &str| {
            let create = author.create("ann", &author.note("ann", id, "hello", &[PUBLIC], &[]));
            let mut create = create.as_object().unwrap().clone();
            object_proofs::sign(&mut create, &key, app.instance.now()).unwrap();
            Value::Object(create)
        };
        // Nothing of it can be fetched: the proof alone counts.
        let create = proven("1");
        assert_eq!(bringer.post(&app, "ann", &create).await.status, 202);
        worked_off(&app).await;
        let id = create["object"]["id"].as_str().unwrap();
        assert_eq!(status_of(&app, id).await.unwrap().uri, id);
        let mut changed = proven("2");
        changed["object"]["content"] = json!("something else");
        assert_eq!(bringer.post(&app, "ann", &changed).await.status, 401);
        // A key that only the sender has does not prove the author.
        let mut stolen = proven("3");
        stolen["proof"]["verificationMethod"] = json!(format!("{}#ed25519-key", bringer.actor("ann")));
        assert_eq!(bringer.post(&app, "ann", &stolen).await.status, 401);
        author.is(&app, Tier::Blocked).await;
        assert!(bringer.post(&app, "ann", &proven("4")).await.status.is_client_error(), "S30");
        worked_off(&app).await;
        for id in ["2", "3", "4"] {
            assert!(status_of(&app, &author.at(&format!("/notes/{id}"))).await.is_none(), "{id}");
        }
    }
}

#[test]
fn new_keys_are_announced_and_used() {
    on_sqlite(async |app| {
        let alice = app.staff("alice").await;
        let peer = partner(&app, "partner").await;
        let _workers = Workers::start(&app);
        peer.follows(&app, "ann", &alice.account).await;
        let before = peer.get(&app, "ann", "/users/alice").await.ok();
        let new = keys::generate().unwrap();
        let replaced = accounts::replace_keys(
            &app.instance,
            alice.account.id,
            new.public.clone(),
            new.private,
            OldKeys::Fade,
        );
        replaced.await.unwrap();
        let update =
            eventually("the Update arrives", || async { peer.received_of("Update").into_iter().next() })
                .await;
        assert_eq!(update["object"]["publicKey"]["publicKeyPem"], new.public);
        let after = peer.get(&app, "ann", "/users/alice").await.ok();
        for part in ["/publicKey/id", "/publicKey/publicKeyPem", "/assertionMethod/0/id"] {
            assert_ne!(before.pointer(part), after.pointer(part), "{part}");
        }
        assert_eq!(update["object"]["assertionMethod"], after["assertionMethod"]);
        app.advance(61);
        alice.says("hello", Reach::Public).await;
        eventually("it comes", || async { peer.received_of("Create").into_iter().next() }).await;
        let signature = peer.received_headers_of("Create", "signature").remove(0).unwrap();
        assert!(signature.contains(after["publicKey"]["id"].as_str().unwrap()), "{signature}");
    });
}

#[test]
fn keys_that_were_replaced_hold_for_two_days_unless_they_are_dropped() {
    on_sqlite(async |app| {
        let alice = app.staff("alice").await;
        let peer = partner(&app, "partner").await;
        let actor = async || peer.get(&app, "ann", "/users/alice").await.ok();
        let renew = async |old: OldKeys| {
            app.advance(1);
            let new = keys::generate().unwrap();
            let id = alice.account.id;
            accounts::replace_keys(&app.instance, id, new.public, new.private, old).await.unwrap();
        };
        let multikeys = |actor: &Value| actor["assertionMethod"].as_array().unwrap().clone();
        let first = actor().await;
        assert_eq!(multikeys(&first).len(), 1);
        let rsa = first["publicKey"]["publicKeyPem"].as_str().unwrap();
        renew(OldKeys::Fade).await;
        let second = actor().await;
        assert_ne!(second["publicKey"]["id"], first["publicKey"]["id"]);
        let until = app.instance.now().plus_seconds(48 * 3600).rfc3339();
        let listed = multikeys(&second);
        assert_eq!(listed.len(), 3, "{second}");
        assert!(listed[0].get("expires").is_none(), "what signs now comes first: {second}");
        let faded = |id: &Value| listed.iter().find(|key| key["id"] == *id).unwrap();
        let older = faded(&first["publicKey"]["id"]);
        assert_eq!(older["publicKeyMultibase"], keys::multikey_of_pem(rsa).unwrap());
        assert_eq!((&older["controller"], &older["expires"]), (&first["id"], &json!(until)));
        let proof = faded(&first["assertionMethod"][0]["id"]);
        assert_eq!(proof["publicKeyMultibase"], first["assertionMethod"][0]["publicKeyMultibase"]);
        // Their private keys are deleted at once.
        let id = alice.account.id;
        let own = app.instance.store.read(move |reader| reader.find_own_keys(id)).await;
        let own: Result<_, portico_store::Error> = own;
        let own = own.unwrap().unwrap();
        assert_eq!((json!(own.http.uri), own.retired.len()), (second["publicKey"]["id"].clone(), 2));
        // An hour later they are replaced again; each expires at its own time.
        app.advance(3600);
        renew(OldKeys::Fade).await;
        assert_eq!(multikeys(&actor().await).len(), 5);
        app.advance(47 * 3600);
        assert_eq!(multikeys(&actor().await).len(), 3);
        renew(OldKeys::Drop).await;
        let last = actor().await;
        assert_eq!(multikeys(&last).len(), 1);
        assert!(multikeys(&last)[0].get("expires").is_none());
    });
}

#[test]
fn s12_a_key_of_others_counts_until_it_ends_or_is_listed_no_more() {
    on_sqlite(async |app| {
        let peer = partner(&app, "partner").await;
        let _workers = Workers::start(&app);
        let fresh = keys::generate().unwrap();
        let (id, key_id) = (peer.actor("ann"), peer.key_id("ann"));
        let renewed = |ends: Option<&str>| {
            let mut ann = peer.person("ann");
            ann["publicKey"] =
                json!({ "id": format!("{id}#key-2"), "owner": id, "publicKeyPem": fresh.public });
            if let Some(ends) = ends {
                ann["assertionMethod"] = json!([{
                    "id": key_id, "type": "Multikey", "controller": id, "expires": ends,
                    "publicKeyMultibase": keys::multikey_of_pem(peer.public_pem()).unwrap(),
                }]);
            }
            peer.serve("/users/ann", ann);
        };
        let mut number = 0;
        let mut posts = async || {
            number += 1;
            let note = peer.note("ann", &format!("{number}"), "hello", &[PUBLIC], &[]);
            peer.post(&app, "ann", &peer.create("ann", &note)).await.status
        };
        let until = app.instance.now().plus_seconds(3600).rfc3339();
        renewed(Some(&until));
        assert_eq!(posts().await, 202, "by the key that is on its way out");
        app.advance(3500);
        assert_eq!(posts().await, 202);
        app.advance(200);
        assert_eq!(posts().await, 401, "its time is over");
        app.advance(700);
        assert_eq!(posts().await, 401, "and fetching the document again does not bring it back");
        // An unreadable expiry counts as expired.
        app.advance(700);
        renewed(Some("some day"));
        assert_eq!(posts().await, 401);
        // An Update makes us fetch the actor; a key that it no longer lists is invalid from then on.
        app.advance(700);
        peer.serve("/users/ann", peer.person("ann"));
        assert_eq!(posts().await, 202);
        renewed(None);
        let update = peer.activity("Update", "ann", "update-1", json!(id));
        assert_eq!(peer.post(&app, "ann", &update).await.status, 202);
        worked_off(&app).await;
        assert_eq!(posts().await, 401);
    });
}

#[test]
fn sent_activities_carry_a_proof_if_configured() {
    on_sqlite(async |_| {
        let app = app_with(Database::Sqlite, |settings| settings.object_proofs = true).await;
        let alice = app.staff("alice").await;
        let peer = partner(&app, "partner").await;
        let _workers = Workers::start(&app);
        peer.follows(&app, "ann", &alice.account).await;
        alice.says("hello", Reach::Public).await;
        let create = eventually("it comes", || async { peer.received_of("Create").into_iter().next() }).await;
        assert_eq!(create["proof"]["cryptosuite"], "eddsa-jcs-2022");
        let actor = peer.get(&app, "ann", "/users/alice").await.ok();
        let method = &actor["assertionMethod"][0];
        assert_eq!(create["proof"]["verificationMethod"], method["id"]);
        assert_eq!((&method["controller"], &method["type"]), (&actor["id"], &json!("Multikey")));
        // Forwarded by another server, it would be accepted.
        let public = keys::pem_of_multikey(method["publicKeyMultibase"].as_str().unwrap()).unwrap();
        let proof = object_proofs::read(create.as_object().unwrap(), app.instance.now()).unwrap().unwrap();
        assert!(proof.is_signed_by(&PublicKey::from_pem(&public).unwrap()));
    });
}

#[test]
fn s07_signatures_of_linked_data_are_no_proof() {
    on_sqlite(async |app| {
        let (author, bringer) = (partner(&app, "author").await, partner(&app, "bringer").await);
        let mut create = author.create("ann", &author.note("ann", "1", "hello", &[PUBLIC], &[]));
        create["signature"] = json!({
            "type": "RsaSignature2017", "creator": author.key_id("ann"), "created": "2026-11-02T09:00:00Z",
            "signatureValue": author.key("ann").sign(create.to_string().as_bytes()).unwrap(),
        });
        assert_eq!(bringer.post(&app, "ann", &create).await.status, 401);
    });
}
