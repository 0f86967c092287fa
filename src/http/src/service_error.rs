//! Maps service errors to problems. This is the only such mapping of the client API.

use crate::Problem;
use portico_service::{Error, Refusal};

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            // Hidden and absent records are indistinguishable.
            Error::NotFound(_) | Error::Refused(Refusal::Hidden) => Self::not_found(),
            Error::Gone(_) => Self::gone(),
            Error::Refused(
                Refusal::Blocked
                | Refusal::Host
                | Refusal::Reach
                | Refusal::Agreement
                | Refusal::NotYours
                | Refusal::Yourself
                | Refusal::Role
                | Refusal::Consent
                | Refusal::Delegation
                | Refusal::Suspended,
            ) => Self::forbidden("This action is not allowed"),
            Error::Invalid(faults) => Self::invalid(&faults),
            Error::Conflict(what) => Self::conflict(what),
            Error::TooMany { retry_after } => Self::too_many(retry_after),
            Error::SignIn => Self::forbidden("The user name or the password is wrong"),
            Error::Upstream(host) => Self::unavailable(&host),
            Error::Unavailable(_) => Self::try_again(&error),
            Error::Internal(cause) if cause.is_temporary() => Self::try_again(&cause),
            Error::Internal(cause) => Self::internal(&cause),
        }
    }
}
