//! Tests of users: creating and changing people who can sign in.

use portico_domain::model::moderation::Moderator;
use portico_domain::model::user::Role;
use portico_service::people::users;
use portico_service::{Error, moderation};

use super::{Browser, PASSWORD};
use portico_testing::both_databases;

fn new(username: &str, email: &str) -> users::NewUser {
    users::NewUser {
        username: username.into(),
        email: email.into(),
        display_name: "  Alice Weber ".into(),
        role: Role::Member,
        password: None,
        public_pem: "public".into(),
        private_pem: "private".into(),
    }
}

both_databases! {
    async fn names_and_addresses_are_unique_whatever_their_case(app: TestApp) {
        let (user, account) = users::create(&app.instance, new("alice", "Alice@Acme.test")).await.unwrap();
        assert_eq!((user.email.as_str(), account.display_name.as_str()), ("alice@acme.test", "Alice Weber"));
        assert_eq!(account.uri, "https://engineering.acme.test/users/alice");

        for (again, taken) in [
            (new("alice", "other@acme.test"), "the user name is taken"),
            (new("bob", "ALICE@acme.test"), "the e-mail address is taken"),
        ] {
            match users::create(&app.instance, again).await {
                Err(Error::Conflict(what)) => assert_eq!(what, taken),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(users::list(&app.instance).await.unwrap().len(), 1);
    }

    async fn faults_are_all_named_at_once(app: TestApp) {
        let mut bad = new("Not A Name", "nowhere");
        bad.display_name = "x".repeat(200);
        let Err(Error::Invalid(faults)) = users::create(&app.instance, bad).await else { panic!() };
        assert_eq!(faults.len(), 3, "{faults:?}");
        let mut weak = new("carol", "carol@acme.test");
        weak.password = Some("short".into());
        assert!(matches!(users::create(&app.instance, weak).await, Err(Error::Invalid(_))));
        assert!(users::list(&app.instance).await.unwrap().is_empty());
    }

    async fn the_same_name_at_once_is_given_once(app: TestApp) {
        let many = (0..6).map(|number| {
            let instance = app.instance.clone();
            tokio::spawn(async move {
                users::create(&instance, new("alice", &format!("a{number}@acme.test"))).await.is_ok()
            })
        });
        let mut made = 0;
        for task in many.collect::<Vec<_>>() {
            made += usize::from(task.await.unwrap());
        }
        assert_eq!(made, 1);
        assert_eq!(users::list(&app.instance).await.unwrap().len(), 1);
    }

    async fn a_new_password_ends_the_sessions_of_the_old(app: TestApp) {
        let alice = app.staff("alice").await;
        let browser = Browser::signed_in(&alice).await;
        let (user, _) = users::find(&app.instance, "@Alice").await.unwrap();
        users::set_password(&app.instance, user.id, "another fine password").await.unwrap();
        assert!(!browser.get("/").await.body.contains("ALICE"));
        assert_eq!(Browser::new(&app).sign_in("alice", PASSWORD).await.status, 422);
        assert_eq!(Browser::new(&app).sign_in("alice", "another fine password").await.status, 303);
        let (user, _) = users::find(&app.instance, "alice@acme.test").await.unwrap();
        assert!(user.password_hash.unwrap().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(user.last_sign_in_at.is_some());
    }

    async fn roles_are_set_and_strangers_are_not_found(app: TestApp) {
        app.staff("alice").await;
        let (user, _) = users::find(&app.instance, "alice").await.unwrap();
        moderation::set_role(&app.instance, &Moderator::console(), user.id, Role::Admin).await.unwrap();
        assert_eq!(users::get(&app.instance, user.id).await.unwrap().0.role, Role::Admin);
        for name in ["nobody", "nobody@acme.test", "", "alice@elsewhere.test"] {
            assert!(matches!(users::find(&app.instance, name).await, Err(Error::NotFound(_))), "{name}");
        }
        let gone = portico_domain::model::UserId(1);
        let by = Moderator::console();
        let refused = moderation::set_role(&app.instance, &by, gone, Role::Admin).await;
        assert!(matches!(refused, Err(Error::NotFound(_))));
    }
}
