//! The text of an agreement: what an administrator wants, made into what both sign, and its digest.

use aws_lc_rs::digest::{SHA256, digest as hash};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::instance::Instance;
use crate::model::Timestamp;
use crate::model::agreement::{Party, Terms, Text};
use crate::service::{Error, Result};

/// An agreement as an administrator wants it, from this instance's side.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Draft {
    /// Who answers for it here; the instance's own contact if nothing is said.
    pub contact: Option<String>,
    /// Who answers for it there; the other instance's page about itself if nothing is said.
    pub their_contact: Option<String>,
    /// From when: a date or a moment. At once if nothing is said.
    pub starts: Option<String>,
    /// Until when: a date or a moment. Until somebody ends it if nothing is said.
    pub ends: Option<String>,
    /// What else is to be said, for people.
    pub note: String,
    /// What this instance gives; what a partner without an agreement gets if nothing is said.
    pub gives: Option<Terms>,
    /// What this instance takes; what is taken from a partner without an agreement if nothing is said.
    pub takes: Option<Terms>,
}

/// Makes the text of a draft.
///
/// # Errors
/// `Invalid` for what does not do, in words.
pub(super) fn write(
    instance: &Instance,
    domain: &str,
    draft: &Draft,
    (id, version): (String, i64),
) -> Result<Text> {
    let said =
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
            party(us, said(&draft.contact).or(own).unwrap_or_else(|| about(us)), &draft.gives),
            party(domain, said(&draft.their_contact).unwrap_or_else(|| about(domain)), &draft.takes),
        ],
        starts: moment("starts", &draft.starts)?,
        ends: moment("ends", &draft.ends)?,
        note: draft.note.trim().to_owned(),
    };
    if let Some(fault) = text.fault() {
        return Err(Error::invalid(format!("The agreement does not do: {fault}")));
    }
    if text.ends_at().is_some_and(|ends| ends <= instance.now()) {
        return Err(Error::invalid("The agreement does not do: it would have ended already"));
    }
    Ok(text)
}

fn moment(name: &str, said: &Option<String>) -> Result<Option<String>> {
    let Some(said) = said.as_deref().map(str::trim).filter(|said| !said.is_empty()) else { return Ok(None) };
    let read = Timestamp::parse(said).or_else(|| Timestamp::parse(&format!("{said}T00:00:00Z")));
    let read = read.ok_or_else(|| {
        Error::invalid(format!("{name} must be a date such as 2027-03-31, or a moment in RFC 3339"))
    })?;
    Ok(Some(read.rfc3339()))
}

/// The digest of a text's canonical form (RFC 8785), in hexadecimal letters. Whoever holds the same digest holds
/// the same text.
///
/// # Errors
/// `Invalid` for a text that has no canonical form.
pub fn digest(text: &Text) -> Result<String> {
    let canonical = serde_json_canonicalizer::to_vec(text)
        .map_err(|_| Error::invalid("The agreement does not do: it cannot be written"))?;
    Ok(hash(&SHA256, &canonical).as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
}
