//! Emoji tags of notes and actors (`toot:Emoji`).

use serde_json::{Value, json};

use super::value::{self, Object};
use portico_domain::model::emoji::{Emoji, MOST, is_shortcode};

/// Reads the emoji in an object's tags.
pub fn read(object: &Object) -> Vec<Emoji> {
    let mut found: Vec<Emoji> = Vec::new();
    for tag in value::objects(object, "tag").into_iter().filter(|tag| value::is_a(tag, "Emoji")) {
        let Some(name) = value::text(tag, "name").map(|name| name.trim().trim_matches(':')) else { continue };
        let picture = value::list(tag, "icon").into_iter().find_map(value::address);
        let Some(url) = picture.filter(|url| value::is_web(url)) else { continue };
        let new = is_shortcode(name) && !found.iter().any(|known| known.shortcode == name);
        if new && found.len() < MOST {
            found.push(Emoji { shortcode: name.to_owned(), url: url.to_owned() });
        }
    }
    found
}

/// Writes emoji as tags.
pub fn write(emojis: &[Emoji]) -> Vec<Value> {
    let tag = |emoji: &Emoji| {
        json!({
            "type": "Emoji",
            "id": emoji.url,
            "name": format!(":{}:", emoji.shortcode),
            "icon": { "type": "Image", "url": emoji.url },
        })
    };
    emojis.iter().map(tag).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_peers_write_and_nothing_else() {
        let object = json!({"tag": [
            {"type": "Emoji", "name": ":party:", "icon": {"type": "Image", "url": "https://a.example/p.png"}},
            {"type": "Emoji", "name": "bare", "icon": [{"url": [{"type": "Link", "href": "https://a.example/b.png"}]}]},
            {"type": "Emoji", "name": ":party:", "icon": {"url": "https://a.example/other.png"}},
            {"type": "Emoji", "name": ":bad:", "icon": {"url": "javascript:alert(1)"}},
            {"type": "Emoji", "name": ":no way:", "icon": {"url": "https://a.example/p.png"}},
            {"type": "Hashtag", "name": "#x"}, 5
        ]});
        let found = read(object.as_object().unwrap());
        let parsed: Vec<(&str, &str)> =
            found.iter().map(|emoji| (emoji.shortcode.as_str(), emoji.url.as_str())).collect();
        assert_eq!(parsed, [("party", "https://a.example/p.png"), ("bare", "https://a.example/b.png")]);
        let written = json!({ "tag": write(&found) });
        assert_eq!(read(written.as_object().unwrap()), found);
    }
}
