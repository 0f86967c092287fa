//! Media types, as the Content-Type of a response or a link names them.

/// Returns the media type without parameters, in lower case.
pub fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase()
}

/// Whether a media type is ActivityStreams: `application/activity+json`, or `application/ld+json` with its
/// profile. Order, spacing and case of the parameters do not matter.
pub fn is_activity_json(content_type: &str) -> bool {
    match essence(content_type).as_str() {
        "application/activity+json" => true,
        "application/ld+json" => content_type.split(';').skip(1).any(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            name.trim().eq_ignore_ascii_case("profile")
                && value.trim().trim_matches('"').split(' ').any(|profile| {
                    matches!(
                        profile,
                        "https://www.w3.org/ns/activitystreams" | "http://www.w3.org/ns/activitystreams"
                    )
                })
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s04_only_activity_media_types_are_documents() {
        for good in [
            "application/activity+json",
            "Application/Activity+JSON; charset=UTF-8",
            "application/activity+json;charset=utf-8",
            r#"application/ld+json; profile="https://www.w3.org/ns/activitystreams""#,
            r#"application/ld+json;profile="https://www.w3.org/ns/activitystreams";charset=utf-8"#,
            r#"application/ld+json; charset=utf-8; PROFILE=https://www.w3.org/ns/activitystreams"#,
            r#"application/ld+json; profile="https://w3id.org/x https://www.w3.org/ns/activitystreams""#,
        ] {
            assert!(is_activity_json(good), "{good}");
        }
        for bad in [
            "",
            "application/json",
            "application/ld+json",
            "application/ld+json; profile=\"https://evil.example\"",
            "text/html; profile=\"https://www.w3.org/ns/activitystreams\"",
            "application/activity+jsonx",
            "image/png",
        ] {
            assert!(!is_activity_json(bad), "{bad}");
        }
    }
}
