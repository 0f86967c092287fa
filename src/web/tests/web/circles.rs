//! Tests of the pages for circles, for narrowing the reach of a post, and for questions.

use portico_domain::model::Reach;
use portico_domain::model::peer::Tier;
use serde_json::json;

use super::{Browser, location};
use portico_testing::both_databases;

both_databases! {
    async fn circles_are_kept_and_written_to(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let browser = Browser::signed_in(&alice).await;
        let list = browser.get("/circles").await;
        assert!(list.body.contains("You have no circles yet"), "{}", list.body);
        let made = browser.send_form(&list, "/circles", &[("title", "Turbine crew")]).await;
        assert_eq!(made.status, 303);
        let path = location(&made).to_owned();
        let page = browser.get(&path).await;
        let nobody = browser.send_form(&page, &format!("{path}/add"), &[("handle", "@nobody")]).await;
        assert!(nobody.status == 422 && nobody.body.contains("This person cannot be added"), "{}", nobody.body);
        browser.send_form(&page, &format!("{path}/add"), &[("handle", "@bob")]).await;
        let page = browser.get(&path).await;
        assert!(page.body.contains("@bob") && page.body.contains(">Remove</button>"), "{}", page.body);
        let form = browser.get("/compose").await;
        assert!(form.body.contains("Circle: Turbine crew"), "{}", form.body);
        let value = format!("circle:{}", path.rsplit('/').next().unwrap());
        let wish = [("text", "Hello, crew"), ("reach", value.as_str()), ("do", "foresee")];
        let foreseen = browser.compose(&form, &wish, &[]).await.body;
        assert!(foreseen.contains("<p>Circle: Turbine crew. "), "{foreseen}");
        let reply = browser.compose(&form, &[("text", "Hello, crew"), ("reach", value.as_str())], &[]).await;
        assert_eq!(reply.status, 303, "{}", reply.body);
        // Only the owner sees the circle's name.
        let post = browser.get(location(&reply)).await;
        assert!(post.body.contains("</svg>Circle: Turbine crew</span>"), "{}", post.body);
        let post = Browser::signed_in(&bob).await.get(location(&reply)).await;
        assert!(post.body.contains("Hello, crew") && post.body.contains("Only people addressed"), "{}", post.body);
        assert!(!post.body.contains("Turbine crew"), "{}", post.body);
        // A recipient can reply to all recipients.
        assert!(post.body.contains("Everyone who got it (1)"), "{}", post.body);
        browser.send_form(&page, &format!("{path}/remove"), &[("account", bob.id().as_str())]).await;
        assert!(browser.get(&path).await.body.contains("This circle has no members yet"));
        browser.send_form(&page, &path, &[("title", "Crew")]).await;
        assert!(browser.get("/circles").await.body.contains("Crew"));
        browser.send_form(&page, &format!("{path}/delete"), &[]).await;
        assert_eq!(browser.get(&path).await.status, 404);
        assert_eq!(Browser::signed_in(&bob).await.get(&path).await.status, 404);
    }

    async fn an_author_narrows_the_audience_of_a_post(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let set: Result<(), portico_store::Error> =
            app.instance.store.write(|tx| tx.set_tier("globex.test", Tier::Partner, "")).await;
        set.unwrap();
        let view = alice.says("Too far", Reach::Partners).await;
        let browser = Browser::signed_in(&alice).await;
        let path = format!("/@alice/{}", view.status.id);
        let page = browser.get(&path).await;
        assert!(page.body.contains("Change who sees this"), "{}", page.body);
        let form = browser.get(&format!("{path}/reach")).await;
        for choice in ["Only here", "Company and globex.test", "Company and partners"] {
            assert!(form.body.contains(choice), "{choice}: {}", form.body);
        }
        assert!(!form.body.contains("value=\"public\"") && !form.body.contains("value=\"followers\""), "{}", form.body);
        let refused = browser.send_form(&form, &format!("{path}/reach"), &[("reach", "public")]).await;
        assert!(refused.status == 422 && refused.body.contains("more people"), "{}", refused.body);
        let done = browser.send_form(&form, &format!("{path}/reach"), &[("reach", "partners:globex.test")]).await;
        assert_eq!(location(&done), path);
        assert!(browser.get(&path).await.body.contains("Company and globex.test"));
        let theirs = Browser::signed_in(&bob).await.get(&format!("{path}/reach")).await;
        assert_eq!(theirs.status, 404);
    }

    async fn a_question_is_foreseen_and_asked(app: TestApp) {
        let (alice, bob) = (app.staff("alice").await, app.staff("bob").await);
        let profile = json!({ "skills": ["Turbines"] });
        bob.call(axum::http::Method::PUT, "/api/portico/v1/profile", Some(profile)).await.ok();
        let browser = Browser::signed_in(&alice).await;
        let knows = browser.get("/people/who-knows?q=hot+turbines").await;
        assert!(knows.body.contains("/people/ask?q=hot%20turbines"), "{}", knows.body);
        let page = browser.get("/people/ask?q=turbines").await;
        let wish = [("about", "turbines"), ("text", "Why does it hum?"), ("do", "foresee")];
        let foreseen = browser.send_form(&page, "/people/ask", &wish).await;
        assert!(foreseen.status == 200 && foreseen.body.contains("@bob"), "{}", foreseen.body);
        assert_eq!(bob.get("/api/v1/notifications").await.ok(), json!([]));
        let wish = [("about", "turbines"), ("text", "Why does it hum?"), ("do", "ask")];
        assert_eq!(browser.send_form(&foreseen, "/people/ask", &wish).await.status, 303);
        assert_eq!(bob.get("/api/v1/notifications").await.ok().as_array().unwrap().len(), 1);
        let none = browser.send_form(&page, "/people/ask", &[("about", "knitting"), ("text", "Who?"), ("do", "ask")]).await;
        assert!(none.status == 422 && none.body.contains("Nobody who accepts"), "{}", none.body);
        let own = Browser::signed_in(&bob).await.get("/people/me").await;
        assert!(own.body.contains("Who may send you questions"), "{}", own.body);
    }
}
