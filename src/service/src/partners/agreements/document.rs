//! Builds the text of an agreement from a draft, and computes its digest.

use aws_lc_rs::digest::{SHA256, digest as hash};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::instance::Instance;
use crate::{Error, Result};
use portico_domain::model::Timestamp;
use portico_domain::model::agreement::{Party, Terms, Text};

/// The terms of an agreement, as an administrator of this instance writes them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Draft")]
pub struct AgreementDraft {
    /// The contact on this side; the instance's own contact by default.
    pub contact: Option<String>,
    /// The contact on the other side; the other instance's about page by default.
    pub their_contact: Option<String>,
    /// Start: a date or a time in RFC 3339. At once by default.
    pub starts: Option<String>,
    /// End: a date or a time in RFC 3339. Open-ended by default.
    pub ends: Option<String>,
    /// A free-text note for readers.
    pub note: String,
    /// The terms that this instance grants; those for a partner without an agreement by default.
    pub gives: Option<Terms>,
    /// The terms that this instance accepts; those for a partner without an agreement by default.
    pub takes: Option<Terms>,
}

/// Builds the text of a draft.
///
/// # Errors
/// `Invalid` for invalid terms or dates.
pub(super) fn build_document(
    instance: &Instance,
    domain: &str,
    draft: &AgreementDraft,
    (id, version): (String, i64),
) -> Result<Text> {
    let non_blank =
        |text: &Option<String>| text.as_deref().map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned);
    let scheme = if instance.network.insecure_http { "http" } else { "https" };
    let about = |domain: &str| format!("{scheme}://{domain}/about");
    let own = Some(instance.settings.contact_email.trim()).filter(|it| !it.is_empty()).map(str::to_owned);
    let us = instance.urls.domain();
    let party = |domain: &str, contact: String, gives: &Option<Terms>| Party {
        domain: domain.to_owned(),
        contact,
        gives: gives.clone().unwrap_or_else(Terms::usual).tidy(),
    };
    let text = Text {
        id,
        version,
        parties: [
            party(us, non_blank(&draft.contact).or(own).unwrap_or_else(|| about(us)), &draft.gives),
            party(domain, non_blank(&draft.their_contact).unwrap_or_else(|| about(domain)), &draft.takes),
        ],
        starts: parse_moment("starts", &draft.starts)?,
        ends: parse_moment("ends", &draft.ends)?,
        note: draft.note.trim().to_owned(),
    };
    if let Some(fault) = text.fault() {
        return Err(Error::invalid(format!("The agreement is not valid: {fault}")));
    }
    if text.ends_at().is_some_and(|ends| ends <= instance.now()) {
        return Err(Error::invalid("The end date of the agreement has passed"));
    }
    Ok(text)
}

fn parse_moment(name: &str, typed: &Option<String>) -> Result<Option<String>> {
    let Some(text) = typed.as_deref().map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let read = Timestamp::parse(text).or_else(|| Timestamp::parse(&format!("{text}T00:00:00Z")));
    let read = read.ok_or_else(|| {
        Error::invalid(format!("{name} must be a date such as 2027-03-31, or a time in RFC 3339"))
    })?;
    Ok(Some(read.rfc3339()))
}

/// Returns the digest of a text: SHA-256 of its canonical form (RFC 8785), in hexadecimal. Equal digests mean
/// equal texts.
///
/// # Errors
/// `Invalid` for a text that has no canonical form.
pub fn digest(text: &Text) -> Result<String> {
    let canonical = serde_json_canonicalizer::to_vec(text)
        .map_err(|_| Error::invalid("The agreement cannot be serialised"))?;
    Ok(hash(&SHA256, &canonical).as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
}
