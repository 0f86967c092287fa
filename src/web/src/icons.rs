//! SVG icons on a grid of 20 by 20, in the colour of the surrounding text. They are decoration: pages also
//! express their meaning in text.

macro_rules! icons {
    ($($(#[$doc:meta])* $name:ident = $path:literal;)+) => {$(
        $(#[$doc])*
        pub(super) const $name: &str = concat!(
            r#"<svg class="icon" viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.6" "#,
            r#"stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d=""#,
            $path,
            r#""/></svg>"#
        );
    )+};
}

icons! {
    REPLY = "M17 10a6.5 6.5 0 0 1-9.6 5.7L3.5 16.5l1-3.4A6.5 6.5 0 1 1 17 10Z";
    BOOST = "M4 8.5V7a2 2 0 0 1 2-2h10m0 0-2.5-2.5M16 5l-2.5 2.5M16 11.5V13a2 2 0 0 1-2 2H4m0 0 2.5 2.5M4 15l2.5-2.5";
    STAR = "m10 3 2.1 4.4 4.9.7-3.5 3.4.8 4.8-4.3-2.3-4.3 2.3.8-4.8L3 8.1l4.9-.7L10 3Z";
    GLOBE = "M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15ZM2.8 10h14.4M10 2.5c4.3 4.7 4.3 10.3 0 15-4.3-4.7-4.3-10.3 0-15Z";
    BUILDING = "M4 17V4.5A1.5 1.5 0 0 1 5.5 3h6A1.5 1.5 0 0 1 13 4.5V17m0-9h1.5A1.5 1.5 0 0 1 16 9.5V17M2.5 17h15M7 6.5h3M7 10h3M7 13.5h3";
    HOUSE = "m3 9 7-6 7 6M5 7.5V17h10V7.5M8.2 17v-4.5h3.6V17";
    PARTNERS = "M7.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2 16.5c0-3 2.3-5 5.5-5s5.5 2 5.5 5M13 4a2.7 2.7 0 0 1 0 5.2M15 12c2 .6 3 2.2 3 4.5";
    LOCK = "M5.5 9h9A1.5 1.5 0 0 1 16 10.5v5a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 4 15.5v-5A1.5 1.5 0 0 1 5.5 9ZM6.5 9V6.5a3.5 3.5 0 1 1 7 0V9";
    AT = "M13 10a3 3 0 1 1-6 0 3 3 0 0 1 6 0Zm0 0v1.2a2.2 2.2 0 0 0 4.4 0V10A7.4 7.4 0 1 0 14 16.2";
    PHONE = "M6.5 2.5h7A1.5 1.5 0 0 1 15 4v12a1.5 1.5 0 0 1-1.5 1.5h-7A1.5 1.5 0 0 1 5 16V4a1.5 1.5 0 0 1 1.5-1.5ZM9 14.5h2";
    BOOK = "M10 5c-1.5-1.2-3.7-1.7-6.5-1.5v11.2c2.8-.2 5 .3 6.5 1.5 1.5-1.2 3.7-1.7 6.5-1.5V3.5C13.7 3.3 11.5 3.8 10 5Zm0 0v11";
    PEN = "m12.5 4.5 3 3M3.5 16.5l.8-3.8L13 4a1.8 1.8 0 0 1 2.6 0l.4.4a1.8 1.8 0 0 1 0 2.6l-8.7 8.7-3.8.8Z";
    PEOPLE = "M7.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2 16.5c0-3 2.3-5 5.5-5s5.5 2 5.5 5M15.5 6v5M13 8.5h5";
    BELL = "M10 3a4.5 4.5 0 0 0-4.5 4.5c0 4-1.5 5.5-1.5 5.5h12s-1.5-1.5-1.5-5.5A4.5 4.5 0 0 0 10 3ZM8.3 16a1.9 1.9 0 0 0 3.4 0";
    PERSON = "M10 10a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM3.5 17c.5-3.2 3-5 6.5-5s6 1.8 6.5 5";
    SHIELD = "M10 2.5 4 4.8v4.7c0 3.7 2.4 6.5 6 8 3.6-1.5 6-4.3 6-8V4.8L10 2.5ZM7.5 10l1.8 1.8 3.4-3.6";
    CLIP = "m15.5 9.5-5.8 5.8a3.5 3.5 0 0 1-5-5l6.2-6.1a2.3 2.3 0 0 1 3.3 3.3l-6.1 6a1.1 1.1 0 0 1-1.6-1.6L12 6.5";
    MORE = "M4.5 10h.01M10 10h.01M15.5 10h.01";
    ALERT = "M10 7v4m0 2.8v.1M8.7 3.3 2.6 14a1.5 1.5 0 0 0 1.3 2.3h12.2a1.5 1.5 0 0 0 1.3-2.3L11.3 3.3a1.5 1.5 0 0 0-2.6 0Z";
}

#[cfg(test)]
mod tests {
    #[test]
    fn icons_are_decoration() {
        assert!(super::REPLY.contains(r#"aria-hidden="true""#));
        assert!(!super::REPLY.contains("style="));
    }
}
