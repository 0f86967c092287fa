//! The listener: accepts connections and applies idle timeouts. Slow and half-open clients hold a socket for
//! a bounded time; rate limits for requests are elsewhere.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::Response;
use axum::serve::Listener;
use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

/// The timeouts of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For the head of its first request.
    pub first: Duration,
    /// For the head of each later request, from the end of the previous one.
    pub next: Duration,
    /// For the response to an HTTP/2 ping, which is sent after the connection has been idle for as long.
    pub ping: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        // Reverse proxies keep connections for a minute, and must be the first to close them.
        Self { first: Duration::from_secs(15), next: Duration::from_secs(90), ping: Duration::from_secs(30) }
    }
}

/// Serves `app` on a listener until `stop`, then returns once the open requests are answered. Handlers find
/// the peer's address as `ConnectInfo<SocketAddr>`.
pub async fn serve(mut listener: TcpListener, app: Router, patience: Patience, stop: CancellationToken) {
    let open = GracefulShutdown::new();
    loop {
        let (stream, address) = tokio::select! {
            accepted = Listener::accept(&mut listener) => accepted,
            () = stop.cancelled() => break,
        };
        tokio::spawn(update_conversations(stream, address, app.clone(), patience, open.watcher()));
    }
    drop(listener);
    open.shutdown().await;
}

/// Serves one connection until either side closes it.
async fn update_conversations(
    stream: TcpStream,
    address: SocketAddr,
    app: Router,
    patience: Patience,
    watcher: Watcher,
) {
    // Streaming events are small and must not be delayed by Nagle's algorithm.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::trace!(%error, "connection.closed");
    }
    let heard = CancellationToken::new();
    let hears = heard.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        hears.cancel();
        answer(app.clone(), address, request)
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(patience.next);
    builder
        .http2()
        .timer(TokioTimer::new())
        .enable_connect_protocol()
        .keep_alive_interval(patience.ping)
        .keep_alive_timeout(patience.ping);
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service).into_owned();
    let mut connection = pin!(watcher.watch(connection));
    // hyper's limit on request heads starts once the protocol is known, which a silent client never chooses.
    let begun = tokio::time::timeout(patience.first, async {
        tokio::select! {
            _ = &mut connection => false,
            () = heard.cancelled() => true,
        }
    });
    if begun.await == Ok(true)
        && let Err(error) = connection.await
    {
        tracing::trace!(%error, %address, "connection.failed");
    }
}

async fn answer(
    app: Router,
    address: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response, Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(address));
    app.oneshot(request).await
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    const SOON: Patience = Patience {
        first: Duration::from_millis(40),
        next: Duration::from_millis(200),
        ping: Duration::from_secs(9),
    };

    /// Longer than any test runs.
    const LONG: Duration = Duration::from_secs(3600);
    /// How long a test waits. The deadline only ends a broken run; it is long because machines may be busy.
    const DEADLINE: Duration = Duration::from_secs(120);

    async fn bound() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    }

    fn started(
        listener: TcpListener,
        patience: Patience,
    ) -> (CancellationToken, tokio::task::JoinHandle<()>) {
        let stop = CancellationToken::new();
        let who = async |ConnectInfo(address): ConnectInfo<SocketAddr>| address.ip().to_string();
        let app = Router::new().route("/", get(who));
        let server = tokio::spawn(serve(listener, app, patience, stop.clone()));
        (stop, server)
    }

    /// Returns a client that has sent this.
    async fn sent(address: SocketAddr, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }

    /// Reads everything that the server sends until it hangs up, with or without a reset.
    async fn read_response(mut stream: TcpStream) -> String {
        let mut received = Vec::new();
        let read = tokio::time::timeout(DEADLINE, stream.read_to_end(&mut received)).await;
        if let Err(error) = read.expect("the server hangs up") {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{error}");
        }
        String::from_utf8_lossy(&received).into_owned()
    }

    #[tokio::test]
    async fn s56_silent_clients_are_disconnected() {
        let (listener, address) = bound().await;
        let (_stop, _server) = started(listener, SOON);
        for text in ["", "G", "PRI * HTTP/2.0\r\n", "GET / HTTP/1.1\r\nhost: a\r\nx: "] {
            let response = read_response(sent(address, text).await).await;
            assert!(!response.contains("200"), "{text:?}: {response}");
        }
    }

    #[tokio::test]
    async fn s56_idle_clients_are_disconnected_after_the_response() {
        let (listener, address) = bound().await;
        // The request is sent before the server accepts, so only the time after the answer counts.
        let client = sent(address, "GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
        let (_stop, _server) = started(listener, Patience { first: LONG, ..SOON });
        let response = read_response(client).await;
        assert!(response.starts_with("HTTP/1.1 200") && response.ends_with("127.0.0.1"), "{response}");
    }

    #[tokio::test]
    async fn a_stop_waits_for_nobody_who_is_idle() {
        let (listener, address) = bound().await;
        let (stop, server) = started(listener, Patience { first: LONG, next: LONG, ping: LONG });
        let mut idle = sent(address, "GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
        let mut first = [0; 12];
        idle.read_exact(&mut first).await.unwrap();
        assert_eq!(&first, b"HTTP/1.1 200");
        let _silent = TcpStream::connect(address).await.unwrap();
        stop.cancel();
        tokio::time::timeout(DEADLINE, server).await.expect("it ends").unwrap();
        assert!(TcpStream::connect(address).await.is_err());
    }
}
