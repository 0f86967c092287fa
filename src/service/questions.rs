//! Asking the network: a question goes to the people whose skills match it, here and elsewhere, who let themselves
//! be asked, and to nobody else. Nobody is asked more than a few times a day, which the asker's instance minds
//! before it asks and the asked one's before it tells.

use super::{Error, Result, statuses};
use crate::instance::Instance;
use crate::model::account::Account;
use crate::model::peer::Tier;
use crate::model::profile::Expert;
use crate::model::question::{Asked, Askers};
use crate::model::status::RemoteStatus;
use crate::model::view::StatusView;
use crate::model::{AccountId, AppId, Reach};
use crate::policy::reach::{Asked as Wish, host_allowed};
use crate::service::people;
use crate::service::statuses::NewStatus;
use crate::store::{Reader, Tx};

/// The hashtag of questions; with it, a post to chosen people counts as one at the other end.
pub const TAG: &str = "asked_by_skill";
/// How many people a question goes to if nothing is said, and at most.
pub const USUAL: usize = 5;
/// At most so many people.
pub const MOST: usize = 20;
/// How many are looked at to find them.
const CANDIDATES: usize = 60;
/// What a day is, in seconds.
const DAY: i64 = 24 * 3600;

/// A question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Question {
    /// What somebody who can answer knows.
    pub about: String,
    /// The question itself.
    pub text: String,
    /// How many people are asked at most.
    pub limit: Option<usize>,
    /// The app it is asked with.
    pub app: Option<AppId>,
    /// Makes a second question with the same key within an hour answer the first.
    pub idempotency_key: Option<String>,
}

/// Who would be asked, the surest first.
///
/// # Errors
/// `Invalid` for a question about nothing.
pub async fn preview(instance: &Instance, me: &Account, question: &Question) -> Result<Vec<Asked>> {
    if question.about.trim().is_empty() {
        return Err(Error::invalid("Say what somebody should know"));
    }
    let limit = question.limit.unwrap_or(USUAL).clamp(1, MOST);
    let experts = people::who_knows(instance, me.id, &question.about, CANDIDATES).await?;
    let (me, mode, most) = (me.id, instance.settings.federation, instance.settings.questions_per_day);
    instance
        .store
        .read(move |reader| {
            let declared: Vec<Expert> =
                experts.into_iter().filter(|expert| !expert.skills.is_empty()).collect();
            let ids: Vec<AccountId> = declared.iter().map(|expert| expert.person.account.id).collect();
            let askers = reader.askers_of_all(&ids)?;
            let since = reader.now().plus_seconds(-DAY);
            let times = reader.times_asked(&ids, since)?;
            let mut found = Vec::new();
            for expert in declared {
                let (person, id) = (&expert.person, expert.person.account.id);
                let lets = match reader.tier_of_account(&person.account)? {
                    None => askers.get(&id).copied().unwrap_or_default().include(None),
                    Some(tier) => host_allowed(mode, tier).is_ok() && person.attributes.may_be_asked,
                };
                let fresh = times.get(&id).copied().unwrap_or(0) < most;
                let away = person.attributes.out_of_office.is_some();
                if id != me && lets && fresh && !away && !reader.is_blocked_between(me, id)? {
                    found.push(Asked { account: expert.person.account, skills: expert.skills });
                }
            }
            found.truncate(limit);
            Ok::<_, Error>(found)
        })
        .await
}

/// Asks: posts the question to exactly those who are found.
///
/// # Errors
/// `Invalid` without a question, when nobody is found, or when `me` has asked enough today.
pub async fn ask(instance: &Instance, me: &Account, question: Question) -> Result<(StatusView, Vec<Asked>)> {
    let text = question.text.trim();
    if text.is_empty() {
        return Err(Error::invalid("Text can't be blank"));
    }
    if !crate::service::text::extract(text).mentions.is_empty() {
        return Err(Error::invalid("A question goes to those who are found; name nobody in it"));
    }
    let (id, most) = (me.id, instance.settings.questions_per_day);
    let asked_today = instance
        .store
        .read(move |reader| {
            let since = reader.now().plus_seconds(-DAY);
            Ok::<_, Error>(reader.questions_by(id, since)?)
        })
        .await?;
    if asked_today >= most {
        return Err(Error::invalid(format!("You can ask {most} questions a day; try again tomorrow")));
    }
    let found = preview(instance, me, &question).await?;
    if found.is_empty() {
        return Err(Error::invalid("Nobody who lets themselves be asked says that they know this"));
    }
    let handles: Vec<String> = found.iter().map(|asked| format!("@{}", asked.account.acct())).collect();
    let new = NewStatus {
        text: format!("{text}\n\n{} #{TAG}", handles.join(" ")),
        asked: Some(Wish::Reach(Reach::Direct)),
        app: question.app,
        idempotency_key: question.idempotency_key,
        asking: found.iter().map(|asked| asked.account.id).collect(),
        ..NewStatus::default()
    };
    Ok((statuses::post(instance, me, new).await?, found))
}

/// Leaves out of a question from elsewhere whom it may not ask: who does not let themselves be asked from there,
/// and who was asked enough today. Answers who is asked by it; none if it is no question.
pub(super) fn admit(
    tx: &mut Tx<'_>,
    author: &Account,
    most: i64,
    status: &mut RemoteStatus,
) -> Result<Option<Vec<AccountId>>> {
    let is_question = status.reach == Reach::Direct
        && status.in_reply_to_uri.is_none()
        && status.tags.iter().any(|tag| tag == TAG);
    if !is_question {
        return Ok(None);
    }
    let tier = tx.tier_of_account(author)?;
    let since = tx.now().plus_seconds(-DAY);
    let times = tx.times_asked(&status.mentions, since)?;
    let mut asked = Vec::new();
    for id in std::mem::take(&mut status.mentions) {
        if !is_here(tx, id)? {
            status.mentions.push(id);
            continue;
        }
        let lets = tx.askers_of(id)?.include(tier.or(Some(Tier::Open)));
        if lets && times.get(&id).copied().unwrap_or(0) < most {
            status.mentions.push(id);
            asked.push(id);
        }
    }
    Ok(Some(asked))
}

fn is_here(reader: &mut Reader<'_>, id: AccountId) -> Result<bool> {
    Ok(reader.find_account(id)?.is_some_and(|account| account.is_local()))
}

/// Who may ask somebody what they know.
pub async fn askers(instance: &Instance, me: AccountId) -> Result<Askers> {
    Ok(instance.store.read(move |reader| reader.askers_of(me)).await?)
}
