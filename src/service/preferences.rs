//! What a user's posts are by default.

use super::{Error, Result};
use crate::instance::Instance;
use crate::model::user::User;
use crate::model::{Reach, UserId};

/// A change of preferences; what is none stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// The reach of posts; none follows the instance.
    pub reach: Option<Option<Reach>>,
    /// Whether media is marked sensitive.
    pub sensitive: Option<bool>,
    /// The language (BCP 47); none leaves it open.
    pub language: Option<Option<String>>,
}

/// Changes a user's preferences; answers the user as they are now.
///
/// # Errors
/// `Invalid` when the language is none; `NotFound`.
pub async fn set(instance: &Instance, id: UserId, change: Change) -> Result<User> {
    if let Some(Some(language)) = &change.language
        && !is_language(language)
    {
        return Err(Error::invalid("Language is not a language code"));
    }
    instance
        .store
        .write(move |tx| {
            let mut user = tx.find_user(id)?.ok_or(Error::NotFound("account"))?;
            user.default_reach = change.reach.unwrap_or(user.default_reach);
            user.default_sensitive = change.sensitive.unwrap_or(user.default_sensitive);
            user.default_language = change.language.clone().unwrap_or(user.default_language);
            tx.update_user_defaults(id, user.default_reach, user.default_sensitive, user.default_language.as_deref())?;
            Ok(user)
        })
        .await
}

/// Whether a text has the form of a language tag (RFC 5646): `en`, `pt-BR`, `zh-Hant`.
fn is_language(text: &str) -> bool {
    text.len() <= 35
        && text.split('-').all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
        && text.split('-').next().is_some_and(|first| first.len() >= 2 && first.bytes().all(|b| b.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_tags_have_their_form() {
        for good in ["en", "pt-BR", "zh-Hant-TW", "gsw"] {
            assert!(is_language(good), "{good}");
        }
        for bad in ["", "e", "english language", "en_US", "en-", "1n", "deutschland"] {
            assert!(!is_language(bad), "{bad}");
        }
    }
}
