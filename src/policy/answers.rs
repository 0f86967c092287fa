//! Accepted answers: who may accept which, and to whom it is told.

use super::Refusal;
use crate::model::status::Status;
use crate::model::{AccountId, Reach};

/// May this account accept `answer` to `question`? Only who asked may, and only an answer of the same thread.
///
/// # Errors
/// [`Refusal::NotYours`] for somebody else's question, [`Refusal::Reach`] for what is no answer to it.
pub fn may_accept(me: AccountId, question: &Status, answer: &Status) -> Result<(), Refusal> {
    if question.account_id != me || question.reblog_of.is_some() {
        return Err(Refusal::NotYours);
    }
    let answers = answer.id != question.id
        && answer.reblog_of.is_none()
        && answer.conversation_id == question.conversation_id
        && answer.in_reply_to_uri.is_some();
    if answers { Ok(()) } else { Err(Refusal::Reach) }
}

/// Whether others may be told the id of an answer together with the question: only if it goes to a whole organisation
/// and as far as the question. That there is an answer for chosen people is theirs alone to know.
pub fn may_tell(question: Reach, answer: Reach) -> bool {
    question.is_organisational() && question == answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_for_chosen_people_is_not_told_of() {
        for question in Reach::ALL {
            for answer in Reach::ALL {
                let told = may_tell(question, answer);
                let narrow = |reach| matches!(reach, Reach::Direct | Reach::Followers);
                assert!(!told || (!narrow(answer) && !narrow(question) && answer == question));
            }
        }
        assert!(may_tell(Reach::Company, Reach::Company));
    }
}
