//! Streaming: one WebSocket with many streams, or a stream of server-sent events each.

use std::convert::Infallible;
use std::time::Duration;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use futures_util::stream;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::auth::CurrentUser;
use crate::scope;
use crate::streaming::{Channel, Connection, Frame, Hubs, TooManyConnections};
use portico_http::openapi::ErrorResponse;
use portico_http::routing::{Documented as _, get};
use portico_http::{ApiResult, CurrentInstance, Params, Path, Problem};
use portico_service::reading::streams;

/// The keep-alive intervals: of comments on server-sent events, and of pings on a WebSocket.
const THUMP: Duration = Duration::from_secs(15);
const PING: Duration = Duration::from_secs(30);
/// The time after which a silent client, without even a pong, is disconnected.
const SILENCE: Duration = Duration::from_secs(90);
/// The timeout for sending one frame.
const SENDING: Duration = Duration::from_secs(20);
/// The longest message that a client may send.
const LONGEST: usize = 4096;

pub(crate) fn routes() -> ApiRouter {
    let events = || {
        get_with(events, |done| {
            done.response_with::<200, String, _>(|response| response.description("Server-sent events"))
                .response::<400, Json<ErrorResponse>>()
        })
    };
    ApiRouter::new()
        .endpoint("/api/v1/streaming/health", get(health))
        .api_route(
            "/api/v1/streaming",
            get_with(socket, |done| {
                done.response_with::<101, (), _>(|response| response.description("A WebSocket"))
                    .response::<404, Json<ErrorResponse>>()
            }),
        )
        .api_route("/api/v1/streaming/{name}", events())
        .api_route("/api/v1/streaming/{name}/{part}", events())
        .api_route("/api/v1/streaming/{name}/{part}/{rest}", events())
}

impl From<TooManyConnections> for Problem {
    fn from(full: TooManyConnections) -> Self {
        Self::new(axum::http::StatusCode::TOO_MANY_REQUESTS, full.to_string())
    }
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct StreamQuery {
    /// The name of the stream.
    stream: Option<String>,
    /// The hashtag, for a hashtag stream.
    tag: Option<String>,
    /// The id of the list, for a list stream.
    list: Option<String>,
    /// Only posts with media.
    only_media: Option<bool>,
}

/// A message of a client on an open socket.
#[derive(Debug, Deserialize)]
struct StreamCommand {
    r#type: String,
    stream: String,
    tag: Option<String>,
    list: Option<serde_json::Value>,
}

async fn health() -> &'static str {
    "OK"
}

/// Whether a token may subscribe to a stream: notifications need an additional scope.
fn allowed(me: &CurrentUser<scope::ReadStatuses>, channel: &Channel) -> bool {
    !matches!(channel, Channel::User | Channel::Notifications)
        || me.token().scopes.grants("read:notifications")
}

/// Opens a stream of server-sent events. The documented names are paths here: `user/notification`,
/// `public/local/media`.
async fn events(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadStatuses>,
    Extension(hubs): Extension<Hubs>,
    Path(parts): Path<std::collections::BTreeMap<String, String>>,
    Params(asked): Params<StreamQuery>,
) -> ApiResult<Response> {
    let path: Vec<&str> =
        ["name", "part", "rest"].iter().filter_map(|key| parts.get(*key)).map(String::as_str).collect();
    let mut name = path.join(":");
    if asked.only_media == Some(true) && name.starts_with("public") && !name.ends_with(":media") {
        name.push_str(":media");
    }
    let channel = Channel::parse(&name, asked.tag.as_deref(), asked.list.as_deref())
        .map_err(|unknown| Problem::bad_request(unknown.to_string()))?;
    if !allowed(&me, &channel) {
        return Err(Problem::forbidden("This action is outside the authorized scopes"));
    }
    let connection = hubs.hub_for(&here.0).connect(me.id, me.user.id, me.token().id)?;
    streams::await_listener(&here).await;
    connection.subscribe(channel)?;
    let frames = stream::unfold(connection, |mut connection| async {
        let frame = connection.frames.recv().await?;
        Some((Ok::<_, Infallible>(as_event(&frame)), connection))
    });
    let mut response =
        Sse::new(frames).keep_alive(KeepAlive::new().interval(THUMP).text("thump")).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

fn as_event(frame: &Frame) -> Event {
    // Clients ignore an event without data.
    Event::default().event(frame.event).data(frame.payload.as_deref().unwrap_or("undefined"))
}

async fn socket(
    here: CurrentInstance,
    me: CurrentUser<scope::ReadStatuses>,
    Extension(hubs): Extension<Hubs>,
    headers: HeaderMap,
    Params(asked): Params<StreamQuery>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> ApiResult<Response> {
    let Ok(upgrade) = upgrade else { return Err(Problem::not_found()) };
    let connection = hubs.hub_for(&here.0).connect(me.id, me.user.id, me.token().id)?;
    streams::await_listener(&here).await;
    // Browsers close a socket that does not echo the requested protocol.
    let asked_for = headers.get(header::SEC_WEBSOCKET_PROTOCOL).and_then(|value| value.to_str().ok());
    let protocol = asked_for.and_then(|all| all.split(',').next()).map(|first| first.trim().to_owned());
    // Client messages are short; the default buffers would take most of the memory of a stream.
    let upgrade = upgrade.max_message_size(LONGEST).max_frame_size(LONGEST).read_buffer_size(LONGEST);
    Ok(upgrade.protocols(protocol).on_upgrade(move |socket| async move {
        let mut first = None;
        if let Some(name) = &asked.stream {
            first = Some(listen(&me, &connection, name, asked.tag.as_deref(), asked.list.as_deref()));
        }
        serve(socket, me, connection, first.and_then(Result::err)).await;
    }))
}

fn listen(
    me: &CurrentUser<scope::ReadStatuses>,
    connection: &Connection,
    name: &str,
    tag: Option<&str>,
    list: Option<&str>,
) -> Result<(), String> {
    let channel = Channel::parse(name, tag, list).map_err(|unknown| unknown.to_string())?;
    if !allowed(me, &channel) {
        return Err("This action is outside the authorized scopes".to_owned());
    }
    connection.subscribe(channel).map_err(|full| full.to_string())
}

/// Serves a socket until either side closes it.
async fn serve(
    mut socket: WebSocket,
    me: CurrentUser<scope::ReadStatuses>,
    mut connection: Connection,
    fault: Option<String>,
) {
    if let Some(fault) = fault
        && !send(&mut socket, complaint(&fault)).await
    {
        return;
    }
    let mut ping = tokio::time::interval(PING);
    ping.reset();
    let silence = tokio::time::sleep(SILENCE);
    tokio::pin!(silence);
    loop {
        tokio::select! {
            frame = connection.frames.recv() => {
                let Some(frame) = frame else {
                    let close = CloseFrame { code: close_code::AGAIN, reason: Utf8Bytes::from_static("closed") };
                    send(&mut socket, Message::Close(Some(close))).await;
                    return;
                };
                if !send(&mut socket, as_message(&frame)).await {
                    return;
                }
            }
            said = socket.recv() => {
                let Some(Ok(said)) = said else { return };
                silence.as_mut().reset(tokio::time::Instant::now() + SILENCE);
                let answer = match said {
                    Message::Text(text) => understand(&me, &connection, &text),
                    Message::Close(_) => return,
                    _ => Ok(()),
                };
                if let Err(fault) = answer
                    && !send(&mut socket, complaint(&fault)).await
                {
                    return;
                }
            }
            _ = ping.tick() => {
                if !send(&mut socket, Message::Ping(axum::body::Bytes::new())).await {
                    return;
                }
            }
            () = &mut silence => return,
        }
    }
}

/// Executes a client's message on its socket.
fn understand(
    me: &CurrentUser<scope::ReadStatuses>,
    connection: &Connection,
    text: &str,
) -> Result<(), String> {
    // Some clients send blank lines to keep the connection open.
    if text.trim().is_empty() {
        return Ok(());
    }
    let wish: StreamCommand =
        serde_json::from_str(text).map_err(|_| "The message is not valid".to_owned())?;
    let list = wish.list.as_ref().map(|list| list.as_str().map_or_else(|| list.to_string(), str::to_owned));
    let (tag, list) = (wish.tag.as_deref(), list.as_deref());
    match wish.r#type.as_str() {
        "subscribe" => listen(me, connection, &wish.stream, tag, list),
        "unsubscribe" => {
            if let Ok(channel) = Channel::parse(&wish.stream, tag, list) {
                connection.unsubscribe(&channel);
            }
            Ok(())
        }
        _ => Err("The message type must be subscribe or unsubscribe".to_owned()),
    }
}

fn as_message(frame: &Frame) -> Message {
    let mut message = json!({ "stream": frame.stream, "event": frame.event });
    if let (Some(fields), Some(payload)) = (message.as_object_mut(), &frame.payload) {
        fields.insert("payload".to_owned(), json!(payload.as_ref()));
    }
    Message::Text(message.to_string().into())
}

fn complaint(fault: &str) -> Message {
    Message::Text(json!({ "error": fault }).to_string().into())
}

/// Sends a message; returns false if the client is gone or too slow.
async fn send(socket: &mut WebSocket, message: Message) -> bool {
    matches!(tokio::time::timeout(SENDING, socket.send(message)).await, Ok(Ok(())))
}
