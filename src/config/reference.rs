//! The reference page of the operator's guide, made from one list of every key.

use std::fmt::Write as _;

/// One key.
pub(super) struct Key {
    /// Its table: empty, `network`, `log` or `instance`.
    pub table: &'static str,
    /// Its name.
    pub name: &'static str,
    /// The variable that sets it.
    pub variable: &'static str,
    /// What it is if nobody sets it.
    pub default: &'static str,
    /// What it means.
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
        "Where clients, browsers and peers connect; a reverse proxy with TLS stands before it.",
    ),
    key(
        "",
        "admin_listen",
        "PORTICO_ADMIN_LISTEN",
        "none",
        "Where `/livez`, `/readyz` and `/metrics` are served. Never a public address.",
    ),
    key(
        "",
        "shutdown_seconds",
        "PORTICO_SHUTDOWN_SECONDS",
        "20",
        "How long a shutdown waits for what is in hand (1 to 3600).",
    ),
    key(
        "network",
        "allow_networks",
        "PORTICO_NETWORK_ALLOW_NETWORKS",
        "[]",
        "Private address ranges that federation may reach, such as `10.0.0.0/8`. As a variable: separated by commas.",
    ),
    key(
        "network",
        "insecure_http",
        "PORTICO_NETWORK_INSECURE_HTTP",
        "false",
        "Plain `http:` between instances, for tests and the demo. Only while everything is on loopback.",
    ),
    key(
        "network",
        "certificates",
        "PORTICO_NETWORK_CERTIFICATES",
        "[]",
        "Files of certificates (PEM) of authorities that federation and mail trust besides those that the machine trusts, \
         such as the company's own. As a variable: separated by commas.",
    ),
    key(
        "log",
        "filter",
        "PORTICO_LOG",
        "info",
        "What is logged: a level, or directives such as `info,portico::federation=debug`.",
    ),
    key("log", "format", "PORTICO_LOG_FORMAT", "human", "`human`, or `json` with one object a line."),
    key(
        "instance",
        "domain",
        "PORTICO_DOMAIN",
        "(required)",
        "The host name of the instance and of its people's addresses. It can never be changed.",
    ),
    key("instance", "title", "PORTICO_TITLE", "the domain", "What the instance calls itself."),
    key("instance", "description", "PORTICO_DESCRIPTION", "empty", "One sentence about it."),
    key("instance", "contact_email", "PORTICO_CONTACT_EMAIL", "empty", "Whom to write to about it."),
    key(
        "instance",
        "database",
        "PORTICO_DATABASE",
        "sqlite:DOMAIN.db",
        "`sqlite:PATH`, or `postgres://USER@HOST/NAME`. A relative path is under the configuration file's folder.",
    ),
    key(
        "instance",
        "media",
        "PORTICO_MEDIA",
        "file:media/DOMAIN",
        "Where media is kept: `file:PATH`, a folder, or `s3://BUCKET/PREFIX`, a bucket of an object store.",
    ),
    key(
        "instance",
        "media_endpoint",
        "PORTICO_MEDIA_ENDPOINT",
        "Amazon's",
        "The address of the object store, as `https://s3.acme.example`; otherwise `AWS_ENDPOINT_URL`.",
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
        "The name of the key for the bucket; otherwise `AWS_ACCESS_KEY_ID`.",
    ),
    key(
        "instance",
        "media_secret_key",
        "PORTICO_MEDIA_SECRET_KEY",
        "none",
        "The key for the bucket; otherwise `AWS_SECRET_ACCESS_KEY`, and `AWS_SESSION_TOKEN` with it.",
    ),
    key(
        "instance",
        "federation",
        "PORTICO_FEDERATION",
        "allowlist",
        "`closed` (the company's instances), `allowlist` (and its partners) or `open` (everyone who is not blocked).",
    ),
    key(
        "instance",
        "default_reach",
        "PORTICO_DEFAULT_REACH",
        "company",
        "How far a post goes that a client calls public: `instance`, `company`, `partners` or `public`.",
    ),
    key(
        "instance",
        "highest_reach_member",
        "PORTICO_HIGHEST_REACH_MEMBER",
        "public",
        "How far staff may make posts go at most: `instance`, `company`, `partners` or `public`. Does not bind posts to followers and to people named.",
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
        "How often somebody can be asked, and ask, by skills in a day; 0 for never.",
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
        "Whether visitors who have not signed in may see public posts and profiles.",
    ),
    key(
        "instance",
        "max_characters",
        "PORTICO_MAX_CHARACTERS",
        "5000",
        "How long a post may be (1 to 100000).",
    ),
    key(
        "instance",
        "request_limit",
        "PORTICO_REQUEST_LIMIT",
        "300",
        "How many calls of the client API one person may make in five minutes.",
    ),
    key(
        "instance",
        "rules",
        "PORTICO_RULES",
        "[]",
        "What people here agree to, a sentence each. Reports can name them. As a variable: a line each.",
    ),
    key(
        "instance",
        "about",
        "PORTICO_ABOUT",
        "none",
        "A Markdown file: the long description, on `/about` and in apps. Read at start, as the next two are.",
    ),
    key(
        "instance",
        "privacy_policy",
        "PORTICO_PRIVACY_POLICY",
        "none",
        "A Markdown file: what happens with people's data, on `/privacy-policy` and in apps.",
    ),
    key(
        "instance",
        "terms_of_service",
        "PORTICO_TERMS_OF_SERVICE",
        "none",
        "A Markdown file: what people agree to by using it, on `/terms-of-service` and in apps.",
    ),
    key(
        "instance",
        "contact_account",
        "PORTICO_CONTACT_ACCOUNT",
        "none",
        "The user name of the person to turn to; apps show it beside the address.",
    ),
    key(
        "instance",
        "link_previews",
        "PORTICO_LINK_PREVIEWS",
        "public",
        "Whose links are looked up for a preview: `off` (nobody's), `public` (only those of public posts) or \
         `organisation` (also those of posts for the instance, the company or partners; never those for chosen \
         people). The page's host learns that somebody here posted its address, and when.",
    ),
    key(
        "instance",
        "profile_fields",
        "PORTICO_PROFILE_FIELDS",
        "[]",
        "How far attributes of people's profiles may go, such as `[\"job_title=public\", \"contacts=instance\"]`: `instance`, \
         `company`, `partners` or `public`. What is not named goes as far as the company. As a variable: separated by commas.",
    ),
    key(
        "instance",
        "translation_url",
        "PORTICO_TRANSLATION_URL",
        "none",
        "The address of a translation service that speaks as LibreTranslate does, as \
         `https://translate.acme.example`. Without one, nothing is translated. One in an internal network needs \
         `allow_networks`.",
    ),
    key(
        "instance",
        "translation_key",
        "PORTICO_TRANSLATION_KEY",
        "none",
        "The key that the translation service asks for.",
    ),
    key(
        "instance",
        "translation_reach",
        "PORTICO_TRANSLATION_REACH",
        "public",
        "Which posts may be sent to the translation service when somebody asks for it: `public` (only public \
         ones) or `organisation` (also those for the instance, the company or partners; never those for chosen \
         people). The service reads them.",
    ),
    key(
        "instance",
        "exposure_anonymous",
        "PORTICO_EXPOSURE_ANONYMOUS",
        "minimal",
        "How much of a profile is given to whoever does not prove who they are, and to hosts that may not take \
         part: `minimal` (what signatures and deliveries need) or `none`. With `public_pages` it is `full`.",
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
        "The same for hosts of tier open, which are those that nobody has set, in the mode open.",
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
        "Whether what is sent carries a proof of its author (FEP-8b32), which holds whoever hands it on. It lasts: an \
         author cannot deny later what carries one.",
    ),
    key(
        "instance",
        "bots",
        "PORTICO_BOTS",
        "staff",
        "Who may make bots and webhooks: `staff` (everybody who can sign in), `moderators` or `admins`.",
    ),
    key(
        "instance",
        "mail_url",
        "PORTICO_MAIL_URL",
        "none",
        "The mail server, as `smtps://USER:PASSWORD@HOST` or `smtp://HOST:587?tls=required`. Without one, no mail is sent.",
    ),
    key(
        "instance",
        "mail_from",
        "PORTICO_MAIL_FROM",
        "none",
        "Who sends the mail, as `Acme <noreply@acme.example>`.",
    ),
    key(
        "instance",
        "mail_digest",
        "PORTICO_MAIL_DIGEST",
        "weekly",
        "How often people who have not looked are told by mail what they missed, unless they choose otherwise: `daily`, \
         `weekly` or `off`.",
    ),
    key(
        "instance",
        "department_mentions",
        "PORTICO_DEPARTMENT_MENTIONS",
        "staff",
        "Who may call a whole department or division by name (`@sales`): `staff`, `moderators`, `admins` or `off`.",
    ),
    key(
        "instance",
        "announcers",
        "PORTICO_ANNOUNCERS",
        "[\"moderator\", \"admin\"]",
        "Who may post announcements that must be read: roles (member, moderator, admin), and people by user name, as \
         \"@alice\".",
    ),
    key(
        "instance",
        "room_sponsors",
        "PORTICO_ROOM_SPONSORS",
        "member",
        "From which role on people may make rooms and invite guests into them, for whom they answer: member, moderator \
         or admin.",
    ),
];

/// The reference page of the operator's guide, in Markdown.
pub fn reference() -> String {
    let mut page = String::from(
        "# Configuration\n\n\
         Portico reads `portico.toml` (another file with `--config` or `PORTICO_CONFIG`) and then the environment,\n\
         which wins. It checks everything before it starts and names every fault. The variables of an instance\n\
         work when there is one instance, or none in the file.\n",
    );
    for (table, title) in [
        ("", "At the top"),
        ("network", "`[network]`"),
        ("log", "`[log]`"),
        ("instance", "`[[instance]]`, once for each instance"),
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
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/operator/configuration.md");
        if std::env::var_os("PORTICO_TEST_WRITE_DOCS").is_some() {
            std::fs::write(file, reference()).unwrap();
        }
        assert_eq!(
            std::fs::read_to_string(file).unwrap(),
            reference(),
            "run with PORTICO_TEST_WRITE_DOCS=1 to renew it"
        );
    }

    #[test]
    fn every_variable_is_explained() {
        for variable in super::super::environment::INSTANCE {
            assert!(KEYS.iter().any(|key| key.variable == variable), "{variable}");
        }
    }
}
