//! A world of three instances: engineering and sales are one company, globex is its partner.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;

use crate::api::Person;
use crate::database::{Database, Kind};
use crate::front::Front;
use crate::server::{Section, Server, free_port};
use crate::tls::{Authority, Proxy};

/// Password of every person.
pub const PASSWORD: &str = "correct horse battery staple";

/// An instance: its domain, the processes that serve it, and its database.
#[derive(Debug)]
pub struct Instance {
    /// Domain, with port.
    pub domain: String,
    /// Processes that serve it; one, except behind a [`Front`].
    pub servers: Vec<Arc<Server>>,
    /// Its database.
    pub database: Database,
    address: SocketAddr,
}

impl Instance {
    /// Starts a single instance in its own process.
    pub fn alone(kind: Kind, folder: &Path, name: &str, federation: &'static str) -> Self {
        let port = free_port();
        let domain = format!("{name}.localhost:{port}");
        let folder = folder.join(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        let database = Database::new(kind, &folder, name);
        let section =
            Section { domain: domain.clone(), database: database.url(), federation, company: Vec::new() };
        let server = Server::new(&folder, port, &[section]);
        server.start();
        let address = server.address();
        Self { domain, servers: vec![Arc::new(server)], database, address }
    }

    /// Returns the first process.
    pub fn server(&self) -> &Server {
        &self.servers[0]
    }

    /// Returns the address that clients and peers connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Runs a portico command for this instance.
    pub fn command(&self, arguments: &[&str], input: &str) -> String {
        let mut all = vec!["--instance", self.domain.as_str()];
        all.extend_from_slice(arguments);
        self.server().command(&all, input)
    }

    /// Creates an account and signs it in.
    pub fn person(&self, name: &str) -> Person {
        self.account(name);
        let token = self.token(name, "read write follow push");
        Person::signed_in(self.address, &self.domain, &token)
    }

    /// Creates an account with [`PASSWORD`] and the address `NAME@people.example`.
    pub fn account(&self, name: &str) {
        let email = format!("{name}@people.example");
        self.command(&["account", "create", name, "--email", &email, "--password-stdin"], PASSWORD);
    }

    /// Creates a token for an account.
    pub fn token(&self, name: &str, scopes: &str) -> String {
        let account = format!("{name}@{}", self.domain);
        self.command(&["token", "create", "--account", &account, "--scopes", scopes], "")
    }

    /// Sets a host's tier.
    pub fn tier(&self, host: &str, tier: &str) {
        self.command(&["peer", "set", host, "--tier", tier], "");
    }
}

/// Names of the instances of a world over TLS, each with its own loopback address. The last one is an
/// instance without relation to the others.
pub const SECURE_NAMES: [&str; 4] =
    ["engineering.acme.test", "sales.acme.test", "social.globex.test", "social.initech.test"];

/// Returns the address of one of [`SECURE_NAMES`].
pub fn secure_address(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 1, number + 1)
}

/// The three instances. Dropping it ends their processes and deletes their data.
#[derive(Debug)]
pub struct World {
    /// An instance of the company, with alice and bob.
    pub engineering: Instance,
    /// An instance of the company, with carol and dave.
    pub sales: Instance,
    /// The partner's instance, with erin.
    pub globex: Instance,
    /// Load balancer in front of engineering's nodes, if it has several.
    pub front: Option<Front>,
    /// TLS proxies in front of the instances, in a world over TLS.
    pub proxies: Vec<Proxy>,
    // Last: fields drop in order, and the processes must end before their folder is deleted.
    folder: TempDir,
}

/// Distribution of the instances over processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// All three in one process, as in the demo.
    OneProcess,
    /// Each in its own process.
    ThreeProcesses,
    /// Engineering on two nodes that share its database (PostgreSQL) behind one address; the others in a
    /// third process.
    TwoNodes,
}

impl World {
    /// Starts the three instances and sets their tiers for each other.
    pub fn start(kind: Kind, layout: Layout) -> Self {
        let folder = TempDir::with_prefix("portico-scenario-").expect("a folder");
        let ports: [u16; 3] = match layout {
            Layout::OneProcess => [free_port(); 3],
            Layout::ThreeProcesses => [free_port(), free_port(), free_port()],
            Layout::TwoNodes => {
                let other = free_port();
                [free_port(), other, other]
            }
        };
        let names = ["engineering", "sales", "globex"];
        let domains: Vec<String> =
            names.iter().zip(ports).map(|(name, port)| format!("{name}.localhost:{port}")).collect();
        let mut databases: Vec<Database> =
            names.iter().map(|name| Database::new(kind, folder.path(), name)).collect();
        let sections: Vec<Section> = (0..3)
            .map(|number| Section {
                domain: domains[number].clone(),
                database: databases[number].url(),
                federation: "allowlist",
                company: match number {
                    0 => vec![domains[1].clone()],
                    1 => vec![domains[0].clone()],
                    _ => Vec::new(),
                },
            })
            .collect();

        let process = |name: &str, port: u16, sections: &[Section]| {
            Arc::new(Server::new(&folder.path().join(name), port, sections))
        };
        let mut front = None;
        let servers: [Vec<Arc<Server>>; 3] = match layout {
            Layout::OneProcess => {
                let all = process("all", ports[0], &sections);
                [vec![Arc::clone(&all)], vec![Arc::clone(&all)], vec![all]]
            }
            Layout::ThreeProcesses => [0, 1, 2].map(|n| vec![process(names[n], ports[n], &sections[n..=n])]),
            Layout::TwoNodes => {
                let nodes: Vec<_> = ["node-1", "node-2"]
                    .iter()
                    .map(|name| process(name, free_port(), &sections[..1]))
                    .collect();
                let addresses = nodes.iter().map(|node| node.address()).collect();
                front = Some(Front::start(ports[0], addresses));
                let others = process("others", ports[1], &sections[1..]);
                [nodes, vec![Arc::clone(&others)], vec![others]]
            }
        };
        start_all(&servers);

        let mut instances =
            servers.into_iter().zip(&domains).zip(ports).map(|((servers, domain), port)| Instance {
                domain: domain.clone(),
                servers,
                database: databases.remove(0),
                address: ([127, 0, 0, 1], port).into(),
            });
        let mut next = || instances.next().expect("three");
        let (engineering, sales, globex) = (next(), next(), next());
        for own in [&engineering, &sales] {
            own.tier(&globex.domain, "partner");
            globex.tier(&own.domain, "partner");
        }
        Self { engineering, sales, globex, front, proxies: Vec::new(), folder }
    }

    /// Starts the three instances and an unrelated one, each in its own process behind TLS on port 443. The
    /// machine must resolve their names. No instance sends plain http to others.
    pub fn secure(kind: Kind) -> (Self, Instance) {
        let folder = TempDir::with_prefix("portico-scenario-").expect("a folder");
        let authority = Authority::new(folder.path());
        let mut proxies = Vec::new();
        let mut started = Vec::new();
        for (number, name) in (0u8..).zip(SECURE_NAMES) {
            let port = free_port();
            let place = folder.path().join(name);
            fs::create_dir_all(&place).expect("a folder");
            let database = Database::new(kind, &place, &name.replace('.', "_"));
            let company = match number {
                0 => vec![SECURE_NAMES[1].to_owned()],
                1 => vec![SECURE_NAMES[0].to_owned()],
                _ => Vec::new(),
            };
            let section = Section {
                domain: name.to_owned(),
                database: database.url(),
                federation: "allowlist",
                company,
            };
            let server = Arc::new(Server::secure(&place, port, authority.file(), &[section]));
            let listen = (secure_address(number), 443).into();
            proxies.push(Proxy::start(&authority, name, listen, server.address()));
            let address = server.address();
            started.push(Instance { domain: name.to_owned(), servers: vec![server], database, address });
        }
        for instance in &started {
            instance.server().start();
        }
        let mut instances = started.into_iter();
        let mut next = || instances.next().expect("four");
        let (engineering, sales, globex, stranger) = (next(), next(), next(), next());
        for own in [&engineering, &sales] {
            own.tier(&globex.domain, "partner");
            globex.tier(&own.domain, "partner");
            // One-sided: the other instances have not agreed to a partnership.
            stranger.tier(&own.domain, "partner");
        }
        (Self { engineering, sales, globex, front: None, proxies, folder }, stranger)
    }

    /// Returns the folder with all data.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the three instances.
    pub fn instances(&self) -> [&Instance; 3] {
        [&self.engineering, &self.sales, &self.globex]
    }

    /// Whether any process has logged a panic.
    pub fn has_panicked(&self) -> bool {
        self.instances().iter().any(|i| i.servers.iter().any(|server| server.has_panicked()))
    }
}

/// Starts every process once, concurrently: nodes that share a database must support that.
fn start_all(servers: &[Vec<Arc<Server>>; 3]) {
    let mut all: Vec<&Arc<Server>> = Vec::new();
    for server in servers.iter().flatten() {
        if !all.iter().any(|known| Arc::ptr_eq(known, server)) {
            all.push(server);
        }
    }
    std::thread::scope(|scope| {
        for server in all {
            scope.spawn(|| server.start());
        }
    });
}
