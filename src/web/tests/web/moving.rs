//! Tests of the account migration pages: aliases, and a move with its confirmation.

use axum::http::StatusCode;
use portico_service::social::relationships::FollowOptions;

use super::{Browser, ORIGIN, PASSWORD, location};
use portico_testing::{TestApp, both_databases};

async fn account(app: &TestApp, name: &str) -> portico_domain::model::account::Account {
    portico_service::people::users::find(&app.instance, name).await.unwrap().1
}

both_databases! {
    async fn an_account_moves_after_all_was_said_and_the_password_given(app: TestApp) {
        let (old, new, fan) = (app.staff("old").await, app.staff("new").await, app.staff("fan").await);
        portico_service::social::relationships::follow(&app.instance, &fan.account, old.account.id, FollowOptions::default())
            .await
            .unwrap();
        let browser = Browser::signed_in(&old).await;
        let page = browser.get("/settings/moving").await;
        let typed = [("account", "new")];
        let refused = browser.send_form(&page, "/settings/moving/check", &typed).await;
        assert_eq!(refused.status, 422);
        assert!(refused.body.contains("does not list the old one as an alias"), "{}", refused.body);
        assert!(refused.body.contains("value=\"new\""), "what was typed is kept: {}", refused.body);

        // The new account adds the old one as an alias, and removes it again.
        let other = Browser::signed_in(&new).await;
        let theirs = other.get("/settings/moving").await;
        let nobody = other.send_form(&theirs, "/settings/moving/aliases", &[("account", "nobody")]).await;
        assert_eq!((nobody.status, nobody.body.contains("No such account was found")), (StatusCode::UNPROCESSABLE_ENTITY, true));
        for _ in 0..2 {
            let added = other.send_form(&theirs, "/settings/moving/aliases", &[("account", "old")]).await;
            assert_eq!(location(&added), "/settings/moving?done=alias");
        }
        let listed = other.get("/settings/moving?done=alias").await;
        assert_eq!(listed.body.matches(">Remove</button>").count(), 1, "{}", listed.body);
        assert!(listed.body.contains("@old@engineering.acme.test"), "{}", listed.body);
        let removed = other.send_form(&listed, "/settings/moving/aliases/remove", &[]).await;
        assert_eq!(location(&removed), "/settings/moving?done=removed");
        assert!(account(&app, "new").await.also_known_as.is_empty());
        other.send_form(&theirs, "/settings/moving/aliases", &[("account", "old")]).await;

        // The page shows the consequences, and a wrong password moves nothing.
        let asked = browser.send_form(&page, "/settings/moving/check", &typed).await;
        assert_eq!(asked.status, 200);
        assert!(asked.body.contains("Your one follower is"), "{}", asked.body);
        assert!(asked.body.contains("@new@engineering.acme.test"), "{}", asked.body);
        let move_to = "/settings/moving/move";
        let wrong = browser.send_form(&asked, move_to, &[("password", "guess")]).await;
        assert_eq!(wrong.status, 422);
        assert!(wrong.body.contains("The password is wrong"), "{}", wrong.body);
        assert_eq!(account(&app, "old").await.moved_to, None);
        let moved = browser.send_form(&wrong, move_to, &[("password", PASSWORD)]).await;
        assert_eq!(location(&moved), "/settings/moving?done=moved");
        assert_eq!(account(&app, "old").await.moved_to.as_deref(), Some(new.account.uri.as_str()));

        // The page shows the new account. The redirect can be removed; a second move within seven days fails.
        let after = browser.get("/settings/moving").await;
        assert!(after.body.contains("This account has moved"), "{}", after.body);
        assert!(!after.body.contains("Move this account to another"), "{}", after.body);
        let back = browser.send_form(&after, "/settings/moving/back", &[]).await;
        assert_eq!(location(&back), "/settings/moving?done=back");
        assert_eq!(account(&app, "old").await.moved_to, None);
        let again = browser.send_form(&page, "/settings/moving/check", &typed).await;
        assert!(again.body.contains("moved in the last seven days"), "{}", again.body);
    }

    async fn the_password_for_a_move_cannot_be_guessed_for_ever(app: TestApp) {
        let (old, new) = (app.staff("old").await, app.staff("new").await);
        portico_service::social::account_moves::add_alias(&app.instance, new.account.id, "old").await.unwrap();
        let browser = Browser::signed_in(&old).await;
        let page = browser.get("/settings/moving").await;
        let asked = browser.send_form(&page, "/settings/moving/check", &[("account", "new")]).await;
        let mut last = 0;
        for number in 0..12 {
            let guess = format!("guess {number}");
            last = browser
                .send_form(&asked, "/settings/moving/move", &[("password", &guess)])
                .await
                .status
                .as_u16();
        }
        assert_eq!(last, 429);
        let right = browser.send_form(&asked, "/settings/moving/move", &[("password", PASSWORD)]).await;
        assert_eq!(right.status, 429, "not even the right one");
        assert_eq!(account(&app, "old").await.moved_to, None);
    }

    async fn nobody_moves_anothers_account_or_without_signing_in(app: TestApp) {
        let old = app.staff("old").await;
        let stranger = Browser::new(&app);
        let page = stranger.get("/settings/moving").await;
        assert_eq!(location(&page), "/sign-in?next=%2Fsettings%2Fmoving");
        let browser = Browser::signed_in(&old).await;
        for path in ["aliases", "aliases/remove", "check", "move", "back"] {
            let path = format!("/settings/moving/{path}");
            let fields = [("account".to_owned(), "old".to_owned())];
            let forged = browser.post(&path, &fields, &[("origin", ORIGIN)]).await;
            assert_eq!(forged.status, 403, "{path}");
            assert_eq!(stranger.post(&path, &fields, &[]).await.status, 403, "{path}");
        }
    }
}
