//! Departments and divisions that posts call by name.

use super::AccountId;

/// Who of an instance may call departments and divisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Callers {
    /// Everybody who can sign in.
    #[default]
    Staff,
    /// Moderators and administrators.
    Moderators,
    /// Administrators.
    Admins,
    /// Nobody: what looks like a call is only text.
    Nobody,
}

/// A department or a division, as it is called.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UnitName {
    /// Whether it is a division.
    pub is_division: bool,
    /// Its name, prepared by [`words`](super::search::words).
    pub key: String,
    /// Its name as one of its people writes it.
    pub name: String,
}

impl UnitName {
    /// The path of the page that lists its people.
    pub fn page(&self) -> String {
        let kind = if self.is_division { "division" } else { "department" };
        let name = percent_encoding::utf8_percent_encode(&self.name, percent_encoding::NON_ALPHANUMERIC);
        format!("/people?{kind}={name}")
    }
}

/// What is compared when a unit is called: its letters and digits, so that `@hot_gas` calls *Hot gas*.
pub fn called(name: &str) -> String {
    super::search::words(name).split(' ').collect()
}

/// A unit that a post calls, and whom that tells here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The unit.
    pub unit: UnitName,
    /// The people of this instance in it.
    pub people: Vec<AccountId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_called_by_their_letters() {
        for (typed, name) in [("sales", "Sales"), ("hot_gas", "Hot Gas"), ("rd", "R&D"), ("uber", "Über")] {
            assert_eq!(called(typed), called(name));
        }
        let unit = UnitName { is_division: false, key: "r d".into(), name: "R&D".into() };
        assert_eq!(unit.page(), "/people?department=R%26D");
    }
}
