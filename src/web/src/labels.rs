//! Labels and formats for pages: reaches, OAuth scopes, dates and counts.

use portico_domain::model::oauth::Scopes;
use portico_domain::model::view::StatusView;
use portico_domain::model::{Reach, Timestamp};

use crate::icons;

/// Label, explanation and icon of a reach.
pub(super) struct ReachLabel {
    /// A short name.
    pub label: &'static str,
    /// An explanation in a sentence.
    pub title: &'static str,
    /// SVG icon.
    pub icon: &'static str,
    /// Whether the audience is named people, followers, a group or this instance; shown highlighted.
    pub is_narrow: bool,
}

/// Returns the label, explanation and icon of a reach.
pub(super) const fn reach(reach: Reach) -> ReachLabel {
    match reach {
        Reach::Direct => {
            ReachLabel { label: reach.label(), title: reach.explanation(), icon: icons::AT, is_narrow: true }
        }
        Reach::Followers => ReachLabel {
            label: reach.label(),
            title: reach.explanation(),
            icon: icons::LOCK,
            is_narrow: true,
        },
        Reach::Instance => ReachLabel {
            label: reach.label(),
            title: reach.explanation(),
            icon: icons::HOUSE,
            is_narrow: true,
        },
        Reach::Company => ReachLabel {
            label: reach.label(),
            title: reach.explanation(),
            icon: icons::BUILDING,
            is_narrow: false,
        },
        Reach::Partners => ReachLabel {
            label: reach.label(),
            title: reach.explanation(),
            icon: icons::PARTNERS,
            is_narrow: false,
        },
        Reach::Group => ReachLabel {
            label: reach.label(),
            title: reach.explanation(),
            icon: icons::LOCK,
            is_narrow: true,
        },
        Reach::Public => ReachLabel {
            label: reach.label(),
            title: reach.explanation(),
            icon: icons::GLOBE,
            is_narrow: false,
        },
    }
}

/// Formats a reach, with the one partner that it is limited to.
pub(super) fn audience_label(reach: Reach, partner: Option<&str>) -> String {
    match partner {
        Some(domain) => format!("Company and {domain}"),
        None => self::reach(reach).label.to_owned(),
    }
}

/// Formats the audience of a post. Only its author sees the name of the circle.
pub(super) fn goes_to(view: &StatusView) -> String {
    let status = &view.status;
    if status.addressed {
        return addressed(view.circle.as_deref());
    }
    audience_label(status.reach, status.partner.as_ref().map(|partner| partner.domain.as_str()))
}

/// Formats the audience of a post to people that it does not mention; with the circle's name for its owner.
pub(super) fn addressed(circle: Option<&str>) -> String {
    match circle {
        Some(title) => format!("Circle: {title}"),
        None => "Only people addressed".to_owned(),
    }
}

/// Explanation of [`addressed`], in a sentence.
pub(super) const ADDRESSED: &str = "Only the people this post is addressed to can see it";

/// Writes a reach as the value of a form field.
pub(super) fn write_limits(reach: Reach, partner: Option<&str>) -> String {
    match partner {
        Some(domain) => format!("{reach}:{domain}"),
        None => reach.to_string(),
    }
}

/// Parses the value of a form field: a reach, and the one partner that it is limited to.
pub(super) fn read_limits(value: &str) -> (Option<Reach>, Option<String>) {
    match value.split_once(':') {
        Some((reach, domain)) => (Reach::choice(reach).ok(), Some(domain.to_owned())),
        None => (Reach::choice(value).ok(), None),
    }
}

/// A permission that an app asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PermissionLabel {
    /// A short name.
    pub title: &'static str,
    /// Explanation; lists the parts if the app asks for only some of them.
    pub detail: String,
    /// SVG icon.
    pub icon: &'static str,
    /// Whether it allows more than access to the user's own account; shown highlighted.
    pub is_strong: bool,
}

/// Names of the parts of broad scopes.
const PARTS: &[(&str, &str)] = &[
    ("accounts", "accounts"),
    ("blocks", "blocks"),
    ("bookmarks", "bookmarks"),
    ("collections", "collections"),
    ("conversations", "conversations"),
    ("favourites", "favourites"),
    ("filters", "filters"),
    ("follows", "follows"),
    ("lists", "lists"),
    ("media", "pictures and files"),
    ("mutes", "mutes"),
    ("notifications", "notifications"),
    ("reports", "reports"),
    ("search", "search"),
    ("statuses", "posts"),
    ("domain_allows", "allowed hosts"),
    ("domain_blocks", "blocked hosts"),
    ("ip_blocks", "blocked addresses"),
    ("email_domain_blocks", "blocked e-mail domains"),
    ("canonical_email_blocks", "blocked e-mail addresses"),
];

/// Scope families: the broad scope, its title, its description, its icon, and whether it is highlighted.
const FAMILIES: &[(&str, &str, &str, &str, bool)] = &[
    ("profile", "See who you are", "Your name, your picture and your address here.", icons::PERSON, false),
    (
        "read",
        "Read what you can read",
        "Your home timeline, posts you may see, your notifications, lists and bookmarks.",
        icons::BOOK,
        false,
    ),
    (
        "write",
        "Post and act for you",
        "Write, change and delete posts, favourite, boost and bookmark, and change your profile.",
        icons::PEN,
        false,
    ),
    (
        "follow",
        "Manage who you follow",
        "Follow and unfollow, block and mute people for you.",
        icons::PEOPLE,
        false,
    ),
    ("push", "Send you notifications", "Receive your notifications as they happen.", icons::BELL, false),
    (
        "admin:read",
        "Read as an administrator",
        "Accounts, reports and blocks of this instance.",
        icons::SHIELD,
        true,
    ),
    (
        "admin:write",
        "Act as an administrator",
        "Moderate accounts and change blocks of this instance.",
        icons::SHIELD,
        true,
    ),
];

/// Describes the scopes that an app asks for, one entry per family.
pub(super) fn permissions(scopes: &Scopes) -> Vec<PermissionLabel> {
    let asked: Vec<&str> = scopes.iter().collect();
    FAMILIES
        .iter()
        .filter_map(|&(family, title, all, icon, is_strong)| {
            if asked.contains(&family) {
                return Some(PermissionLabel { title, detail: all.to_owned(), icon, is_strong });
            }
            let parts: Vec<&str> = asked
                .iter()
                .filter_map(|scope| scope.strip_prefix(family)?.strip_prefix(':'))
                .filter_map(|part| PARTS.iter().find(|(name, _)| *name == part).map(|(_, word)| *word))
                .collect();
            if parts.is_empty() {
                return None;
            }
            Some(PermissionLabel { title, detail: format!("Only: {}.", parts.join(", ")), icon, is_strong })
        })
        .collect()
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Formats an age, as `3 h`; as a date from seven days on.
pub(super) fn ago(then: Timestamp, now: Timestamp) -> String {
    let seconds = now.seconds() - then.seconds();
    match seconds {
        ..MINUTE => "now".to_owned(),
        MINUTE..HOUR => format!("{} min", seconds / MINUTE),
        HOUR..DAY => format!("{} h", seconds / HOUR),
        _ if seconds < 7 * DAY => format!("{} d", seconds / DAY),
        _ => day(then),
    }
}

/// Formats a duration in seconds, as `3 h`, rounded up.
pub(super) fn span(seconds: i64) -> String {
    match seconds {
        ..HOUR => format!("{} min", (seconds.max(1) - 1) / MINUTE + 1),
        HOUR..DAY => format!("{} h", (seconds - 1) / HOUR + 1),
        _ => format!("{} d", (seconds - 1) / DAY + 1),
    }
}

/// Formats a date as `2 July 2026`.
pub(super) fn day(moment: Timestamp) -> String {
    format(moment, "%-d %B %Y")
}

/// Formats a date and time as `2 July 2026, 07:47 UTC`.
pub(super) fn moment(moment: Timestamp) -> String {
    format(moment, "%-d %B %Y, %H:%M UTC")
}

fn format(moment: Timestamp, pattern: &str) -> String {
    let moment = jiff::Timestamp::from_millisecond(moment.millis()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    moment.strftime(pattern).to_string()
}

/// Formats a count as `1 reply` or `2 replies`.
pub(super) fn count(number: i64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;
    use portico_domain::model::oauth::ALL_SCOPES;

    #[test]
    fn every_scope_has_words() {
        for scope in ALL_SCOPES {
            let words = permissions(&Scopes::parse(scope).unwrap());
            assert_eq!(words.len(), 1, "{scope}");
        }
    }

    #[test]
    fn broad_scopes_swallow_their_parts_and_parts_are_named() {
        let words =
            permissions(&Scopes::parse("read read:statuses write:media write:statuses push").unwrap());
        let titles: Vec<_> = words.iter().map(|permission| permission.title).collect();
        assert_eq!(titles, ["Read what you can read", "Post and act for you", "Send you notifications"]);
        assert_eq!(words[1].detail, "Only: pictures and files, posts.");
    }

    #[test]
    fn times_are_shown_relative_to_now() {
        let now = Timestamp::parse("2026-07-02T12:00:00Z").unwrap();
        for (then, expected) in [
            ("2026-07-02T12:00:30Z", "now"),
            ("2026-07-02T11:59:30Z", "now"),
            ("2026-07-02T11:55:00Z", "5 min"),
            ("2026-07-02T09:00:00Z", "3 h"),
            ("2026-06-30T11:00:00Z", "2 d"),
            ("2026-06-02T12:00:00Z", "2 June 2026"),
        ] {
            assert_eq!(ago(Timestamp::parse(then).unwrap(), now), expected, "{then}");
        }
        assert_eq!(moment(now), "2 July 2026, 12:00 UTC");
    }
}
