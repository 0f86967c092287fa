//! What marks a post out among others: that it must be read, who posted it for whom, which answer was accepted,
//! whom it praises.

use super::account::Account;
use super::user::Role;
use super::{AccountId, StatusId, Timestamp};

/// Who may post what must be read: roles, and people by their user names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcers {
    /// Everybody of these roles.
    pub roles: Vec<Role>,
    /// These people, by user name in lower case.
    pub names: Vec<String>,
}

impl Default for Announcers {
    fn default() -> Self {
        Self { roles: vec![Role::Moderator, Role::Admin], names: Vec::new() }
    }
}

/// For whom, and until when, a new post must be read.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Require {
    /// Until when it should be acknowledged.
    pub acknowledge_by: Option<Timestamp>,
    /// Only this department must read it; empty for everybody.
    pub department: String,
    /// Only the members of this group must read it.
    pub group: Option<AccountId>,
}

/// That a post must be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MustRead {
    /// The post.
    pub status_id: StatusId,
    /// For whom, and until when.
    pub require: Require,
    /// When its readers were last reminded.
    pub reminded_at: Option<Timestamp>,
    /// When its author said that it need not be read any more.
    pub ended_at: Option<Timestamp>,
}

/// That a post must be read, as a viewer is shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MustReadView {
    /// The mark.
    pub must_read: MustRead,
    /// The actor id of the group that must read it.
    pub group_uri: Option<String>,
    /// Whether the viewer has acknowledged it; none where that is not known.
    pub acknowledged: Option<bool>,
}

/// Which answer to a post was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The answer's object id.
    pub uri: String,
    /// The answer, if it is here.
    pub id: Option<StatusId>,
    /// Whether whoever may have the question may have the answer.
    pub is_open: bool,
    /// Whether the viewer may see the answer.
    pub is_visible: bool,
}

/// Somebody whom a post praises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Praised {
    /// Who.
    pub account: Account,
    /// Whether they keep it off their profile.
    pub hidden: bool,
}

/// What marks a post out, as a viewer is shown it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks {
    /// That it must be read.
    pub must_read: Option<MustReadView>,
    /// Who posted it in its author's name, if the viewer may know.
    pub posted_by: Option<Box<Account>>,
    /// Which answer to it was accepted.
    pub accepted: Option<Accepted>,
    /// Whom it praises.
    pub praised: Vec<Praised>,
}

/// What a post from elsewhere says of itself in this respect; nothing of it is believed yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RemoteMarks {
    /// That it must be read.
    pub must_read: Option<RemoteMustRead>,
    /// The object id of the answer that was accepted.
    pub accepted: Option<String>,
    /// The actor ids of those whom it praises.
    pub praised: Vec<String>,
}

/// That a post from elsewhere must be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RemoteMustRead {
    /// Until when it should be acknowledged.
    pub acknowledge_by: Option<Timestamp>,
    /// Which department must read it; empty for everybody.
    pub department: String,
    /// The actor id of the group that must read it.
    pub group: Option<String>,
    /// When its readers were last reminded.
    pub reminded_at: Option<Timestamp>,
}

/// How far a post that must be read has come on one instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The instance's domain; none for this one.
    pub domain: Option<String>,
    /// How many must read it.
    pub expected: i64,
    /// How many of them have acknowledged it.
    pub acknowledged: i64,
    /// Whether the post has arrived there.
    pub delivered: bool,
}

/// How far a post that must be read has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standings {
    /// The mark.
    pub must_read: MustRead,
    /// By instance, this one first.
    pub instances: Vec<Standing>,
    /// How many have acknowledged it who need not read it.
    pub others: i64,
    /// Whether its time is over.
    pub is_overdue: bool,
    /// When its readers may be reminded again, if not now.
    pub remind_after: Option<Timestamp>,
}

/// Which of those who must read something are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Which {
    /// All of them.
    #[default]
    All,
    /// Those who have acknowledged it.
    Acknowledged,
    /// Those who have not.
    Missing,
}

impl Which {
    /// The choice with this word; empty for all.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "" | "all" => Some(Self::All),
            "acknowledged" => Some(Self::Acknowledged),
            "missing" => Some(Self::Missing),
            _ => None,
        }
    }
}

/// Somebody who must read something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReaderView {
    /// Who.
    pub account: Account,
    /// When they acknowledged it.
    pub acknowledged_at: Option<Timestamp>,
}
