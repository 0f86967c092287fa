//! Validation of profile attributes: plain text with bounded length.

use portico_domain::model::account::Field;
use portico_domain::model::profile::{Absence, Attribute, Attributes, Contact};

/// Maximum length of a line, in grapheme clusters.
const LINE: usize = 120;
/// Maximum length of a note or a contact's value, in grapheme clusters.
const NOTE: usize = 300;
/// Maximum number of skills, interests, projects or languages, and of contacts.
const MOST: usize = 30;
const MOST_CONTACTS: usize = 10;
/// Maximum length of an actor id, in bytes.
const LONGEST_ID: usize = 2048;

/// Cleans attributes and cuts them to their limits.
pub fn normalize(raw: Attributes) -> Attributes {
    let line = |text: String| crate::clean_line(&text, LINE);
    Attributes {
        job_title: line(raw.job_title),
        department: line(raw.department),
        division: line(raw.division),
        manager: raw.manager.filter(|uri| is_id(uri)),
        location: line(raw.location),
        time_zone: Some(raw.time_zone).filter(|zone| is_zone(zone)).unwrap_or_default(),
        pronouns: line(raw.pronouns),
        languages: list(raw.languages.iter().filter_map(|tag| crate::language(tag)).collect()),
        working_hours: line(raw.working_hours),
        contacts: raw.contacts.into_iter().filter_map(contact).take(MOST_CONTACTS).collect(),
        skills: list(raw.skills),
        interests: list(raw.interests),
        projects: list(raw.projects),
        out_of_office: raw
            .out_of_office
            .map(|away| Absence { note: crate::clean_line(&away.note, NOTE), until: away.until }),
        may_be_asked: raw.may_be_asked,
    }
}

/// Lists, in one sentence each, the typed attributes that [`normalize`] would cut or drop.
pub fn faults(raw: &Attributes) -> Vec<String> {
    let kept = normalize(raw.clone());
    let mut faults = Vec::new();
    let lists = [
        (Attribute::Skills, &raw.skills),
        (Attribute::Interests, &raw.interests),
        (Attribute::Projects, &raw.projects),
        (Attribute::Languages, &raw.languages),
    ];
    let lines = [
        (Attribute::JobTitle, &raw.job_title),
        (Attribute::Department, &raw.department),
        (Attribute::Division, &raw.division),
        (Attribute::Location, &raw.location),
        (Attribute::Pronouns, &raw.pronouns),
        (Attribute::WorkingHours, &raw.working_hours),
    ];
    let long = |text: &String, most| crate::clean_line(text, usize::MAX) != crate::clean_line(text, most);
    for (attribute, text) in lines {
        if long(text, LINE) {
            faults.push(format!("{} is too long (maximum is {LINE} characters)", attribute.label()));
        }
    }
    for (attribute, items) in lists {
        if items.len() > MOST || items.iter().any(|item| long(item, LINE)) {
            faults.push(format!(
                "{} are too many or too long (maximum is {MOST} of {LINE} characters)",
                attribute.label()
            ));
        }
    }
    if raw.languages.iter().any(|tag| !tag.is_empty() && crate::language(tag).is_none()) {
        faults.push("Languages contain an invalid language code (valid: de, pt-BR)".to_owned());
    }
    if !raw.time_zone.is_empty() && kept.time_zone.is_empty() {
        faults.push("Time zone is not valid (for example: Europe/Berlin)".to_owned());
    }
    let wordy = |contact: &Contact| long(&contact.name, LINE) || long(&contact.value, NOTE);
    if raw.contacts.len() > MOST_CONTACTS || raw.contacts.iter().any(wordy) {
        faults.push(format!("Contact has too many or too long entries (maximum is {MOST_CONTACTS})"));
    }
    if raw.out_of_office.as_ref().is_some_and(|away| long(&away.note, NOTE)) {
        faults.push(format!("Away is too long (maximum is {NOTE} characters)"));
    }
    faults
}

fn list(items: Vec<String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for item in items.into_iter().take(MOST * 4) {
        let item = crate::clean_line(&item, LINE);
        if !item.is_empty() && !kept.contains(&item) && kept.len() < MOST {
            kept.push(item);
        }
    }
    kept
}

fn contact(raw: Contact) -> Option<Contact> {
    let kept =
        Contact { name: crate::clean_line(&raw.name, LINE), value: crate::clean_line(&raw.value, NOTE) };
    (!kept.value.is_empty()).then_some(kept)
}

fn is_id(uri: &str) -> bool {
    uri.len() <= LONGEST_ID
        && url::Url::parse(uri).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.has_host())
}

/// Whether a text has the form of an IANA time zone name.
fn is_zone(zone: &str) -> bool {
    (1..=64).contains(&zone.len())
        && zone.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'-' | b'+'))
        && zone.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
}

/// Converts the common attributes to profile fields.
pub fn rows(attributes: &Attributes) -> Vec<Field> {
    let row = |(attribute, text): (Attribute, String)| Field {
        name: attribute.label().to_owned(),
        value: crate::escape(&text),
    };
    attributes.rows().into_iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    prop_compose! {
        fn any_attributes()(
            line in any::<String>(), zone in "\\PC{0,80}", uri in "\\PC{0,40}",
            items in prop::collection::vec(any::<String>(), 0..80), away in any::<String>(),
        ) -> Attributes {
            Attributes {
                job_title: line.clone(), department: line.clone(), division: line.clone(), manager: Some(uri),
                location: line.clone(), time_zone: zone, pronouns: line.clone(), languages: items.clone(),
                working_hours: line.clone(),
                contacts: items.iter().map(|item| Contact { name: line.clone(), value: item.clone() }).collect(),
                skills: items.clone(), interests: items.clone(), projects: items,
                out_of_office: Some(Absence { note: away, until: None }),
                may_be_asked: false,
            }
        }
    }

    proptest! {
        #[test]
        fn normalised_profiles_are_bounded_and_stable(raw in any_attributes()) {
            let kept = normalize(raw);
            let lists = [&kept.languages, &kept.skills, &kept.interests, &kept.projects];
            prop_assert!(lists.iter().all(|list| list.len() <= MOST));
            prop_assert!(kept.contacts.len() <= MOST_CONTACTS);
            prop_assert!(!kept.job_title.chars().any(char::is_control));
            prop_assert_eq!(normalize(kept.clone()), kept.clone());
            prop_assert!(faults(&kept).is_empty());
        }
    }

    #[test]
    fn profile_faults_are_reported() {
        let raw = Attributes {
            job_title: "x".repeat(LINE + 1),
            time_zone: "not a zone".into(),
            languages: vec!["Klingon!".into()],
            skills: vec!["s".into(); MOST + 1],
            ..Attributes::default()
        };
        assert_eq!(faults(&raw).len(), 4, "{:?}", faults(&raw));
        let fine = Attributes { time_zone: "Europe/Berlin".into(), ..Attributes::default() };
        assert_eq!(faults(&fine), Vec::<String>::new());
    }
}
