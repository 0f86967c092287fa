//! Validates every value and converts the file into typed settings. Each error names the key, the value and
//! the valid values; all errors are reported together.

use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tracing_subscriber::EnvFilter;

use super::file::{File, Instance, Log};
use super::{
    About, DatabaseUrl, Document, InstanceSettings, LogFormat, LogSettings, MailSettings, Settings,
    TranslationSettings, media, network,
};
use portico_domain::model::annotations::Announcers;
use portico_domain::model::bot::Makers;
use portico_domain::model::card::LinkPreviews;
use portico_domain::model::department::DepartmentMentioners;
use portico_domain::model::digest::Period;
use portico_domain::model::exposure::{Exposure, Exposures};
use portico_domain::model::peer::FederationMode;
use portico_domain::model::profile::{Attribute, FieldReaches};
use portico_domain::model::reach::Ceilings;
use portico_domain::model::user::Role;
use portico_domain::model::{Reach, Timestamp};

const LISTEN: &str = "127.0.0.1:8080";
const SHUTDOWN_SECONDS: i64 = 20;
const MAX_CHARACTERS: i64 = 5000;
/// The default limit of client API requests per person in five minutes.
const REQUEST_LIMIT: i64 = 300;
const LOG_FILTER: &str = "info";
/// The maximum number of rules, and the maximum length of each, in bytes.
const MOST_RULES: usize = 50;
const LONGEST_RULE: usize = 500;
/// The maximum length of a document of the operator, in bytes.
const LONGEST_DOCUMENT: u64 = 200_000;

/// Returns the settings, or `None` if they cannot be built. The caller must check `faults` in both cases.
pub(super) fn check(file: File, folder: &Path, faults: &mut Vec<String>) -> Option<Settings> {
    let listen = address("listen", file.listen.as_deref().unwrap_or(LISTEN), faults);
    let admin = file.admin_listen.as_deref().map(|text| address("admin_listen", text, faults));
    let network = network::check(file.network, folder, faults);
    let log = log(file.log, faults);
    let seconds = file.shutdown_seconds.unwrap_or(SHUTDOWN_SECONDS);
    let shutdown_limit = match u64::try_from(seconds) {
        Ok(seconds @ 1..=3600) => Duration::from_secs(seconds),
        _ => {
            faults.push(format!("shutdown_seconds is {seconds}; it must be between 1 and 3600"));
            Duration::default()
        }
    };
    if file.instances.is_empty() {
        faults.push("there is no [[instance]]; the configuration needs at least one, with its domain".into());
    }
    if let (Some(listen), Some(Some(admin))) = (listen, admin)
        && listen == admin
        && listen.port() != 0
    {
        faults.push(format!("admin_listen is {admin}, the same as listen; the addresses must differ"));
    }
    if network.insecure_http {
        network::keep_inside([("listen", listen), ("admin_listen", admin.flatten())], &network, faults);
    }

    let mut seen = HashSet::new();
    let mut instances = Vec::with_capacity(file.instances.len());
    for raw in file.instances {
        if let Some(checked) = instance(raw, folder, network.insecure_http, faults) {
            if !seen.insert(checked.domain.clone()) {
                faults.push(format!(
                    "domain {:?} is configured twice; each instance needs its own",
                    checked.domain
                ));
            }
            instances.push(checked);
        }
    }
    if let Some(shared) = shared_database(&instances) {
        faults.push(shared);
    }
    Some(Settings { listen: listen?, admin_listen: admin.flatten(), network, log, shutdown_limit, instances })
}

fn address(key: &str, text: &str, faults: &mut Vec<String>) -> Option<SocketAddr> {
    let parsed = text.parse().ok();
    if parsed.is_none() {
        faults.push(format!(
            "{key} is {text:?}; it must be an address and a port, such as {LISTEN:?} or \"[::]:8080\""
        ));
    }
    parsed
}

fn log(raw: Log, faults: &mut Vec<String>) -> LogSettings {
    let filter = raw.filter.unwrap_or_else(|| LOG_FILTER.into());
    let level = |word: &str| ["off", "error", "warn", "info", "debug", "trace"].contains(&word);
    // A lone word that is not a level would be read as a target, and silence everything else.
    let sound = filter.split(',').all(|part| part.contains('=') || level(part.trim()));
    if !sound || EnvFilter::try_new(&filter).is_err() {
        faults.push(format!(
            "log.filter is {filter:?}; it must be a level (error, warn, info, debug, trace), or \
             directives such as \"info,portico::federation=debug\""
        ));
    }
    let format = match raw.format.as_deref() {
        None | Some("human") => LogFormat::Human,
        Some("json") => LogFormat::Json,
        Some(other) => {
            faults.push(format!("log.format is {other:?}; it must be \"human\" or \"json\""));
            LogFormat::Human
        }
    };
    LogSettings { filter, format }
}

fn instance(
    mut raw: Instance,
    folder: &Path,
    insecure: bool,
    faults: &mut Vec<String>,
) -> Option<InstanceSettings> {
    let Some(domain) = raw.domain.take() else {
        faults.push("an [[instance]] has no domain; set one, such as \"engineering.acme.example\"".into());
        return None;
    };
    check_domain("domain", &domain, insecure, faults);
    let file_name = domain.replace(':', "-");
    let media = media::place(&raw, &format!("file:media/{file_name}"), folder, faults);
    let database = raw.database.unwrap_or_else(|| format!("sqlite:{file_name}.db"));
    for sister in &raw.company {
        check_domain("company", sister, insecure, faults);
        if *sister == domain {
            faults.push(format!(
                "company of {domain} contains {sister:?}; it must list the other instances only"
            ));
        }
    }
    let federation =
        word(raw.federation.as_deref(), "federation", FEDERATION, FederationMode::Allowlist, faults);
    let room_sponsors = word(raw.room_sponsors.as_deref(), "room_sponsors", ROLES, Role::Member, faults);
    let reaches = Reach::CHOICES.map(|reach| (reach.as_str(), reach));
    let default_reach = word(raw.default_reach.as_deref(), "default_reach", &reaches, Reach::Company, faults);
    if !default_reach.is_organisational() {
        faults.push(format!(
            "default_reach is \"{default_reach}\"; it must be one of instance, company, partners, public"
        ));
    }
    let mut highest = |text: Option<String>, key: &str| {
        let reach = word(text.as_deref(), key, &reaches, Reach::Public, faults);
        if !reach.is_organisational() {
            faults
                .push(format!("{key} is \"{reach}\"; it must be one of instance, company, partners, public"));
        }
        reach
    };
    let ceilings = Ceilings {
        member: highest(raw.highest_reach_member, "highest_reach_member"),
        moderator: highest(raw.highest_reach_moderator, "highest_reach_moderator"),
        admin: highest(raw.highest_reach_admin, "highest_reach_admin"),
    };
    let characters = raw.max_characters.unwrap_or(MAX_CHARACTERS);
    let max_characters = usize::try_from(characters).ok().filter(|count| (1..=100_000).contains(count));
    if max_characters.is_none() {
        faults.push(format!("max_characters is {characters}; it must be between 1 and 100000"));
    }
    let requests = raw.request_limit.unwrap_or(REQUEST_LIMIT);
    let request_limit = u32::try_from(requests).ok().filter(|count| (1..=1_000_000_000).contains(count));
    if request_limit.is_none() {
        faults.push(format!("request_limit is {requests}; it must be between 1 and 1000000000"));
    }
    let questions_per_day = raw.questions_per_day.unwrap_or(3);
    if !(0..=1000).contains(&questions_per_day) {
        faults.push(format!("questions_per_day is {questions_per_day}; it must be between 0 and 1000"));
    }
    let mut document = |key: &str, path: Option<String>| read_document(key, path.as_deref(), folder, faults);
    let about = About {
        description: document("about", raw.about),
        privacy_policy: document("privacy_policy", raw.privacy_policy),
        terms_of_service: document("terms_of_service", raw.terms_of_service),
        contact_account: raw.contact_account.map(|name| name.trim_start_matches('@').to_owned()),
        rules: rules(raw.rules, faults),
    };
    let previews = raw.link_previews.as_deref();
    let link_previews = word(previews, "link_previews", LINK_PREVIEWS, LinkPreviews::default(), faults);
    let reach = raw.translation_reach.as_deref();
    let allowed = word(reach, "translation_reach", TRANSLATION_REACH, LinkPreviews::default(), faults);
    let translation = translation(raw.translation_url, raw.translation_key, allowed, insecure, faults);
    let digest = word(raw.mail_digest.as_deref(), "mail_digest", PERIODS, Period::default(), faults);
    let mail = mail(raw.mail_url, raw.mail_from, digest, faults);
    let usual = Exposures::default();
    let mut exposure =
        |text: Option<String>, key, usual| word(text.as_deref(), key, EXPOSURES, usual, faults);
    let exposure = Exposures {
        anonymous: exposure(raw.exposure_anonymous, "exposure_anonymous", usual.anonymous),
        limited: exposure(raw.exposure_limited, "exposure_limited", usual.limited),
        open: exposure(raw.exposure_open, "exposure_open", usual.open),
        partner: exposure(raw.exposure_partner, "exposure_partner", usual.partner),
    };
    if exposure.anonymous == Exposure::Full && !raw.public_pages.unwrap_or(false) {
        faults.push(
            "exposure_anonymous is \"full\"; it must be \"minimal\" or \"none\" unless public_pages is true"
                .into(),
        );
    }
    Some(InstanceSettings {
        about,
        title: raw.title.unwrap_or_else(|| domain.clone()),
        description: raw.description.unwrap_or_default(),
        contact_email: raw.contact_email.unwrap_or_default(),
        database: database_url(&database, folder, faults),
        media,
        federation,
        default_reach,
        ceilings,
        company: raw.company,
        public_pages: raw.public_pages.unwrap_or(false),
        max_characters: max_characters.unwrap_or_default(),
        request_limit: request_limit.unwrap_or_default(),
        questions_per_day,
        link_previews,
        profile_reaches: profile_reaches(&raw.profile_fields, faults),
        translation,
        exposure,
        object_proofs: raw.object_proofs.unwrap_or(false),
        mail,
        department_mentions: word(
            raw.department_mentions.as_deref(),
            "department_mentions",
            CALLERS,
            DepartmentMentioners::default(),
            faults,
        ),
        bots: word(raw.bots.as_deref(), "bots", BOTS, Makers::default(), faults),
        announcers: announcers(raw.announcers.as_deref(), faults),
        room_sponsors,
        domain,
    })
}

/// Parses the users who may create must-read posts: names of roles, and user names after an @.
fn announcers(entries: Option<&[String]>, faults: &mut Vec<String>) -> Announcers {
    let Some(entries) = entries else { return Announcers::default() };
    let mut read = Announcers { roles: Vec::new(), names: Vec::new() };
    for entry in entries {
        let name = entry.strip_prefix('@').filter(|name| !name.is_empty());
        match (name, entry.parse::<Role>().ok()) {
            (Some(name), _) => read.names.push(name.to_lowercase()),
            (None, Some(role)) => read.roles.push(role),
            (None, None) => faults.push(format!(
                "announcers has {entry:?}; it must be a role ({}) or a user name, such as \"@alice\"",
                Role::ALL.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(", ")
            )),
        }
    }
    read
}

/// Parses the reaches of profile attributes, written as `name=reach`.
fn profile_reaches(entries: &[String], faults: &mut Vec<String>) -> FieldReaches {
    let mut reaches = FieldReaches::default();
    for entry in entries {
        let read = entry.split_once('=').and_then(|(name, reach)| {
            let attribute = name.trim().parse::<Attribute>().ok()?;
            Some((attribute, Reach::choice(reach.trim()).ok().filter(|reach| reach.is_organisational())?))
        });
        match read {
            Some((attribute, reach)) => drop(reaches.0.insert(attribute, reach)),
            None => faults.push(format!(
                "profile_fields has {entry:?}; it must be an attribute and a reach, such as \"job_title=public\": one of {}, \
                 and one of instance, company, partners, public",
                Attribute::ALL.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(", ")
            )),
        }
    }
    reaches
}

fn translation(
    url: Option<String>,
    key: Option<String>,
    allowed: LinkPreviews,
    insecure: bool,
    faults: &mut Vec<String>,
) -> Option<TranslationSettings> {
    let url = url.filter(|url| !url.is_empty())?;
    let sound = url::Url::parse(&url).is_ok_and(|url| {
        (url.scheme() == "https" || (insecure && url.scheme() == "http"))
            && url.has_host()
            && url.username().is_empty()
            && url.query().is_none()
    });
    if !sound {
        faults.push(format!(
            "translation_url is {url:?}; it must be an https URL, such as \"https://translate.acme.example\""
        ));
    }
    Some(TranslationSettings { url, key: key.filter(|key| !key.is_empty()), allowed })
}

fn mail(
    url: Option<String>,
    from: Option<String>,
    digest: Period,
    faults: &mut Vec<String>,
) -> Option<MailSettings> {
    let url = url.filter(|url| !url.is_empty())?;
    let from = from.unwrap_or_default();
    let sound = url::Url::parse(&url).is_ok_and(|url| {
        let encrypted = url.scheme() == "smtps" || url.query() == Some("tls=required");
        let here = url.host_str().is_some_and(|host| {
            let host = host.trim_start_matches('[').trim_end_matches(']');
            host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        });
        matches!(url.scheme(), "smtp" | "smtps") && url.has_host() && (encrypted || here)
    });
    if !sound {
        // Without the value, which may contain a password.
        faults.push(
            "mail_url must have the form \"smtps://USER:PASSWORD@HOST\" or \"smtp://HOST:587?tls=required\"; \
             TLS is only optional for a mail server on this machine"
                .into(),
        );
    }
    if from.parse::<lettre::message::Mailbox>().is_err() {
        faults.push(format!(
            "mail_from is {from:?}; with mail_url it must be a mail address, such as \"Acme <noreply@acme.example>\""
        ));
    }
    Some(MailSettings { url, from, digest })
}

fn rules(texts: Vec<String>, faults: &mut Vec<String>) -> Vec<String> {
    let texts: Vec<String> = texts.iter().map(|text| text.trim().to_owned()).collect();
    if texts.len() > MOST_RULES || texts.iter().any(|text| text.is_empty() || text.len() > LONGEST_RULE) {
        faults.push(format!(
            "rules has {} entries; it may have at most {MOST_RULES}, of 1 to {LONGEST_RULE} bytes each",
            texts.len()
        ));
    }
    texts
}

/// Reads a document of the operator from its file.
fn read_document(key: &str, path: Option<&str>, folder: &Path, faults: &mut Vec<String>) -> Option<Document> {
    let path = folder.join(path?);
    let read = || {
        let about = std::fs::metadata(&path)?;
        if about.len() > LONGEST_DOCUMENT {
            return Err(std::io::Error::other(format!("it is longer than {LONGEST_DOCUMENT} bytes")));
        }
        Ok((std::fs::read_to_string(&path)?, about.modified()?))
    };
    match read() {
        Ok((text, changed)) => {
            let since = changed.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            let changed_at = Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(0));
            Some(Document { text, changed_at })
        }
        Err(cause) => {
            faults.push(format!(
                "{key} is {:?}, which cannot be read ({cause}); it must be a text file in UTF-8",
                path.display()
            ));
            None
        }
    }
}

const FEDERATION: &[(&str, FederationMode)] = &[
    ("closed", FederationMode::Closed),
    ("allowlist", FederationMode::Allowlist),
    ("open", FederationMode::Open),
];

const PERIODS: &[(&str, Period)] =
    &[("daily", Period::Daily), ("weekly", Period::Weekly), ("off", Period::Off)];

const CALLERS: &[(&str, DepartmentMentioners)] = &[
    ("staff", DepartmentMentioners::Staff),
    ("moderators", DepartmentMentioners::Moderators),
    ("admins", DepartmentMentioners::Admins),
    ("off", DepartmentMentioners::Nobody),
];

const BOTS: &[(&str, Makers)] =
    &[("staff", Makers::Staff), ("moderators", Makers::Moderators), ("admins", Makers::Admins)];

const ROLES: &[(&str, Role)] =
    &[("member", Role::Member), ("moderator", Role::Moderator), ("admin", Role::Admin)];

const TRANSLATION_REACH: &[(&str, LinkPreviews)] =
    &[("public", LinkPreviews::Public), ("organisation", LinkPreviews::Organisation)];
const EXPOSURES: &[(&str, Exposure)] =
    &[("full", Exposure::Full), ("minimal", Exposure::Minimal), ("none", Exposure::None)];

const LINK_PREVIEWS: &[(&str, LinkPreviews)] = &[
    ("off", LinkPreviews::Off),
    ("public", LinkPreviews::Public),
    ("organisation", LinkPreviews::Organisation),
];

fn word<T: Copy>(
    text: Option<&str>,
    key: &str,
    words: &[(&str, T)],
    usual: T,
    faults: &mut Vec<String>,
) -> T {
    let Some(text) = text else { return usual };
    match words.iter().find(|(word, _)| *word == text) {
        Some((_, value)) => *value,
        None => {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            faults.push(format!("{key} is {text:?}; it must be one of {}", known.join(", ")));
            usual
        }
    }
}

/// Returns the reason why a text is not a valid domain of an instance; `None` if it is valid.
fn fault_of_domain(text: &str, insecure: bool) -> Option<&'static str> {
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
        Some(_) if !insecure => {
            Some("it must have no port, because peers connect to 443; only insecure_http allows one")
        }
        Some(port) if !port.parse::<u16>().is_ok_and(|number| number > 0 && number.to_string() == port) => {
            Some("its port must be between 1 and 65535")
        }
        _ => None,
    }
}

fn check_domain(key: &str, text: &str, insecure: bool, faults: &mut Vec<String>) {
    if let Some(fault) = fault_of_domain(text, insecure) {
        faults.push(format!("{key} is {text:?}; {fault}"));
    }
}

fn database_url(text: &str, folder: &Path, faults: &mut Vec<String>) -> DatabaseUrl {
    match text.split_once(':') {
        Some(("sqlite", path)) if !path.is_empty() => DatabaseUrl::Sqlite(under(folder, path)),
        Some(("postgres" | "postgresql", rest)) if rest.len() > 2 && rest.starts_with("//") => {
            DatabaseUrl::Postgres(text.to_owned())
        }
        _ => {
            // Without the whole value: a mistyped URL may contain a password.
            let start = text.split(':').next().unwrap_or_default();
            faults.push(format!(
                "database starts with {start:?}; it must be \"sqlite:PATH\" or \"postgres://USER@HOST/NAME\""
            ));
            DatabaseUrl::Sqlite(PathBuf::new())
        }
    }
}

fn under(folder: &Path, path: &str) -> PathBuf {
    folder.join(path)
}

fn shared_database(instances: &[InstanceSettings]) -> Option<String> {
    instances.iter().enumerate().find_map(|(at, one)| {
        let other = instances.iter().take(at).find(|other| other.database == one.database)?;
        Some(format!("{} has the same database as {}; each instance needs its own", one.domain, other.domain))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MediaPlace;

    fn checked(toml: &str) -> Result<Settings, Vec<String>> {
        let mut faults = Vec::new();
        let settings = check(toml::from_str(toml).unwrap(), Path::new("/etc/portico"), &mut faults);
        match settings {
            Some(settings) if faults.is_empty() => Ok(settings),
            _ => Err(faults),
        }
    }

    #[test]
    fn a_domain_alone_is_enough() {
        let settings = checked("[[instance]]\ndomain = \"a.example\"\n").unwrap();
        assert_eq!(settings.listen.to_string(), LISTEN);
        let instance = &settings.instances[0];
        assert_eq!(instance.title, "a.example");
        assert_eq!(instance.database, DatabaseUrl::Sqlite("/etc/portico/a.example.db".into()));
        assert_eq!(instance.media, MediaPlace::Folder("/etc/portico/media/a.example".into()));
        assert_eq!(instance.federation, FederationMode::Allowlist);
        assert_eq!(instance.default_reach, Reach::Company);
        assert!(!instance.public_pages);
        assert_eq!(instance.link_previews, LinkPreviews::Public);
    }

    #[test]
    fn announcers_are_roles_and_people() {
        let of = |list: &str| checked(&format!("[[instance]]\ndomain = \"a.example\"\n{list}"));
        let usual = of("").unwrap().instances.remove(0).announcers;
        assert_eq!(usual, Announcers::default());
        let named = of("announcers = [\"admin\", \"@Alice\"]\n").unwrap().instances.remove(0).announcers;
        assert_eq!(named, Announcers { roles: vec![Role::Admin], names: vec!["alice".into()] });
        let nobody = of("announcers = []\n").unwrap().instances.remove(0).announcers;
        assert!(nobody.roles.is_empty() && nobody.names.is_empty());
        let faults = of("announcers = [\"alice\", \"@\"]\n").unwrap_err();
        assert!(
            faults.iter().all(|fault| fault.contains("announcers has")) && faults.len() == 2,
            "{faults:?}"
        );
    }

    #[test]
    fn every_fault_names_its_key_and_all_are_told() {
        let faults = checked(
            "listen = \"nowhere\"\nshutdown_seconds = 0\n\
             [network]\nallow_networks = [\"10.0.0.0/99\"]\n[log]\nformat = \"xml\"\nfilter = \"loud\"\n\
             [[instance]]\ndomain = \"A.example\"\ndatabase = \"mysql://u:secret@h/x\"\nmedia = \"ftp://b\"\n\
             federation = \"everyone\"\ndefault_reach = \"galaxy\"\nmax_characters = -1\nrequest_limit = 0\nlink_previews = \"all\"\ncompany = [\"b:1\"]\n",
        )
        .unwrap_err();
        let keys = [
            "listen",
            "shutdown_seconds",
            "allow_networks",
            "log.format",
            "log.filter",
            "domain",
            "database",
            "media",
            "federation",
            "default_reach",
            "max_characters",
            "request_limit",
            "link_previews",
            "company",
        ];
        for key in keys {
            assert_eq!(faults.iter().filter(|fault| fault.starts_with(key)).count(), 1, "{key}: {faults:#?}");
        }
        assert_eq!(faults.len(), keys.len(), "{faults:#?}");
        assert!(!faults.join("").contains("secret"));
    }

    #[test]
    fn domains_are_plain_lower_case_names() {
        for good in ["a", "a.example", "xn--bcher-kva.example", "1a.example"] {
            assert_eq!(fault_of_domain(good, false), None, "{good}");
        }
        assert_eq!(fault_of_domain("a.localhost:8080", true), None);
        for bad in
            ["", "A.example", "a_b", "a..b", ".a", "a.", "-a", "a-", "10.0.0.1", "a:8080", "a/b", "bücher"]
        {
            assert!(fault_of_domain(bad, false).is_some(), "{bad}");
        }
        for bad in ["a:", "a:0", "a:99999", "a:080", "a:+1"] {
            assert!(fault_of_domain(bad, true).is_some(), "{bad}");
        }
    }

    #[test]
    fn mail_goes_by_tls_or_stays_on_the_machine() {
        let with = |url: &str, from: &str| {
            checked(&format!("[[instance]]\ndomain = \"a\"\nmail_url = \"{url}\"\nmail_from = \"{from}\"\n"))
        };
        for url in [
            "smtps://u:p@mail.acme.example",
            "smtp://mail.acme.example:587?tls=required",
            "smtp://127.0.0.1:25",
            "smtp://[::1]",
        ] {
            let mail = with(url, "Acme <noreply@acme.example>").unwrap().instances[0].mail.clone().unwrap();
            assert_eq!(mail.digest, Period::Weekly, "{url}");
        }
        for url in [
            "smtp://mail.acme.example",
            "smtp://u:secret@mail.acme.example?tls=opportunistic",
            "mail.acme.example",
        ] {
            let faults = with(url, "noreply@acme.example").unwrap_err();
            assert!(faults[0].starts_with("mail_url") && !faults[0].contains("secret"), "{faults:?}");
        }
        assert!(with("smtps://mail.acme.example", "nobody").unwrap_err()[0].starts_with("mail_from"));
    }

    #[test]
    fn what_must_not_be_shared_is_not() {
        let twice = checked(
            "[[instance]]\ndomain = \"a.example\"\ndatabase = \"sqlite:x.db\"\n\
             [[instance]]\ndomain = \"b.example\"\ndatabase = \"sqlite:x.db\"\n",
        );
        assert!(twice.unwrap_err()[0].contains("database"));
        let open = checked(
            "listen = \"0.0.0.0:80\"\n[network]\ninsecure_http = true\n[[instance]]\ndomain = \"a\"\n",
        );
        assert!(open.unwrap_err()[0].contains("insecure_http"));
        let inside = |networks: &str| {
            checked(&format!(
                "[network]\ninsecure_http = true\nallow_networks = [{networks}]\n[[instance]]\ndomain = \"a\"\n"
            ))
        };
        assert!(inside("\"127.0.0.0/8\", \"::1\"").is_ok());
        for network in ["10.0.0.0/8", "0.0.0.0/0", "126.0.0.0/7", "::/0"] {
            assert!(
                inside(&format!("\"{network}\"")).unwrap_err()[0].contains("allow_networks"),
                "{network}"
            );
        }
    }
}
