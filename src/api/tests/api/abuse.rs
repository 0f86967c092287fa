//! Robustness: any input to any path gets a documented response, never a 500, and always JSON.

use axum::body::Body;
use axum::http::Method;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use portico_api::openapi;
use portico_domain::model::user::Role;
use portico_http::limits::RateLimit;

use portico_testing::{TestUser, both_databases};

/// The methods of the client API.
const METHODS: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// Values for a segment of a path.
const IDS: &[&str] =
    &["1", "9223372036854775807", "9223372036854775808", "-1", "abc", "%00", "%ff", "%F0%9F%A6%89", "1%2f2"];

/// Query strings: for every parameter that some path reads, values of every wrong kind.
const QUERIES: &[&str] = &[
    "",
    "max_id=0&min_id=1&since_id=2&limit=1",
    "max_id=9223372036854775807&limit=9999999999999",
    "max_id=x",
    "limit[]=1&limit[a]=2",
    "offset=9223372036854775807&limit=80&q=a",
    "q=%25_%5C%27%22--&resolve=true&type=statuses",
    "q=https://%5B::1%5D/@x&resolve=true",
    "q=%40a%40b%40c&resolve=1&following=1",
    "acct=%40%40%40",
    "acct=%27%3B--",
    "id[]=1&id[]=x&id[a]=3&id[]=",
    "id[a][b][c]=1",
    "types[]=mention&types[]=nonsense&exclude_types[a]=follow",
    "status=hi&poll[options][]=a&media_ids[]=1",
    "status=hi&in_reply_to_id=9223372036854775807",
    "status=%F0%9F%A6%89&language=zz-zz-zz&sensitive=t&spoiler_text=%E2%80%AE",
    "status[a]=1&visibility[]=public",
    "home[last_read_id]=1&notifications=2&timeline[]=home&timeline[a]=b",
    "display_name=&note=&locked=maybe",
    "fields_attributes[0][name]=a&fields_attributes[0][value]=b&fields_attributes=x",
    "source[privacy]=everybody&source[language]=%00",
    "duration=99999999999999999999&notifications=perhaps",
    "duration=9223372036854775807",
    "client_name=x&redirect_uris[]=a:b&scopes[]=read",
    "grant_type=authorization_code&code=x&client_id=y&client_secret=z",
    "any[]=a&all[]=b&none[]=c&local=1&remote=0&only_media=f&pinned=1&tagged=%23x&exclude_replies=1",
];

/// Bodies that are no JSON, or the wrong JSON.
const JSON: &[&str] =
    &["", "{", "[]", "null", "{\"status\": 1e400}", "{\"a\": {\"b\": [[[[[[[[[[1]]]]]]]]]]}}"];

/// Returns every path of the client API with its methods. Streams do not end, so they are left out.
fn documented_paths() -> Vec<(String, Vec<Method>)> {
    let document = serde_json::to_value(openapi::document(portico_api::documented())).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let paths = paths.iter().filter(|(path, _)| !path.starts_with("/api/v1/streaming"));
    let methods = |item: &serde_json::Value| -> Vec<Method> {
        METHODS.into_iter().filter(|method| item.get(method.as_str().to_lowercase()).is_some()).collect()
    };
    paths.map(|(path, item)| (path.clone(), methods(item))).collect()
}

/// Replaces the variable segments of a path.
fn filled(path: &str, id: &str) -> String {
    let segments = path.split('/').map(|segment| if segment.starts_with('{') { id } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

async fn ask(who: &TestUser, method: &Method, path: &str, body: Option<(&str, String)>) {
    let mut request = who.app.request(method.clone(), path);
    request = request.header(AUTHORIZATION, format!("Bearer {}", who.token));
    let body = match &body {
        Some((kind, body)) => {
            request = request.header(CONTENT_TYPE, *kind);
            body.clone()
        }
        None => String::new(),
    };
    let reply = who.app.send(request.body(Body::from(body.clone())).unwrap()).await;
    let status = reply.status.as_u16();
    assert!(status < 500, "{method} {path} {body}: {status} {}", reply.body);
    if reply.status.is_client_error() {
        reply.problem(status);
    } else {
        reply.json();
    }
    // Rate limits are tested elsewhere.
    who.app.advance(i64::from(RateLimit::API.seconds) / i64::from(RateLimit::API.times));
}

both_databases! {
    async fn nothing_is_answered_500(app: TestApp) {
        let alice = app.staff_as("alice", Role::Admin).await;
        let paths = documented_paths();
        assert!(paths.len() > 200, "{}", paths.len());
        for (path, methods) in paths {
            for (turn, query) in QUERIES.iter().enumerate() {
                let target = filled(&path, IDS[turn % IDS.len()]);
                for method in &methods {
                    if *method == Method::GET {
                        ask(&alice, method, &format!("{target}?{query}"), None).await;
                    } else {
                        let form = Some(("application/x-www-form-urlencoded", (*query).to_owned()));
                        ask(&alice, method, &target, form).await;
                    }
                }
            }
            let target = filled(&path, "1");
            for method in METHODS {
                if !methods.contains(&method) {
                    ask(&alice, &method, &target, None).await;
                } else if method != Method::GET {
                    for body in JSON {
                        ask(&alice, &method, &target, Some(("application/json", (*body).to_owned()))).await;
                    }
                }
            }
        }
        // Nothing above locked alice out, which would have answered everything after it with 401.
        let path = "/api/v1/accounts/verify_credentials";
        let request = app.request(Method::GET, path).header(AUTHORIZATION, format!("Bearer {}", alice.token));
        app.send(request.body(Body::empty()).unwrap()).await.ok();
    }
}
