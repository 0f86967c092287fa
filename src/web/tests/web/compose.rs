//! Tests of the compose page: the form, its files, errors, scheduling and the delivery log.

use image::ImageFormat;
use portico_domain::model::Reach;
use portico_domain::model::delivery::HostRule;
use serde_json::{Value, json};

use super::{Browser, ORIGIN, location};
use portico_testing::media::{film, picture};
use portico_testing::{TestUser, both_databases};

/// Returns the post that a response redirects to, as its author's app sees it.
async fn posted(who: &TestUser, reply: &portico_testing::Reply) -> Value {
    assert_eq!(reply.status, 303, "{}", reply.body);
    let id = location(reply).rsplit('/').next().unwrap().to_owned();
    who.get(&format!("/api/v1/statuses/{id}")).await.ok()
}

/// Returns the id of the upload that a page shows.
fn upload(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"media\" value=\"").unwrap_or_else(|| panic!("none in {page}"));
    rest.split('"').next().unwrap().to_owned()
}

both_databases! {
    async fn a_post_goes_as_far_as_is_said(app: TestApp) {
        let alice = app.staff("alice").await;
        let browser = Browser::signed_in(&alice).await;
        let home = browser.get("/").await;
        let reply = browser.compose(&home, &[("text", "Hello"), ("reach", "instance"), ("quotable", "nobody")], &[]).await;
        let status = posted(&alice, &reply).await;
        assert_eq!((&status["content"], &status["reach"]), (&json!("<p>Hello</p>"), &json!("instance")));
        assert_eq!(status["quote_approval"]["automatic"], json!([]));
        let usual = browser.compose(&home, &[("text", "Twice?")], &[]).await;
        assert_eq!(posted(&alice, &usual).await["id"], status["id"], "one form posts once");
        let fresh = browser.get("/compose").await;
        let warned = [("text", "More"), ("warning", "Spoiler"), ("reach", "company"), ("quotable", "public")];
        let status = posted(&alice, &browser.compose(&fresh, &warned, &[]).await).await;
        assert_eq!((&status["spoiler_text"], &status["quote_approval"]["automatic"]), (&json!("Spoiler"), &json!(["public"])));
    }

    async fn the_audience_preview_and_the_delivery_log_are_shown(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let browser = Browser::signed_in(&alice).await;
        let page = browser.get("/compose").await;
        let wish = [("text", "Hello @bob"), ("reach", "direct"), ("do", "foresee")];
        let foreseen = browser.compose(&page, &wish, &[]).await;
        assert_eq!(foreseen.status, 200);
        for shown in ["Who would get this", "Only people named", "1 person", "does not leave", "Hello @bob</textarea>"] {
            assert!(foreseen.body.contains(shown), "{shown}: {}", foreseen.body);
        }
        let refused = browser.compose(&page, &[("text", ""), ("do", "foresee")], &[]).await;
        assert_eq!(refused.status, 422);
        let own = alice.get(&format!("/api/v1/accounts/{}/statuses", alice.id())).await.ok();
        assert_eq!(own, json!([]), "nothing was posted");

        let reply = browser.compose(&foreseen, &[("text", "Hello @bob"), ("reach", "direct")], &[]).await;
        let path = location(&reply).to_owned();
        let status = browser.get(&path).await;
        assert!(status.body.contains(&format!("{path}/deliveries\"")), "{}", status.body);
        let log = browser.get(&format!("{path}/deliveries")).await;
        assert!(log.status == 200 && log.body.contains("It did not leave this instance"), "{}", log.body);
        let file = browser.get(&format!("{path}/deliveries.csv")).await;
        assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8"));
        assert_eq!(file.body, "host,inbox,state,queued_at,taken_at,attempts,error,rule,recalled_at\n");
        // The log lists a host that the post was withheld from, with the rule.
        let id: portico_domain::model::StatusId = path.rsplit('/').next().unwrap().parse().unwrap();
        let kept = vec![("globex.test".to_owned(), HostRule::Agreement)];
        let noted = app.instance.store.write(move |tx| {
            let status = tx.find_status(id)?.unwrap();
            tx.log_withheld(&status.uri, &kept)
        });
        noted.await.unwrap();
        let log = browser.get(&format!("{path}/deliveries")).await.body;
        assert!(log.contains("Who was left out") && log.contains("globex.test"), "{log}");
        assert!(log.contains("The agreement with it does not allow this"), "{log}");
        let file = browser.get(&format!("{path}/deliveries.csv")).await.body;
        assert!(file.contains("\nglobex.test,,withheld,2026-11-02") && file.ends_with(",agreement,\n"), "{file}");
        // Only the author can see the log or a link to it.
        let other = Browser::signed_in(&bob).await;
        assert_eq!(other.get(&format!("{path}/deliveries")).await.status, 404);
        assert!(!other.get(&path).await.body.contains("/deliveries"));
        assert_eq!(app.get(&format!("{path}/deliveries.csv")).await.status, 303);
    }

    async fn files_come_with_the_form(app: TestApp) {
        let alice = app.staff("alice").await;
        let browser = Browser::signed_in(&alice).await;
        let page = browser.get("/compose").await;
        let png = picture(ImageFormat::Png);
        let texts = [("text", "Look"), ("do", "attach")];
        let attached = browser.compose(&page, &texts, &[&png, b""]).await;
        assert_eq!(attached.status, 200);
        assert!(attached.body.contains("Look</textarea>") && attached.body.contains("src=\"/media/"), "{}", attached.body);
        assert!(attached.body.contains("Without a description"), "{}", attached.body);
        let status = posted(&alice, &browser.compose(&attached, &[("text", "Look")], &[&png]).await).await;
        assert_eq!(status["media_attachments"].as_array().unwrap().len(), 2, "without words it is posted all the same");

        let attached = browser.compose(&browser.get("/compose").await, &texts, &[&png]).await;
        let id = upload(&attached.body);
        let described = [("text", "Look"), ("media", id.as_str()), ("words", "A turbine")];
        let status = posted(&alice, &browser.compose(&browser.get("/compose").await, &described, &[]).await).await;
        assert_eq!(status["media_attachments"][0]["description"], "A turbine");

        let film = film();
        let status = posted(&alice, &browser.compose(&browser.get("/compose").await, &[("text", "")], &[&film]).await).await;
        assert_eq!(status["media_attachments"][0]["type"], "video");
        let shown = browser.get(&format!("/@alice/{}", status["id"].as_str().unwrap())).await;
        let policy = shown.headers["content-security-policy"].to_str().unwrap();
        assert!(shown.body.contains("<video src=\"/media/") && policy.contains("media-src 'self'"));
    }

    async fn invalid_posts_show_the_error_and_keep_the_input(app: TestApp) {
        let alice = app.staff("alice").await;
        let browser = Browser::signed_in(&alice).await;
        let page = browser.get("/compose").await;
        let png = picture(ImageFormat::Png);
        let typed = [("text", "Keep <me>"), ("warning", "Mind"), ("option", "one"), ("option", "two"), ("span", "3600")];
        for (texts, files, error) in [
            (&typed[..], &[b"no picture".as_slice()][..], "File is not of a kind that can be attached."),
            (&typed[..], &[png.as_slice()][..], "A post can have media or a poll, not both."),
            (&[typed[0], typed[1], typed[2]][..], &[][..], "Options must have more than one item."),
            (&[typed[0], typed[1], ("at", "2026-11-02T09:01")][..], &[][..], "Scheduled at must be at least five minutes in the future."),
            (&[typed[0], typed[1], ("at", "2026-11-01T09:00")][..], &[][..], "Scheduled at must be at least five minutes in the future."),
            (&[typed[0], typed[1], ("reply", "1")][..], &[][..], "A post, group or circle named here was deleted, or is not shared with you."),
        ] {
            let reply = browser.compose(&page, texts, files).await;
            assert_eq!(reply.status, 422, "{error}");
            assert!(reply.body.contains(error), "{error}: {}", reply.body);
            assert!(reply.body.contains("Keep &#60;me&#62;</textarea>") && reply.body.contains("value=\"Mind\""), "{}", reply.body);
            assert_eq!(reply.body.contains("name=\"media\""), files.first() == Some(&png.as_slice()), "{error}");
        }
        let empty = browser.compose(&page, &[("text", " ")], &[]).await;
        assert!(empty.status == 422 && empty.body.contains("Text can&#39;t be blank."), "{}", empty.body);
        let own = alice.get("/api/v1/accounts/verify_credentials").await.ok();
        assert_eq!(own["statuses_count"], 0);
    }

    async fn a_form_is_bounded(app: TestApp) {
        let alice = app.staff("alice").await;
        let browser = Browser::signed_in(&alice).await;
        let page = browser.get("/compose").await;
        let long = "x".repeat(600 * 1024);
        let reply = browser.compose(&page, &[("warning", "Kept"), ("text", &long)], &[]).await;
        assert_eq!(reply.status, 422);
        assert!(reply.body.contains("A text is too long.") && reply.body.contains("value=\"Kept\""));
        let many = vec![("option", "again"); 70];
        assert_eq!(browser.compose(&page, &many, &[]).await.status, 413);
        let mut large = picture(ImageFormat::Png);
        large.resize(17 * 1024 * 1024, 0);
        let reply = browser.compose(&page, &[("text", "Kept")], &[&large]).await;
        assert!(reply.status == 422 && reply.body.contains("File is too large (maximum is 16 MB)."), "{}", reply.body);
        assert!(reply.body.contains("Kept</textarea>"));
        for _ in 0..300 {
            browser.send_parts("/compose", &[], &[]).await;
        }
        let late = browser.compose(&page, &[("text", "Too much")], &[]).await;
        assert_eq!((late.status.as_u16(), late.headers["retry-after"].is_empty()), (429, false));
    }

    async fn uploads_go_ahead_with_script(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let (browser, other) = (Browser::signed_in(&alice).await, Browser::signed_in(&bob).await);
        let page = browser.get("/compose").await;
        let csrf = || page.body.split_once("name=\"csrf\" value=\"").unwrap().1.split('"').next().unwrap().to_owned();
        let fields = [("csrf".to_owned(), csrf())];
        let row = browser.send_parts("/uploads", &fields, &[&picture(ImageFormat::Png)]).await;
        assert!(row.status == 200 && row.body.starts_with("<li class=\"upload\">"), "{}", row.body);
        let bad = browser.send_parts("/uploads", &fields, &[b"text"]).await;
        assert_eq!((bad.status.as_u16(), bad.body.as_str()), (422, "File is not of a kind that can be attached."));
        let none = browser.send_parts("/uploads", &fields, &[]).await;
        assert_eq!((none.status.as_u16(), none.body.as_str()), (422, "No file was chosen."));
        assert_eq!(other.send_parts("/uploads", &fields, &[]).await.status, 403, "the secret of another session");
        assert_eq!(browser.send_parts("/uploads", &[], &[&picture(ImageFormat::Png)]).await.status, 403);
        let path = format!("/uploads/{}/remove", upload(&row.body));
        let headers = [("origin", ORIGIN)];
        assert_eq!(browser.post(&path, &fields, &[("origin", "https://evil.example")]).await.status, 403);
        assert_eq!(browser.post(&path, &fields, &headers).await.status, 204);
        assert_eq!(browser.post(&path, &fields, &headers).await.status, 404);
        assert_eq!(Browser::new(&app).send_parts("/compose", &fields, &[]).await.status, 403);
    }

    async fn uploads_can_be_taken_off_without_script(app: TestApp) {
        let alice = app.staff("alice").await;
        let browser = Browser::signed_in(&alice).await;
        let page = browser.get("/compose").await;
        let attached = browser.compose(&page, &[("text", "Hm"), ("do", "attach")], &[&picture(ImageFormat::Png)]).await;
        let id = upload(&attached.body);
        let removed = browser.compose(&attached, &[("text", "Hm"), ("remove", &id)], &[]).await;
        assert!(removed.status == 200 && !removed.body.contains("name=\"media\""), "{}", removed.body);
        alice.get(&format!("/api/v1/media/{id}")).await.problem(404);
    }

    async fn replies_and_quotes_begin_at_the_post(app: TestApp) {
        let (alice, bob, carol) = (app.staff("alice").await, app.staff("bob").await, app.staff("carol").await);
        let open = alice.post("/api/v1/statuses", json!({"status": "Plans", "reach": "company", "quote_approval_policy": "public"})).await.ok();
        let shut = alice.says("Closed plans", Reach::Direct).await.status.id;
        let id = open["id"].as_str().unwrap();
        let browser = Browser::signed_in(&bob).await;
        let page = browser.get(&format!("/@alice/{id}")).await;
        assert!(page.body.contains(&format!("href=\"/compose?quote={id}\"")) && page.body.contains("@alice </textarea>"), "{}", page.body);
        assert!(!page.body.contains("<option value=\"public\">Public"), "an answer goes no further: {}", page.body);
        let answer = posted(&bob, &browser.compose(&page, &[("text", "@alice yes"), ("reach", "company")], &[]).await).await;
        assert_eq!((&answer["in_reply_to_id"], &answer["reach"]), (&open["id"], &json!("company")));

        let form = browser.get(&format!("/compose?quote={id}")).await;
        assert!(form.body.contains("Plans") && form.body.contains("Quote a post"), "{}", form.body);
        let quote = posted(&bob, &browser.compose(&form, &[("text", "This")], &[]).await).await;
        assert_eq!(quote["quote"]["quoted_status"]["id"], open["id"]);

        let hidden = Browser::signed_in(&carol).await;
        for path in [format!("/compose?quote={shut}"), format!("/compose?reply={shut}"), "/compose?reply=x".to_owned()] {
            assert_eq!(hidden.get(&path).await.status, 404, "{path}");
        }
        assert_eq!(location(&Browser::new(&app).get("/compose").await), "/sign-in?next=%2Fcompose");
    }

    async fn a_post_can_wait(app: TestApp) {
        let alice = app.staff("alice").await;
        let browser = Browser::signed_in(&alice).await;
        let page = browser.get("/compose").await;
        let reply = browser.compose(&page, &[("text", "Later"), ("at", "2026-11-03T10:00")], &[]).await;
        assert_eq!((reply.status.as_u16(), location(&reply)), (303, "/scheduled"));
        let list = browser.get("/scheduled").await;
        assert!(list.body.contains("Later") && list.body.contains("3 November 2026, 10:00 UTC"), "{}", list.body);
        let waiting = alice.get("/api/v1/scheduled_statuses").await.ok();
        let action = format!("/scheduled/{}/cancel", waiting[0]["id"].as_str().unwrap());
        assert_eq!(location(&browser.send_form(&list, &action, &[]).await), "/scheduled");
        assert_eq!(alice.get("/api/v1/scheduled_statuses").await.ok(), json!([]));
    }
}
