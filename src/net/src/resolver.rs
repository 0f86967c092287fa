//! DNS resolver of the HTTP client; returns only addresses that the guard allows.
//!
//! The client connects to the returned addresses and resolves nothing again, so a name that resolves
//! differently the second time (DNS rebinding) gains nothing. One forbidden address rejects the whole name:
//! no genuine host mixes them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::guard::{Guard, NotAllowed};

pub(super) struct Resolver {
    guard: Arc<Guard>,
}

impl Resolver {
    pub(super) fn new(guard: Arc<Guard>) -> Self {
        Self { guard }
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = Arc::clone(&self.guard);
        Box::pin(async move {
            let found = look_up(name.as_str()).await?;
            let checked = only_allowed(&guard, found)?;
            Ok(Box::new(checked.into_iter()) as Addrs)
        })
    }
}

/// Resolves a name. `localhost` and names below it are loopback by definition (RFC 6761 section 6.3),
/// whatever the system's resolver says.
async fn look_up(name: &str) -> std::io::Result<Vec<SocketAddr>> {
    let name = name.to_ascii_lowercase();
    if name == "localhost" || name.ends_with(".localhost") {
        return Ok(vec![SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0)]);
    }
    Ok(tokio::net::lookup_host((name.as_str(), 0)).await?.collect())
}

fn only_allowed(guard: &Guard, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, NotAllowed> {
    if found.is_empty() || !found.iter().all(|address| guard.allows(address.ip())) {
        return Err(NotAllowed::Address);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use portico_config::NetworkSettings;

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|t| SocketAddr::new(t.parse().unwrap(), 0)).collect()
    }

    #[test]
    fn s47_every_address_of_a_name_is_checked() {
        let guard = Guard::new(&NetworkSettings::default());
        assert!(only_allowed(&guard, addresses(&["8.8.8.8", "2606:4700::1111"])).is_ok());
        for bad in [vec!["8.8.8.8", "127.0.0.1"], vec!["fd00::1", "8.8.8.8"], vec![]] {
            assert_eq!(only_allowed(&guard, addresses(&bad)), Err(NotAllowed::Address), "{bad:?}");
        }
    }

    #[tokio::test]
    async fn names_below_localhost_are_loopback_and_need_permission() {
        let found = look_up("Sales.localhost").await.unwrap();
        assert_eq!(found, addresses(&["127.0.0.1"]));
        assert!(only_allowed(&Guard::new(&NetworkSettings::default()), found.clone()).is_err());
        let demo = NetworkSettings {
            allow_networks: vec!["127.0.0.0/8".parse().unwrap()],
            insecure_http: true,
            ..NetworkSettings::default()
        };
        assert!(only_allowed(&Guard::new(&demo), found).is_ok());
    }
}
