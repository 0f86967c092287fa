//! The list of every configuration key, and the reference page of the operator's guide generated from it.

use std::fmt::Write as _;

/// A configuration key.
pub(super) struct Key {
    /// The table: empty, `network`, `log` or `instance`.
    pub table: &'static str,
    /// The name.
    pub name: &'static str,
    /// The environment variable.
    pub variable: &'static str,
    /// The default.
    pub default: &'static str,
    /// The description, in Markdown.
    pub meaning: &'static str,
}

const fn key(
    table: &'static str,
    name: &'static str,
    variable: &'static str,
    default: &'static str,
    meaning: &'static str,
) -> Key {
    Key { table, name, variable, default, meaning }
}

/// The keys, in the order of the reference page.
pub(super) const KEYS: &[Key] = &[
    key(
        "",
        "listen",
        "PORTICO_LISTEN",
        "127.0.0.1:8080",
        "The address and port for clients, browsers and peers. A reverse proxy that terminates TLS connects \
         here.",
    ),
    key(
        "",
        "admin_listen",
        "PORTICO_ADMIN_LISTEN",
        "none",
        "The address and port of `/livez`, `/readyz` and `/metrics`. It must not be reachable from outside.",
    ),
    key(
        "",
        "shutdown_seconds",
        "PORTICO_SHUTDOWN_SECONDS",
        "20",
        "How long a shutdown waits for running requests and jobs, in seconds (1 to 3600).",
    ),
    key(
        "network",
        "allow_networks",
        "PORTICO_NETWORK_ALLOW_NETWORKS",
        "[]",
        "Private address ranges that outgoing connections may reach, such as `10.0.0.0/8`. Proxies in these \
         ranges (and on loopback) are trusted to set `X-Forwarded-For`. As a variable: separated by commas.",
    ),
    key(
        "network",
        "insecure_http",
        "PORTICO_NETWORK_INSECURE_HTTP",
        "false",
        "Plain `http:` between instances, for tests and the demo. Only allowed while every address is a \
         loopback address.",
    ),
    key(
        "network",
        "certificates",
        "PORTICO_NETWORK_CERTIFICATES",
        "[]",
        "PEM files with certificates of authorities that federation and mail trust in addition to those of \
         the system, such as the company's own. As a variable: separated by commas.",
    ),
    key(
        "log",
        "filter",
        "PORTICO_LOG",
        "info",
        "What is logged: a level (`error`, `warn`, `info`, `debug`, `trace`), or directives such as \
         `info,portico::federation=debug`.",
    ),
    key(
        "log",
        "format",
        "PORTICO_LOG_FORMAT",
        "human",
        "The log format: `human`, or `json` with one object per line.",
    ),
    key(
        "instance",
        "domain",
        "PORTICO_DOMAIN",
        "(required)",
        "The host name of the instance, which is part of its users' addresses. It cannot be changed later.",
    ),
    key("instance", "title", "PORTICO_TITLE", "the domain", "The name of the instance."),
    key(
        "instance",
        "description",
        "PORTICO_DESCRIPTION",
        "empty",
        "A description of the instance in one sentence.",
    ),
    key(
        "instance",
        "contact_email",
        "PORTICO_CONTACT_EMAIL",
        "empty",
        "The mail address for inquiries about the instance.",
    ),
    key(
        "instance",
        "database",
        "PORTICO_DATABASE",
        "sqlite:DOMAIN.db",
        "`sqlite:PATH` or `postgres://USER@HOST/NAME`. A relative path starts at the folder of the \
         configuration file.",
    ),
    key(
        "instance",
        "media",
        "PORTICO_MEDIA",
        "file:media/DOMAIN",
        "Where media files are stored: `file:PATH` for a folder, or `s3://BUCKET/PREFIX` for a bucket of an \
         object store.",
    ),
    key(
        "instance",
        "media_endpoint",
        "PORTICO_MEDIA_ENDPOINT",
        "Amazon's",
        "The URL of the object store, such as `https://s3.acme.example`; otherwise `AWS_ENDPOINT_URL`.",
    ),
    key(
        "instance",
        "media_region",
        "PORTICO_MEDIA_REGION",
        "us-east-1",
        "The region of the bucket; otherwise `AWS_REGION`.",
    ),
    key(
        "instance",
        "media_access_key",
        "PORTICO_MEDIA_ACCESS_KEY",
        "none",
        "The access key id for the bucket; otherwise `AWS_ACCESS_KEY_ID`.",
    ),
    key(
        "instance",
        "media_secret_key",
        "PORTICO_MEDIA_SECRET_KEY",
        "none",
        "The secret access key for the bucket; otherwise `AWS_SECRET_ACCESS_KEY`, with `AWS_SESSION_TOKEN`.",
    ),
    key(
        "instance",
        "federation",
        "PORTICO_FEDERATION",
        "allowlist",
        "Which hosts the instance federates with: `closed` (only the company's instances), `allowlist` \
         (also partners) or `open` (every host that is not blocked).",
    ),
    key(
        "instance",
        "default_reach",
        "PORTICO_DEFAULT_REACH",
        "company",
        "The reach of posts that a client marks as public or unlisted: `instance`, `company`, `partners` or \
         `public`.",
    ),
    key(
        "instance",
        "highest_reach_member",
        "PORTICO_HIGHEST_REACH_MEMBER",
        "public",
        "The widest reach of posts by users without another role: `instance`, `company`, `partners` or \
         `public`. It does not limit posts to followers and mentioned people.",
    ),
    key(
        "instance",
        "highest_reach_moderator",
        "PORTICO_HIGHEST_REACH_MODERATOR",
        "public",
        "The same for moderators.",
    ),
    key(
        "instance",
        "highest_reach_admin",
        "PORTICO_HIGHEST_REACH_ADMIN",
        "public",
        "The same for administrators.",
    ),
    key(
        "instance",
        "questions_per_day",
        "PORTICO_QUESTIONS_PER_DAY",
        "3",
        "How many questions to experts a user may send per day, and how many may reach the same person per \
         day (0 to 1000); 0 turns them off.",
    ),
    key(
        "instance",
        "company",
        "PORTICO_COMPANY",
        "[]",
        "The domains of the company's other instances. As a variable: separated by commas.",
    ),
    key(
        "instance",
        "public_pages",
        "PORTICO_PUBLIC_PAGES",
        "false",
        "Whether visitors who are not signed in may see public posts and profiles.",
    ),
    key(
        "instance",
        "max_characters",
        "PORTICO_MAX_CHARACTERS",
        "5000",
        "The maximum length of a post, in characters (1 to 100000).",
    ),
    key(
        "instance",
        "request_limit",
        "PORTICO_REQUEST_LIMIT",
        "300",
        "The maximum number of client API requests in five minutes, per user (per address without sign-in).",
    ),
    key(
        "instance",
        "rules",
        "PORTICO_RULES",
        "[]",
        "The rules of the instance, one sentence each (at most 50, of up to 500 bytes). Reports can refer \
         to them. As a variable: one rule per line.",
    ),
    key(
        "instance",
        "about",
        "PORTICO_ABOUT",
        "none",
        "A Markdown file with the long description, shown on `/about` and in apps. This file and the next \
         two are read at start.",
    ),
    key(
        "instance",
        "privacy_policy",
        "PORTICO_PRIVACY_POLICY",
        "none",
        "A Markdown file with the privacy policy, shown on `/privacy-policy` and in apps.",
    ),
    key(
        "instance",
        "terms_of_service",
        "PORTICO_TERMS_OF_SERVICE",
        "none",
        "A Markdown file with the terms of service, shown on `/terms-of-service` and in apps.",
    ),
    key(
        "instance",
        "contact_account",
        "PORTICO_CONTACT_ACCOUNT",
        "none",
        "The user name of the contact person; apps show it next to the mail address.",
    ),
    key(
        "instance",
        "link_previews",
        "PORTICO_LINK_PREVIEWS",
        "public",
        "Which posts get link previews: `off` (none), `public` (only public posts) or `organisation` (also \
         posts for the instance, the company or partners, but never those for chosen people). The host of a \
         linked page learns that its address was posted here, and when.",
    ),
    key(
        "instance",
        "profile_fields",
        "PORTICO_PROFILE_FIELDS",
        "[]",
        "The widest reach of profile attributes, such as `[\"job_title=public\", \"contacts=instance\"]`: \
         `instance`, `company`, `partners` or `public`. Attributes that are not listed have `company`. As a \
         variable: separated by commas.",
    ),
    key(
        "instance",
        "translation_url",
        "PORTICO_TRANSLATION_URL",
        "none",
        "The URL of a translation service with the LibreTranslate API, such as \
         `https://translate.acme.example`. Without it, posts cannot be translated. A service in a private \
         network also needs `allow_networks`.",
    ),
    key(
        "instance",
        "translation_key",
        "PORTICO_TRANSLATION_KEY",
        "none",
        "The API key of the translation service.",
    ),
    key(
        "instance",
        "translation_reach",
        "PORTICO_TRANSLATION_REACH",
        "public",
        "Which posts may be sent to the translation service when a user asks for a translation: `public` \
         (only public posts) or `organisation` (also posts for the instance, the company or partners, but \
         never those for chosen people). The service can read them.",
    ),
    key(
        "instance",
        "exposure_anonymous",
        "PORTICO_EXPOSURE_ANONYMOUS",
        "minimal",
        "How much of a profile is sent to requests without a valid signature, and to hosts that may not \
         federate: `minimal` (what signature checks and deliveries need) or `none`. With `public_pages` it \
         is always `full`.",
    ),
    key(
        "instance",
        "exposure_limited",
        "PORTICO_EXPOSURE_LIMITED",
        "minimal",
        "The same for hosts of tier limited: `full`, `minimal` or `none`.",
    ),
    key(
        "instance",
        "exposure_open",
        "PORTICO_EXPOSURE_OPEN",
        "full",
        "The same for hosts of tier open, which is the tier of every other host in the federation mode \
         `open`.",
    ),
    key(
        "instance",
        "exposure_partner",
        "PORTICO_EXPOSURE_PARTNER",
        "full",
        "The same for partners. The company's own hosts always get whole profiles.",
    ),
    key(
        "instance",
        "object_proofs",
        "PORTICO_OBJECT_PROOFS",
        "false",
        "Whether outgoing objects carry an integrity proof of their author (FEP-8b32), which stays valid \
         when others pass them on. The author cannot later deny having written them.",
    ),
    key(
        "instance",
        "bots",
        "PORTICO_BOTS",
        "staff",
        "Who may create bots and webhooks: `staff` (everyone who can sign in), `moderators` or `admins`.",
    ),
    key(
        "instance",
        "mail_url",
        "PORTICO_MAIL_URL",
        "none",
        "The mail server: `smtps://USER:PASSWORD@HOST` or `smtp://HOST:587?tls=required`. Without it, no \
         mail is sent.",
    ),
    key(
        "instance",
        "mail_from",
        "PORTICO_MAIL_FROM",
        "none",
        "The sender of mails, such as `Acme <noreply@acme.example>`.",
    ),
    key(
        "instance",
        "mail_digest",
        "PORTICO_MAIL_DIGEST",
        "weekly",
        "How often inactive users get a digest of missed posts by mail, unless they choose otherwise: \
         `daily`, `weekly` or `off`.",
    ),
    key(
        "instance",
        "department_mentions",
        "PORTICO_DEPARTMENT_MENTIONS",
        "staff",
        "Who may mention a whole department or division by name (`@sales`): `staff`, `moderators`, `admins` \
         or `off`.",
    ),
    key(
        "instance",
        "announcers",
        "PORTICO_ANNOUNCERS",
        "[\"moderator\", \"admin\"]",
        "Who may create must-read posts: roles (`member`, `moderator`, `admin`), and users by name, such as \
         `\"@alice\"`. As a variable: separated by commas.",
    ),
    key(
        "instance",
        "room_sponsors",
        "PORTICO_ROOM_SPONSORS",
        "member",
        "The lowest role that may create rooms and invite guests, for whom the inviting user is \
         responsible: `member`, `moderator` or `admin`.",
    ),
];

/// Generates the reference page of the operator's guide, in Markdown.
pub fn reference() -> String {
    let mut page = String::from(
        "# Configuration\n\n\
         Portico reads `portico.toml` (or the file given by `--config` or `PORTICO_CONFIG`), then environment variables,\n\
         which take precedence. It validates everything before it starts, and reports every error. The variables of\n\
         an instance apply if the file configures one instance or none.\n",
    );
    for (table, title) in [
        ("", "Top level"),
        ("network", "`[network]`"),
        ("log", "`[log]`"),
        ("instance", "`[[instance]]`, one section per instance"),
    ] {
        let _ = write!(
            page,
            "\n## {title}\n\n| key | variable | default | meaning |\n| --- | --- | --- | --- |\n"
        );
        for key in KEYS.iter().filter(|key| key.table == table) {
            let _ =
                writeln!(page, "| `{}` | `{}` | {} | {} |", key.name, key.variable, key.default, key.meaning);
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_page_is_fresh() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operator/configuration.md");
        if std::env::var_os("PORTICO_TEST_WRITE_DOCS").is_some() {
            std::fs::write(file, reference()).unwrap();
        }
        assert_eq!(
            std::fs::read_to_string(file).unwrap(),
            reference(),
            "run with PORTICO_TEST_WRITE_DOCS=1 to regenerate it"
        );
    }

    #[test]
    fn every_variable_is_explained() {
        for variable in super::super::environment::INSTANCE {
            assert!(KEYS.iter().any(|key| key.variable == variable), "{variable}");
        }
    }
}
