//! Robustness: any input to any path gets a documented response, never a 500, and always JSON.

use axum::body::Body;
use axum::http::Method;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use portico_http::limits::RateLimit;

use portico_testing::{TestUser, both_databases};

/// Every path of the client API; `{}` is replaced by a potential id.
const PATHS: &[&str] = &[
    "/api/v1/instance",
    "/api/v2/instance",
    "/api/v1/instance/peers",
    "/api/v1/apps",
    "/api/v1/apps/verify_credentials",
    "/oauth/token",
    "/oauth/revoke",
    "/oauth/userinfo",
    "/api/v1/accounts",
    "/api/v1/accounts/verify_credentials",
    "/api/v1/accounts/update_credentials",
    "/api/v1/accounts/relationships",
    "/api/v1/accounts/search",
    "/api/v1/accounts/lookup",
    "/api/v1/accounts/familiar_followers",
    "/api/v1/accounts/{}",
    "/api/v1/accounts/{}/statuses",
    "/api/v1/accounts/{}/followers",
    "/api/v1/accounts/{}/following",
    "/api/v1/accounts/{}/featured_tags",
    "/api/v1/accounts/{}/lists",
    "/api/v1/accounts/{}/follow",
    "/api/v1/accounts/{}/unfollow",
    "/api/v1/accounts/{}/remove_from_followers",
    "/api/v1/accounts/{}/block",
    "/api/v1/accounts/{}/unblock",
    "/api/v1/accounts/{}/mute",
    "/api/v1/accounts/{}/unmute",
    "/api/v1/follow_requests",
    "/api/v1/follow_requests/{}/authorize",
    "/api/v1/follow_requests/{}/reject",
    "/api/v1/blocks",
    "/api/v1/mutes",
    "/api/v1/statuses",
    "/api/v1/statuses/{}",
    "/api/v1/statuses/{}/context",
    "/api/v1/statuses/{}/history",
    "/api/v1/statuses/{}/source",
    "/api/v1/statuses/{}/favourited_by",
    "/api/v1/statuses/{}/reblogged_by",
    "/api/v1/statuses/{}/favourite",
    "/api/v1/statuses/{}/unfavourite",
    "/api/v1/statuses/{}/reblog",
    "/api/v1/statuses/{}/unreblog",
    "/api/v1/statuses/{}/bookmark",
    "/api/v1/statuses/{}/unbookmark",
    "/api/v1/statuses/{}/pin",
    "/api/v1/statuses/{}/unpin",
    "/api/v1/timelines/home",
    "/api/v1/timelines/public",
    "/api/v1/timelines/tag/{}",
    "/api/v1/favourites",
    "/api/v1/bookmarks",
    "/api/v1/notifications",
    "/api/v1/notifications/{}",
    "/api/v1/notifications/clear",
    "/api/v1/notifications/{}/dismiss",
    "/api/v1/notifications/unread_count",
    "/api/v1/markers",
    "/api/v1/preferences",
    "/api/v2/search",
    "/api/v1/tags/{}",
];

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
        let alice = app.staff("alice").await;
        for path in PATHS {
            for (turn, query) in QUERIES.iter().enumerate() {
                let filled = path.replace("{}", IDS[turn % IDS.len()]);
                let asked = if query.is_empty() { filled.clone() } else { format!("{filled}?{query}") };
                ask(&alice, &Method::GET, &asked, None).await;
                let form = Some(("application/x-www-form-urlencoded", (*query).to_owned()));
                let method = [Method::POST, Method::PUT, Method::PATCH, Method::DELETE][turn % 4].clone();
                ask(&alice, &method, &filled, form.clone()).await;
                if method != Method::POST {
                    ask(&alice, &Method::POST, &filled, form).await;
                }
            }
            for body in ["", "{", "[]", "null", "{\"status\": 1e400}", "{\"a\": {\"b\": [[[[[[[[[[1]]]]]]]]]]}}"] {
                let json = Some(("application/json", body.to_owned()));
                ask(&alice, &Method::POST, &path.replace("{}", "1"), json).await;
            }
        }
    }
}
