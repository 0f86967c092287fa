//! `[[instance]]`: an instance. Groups of its keys are sections of their own, in the same table.

use portico_domain::model::Reach;
use portico_domain::model::annotations::Announcers;
use portico_domain::model::bot::Makers;
use portico_domain::model::card::LinkPreviews;
use portico_domain::model::department::DepartmentMentioners;
use portico_domain::model::exposure::{Exposure, Exposures};
use portico_domain::model::peer::FederationMode;
use portico_domain::model::profile::FieldReaches;
use portico_domain::model::reach::Ceilings;
use portico_domain::model::user::Role;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::{Table, Value};

use crate::about::About;
use crate::database::DatabaseUrl;
use crate::domain;
use crate::keys::{self, CheckContext, Section};
use crate::mail::MailSettings;
use crate::media::{BucketAccess, MediaPlace};
use crate::people::{AnnouncerList, FieldReachList};
use crate::reach::{CeilingKeys, ExposureKeys};
use crate::translation::TranslationSettings;
use crate::values::{Choices, Number, OneOf, number};

/// The settings of an instance.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub struct InstanceSettings {
    /// The host name of the instance, which is part of its users' addresses. It cannot be changed later.
    #[serde(default)]
    #[schemars(extend("x-default" = "(required)"))]
    pub domain: String,
    /// The name of the instance.
    #[serde(default)]
    #[schemars(extend("x-default" = "the domain"))]
    pub title: String,
    /// A description of the instance in one sentence.
    #[serde(default)]
    #[schemars(extend("x-default" = "empty"))]
    pub description: String,
    /// The mail address for inquiries about the instance.
    #[serde(default)]
    #[schemars(extend("x-default" = "empty"))]
    pub contact_email: String,
    /// `sqlite:PATH` or `postgres://USER@HOST/NAME`. A relative path starts at the folder of the configuration
    /// file.
    #[serde(default)]
    #[schemars(extend("x-default" = "sqlite:DOMAIN.db"))]
    pub database: DatabaseUrl,
    /// Where media files are stored: `file:PATH` for a folder, or `s3://BUCKET/PREFIX` for a bucket of an object
    /// store.
    #[serde(default)]
    #[schemars(extend("x-default" = "file:media/DOMAIN"))]
    pub media: MediaPlace,
    /// Which hosts the instance federates with: `closed` (only the company's instances), `allowlist` (also
    /// partners) or `open` (every host that is not blocked).
    #[serde(default = "usual_federation", with = "OneOf::<FederationMode>")]
    pub federation: FederationMode,
    /// The domains of the company's other instances. As a variable: separated by commas.
    #[serde(default)]
    pub company: Vec<String>,
    /// Whether visitors who are not signed in may see public posts and profiles.
    #[serde(default)]
    pub public_pages: bool,
    /// The reach of posts that a client marks as public or unlisted: `instance`, `company`, `partners` or
    /// `public`.
    #[serde(default = "usual_reach", with = "OneOf::<Reach>")]
    pub default_reach: Reach,
    /// The maximum length of a post, in characters (1 to 100000).
    #[serde(default = "number::<5000, usize>", with = "Number::<1, 100_000>")]
    pub max_characters: usize,
    /// The maximum number of client API requests in five minutes, per user (per address without sign-in).
    #[serde(default = "number::<300, u32>", with = "Number::<1, 1_000_000_000>")]
    pub request_limit: u32,
    /// How many questions to experts a user may send per day, and how many may reach the same person per day (0
    /// to 1000); 0 turns them off.
    #[serde(default = "number::<3, i64>", with = "Number::<0, 1000>")]
    pub questions_per_day: i64,
    /// Which posts get link previews: `off` (none), `public` (only public posts) or `organisation` (also posts for
    /// the instance, the company or partners, but never those for chosen people). The host of a linked page learns
    /// that its address was posted here, and when.
    #[serde(default, with = "OneOf::<LinkPreviews>")]
    pub link_previews: LinkPreviews,
    /// The widest reach of profile attributes, such as `["job_title=public", "contacts=instance"]`: `instance`,
    /// `company`, `partners` or `public`. Attributes that are not listed have `company`. As a variable: separated
    /// by commas.
    #[serde(default, rename = "profile_fields", with = "FieldReachList")]
    pub profile_reaches: FieldReaches,
    /// Whether outgoing objects carry an integrity proof of their author (FEP-8b32), which stays valid when others
    /// pass them on. The author cannot later deny having written them.
    #[serde(default)]
    pub object_proofs: bool,
    /// The people who may create bots and webhooks: `staff` (everyone who can sign in), `moderators` or `admins`.
    #[serde(default, with = "OneOf::<Makers>")]
    pub bots: Makers,
    /// The people who may mention a whole department or division by name (`@sales`): `staff`, `moderators`, `admins` or
    /// `off`.
    #[serde(default, with = "OneOf::<DepartmentMentioners>")]
    pub department_mentions: DepartmentMentioners,
    /// The authors of must-read posts: roles (`member`, `moderator`, `admin`), and users by name, such as
    /// `"@alice"`. As a variable: separated by commas.
    #[serde(default, with = "AnnouncerList")]
    pub announcers: Announcers,
    /// The lowest role that may create rooms and invite guests. The inviting user is responsible for them:
    /// `member`, `moderator` or `admin`.
    #[serde(default = "usual_sponsor", with = "OneOf::<Role>")]
    pub room_sponsors: Role,
    /// The information about the instance.
    #[serde(skip)]
    pub about: About,
    /// The widest reach of posts, by role.
    #[serde(skip)]
    pub ceilings: Ceilings,
    /// How much of profiles other servers get.
    #[serde(skip)]
    pub exposure: Exposures,
    /// The mail server.
    #[serde(skip)]
    pub mail: Option<MailSettings>,
    /// The translation service.
    #[serde(skip)]
    pub translation: Option<TranslationSettings>,
}

impl Section for InstanceSettings {
    const TABLE: &'static str = "instance";
}

impl Default for InstanceSettings {
    fn default() -> Self {
        keys::defaults()
    }
}

fn usual_federation() -> FederationMode {
    FederationMode::Allowlist
}

fn usual_reach() -> Reach {
    Reach::Company
}

fn usual_sponsor() -> Role {
    Role::Member
}

impl InstanceSettings {
    /// Reads the table of an instance. Without a domain, the settings have an empty one.
    pub(crate) fn read(table: &Table, context: &CheckContext<'_>, faults: &mut Vec<String>) -> Self {
        let mut table = table.clone();
        if !table.contains_key("domain") {
            faults
                .push("an [[instance]] has no domain; set one, such as \"engineering.acme.example\"".into());
        }
        let written = table.get("domain").and_then(Value::as_str).map(str::to_owned);
        // The other keys are checked with a valid domain, so that one fault does not hide or cause others. The
        // reader of the file reports a domain that is no text.
        let has_domain = written.is_some();
        let domain = written.unwrap_or_else(|| "domain.invalid".to_owned());
        table.insert("domain".into(), domain.clone().into());
        let file_name = domain.replace(':', "-");
        for (key, usual) in [
            ("title", domain),
            ("database", format!("sqlite:{file_name}.db")),
            ("media", format!("file:media/{file_name}")),
        ] {
            table.entry(key).or_insert(usual.into());
        }
        let mut instance: Self = keys::read(&table, faults);
        instance.check(context.insecure_http, faults);
        instance.database.start_at(context.folder);
        instance.media.start_at(context.folder);
        if let MediaPlace::Bucket(bucket) = &mut instance.media {
            bucket.access = BucketAccess::read(&mut table, context.variable, faults);
        }
        instance.about = About::read(&table, context.folder, faults);
        instance.ceilings = keys::read::<CeilingKeys>(&table, faults).into();
        instance.exposure = keys::read::<ExposureKeys>(&table, faults).into();
        if instance.exposure.anonymous == Exposure::Full && !instance.public_pages {
            faults.push(
                "exposure_anonymous is \"full\"; it must be \"minimal\" or \"none\" unless public_pages is true"
                    .into(),
            );
        }
        instance.mail = MailSettings::read(&table, faults);
        instance.translation = TranslationSettings::read(&table, context.insecure_http, faults);
        if !has_domain {
            instance.domain.clear();
        }
        instance
    }

    fn check(&self, insecure_http: bool, faults: &mut Vec<String>) {
        domain::check("domain", &self.domain, insecure_http, faults);
        for sister in &self.company {
            domain::check("company", sister, insecure_http, faults);
            if *sister == self.domain {
                faults.push(format!(
                    "company of {sister} contains {sister:?}; it must list the other instances only"
                ));
            }
        }
    }
}

impl Choices for FederationMode {
    type Value = Self;
    const WORDS: &'static [(&'static str, Self)] =
        &[("closed", Self::Closed), ("allowlist", Self::Allowlist), ("open", Self::Open)];
}

impl Choices for LinkPreviews {
    type Value = Self;
    const WORDS: &'static [(&'static str, Self)] =
        &[("off", Self::Off), ("public", Self::Public), ("organisation", Self::Organisation)];
}

impl Choices for DepartmentMentioners {
    type Value = Self;
    const WORDS: &'static [(&'static str, Self)] = &[
        ("staff", Self::Staff),
        ("moderators", Self::Moderators),
        ("admins", Self::Admins),
        ("off", Self::Nobody),
    ];
}

impl Choices for Makers {
    type Value = Self;
    const WORDS: &'static [(&'static str, Self)] =
        &[("staff", Self::Staff), ("moderators", Self::Moderators), ("admins", Self::Admins)];
}

impl Choices for Role {
    type Value = Self;
    const WORDS: &'static [(&'static str, Self)] =
        &[("member", Self::Member), ("moderator", Self::Moderator), ("admin", Self::Admin)];
}
