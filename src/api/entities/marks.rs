//! What marks posts out, and what their authors are told of it. Portico's own.

use schemars::JsonSchema;
use serde::Serialize;

use super::Account;
use crate::model::Timestamp;
use crate::model::delegation::{DelegatedPost, DelegationView};
use crate::model::marks::{self, MustReadView, ReaderView, Standings};
use crate::model::urls::Urls;
use crate::model::view::StatusView;
use crate::policy::must_reads::is_overdue;

/// What marks a status out; each key is there only if it says something.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "StatusMarks")]
pub(super) struct Marks {
    /// Portico's own: that it must be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    must_read: Option<MustRead>,
    /// Portico's own: who posted it in its author's name, for the two of them and for moderators.
    #[serde(skip_serializing_if = "Option::is_none")]
    posted_by: Option<Account>,
    /// Portico's own: which answer its author has accepted, if the caller may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted_answer_id: Option<String>,
    /// Portico's own: whom it praises.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    praise: Vec<Account>,
}

impl Marks {
    pub(super) fn render(view: &StatusView, urls: &Urls) -> Self {
        let marks = &view.marks;
        let accepted = marks.accepted.as_ref().filter(|accepted| accepted.is_visible);
        Self {
            must_read: marks.must_read.as_ref().map(MustRead::render),
            posted_by: marks.posted_by.as_ref().map(|account| Account::render(account, urls)),
            accepted_answer_id: accepted.and_then(|accepted| accepted.id).map(|id| id.to_string()),
            praise: marks.praised.iter().map(|praised| Account::render(&praised.account, urls)).collect(),
        }
    }
}

/// That a status must be read.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct MustRead {
    /// Until when it should be acknowledged.
    acknowledge_by: Option<String>,
    /// The department that must read it; null for everybody.
    department: Option<String>,
    /// The actor id of the group that must read it; null for everybody.
    group: Option<String>,
    /// Whether the caller has acknowledged it; null where that is not known.
    acknowledged: Option<bool>,
    /// Whether it need not be read any more.
    ended: bool,
}

impl MustRead {
    fn render(view: &MustReadView) -> Self {
        let mark = &view.must_read;
        Self {
            acknowledge_by: mark.require.acknowledge_by.map(Timestamp::rfc3339),
            department: Some(mark.require.department.clone()).filter(|name| !name.is_empty()),
            group: view.group_uri.clone(),
            acknowledged: view.acknowledged,
            ended: mark.ended_at.is_some(),
        }
    }
}

/// How far a post that must be read has come.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Acknowledgements {
    /// How many must read it, on every instance of the company that it goes to.
    expected: i64,
    /// How many of them have acknowledged it.
    acknowledged: i64,
    /// How many of them have not.
    missing: i64,
    /// How many have acknowledged it who need not, partners and the like.
    others: i64,
    /// Until when it should be acknowledged.
    acknowledge_by: Option<String>,
    /// Whether that is over.
    overdue: bool,
    /// When its readers were last reminded.
    reminded_at: Option<String>,
    /// When they may be reminded again; null for now.
    remind_after: Option<String>,
    /// When it was ended.
    ended_at: Option<String>,
    /// The same by instance, this one first.
    instances: Vec<OfInstance>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "AcknowledgementsOfInstance")]
struct OfInstance {
    domain: String,
    /// Whether the post has arrived there.
    delivered: bool,
    expected: i64,
    acknowledged: i64,
    missing: i64,
    /// How many have not acknowledged it although its time is over.
    overdue: i64,
}

impl Acknowledgements {
    /// Renders how far a post has come.
    pub fn render(standings: &Standings, urls: &Urls) -> Self {
        let instances: Vec<OfInstance> = standings
            .instances
            .iter()
            .map(|one| {
                let missing = one.expected.saturating_sub(one.acknowledged);
                OfInstance {
                    domain: one.domain.clone().unwrap_or_else(|| urls.domain().to_owned()),
                    delivered: one.delivered,
                    expected: one.expected,
                    acknowledged: one.acknowledged,
                    missing,
                    overdue: if standings.is_overdue { missing } else { 0 },
                }
            })
            .collect();
        let sum = |of: fn(&OfInstance) -> i64| instances.iter().map(of).sum();
        let mark = &standings.must_read;
        Self {
            expected: sum(|one| one.expected),
            acknowledged: sum(|one| one.acknowledged),
            missing: sum(|one| one.missing),
            others: standings.others,
            acknowledge_by: mark.require.acknowledge_by.map(Timestamp::rfc3339),
            overdue: standings.is_overdue,
            reminded_at: mark.reminded_at.map(Timestamp::rfc3339),
            remind_after: standings.remind_after.map(Timestamp::rfc3339),
            ended_at: mark.ended_at.map(Timestamp::rfc3339),
            instances,
        }
    }
}

/// Somebody who must read a post.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MustReader {
    account: Account,
    /// When they acknowledged it; null if they have not.
    acknowledged_at: Option<String>,
    /// Whether they have not although its time is over.
    overdue: bool,
}

impl MustReader {
    /// Renders a reader of a post with this mark.
    pub fn render(view: &ReaderView, mark: &marks::MustRead, now: Timestamp, urls: &Urls) -> Self {
        Self {
            account: Account::render(&view.account, urls),
            acknowledged_at: view.acknowledged_at.map(Timestamp::rfc3339),
            overdue: view.acknowledged_at.is_none() && is_overdue(mark, now),
        }
    }
}

/// That somebody may post in somebody else's name.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Delegation {
    /// The delegate; where leaders are listed, the leader.
    account: Account,
    /// Whether posts are allowed.
    post: bool,
    /// Whether answers are allowed.
    answer: bool,
    /// Until when; null until it is taken back.
    until: Option<String>,
    created_at: String,
}

impl Delegation {
    /// Renders a delegation, as one of the two is shown it.
    pub fn render(view: &DelegationView, urls: &Urls) -> Self {
        Self {
            account: Account::render(&view.account, urls),
            post: view.delegation.may_post,
            answer: view.delegation.may_answer,
            until: view.delegation.until.map(Timestamp::rfc3339),
            created_at: view.delegation.created_at.rfc3339(),
        }
    }
}

/// One entry of the record: a post in somebody's name.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DelegatedStatus {
    /// The post; it may be gone.
    status_id: String,
    /// Whether it is still there.
    exists: bool,
    /// Who posted it.
    delegate: Account,
    /// Whether it was an answer.
    answer: bool,
    created_at: String,
}

impl DelegatedStatus {
    /// Renders an entry.
    pub fn render(entry: &DelegatedPost, urls: &Urls) -> Self {
        Self {
            status_id: entry.status_id.to_string(),
            exists: entry.is_there,
            delegate: Account::render(&entry.delegate, urls),
            answer: entry.is_answer,
            created_at: entry.created_at.rfc3339(),
        }
    }
}
