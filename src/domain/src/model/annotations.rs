//! Annotations of a post: the must-read mark, the delegate who posted it, the accepted answer, and praised
//! people.

use super::account::Account;
use super::user::Role;
use super::{AccountId, StatusId, Timestamp};

/// The users who may post must-read posts: by role, or by user name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcers {
    /// Everyone with one of these roles.
    pub roles: Vec<Role>,
    /// These people, by user name in lower case.
    pub names: Vec<String>,
}

impl Default for Announcers {
    fn default() -> Self {
        Self { roles: vec![Role::Moderator, Role::Admin], names: Vec::new() }
    }
}

/// The must-read options of a new post: the readers who must acknowledge it, and the deadline.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Require {
    /// The deadline for acknowledgements.
    pub acknowledge_by: Option<Timestamp>,
    /// Only this department must read it; empty for everyone.
    pub department: String,
    /// Only the members of this group must read it.
    pub group: Option<AccountId>,
}

/// The must-read mark of a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MustRead {
    /// The post.
    pub status_id: StatusId,
    /// The required readers and the deadline.
    pub require: Require,
    /// When its readers were last reminded.
    pub reminded_at: Option<Timestamp>,
    /// When its author ended the obligation to read it.
    pub ended_at: Option<Timestamp>,
}

/// The must-read mark as a viewer sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MustReadView {
    /// The mark.
    pub must_read: MustRead,
    /// The actor id of the group whose members must read it.
    pub group_uri: Option<String>,
    /// Whether the viewer has acknowledged it; `None` if unknown.
    pub acknowledged: Option<bool>,
}

/// The accepted answer to a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The object id of the answer.
    pub uri: String,
    /// The local id of the answer, if it is stored.
    pub id: Option<StatusId>,
    /// Whether every recipient of the question may also have the answer.
    pub is_open: bool,
    /// Whether the viewer may see the answer.
    pub is_visible: bool,
}

/// An account that a post praises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Praised {
    /// The praised account.
    pub account: Account,
    /// Whether the account hides the praise from its profile.
    pub hidden: bool,
}

/// The annotations of a post as a viewer sees them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Annotations {
    /// The must-read mark.
    pub must_read: Option<MustReadView>,
    /// The delegate who posted it in its author's name, if the viewer may know.
    pub posted_by: Option<Box<Account>>,
    /// The accepted answer.
    pub accepted: Option<Accepted>,
    /// The praised accounts.
    pub praised: Vec<Praised>,
}

/// The annotations that a remote post claims; not verified yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RemoteAnnotations {
    /// The must-read mark.
    pub must_read: Option<RemoteMustRead>,
    /// The object id of the accepted answer.
    pub accepted: Option<String>,
    /// The actor ids of the praised accounts.
    pub praised: Vec<String>,
}

/// The must-read mark of a remote post.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RemoteMustRead {
    /// The deadline for acknowledgements.
    pub acknowledge_by: Option<Timestamp>,
    /// The department that must read it; empty for everyone.
    pub department: String,
    /// The actor id of the group whose members must read it.
    pub group: Option<String>,
    /// When its readers were last reminded.
    pub reminded_at: Option<Timestamp>,
}

/// The reading progress of a must-read post on one instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadProgress {
    /// The domain of the instance; `None` for this one.
    pub domain: Option<String>,
    /// The number of required readers.
    pub expected: i64,
    /// The number of required readers who have acknowledged it.
    pub acknowledged: i64,
    /// Whether the post was delivered there.
    pub delivered: bool,
}

/// The reading progress of a must-read post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MustReadProgress {
    /// The must-read mark.
    pub must_read: MustRead,
    /// The progress by instance, this one first.
    pub instances: Vec<ReadProgress>,
    /// The number of people who acknowledged it without being required to.
    pub others: i64,
    /// Whether the deadline has passed.
    pub is_overdue: bool,
    /// When its readers may be reminded again; `None` if they may be now.
    pub remind_after: Option<Timestamp>,
}

/// The subset of required readers to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReaderFilter {
    /// Every required reader.
    #[default]
    All,
    /// Those who have acknowledged it.
    Acknowledged,
    /// Those who have not acknowledged it.
    Missing,
}

impl ReaderFilter {
    /// Parses the name of a subset; an empty text means all.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "" | "all" => Some(Self::All),
            "acknowledged" => Some(Self::Acknowledged),
            "missing" => Some(Self::Missing),
            _ => None,
        }
    }
}

/// A required reader of a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReaderView {
    /// The account.
    pub account: Account,
    /// When the account acknowledged it.
    pub acknowledged_at: Option<Timestamp>,
}
