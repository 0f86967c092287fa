//! Tests of the group pages: finding, creating, joining, posting and moderating, without script.

use serde_json::json;

use super::{Browser, location};
use portico_testing::both_databases;

both_databases! {
    async fn a_group_is_made_joined_and_posted_to(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let (hers, his) = (Browser::signed_in(&alice).await, Browser::signed_in(&bob).await);
        assert!(hers.get("/groups").await.body.contains("No groups found"));
        let page = hers.get("/groups/new").await;
        let typed = [("handle", "@Sales"), ("display_name", "Sales <b>"), ("note", "What we sell"), ("join", "request"), ("visibility", "members"), ("rule", "")];
        let wrong = hers.send_form(&page, "/groups/new", &[("handle", "no way"), ("display_name", "Kept")]).await;
        assert!(wrong.status == 422 && wrong.body.contains("Kept") && wrong.body.contains("letters a to z"), "{}", wrong.body);
        let made = hers.send_form(&page, "/groups/new", &typed).await;
        assert_eq!(made.status, 303, "{}", made.body);
        let path = location(&made).to_owned();
        let taken = hers.send_form(&page, "/groups/new", &typed).await;
        assert!(taken.status == 422 && taken.body.contains("taken"), "{}", taken.body);
        // The owner writes on its page.
        let page = hers.get(&path).await;
        assert!(page.body.contains("Sales &#60;b&#62;") && page.body.contains("only members see its posts"), "{}", page.body);
        let posted = hers.compose(&page, &[("text", "the figures"), ("do", "post")], &[]).await;
        assert_eq!(posted.status, 303, "{}", posted.body);
        assert!(hers.get(&path).await.body.contains("the figures"));
        assert!(hers.get(location(&posted)).await.body.contains("Only the members of the group"));
        // A non-member finds it, sees no posts, and asks to join.
        let found = his.get("/groups?q=sal").await.body;
        assert!(found.contains(&path) && found.contains("Members only"), "{found}");
        let page = his.get(&path).await;
        assert!(!page.body.contains("the figures") && !page.body.contains("name=\"text\""), "{}", page.body);
        let action = format!("{path}/do");
        assert_eq!(his.send_form(&page, &action, &[("what", "join")]).await.status, 303);
        assert!(his.get(&path).await.body.contains("You asked to join"));
        assert_eq!(his.get(&format!("{path}/members")).await.status, 403);
        assert_eq!(his.get(&format!("{path}/edit")).await.status, 403);
        // The request is accepted.
        let members = hers.get(&format!("{path}/members")).await;
        assert!(members.body.contains("Requests to join"), "{}", members.body);
        let answered = hers.send_form(&members, &action, &[("what", "accept")]).await;
        assert_eq!(location(&answered), format!("{path}/members"));
        assert!(his.get(&path).await.body.contains("the figures"));
        assert!(his.get("/groups?joined=1").await.body.contains("You are a member"));
        // A post is pinned, then removed from the group.
        let id = alice.get(&format!("/api/portico/v1{path}/timeline")).await.ok()[0]["id"].as_str().unwrap().to_owned();
        let page = hers.get(&path).await;
        hers.send_form(&page, &action, &[("what", "pin"), ("post", &id)]).await;
        assert!(his.get(&path).await.body.contains("aria-label=\"Pinned\""));
        hers.send_form(&page, &action, &[("what", "unpost"), ("post", &id)]).await;
        assert!(!his.get(&path).await.body.contains("the figures"));
        // The group is edited and closed.
        let page = hers.get(&format!("{path}/edit")).await;
        let saved = hers.send_form(&page, &format!("{path}/edit"), &[("display_name", "Sales team"), ("join", "open"), ("visibility", "hidden")]).await;
        assert_eq!(location(&saved), path);
        assert!(his.get(&path).await.body.contains("Sales team"));
        assert!(hers.get("/groups").await.body.contains("Sales team"));
        let page = hers.get(&format!("{path}/edit")).await;
        assert_eq!(location(&hers.send_form(&page, &action, &[("what", "close")]).await), "/groups");
        assert_eq!(his.get(&path).await.status, 404);
    }

    async fn strangers_and_outsiders_learn_nothing(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let form = json!({ "name": "merger", "visibility": "hidden", "join_policy": "invite" });
        let made = alice.post("/api/portico/v1/groups", form).await.ok();
        let path = format!("/groups/{}", made["id"].as_str().unwrap());
        let (stranger, his) = (Browser::new(&app), Browser::signed_in(&bob).await);
        for page in ["/groups", "/groups/new", &path] {
            assert_eq!(stranger.get(page).await.status, 303, "{page}");
        }
        for page in [path.clone(), format!("{path}/members"), format!("{path}/edit"), "/@merger".to_owned()] {
            assert_eq!(his.get(&page).await.status, 404, "{page}");
        }
        assert!(!his.get("/groups").await.body.contains("merger"));
    }

    async fn a_guest_is_invited_on_the_page_of_the_room(app: TestApp) {
        let alice = app.staff("alice").await;
        let hers = Browser::signed_in(&alice).await;
        let page = hers.get("/groups/new").await;
        let made = hers.send_form(&page, "/groups/new", &[("handle", "deal"), ("room", "1"), ("visibility", "company")]).await;
        let path = location(&made).to_owned();
        assert!(hers.get(&path).await.body.contains("Only members and invited people see"));
        let members = hers.get(&format!("{path}/members")).await;
        assert!(members.body.contains("Invite a guest"), "{}", members.body);
        let action = format!("{path}/do");
        let wrong = hers.send_form(&members, &action, &[("what", "guest"), ("handle", "@ann@nowhere.test"), ("until", "")]).await;
        assert!(wrong.status == 422 && wrong.body.contains("is not a valid date"), "{}", wrong.body);
        let wrong = hers.send_form(&members, &action, &[("what", "guest"), ("handle", "@alice"), ("until", "2026-12-01")]).await;
        assert!(wrong.status == 422 && wrong.body.contains("Invite colleagues as members"), "{}", wrong.body);
    }
}
