//! TLS as in front of a real instance: an authority of the test's own, and a proxy on port 443 for each name,
//! each on a loopback address of its own.

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

/// Who signs the certificates of a test.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    file: PathBuf,
}

impl Authority {
    /// A new one; its certificate is written into a folder.
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

    /// The file of its certificate.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// What a server of this name shows.
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

/// What a proxy does with connections. A change ends those that are open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// Hands them on.
    Open,
    /// Ends them at once.
    Cut,
    /// Takes them and says nothing, as when the other end is gone without a word.
    Silent,
}

/// A reverse proxy that speaks TLS; ends with this value.
#[derive(Debug)]
pub struct Proxy {
    line: watch::Sender<Line>,
    _runtime: Runtime,
}

impl Proxy {
    /// Listens as `name` for a server.
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

    /// Changes how it treats connections. When this returns, every connection from before has ended.
    pub fn becomes(&self, line: Line) {
        self.line.send_replace(Line::Cut);
        // Who listens still is the one that accepts.
        eventually("every connection ends", || (self.line.receiver_count() == 1).then_some(()));
        self.line.send_replace(line);
    }

    /// Ends every connection that is open now.
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
