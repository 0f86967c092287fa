//! Custom emojis of this instance: operators add and remove them, posts and profiles use them.

use crate::instance::Instance;
use crate::publishing::media::emoji_picture;
use crate::{Error, Result};
use portico_domain::model::emoji::{CustomEmoji, Emoji, is_shortcode, shortcodes};
use portico_domain::model::urls::Urls;
use portico_store::Reader;

/// Adds an emoji, or replaces the one with this shortcode.
///
/// # Errors
/// `Invalid` for an invalid shortcode or image.
pub async fn add(
    instance: &Instance,
    shortcode: &str,
    category: Option<String>,
    visible: bool,
    picture: Vec<u8>,
) -> Result<CustomEmoji> {
    if !is_shortcode(shortcode) {
        return Err(Error::invalid(format!(
            "{shortcode:?} is not a shortcode; it must be at least two letters, digits or underscores"
        )));
    }
    let new = CustomEmoji {
        shortcode: shortcode.to_owned(),
        file_key: emoji_picture(instance, picture).await?,
        category: category.filter(|heading| !heading.is_empty()),
        visible,
        created_at: instance.now(),
    };
    instance
        .store
        .write(move |tx| {
            tx.put_emoji(&new)?;
            tx.forget_trash(std::slice::from_ref(&new.file_key))?;
            Ok(new.clone())
        })
        .await
}

/// Lists every emoji of this instance.
pub async fn list(instance: &Instance) -> Result<Vec<CustomEmoji>> {
    instance.store.read(|reader| Ok(reader.list_emojis()?)).await
}

/// Removes an emoji; posts that use it still show it.
pub async fn remove(instance: &Instance, shortcode: &str) -> Result<()> {
    let shortcode = shortcode.trim_matches(':').to_owned();
    let gone = instance.store.write(move |tx| Ok::<_, Error>(tx.delete_emoji(&shortcode)?)).await?;
    if gone { Ok(()) } else { Err(Error::NotFound("emoji")) }
}

/// Returns the emojis used in these texts. Queries the database only if they contain shortcodes.
pub(crate) async fn find_used(instance: &Instance, texts: [&str; 2]) -> Result<Vec<Emoji>> {
    if shortcodes(texts).is_empty() {
        return Ok(Vec::new());
    }
    let (texts, urls) = (texts.map(str::to_owned), instance.urls.clone());
    instance.store.read(move |reader| find_used_in(reader, &urls, texts.iter().map(String::as_str))).await
}

/// As [`find_used`], in a transaction.
pub(crate) fn find_used_in<'a>(
    reader: &mut Reader<'_>,
    urls: &Urls,
    texts: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<Emoji>> {
    let found = reader.emojis_among(&shortcodes(texts))?;
    let carried = |one: CustomEmoji| Emoji { url: urls.media(&one.file_key), shortcode: one.shortcode };
    Ok(found.into_iter().map(carried).collect())
}
