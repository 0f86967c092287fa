//! Turns typed text into stored content: resolves mentions, renders HTML and collects hashtags.

use std::time::Duration;

use futures_util::future::join_all;

use crate::instance::Instance;
use crate::people::departments;
use crate::publishing::emojis;
use crate::{Error, Result};
use portico_domain::model::AccountId;
use portico_domain::model::account::Account;
use portico_domain::model::department::DepartmentName;
use portico_domain::model::emoji::Emoji;
use portico_domain::model::status::ContentType;
use portico_html::AccountHandle;

/// Maximum number of unknown accounts looked up on other hosts per post.
const MAX_LOOKUPS: usize = 10;
/// Maximum number of mentions per post.
const MAX_MENTIONS: usize = 50;
/// Timeout for all look-ups of a post.
const LOOKUP_TIME: Duration = Duration::from_secs(5);

/// The result of composing a text.
pub(super) struct ComposedText {
    /// The sanitised HTML.
    pub content: String,
    /// The mentioned accounts.
    pub mentions: Vec<AccountId>,
    /// The departments and divisions called.
    pub departments: Vec<DepartmentName>,
    /// The normalised hashtags.
    pub tags: Vec<String>,
    /// The local custom emoji used in the texts.
    pub emojis: Vec<Emoji>,
}

/// Checks a text's length and renders it as HTML. Unknown mentioned accounts are looked up on their hosts,
/// within limits; those not found stay plain text.
///
/// # Errors
/// `Invalid` for an empty or too long text.
pub(super) async fn compose(
    instance: &Instance,
    typed: &str,
    kind: ContentType,
    spoiler_text: &str,
    may_be_empty: bool,
) -> Result<ComposedText> {
    let limit = instance.settings.max_characters;
    if !may_be_empty && typed.trim().is_empty() && spoiler_text.trim().is_empty() {
        return Err(Error::invalid("Text can't be blank"));
    }
    let length = portico_html::count(typed, spoiler_text);
    if length > limit {
        return Err(Error::invalid(format!("Text character limit of {limit} exceeded")));
    }
    let safe = portico_html::rich::safe(typed, kind);
    let found = safe.as_deref().map_or_else(|| portico_html::extract(typed), portico_html::rich::extract);
    let mut handles = found.mentions;
    handles.truncate(MAX_MENTIONS);
    let accounts = resolve(instance, handles.clone()).await?;
    handles.retain(|handle| !accounts.iter().any(|(known, _)| known == handle));
    let called = departments::resolve(instance, &handles).await?;
    let content = match &safe {
        None => portico_html::format(typed, &accounts, &instance.urls),
        Some(safe)
            if !may_be_empty && spoiler_text.is_empty() && portico_html::plain_text(safe).is_empty() =>
        {
            return Err(Error::invalid("Text can't be blank"));
        }
        Some(safe) => portico_html::rich::linked(safe, &accounts, &instance.urls),
    };
    let pages: Vec<(AccountHandle, String)> =
        called.iter().map(|(handle, unit)| (handle.clone(), instance.urls.at(&unit.page()))).collect();
    let content = if pages.is_empty() { content } else { portico_html::rich::with_pages(&content, &pages) };
    let mut departments: Vec<DepartmentName> = Vec::new();
    for (_, unit) in called {
        if !departments.contains(&unit) {
            departments.push(unit);
        }
    }
    let mut mentions: Vec<AccountId> = accounts.iter().map(|(_, account)| account.id).collect();
    mentions.sort_unstable();
    mentions.dedup();
    let emojis = emojis::find_used(instance, [typed, spoiler_text]).await?;
    Ok(ComposedText { content, mentions, departments, tags: found.tags, emojis })
}

/// Renders typed text that is not a post, such as a biography or a profile field. Known mentioned accounts
/// are linked.
pub(crate) async fn compose_note(instance: &Instance, typed: &str) -> Result<String> {
    let mut handles = portico_html::extract(typed).mentions;
    handles.truncate(MAX_MENTIONS);
    let (accounts, _) = look_up(instance, handles).await?;
    Ok(portico_html::format(typed, &accounts, &instance.urls))
}

async fn resolve(instance: &Instance, handles: Vec<AccountHandle>) -> Result<Vec<(AccountHandle, Account)>> {
    let (known, unknown) = look_up(instance, handles).await?;
    let strangers: Vec<&AccountHandle> = unknown.iter().filter(|handle| handle.domain.is_some()).collect();
    let Some(remote) = instance.remote.get() else { return Ok(known) };
    if strangers.is_empty() {
        return Ok(known);
    }
    let lookups = strangers.into_iter().take(MAX_LOOKUPS).map(|handle| async move {
        let host = handle.domain.as_deref().unwrap_or_default();
        // An account that is not found stays plain text; the post is published anyway.
        let _ = remote.account_by_handle(&handle.username, host).await;
    });
    let _ = tokio::time::timeout(LOOKUP_TIME, join_all(lookups)).await;
    let (found, _) = look_up(instance, unknown).await?;
    Ok(known.into_iter().chain(found).collect())
}

/// Splits handles into those with a known account, and the others.
async fn look_up(
    instance: &Instance,
    handles: Vec<AccountHandle>,
) -> Result<(Vec<(AccountHandle, Account)>, Vec<AccountHandle>)> {
    if handles.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let own = instance.urls.domain().to_owned();
    instance
        .store
        .read(move |reader| {
            let (mut known, mut unknown) = (Vec::new(), Vec::new());
            for handle in handles {
                let domain = handle.domain.as_deref().filter(|domain| *domain != own);
                match reader.find_account_by_handle(&handle.username, domain)? {
                    Some(account) if account.suspended_at.is_none() => known.push((handle, account)),
                    Some(_) => {}
                    None => unknown.push(handle),
                }
            }
            Ok::<_, Error>((known, unknown))
        })
        .await
}
