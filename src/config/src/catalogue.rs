//! Every section, in the order of the reference page.

use crate::about::About;
use crate::instance::InstanceSettings;
use crate::keys::{self, ConfigKey, Section};
use crate::log::LogSettings;
use crate::mail::MailSettings;
use crate::media::BucketAccess;
use crate::network::NetworkSettings;
use crate::reach::{CeilingKeys, ExposureKeys};
use crate::server::Settings;
use crate::translation::TranslationSettings;

/// The tables below the top of the file.
pub(crate) const TABLES: [&str; 3] = ["network", "log", "instance"];

/// A section, as its type describes it.
pub(crate) struct Described {
    /// The table of the file: empty for the top of the file.
    pub table: &'static str,
    /// The heading, if it shares its table with others.
    pub title: &'static str,
    /// The keys.
    pub keys: Vec<ConfigKey>,
}

/// Returns every section.
pub(crate) fn sections() -> Vec<Described> {
    fn of<T: Section>() -> Described {
        Described { table: T::TABLE, title: T::TITLE, keys: keys::describe::<T>() }
    }
    vec![
        of::<Settings>(),
        of::<NetworkSettings>(),
        of::<LogSettings>(),
        of::<InstanceSettings>(),
        of::<About>(),
        of::<BucketAccess>(),
        of::<CeilingKeys>(),
        of::<ExposureKeys>(),
        of::<TranslationSettings>(),
        of::<MailSettings>(),
    ]
}

/// Returns the keys of a table.
pub(crate) fn keys_of<'a>(sections: &'a [Described], table: &str) -> impl Iterator<Item = &'a ConfigKey> {
    let sections = sections.iter().filter(move |section| section.table == table);
    sections.flat_map(|section| &section.keys)
}
