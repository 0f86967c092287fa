//! Custom emoji of this instance.

use crate::prelude::*;

use super::schema::custom_emojis;
use super::{Reader, Result, Tx, on_both};
use portico_domain::model::Timestamp;
use portico_domain::model::emoji::CustomEmoji;

type EmojiRow = (String, String, Option<String>, bool, i64);

fn emoji((shortcode, file_key, category, visible, created_at): EmojiRow) -> CustomEmoji {
    CustomEmoji { shortcode, file_key, category, visible, created_at: Timestamp::from_millis(created_at) }
}

impl Reader<'_> {
    /// Returns every emoji of this instance, by category and shortcode.
    pub fn list_emojis(&mut self) -> Result<Vec<CustomEmoji>> {
        let query = custom_emojis::table.order((custom_emojis::category, custom_emojis::shortcode));
        Ok(query.load::<EmojiRow>(self.conn())?.into_iter().map(emoji).collect())
    }

    /// Returns the emoji with these shortcodes, in the order of the shortcodes.
    pub fn emojis_among(&mut self, shortcodes: &[String]) -> Result<Vec<CustomEmoji>> {
        if shortcodes.is_empty() {
            return Ok(Vec::new());
        }
        let query = custom_emojis::table.filter(custom_emojis::shortcode.eq_any(shortcodes));
        let mut found: Vec<CustomEmoji> =
            query.load::<EmojiRow>(self.conn())?.into_iter().map(emoji).collect();
        found.sort_by_key(|one| shortcodes.iter().position(|code| *code == one.shortcode));
        Ok(found)
    }
}

impl Tx<'_> {
    /// Inserts an emoji, replacing one with the same shortcode.
    pub fn put_emoji(&mut self, new: &CustomEmoji) -> Result<()> {
        self.delete_emoji(&new.shortcode)?;
        let row = (
            custom_emojis::shortcode.eq(&new.shortcode),
            custom_emojis::file_key.eq(&new.file_key),
            custom_emojis::category.eq(&new.category),
            custom_emojis::visible.eq(new.visible),
            custom_emojis::created_at.eq(new.created_at.millis()),
        );
        on_both!(self.conn(), |c| diesel::insert_into(custom_emojis::table).values(&row).execute(c))?;
        Ok(())
    }

    /// Deletes an emoji. Keeps its image, since old posts show it. Returns false if it does not exist.
    pub fn delete_emoji(&mut self, shortcode: &str) -> Result<bool> {
        Ok(diesel::delete(custom_emojis::table.find(shortcode)).execute(self.conn())? == 1)
    }
}
