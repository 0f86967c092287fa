//! Language detection.

use whatlang::{Lang, detect as guess};

use super::scan::{TextToken, tokens};

/// Minimum number of letters for a guess.
const ENOUGH: usize = 20;

/// Detects the language of a typed text (ISO 639-1); `None` if the text is too short or the result
/// unreliable.
pub fn detect(text: &str) -> Option<String> {
    let mut words = String::with_capacity(text.len());
    for token in tokens(text) {
        if let TextToken::Text(part) = token {
            words.push_str(part);
            words.push(' ');
        }
    }
    if words.chars().filter(|letter| letter.is_alphabetic()).count() < ENOUGH {
        return None;
    }
    let found = guess(&words)?;
    if found.is_reliable() { code(found.lang()).map(str::to_owned) } else { None }
}

/// Returns the two-letter code, which clients expect.
fn code(language: Lang) -> Option<&'static str> {
    Some(match language {
        Lang::Epo => "eo",
        Lang::Eng => "en",
        Lang::Rus => "ru",
        Lang::Cmn => "zh",
        Lang::Spa => "es",
        Lang::Por => "pt",
        Lang::Ita => "it",
        Lang::Ben => "bn",
        Lang::Fra => "fr",
        Lang::Deu => "de",
        Lang::Ukr => "uk",
        Lang::Kat => "ka",
        Lang::Ara => "ar",
        Lang::Hin => "hi",
        Lang::Jpn => "ja",
        Lang::Heb => "he",
        Lang::Yid => "yi",
        Lang::Pol => "pl",
        Lang::Amh => "am",
        Lang::Jav => "jv",
        Lang::Kor => "ko",
        Lang::Nob => "nb",
        Lang::Dan => "da",
        Lang::Swe => "sv",
        Lang::Fin => "fi",
        Lang::Tur => "tr",
        Lang::Nld => "nl",
        Lang::Hun => "hu",
        Lang::Ces => "cs",
        Lang::Ell => "el",
        Lang::Bul => "bg",
        Lang::Bel => "be",
        Lang::Mar => "mr",
        Lang::Kan => "kn",
        Lang::Ron => "ro",
        Lang::Slv => "sl",
        Lang::Hrv => "hr",
        Lang::Srp => "sr",
        Lang::Mkd => "mk",
        Lang::Lit => "lt",
        Lang::Lav => "lv",
        Lang::Est => "et",
        Lang::Tam => "ta",
        Lang::Vie => "vi",
        Lang::Urd => "ur",
        Lang::Tha => "th",
        Lang::Guj => "gu",
        Lang::Uzb => "uz",
        Lang::Pan => "pa",
        Lang::Aze => "az",
        Lang::Ind => "id",
        Lang::Tel => "te",
        Lang::Pes => "fa",
        Lang::Mal => "ml",
        Lang::Ori => "or",
        Lang::Mya => "my",
        Lang::Nep => "ne",
        Lang::Sin => "si",
        Lang::Khm => "km",
        Lang::Tuk => "tk",
        Lang::Aka => "ak",
        Lang::Zul => "zu",
        Lang::Sna => "sn",
        Lang::Afr => "af",
        Lang::Lat => "la",
        Lang::Slk => "sk",
        Lang::Cat => "ca",
        Lang::Tgl => "tl",
        Lang::Hye => "hy",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_sure_is_said() {
        let german =
            "Wir haben heute die neue Fassung der Schnittstelle freigegeben, bitte schaut sie euch an.";
        assert_eq!(detect(german).as_deref(), Some("de"));
        assert_eq!(
            detect("We have released the new version of the interface today, please have a look at it.")
                .as_deref(),
            Some("en")
        );
        assert_eq!(
            detect("今日は新しいバージョンをリリースしました。ぜひ使ってみてください。").as_deref(),
            Some("ja")
        );
        assert_eq!(detect("ok!"), None);
        assert_eq!(detect("https://a.example/some/long/path/in/english @somebody@far.away.example"), None);
    }
}
