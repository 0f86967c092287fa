//! Translations of posts by an external service that the operator configures. A post is sent there only if
//! its reach allows it, for a viewer who may see it. Results are cached, so that each version is sent once.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::instance::Instance;
use crate::lookup;
use crate::{Error, Result, Viewer, setting};
use lookup::find_visible_status;
use portico_domain::model::StatusId;
use portico_domain::model::translation::{Translation, Wording};
use portico_domain::model::user::User;
use portico_domain::model::view::StatusView;
use portico_domain::policy::{Refusal, previews};
use portico_html::{clean_line, plain_text, sanitise_html};

/// The target language of users who have not chosen one.
const USUAL_LANGUAGE: &str = "en";
/// Maximum length of a translated line, in characters.
const LONGEST_LINE: usize = 5_000;
/// Maximum size of translated HTML, in bytes.
const LARGEST_CONTENT: usize = 512 * 1024;
/// Lifetime of a cached translation, in seconds.
const LIFE: i64 = 30 * 24 * 3600;

/// A cached translation.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct CachedTranslation {
    wording: Wording,
    detected: String,
    provider: String,
}

/// Translates a status into `language`, or into the user's own language.
///
/// # Errors
/// `NotFound` also if translation is not configured; `Refused` if the post's reach does not allow it;
/// `Invalid` if the post is in that language already; `Upstream` if the service does not respond.
pub async fn translate(
    instance: &Instance,
    user: &User,
    id: StatusId,
    language: Option<&str>,
) -> Result<Translation> {
    let translator = instance.translator.get().ok_or(Error::NotFound("translation"))?;
    let target = target(user, language)?;
    let allowed = instance.settings.translation.as_ref().map(|service| service.allowed).unwrap_or_default();
    let (viewer, setting) = (Viewer::Local(user.account_id), setting(instance));
    let wanted = target.clone();
    let (view, kept) = instance
        .store
        .read(move |reader| {
            find_visible_status(reader, &viewer, &setting, id)?;
            let view = reader.status_view(viewer.local_account(), id)?.ok_or(Error::NotFound("status"))?;
            // A boost has no text of its own.
            let view = match view.boosted {
                Some(boosted) => *boosted,
                None => view,
            };
            if !previews::may_look_up(allowed, view.status.reach) {
                return Err(Refusal::Reach.into());
            }
            let kept = reader.find_translation(view.status.id, &wanted, &digest(&collect_wording(&view)))?;
            Ok::<_, Error>((view, kept))
        })
        .await?;
    let written = view.status.language.as_deref().map(primary);
    if written.as_deref() == Some(target.as_str()) {
        return Err(Error::invalid("The post is in that language already"));
    }
    if let Some(kept) = kept.and_then(|body| serde_json::from_str::<CachedTranslation>(&body).ok()) {
        return Ok(build_translation(&view, kept, target));
    }
    let original = collect_wording(&view);
    let raw = translator.translate(&lines(&original), written.as_deref(), &target).await?;
    let kept = CachedTranslation {
        wording: with_translation(&original, &raw.lines)
            .ok_or_else(|| Error::Upstream(raw.provider.clone()))?,
        detected: raw.detected.or(written).unwrap_or_default(),
        provider: raw.provider,
    };
    let body = serde_json::to_string(&kept).unwrap_or_default();
    let (status, language, digest) = (view.status.id, target.clone(), digest(&original));
    instance
        .store
        .write(move |tx| Ok::<_, Error>(tx.save_translation(status, &language, &digest, &body)?))
        .await?;
    Ok(build_translation(&view, kept, target))
}

/// Returns the target languages of each source language; empty if translation is not configured.
///
/// # Errors
/// `Upstream` if the service does not respond.
pub async fn languages(instance: &Instance) -> Result<BTreeMap<String, Vec<String>>> {
    match instance.translator.get() {
        Some(translator) => translator.languages().await,
        None => Ok(BTreeMap::new()),
    }
}

/// Deletes expired translations.
pub(crate) fn clean(tx: &mut portico_store::Tx<'_>) -> Result<()> {
    Ok(tx.forget_translations(tx.now().plus_seconds(-LIFE))?)
}

fn target(user: &User, language: Option<&str>) -> Result<String> {
    match language.filter(|tag| !tag.is_empty()) {
        Some(tag) => {
            let known =
                portico_html::language(tag).ok_or_else(|| Error::invalid("Lang is not a language code"))?;
            Ok(primary(&known))
        }
        None => Ok(primary(user.default_language.as_deref().unwrap_or(USUAL_LANGUAGE))),
    }
}

/// Strips region and script from a language tag.
fn primary(tag: &str) -> String {
    tag.split(['-', '_']).next().unwrap_or_default().to_lowercase()
}

fn collect_wording(view: &StatusView) -> Wording {
    let options = view.poll.iter().flat_map(|asked| &asked.poll.options);
    Wording {
        content: view.status.content.clone(),
        spoiler_text: view.status.spoiler_text.clone(),
        options: options.map(|(title, _)| title.clone()).collect(),
        descriptions: view
            .media
            .iter()
            .filter_map(|media| Some((media.id, media.description.clone()?)))
            .collect(),
    }
}

/// Identifies a version of a status by a hash of its text.
fn digest(wording: &Wording) -> String {
    let text = serde_json::to_string(wording).unwrap_or_default();
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns all parts as HTML, in a fixed order.
fn lines(wording: &Wording) -> Vec<String> {
    let plain = [&wording.spoiler_text]
        .into_iter()
        .chain(&wording.options)
        .chain(wording.descriptions.iter().map(|(_, text)| text))
        .map(|text| ammonia::clean_text(text));
    [wording.content.clone()].into_iter().chain(plain).collect()
}

/// Rebuilds the parts from their translations, sanitising all of them; `None` if their number differs or the
/// content is too large.
fn with_translation(original: &Wording, translated: &[String]) -> Option<Wording> {
    if translated.len() != lines(original).len() {
        return None;
    }
    let (content, plain) = translated.split_first()?;
    if content.len() > LARGEST_CONTENT {
        return None;
    }
    let mut plain = plain.iter().map(|html| clean_line(&plain_text(html), LONGEST_LINE));
    Some(Wording {
        content: sanitise_html(content),
        spoiler_text: plain.next()?,
        options: plain.by_ref().take(original.options.len()).collect(),
        descriptions: original.descriptions.iter().map(|(id, _)| *id).zip(plain).collect(),
    })
}

fn build_translation(view: &StatusView, kept: CachedTranslation, language: String) -> Translation {
    let CachedTranslation { wording, detected, provider } = kept;
    Translation { status: view.status.id, wording, language, detected, provider }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portico_domain::model::MediaId;

    fn original() -> Wording {
        Wording {
            content: "<p>Hallo</p>".into(),
            spoiler_text: "a < b".into(),
            options: vec!["ja".into(), "nein".into()],
            descriptions: vec![(MediaId(1), "ein Bild".into())],
        }
    }

    #[test]
    fn parts_keep_their_places() {
        let sent = lines(&original());
        assert_eq!(with_translation(&original(), &sent), Some(original()));
    }

    #[test]
    fn translations_are_sanitised() {
        let back = ["<p>Hi<script>x()</script></p>", "<b>a</b>", "yes", "no", "a\npicture"];
        let found = with_translation(&original(), &back.map(str::to_owned)).unwrap();
        assert_eq!((found.content.as_str(), found.spoiler_text.as_str()), ("<p>Hi</p>", "a"));
        assert_eq!(found.descriptions, [(MediaId(1), "a picture".to_owned())]);
    }

    #[test]
    fn an_answer_with_fewer_parts_is_none() {
        assert_eq!(with_translation(&original(), &["<p>Hi</p>".to_owned()]), None);
    }

    #[test]
    fn another_version_has_another_digest() {
        let edited = Wording { spoiler_text: String::new(), ..original() };
        assert_ne!(digest(&original()), digest(&edited));
    }
}
