//! The check of draft-cavage signatures as it was before `http-signature-normalization`: the signing string is
//! built by hand. Tests and the fuzz target `cavage` compare the two.

use http::{HeaderMap, Method, Uri, header};
use portico_domain::model::Timestamp;
use portico_http_signatures::parse::{self, Algorithm, Cavage};
use portico_http_signatures::{Incoming, SignatureFault, digest, verify};

/// The key id, the covered names and the possible signed texts of a request that passes.
#[derive(Debug, PartialEq, Eq)]
pub struct Passed {
    pub key_id: String,
    pub covered: Vec<String>,
    pub messages: Vec<String>,
}

pub fn check(request: &Incoming<'_>, origin: &str, now: Timestamp) -> Result<Passed, SignatureFault> {
    let domain = origin.split_once("://").map_or(origin, |(_, domain)| domain);
    let signature = parse::parse(signature_header(request.headers)?)?;
    let digest_header = only(request.headers, "digest")?;
    let date = only(request.headers, "date")?;
    let host = match only(request.headers, "host")? {
        Some(host) => host,
        None => request.uri.authority().map(|a| a.as_str()).ok_or(SignatureFault::Host)?,
    };
    let is_post = request.method == Method::POST;
    let covers = |name: &str| signature.headers.iter().any(|signed| signed == name);
    let timed = covers("date") || covers("(created)");
    if !(covers("(request-target)") && covers("host") && timed && (!is_post || covers("digest"))) {
        return Err(SignatureFault::Coverage);
    }
    if !host.eq_ignore_ascii_case(domain) {
        return Err(SignatureFault::Host);
    }
    if covers("(created)") && (signature.algorithm != Algorithm::Hs2019 || signature.created.is_none()) {
        return Err(SignatureFault::MissingHeader);
    }
    let dated = match date.filter(|_| covers("date")) {
        Some(date) => Some(verify::http_date(date).ok_or(SignatureFault::Time)?),
        None => None,
    };
    let moments = dated.into_iter().chain(signature.created);
    if moments.into_iter().any(|moment| !is_fresh(moment, signature.expires, is_post, now)) {
        return Err(SignatureFault::Time);
    }
    if is_post && !digest_header.is_some_and(|header| digest::matches(header, request.body)) {
        return Err(SignatureFault::Digest);
    }
    let messages = targets(request.uri)
        .into_iter()
        .map(|target| signing_string(&signature, request, host, &target))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Passed { key_id: signature.key_id, covered: signature.headers, messages })
}

/// Builds the signed text (draft-cavage-http-signatures-12 section 2.3).
pub fn signing_string(
    signature: &Cavage,
    request: &Incoming<'_>,
    host: &str,
    target: &str,
) -> Result<String, SignatureFault> {
    let mut lines = Vec::with_capacity(signature.headers.len());
    for name in &signature.headers {
        let value = match name.as_str() {
            "(request-target)" => format!("{} {target}", request.method.as_str().to_ascii_lowercase()),
            "(created)" => pseudo(signature, signature.created)?,
            "(expires)" => pseudo(signature, signature.expires)?,
            "host" => host.to_owned(),
            // New since then: the library reads the signature from these two.
            "signature" | "authorization" => return Err(SignatureFault::MissingHeader),
            name => header_value(request.headers, name)?,
        };
        lines.push(format!("{name}: {value}"));
    }
    Ok(lines.join("\n"))
}

fn pseudo(signature: &Cavage, seconds: Option<i64>) -> Result<String, SignatureFault> {
    match (signature.algorithm, seconds) {
        (Algorithm::Hs2019, Some(seconds)) => Ok(seconds.to_string()),
        _ => Err(SignatureFault::MissingHeader),
    }
}

fn signature_header(headers: &HeaderMap) -> Result<&str, SignatureFault> {
    if let Some(text) = only(headers, "signature")? {
        return Ok(text);
    }
    only(headers, "authorization")?;
    let text = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, rest) = text.and_then(|text| text.split_once(' ')).ok_or(SignatureFault::Unsigned)?;
    if scheme.eq_ignore_ascii_case("signature") { Ok(rest) } else { Err(SignatureFault::Unsigned) }
}

fn only<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, SignatureFault> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| SignatureFault::RepeatedHeader),
        (Some(_), Some(_)) => Err(SignatureFault::RepeatedHeader),
    }
}

fn header_value(headers: &HeaderMap, name: &str) -> Result<String, SignatureFault> {
    let mut values = Vec::new();
    for value in headers.get_all(name) {
        values.push(value.to_str().map_err(|_| SignatureFault::MissingHeader)?.trim());
    }
    if values.is_empty() { Err(SignatureFault::MissingHeader) } else { Ok(values.join(", ")) }
}

fn is_fresh(signed: i64, expires: Option<i64>, is_post: bool, now: Timestamp) -> bool {
    let oldest = if is_post { 12 * 60 * 60 } else { 5 * 60 };
    let now = now.seconds();
    signed <= now + 300 && signed >= now - oldest && expires.is_none_or(|expires| expires >= now - 300)
}

fn targets(uri: &Uri) -> Vec<String> {
    let path = uri.path();
    match uri.query() {
        Some(query) => vec![format!("{path}?{query}"), path.to_owned()],
        None => vec![path.to_owned()],
    }
}
