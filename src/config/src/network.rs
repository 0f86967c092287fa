//! `[network]`: reachable addresses, trusted proxies and trusted authorities.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Table;

use crate::keys::{self, Section};
use crate::values::Ranges;

/// The network settings of a process.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub struct NetworkSettings {
    /// Private address ranges that outgoing connections may reach, such as `10.0.0.0/8`. As a variable: separated
    /// by commas.
    #[serde(default, with = "Ranges")]
    pub allow_networks: Vec<IpNet>,
    /// The addresses of the reverse proxies, one by one or as ranges. Portico takes the address of a client from the
    /// `X-Forwarded-For` that they write, and ignores the header of all others. An empty list trusts none. As a
    /// variable: separated by commas.
    #[serde(default, with = "Ranges")]
    #[schemars(extend("x-default" = "loopback"))]
    pub trusted_proxies: Option<Vec<IpNet>>,
    /// Plain `http:` between instances, for tests and the demo. Only allowed while every address is a loopback
    /// address.
    #[serde(default)]
    pub insecure_http: bool,
    /// PEM files with certificates of authorities that federation and mail trust in addition to those of the
    /// system, such as the company's own. As a variable: separated by commas.
    #[serde(default, rename = "certificates")]
    pub certificate_files: Vec<PathBuf>,
    /// The certificates of these files.
    #[serde(skip)]
    pub certificates: Vec<reqwest::Certificate>,
    /// The same certificates in PEM, for connections that are not HTTP.
    #[serde(skip)]
    pub authorities: Vec<Vec<u8>>,
}

impl Section for NetworkSettings {
    const TABLE: &'static str = "network";
}

impl Default for NetworkSettings {
    fn default() -> Self {
        keys::defaults()
    }
}

impl NetworkSettings {
    pub(crate) fn read(table: &Table, folder: &Path, faults: &mut Vec<String>) -> Self {
        let mut network: Self = keys::read(table, faults);
        for file in network.certificate_files.clone() {
            match read_certificates(&file, folder) {
                Ok((certificates, text)) => {
                    network.certificates.extend(certificates);
                    network.authorities.push(text);
                }
                Err(fault) => faults.push(fault),
            }
        }
        network
    }

    /// Whether an address is that of a trusted proxy.
    pub fn trusts_proxy(&self, address: IpAddr) -> bool {
        match &self.trusted_proxies {
            None => address.is_loopback(),
            Some(ranges) => ranges.iter().any(|range| range.contains(&address)),
        }
    }

    /// The ranges of `allow_networks` beyond loopback, if `trusted_proxies` is absent. Until `trusted_proxies`
    /// existed, proxies in these ranges were trusted.
    pub fn formerly_trusted(&self) -> Vec<IpNet> {
        if self.trusted_proxies.is_some() {
            return Vec::new();
        }
        self.allow_networks.iter().filter(|range| !is_loopback(range)).copied().collect()
    }

    /// Reports addresses outside of loopback: plain HTTP must not leave the machine.
    pub(crate) fn check_insecure(
        &self,
        addresses: [(&str, Option<SocketAddr>); 2],
        faults: &mut Vec<String>,
    ) {
        if !self.insecure_http {
            return;
        }
        let mut refuse = |key: &str, value: &dyn std::fmt::Display| {
            faults.push(format!(
                "insecure_http is true, but {key} is {value}; it is for loopback addresses only"
            ));
        };
        for (key, address) in addresses {
            if let Some(address) = address.filter(|address| !address.ip().is_loopback()) {
                refuse(key, &address);
            }
        }
        for range in self.allow_networks.iter().filter(|range| !is_loopback(range)) {
            refuse("allow_networks", range);
        }
    }
}

/// Whether a range has loopback addresses only.
fn is_loopback(range: &IpNet) -> bool {
    // 127.0.0.0/8 and ::1 are entirely loopback; a shorter prefix contains more.
    let enough = if range.network().is_ipv4() { 8 } else { 128 };
    range.network().is_loopback() && range.prefix_len() >= enough
}

/// Reads the certificates of a file, and its text.
fn read_certificates(file: &Path, folder: &Path) -> Result<(Vec<reqwest::Certificate>, Vec<u8>), String> {
    let path = folder.join(file);
    let text = std::fs::read(&path)
        .map_err(|error| format!("certificates has {file:?}: {}: {error}", path.display()))?;
    match reqwest::Certificate::from_pem_bundle(&text) {
        Ok(found) if !found.is_empty() => Ok((found, text)),
        _ => Err(format!("certificates has {file:?}, which contains no PEM certificates")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(toml: &str) -> NetworkSettings {
        let mut faults = Vec::new();
        let network = NetworkSettings::read(&toml.parse().unwrap(), Path::new("/"), &mut faults);
        assert_eq!(faults, Vec::<String>::new());
        network
    }

    #[test]
    fn only_loopback_is_trusted_unless_proxies_are_named() {
        let trusts =
            |network: &NetworkSettings, address: &str| network.trusts_proxy(address.parse().unwrap());
        let usual = network("allow_networks = [\"10.0.0.0/8\", \"127.0.0.0/8\"]");
        assert!(trusts(&usual, "127.0.0.1") && trusts(&usual, "::1") && !trusts(&usual, "10.1.1.1"));
        assert_eq!(usual.formerly_trusted(), ["10.0.0.0/8".parse().unwrap()]);
        let named = network("allow_networks = [\"10.0.0.0/8\"]\ntrusted_proxies = [\"10.1.1.1\"]");
        assert!(trusts(&named, "10.1.1.1") && !trusts(&named, "10.1.1.2") && !trusts(&named, "127.0.0.1"));
        assert!(named.formerly_trusted().is_empty());
        assert!(!trusts(&network("trusted_proxies = []"), "127.0.0.1"));
        assert!(trusts(&network("trusted_proxies = [\"::ffff:10.0.3.7\"]"), "10.0.3.7"));
        assert!(network("allow_networks = [\"127.0.0.0/8\"]").formerly_trusted().is_empty());
    }

    #[test]
    fn ranges_of_mapped_addresses_are_refused() {
        let mut faults = Vec::new();
        let toml = "trusted_proxies = [\"::ffff:10.0.3.0/120\", \"::/0\", \"2001:db8::/32\"]";
        NetworkSettings::read(&toml.parse().unwrap(), Path::new("/"), &mut faults);
        assert_eq!(
            faults,
            ["trusted_proxies has \"::ffff:10.0.3.0/120\"; use a range such as \"10.0.0.0/8\""]
        );
    }
}
