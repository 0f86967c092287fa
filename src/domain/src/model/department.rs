//! Departments and divisions that posts mention by name.

use super::AccountId;

/// The users of an instance who may mention departments and divisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DepartmentMentioners {
    /// Everyone who can sign in.
    #[default]
    Staff,
    /// Moderators and administrators.
    Moderators,
    /// Administrators.
    Admins,
    /// No one: mentions stay plain text.
    Nobody,
}

/// A department or a division, as named in a mention.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DepartmentName {
    /// Whether it is a division.
    pub is_division: bool,
    /// Its name, prepared by [`words`](super::search::words).
    pub key: String,
    /// The name in the spelling of one of its people.
    pub name: String,
}

impl DepartmentName {
    /// Returns the path of the page that lists its people.
    pub fn page(&self) -> String {
        let kind = if self.is_division { "division" } else { "department" };
        let name = percent_encoding::utf8_percent_encode(&self.name, percent_encoding::NON_ALPHANUMERIC);
        format!("/people?{kind}={name}")
    }
}

/// Returns the key by which mentions are compared: letters and digits only, so that `@hot_gas` matches *Hot
/// gas*.
pub fn mention_key(name: &str) -> String {
    super::search::words(name).split(' ').collect()
}

/// A mentioned department or division, with the local people it notifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DepartmentMention {
    /// The department or division.
    pub department: DepartmentName,
    /// The local people in it.
    pub people: Vec<AccountId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_called_by_their_letters() {
        for (typed, name) in [("sales", "Sales"), ("hot_gas", "Hot Gas"), ("rd", "R&D"), ("uber", "Über")] {
            assert_eq!(mention_key(typed), mention_key(name));
        }
        let department = DepartmentName { is_division: false, key: "r d".into(), name: "R&D".into() };
        assert_eq!(department.page(), "/people?department=R%26D");
    }
}
