//! What a user's posts are by default.

use super::{Error, Result, text};
use crate::instance::Instance;
use crate::model::quote::Circle;
use crate::model::user::User;
use crate::model::{Reach, UserId};
use crate::policy::reach::is_under;

/// A change of preferences; what is none stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// The reach of posts; none follows the instance.
    pub reach: Option<Option<Reach>>,
    /// Whether media is marked sensitive.
    pub sensitive: Option<bool>,
    /// The language (BCP 47); none leaves it open.
    pub language: Option<Option<String>>,
    /// Who may quote posts.
    pub quotable: Option<Circle>,
}

/// Changes a user's preferences; answers the user as they are now.
///
/// # Errors
/// `Invalid` when the language is none; `NotFound`.
pub async fn set(instance: &Instance, id: UserId, change: Change) -> Result<User> {
    let change = match &change.language {
        Some(Some(tag)) => {
            let language =
                text::language(tag).ok_or_else(|| Error::invalid("Language is not a language code"))?;
            Change { language: Some(Some(language)), ..change }
        }
        _ => change,
    };
    let ceilings = instance.settings.ceilings;
    instance
        .store
        .write(move |tx| {
            let mut user = tx.find_user(id)?.ok_or(Error::NotFound("account"))?;
            if let Some(Some(reach)) = change.reach
                && !is_under(reach, ceilings.of(user.role))
            {
                return Err(Error::invalid("Reach goes further than your posts may go here"));
            }
            user.default_reach = change.reach.unwrap_or(user.default_reach);
            user.default_sensitive = change.sensitive.unwrap_or(user.default_sensitive);
            user.default_language = change.language.clone().unwrap_or(user.default_language);
            user.default_quotable = change.quotable.unwrap_or(user.default_quotable);
            tx.update_user_defaults(&user)?;
            Ok(user)
        })
        .await
}
