//! The guard: allows https URLs of public hosts, and of the operator's `allow_networks`.
//!
//! An allow-list: an address is allowed if it is global unicast and in no special-purpose registry entry, or
//! if it is in a listed network. For names, [`super::resolver`] asks [`Guard::allows`] about every address;
//! literal addresses are checked here, because the HTTP client does not resolve them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use url::{Host, Url};

use portico_config::NetworkSettings;

/// Maximum length of a URL; no genuine id comes near it.
const LONGEST_URL: usize = 2048;

/// Why a URL is not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAllowed {
    /// Not an absolute URL, or one that parsers interpret differently.
    #[error("not a plain absolute URL")]
    Malformed,
    /// Not https.
    #[error("only https is allowed")]
    Scheme,
    /// User name or password before the host.
    #[error("a user name or password in a URL is not allowed")]
    UserInfo,
    /// A host with an empty label or a trailing dot, or no host.
    #[error("the host name is not allowed")]
    Host,
    /// An address that federation may not connect to.
    #[error("the address is not public and not in allow_networks")]
    Address,
    /// A port other than 443.
    #[error("the port is not allowed")]
    Port,
}

/// Checks URLs and addresses against the operator's network settings.
#[derive(Debug, Clone)]
pub struct Guard {
    allow: Vec<IpNet>,
    insecure_http: bool,
}

impl Guard {
    /// Creates a guard with these settings.
    pub fn new(network: &NetworkSettings) -> Self {
        Self { allow: network.allow_networks.clone(), insecure_http: network.insecure_http }
    }

    /// Parses and checks a URL, except for the addresses behind its name.
    pub fn check(&self, text: &str) -> Result<Url, NotAllowed> {
        if text.len() > LONGEST_URL || text.bytes().any(|b| b <= b' ' || b == b'\\' || b == 0x7f) {
            return Err(NotAllowed::Malformed);
        }
        let url = Url::parse(text).map_err(|_| NotAllowed::Malformed)?;
        match url.scheme() {
            "https" => {}
            "http" if self.insecure_http => {}
            _ => return Err(NotAllowed::Scheme),
        }
        if !url.username().is_empty() || url.password().is_some() || authority(text).contains('@') {
            return Err(NotAllowed::UserInfo);
        }
        self.check_port(&url)?;
        match url.host().ok_or(NotAllowed::Host)? {
            Host::Domain(name) => {
                if name.len() > 253 || name.split('.').any(str::is_empty) {
                    return Err(NotAllowed::Host);
                }
            }
            Host::Ipv4(address) => self.check_literal(IpAddr::V4(address))?,
            Host::Ipv6(address) => self.check_literal(IpAddr::V6(address))?,
        }
        Ok(url)
    }

    /// Allows only port 443, unless the operator federates with private networks (where partners may use
    /// other ports) or runs the demo; other ports below 1024 stay forbidden.
    fn check_port(&self, url: &Url) -> Result<(), NotAllowed> {
        match url.port() {
            None => Ok(()),
            Some(80 | 443) if self.insecure_http => Ok(()),
            Some(port) if port >= 1024 && (self.insecure_http || !self.allow.is_empty()) => Ok(()),
            Some(_) => Err(NotAllowed::Port),
        }
    }

    /// A literal address must be in `allow_networks`: no public server uses one in its ids.
    fn check_literal(&self, address: IpAddr) -> Result<(), NotAllowed> {
        if self.is_listed(address) { Ok(()) } else { Err(NotAllowed::Address) }
    }

    fn is_listed(&self, address: IpAddr) -> bool {
        self.allow.iter().any(|network| network.contains(&address))
    }

    /// Whether federation may connect to this address.
    pub fn allows(&self, address: IpAddr) -> bool {
        self.is_listed(address)
            || match address {
                IpAddr::V4(v4) => is_global_v4(v4),
                IpAddr::V6(v6) => is_global_v6(v6),
            }
    }
}

/// Returns the text between `//` and the next `/`, `?` or `#`, unparsed.
fn authority(text: &str) -> &str {
    let rest = text.split_once("//").map_or("", |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or("")
}

/// Whether an IPv4 address is global unicast, by the IANA special-purpose registry.
fn is_global_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !matches!(
        (a, b, c),
        (0 | 10 | 127 | 224..=255, _, _)    // this network, private, loopback, multicast, reserved
            | (100, 64..=127, _)            // carrier-grade NAT
            | (169, 254, _)                 // link local
            | (172, 16..=31, _)             // private
            | (192, 0, 0 | 2)               // protocol assignments, documentation
            | (192, 31, 196)                // AS112
            | (192, 52, 193)                // AMT
            | (192, 88, 99)                 // 6to4 relay
            | (192, 168, _)                 // private
            | (192, 175, 48)                // AS112
            | (198, 18 | 19, _)             // benchmarking
            | (198, 51, 100)                // documentation
            | (203, 0, 113) // documentation
    )
}

/// Whether an IPv6 address is global unicast: in 2000::/3 without its special-purpose blocks. Everything else
/// (mapped and compatible addresses, NAT64, unique local, link local, multicast) lies outside 2000::/3.
fn is_global_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, ..] = address.segments();
    a & 0xe000 == 0x2000
        && !matches!(
            (a, b, c),
            (0x2001, 0..=0x1ff, _)              // protocol assignments: Teredo, ORCHID, benchmarking
                | (0x2001, 0xdb8, _)            // documentation
                | (0x2002, _, _)                // 6to4
                | (0x2620, 0x4f, 0x8000)        // AS112
                | (0x3fff, 0..=0xfff, _) // documentation
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use portico_domain::model::urls::host_of;

    fn strict() -> Guard {
        Guard::new(&NetworkSettings::default())
    }

    fn with(networks: &[&str], insecure_http: bool) -> Guard {
        let allow_networks = networks.iter().map(|n| n.parse().unwrap()).collect();
        Guard::new(&NetworkSettings { allow_networks, insecure_http, ..NetworkSettings::default() })
    }

    #[test]
    fn s48_s49_only_global_unicast_addresses_are_reached() {
        let refused = "0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254 169.254.169.254 \
            172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.170 192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.1 192.168.1.1 \
            192.175.48.1 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1 \
            255.255.255.255 :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::ffff:0:10.0.0.1 64:ff9b::a00:1 \
            64:ff9b:1::1 100::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:2::1 2001:10::1 2001:20::1 2001:1ff::1 \
            2001:db8::1 2002:7f00:1::1 2002:808:808::1 2620:4f:8000::1 3fff::1 3fff:fff::1 5f00::1 fc00::1 fd12::1 \
            fe80::1 fec0::1 ff02::1 4000::1 e000::1";
        for text in refused.split_whitespace() {
            assert!(!strict().allows(text.parse().unwrap()), "{text} must be refused");
        }
        let allowed = "1.1.1.1 8.8.8.8 100.63.255.255 100.128.0.1 172.15.0.1 172.32.0.1 192.0.1.1 198.17.0.1 198.20.0.1 \
            223.255.255.255 2001:200::1 2001:4860:4860::8888 2606:4700::1111 2a00:1450::1 3ffe::1";
        for text in allowed.split_whitespace() {
            assert!(strict().allows(text.parse().unwrap()), "{text} must be allowed");
        }
    }

    #[test]
    fn s55_the_operator_opens_single_networks() {
        let guard = with(&["10.1.0.0/16", "fd00:1::/32"], false);
        for (text, allowed) in [
            ("10.1.2.3", true),
            ("10.2.0.1", false),
            ("fd00:1::5", true),
            ("fd00:2::5", false),
            ("127.0.0.1", false),
        ] {
            assert_eq!(guard.allows(text.parse().unwrap()), allowed, "{text}");
        }
        assert!(guard.check("https://10.1.2.3/actor").is_ok());
        assert!(guard.check("https://partner.corp.example:8443/actor").is_ok());
        assert_eq!(guard.check("https://partner.corp.example:22/"), Err(NotAllowed::Port));
    }

    #[test]
    fn s06_s53_s54_odd_urls_are_refused() {
        use NotAllowed::*;
        for (text, why) in [
            ("http://example.com/", Scheme),
            ("ftp://example.com/", Scheme),
            ("file:///etc/passwd", Scheme),
            ("data:text/plain,x", Scheme),
            ("gopher://example.com/", Scheme),
            ("//example.com/", Malformed),
            ("example.com", Malformed),
            ("", Malformed),
            ("https://", Malformed),
            ("https://user@example.com/", UserInfo),
            ("https://user:pw@example.com/", UserInfo),
            ("https://@example.com/", UserInfo),
            ("https://good.example\\@evil.example/", Malformed),
            ("https://exa mple.com/", Malformed),
            ("https://example.com/\n", Malformed),
            ("https://example.com./", Host),
            ("https://a..example.com/", Host),
            ("https://example.com:22/", Port),
            ("https://example.com:25/", Port),
            ("https://example.com:5432/", Port),
            ("https://example.com:8443/", Port),
            ("https://127.0.0.1/", Address),
            ("https://127.1/", Address),
            ("https://2130706433/", Address),
            ("https://0x7f.0.0.1/", Address),
            ("https://0177.0.0.1/", Address),
            ("https://8.8.8.8/", Address),
            ("https://[::1]/", Address),
            ("https://[::ffff:7f00:1]/", Address),
            ("https://１２７.0.0.1/", Address),
        ] {
            assert_eq!(strict().check(text).err(), Some(why), "{text}");
        }
        let long = format!("https://example.com/{}", "a".repeat(3000));
        assert_eq!(strict().check(&long).err(), Some(Malformed));
    }

    #[test]
    fn plain_urls_pass_and_keep_their_host() {
        let url = strict().check("https://Social.Example.COM:443/users/ann?p=1").unwrap();
        assert_eq!((host_of(&url).as_str(), url.query()), ("social.example.com", Some("p=1")));
        let url = strict().check("https://bücher.example/").unwrap();
        assert_eq!(host_of(&url), "xn--bcher-kva.example");
        let demo = with(&["127.0.0.0/8"], true);
        let url = demo.check("http://sales.localhost:8080/users/carol").unwrap();
        assert_eq!(host_of(&url), "sales.localhost:8080");
    }
}
