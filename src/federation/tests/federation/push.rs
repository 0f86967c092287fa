//! Web push, as seen by a push service and a device: messages can be decrypted only with the device's keys.

use std::sync::{Arc, Mutex};

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::{aead, hmac, signature};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use portico_testing::peer::{Workers, eventually, eventually_is, federated};
use portico_testing::{TestApp, TestUser};

type Received = Arc<Mutex<Vec<(Uri, HeaderMap, Bytes)>>>;

/// A push service that answers with the status in the path, and a device behind it.
struct Device {
    origin: String,
    received: Received,
    key: PrivateKey,
    public: Vec<u8>,
    auth: [u8; 16],
}

impl Device {
    async fn start() -> Self {
        let received = Received::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let router = Router::new().fallback(take).with_state(Arc::clone(&received));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let key = PrivateKey::generate(&ECDH_P256).unwrap();
        let public = key.compute_public_key().unwrap().as_ref().to_vec();
        Self { origin, received, key, public, auth: [7; 16] }
    }

    fn wish(&self, status: u16, standard: bool, data: Value) -> Value {
        json!({
            "subscription": {
                "endpoint": format!("{}/{status}/device", self.origin),
                // Clients use several base64 variants.
                "keys": { "p256dh": STANDARD.encode(&self.public), "auth": URL_SAFE_NO_PAD.encode(self.auth) },
                "standard": standard,
            },
            "data": data,
        })
    }

    fn count(&self) -> usize {
        self.received.lock().unwrap().len()
    }

    async fn next(&self, seen: usize) -> (HeaderMap, Bytes) {
        let found = eventually("a push", || async { self.received.lock().unwrap().get(seen).cloned() }).await;
        (found.1, found.2)
    }

    fn shared(&self, theirs: &[u8]) -> Vec<u8> {
        let theirs = UnparsedPublicKey::new(&ECDH_P256, theirs);
        agree(&self.key, theirs, (), |shared| Ok(shared.to_vec())).unwrap()
    }

    /// Decrypts by RFC 8291.
    fn open_standard(&self, body: &[u8]) -> Value {
        let (salt, rest) = body.split_at(16);
        assert_eq!(u32::from_be_bytes(rest[..4].try_into().unwrap()), 4096);
        let (theirs, sealed) = rest[5..].split_at(usize::from(rest[4]));
        let info = [b"WebPush: info\0", &self.public[..], theirs].concat();
        let secret = hkdf(&self.auth, &self.shared(theirs), &info, 32);
        let key = hkdf(salt, &secret, b"Content-Encoding: aes128gcm\0", 16);
        let nonce = hkdf(salt, &secret, b"Content-Encoding: nonce\0", 12);
        let mut text = decrypt(&key, &nonce, sealed);
        assert_eq!(text.pop(), Some(2), "the last record");
        serde_json::from_slice(&text).unwrap()
    }

    /// Decrypts by the fourth draft.
    fn open_draft(&self, headers: &HeaderMap, body: &[u8]) -> Value {
        let salt = value_in(headers["encryption"].to_str().unwrap(), "salt");
        let theirs = value_in(headers["crypto-key"].to_str().unwrap(), "dh");
        let secret = hkdf(&self.auth, &self.shared(&theirs), b"Content-Encoding: auth\0", 32);
        let context = [b"P-256\0\0\x41", &self.public[..], b"\0\x41", &theirs[..]].concat();
        let key = hkdf(&salt, &secret, &[b"Content-Encoding: aesgcm\0", &context[..]].concat(), 16);
        let nonce = hkdf(&salt, &secret, &[b"Content-Encoding: nonce\0", &context[..]].concat(), 12);
        let text = decrypt(&key, &nonce, body);
        assert_eq!(text[..2], [0, 0], "no padding");
        serde_json::from_slice(&text[2..]).unwrap()
    }
}

async fn take(
    State(received): State<Received>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, HeaderMap) {
    let status: u16 = uri.path().split('/').nth(1).unwrap().parse().unwrap();
    received.lock().unwrap().push((uri, headers, body));
    let mut answer = HeaderMap::new();
    if status == 429 {
        answer.insert("retry-after", "600".parse().unwrap());
    }
    (StatusCode::from_u16(status).unwrap(), answer)
}

fn value_in(header: &str, name: &str) -> Vec<u8> {
    let found = header.split(';').find_map(|part| part.trim().strip_prefix(&format!("{name}=")));
    URL_SAFE_NO_PAD.decode(found.unwrap()).unwrap()
}

/// RFC 5869 for one block.
fn hkdf(salt: &[u8], secret: &[u8], info: &[u8], length: usize) -> Vec<u8> {
    let prk = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, salt), secret);
    let block = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, prk.as_ref()), &[info, &[1]].concat());
    block.as_ref()[..length].to_vec()
}

fn decrypt(key: &[u8], nonce: &[u8], sealed: &[u8]) -> Vec<u8> {
    let key = aead::LessSafeKey::new(aead::UnboundKey::new(&aead::AES_128_GCM, key).unwrap());
    let nonce = aead::Nonce::try_assume_unique_for_key(nonce).unwrap();
    let mut text = sealed.to_vec();
    key.open_in_place(nonce, aead::Aad::empty(), &mut text).unwrap().to_vec()
}

/// Asserts that the server signed the token for this origin with the key it advertises.
fn assert_signed(app: &TestApp, token: &str, origin: &str, server_key: &str) {
    let (said, signed) = token.rsplit_once('.').unwrap();
    let key = URL_SAFE_NO_PAD.decode(server_key).unwrap();
    let key = signature::UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, key);
    key.verify(said.as_bytes(), &URL_SAFE_NO_PAD.decode(signed).unwrap()).expect("the server signed it");
    let (_, claims) = said.split_once('.').unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    assert_eq!(claims["aud"], origin);
    assert_eq!(claims["sub"], "mailto:it@acme.test");
    let lasts = claims["exp"].as_i64().unwrap() - app.instance.now().seconds();
    assert!((1..=24 * 3600).contains(&lasts), "{lasts}");
}

const PATH: &str = "/api/v1/push/subscription";

async fn worked_off(app: &TestApp) {
    eventually_is("the numbers of pushes that wait and that are buried", (0, 0), || async {
        let left = app.instance.store.read(|reader| reader.count_jobs("push")).await;
        let left: Result<(i64, i64), portico_store::Error> = left;
        left.unwrap()
    })
    .await;
}

async fn favourite(who: &TestUser, post: &Value) {
    let id = post["id"].as_str().unwrap();
    who.post(&format!("/api/v1/statuses/{id}/favourite"), json!({})).await.ok();
}

federated! {
    async fn a_device_opens_both_encodings_and_the_server_signs(app: TestApp) {
        let _workers = Workers::start(&app);
        let (ann, ben) = (app.staff("ann").await, app.staff("ben").await);
        let device = Device::start().await;
        for (seen, standard) in [true, false].into_iter().enumerate() {
            let made = ann.post(PATH, device.wish(201, standard, json!({ "alerts": { "mention": true } }))).await;
            let made = made.ok();
            assert!(made["id"].is_number());
            assert_eq!(made["standard"], standard);
            ben.posts("@ann have a <look> & tell").await;
            let (headers, body) = device.next(seen).await;
            assert_eq!(headers["ttl"], "172800");
            assert_eq!(headers["urgency"], "normal");
            let authorization = headers["authorization"].to_str().unwrap();
            let server_key = made["server_key"].as_str().unwrap();
            let message = if standard {
                assert_eq!(headers["content-encoding"], "aes128gcm");
                let (token, key) = authorization.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
                assert_eq!(key, server_key);
                assert_signed(&app, token, &device.origin, server_key);
                device.open_standard(&body)
            } else {
                assert_eq!(headers["content-encoding"], "aesgcm");
                let token = authorization.strip_prefix("WebPush ").unwrap();
                assert_signed(&app, token, &device.origin, server_key);
                let shown = value_in(headers["crypto-key"].to_str().unwrap(), "p256ecdsa");
                assert_eq!(URL_SAFE_NO_PAD.encode(shown), server_key);
                device.open_draft(&headers, &body)
            };
            assert_eq!(message["access_token"], ann.token.as_str());
            assert_eq!(message["notification_type"], "mention");
            assert_eq!(message["title"], "BEN mentioned you");
            assert_eq!(message["body"], "@ann have a <look> & tell");
            let id = message["notification_id"].as_i64().unwrap();
            assert_eq!(ann.get(&format!("/api/v1/notifications/{id}")).await.ok()["type"], "mention");
        }
        let instance = ann.get("/api/v2/instance").await.ok();
        let own = ann.get(PATH).await.ok();
        assert_eq!(instance["configuration"]["vapid"]["public_key"], own["server_key"]);
        assert_eq!(ann.get("/api/v1/apps/verify_credentials").await.ok()["vapid_key"], own["server_key"]);
    }

    async fn only_subscribed_alerts_are_pushed(app: TestApp) {
        let _workers = Workers::start(&app);
        let (ann, ben) = (app.staff("ann").await, app.staff("ben").await);
        let device = Device::start().await;
        let first = ann.posts("first").await;
        let second = ann.posts("second").await;
        let third = ann.posts("third").await;
        ann.post(PATH, device.wish(201, true, json!({ "alerts": { "mention": true, "follow": true } }))).await.ok();
        favourite(&ben, &first).await;
        // The push is done before the subscription changes.
        worked_off(&app).await;
        let policy = json!({ "data": { "alerts": { "favourite": true }, "policy": "followed" } });
        let changed = ann.call(Method::PUT, PATH, Some(policy)).await.ok();
        assert_eq!((&changed["policy"], &changed["alerts"]["mention"]), (&json!("followed"), &json!(false)));
        favourite(&ben, &second).await;
        worked_off(&app).await;
        ann.post(&format!("/api/v1/accounts/{}/follow", ben.id()), json!({})).await.ok();
        favourite(&ben, &third).await;
        let (_, body) = device.next(0).await;
        assert_eq!(device.open_standard(&body)["body"], "third");
        worked_off(&app).await;
        assert_eq!(device.count(), 1);
    }

    async fn quotes_are_pushed(app: TestApp) {
        let _workers = Workers::start(&app);
        let (ann, ben) = (app.staff("ann").await, app.staff("ben").await);
        let device = Device::start().await;
        ann.post(PATH, device.wish(201, true, json!({ "alerts": { "quote": true } }))).await.ok();
        let post = ann.posts("quote me").await;
        ben.post("/api/v1/statuses", json!({ "status": "as ann says", "quoted_status_id": post["id"] })).await.ok();
        let (_, body) = device.next(0).await;
        let message = device.open_standard(&body);
        assert_eq!((&message["notification_type"], &message["title"]), (&json!("quote"), &json!("BEN quoted your post")));
        assert_eq!(message["body"], "as ann says");
    }

    async fn a_device_that_is_gone_is_forgotten_and_one_that_is_busy_is_asked_again(app: TestApp) {
        let workers = Workers::start(&app);
        let (ann, ben) = (app.staff("ann").await, app.staff("ben").await);
        let device = Device::start().await;
        let post = ann.posts("hello").await;
        let all = json!({ "alerts": { "favourite": true, "mention": true } });
        ann.post(PATH, device.wish(410, true, all.clone())).await.ok();
        favourite(&ben, &post).await;
        device.next(0).await;
        worked_off(&app).await;
        ann.get(PATH).await.problem(404);

        ann.post(PATH, device.wish(503, true, all)).await.ok();
        ben.posts("@ann hello").await;
        device.next(1).await;
        // The workers end, so the push is put off before the clock moves.
        workers.end().await;
        app.advance(10);
        let _workers = Workers::start(&app);
        device.next(2).await;
        ann.get(PATH).await.ok();
    }

    async fn a_push_service_says_when_to_come_again(app: TestApp) {
        let workers = Workers::start(&app);
        let (ann, ben) = (app.staff("ann").await, app.staff("ben").await);
        let device = Device::start().await;
        ann.post(PATH, device.wish(429, true, json!({ "alerts": { "mention": true } }))).await.ok();
        ann.form(Method::PATCH, "/api/v1/accounts/update_credentials", "source[language]=de").await.ok();
        let text = async |seen: usize| {
            let message = device.open_standard(&device.next(seen).await.1);
            assert_eq!(message["preferred_locale"], "de");
            message["body"].as_str().unwrap().to_owned()
        };
        for (seen, said) in ["@ann one", "@ann two"].into_iter().enumerate() {
            ben.posts(said).await;
            assert_eq!(text(seen).await, said);
        }
        // The default back-off would end within seconds; the service asked for ten minutes. Both pushes are
        // postponed before the clock moves.
        workers.end().await;
        app.advance(500);
        let _workers = Workers::start(&app);
        for (seen, said) in [(2, "@ann three"), (3, "@ann four")] {
            ben.posts(said).await;
            assert_eq!(text(seen).await, said);
        }
        app.advance(101);
        assert!(["@ann one", "@ann two"].contains(&text(4).await.as_str()));
    }

    async fn withdrawn_notifications_are_not_pushed(app: TestApp) {
        let (ann, ben, carol) = (app.staff("ann").await, app.staff("ben").await, app.staff("carol").await);
        let device = Device::start().await;
        ann.post(PATH, device.wish(201, true, json!({ "alerts": { "mention": true } }))).await.ok();
        let post = ben.posts("@ann a slip of the tongue").await;
        let path = format!("/api/v1/statuses/{}", post["id"].as_str().unwrap());
        ben.call(Method::DELETE, &path, None).await.ok();
        ben.posts("@ann who mutes me meanwhile").await;
        ann.post(&format!("/api/v1/accounts/{}/block", ben.id()), json!({})).await.ok();
        carol.posts("@ann the last word").await;
        let _workers = Workers::start(&app);
        let (_, body) = device.next(0).await;
        assert_eq!(device.open_standard(&body)["body"], "@ann the last word");
        worked_off(&app).await;
        assert_eq!(device.count(), 1);
    }

    async fn subscriptions_are_one_for_each_token(app: TestApp) {
        let ann = app.staff("ann").await;
        let device = Device::start().await;
        ann.get(PATH).await.problem(404);
        ann.call(Method::PUT, PATH, Some(json!({ "data": { "policy": "all" } }))).await.problem(404);
        ann.post(PATH, json!({})).await.problem(400);
        let good = device.wish(201, true, json!({}));
        for (pointer, bad) in [
            ("/subscription/endpoint", json!("ftp://127.0.0.1/")),
            ("/subscription/keys/p256dh", json!("AAAA")),
            ("/subscription/keys/auth", json!("AAAA")),
            ("/data", json!({ "policy": "some" })),
        ] {
            let mut wish = good.clone();
            *wish.pointer_mut(pointer).unwrap() = bad;
            ann.post(PATH, wish).await.problem(422);
        }
        ann.post(PATH, good.clone()).await.ok();
        let mut other = ann.clone();
        other.token = ann.token_for("push").await;
        other.get(PATH).await.problem(404);
        let form = "subscription[endpoint]=https%3A%2F%2Fpush.example%2Fx&data[alerts][admin.sign_up]=true\
                    &data[policy]=follower";
        let keys = format!(
            "&subscription[keys][p256dh]={}&subscription[keys][auth]={}",
            URL_SAFE_NO_PAD.encode(&device.public),
            URL_SAFE_NO_PAD.encode(device.auth),
        );
        let made = other.submit(PATH, &format!("{form}{keys}")).await.ok();
        assert_eq!((&made["alerts"]["admin.sign_up"], &made["standard"]), (&json!(true), &json!(false)));
        assert_eq!((&made["endpoint"], &made["policy"]), (&json!("https://push.example/x"), &json!("follower")));
        ann.call(Method::DELETE, PATH, None).await.ok();
        ann.get(PATH).await.problem(404);
        other.get(PATH).await.ok();
        let mut reader = ann.clone();
        reader.token = ann.token_for("read write").await;
        reader.get(PATH).await.problem(403);
    }
}
