//! Streams as a client opens and reads them.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use portico_service::instance::Instance;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::{TestApp, TestUser};

pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A timeout that no expected event exceeds. It only ends a broken run; it is long because machines may be busy.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Serves the app on a free port; returns the port.
pub async fn served(app: &TestApp) -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let router = app.router.clone();
    tokio::spawn(async move {
        axum::serve(listener, router.into_make_service_with_connect_info::<std::net::SocketAddr>()).await
    });
    port
}

/// Waits until the instance listens to its database. On PostgreSQL it needs a connection for that.
///
/// One call of `listening` gives up after five seconds, so the test calls it again for two minutes.
pub async fn hears(instance: &Instance) {
    for _ in 0..24 {
        portico_service::reading::streams::await_listener(instance).await;
    }
}

pub async fn dial(port: u16, query: &str, protocol: Option<&str>) -> Result<Socket, WsError> {
    let url = format!("ws://127.0.0.1:{port}/api/v1/streaming{query}");
    let mut request = url.into_client_request().unwrap();
    request.headers_mut().insert("host", crate::DOMAIN.parse().unwrap());
    if let Some(protocol) = protocol {
        request.headers_mut().insert("sec-websocket-protocol", protocol.parse().unwrap());
    }
    tokio_tungstenite::connect_async(request).await.map(|(socket, _)| socket)
}

/// Opens a socket, and waits until the subscription in its address is in force.
pub async fn open(who: &TestUser, port: u16, query: &str) -> Socket {
    let separator = if query.is_empty() { "?" } else { "&" };
    let mut socket =
        dial(port, &format!("{query}{separator}access_token={}", who.token), None).await.unwrap();
    hears(&who.app.instance).await;
    settled(&mut socket).await;
    socket
}

pub async fn say(socket: &mut Socket, wish: Value) {
    socket.send(Message::text(wish.to_string())).await.unwrap();
}

/// The next message that is not a ping.
pub async fn next(socket: &mut Socket) -> Value {
    loop {
        let message = tokio::time::timeout(PATIENCE, socket.next()).await.expect("a message comes in time");
        match message.expect("the socket is open").unwrap() {
            Message::Text(text) => return serde_json::from_str(&text).unwrap(),
            Message::Close(_) => panic!("the socket was closed"),
            _ => {}
        }
    }
}

/// The next event: its stream, its name, and its payload as JSON (or the bare id).
pub async fn event(socket: &mut Socket) -> (Value, String, Value) {
    let message = next(socket).await;
    let payload = message["payload"].as_str().unwrap_or("null");
    let payload = serde_json::from_str(payload).unwrap_or_else(|_| json!(payload));
    (message["stream"].clone(), message["event"].as_str().unwrap().to_owned(), payload)
}

/// Waits until earlier subscriptions are in force: the error response to an invalid one comes after them.
pub async fn settled(socket: &mut Socket) {
    say(socket, json!({"type": "subscribe", "stream": "nonsense"})).await;
    assert_eq!(next(socket).await["error"], "Unknown channel requested");
}
