//! Annotations of posts (must-read, praise, accepted answer, delegate) and their reports to authors.
//! Extensions of Portico.

use schemars::JsonSchema;
use serde::Serialize;

use super::Account;
use portico_domain::model::Timestamp;
use portico_domain::model::annotations::{self, MustReadProgress, MustReadView, ReaderView};
use portico_domain::model::delegation::{DelegatedPost, DelegationView};
use portico_domain::model::urls::Urls;
use portico_domain::model::view::StatusView;
use portico_domain::policy::must_reads::is_overdue;

/// The annotations of a status; absent keys mean none.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "StatusMarks")]
pub(super) struct StatusAnnotations {
    /// An extension of Portico: the must-read request of the status.
    #[serde(skip_serializing_if = "Option::is_none")]
    must_read: Option<MustRead>,
    /// An extension of Portico: the delegate who posted in the author's name. Visible to the two of them and
    /// to moderators.
    #[serde(skip_serializing_if = "Option::is_none")]
    posted_by: Option<Account>,
    /// An extension of Portico: the id of the answer that the author has accepted, if the viewer may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted_answer_id: Option<String>,
    /// An extension of Portico: the accounts that the status praises.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    praise: Vec<Account>,
}

impl StatusAnnotations {
    pub(super) fn render(view: &StatusView, urls: &Urls) -> Self {
        let marks = &view.annotations;
        let accepted = marks.accepted.as_ref().filter(|accepted| accepted.is_visible);
        Self {
            must_read: marks.must_read.as_ref().map(MustRead::render),
            posted_by: marks.posted_by.as_ref().map(|account| Account::render(account, urls)),
            accepted_answer_id: accepted.and_then(|accepted| accepted.id).map(|id| id.to_string()),
            praise: marks.praised.iter().map(|praised| Account::render(&praised.account, urls)).collect(),
        }
    }
}

/// The must-read request of a status.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct MustRead {
    /// The deadline for acknowledging.
    acknowledge_by: Option<String>,
    /// The department that must read it; null for all recipients.
    department: Option<String>,
    /// The actor id of the group that must read it; null for all recipients.
    group: Option<String>,
    /// Whether the viewer has acknowledged it; null if unknown.
    acknowledged: Option<bool>,
    /// Whether the request has ended.
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

/// The progress of a must-read post.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Acknowledgements {
    /// The number of people who must read it, on all instances of the company that receive it.
    expected: i64,
    /// The number of them who have acknowledged it.
    acknowledged: i64,
    /// The number of them who have not.
    missing: i64,
    /// The number of others who have acknowledged it without being required to, such as partners.
    others: i64,
    /// The deadline for acknowledging.
    acknowledge_by: Option<String>,
    /// Whether the deadline has passed.
    overdue: bool,
    /// When readers were last reminded.
    reminded_at: Option<String>,
    /// The earliest time of the next reminder; null for now.
    remind_after: Option<String>,
    /// When the request was ended.
    ended_at: Option<String>,
    /// The same figures by instance, this one first.
    instances: Vec<InstanceAcknowledgements>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "AcknowledgementsOfInstance")]
struct InstanceAcknowledgements {
    domain: String,
    /// Whether the post has been delivered there.
    delivered: bool,
    expected: i64,
    acknowledged: i64,
    missing: i64,
    /// The number of people who have not acknowledged it although the deadline has passed.
    overdue: i64,
}

impl Acknowledgements {
    /// Renders the progress of a must-read post.
    pub fn render(standings: &MustReadProgress, urls: &Urls) -> Self {
        let instances: Vec<InstanceAcknowledgements> = standings
            .instances
            .iter()
            .map(|one| {
                let missing = one.expected.saturating_sub(one.acknowledged);
                InstanceAcknowledgements {
                    domain: one.domain.clone().unwrap_or_else(|| urls.domain().to_owned()),
                    delivered: one.delivered,
                    expected: one.expected,
                    acknowledged: one.acknowledged,
                    missing,
                    overdue: if standings.is_overdue { missing } else { 0 },
                }
            })
            .collect();
        let sum = |of: fn(&InstanceAcknowledgements) -> i64| instances.iter().map(of).sum();
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

/// A person who must read a post.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MustReadReader {
    account: Account,
    /// When the person acknowledged it; null if not yet.
    acknowledged_at: Option<String>,
    /// Whether the person has not acknowledged it although the deadline has passed.
    overdue: bool,
}

impl MustReadReader {
    /// Renders a reader of a must-read post.
    pub fn render(view: &ReaderView, mark: &annotations::MustRead, now: Timestamp, urls: &Urls) -> Self {
        Self {
            account: Account::render(&view.account, urls),
            acknowledged_at: view.acknowledged_at.map(Timestamp::rfc3339),
            overdue: view.acknowledged_at.is_none() && is_overdue(mark, now),
        }
    }
}

/// A permission to post in another account's name.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Delegation {
    /// The delegate; in the list of leaders, the leader.
    account: Account,
    /// Whether the delegate may post.
    post: bool,
    /// Whether the delegate may reply.
    answer: bool,
    /// When the delegation ends; null for no fixed end.
    until: Option<String>,
    created_at: String,
}

impl Delegation {
    /// Renders a delegation as the leader or the delegate sees it.
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

/// One entry of the record: a post in the leader's name.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DelegatedStatus {
    /// The id of the post, which may have been deleted.
    status_id: String,
    /// Whether the post still exists.
    exists: bool,
    /// The delegate who posted it.
    delegate: Account,
    /// Whether it was a reply.
    answer: bool,
    created_at: String,
}

impl DelegatedStatus {
    /// Renders an entry of the record.
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
