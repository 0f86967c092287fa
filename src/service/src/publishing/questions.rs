//! Questions by skill: a question is posted to exactly the people whose skills match and who accept
//! questions. Nobody receives more than a few a day; the asker's instance checks this limit before sending,
//! the recipient's before delivering.

use crate::instance::Instance;
use crate::people::profiles;
use crate::publishing::receive::AdmittedPost;
use crate::publishing::statuses::NewStatus;
use crate::publishing::{PostAuthor, submit_now};
use crate::{Error, Result};
use portico_domain::model::account::Account;
use portico_domain::model::peer::Tier;
use portico_domain::model::profile::Expert;
use portico_domain::model::question::{Askers, QuestionRecipient};
use portico_domain::model::view::StatusView;
use portico_domain::model::{AccountId, AppId, Reach};
use portico_domain::policy::reach::{RequestedReach as Wish, host_allowed};
use portico_store::{Reader, Tx};

/// The hashtag of questions. A direct post with it counts as a question at the recipient's instance.
pub const TAG: &str = "asked_by_skill";
/// Default number of people asked.
pub const USUAL: usize = 5;
/// Maximum number of people asked.
pub const MOST: usize = 20;
/// Number of candidates considered.
const CANDIDATES: usize = 60;
/// A day, in seconds.
const DAY: i64 = 24 * 3600;

/// The input of a question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QuestionInput {
    /// The required skill or topic.
    pub about: String,
    /// The text of the question.
    pub text: String,
    /// Maximum number of people to ask.
    pub limit: Option<usize>,
    /// The app that asks.
    pub app: Option<AppId>,
    /// The idempotency key: a second question with the same key within an hour returns the first.
    pub idempotency_key: Option<String>,
}

/// Previews who would be asked, best match first.
///
/// # Errors
/// `Invalid` without a topic.
pub async fn preview(
    instance: &Instance,
    me: &Account,
    question: &QuestionInput,
) -> Result<Vec<QuestionRecipient>> {
    if question.about.trim().is_empty() {
        return Err(Error::invalid("About can't be blank: name a skill or a topic"));
    }
    let limit = question.limit.unwrap_or(USUAL).clamp(1, MOST);
    let experts = profiles::who_knows(instance, me.id, &question.about, CANDIDATES).await?;
    let (me, mode, most) = (me.id, instance.settings.federation, instance.settings.questions_per_day);
    instance
        .store
        .read(move |reader| {
            let declared: Vec<Expert> =
                experts.into_iter().filter(|expert| !expert.skills.is_empty()).collect();
            let ids: Vec<AccountId> = declared.iter().map(|expert| expert.person.account.id).collect();
            let askers = reader.find_askers_by_account(&ids)?;
            let since = reader.now().plus_seconds(-DAY);
            let times = reader.count_recent_questions(&ids, since)?;
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
                    found.push(QuestionRecipient { account: expert.person.account, skills: expert.skills });
                }
            }
            found.truncate(limit);
            Ok::<_, Error>(found)
        })
        .await
}

/// Asks a question: posts it to exactly the people found.
///
/// # Errors
/// `Invalid` without a text, if nobody is found, or if `me` has reached today's limit.
pub async fn ask(
    instance: &Instance,
    me: &Account,
    question: QuestionInput,
) -> Result<(StatusView, Vec<QuestionRecipient>)> {
    let text = question.text.trim();
    if text.is_empty() {
        return Err(Error::invalid("Text can't be blank"));
    }
    if !portico_html::extract(text).mentions.is_empty() {
        return Err(Error::invalid("A question must not mention anyone: it goes to the people found"));
    }
    let (id, most) = (me.id, instance.settings.questions_per_day);
    let asked_today = instance
        .store
        .read(move |reader| {
            let since = reader.now().plus_seconds(-DAY);
            Ok::<_, Error>(reader.count_questions_by(id, since)?)
        })
        .await?;
    if asked_today >= most {
        return Err(Error::invalid(format!("You can ask {most} questions a day; try again tomorrow")));
    }
    let found = preview(instance, me, &question).await?;
    if found.is_empty() {
        return Err(Error::invalid("Nobody who accepts questions lists this skill"));
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
    Ok((submit_now(instance, PostAuthor::own(me), new).await?, found))
}

/// The recipients of a remote question.
pub(crate) struct AdmittedQuestion {
    /// The mentioned accounts that receive it.
    pub mentions: Vec<AccountId>,
    /// The local users among them, who are asked.
    pub asked: Vec<AccountId>,
}

/// Filters the recipients of a remote question: removes local users who do not accept questions from there,
/// or who have reached today's limit. `None` if the post is not a question.
pub(crate) fn admit(
    tx: &mut Tx<'_>,
    author: &Account,
    most: i64,
    admitted: &AdmittedPost,
) -> Result<Option<AdmittedQuestion>> {
    let is_question = admitted.limits.reach == Reach::Direct
        && admitted.post.in_reply_to.is_none()
        && admitted.post.tags.iter().any(|tag| tag == TAG);
    if !is_question {
        return Ok(None);
    }
    let tier = tx.tier_of_account(author)?;
    let since = tx.now().plus_seconds(-DAY);
    let times = tx.count_recent_questions(&admitted.mentions, since)?;
    let (mut mentions, mut asked) = (Vec::new(), Vec::new());
    for &id in &admitted.mentions {
        if !is_here(tx, id)? {
            mentions.push(id);
            continue;
        }
        let lets = tx.askers_of(id)?.include(tier.or(Some(Tier::Open)));
        if lets && times.get(&id).copied().unwrap_or(0) < most {
            mentions.push(id);
            asked.push(id);
        }
    }
    Ok(Some(AdmittedQuestion { mentions, asked }))
}

fn is_here(reader: &mut Reader<'_>, id: AccountId) -> Result<bool> {
    Ok(reader.find_account(id)?.is_some_and(|account| account.is_local()))
}

/// Returns who may ask the account questions.
pub async fn askers(instance: &Instance, me: AccountId) -> Result<Askers> {
    Ok(instance.store.read(move |reader| reader.askers_of(me)).await?)
}
