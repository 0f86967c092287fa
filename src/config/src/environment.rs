//! `PORTICO_*` environment variables, which override the keys of the file.

use std::str::FromStr;

use super::file::{File, Instance};
use super::media;

/// Applies the variables that are set. The variables of an instance need exactly one instance: with several
/// it would be ambiguous which one they apply to.
pub(super) fn apply(file: &mut File, variable: &impl Fn(&str) -> Option<String>, faults: &mut Vec<String>) {
    let text = |name: &str, target: &mut Option<String>| {
        if let Some(value) = variable(name) {
            *target = Some(value);
        }
    };
    text("PORTICO_LISTEN", &mut file.listen);
    text("PORTICO_ADMIN_LISTEN", &mut file.admin_listen);
    text("PORTICO_LOG", &mut file.log.filter);
    text("PORTICO_LOG_FORMAT", &mut file.log.format);
    parsed(variable, "PORTICO_SHUTDOWN_SECONDS", "a whole number", &mut file.shutdown_seconds, faults);
    parsed(
        variable,
        "PORTICO_NETWORK_INSECURE_HTTP",
        "true or false",
        &mut file.network.insecure_http,
        faults,
    );
    if let Some(list) = variable("PORTICO_NETWORK_ALLOW_NETWORKS") {
        file.network.allow_networks = words(&list);
    }
    if let Some(list) = variable("PORTICO_NETWORK_CERTIFICATES") {
        file.network.certificates = words(&list);
    }

    let set: Vec<&str> = INSTANCE.into_iter().filter(|name| variable(name).is_some()).collect();
    match (set.as_slice(), file.instances.as_mut_slice()) {
        ([], _) => {}
        (_, []) => {
            let mut only = Instance::default();
            instance(&mut only, variable, faults);
            file.instances.push(only);
        }
        (_, [only]) => instance(only, variable, faults),
        ([first, ..], several) => faults.push(format!(
            "{first} is set, but {} instances are configured; variables of an instance need exactly one",
            several.len()
        )),
    }
    for instance in &mut file.instances {
        media::borrow_variables(instance, variable);
    }
}

pub(super) const INSTANCE: [&str; 42] = [
    "PORTICO_DOMAIN",
    "PORTICO_TITLE",
    "PORTICO_DESCRIPTION",
    "PORTICO_CONTACT_EMAIL",
    "PORTICO_DATABASE",
    "PORTICO_MEDIA",
    "PORTICO_MEDIA_ENDPOINT",
    "PORTICO_MEDIA_REGION",
    "PORTICO_MEDIA_ACCESS_KEY",
    "PORTICO_MEDIA_SECRET_KEY",
    "PORTICO_FEDERATION",
    "PORTICO_DEFAULT_REACH",
    "PORTICO_HIGHEST_REACH_MEMBER",
    "PORTICO_HIGHEST_REACH_MODERATOR",
    "PORTICO_HIGHEST_REACH_ADMIN",
    "PORTICO_COMPANY",
    "PORTICO_PUBLIC_PAGES",
    "PORTICO_MAX_CHARACTERS",
    "PORTICO_REQUEST_LIMIT",
    "PORTICO_QUESTIONS_PER_DAY",
    "PORTICO_RULES",
    "PORTICO_ABOUT",
    "PORTICO_PRIVACY_POLICY",
    "PORTICO_TERMS_OF_SERVICE",
    "PORTICO_CONTACT_ACCOUNT",
    "PORTICO_LINK_PREVIEWS",
    "PORTICO_PROFILE_FIELDS",
    "PORTICO_TRANSLATION_URL",
    "PORTICO_TRANSLATION_KEY",
    "PORTICO_TRANSLATION_REACH",
    "PORTICO_EXPOSURE_ANONYMOUS",
    "PORTICO_EXPOSURE_LIMITED",
    "PORTICO_EXPOSURE_OPEN",
    "PORTICO_EXPOSURE_PARTNER",
    "PORTICO_OBJECT_PROOFS",
    "PORTICO_BOTS",
    "PORTICO_MAIL_URL",
    "PORTICO_MAIL_FROM",
    "PORTICO_MAIL_DIGEST",
    "PORTICO_DEPARTMENT_MENTIONS",
    "PORTICO_ANNOUNCERS",
    "PORTICO_ROOM_SPONSORS",
];

fn instance(only: &mut Instance, variable: &impl Fn(&str) -> Option<String>, faults: &mut Vec<String>) {
    let texts = [
        ("PORTICO_DOMAIN", &mut only.domain),
        ("PORTICO_TITLE", &mut only.title),
        ("PORTICO_DESCRIPTION", &mut only.description),
        ("PORTICO_CONTACT_EMAIL", &mut only.contact_email),
        ("PORTICO_DATABASE", &mut only.database),
        ("PORTICO_MEDIA", &mut only.media),
        ("PORTICO_MEDIA_ENDPOINT", &mut only.media_endpoint),
        ("PORTICO_MEDIA_REGION", &mut only.media_region),
        ("PORTICO_MEDIA_ACCESS_KEY", &mut only.media_access_key),
        ("PORTICO_MEDIA_SECRET_KEY", &mut only.media_secret_key),
        ("PORTICO_FEDERATION", &mut only.federation),
        ("PORTICO_DEFAULT_REACH", &mut only.default_reach),
        ("PORTICO_HIGHEST_REACH_MEMBER", &mut only.highest_reach_member),
        ("PORTICO_HIGHEST_REACH_MODERATOR", &mut only.highest_reach_moderator),
        ("PORTICO_HIGHEST_REACH_ADMIN", &mut only.highest_reach_admin),
        ("PORTICO_ABOUT", &mut only.about),
        ("PORTICO_PRIVACY_POLICY", &mut only.privacy_policy),
        ("PORTICO_TERMS_OF_SERVICE", &mut only.terms_of_service),
        ("PORTICO_CONTACT_ACCOUNT", &mut only.contact_account),
        ("PORTICO_LINK_PREVIEWS", &mut only.link_previews),
        ("PORTICO_TRANSLATION_URL", &mut only.translation_url),
        ("PORTICO_TRANSLATION_KEY", &mut only.translation_key),
        ("PORTICO_TRANSLATION_REACH", &mut only.translation_reach),
        ("PORTICO_EXPOSURE_ANONYMOUS", &mut only.exposure_anonymous),
        ("PORTICO_EXPOSURE_LIMITED", &mut only.exposure_limited),
        ("PORTICO_EXPOSURE_OPEN", &mut only.exposure_open),
        ("PORTICO_EXPOSURE_PARTNER", &mut only.exposure_partner),
        ("PORTICO_BOTS", &mut only.bots),
        ("PORTICO_MAIL_URL", &mut only.mail_url),
        ("PORTICO_MAIL_FROM", &mut only.mail_from),
        ("PORTICO_MAIL_DIGEST", &mut only.mail_digest),
        ("PORTICO_DEPARTMENT_MENTIONS", &mut only.department_mentions),
        ("PORTICO_ROOM_SPONSORS", &mut only.room_sponsors),
    ];
    for (name, target) in texts {
        if let Some(value) = variable(name) {
            *target = Some(value);
        }
    }
    if let Some(list) = variable("PORTICO_COMPANY") {
        only.company = words(&list);
    }
    if let Some(list) = variable("PORTICO_ANNOUNCERS") {
        only.announcers = Some(words(&list));
    }
    if let Some(list) = variable("PORTICO_PROFILE_FIELDS") {
        only.profile_fields = words(&list);
    }
    if let Some(lines) = variable("PORTICO_RULES") {
        only.rules = lines.lines().map(str::to_owned).collect();
    }
    parsed(variable, "PORTICO_OBJECT_PROOFS", "true or false", &mut only.object_proofs, faults);
    parsed(variable, "PORTICO_PUBLIC_PAGES", "true or false", &mut only.public_pages, faults);
    parsed(variable, "PORTICO_MAX_CHARACTERS", "a whole number", &mut only.max_characters, faults);
    parsed(variable, "PORTICO_REQUEST_LIMIT", "a whole number", &mut only.request_limit, faults);
    parsed(variable, "PORTICO_QUESTIONS_PER_DAY", "a whole number", &mut only.questions_per_day, faults);
}

fn words(list: &str) -> Vec<String> {
    list.split([',', ' ']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn parsed<T: FromStr>(
    variable: &impl Fn(&str) -> Option<String>,
    name: &str,
    right: &str,
    target: &mut Option<T>,
    faults: &mut Vec<String>,
) {
    let Some(value) = variable(name) else { return };
    match value.parse() {
        Ok(value) => *target = Some(value),
        Err(_) => faults.push(format!("{name} is {value:?}; it must be {right}")),
    }
}
