//! TLS in front of instances: a certificate authority for tests, and for each name a proxy on port 443 of its
//! own loopback address.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::wait::eventually;

/// A certificate authority.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    file: PathBuf,
}

impl Authority {
    /// Creates an authority, and writes its certificate to a folder.
    pub fn new(folder: &Path) -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.distinguished_name.push(DnType::CommonName, "The authority of a test");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().expect("a key");
        let file = folder.join("authority.pem");
        fs::write(&file, params.self_signed(&key).expect("a certificate").pem()).expect("a file");
        Self { issuer: Issuer::new(params, key), file }
    }

    /// Returns the path of its certificate.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Returns the TLS configuration of a server with this name.
    fn vouch_for(&self, name: &str) -> ServerConfig {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("the key fits")
    }
}

/// The state of a proxy. A change ends open connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// Forwards connections.
    Open,
    /// Closes connections at once.
    Cut,
    /// Accepts connections and sends nothing, like a host that has disappeared.
    Silent,
}

/// A reverse proxy with TLS; stops when dropped.
#[derive(Debug)]
pub struct Proxy {
    line: watch::Sender<Line>,
    _runtime: Runtime,
}

impl Proxy {
    /// Starts a proxy for a server, with a certificate for `name`.
    pub fn start(authority: &Authority, name: &str, listen: SocketAddr, server: SocketAddr) -> Self {
        let acceptor = TlsAcceptor::from(Arc::new(authority.vouch_for(name)));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_io()
            .build()
            .expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind(listen)).expect("the port is free");
        let (line, watched) = watch::channel(Line::Open);
        runtime.spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (acceptor, mut watched) = (acceptor.clone(), watched.clone());
                let now = *watched.borrow_and_update();
                tokio::spawn(async move {
                    let served = async {
                        match now {
                            Line::Open => join(&acceptor, client, server).await,
                            Line::Cut => drop(client),
                            Line::Silent => std::future::pending().await,
                        }
                    };
                    tokio::select! { () = served => {}, _ = watched.changed() => {} }
                });
            }
        });
        Self { line, _runtime: runtime }
    }

    /// Changes the state. When this returns, all earlier connections are closed.
    pub fn becomes(&self, line: Line) {
        self.line.send_replace(Line::Cut);
        // The remaining receiver is the accept loop.
        eventually("every connection ends", || (self.line.receiver_count() == 1).then_some(()));
        self.line.send_replace(line);
    }

    /// Closes all open connections.
    pub fn breaks(&self) {
        self.becomes(Line::Open);
    }
}

async fn join(acceptor: &TlsAcceptor, client: TcpStream, server: SocketAddr) {
    if let (Ok(mut client), Ok(mut server)) =
        (acceptor.accept(client).await, TcpStream::connect(server).await)
    {
        let _ = copy_bidirectional(&mut client, &mut server).await;
    }
}
