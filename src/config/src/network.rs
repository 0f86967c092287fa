//! The section `[network]`: reachable addresses and trusted authorities.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use ipnet::IpNet;

use super::NetworkSettings;
use super::file::Network;

/// Validates the section `[network]`.
pub(super) fn check(raw: Network, folder: &Path, faults: &mut Vec<String>) -> NetworkSettings {
    let mut allow_networks = Vec::new();
    for text in raw.allow_networks {
        let single = || text.parse::<IpAddr>().ok().map(IpNet::from);
        match text.parse::<IpNet>().ok().or_else(single) {
            Some(net) => allow_networks.push(net.trunc()),
            None => faults.push(format!("allow_networks has {text:?}; use a range such as \"10.0.0.0/8\"")),
        }
    }
    let (mut certificates, mut authorities) = (Vec::new(), Vec::new());
    for file in &raw.certificates {
        if let Some((found, text)) = read_certificates(file, folder, faults) {
            certificates.extend(found);
            authorities.push(text);
        }
    }
    NetworkSettings {
        allow_networks,
        insecure_http: raw.insecure_http.unwrap_or(false),
        certificates,
        authorities,
    }
}

/// Reads the certificates of a file, and its text.
fn read_certificates(
    file: &str,
    folder: &Path,
    faults: &mut Vec<String>,
) -> Option<(Vec<reqwest::Certificate>, Vec<u8>)> {
    let path = folder.join(file);
    let text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(error) => {
            faults.push(format!("certificates has {file:?}: {}: {error}", path.display()));
            return None;
        }
    };
    match reqwest::Certificate::from_pem_bundle(&text) {
        Ok(found) if !found.is_empty() => Some((found, text)),
        _ => {
            faults.push(format!("certificates has {file:?}, which contains no PEM certificates"));
            None
        }
    }
}

/// Reports addresses outside of loopback: plain HTTP must not leave the machine.
pub(super) fn keep_inside(
    addresses: [(&str, Option<SocketAddr>); 2],
    network: &NetworkSettings,
    faults: &mut Vec<String>,
) {
    let mut refuse = |key: &str, value: &dyn std::fmt::Display| {
        faults
            .push(format!("insecure_http is true, but {key} is {value}; it is for loopback addresses only"));
    };
    for (key, address) in addresses {
        if let Some(address) = address.filter(|address| !address.ip().is_loopback()) {
            refuse(key, &address);
        }
    }
    for range in &network.allow_networks {
        // 127.0.0.0/8 and ::1 are entirely loopback; a shorter prefix contains more.
        let enough = if range.network().is_ipv4() { 8 } else { 128 };
        if !range.network().is_loopback() || range.prefix_len() < enough {
            refuse("allow_networks", range);
        }
    }
}
