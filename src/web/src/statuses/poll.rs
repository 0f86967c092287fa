//! Polls on pages: the view of a poll, and voting.

use axum::http::StatusCode;

use portico_domain::model::poll::PollView;
use portico_domain::model::{StatusId, Timestamp};
use portico_http::CurrentInstance;
use portico_service::Error;
use portico_service::publishing::{polls, statuses};

use crate::extract::{Path, SignedIn, Visitor};
use crate::forms::CsrfForm;
use crate::labels;
use crate::page::{PageResult, redirect};
use crate::statuses::status_page;
use crate::view::Post;

/// Name of the form field with a chosen option.
const CHOICE: &str = "choice";

/// An option of a poll, as pages show it.
pub(crate) struct BallotOption {
    pub position: usize,
    pub title: String,
    /// Percentage of votes; `None` while counts are hidden.
    pub percent: Option<i64>,
    /// Whether the viewer chose it.
    pub is_mine: bool,
}

/// A poll, as pages show it.
pub(crate) struct Ballot {
    pub id: StatusId,
    pub options: Vec<BallotOption>,
    pub multiple: bool,
    /// Whether the viewer can vote.
    pub is_open: bool,
    /// Number of voters and remaining time.
    pub summary: String,
}

impl Ballot {
    pub(crate) fn from_view(view: &PollView, now: Timestamp) -> Self {
        let poll = &view.poll;
        let votes = poll.options.iter().fold(0_i64, |sum, (_, votes)| sum.saturating_add(*votes));
        // In a multiple-choice poll, percentages are of voters, if their number is known.
        let whole = poll.voters_count.filter(|voters| poll.multiple && *voters > 0).unwrap_or(votes);
        let is_hidden = poll.hide_totals && !view.expired;
        let is_mine = |at: usize| {
            let own = view.own_votes.as_deref().unwrap_or_default();
            own.iter().any(|position| usize::try_from(*position) == Ok(at))
        };
        let options = poll.options.iter().enumerate().map(|(position, (title, votes))| BallotOption {
            position,
            title: title.clone(),
            percent: (!is_hidden).then(|| percent(*votes, whole)),
            is_mine: is_mine(position),
        });
        let voters = match poll.voters_count {
            Some(voters) => labels::count(voters, "person", "people"),
            None => labels::count(votes, "vote", "votes"),
        };
        let end = match poll.expires_at {
            _ if view.expired => "closed".to_owned(),
            None => "open".to_owned(),
            Some(at) => format!("{} left", labels::span(at.seconds() - now.seconds())),
        };
        let until = if is_hidden { " · counts are shown at the end" } else { "" };
        Self {
            id: view.id,
            options: options.collect(),
            multiple: poll.multiple,
            is_open: view.voted == Some(false) && !view.expired,
            summary: format!("{voters} · {end}{until}"),
        }
    }
}

/// Computes a percentage between 0 and 100. Counts from remote hosts may be inconsistent.
fn percent(votes: i64, whole: i64) -> i64 {
    if whole <= 0 {
        return 0;
    }
    let (votes, whole) = (i128::from(votes.clamp(0, whole)), i128::from(whole));
    i64::try_from((votes * 100 + whole / 2) / whole).unwrap_or(100)
}

/// Records a vote, and redirects to the post.
pub(crate) async fn vote(
    here: CurrentInstance,
    who: SignedIn,
    Path(id): Path<StatusId>,
    CsrfForm(fields): CsrfForm<Vec<(String, String)>>,
) -> PageResult {
    let chosen = fields.iter().filter(|(name, _)| name == CHOICE);
    let chosen: Vec<i64> = chosen.filter_map(|(_, value)| value.parse().ok()).collect();
    let outcome = if chosen.is_empty() {
        Err(Error::invalid("Choose at least one option"))
    } else {
        polls::vote(&here, who.account.id, id, chosen).await
    };
    let view = statuses::show(&here, who.viewer(), id).await?;
    match outcome {
        Ok(_) => {
            let path = Post::from_view(&view, &here.urls, here.now()).href;
            redirect(StatusCode::SEE_OTHER, &format!("{path}#poll-{id}"))
        }
        Err(Error::Invalid(faults)) => {
            status_page(&here, &Visitor::from(who), &view, Some(format!("{}.", faults.join("; ")))).await
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portico_domain::model::poll::Poll;

    fn view(options: &[i64], poll: Poll) -> PollView {
        let options = options.iter().map(|votes| ("x".to_owned(), *votes)).collect();
        let poll = Poll { options, ..poll };
        PollView { id: StatusId(1), poll, expired: false, own_votes: Some(vec![1]), voted: Some(true) }
    }

    fn percents(view: &PollView) -> Vec<Option<i64>> {
        let ballot = Ballot::from_view(view, Timestamp::from_millis(0));
        ballot.options.iter().map(|option| option.percent).collect()
    }

    #[test]
    fn shares_are_of_votes_or_of_people() {
        let one = view(&[1, 2], Poll { voters_count: Some(3), ..Poll::default() });
        assert_eq!(percents(&one), [Some(33), Some(67)]);
        let many = view(&[4, 2], Poll { multiple: true, voters_count: Some(4), ..Poll::default() });
        assert_eq!(percents(&many), [Some(100), Some(50)]);
        let none = view(&[0, 0], Poll::default());
        assert_eq!(percents(&none), [Some(0), Some(0)]);
        let nonsense = view(&[i64::MAX, -5], Poll { voters_count: Some(-1), ..Poll::default() });
        assert!(percents(&nonsense).iter().all(|percent| (0..=100).contains(&percent.unwrap())));
    }

    #[test]
    fn counts_stay_hidden_until_the_end() {
        let mut hidden = view(&[1, 2], Poll { hide_totals: true, ..Poll::default() });
        assert_eq!(percents(&hidden), [None, None]);
        hidden.expired = true;
        assert_eq!(percents(&hidden), [Some(33), Some(67)]);
        assert!(Ballot::from_view(&hidden, Timestamp::from_millis(0)).summary.ends_with("closed"));
    }
}
