//! Determines the client address of a request.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};

use portico_config::NetworkSettings;

/// The client's address: the socket's, or the one that a proxy of `trusted_proxies` reports in X-Forwarded-For.
pub fn client_address(parts: &Parts, network: &NetworkSettings) -> IpAddr {
    let socket = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    // Without a socket the router was called in process.
    let peer = socket.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |ConnectInfo(address)| address.ip());
    forwarded(peer.to_canonical(), &parts.headers, network)
}

/// Walks the proxy list from the nearest entry to the first untrusted one. Everything beyond that entry could
/// have been forged.
fn forwarded(peer: IpAddr, headers: &HeaderMap, network: &NetworkSettings) -> IpAddr {
    let mut client = peer;
    // As bytes, because the client writes the far end of the list, and nothing there may hide the near end.
    let lists: Vec<&[u8]> = headers.get_all("x-forwarded-for").iter().map(HeaderValue::as_bytes).collect();
    for hop in lists.iter().rev().flat_map(|list| list.rsplit(|byte| *byte == b',')) {
        if !network.trusts_proxy(client) {
            break;
        }
        let Some(address) = read_hop(hop) else { break };
        client = address.to_canonical();
    }
    client
}

/// Reads an entry of the list: an address, which some proxies write with the client's port.
fn read_hop(hop: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(hop).ok()?.trim();
    let with_port = || text.parse::<SocketAddr>().ok().map(|socket| socket.ip());
    text.parse().ok().or_else(with_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, lists: &[&str]) -> String {
        client_behind(NetworkSettings::default(), peer, lists)
    }

    fn client_behind(network: NetworkSettings, peer: &str, lists: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for list in lists {
            headers.append("x-forwarded-for", HeaderValue::from_bytes(list.as_bytes()).unwrap());
        }
        forwarded(peer.parse().unwrap(), &headers, &network).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(client("203.0.113.5", &["198.51.100.1"]), "203.0.113.5");
        assert_eq!(client("127.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(client("127.0.0.1", &["6.6.6.6", "198.51.100.1"]), "198.51.100.1");
        assert_eq!(client("127.0.0.1", &["nonsense"]), "127.0.0.1");
        assert_eq!(client("::1", &["2001:db8::1"]), "2001:db8::1");
        assert_eq!(client("127.0.0.1", &[]), "127.0.0.1");
    }

    #[test]
    fn entries_are_read_one_by_one() {
        assert_eq!(client("127.0.0.1", &["caf\u{e9}, 198.51.100.1"]), "198.51.100.1");
        assert_eq!(client("127.0.0.1", &["198.51.100.1, caf\u{e9}"]), "127.0.0.1");
        assert_eq!(client("127.0.0.1", &["6.6.6.6", "198.51.100.1:50412"]), "198.51.100.1");
        assert_eq!(client("127.0.0.1", &["[2001:db8::1]:50412"]), "2001:db8::1");
        assert_eq!(client("127.0.0.1", &["::ffff:198.51.100.1"]), "198.51.100.1");
    }

    #[test]
    fn reachable_networks_are_not_trusted() {
        let ranges = || vec!["10.0.0.0/8".parse().unwrap()];
        let forged: &[&str] = &["6.6.6.6, 198.51.100.1, 10.2.2.2"];
        let reachable = NetworkSettings { allow_networks: ranges(), ..NetworkSettings::default() };
        assert_eq!(client_behind(reachable.clone(), "10.1.1.1", forged), "10.1.1.1");
        assert_eq!(client_behind(reachable, "127.0.0.1", forged), "10.2.2.2");
        let proxies = NetworkSettings { trusted_proxies: Some(ranges()), ..NetworkSettings::default() };
        assert_eq!(client_behind(proxies.clone(), "10.1.1.1", forged), "198.51.100.1");
        assert_eq!(client_behind(proxies, "127.0.0.1", forged), "127.0.0.1");
    }
}
