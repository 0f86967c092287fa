//! Streaming over real sockets: which events arrive for which user, and when a connection ends.

use axum::http::Method;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::TcpStream;

use tokio_tungstenite::tungstenite::{Error as WsError, Message};

use portico_testing::media::{picture, upload};
use portico_testing::streams::{PATIENCE, Socket, dial, event, hears, next, open, say, served, settled};
use portico_testing::{TestApp, TestUser, both_databases};

async fn is_closed(socket: &mut Socket) -> bool {
    let ended = async {
        loop {
            match socket.next().await {
                None | Some(Err(_) | Ok(Message::Close(_))) => return,
                Some(Ok(_)) => {}
            }
        }
    };
    tokio::time::timeout(PATIENCE, ended).await.is_ok()
}

struct Events(
    Lines<BufReader<tokio::net::tcp::OwnedReadHalf>>,
    #[allow(dead_code)] tokio::net::tcp::OwnedWriteHalf,
);

/// Server-sent events, read after the response headers.
async fn events(who: &TestUser, port: u16, path: &str) -> Events {
    let (read, mut write) = TcpStream::connect(("127.0.0.1", port)).await.unwrap().into_split();
    let request = format!(
        "GET /api/v1/streaming/{path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\r\n",
        portico_testing::DOMAIN,
        who.token
    );
    write.write_all(request.as_bytes()).await.unwrap();
    let mut lines = BufReader::new(read).lines();
    let mut head = String::new();
    while let Some(line) = lines.next_line().await.unwrap().filter(|line| !line.is_empty()) {
        head.push_str(&line);
        head.push('\n');
    }
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(head.contains("content-type: text/event-stream") && head.contains("no-store"), "{head}");
    hears(&who.app.instance).await;
    Events(lines, write)
}

impl Events {
    /// Returns the next event's name and data.
    async fn next(&mut self) -> (String, String) {
        let mut name = String::new();
        let read = async {
            loop {
                let line = self.0.next_line().await.unwrap().expect("the stream is open");
                if let Some(event) = line.strip_prefix("event: ") {
                    name = event.to_owned();
                } else if let Some(data) = line.strip_prefix("data: ") {
                    return (name.clone(), data.to_owned());
                }
            }
        };
        tokio::time::timeout(PATIENCE, read).await.expect("an event comes in time")
    }
}

both_databases! {
    async fn the_user_stream_sends_home_timeline_changes(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        alice.submit(&format!("/api/v1/accounts/{}/follow", bob.id()), "").await.ok();
        let port = served(&app).await;
        let mut socket = open(&alice, port, "?stream=user").await;
        settled(&mut socket).await;
        let own = alice.posts("mine").await;
        assert_eq!(event(&mut socket).await.2["id"], own["id"], "the user's own posts are sent, too");
        let post = bob.posts("hello @alice").await;
        let (first, second) = (event(&mut socket).await, event(&mut socket).await);
        let (update, notice) = if first.1 == "update" { (first, second) } else { (second, first) };
        assert_eq!((update.0, update.2["id"].clone()), (json!(["user"]), post["id"].clone()));
        assert_eq!(update.2["favourited"], false, "as alice is shown it");
        assert_eq!((notice.1.as_str(), notice.2["type"].as_str()), ("notification", Some("mention")));
        let path = format!("/api/v1/statuses/{}", post["id"].as_str().unwrap());
        bob.form(Method::PUT, &path, "status=hello again").await.ok();
        let (_, name, edited) = event(&mut socket).await;
        assert_eq!((name.as_str(), &edited["id"]), ("status.update", &post["id"]));
        bob.form(Method::DELETE, &path, "").await.ok();
        let (_, name, gone) = event(&mut socket).await;
        assert_eq!((name.as_str(), gone.to_string()), ("delete", post["id"].as_str().unwrap().to_owned()));
        alice.submit("/api/v2/filters", "title=x&context[]=home").await.ok();
        assert_eq!(next(&mut socket).await, json!({"stream": ["user"], "event": "filters_changed"}));
    }

    async fn each_stream_has_its_own(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        alice.submit(&format!("/api/v1/accounts/{}/follow", bob.id()), "").await.ok();
        let list = alice.submit("/api/v1/lists", "title=x").await.ok();
        let list_id = list["id"].as_str().unwrap();
        alice.submit(&format!("/api/v1/lists/{list_id}/accounts"), &format!("account_ids[]={}", bob.id())).await.ok();
        let port = served(&app).await;
        let mut socket = open(&alice, port, "").await;
        for wish in [
            json!({"type": "subscribe", "stream": "public"}),
            json!({"type": "subscribe", "stream": "public"}),
            json!({"type": "subscribe", "stream": "public:remote"}),
            json!({"type": "subscribe", "stream": "public:local:media"}),
            json!({"type": "subscribe", "stream": "hashtag", "tag": "Rust"}),
            json!({"type": "subscribe", "stream": "list", "list": list_id}),
            json!({"type": "unsubscribe", "stream": "direct"}),
        ] {
            say(&mut socket, wish).await;
        }
        settled(&mut socket).await;
        let post = bob.posts("on #rust").await;
        let mut streams = Vec::new();
        for _ in 0..3 {
            let (stream, name, payload) = event(&mut socket).await;
            assert_eq!((name.as_str(), &payload["id"]), ("update", &post["id"]));
            streams.push(stream.to_string());
        }
        streams.sort();
        assert_eq!(streams, [r#"["hashtag","rust"]"#.to_owned(), format!(r#"["list","{list_id}"]"#), r#"["public"]"#.to_owned()]);
        say(&mut socket, json!({"type": "unsubscribe", "stream": "public"})).await;
        say(&mut socket, json!({"type": "unsubscribe", "stream": "list", "list": list_id})).await;
        settled(&mut socket).await;
        bob.posts("nothing special").await;
        let second = bob.posts("more #rust").await;
        assert_eq!(event(&mut socket).await.2["id"], second["id"]);
        say(&mut socket, json!({"type": "dance", "stream": "x"})).await;
        assert!(next(&mut socket).await["error"].is_string());
        socket.send(Message::text("no json")).await.unwrap();
        assert!(next(&mut socket).await["error"].is_string(), "the socket stays open");
    }

    async fn streams_omit_hidden_statuses(app: TestApp) {
        let (alice, bob, carol) = (app.staff("alice").await, app.staff("bob").await, app.staff("carol").await);
        let port = served(&app).await;
        let mut socket = open(&alice, port, "?stream=public").await;
        settled(&mut socket).await;
        carol.submit(&format!("/api/v1/accounts/{}/block", alice.id()), "").await.ok();
        carol.posts("not for alice").await;
        let dave = app.staff("dave").await;
        alice.submit(&format!("/api/v1/accounts/{}/mute", dave.id()), "").await.ok();
        dave.posts("muted").await;
        for visibility in ["private", "direct", "unlisted"] {
            bob.post("/api/v1/statuses", json!({"status": "hidden", "visibility": visibility})).await.ok();
        }
        let seen = bob.posts("for everybody").await;
        assert_eq!(event(&mut socket).await.2["id"], seen["id"]);
    }

    async fn media_streams_show_posts_with_media(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let port = served(&app).await;
        let mut socket = open(&alice, port, "?stream=public:media").await;
        settled(&mut socket).await;
        bob.posts("words alone").await;
        let upload = upload(&bob, &picture(image::ImageFormat::Png)).await;
        let shown = bob.post("/api/v1/statuses", json!({"status": "look", "media_ids": [upload["id"]]})).await.ok();
        let (stream, name, payload) = event(&mut socket).await;
        assert_eq!((stream, name.as_str(), &payload["id"]), (json!(["public:media"]), "update", &shown["id"]));
    }

    async fn deletions_are_streamed_only_to_former_viewers(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        alice.submit(&format!("/api/v1/accounts/{}/follow", bob.id()), "").await.ok();
        let secret = bob.post("/api/v1/statuses", json!({"status": "@bob note", "visibility": "direct"})).await.ok();
        let open_post = bob.posts("for everybody").await;
        let port = served(&app).await;
        let mut socket = open(&alice, port, "?stream=user").await;
        settled(&mut socket).await;
        for post in [&secret, &open_post] {
            bob.form(Method::DELETE, &format!("/api/v1/statuses/{}", post["id"].as_str().unwrap()), "").await.ok();
        }
        let (_, name, gone) = event(&mut socket).await;
        assert_eq!((name.as_str(), gone.to_string()), ("delete", open_post["id"].as_str().unwrap().to_owned()));
    }

    async fn a_stream_includes_the_listeners_own_votes(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let poll = json!({"options": ["a", "b"], "expires_in": 3600});
        let asked = bob.post("/api/v1/statuses", json!({"status": "?", "poll": poll})).await.ok();
        let id = asked["poll"]["id"].as_str().unwrap().to_owned();
        let port = served(&app).await;
        let mut socket = open(&alice, port, "?stream=public").await;
        settled(&mut socket).await;
        alice.post(&format!("/api/v1/polls/{id}/votes"), json!({"choices": [1]})).await.ok();
        let (_, name, payload) = event(&mut socket).await;
        assert_eq!((name.as_str(), &payload["poll"]["voted"]), ("status.update", &json!(true)));
        assert_eq!(payload["poll"]["own_votes"], json!([1]));
    }

    async fn announcements_are_streamed_to_everybody(app: TestApp) {
        use portico_service::publishing::announcements::{self, AnnouncementInput};
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let port = served(&app).await;
        let mut socket = open(&alice, port, "?stream=user").await;
        settled(&mut socket).await;
        let input = AnnouncementInput { text: "Lunch".into(), ..AnnouncementInput::default() };
        let announcement = announcements::publish(&app.instance, None, input).await.unwrap();
        let (stream, name, shown) = event(&mut socket).await;
        assert_eq!((stream, name.as_str(), &shown["id"]), (json!(["user"]), "announcement", &json!(announcement.id)));
        announcements::react(&app.instance, bob.account.id, announcement.id, "🍕", true).await.unwrap();
        let (_, name, shown) = event(&mut socket).await;
        assert_eq!(name, "announcement.reaction");
        assert_eq!(shown, json!({"name": "🍕", "count": 1, "announcement_id": announcement.id}));
        announcements::withdraw(&app.instance, announcement.id).await.unwrap();
        let (_, name, gone) = event(&mut socket).await;
        assert_eq!((name.as_str(), gone.to_string()), ("announcement.delete", announcement.id.to_string()));
    }

    async fn connections_end_with_what_opened_them(app: TestApp) {
        let alice = app.staff("alice").await;
        let port = served(&app).await;
        assert!(matches!(dial(port, "", None).await, Err(WsError::Http(refused)) if refused.status() == 401));
        let mut by_protocol = dial(port, "?stream=user", Some(&alice.token)).await.unwrap();
        settled(&mut by_protocol).await;
        let narrow = alice.token_for("read:statuses").await;
        let mut socket = dial(port, &format!("?stream=user&access_token={narrow}"), None).await.unwrap();
        assert_eq!(next(&mut socket).await["error"], "This action is outside the authorized scopes");
        hears(&app.instance).await;
        app.act(alice.account.id, portico_domain::model::moderation::Action::Disable).await.unwrap();
        assert!(is_closed(&mut by_protocol).await);
        assert!(is_closed(&mut socket).await);
    }

    async fn server_sent_events_say_the_same(app: TestApp) {
        let alice = app.staff("alice").await;
        assert_eq!(app.get("/api/v1/streaming/health").await.body, "OK");
        app.get("/api/v1/streaming/user").await.problem(401);
        alice.get("/api/v1/streaming").await.problem(404);
        alice.get("/api/v1/streaming/nonsense").await.problem(400);
        alice.get("/api/v1/streaming/hashtag").await.problem(400);
        alice.get("/api/v1/streaming/list?list=x").await.problem(400);
        let port = served(&app).await;
        let (mut user, mut local) = (events(&alice, port, "user").await, events(&alice, port, "public/local").await);
        let mut tagged = events(&alice, port, "hashtag/local?tag=rust").await;
        let post = alice.posts("on #rust").await;
        for stream in [&mut user, &mut local, &mut tagged] {
            let (name, data) = stream.next().await;
            let payload: Value = serde_json::from_str(&data).unwrap();
            assert_eq!((name.as_str(), &payload["id"]), ("update", &post["id"]));
        }
        alice.form(Method::DELETE, &format!("/api/v1/statuses/{}", post["id"].as_str().unwrap()), "").await.ok();
        assert_eq!(local.next().await, ("delete".to_owned(), post["id"].as_str().unwrap().to_owned()));
    }

    async fn a_slow_stream_is_closed(app: TestApp) {
        let alice = app.staff("alice").await;
        let hubs = portico_api::streaming::Hubs::default();
        let hub = hubs.hub_for(&app.instance);
        let token = portico_domain::model::TokenId(1);
        let mut slow = hub.connect(alice.account.id, alice.user.id, token).unwrap();
        slow.subscribe(portico_api::streaming::Channel::User).unwrap();
        let mut quick = hub.connect(alice.account.id, alice.user.id, token).unwrap();
        quick.subscribe(portico_api::streaming::Channel::User).unwrap();
        hears(&app.instance).await;
        for number in 0..300 {
            alice.says(&format!("{number}"), portico_domain::model::Reach::Company).await;
            let frame = tokio::time::timeout(PATIENCE, quick.frames.recv()).await.unwrap();
            assert!(frame.is_some(), "one that keeps up is not held back by one that does not");
        }
        let mut waiting = 0;
        while slow.frames.recv().await.is_some() {
            waiting += 1;
        }
        assert_eq!(waiting, 256, "what waited is given, then it ends");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn changes_on_one_node_are_streamed_by_the_other() {
    let app = TestApp::new(portico_testing::Database::Postgres).await;
    let alice = app.staff("alice").await;
    let other = portico::fleet::open(
        &app.instance.settings,
        &app.instance.network,
        portico_domain::model::time::Clock::fixed(app.instance.now()),
        portico_domain::model::random::Rng::seeded(2),
    );
    let other = other.await.unwrap();
    let hub = portico_api::streaming::Hubs::default().hub_for(&other);
    let mut there = hub.connect(alice.account.id, alice.user.id, portico_domain::model::TokenId(1)).unwrap();
    there.subscribe(portico_api::streaming::Channel::User).unwrap();
    hears(&other).await;
    alice.posts("hello").await;
    let frame = tokio::time::timeout(PATIENCE, there.frames.recv()).await.unwrap();
    assert_eq!(frame.unwrap().event, "update");
}
