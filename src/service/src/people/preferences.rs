//! A user's defaults for new posts.

use crate::instance::Instance;
use crate::{Error, Result};
use portico_domain::model::quote::QuoteAudience;
use portico_domain::model::user::User;
use portico_domain::model::{Reach, UserId};
use portico_domain::policy::reach::is_under;

/// Changes to the preferences; `None` keeps a value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PreferencesChange {
    /// The default reach; `None` inside follows the instance's default.
    pub reach: Option<Option<Reach>>,
    /// Whether media is marked sensitive by default.
    pub sensitive: Option<bool>,
    /// The default language (BCP 47); `None` inside leaves it undefined.
    pub language: Option<Option<String>>,
    /// The people who may quote posts by default.
    pub quotable: Option<QuoteAudience>,
}

/// Changes a user's preferences, and returns the updated user.
///
/// # Errors
/// `Invalid` for an invalid language or a reach above the user's ceiling.
pub async fn set(instance: &Instance, id: UserId, change: PreferencesChange) -> Result<User> {
    let change = match &change.language {
        Some(Some(tag)) => {
            let language = portico_html::language(tag)
                .ok_or_else(|| Error::invalid("Language is not a language code"))?;
            PreferencesChange { language: Some(Some(language)), ..change }
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
                return Err(Error::invalid("Reach is wider than your posts may have here"));
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
