//! Work attributes of profiles on the wire, in terms of published vocabularies (schema.org, the W3C's
//! organisation ontology, vCard, FOAF). Policy decides which attributes a requester may see, before they are
//! written here.

use serde_json::{Value, json};

use super::value::{self, Object};
use portico_domain::model::account::Field;
use portico_domain::model::profile::{Absence, Attribute, Attributes, Contact};
use portico_html::profile;

/// Limits of list length and text length when reading; the service has stricter ones.
const MOST: usize = 100;
const LONGEST: usize = 2048;

/// The terms for the `@context` of an actor with work attributes.
fn context() -> Value {
    json!({
        "jobTitle": "schema:jobTitle",
        "worksFor": "schema:worksFor",
        "department": "schema:department",
        "reportsTo": { "@id": "http://www.w3.org/ns/org#reportsTo", "@type": "@id" },
        "workLocation": "schema:workLocation",
        "timeZone": "http://www.w3.org/2006/vcard/ns#tz",
        "pronouns": "schema:pronouns",
        "knowsLanguage": "schema:knowsLanguage",
        "openingHours": "schema:openingHours",
        "contactPoint": "schema:contactPoint",
        "contactType": "schema:contactType",
        "knowsAbout": "schema:knowsAbout",
        "topicInterest": "http://xmlns.com/foaf/0.1/topic_interest",
        "currentProject": "http://xmlns.com/foaf/0.1/currentProject",
        "outOfOffice": "schema:specialOpeningHoursSpecification",
        "validThrough": "schema:validThrough",
        "description": "schema:description",
        "propertyID": "schema:propertyID",
        "mayBeAsked": "urn:portico:ns#mayBeAsked",
    })
}

/// Adds the attributes visible to a requester to an actor document: as properties, and the common ones also
/// as profile rows, marked by `propertyID`, for software that only shows rows.
pub fn add(document: Value, attributes: &Attributes) -> Value {
    let Value::Object(mut document) = document else { return document };
    if attributes.filled().is_empty() {
        return Value::Object(document);
    }
    if let Some(Value::Array(whole)) = document.get_mut("@context") {
        whole.push(context());
    }
    let terms = properties(attributes);
    if let Value::Object(mut terms) = terms {
        terms.retain(|_, value| !value.is_null());
        document.append(&mut terms);
    }
    let names = attributes.rows().into_iter().map(|(attribute, _)| attribute);
    let rows = profile::rows(attributes).into_iter().zip(names).map(|(row, attribute)| {
        json!({ "type": "PropertyValue", "propertyID": attribute.as_str(), "name": row.name, "value": row.value })
    });
    if let Some(Value::Array(attached)) = document.get_mut("attachment") {
        attached.extend(rows);
    }
    Value::Object(document)
}

fn properties(attributes: &Attributes) -> Value {
    let text = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let list = |list: &Vec<String>| Some(list.clone()).filter(|list| !list.is_empty());
    let contacts: Vec<Value> = attributes
        .contacts
        .iter()
        .map(|contact| {
            json!({ "type": "schema:ContactPoint", "contactType": contact.name, "description": contact.value })
        })
        .collect();
    json!({
        "jobTitle": text(&attributes.job_title),
        "worksFor": employer(attributes),
        "reportsTo": attributes.manager,
        "workLocation": text(&attributes.location).map(|name| json!({ "type": "Place", "name": name })),
        "timeZone": text(&attributes.time_zone),
        "pronouns": text(&attributes.pronouns),
        "knowsLanguage": list(&attributes.languages),
        "openingHours": text(&attributes.working_hours),
        "contactPoint": Some(contacts).filter(|contacts| !contacts.is_empty()),
        "knowsAbout": list(&attributes.skills),
        "topicInterest": list(&attributes.interests),
        "currentProject": list(&attributes.projects),
        "outOfOffice": attributes.out_of_office.as_ref().map(absence),
        "mayBeAsked": attributes.may_be_asked.then_some(true),
    })
}

/// Writes the division, with its department.
fn employer(attributes: &Attributes) -> Option<Value> {
    if attributes.division.is_empty() && attributes.department.is_empty() {
        return None;
    }
    let mut division = json!({ "type": "schema:Organization" });
    let unit = division.as_object_mut()?;
    if !attributes.division.is_empty() {
        unit.insert("name".to_owned(), json!(attributes.division));
    }
    if !attributes.department.is_empty() {
        let department = json!({ "type": "schema:Organization", "name": attributes.department });
        unit.insert("department".to_owned(), department);
    }
    Some(division)
}

fn absence(away: &Absence) -> Value {
    let mut written = json!({ "type": "schema:OpeningHoursSpecification", "description": away.note });
    if let (Some(until), Some(written)) = (away.until, written.as_object_mut()) {
        written.insert("validThrough".to_owned(), json!(until.rfc3339()));
    }
    written
}

/// Reads the work attributes of an actor document; the service limits them.
pub fn read(document: &Object) -> Attributes {
    let employer = value::objects(document, "worksFor").into_iter().next();
    let department = employer.and_then(|it| value::objects(it, "department").into_iter().next());
    Attributes {
        job_title: line(document, "jobTitle"),
        department: department.map(|it| line(it, "name")).unwrap_or_default(),
        division: employer.map(|it| line(it, "name")).unwrap_or_default(),
        manager: value::first_reference(document, "reportsTo").map(str::to_owned),
        location: place(document),
        time_zone: line(document, "timeZone"),
        pronouns: line(document, "pronouns"),
        languages: lines(document, "knowsLanguage"),
        working_hours: line(document, "openingHours"),
        contacts: value::objects(document, "contactPoint")
            .into_iter()
            .take(MOST)
            .map(|it| Contact { name: line(it, "contactType"), value: line(it, "description") })
            .collect(),
        skills: lines(document, "knowsAbout"),
        interests: lines(document, "topicInterest"),
        projects: lines(document, "currentProject"),
        out_of_office: value::objects(document, "outOfOffice")
            .into_iter()
            .next()
            .map(|it| Absence { note: line(it, "description"), until: value::moment(it, "validThrough") }),
        may_be_asked: value::boolean(document, "mayBeAsked").unwrap_or(false),
    }
}

/// Returns the attribute that a profile row repeats.
pub fn row_of(entry: &Object) -> Option<Attribute> {
    value::text(entry, "propertyID")?.parse().ok()
}

/// Splits profile rows into own ones and ones that repeat an attribute.
pub fn apart(rows: Vec<(Option<Attribute>, Field)>) -> (Vec<Field>, Vec<Field>) {
    let (repeated, own): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(attribute, _)| attribute.is_some());
    let fields = |rows: Vec<(Option<Attribute>, Field)>| rows.into_iter().map(|(_, field)| field).collect();
    (fields(own), fields(repeated))
}

fn line(object: &Object, name: &str) -> String {
    value::text(object, name).map(|text| value::cut(text, LONGEST)).unwrap_or_default()
}

fn lines(object: &Object, name: &str) -> Vec<String> {
    let texts = value::list(object, name).into_iter().filter_map(Value::as_str);
    texts.take(MOST).map(|text| value::cut(text, LONGEST)).collect()
}

/// Reads a place: its name, or plain text.
fn place(document: &Object) -> String {
    let named = value::objects(document, "workLocation").into_iter().next().map(|place| line(place, "name"));
    named.unwrap_or_else(|| line(document, "workLocation"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use portico_domain::model::Timestamp;

    pub(crate) fn everything() -> Attributes {
        Attributes {
            job_title: "Head of R&D".into(),
            department: "Turbines".into(),
            division: "Engineering".into(),
            manager: Some("https://acme.example/users/ada".into()),
            location: "Berlin".into(),
            time_zone: "Europe/Berlin".into(),
            pronouns: "she/her".into(),
            languages: vec!["de".into(), "en".into()],
            working_hours: "Mo-Fr 09:00-17:00".into(),
            contacts: vec![Contact { name: "Phone".into(), value: "+49 30 1".into() }],
            skills: vec!["Hot gas".into(), "Rust".into()],
            interests: vec!["Chess".into()],
            projects: vec!["T9".into()],
            out_of_office: Some(Absence {
                note: "Ask Bob".into(),
                until: Timestamp::parse("2026-12-24T00:00:00Z"),
            }),
            may_be_asked: true,
        }
    }

    #[test]
    fn written_profiles_are_read_unchanged() {
        let written = add(json!({ "@context": [], "id": "x", "attachment": [] }), &everything());
        insta::with_settings!({ sort_maps => true }, { insta::assert_json_snapshot!(written) });
        let Value::Object(document) = written else { panic!("no object") };
        assert_eq!(read(&document), everything());
    }

    #[test]
    fn an_empty_profile_writes_nothing() {
        let bare = json!({ "@context": ["x"], "attachment": [] });
        assert_eq!(add(bare.clone(), &Attributes::default()), bare);
    }

    proptest::proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "\\PC{0,20}", n in 0..6) {
            let odd = match n {
                0 => json!(text), 1 => json!([text, 1, null]), 2 => json!({ "name": text }),
                3 => json!([{ "department": [text] }]), 4 => json!(7), _ => json!(null),
            };
            let mut document = Object::new();
            for name in ["jobTitle", "worksFor", "reportsTo", "workLocation", "timeZone", "pronouns",
                "knowsLanguage", "openingHours", "contactPoint", "knowsAbout", "topicInterest",
                "currentProject", "outOfOffice"] {
                document.insert(name.to_owned(), odd.clone());
            }
            let _ = profile::normalize(read(&document));
        }
    }
}
