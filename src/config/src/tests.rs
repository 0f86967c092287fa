//! The whole configuration, read from texts.

use std::path::Path;

use portico_domain::model::Reach;
use portico_domain::model::annotations::Announcers;
use portico_domain::model::card::LinkPreviews;
use portico_domain::model::digest::Period;
use portico_domain::model::peer::FederationMode;
use portico_domain::model::user::Role;

use toml::{Table, Value};

use crate::keys::{ConfigKey, ValueKind};
use crate::{DatabaseUrl, MediaPlace, Settings, catalogue, load};

fn checked(toml: &str) -> Result<Settings, Vec<String>> {
    let mut faults = Vec::new();
    let settings = Settings::read(&toml.parse().unwrap(), Path::new("/etc/portico"), &|_| None, &mut faults);
    if faults.is_empty() { Ok(settings) } else { Err(faults) }
}

#[test]
fn a_domain_alone_is_enough() {
    let settings = checked("[[instance]]\ndomain = \"a.example\"\n").unwrap();
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
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
    assert!(faults.iter().all(|fault| fault.contains("announcers has")) && faults.len() == 2, "{faults:?}");
}

#[test]
fn all_faults_are_reported_with_their_keys() {
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
fn a_domain_that_is_not_read_hides_no_other_fault() {
    for domain in ["", "domain = 5\n"] {
        let one = format!("[[instance]]\n{domain}max_characters = 0\n");
        let faults = checked(&format!("{one}{one}")).unwrap_err();
        let of = |start: &str| faults.iter().filter(|fault| fault.starts_with(start)).count();
        // A value of the wrong type is reported by the reader of the file.
        let missing = if domain.is_empty() { 2 } else { 0 };
        assert_eq!((of("an [[instance]] has no domain"), of("max_characters")), (missing, 2), "{faults:?}");
        assert_eq!(faults.len(), missing + 2, "{faults:?}");
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
    let both = with("mail.acme.example", "nobody").unwrap_err();
    assert!(both.len() == 2 && both[1].starts_with("mail_from"), "{both:?}");
}

#[test]
fn the_admin_address_is_another_one() {
    let with = |top: &str| checked(&format!("{top}\n[[instance]]\ndomain = \"a\"\n"));
    let usual = with("admin_listen = \"127.0.0.1:8080\"").unwrap_err();
    assert!(usual.len() == 1 && usual[0].starts_with("admin_listen is 127.0.0.1:8080"), "{usual:?}");
    let same = "listen = \"[::1]:80\"\nadmin_listen = \"[::1]:80\"\nshutdown_seconds = 0";
    let both = with(same).unwrap_err();
    assert!(both.len() == 2 && both[1].starts_with("admin_listen is [::1]:80"), "{both:?}");
    // An address that cannot be read equals no other, not even the default.
    let unread = with("listen = \"nowhere\"\nadmin_listen = \"127.0.0.1:8080\"").unwrap_err();
    assert!(unread.len() == 1 && unread[0].starts_with("listen"), "{unread:?}");
    assert!(
        with("listen = 8080\nadmin_listen = \"127.0.0.1:8080\"").is_ok(),
        "the reader of the file reports it"
    );
}

#[test]
fn shared_databases_and_exposed_insecure_http_are_refused() {
    let twice = checked(
        "[[instance]]\ndomain = \"a.example\"\ndatabase = \"sqlite:x.db\"\n\
         [[instance]]\ndomain = \"b.example\"\ndatabase = \"sqlite:x.db\"\n",
    );
    assert!(twice.unwrap_err()[0].contains("database"));
    let open =
        checked("listen = \"0.0.0.0:80\"\n[network]\ninsecure_http = true\n[[instance]]\ndomain = \"a\"\n");
    assert!(open.unwrap_err()[0].contains("insecure_http"));
    let inside = |networks: &str| {
        checked(&format!(
            "[network]\ninsecure_http = true\nallow_networks = [{networks}]\n[[instance]]\ndomain = \"a\"\n"
        ))
    };
    assert!(inside("\"127.0.0.0/8\", \"::1\"").is_ok());
    for network in ["10.0.0.0/8", "0.0.0.0/0", "126.0.0.0/7", "::/0"] {
        assert!(inside(&format!("\"{network}\"")).unwrap_err()[0].contains("allow_networks"), "{network}");
    }
}

/// A file in which every key has an effect: there are a mail server, a translation service and a bucket.
const FULL: &str = "[network]\n[log]\n[[instance]]\ndomain = \"a.example\"\nmedia = \"s3://files\"\n\
                    media_access_key = \"id\"\nmedia_secret_key = \"secret\"\n\
                    mail_url = \"smtps://mail.example\"\nmail_from = \"noreply@a.example\"\n\
                    translation_url = \"https://translate.example\"\n";

/// Valid values for keys of texts and lists, as an environment variable has them. Keys without an entry accept
/// any text.
const VALUES: &[(&str, &str)] = &[
    ("listen", "127.0.0.1:9000"),
    ("admin_listen", "127.0.0.1:9001"),
    ("allow_networks", "10.0.0.0/8,192.168.1.1"),
    ("trusted_proxies", "10.0.0.1,10.1.0.0/16"),
    ("certificates", "authority.pem"),
    ("filter", "warn,portico=debug"),
    ("domain", "b.example"),
    ("database", "sqlite:other.db"),
    ("media", "s3://others/prefix"),
    ("media_endpoint", "https://s3.example"),
    ("company", "b.example c.example"),
    ("rules", "Be kind\nAsk first, quote later"),
    ("about", "text.md"),
    ("privacy_policy", "text.md"),
    ("terms_of_service", "text.md"),
    ("profile_fields", "job_title=public,contacts=instance"),
    ("translation_url", "https://other.example"),
    ("mail_url", "smtps://user:password@mail.example"),
    ("mail_from", "Acme <noreply@b.example>"),
    ("announcers", "admin,@alice"),
];

/// Returns a valid value of a key that is not its default, as an environment variable has it.
fn other_value(key: &ConfigKey) -> String {
    let number = |name: &str| key.schema.get(name).and_then(serde_json::Value::as_i64);
    let words = key.schema.get("enum").and_then(serde_json::Value::as_array);
    let word = words.map(|words| {
        let mut words = words.iter().filter_map(serde_json::Value::as_str);
        // `full` needs public pages.
        words.find(|word| *word != key.default && *word != "full").unwrap().to_owned()
    });
    let listed = VALUES.iter().find(|(name, _)| *name == key.name).map(|(_, value)| (*value).to_owned());
    match key.kind {
        ValueKind::Flag => (key.default != "true").to_string(),
        ValueKind::Number => (number("minimum").unwrap() + 1).to_string(),
        ValueKind::List => listed.unwrap_or_else(|| panic!("VALUES needs an entry for {}", key.name)),
        ValueKind::Text => word.or(listed).unwrap_or_else(|| "other".to_owned()),
    }
}

/// Prints settings with the secrets that their `Debug` hides.
fn print(settings: &Settings) -> String {
    let mut text = format!("{settings:?}");
    for instance in &settings.instances {
        let mail = instance.mail.as_ref().map(|mail| (&mail.url, mail.digest));
        let translation = instance.translation.as_ref().map(|service| (&service.key, service.allowed));
        text += &format!("{mail:?}{translation:?}");
        if let MediaPlace::Bucket(bucket) = &instance.media {
            let access = &bucket.access;
            text += &format!("{}{}{}", access.region, access.access_key, access.secret_key);
        }
    }
    text
}

#[test]
fn every_key_of_the_reference_is_read_from_the_file_and_from_its_variable() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("text.md"), "Text.").unwrap();
    let authority = include_str!("../../service/tests/service/data/authority.pem");
    std::fs::write(folder.path().join("authority.pem"), authority).unwrap();
    let path = folder.path().join("portico.toml");
    let page = crate::reference();
    let mut number_of_keys = 0;
    for section in catalogue::sections() {
        for key in &section.keys {
            number_of_keys += 1;
            assert!(page.contains(&format!("| `{}` | `{}` |", key.name, key.variable)), "{}", key.name);
            let variable = other_value(key);
            let value: Value = match key.kind {
                ValueKind::Flag => variable.parse::<bool>().unwrap().into(),
                ValueKind::Number => variable.parse::<i64>().unwrap().into(),
                ValueKind::Text => variable.clone().into(),
                ValueKind::List if key.by_line => variable.lines().collect::<Vec<_>>().into(),
                ValueKind::List => variable.split([',', ' ']).collect::<Vec<_>>().into(),
            };

            std::fs::write(&path, FULL).unwrap();
            let unset = print(&load(&path, |_| None).unwrap());
            let set = |name: &str| (name == key.variable).then(|| variable.clone());
            let by_variable = print(&load(&path, set).unwrap_or_else(|error| panic!("{error}")));

            let mut file: Table = FULL.parse().unwrap();
            let table = match file.get_mut(section.table) {
                None => &mut file,
                Some(Value::Array(instances)) => instances[0].as_table_mut().unwrap(),
                Some(table) => table.as_table_mut().unwrap(),
            };
            table.insert(key.name.to_owned(), value);
            std::fs::write(&path, toml::to_string(&file).unwrap()).unwrap();
            let by_file = print(&load(&path, |_| None).unwrap_or_else(|error| panic!("{error}")));

            assert_eq!(by_file, by_variable, "{}", key.name);
            assert_ne!(by_file, unset, "{} has no effect", key.name);
        }
    }
    assert_eq!(page.matches("| `PORTICO_").count(), number_of_keys);
}

#[test]
fn a_file_without_a_key_has_the_documented_defaults() {
    let empty = checked("[[instance]]\ndomain = \"a.example\"\n").unwrap();
    let mut explicit: Table = "[network]\n[log]\n[[instance]]\ndomain = \"a.example\"\n".parse().unwrap();
    for section in catalogue::sections() {
        let table = match explicit.get_mut(section.table) {
            None => &mut explicit,
            Some(Value::Array(instances)) => instances[0].as_table_mut().unwrap(),
            Some(table) => table.as_table_mut().unwrap(),
        };
        for key in &section.keys {
            if let Some(default) = key.schema.get("default") {
                let written = Value::try_from(default).unwrap();
                table.insert(key.name.to_owned(), written);
            }
        }
    }
    let written = checked(&toml::to_string(&explicit).unwrap()).unwrap();
    assert_eq!(print(&written), print(&empty));
}
