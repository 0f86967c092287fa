//! Link previews: which requests to foreign hosts are made, which are not, and their results.

use std::io::Cursor;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Method, StatusCode, header};
use image::{DynamicImage, ImageFormat};
use portico_config::NetworkSettings;
use portico_domain::model::card::LinkPreviews;
use portico_domain::model::peer::Tier;
use portico_domain::model::{Reach, Timestamp};
use serde_json::{Value, json};

use portico_testing::peer::{
    PUBLIC, Peer, Workers, app_with, eventually, federated, on_sqlite, status_of, worked_off,
};
use portico_testing::streams as streaming;
use portico_testing::{Database, TestApp, TestUser};

const HTML: &str = "text/html; charset=utf-8";

fn page(title: &str, more: &str) -> String {
    format!("<!DOCTYPE html><html lang=en><head><title>{title}</title>{more}</head><body></body></html>")
}

fn picture() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::new_rgb8(60, 40).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// Waits until every link has been fetched.
async fn looked_up(app: &TestApp) {
    eventually("every link is looked up", || async {
        let left = app.instance.store.read(|reader| reader.count_jobs("cards")).await;
        let (waiting, buried): (i64, i64) = left.map_err(|error: portico_store::Error| error).unwrap();
        assert_eq!(buried, 0);
        (waiting == 0).then_some(())
    })
    .await;
}

async fn posts(who: &TestUser, link: &str) -> Value {
    says(who, &format!("look: {link}"), Reach::Public).await
}

async fn says(who: &TestUser, text: &str, reach: Reach) -> Value {
    let posted = who.post("/api/v1/statuses", json!({ "status": text, "reach": reach })).await.ok();
    looked_up(&who.app).await;
    who.app.advance(1);
    who.get(&format!("/api/v1/statuses/{}", posted["id"].as_str().unwrap())).await.ok()
}

async fn timeline(who: &TestUser, path: &str) -> Vec<String> {
    let page = who.get(path).await.ok();
    page.as_array().unwrap().iter().map(|status| status["id"].as_str().unwrap().to_owned()).collect()
}

fn encoded(url: &str) -> String {
    url::form_urlencoded::byte_serialize(url.as_bytes()).collect()
}

federated! {
    async fn a_public_post_gets_a_card(app: TestApp) {
        let (alice, host, _workers) = (app.staff("alice").await, Peer::start("news").await, Workers::start(&app));
        host.serve_as("/a", StatusCode::OK, HTML, &page("Plain", &format!(
            r#"<meta property="og:title" content="Turbines"><meta property="og:description" content="How they turn">
            <meta property="og:image" content="/a.png"><link rel="canonical" href="{}">"#, host.at("/canonical"),
        )));
        host.serve_bytes("/a.png", StatusCode::OK, "image/png", picture());
        let posted = posts(&alice, &host.at("/a#part")).await;
        let card = &posted["card"];
        assert_eq!((&card["title"], &card["description"]), (&json!("Turbines"), &json!("How they turn")));
        assert_eq!((&card["url"], &card["type"]), (&json!(host.at("/a")), &json!("link")));
        assert_eq!((&card["width"], &card["height"]), (&json!(60), &json!(40)));
        assert!(card["blurhash"].is_string() && posted["edited_at"].is_null());
        let image = card["image"].as_str().unwrap().strip_prefix(app.instance.urls.origin()).unwrap().to_owned();
        let served = app.get(&image).await;
        assert_eq!((served.status.as_u16(), served.header("content-type")), (200, Some("image/png")));
        let path = format!("/api/v1/statuses/{}/card", posted["id"].as_str().unwrap());
        assert_eq!(alice.get(&path).await.ok(), *card);
        // Another post with the link reuses the card without a request.
        let bob = app.staff("bob").await;
        let again = posts(&bob, &host.at("/a")).await;
        assert_eq!(again["card"], *card);
        assert_eq!(host.asked(), ["/a", "/a.png"]);
        // After some days the page is fetched again. If it is gone by then, the card stays as it was.
        app.advance(8 * 24 * 3600);
        host.serve_as("/a", StatusCode::GONE, HTML, "");
        assert_eq!(posts(&bob, &host.at("/a")).await["card"], *card);
        assert_eq!(host.asked().len(), 3);
        app.advance(8 * 24 * 3600);
        host.serve_as("/a", StatusCode::OK, HTML, &page("New", ""));
        assert_eq!(posts(&bob, &host.at("/a")).await["card"]["title"], "New");
        assert_eq!(alice.get(&path).await.ok()["image"], Value::Null);
        portico_service::maintenance::run(&app.instance).await.unwrap();
        assert_eq!(app.get(&image).await.status, 404);
    }

    async fn the_link_timeline_shows_what_one_may_see(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let (host, _workers) = (Peer::start("news").await, Workers::start(&app));
        let canonical = format!(r#"<link rel="canonical" href="{}">"#, host.at("/a"));
        for path in ["/a", "/short"] {
            host.serve_as(path, StatusCode::OK, HTML, &page("A", &canonical));
        }
        host.serve_as("/b", StatusCode::OK, HTML, &page("B", ""));
        let mut ids = Vec::new();
        for link in ["/a", "/short", "/b", "/a"] {
            ids.push(posts(&alice, &host.at(link)).await["id"].as_str().unwrap().to_owned());
        }
        let path = |link: &str| format!("/api/v1/timelines/link?url={}", encoded(&host.at(link)));
        for link in ["/a", "/short", "/a#x"] {
            assert_eq!(timeline(&bob, &path(link)).await, [ids[3].as_str(), &ids[1], &ids[0]], "{link}");
        }
        assert_eq!(timeline(&bob, &path("/b")).await, [ids[2].as_str()]);
        let first = bob.get(&format!("{}&limit=2", path("/a"))).await;
        let next = first.header("link").unwrap().to_owned();
        assert!(next.contains("max_id=") && next.contains("url="), "{next}");
        let older = format!("{}&max_id={}", path("/a"), ids[1]);
        assert_eq!(timeline(&bob, &older).await, [ids[0].as_str()]);
        for nothing in ["/nobody", "/canonical"] {
            assert!(timeline(&bob, &path(nothing)).await.is_empty());
        }
        assert!(timeline(&bob, "/api/v1/timelines/link?url=nonsense").await.is_empty());
        bob.get("/api/v1/timelines/link").await.problem(400);
        app.get(&path("/a")).await.problem(401);
        bob.post(&format!("/api/v1/accounts/{}/block", alice.id()), json!({})).await.ok();
        assert!(timeline(&bob, &path("/a")).await.is_empty());
        assert_eq!(bob.get("/api/v1/trends/links").await.ok(), json!([]));
    }

    async fn links_and_posts_trend(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let (host, _workers) = (Peer::start("news").await, Workers::start(&app));
        for path in ["/a", "/b"] {
            host.serve_as(path, StatusCode::OK, HTML, &page(path, ""));
        }
        assert_eq!(bob.get("/api/v1/trends/links").await.ok(), json!([]));
        assert_eq!(bob.get("/api/v1/trends/statuses").await.ok(), json!([]));
        let old = posts(&alice, &host.at("/b")).await;
        app.advance(24 * 3600);
        posts(&alice, &host.at("/b")).await;
        posts(&alice, &host.at("/a")).await;
        let liked = posts(&bob, &host.at("/a")).await;
        let unlisted = json!({ "status": host.at("/b"), "visibility": "unlisted" });
        bob.post("/api/v1/statuses", unlisted).await.ok();
        let links = bob.get("/api/v1/trends/links").await.ok();
        let summary = |link: &Value| (link["title"].clone(), link["history"][0].clone(), link["history"][1]["uses"].clone());
        let day = Timestamp::parse("2026-11-03").unwrap().seconds().to_string();
        assert_eq!(summary(&links[0]), (json!("/a"), json!({"day": day, "uses": "2", "accounts": "2"}), json!("0")));
        assert_eq!(summary(&links[1]), (json!("/b"), json!({"day": day, "uses": "1", "accounts": "1"}), json!("1")));
        assert_eq!((links.as_array().unwrap().len(), links[0]["history"].as_array().unwrap().len()), (2, 7));
        let second = bob.get("/api/v1/trends/links?limit=1&offset=1").await.ok();
        assert_eq!(second, json!([links[1]]));

        for status in [&old, &liked] {
            let id = status["id"].as_str().unwrap();
            alice.post(&format!("/api/v1/statuses/{id}/favourite"), json!({})).await.ok();
        }
        let hidden = alice.post("/api/v1/statuses", json!({"status": "psst", "visibility": "private"})).await.ok();
        let own = format!("/api/v1/statuses/{}/favourite", hidden["id"].as_str().unwrap());
        alice.post(&own, json!({})).await.ok();
        let ids = [liked["id"].as_str().unwrap(), old["id"].as_str().unwrap()];
        assert_eq!(timeline(&bob, "/api/v1/trends/statuses").await, ids);
        assert_eq!(timeline(&bob, "/api/v1/trends/statuses?limit=1&offset=1").await, [ids[1]]);
        bob.post(&format!("/api/v1/accounts/{}/mute", alice.id()), json!({})).await.ok();
        assert_eq!(timeline(&bob, "/api/v1/trends/statuses").await, [ids[0]]);
        app.get("/api/v1/trends/statuses").await.problem(401);
        app.get("/api/v1/trends/links").await.problem(401);
    }

    async fn an_edit_changes_the_card(app: TestApp) {
        let (alice, host, _workers) = (app.staff("alice").await, Peer::start("news").await, Workers::start(&app));
        for path in ["/a", "/b"] {
            host.serve_as(path, StatusCode::OK, HTML, &page(path, ""));
        }
        let posted = posts(&alice, &host.at("/a")).await;
        let path = format!("/api/v1/statuses/{}", posted["id"].as_str().unwrap());
        let mut shown = Vec::new();
        for text in [host.at("/b"), "no link".to_owned(), host.at("/a")] {
            alice.call(Method::PUT, &path, Some(json!({ "status": text }))).await.ok();
            looked_up(&app).await;
            app.advance(1);
            shown.push(alice.get(&path).await.ok()["card"]["title"].clone());
        }
        assert_eq!(shown, [json!("/b"), Value::Null, json!("/a")]);
        let notifications = alice.get("/api/v1/notifications").await.ok();
        assert_eq!(notifications, json!([]));
        alice.call(Method::DELETE, &path, None).await.ok();
        app.advance(2 * 24 * 3600);
        portico_service::maintenance::run(&app.instance).await.unwrap();
        let known = app.instance.store.read({
            let url = host.at("/a");
            move |reader| reader.find_card(&url)
        }).await;
        assert!(known.map_err(|error: portico_store::Error| error).unwrap().is_none());
    }

    async fn open_clients_are_shown_the_card_when_it_comes(app: TestApp) {
        let (alice, bob, host) = (app.staff("alice").await, app.staff("bob").await, Peer::start("news").await);
        host.serve_as("/a", StatusCode::OK, HTML, &page("A", ""));
        let mut socket = streaming::open(&bob, streaming::served(&app).await, "?stream=public").await;
        let posted = alice.post("/api/v1/statuses", json!({ "status": host.at("/a"), "reach": "public" }));
        let posted = posted.await.ok();
        let (_, name, first) = streaming::event(&mut socket).await;
        assert_eq!((name.as_str(), &first["card"]), ("update", &Value::Null));
        let _workers = Workers::start(&app);
        let (_, name, then) = streaming::event(&mut socket).await;
        assert_eq!((name.as_str(), &then["id"], &then["card"]["title"]), ("status.update", &posted["id"], &json!("A")));
        assert_eq!(then["edited_at"], Value::Null);
    }

    async fn s64_a_post_from_elsewhere_gets_one_a_little_later(app: TestApp) {
        let (alice, host, _workers) = (app.staff("alice").await, Peer::start("news").await, Workers::start(&app));
        let partner = Peer::start("partner").await;
        partner.is(&app, Tier::Partner).await;
        host.serve_as("/a", StatusCode::OK, HTML, &page("A", ""));
        let content = format!(
            r#"<a class="mention" href="{}">@ann</a> <a class="mention hashtag" href="{}">#x</a> <a href="{}">a</a>"#,
            partner.actor("ann"), partner.at("/tags/x"), host.at("/a"),
        );
        let note = partner.note("ann", "1", &content, &[PUBLIC], &[]);
        assert_eq!(partner.post(&app, "ann", &partner.create("ann", &note)).await.status, 202);
        worked_off(&app).await;
        let id = status_of(&app, note["id"].as_str().unwrap()).await.unwrap().id;
        assert!(host.asked().is_empty());
        app.advance(61);
        looked_up(&app).await;
        assert_eq!(alice.get(&format!("/api/v1/statuses/{id}")).await.ok()["card"]["title"], "A");
        assert_eq!(host.asked(), ["/a"]);
    }
}

#[test]
fn s37_only_what_the_operator_allows_is_looked_up() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let reaches =
        [Reach::Public, Reach::Partners, Reach::Company, Reach::Instance, Reach::Followers, Reach::Direct];
    let allowed = [(LinkPreviews::Off, 0), (LinkPreviews::Public, 1), (LinkPreviews::Organisation, 4)];
    for (previews, count) in allowed {
        runtime.block_on(async {
            let app = app_with(Database::Sqlite, |settings| settings.link_previews = previews).await;
            let (alice, host) = (app.staff("alice").await, Peer::start("news").await);
            let _workers = Workers::start(&app);
            for (at, reach) in reaches.into_iter().enumerate() {
                let path = format!("/{at}");
                host.serve_as(&path, StatusCode::OK, HTML, &page("A", ""));
                let posted = says(&alice, &host.at(&path), reach).await;
                assert_eq!(posted["card"]["title"].is_string(), at < count, "{previews:?} {reach}");
            }
            assert_eq!(host.asked().len(), count);
        });
    }
}

#[test]
fn s48_no_private_address_is_asked() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        // Ports and plain http are allowed here, so that only the address can be the reason for a refusal.
        let network = NetworkSettings { insecure_http: true, ..NetworkSettings::default() };
        let app = TestApp::wired(Database::Sqlite, network, |_| {}).await;
        let (alice, host, _workers) =
            (app.staff("alice").await, Peer::start("news").await, Workers::start(&app));
        host.serve_as("/a", StatusCode::OK, HTML, &page("A", ""));
        let port = host.domain.rsplit(':').next().unwrap().to_owned();
        let hosts = [
            host.domain.clone(),
            format!("127.0.0.1:{port}"),
            format!("[::1]:{port}"),
            format!("[::ffff:127.0.0.1]:{port}"),
            format!("0x7f.1:{port}"),
            format!("2130706433:{port}"),
            format!("user@127.0.0.1:{port}"),
            "10.0.0.1".to_owned(),
            "169.254.169.254".to_owned(),
        ];
        for name in hosts {
            let posted = tried(&alice, &format!("http://{name}/a")).await;
            assert_eq!(posted["card"], Value::Null, "{name}");
        }
        assert!(host.asked().is_empty());
    });
}

/// Posts a link publicly and waits for all retries.
async fn tried(who: &TestUser, link: &str) -> Value {
    let text = json!({ "status": link, "reach": "public" });
    let posted = who.post("/api/v1/statuses", text).await.ok();
    eventually("it is tried for the last time", || async {
        who.app.advance(10);
        let left = who.app.instance.store.read(|reader| reader.count_jobs("cards")).await;
        let left: (i64, i64) = left.map_err(|error: portico_store::Error| error).unwrap();
        (left == (0, 0)).then_some(())
    })
    .await;
    who.get(&format!("/api/v1/statuses/{}", posted["id"].as_str().unwrap())).await.ok()
}

#[test]
fn s50_s56_redirects_are_few_and_judged() {
    on_sqlite(async |app| {
        let (alice, host, _workers) =
            (app.staff("alice").await, Peer::start("news").await, Workers::start(&app));
        host.serve_as("/a", StatusCode::OK, HTML, &page("A", ""));
        host.redirect("/near", "/a");
        host.redirect("/loop", "/loop");
        host.redirect("/inside", "http://10.0.0.1/secret");
        host.redirect("/file", "file:///etc/passwd");
        assert_eq!(posts(&alice, &host.at("/near")).await["card"]["title"], "A");
        for refused in ["/loop", "/inside", "/file"] {
            assert_eq!(posts(&alice, &host.at(refused)).await["card"], Value::Null, "{refused}");
        }
        let looped = host.asked().iter().filter(|path| *path == "/loop").count();
        assert_eq!(looped, 3);
    });
}

#[test]
fn links_without_a_page_have_no_card_and_are_not_refetched_at_once() {
    on_sqlite(async |app| {
        let (alice, host, _workers) =
            (app.staff("alice").await, Peer::start("news").await, Workers::start(&app));
        host.serve_as("/json", StatusCode::OK, "application/json", &page("A", ""));
        host.serve_as("/xml", StatusCode::OK, "application/xhtml+xml", &page("A", ""));
        host.serve_as("/none", StatusCode::NOT_FOUND, HTML, &page("A", ""));
        host.serve_as("/bare", StatusCode::OK, HTML, "hello");
        for path in ["/json", "/xml", "/none", "/bare", "/none"] {
            assert_eq!(posts(&alice, &host.at(path)).await["card"], Value::Null, "{path}");
        }
        assert_eq!(host.asked(), ["/json", "/xml", "/none", "/bare"]);
        let own = alice.posts("first").await;
        let linked = posts(&alice, own["url"].as_str().unwrap()).await;
        assert_eq!(linked["card"], Value::Null);
        app.advance(3601);
        host.serve_as("/none", StatusCode::OK, HTML, &page("A", ""));
        assert_eq!(posts(&alice, &host.at("/none")).await["card"]["title"], "A");
    });
}

#[test]
fn a_picture_is_judged_like_a_page() {
    on_sqlite(async |app| {
        let (alice, host, _workers) =
            (app.staff("alice").await, Peer::start("news").await, Workers::start(&app));
        host.serve_as("/fake.png", StatusCode::OK, "image/png", "<svg onload=alert(1)>");
        host.serve_bytes("/typed.png", StatusCode::OK, "text/html", picture());
        for (at, image) in
            ["http://10.0.0.1/a.png", "/fake.png", "/typed.png", "/none.png", "data:image/png;base64,xx"]
                .into_iter()
                .enumerate()
        {
            let path = format!("/{at}");
            let more = format!(r#"<meta property="og:image" content="{image}">"#);
            host.serve_as(&path, StatusCode::OK, HTML, &page("A", &more));
            let card = posts(&alice, &host.at(&path)).await["card"].clone();
            assert_eq!((&card["title"], &card["image"]), (&json!("A"), &Value::Null), "{image}");
        }
    });
}

#[test]
fn of_an_endless_page_only_the_beginning_is_read() {
    on_sqlite(async |app| {
        let (alice, _workers) = (app.staff("alice").await, Workers::start(&app));
        let sent = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&sent);
        let endless = move || {
            let counter = Arc::clone(&counter);
            let first = Bytes::from(page("Endless", ""));
            let chunks = futures_util::stream::unfold(first, move |chunk| {
                counter.fetch_add(chunk.len(), Ordering::SeqCst);
                let next = Bytes::from(vec![b'x'; 64 * 1024]);
                async move { Some((Ok::<_, std::io::Error>(chunk), next)) }
            });
            async move { ([(header::CONTENT_TYPE, HTML)], Body::from_stream(chunks)) }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://endless.localhost:{}/", listener.local_addr().unwrap().port());
        let router = Router::new().fallback(endless);
        tokio::spawn(async move { axum::serve(listener, router).await });
        assert_eq!(posts(&alice, &address).await["card"]["title"], "Endless");
        // Allows for what the system buffers beyond what is read.
        assert!(sent.load(Ordering::SeqCst) < 32 * 1024 * 1024);
    });
}

#[test]
fn a_public_post_may_be_embedded() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let open = app_with(Database::Sqlite, |settings| settings.public_pages = true).await;
        let alice = open.staff("alice").await;
        let shown = alice.says("Hello <b> & all", Reach::Public).await.status;
        let path = |url: &str| format!("/api/oembed?url={}", encoded(url));
        let embedded = open.get(&path(shown.url.as_deref().unwrap())).await.ok();
        assert_eq!((&embedded["type"], &embedded["version"]), (&json!("rich"), &json!("1.0")));
        assert_eq!(embedded["author_name"], "ALICE");
        let html = embedded["html"].as_str().unwrap();
        assert!(html.contains("<p>Hello &lt;b&gt; &amp; all</p>") && !html.contains("<script"), "{html}");
        assert_eq!(open.get(&path(&shown.uri)).await.ok(), embedded);
        assert_eq!(open.get(&format!("{}&maxwidth=120", path(&shown.uri))).await.ok()["width"], 120);
        open.get(&format!("{}&format=xml", path(&shown.uri))).await.problem(404);
        let company = alice.says("ours", Reach::Company).await.status;
        let at = |url: &Option<String>| path(url.as_deref().unwrap());
        open.get(&at(&company.url)).await.problem(404);
        alice.get(&at(&company.url)).await.problem(404);
        for wrong in ["https://elsewhere.example/@a/1", "", "nonsense", &open.instance.urls.at("/@bob/1")] {
            open.get(&path(wrong)).await.problem(404);
        }
        open.get("/api/oembed").await.problem(400);
        let closed = app_with(Database::Sqlite, |_| {}).await;
        let bob = closed.staff("bob").await;
        let shown = bob.says("Hello", Reach::Public).await.status;
        closed.get(&at(&shown.url)).await.problem(401);
        assert_eq!(bob.get(&at(&shown.url)).await.ok()["author_name"], "BOB");
    });
}
