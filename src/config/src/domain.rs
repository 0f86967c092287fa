//! The domains of instances.

use std::net::IpAddr;

/// Reports a text that is not a valid domain of an instance.
pub(crate) fn check(key: &str, text: &str, insecure_http: bool, faults: &mut Vec<String>) {
    if let Some(fault) = find_fault(text, insecure_http) {
        faults.push(format!("{key} is {text:?}; {fault}"));
    }
}

/// Returns the reason why a text is not a valid domain of an instance; `None` if it is valid.
fn find_fault(text: &str, insecure_http: bool) -> Option<&'static str> {
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if host.parse::<IpAddr>().is_ok() {
        return Some("it must be a host name, not an IP address, because user addresses contain it");
    }
    if host.len() > 253 || !host.split('.').all(label) {
        return Some(
            "it must be a host name in lower case (in punycode if necessary), such as \"engineering.acme.example\"",
        );
    }
    match port {
        Some(_) if !insecure_http => {
            Some("it must have no port, because peers connect to 443; only insecure_http allows one")
        }
        Some(port) if !port.parse::<u16>().is_ok_and(|number| number > 0 && number.to_string() == port) => {
            Some("its port must be between 1 and 65535")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_are_plain_lower_case_names() {
        for good in ["a", "a.example", "xn--bcher-kva.example", "1a.example"] {
            assert_eq!(find_fault(good, false), None, "{good}");
        }
        assert_eq!(find_fault("a.localhost:8080", true), None);
        for bad in
            ["", "A.example", "a_b", "a..b", ".a", "a.", "-a", "a-", "10.0.0.1", "a:8080", "a/b", "bücher"]
        {
            assert!(find_fault(bad, false).is_some(), "{bad}");
        }
        for bad in ["a:", "a:0", "a:99999", "a:080", "a:+1"] {
            assert!(find_fault(bad, true).is_some(), "{bad}");
        }
    }
}
