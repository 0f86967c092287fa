//! Tests of signing in and out.

use portico_domain::model::Reach;

use super::{Browser, ORIGIN, PASSWORD, hidden_fields, location};
use portico_testing::both_databases;

both_databases! {
    async fn signing_in_and_out(app: TestApp) {
        let alice = app.staff("alice").await;
        let browser = Browser::signed_in(&alice).await;

        let home = browser.get("/").await;
        assert_eq!(home.status, 200);
        assert!(home.body.contains("Welcome back, ALICE"), "{}", home.body);

        let reply = browser.send_form(&home, "/sign-out", &[]).await;
        assert_eq!((reply.status.as_u16(), location(&reply)), (303, "/"));
        assert_eq!(browser.cookie("__Host-portico"), None);
        assert!(!browser.get("/").await.body.contains("ALICE"));
    }

    async fn a_session_that_ended_does_not_come_back_with_its_cookie(app: TestApp) {
        let alice = app.staff("alice").await;
        let browser = Browser::signed_in(&alice).await;
        let secret = browser.cookie("__Host-portico").unwrap();
        let home = browser.get("/").await;
        browser.send_form(&home, "/sign-out", &[]).await;

        browser.set_cookie("__Host-portico", &secret);
        assert!(!browser.get("/").await.body.contains("ALICE"));
    }

    async fn sessions_live_on_while_they_are_used_and_end_after_14_days_without(app: TestApp) {
        let alice = app.staff("alice").await;
        let browser = Browser::signed_in(&alice).await;
        for _ in 0..4 {
            app.advance(10 * 86_400);
            let home = browser.get("/").await;
            assert!(home.body.contains("ALICE"));
            assert!(home.headers["set-cookie"].to_str().unwrap().contains("Max-Age=1209600"));
        }
        assert!(!browser.get("/").await.headers.contains_key("set-cookie"));
        app.advance(15 * 86_400);
        assert!(!browser.get("/").await.body.contains("ALICE"));
    }

    async fn disabling_ends_sessions_and_tokens_at_once(app: TestApp) {
        let alice = app.staff("alice").await;
        let browser = Browser::signed_in(&alice).await;
        assert_eq!(alice.get("/api/v1/timelines/home").await.status, 200);

        app.act(alice.account.id, portico_domain::model::moderation::Action::Disable).await.unwrap();

        assert!(!browser.get("/").await.body.contains("ALICE"));
        assert_eq!(alice.get("/api/v1/timelines/home").await.status, 401);
        let refused = Browser::new(&app).sign_in("alice", PASSWORD).await;
        assert_eq!(refused.status, 422);

        app.act(alice.account.id, portico_domain::model::moderation::Action::Enable).await.unwrap();
        assert!(!browser.get("/").await.body.contains("ALICE"));
        assert_eq!(alice.get("/api/v1/timelines/home").await.status, 401);
        assert_eq!(Browser::new(&app).sign_in("alice", PASSWORD).await.status, 303);
    }

    async fn unknown_names_and_wrong_passwords_get_the_same_answer(app: TestApp) {
        let alice = app.staff("alice").await;
        Browser::signed_in(&alice).await;
        let browser = Browser::new(&app);
        browser.get("/sign-in").await;
        let wrong = browser.sign_in("alice", "wrong").await;
        let unknown = browser.sign_in("nobody", "wrong").await;
        assert_eq!((wrong.status.as_u16(), unknown.status.as_u16()), (422, 422));
        assert_eq!(wrong.body.replace("alice", "nobody"), unknown.body);
        assert!(wrong.body.contains("The name or the password is wrong"));
    }

    async fn every_form_of_the_name_signs_in(app: TestApp) {
        let alice = app.staff("alice").await;
        Browser::signed_in(&alice).await;
        for name in ["alice", " Alice ", "@alice", "alice@engineering.acme.test", "ALICE@acme.test"] {
            assert_eq!(Browser::new(&app).sign_in(name, PASSWORD).await.status, 303, "{name:?}");
        }
        for name in ["", "alice@elsewhere.test", "alice%", "al_ce"] {
            assert_eq!(Browser::new(&app).sign_in(name, PASSWORD).await.status, 422, "{name:?}");
        }
    }

    async fn guessing_is_limited_by_name(app: TestApp) {
        let alice = app.staff("alice").await;
        Browser::signed_in(&alice).await;
        let browser = Browser::new(&app);
        for _ in 0..10 {
            assert_eq!(browser.sign_in("alice", "wrong").await.status, 422);
        }
        for password in ["wrong", PASSWORD] {
            let refused = browser.sign_in("Alice", password).await;
            assert_eq!(refused.status, 429);
            assert!(refused.headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap() > 0);
            assert!(refused.body.contains("Please wait"));
            assert!(!refused.headers.contains_key("set-cookie"));
        }
        app.advance(900);
        assert_eq!(browser.sign_in("alice", PASSWORD).await.status, 303);
    }

    async fn guessing_is_limited_by_address(app: TestApp) {
        let browser = Browser::new(&app);
        let mut statuses = Vec::new();
        for number in 0..51 {
            statuses.push(browser.sign_in(&format!("nobody{number}"), "wrong").await.status.as_u16());
        }
        assert_eq!(statuses.iter().filter(|status| **status == 422).count(), 50);
        assert_eq!(statuses.last(), Some(&429));
    }

    async fn forms_need_their_secret(app: TestApp) {
        let alice = app.staff("alice").await;
        let browser = Browser::signed_in(&alice).await;
        let own = [("origin", ORIGIN)];
        let fields = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        // Signing in, with no cookie, with no secret, with a secret for another cookie.
        let typed = [("name", "alice"), ("password", PASSWORD)];
        let stranger = Browser::new(&app);
        assert_eq!(stranger.post("/sign-in", &fields(&typed), &own).await.status, 403);
        let page = Browser::new(&app).get("/sign-in").await;
        assert_eq!(stranger.send_form(&page, "/sign-in", &typed).await.status, 403);
        stranger.get("/sign-in").await;
        assert_eq!(stranger.post("/sign-in", &fields(&typed), &own).await.status, 403);
        assert_eq!(stranger.cookie("__Host-portico"), None);
        // Signing out.
        for wrong in [&[][..], &[("csrf", "")], &[("csrf", "AAAA")]] {
            assert_eq!(browser.post("/sign-out", &fields(wrong), &own).await.status, 403);
        }
        assert!(browser.get("/").await.body.contains("ALICE"));
    }

    async fn s76_forms_of_other_sites_are_refused(app: TestApp) {
        let alice = app.staff("alice").await;
        let browser = Browser::signed_in(&alice).await;
        let home = browser.get("/").await;
        let fields = hidden_fields(&home.body, "/sign-out");
        for headers in [
            [("origin", "https://evil.test"), ("sec-fetch-site", "cross-site")],
            [("origin", "null"), ("sec-fetch-site", "same-origin")],
            [("origin", ORIGIN), ("sec-fetch-site", "same-site")],
        ] {
            assert_eq!(browser.post("/sign-out", &fields, &headers).await.status, 403, "{headers:?}");
        }
        assert!(browser.get("/").await.body.contains("ALICE"));
    }

    async fn cookies_are_kept_from_scripts_other_hosts_and_plain_http(app: TestApp) {
        let alice = app.staff("alice").await;
        let browser = Browser::signed_in(&alice).await;
        browser.forget_cookies();
        let page = browser.get("/sign-in").await;
        let form = page.headers["set-cookie"].to_str().unwrap().to_owned();
        let reply = browser
            .send_form(&page, "/sign-in", &[("name", "alice"), ("password", PASSWORD)])
            .await;
        let session = reply.headers["set-cookie"].to_str().unwrap().to_owned();
        for line in [&form, &session] {
            for part in ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure"] {
                assert!(line.contains(part), "{part} in {line}");
            }
            assert!(line.starts_with("__Host-portico") && !line.contains("Domain"), "{line}");
        }
        assert!(session.starts_with("__Host-portico="));
        assert!(!page.body.contains(form.split(['=', ';']).nth(1).unwrap()));
    }

    async fn signing_in_gives_a_new_session_and_goes_on_within_this_instance(app: TestApp) {
        let alice = app.staff("alice").await;
        let browser = Browser::signed_in(&alice).await;
        let first = browser.cookie("__Host-portico").unwrap();
        for (next, expected) in [
            ("/@alice", "/@alice"),
            ("https://evil.test/", "/"),
            ("//evil.test/", "/"),
            ("/\\evil.test/", "/"),
            ("/\t/evil.test/", "/"),
            ("javascript:alert(1)", "/"),
        ] {
            let query = serde_urlencoded::to_string([("next", next), ("again", "1")]).unwrap();
            let page = browser.get(&format!("/sign-in?{query}")).await;
            let typed = [("name", "alice"), ("password", PASSWORD)];
            let reply = browser.send_form(&page, "/sign-in", &typed).await;
            assert_eq!((reply.status.as_u16(), location(&reply)), (303, expected), "{next:?}");
            // A form may also be changed after it was shown.
            let page = browser.get("/sign-in?again=1").await;
            let reply = browser.send_form(&page, "/sign-in", &[typed[0], typed[1], ("next", next)]).await;
            assert_eq!(location(&reply), expected, "{next:?}");
            // A user who is signed in is redirected at once.
            let query = serde_urlencoded::to_string([("next", next)]).unwrap();
            assert_eq!(location(&browser.get(&format!("/sign-in?{query}")).await), expected, "{next:?}");
        }
        browser.set_cookie("__Host-portico", &first);
        assert!(!browser.get("/").await.body.contains("ALICE"));
    }

    async fn typed_input_is_returned_escaped(app: TestApp) {
        let browser = Browser::new(&app);
        let evil = "\"><script>alert(1)</script>";
        let reply = browser.sign_in(evil, "wrong").await;
        assert!(!reply.body.contains("<script"), "{}", reply.body);
        let query = serde_urlencoded::to_string([("next", format!("/{evil}"))]).unwrap();
        assert!(!browser.get(&format!("/sign-in?{query}")).await.body.contains("<script"));
        let alice = app.staff("alice").await;
        alice.says("nothing", Reach::Company).await;
    }
}
