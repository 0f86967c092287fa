//! Polls: creation, votes, counts and closing.

use crate::instance::Instance;
use crate::{Error, Result, Viewer, setting};
use portico_domain::model::account::Account;
use portico_domain::model::event::Event;
use portico_domain::model::live::Live;
use portico_domain::model::notification::NotificationKind;
use portico_domain::model::poll::{MAX_OPEN, MAX_OPTION, MAX_OPTIONS, MIN_OPEN, Poll, PollView};
use portico_domain::model::{AccountId, Reach, StatusId, Timestamp};
use portico_domain::policy::reach::{self, Setting};
use portico_store::Tx;

/// Seconds for which votes are gathered before new counts are sent to other hosts.
const GATHER: i64 = 180;

/// The input of a poll.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct NewPoll {
    /// The options as typed.
    pub options: Vec<String>,
    /// The duration, in seconds.
    pub expires_in: Option<i64>,
    /// Whether several options may be chosen.
    pub multiple: bool,
    /// Whether the counts are hidden until the poll ends.
    pub hide_totals: bool,
}

impl NewPoll {
    /// Validates the poll.
    ///
    /// # Errors
    /// `Invalid` with every fault.
    pub fn checked(&self, now: Timestamp) -> Result<Poll> {
        let options: Vec<String> = self
            .options
            .iter()
            .take(MAX_OPTIONS + 1)
            .map(|option| portico_html::clean_line(option, usize::MAX))
            .filter(|option| !option.is_empty())
            .collect();
        let mut faults = Vec::new();
        if options.len() < 2 {
            faults.push("Options must have more than one item".to_owned());
        }
        if options.len() > MAX_OPTIONS {
            faults.push(format!("Options can't contain more than {MAX_OPTIONS} items"));
        }
        if options.iter().any(|option| option.chars().count() > MAX_OPTION) {
            faults.push(format!("Options can't be longer than {MAX_OPTION} characters each"));
        }
        if options.iter().enumerate().any(|(at, option)| options.iter().take(at).any(|other| other == option))
        {
            faults.push("Options contain duplicate items".to_owned());
        }
        match self.expires_in {
            None => faults.push("Expires at can't be blank".to_owned()),
            Some(seconds) if seconds < MIN_OPEN => faults.push("Expires at is too soon".to_owned()),
            Some(seconds) if seconds > MAX_OPEN => {
                faults.push("Expires at is too far into the future".to_owned());
            }
            Some(_) => {}
        }
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        Ok(Poll {
            options: options.into_iter().map(|option| (option, 0)).collect(),
            multiple: self.multiple,
            hide_totals: self.hide_totals,
            expires_at: self.expires_in.map(|seconds| now.plus_seconds(seconds)),
            voters_count: Some(0),
        })
    }
}

/// Returns the poll of a status as the viewer sees it.
///
/// # Errors
/// `NotFound` also for a status without a poll.
pub async fn show(instance: &Instance, viewer: Viewer, id: StatusId) -> Result<PollView> {
    let view = crate::publishing::statuses::show(instance, viewer, id).await?;
    view.poll.ok_or(Error::NotFound("poll"))
}

/// Votes in a poll.
///
/// # Errors
/// `Invalid` for one's own poll, a second vote, an ended poll, or a choice that does not exist.
pub async fn vote(instance: &Instance, me: AccountId, id: StatusId, choices: Vec<i64>) -> Result<PollView> {
    let setting = setting(instance);
    instance
        .store
        .write(move |tx| {
            let viewer = Viewer::Local(me);
            let poll = open_to(tx, &viewer, &setting, id)?;
            let status = tx.find_status(id)?.ok_or(Error::NotFound("status"))?;
            if status.account_id == me {
                return Err(Error::invalid("You cannot vote in your own polls"));
            }
            let chosen = chosen(&poll, choices.clone())?;
            if !tx.list_votes(me, id)?.is_empty() {
                return Err(Error::invalid("You have already voted on this poll"));
            }
            for (at, position) in chosen.iter().enumerate() {
                tx.insert_vote(id, me, *position, at == 0)?;
                if !status.local {
                    tx.emit(&Event::Voted { account: me, status: id, position: *position })?;
                }
            }
            counted(tx, id, status.local && status.reach != Reach::Instance)?;
            let view = tx.status_view(Some(me), id)?.and_then(|view| view.poll);
            view.ok_or(Error::NotFound("poll"))
        })
        .await
}

/// Locks and loads a poll, if the viewer may see it and it is still open.
fn open_to(tx: &mut Tx<'_>, viewer: &Viewer, setting: &Setting, id: StatusId) -> Result<PollView> {
    let facts = tx.reach_facts(viewer, id)?.ok_or(Error::NotFound("poll"))?;
    reach::may_see(viewer, setting, &facts)?;
    if !tx.lock_poll(id)? {
        return Err(Error::NotFound("poll"));
    }
    let poll = tx.find_poll(id)?.ok_or(Error::NotFound("poll"))?;
    if poll.expired { Err(Error::invalid("The poll has already ended")) } else { Ok(poll) }
}

fn chosen(poll: &PollView, mut choices: Vec<i64>) -> Result<Vec<i64>> {
    let there = |choice: &i64| usize::try_from(*choice).is_ok_and(|at| at < poll.poll.options.len());
    if choices.is_empty() || !choices.iter().all(there) {
        return Err(Error::invalid("The chosen vote option does not exist"));
    }
    choices.sort_unstable();
    choices.dedup();
    if choices.len() > 1 && !poll.poll.multiple {
        return Err(Error::invalid("You can choose only one option of this poll"));
    }
    Ok(choices)
}

/// Publishes new counts: to open streams at once, to other hosts after a delay that gathers votes.
fn counted(tx: &mut Tx<'_>, id: StatusId, elsewhere: bool) -> Result<()> {
    tx.publish(Live::Edited { status: id })?;
    if elsewhere && tx.set_poll_notification(id, true)? {
        let at = tx.now().plus_seconds(GATHER);
        tx.enqueue_poll(id, at)?;
    }
    Ok(())
}

/// Receives a remote vote for the option with this title. Returns whether the reply was a vote at all: a
/// reply to a status without a poll is not. Ignores invalid votes.
pub async fn receive_vote(instance: &Instance, voter: &Account, asked: &str, title: &str) -> Result<bool> {
    let (setting, voter) = (setting(instance), voter.clone());
    let (asked, title) = (asked.to_owned(), title.to_owned());
    instance
        .store
        .write(move |tx| {
            let Some(status) = tx.find_status_by_uri(&asked)?.filter(|status| status.local) else {
                return Ok(false);
            };
            let Some(poll) = tx.find_poll(status.id)? else { return Ok(false) };
            let Some(at) = poll.poll.options.iter().position(|(option, _)| *option == title) else {
                return Ok(true);
            };
            let viewer = tx.viewer_of(&voter)?;
            match open_to(tx, &viewer, &setting, status.id) {
                Ok(_) => {}
                Err(Error::Internal(cause)) => return Err(cause.into()),
                Err(_) => return Ok(true),
            }
            let before = tx.list_votes(voter.id, status.id)?;
            if !before.is_empty() && !poll.poll.multiple {
                return Ok(true);
            }
            let at = i64::try_from(at).unwrap_or(0);
            if tx.insert_vote(status.id, voter.id, at, before.is_empty())? {
                counted(tx, status.id, status.reach != Reach::Instance)?;
            }
            Ok(true)
        })
        .await
}

/// Applies a remote update of a poll: new counts, or a different poll.
pub(crate) fn receive_update(tx: &mut Tx<'_>, status: StatusId, poll: Option<&Poll>) -> Result<()> {
    let (Some(known), Some(new)) = (tx.find_poll(status)?, poll) else { return Ok(()) };
    let titles = |poll: &Poll| poll.options.iter().map(|(title, _)| title.clone()).collect::<Vec<_>>();
    let same = titles(&known.poll) == titles(new) && known.poll.multiple == new.multiple;
    if !same {
        tx.replace_poll(status, Some(new))?;
    } else {
        if known.poll.expires_at != new.expires_at && !known.expired {
            tx.set_poll_terms(status, known.poll.hide_totals, new.expires_at)?;
        }
        if known.poll.options == new.options && known.poll.voters_count == new.voters_count {
            return Ok(());
        }
        tx.set_poll_counts(status, new)?;
    }
    tx.publish(Live::Edited { status })?;
    Ok(())
}

/// Handles a poll that is due: sends its counts and, once it has ended, notifies the author and every local
/// voter, once.
pub fn look_after(tx: &mut Tx<'_>, id: StatusId) -> Result<()> {
    let Some(status) = tx.find_status(id)? else { return Ok(()) };
    let ended = tx.end_poll(id)?;
    let was_scheduled = tx.set_poll_notification(id, false)?;
    if (ended || was_scheduled) && status.local && status.reach != Reach::Instance {
        tx.emit(&Event::StatusEdited { status: id, at: tx.now() })?;
    }
    if !ended {
        return Ok(());
    }
    tx.publish(Live::Edited { status: id })?;
    if status.local {
        tx.notify(status.account_id, NotificationKind::Poll, status.account_id, Some(id))?;
    }
    for voter in tx.list_local_voters(id)? {
        tx.notify(voter, NotificationKind::Poll, status.account_id, Some(id))?;
    }
    Ok(())
}
