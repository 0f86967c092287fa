//! Decisions about accepted answers: who may accept which, and who is informed.

use super::Refusal;
use crate::model::status::Status;
use crate::model::{AccountId, Reach};

/// Checks whether this account may accept `answer` to `question`: only the author of the question may, and
/// only a reply of the same thread ([`Refusal::Reach`] for any other status).
pub fn may_accept(me: AccountId, question: &Status, answer: &Status) -> Result<(), Refusal> {
    if question.account_id != me || question.boost_of.is_some() {
        return Err(Refusal::NotYours);
    }
    let answers = answer.id != question.id
        && answer.boost_of.is_none()
        && answer.conversation_id == question.conversation_id
        && answer.in_reply_to_uri.is_some();
    if answers { Ok(()) } else { Err(Refusal::Reach) }
}

/// Whether the id of an answer may be sent to others together with the question. Requires an organisational
/// audience of the same reach as the question: the existence of an answer for chosen people is private to
/// them.
pub fn may_disclose_answer(question: Reach, answer: Reach) -> bool {
    question.is_organisational() && question == answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_for_chosen_people_are_not_disclosed() {
        for &question in Reach::ALL {
            for &answer in Reach::ALL {
                let is_visible = may_disclose_answer(question, answer);
                let narrow = |reach| matches!(reach, Reach::Direct | Reach::Followers);
                assert!(!is_visible || (!narrow(answer) && !narrow(question) && answer == question));
            }
        }
        assert!(may_disclose_answer(Reach::Company, Reach::Company));
    }
}
