//! Apps, tokens and scopes.

use axum::body::Body;
use axum::http::Method;
use portico_domain::model::AppId;
use portico_domain::model::oauth::{Code, Scopes};
use portico_service::Error;
use portico_service::access::secrets;
use serde_json::{Value, json};

use portico_testing::{Reply, TestApp, TestUser, both_databases};

const BACK: &str = "icecubesapp://";

async fn register(app: &TestApp) -> Value {
    let reply =
        app.submit("/api/v1/apps", "client_name=Ice&redirect_uris=icecubesapp://&scopes=read+write").await;
    reply.ok()
}

/// Creates the authorization code that the consent page creates when the user agrees.
async fn consent(app: &TestApp, client: &Value, person: &TestUser, challenge: Option<&str>) -> String {
    let secret = app.instance.rng.secret();
    let code = Code {
        app_id: AppId(client["id"].as_str().unwrap().parse().unwrap()),
        user_id: person.user.id,
        redirect_uri: BACK.into(),
        scopes: Scopes::parse("read write").unwrap(),
        challenge: challenge.map(str::to_owned),
        expires_at: app.instance.now().plus_seconds(600),
    };
    let hash = secrets::hash(&secret);
    app.instance.store.write(move |tx| Ok::<_, Error>(tx.insert_code(&hash, &code)?)).await.unwrap();
    secret
}

async fn exchange(app: &TestApp, client: &Value, code: &str, more: &str) -> Reply {
    let (id, secret) = (client["client_id"].as_str().unwrap(), client["client_secret"].as_str().unwrap());
    let form = format!(
        "grant_type=authorization_code&client_id={id}&client_secret={secret}&code={code}&redirect_uri={BACK}{more}"
    );
    app.submit("/oauth/token", &form).await
}

both_databases! {
    async fn an_app_registers_in_any_form(app: TestApp) {
        let form = register(&app).await;
        for key in ["id", "name", "redirect_uri", "client_id", "client_secret", "vapid_key"] {
            assert!(form[key].is_string(), "{key}");
        }
        assert_eq!(form["website"], Value::Null);
        assert_eq!(form["scopes"], json!(["read", "write"]));
        assert_eq!(form["client_secret_expires_at"], 0);

        // All parameters in the query, none in the body (IceCubes before 2024).
        let query = "/api/v1/apps?client_name=Ice&redirect_uris=icecubesapp://";
        assert_eq!(app.submit(query, "").await.ok()["scopes"], json!(["read"]));

        let body = json!({"client_name": "Elk", "redirect_uris": ["https://a.example/x", "urn:ietf:wg:oauth:2.0:oob"], "website": ""});
        let request = app.request(Method::POST, "/api/v1/apps/").header("content-type", "application/json");
        let elk = app.send(request.body(Body::from(body.to_string())).unwrap()).await.ok();
        assert_eq!(elk["redirect_uri"], "https://a.example/x\nurn:ietf:wg:oauth:2.0:oob");
        assert_eq!(elk["website"], Value::Null);
    }

    async fn an_invalid_registration_is_refused_with_the_reason(app: TestApp) {
        for form in [
            "", "client_name=x", "client_name=x&redirect_uris=javascript:alert(1)", "client_name=x&redirect_uris=nothing",
            "redirect_uris=a:b", "client_name=x&redirect_uris=a:b&scopes=fly", "client_name=x&redirect_uris=a:b&website=javascript:x",
        ] {
            let error = app.submit("/api/v1/apps", form).await.problem(422);
            assert!(error.starts_with("Validation failed: "), "{form}: {error}");
        }
    }

    async fn a_code_works_once(app: TestApp) {
        let alice = app.staff("alice").await;
        let client = register(&app).await;
        let code = consent(&app, &client, &alice, None).await;

        let token = exchange(&app, &client, &code, "").await.ok();
        assert_eq!(token["token_type"], "Bearer");
        assert_eq!(token["scope"], "read write");
        assert_eq!(token["created_at"], app.instance.now().seconds());
        let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
        let me = app.get_with("/api/v1/preferences", &bearer).await.ok();
        assert_eq!(me["posting:default:visibility"], "public");
        let shown = app.get_with("/api/v1/apps/verify_credentials", &bearer).await.ok();
        assert_eq!(shown["name"], "Ice");
        assert!(shown.get("client_secret").is_none());

        // A second use is a sign of theft: it fails, and revokes the token of the first.
        let again = exchange(&app, &client, &code, "").await;
        assert_eq!(again.problem(400), "invalid_grant");
        assert!(again.json()["error_description"].is_string());
        let revoked = app.get_with("/api/v1/preferences", &bearer).await;
        assert_eq!(revoked.problem(401), "The access token was revoked");
        assert!(revoked.header("www-authenticate").unwrap().starts_with("Bearer"));
    }

    async fn a_code_needs_its_app_its_address_and_its_time(app: TestApp) {
        let alice = app.staff("alice").await;
        let (client, other) = (register(&app).await, register(&app).await);
        let code = consent(&app, &client, &alice, None).await;
        assert_eq!(exchange(&app, &other, &code, "").await.problem(400), "invalid_grant");
        assert_eq!(exchange(&app, &client, "guess", "").await.problem(400), "invalid_grant");
        assert_eq!(exchange(&app, &client, &code, "&redirect_uri=a:b").await.problem(400), "invalid_grant");
        app.advance(600);
        assert_eq!(exchange(&app, &client, &code, "").await.problem(400), "invalid_grant");
    }

    async fn a_challenge_makes_the_verifier_mandatory(app: TestApp) {
        let alice = app.staff("alice").await;
        let client = register(&app).await;
        // RFC 7636, appendix B.
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        let code = consent(&app, &client, &alice, Some(challenge)).await;
        assert_eq!(exchange(&app, &client, &code, "").await.problem(400), "invalid_grant");
        assert_eq!(exchange(&app, &client, &code, "&code_verifier=wrong").await.problem(400), "invalid_grant");
        let verifier = "&code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        exchange(&app, &client, &code, verifier).await.ok();
    }

    async fn the_token_endpoint_speaks_oauth(app: TestApp) {
        let client = register(&app).await;
        let (id, secret) = (client["client_id"].as_str().unwrap(), client["client_secret"].as_str().unwrap());
        let unknown = app.submit("/oauth/token", "grant_type=client_credentials&client_id=x&client_secret=y").await;
        assert_eq!(unknown.problem(401), "invalid_client");
        let wrong = format!("grant_type=client_credentials&client_id={id}&client_secret=y");
        assert_eq!(app.submit("/oauth/token", &wrong).await.problem(401), "invalid_client");
        for (grant, fault) in [("password", "unsupported_grant_type"), ("", "invalid_request")] {
            let form = format!("grant_type={grant}&client_id={id}&client_secret={secret}");
            assert_eq!(app.submit("/oauth/token", &form).await.problem(400), fault);
        }
        for scope in ["fly", "admin:read", "read+push"] {
            let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}&scope={scope}");
            assert_eq!(app.submit("/oauth/token", &form).await.problem(400), "invalid_scope", "{scope}");
        }

        // Basic credentials, a JSON body.
        use base64::Engine as _;
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("{id}:{secret}"));
        let request = app.request(Method::POST, "/oauth/token")
            .header("content-type", "application/json")
            .header("authorization", format!("Basic {basic}"));
        let reply = app.send(request.body(Body::from(r#"{"grant_type": "client_credentials"}"#)).unwrap()).await;
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        let token = reply.ok();
        assert_eq!(token["scope"], "read");

        // An app is not a user: its token can only verify the app itself.
        let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
        app.get_with("/api/v1/apps/verify_credentials", &bearer).await.ok();
        let person = app.get_with("/api/v1/preferences", &bearer).await;
        assert_eq!(person.problem(422), "This method requires an authenticated user");
    }

    async fn a_token_can_be_taken_back_by_its_app_alone(app: TestApp) {
        let alice = app.staff("alice").await;
        let (client, other) = (register(&app).await, register(&app).await);
        let code = consent(&app, &client, &alice, None).await;
        let token = exchange(&app, &client, &code, "").await.ok();
        let token = token["access_token"].as_str().unwrap();
        let revoke = async |client: &Value, token: &str| {
            let (id, secret) = (client["client_id"].as_str().unwrap(), client["client_secret"].as_str().unwrap());
            app.submit("/oauth/revoke", &format!("client_id={id}&client_secret={secret}&token={token}")).await
        };
        assert_eq!(revoke(&other, token).await.problem(403), "unauthorized_client");
        assert_eq!(app.submit("/oauth/revoke", &format!("token={token}")).await.problem(403), "unauthorized_client");
        app.get_with("/api/v1/preferences", &format!("Bearer {token}")).await.ok();
        assert_eq!(revoke(&client, token).await.ok(), json!({}));
        assert_eq!(revoke(&client, token).await.ok(), json!({}));
        assert_eq!(revoke(&client, "unknown").await.ok(), json!({}));
        app.get_with("/api/v1/preferences", &format!("Bearer {token}")).await.problem(401);
    }

    async fn calls_need_a_token_with_the_scope(app: TestApp) {
        let alice = app.staff("alice").await;
        assert_eq!(app.get("/api/v1/preferences").await.problem(401), "The access token is invalid");
        for bad in ["Bearer x", "Bearer ", "Bearer", "", "Basic x", "Bearer \u{7f}"] {
            let request = app.request(Method::GET, "/api/v1/preferences").header("authorization", bad.as_bytes());
            if let Ok(request) = request.body(Body::empty()) {
                app.send(request).await.problem(401);
            }
        }
        let narrow = alice.token_for("write:statuses").await;
        let denied = app.get_with("/api/v1/preferences", &format!("Bearer {narrow}")).await;
        assert_eq!(denied.problem(403), "This action is outside the authorized scopes");
        let fitting = alice.token_for("read:accounts").await;
        app.get_with("/api/v1/preferences", &format!("bearer {fitting}")).await.ok();

        // In the query, and in a form.
        app.get(&format!("/api/v1/preferences?access_token={}", alice.token)).await.ok();
        let form = format!("access_token={}&status=hi", alice.token);
        app.submit("/api/v1/statuses", &form).await.ok();
    }

    async fn tokens_of_a_disabled_user_are_refused(app: TestApp) {
        let alice = app.staff("alice").await;
        alice.get("/api/v1/preferences").await.ok();
        app.act(alice.account.id, portico_domain::model::moderation::Action::Disable).await.unwrap();
        assert_eq!(alice.get("/api/v1/preferences").await.problem(401), "The access token was revoked");
        let token = alice.token_for("read").await;
        app.get_with("/api/v1/preferences", &format!("Bearer {token}")).await.problem(403);
    }

    async fn a_token_of_the_command_line_has_an_app_to_show(app: TestApp) {
        let alice = app.staff("alice").await;
        let shown = alice.get("/api/v1/apps/verify_credentials").await.ok();
        assert_eq!(shown["name"], "Portico command line");
        app.get("/api/v1/apps/verify_credentials").await.problem(401);
    }

    async fn metadata_and_user_info(app: TestApp) {
        let metadata = app.get("/.well-known/oauth-authorization-server").await.ok();
        assert_eq!(metadata["issuer"], "https://engineering.acme.test/");
        assert_eq!(metadata["code_challenge_methods_supported"], json!(["S256"]));
        let alice = app.staff("alice").await;
        let token = alice.token_for("profile").await;
        let info = app.get_with("/oauth/userinfo", &format!("Bearer {token}")).await.ok();
        assert_eq!(info["sub"], "https://engineering.acme.test/users/alice");
        assert_eq!(info["preferred_username"], "alice");
        let token = alice.token_for("read").await;
        app.get_with("/oauth/userinfo", &format!("Bearer {token}")).await.problem(403);
    }
}
