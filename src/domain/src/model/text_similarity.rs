//! Text similarity, to tolerate typing errors.

use std::collections::BTreeSet;

/// Returns the number of typing errors tolerated in a word with this number of letters.
pub const fn tolerated_errors(letters: usize) -> usize {
    match letters {
        0..4 => 0,
        4..7 => 1,
        _ => 2,
    }
}

/// Returns the optimal string alignment distance of two words: the number of letters to change, add, remove or
/// swap with their neighbour.
pub fn distance(one: &str, other: &str) -> usize {
    strsim::osa_distance(one, other)
}

/// Whether two words differ by no more typing errors than their length allows.
pub fn is_similar(word: &str, typed: &str) -> bool {
    let allowed = tolerated_errors(typed.chars().count());
    word.chars().count().abs_diff(typed.chars().count()) <= allowed && distance(typed, word) <= allowed
}

/// Returns the letter pairs of a word, including markers for its ends.
pub fn letter_pairs(word: &str) -> BTreeSet<String> {
    let letters: Vec<char> = std::iter::once('^').chain(word.chars()).chain(std::iter::once('$')).collect();
    letters.windows(2).map(|pair| pair.iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn slips_are_counted() {
        for (one, other, errors) in [
            ("meyer", "meyer", 0),
            ("meyer", "meier", 1),
            ("jhon", "john", 1),
            ("schmit", "schmidt", 1),
            ("kuberntes", "kubernetes", 1),
            ("", "abc", 3),
            ("abc", "", 3),
        ] {
            assert_eq!(distance(one, other), errors, "{one} {other}");
        }
    }

    #[test]
    fn short_words_forgive_nothing() {
        assert!(is_similar("kubernetes", "kuberntes") && is_similar("rust", "rsut"));
        assert!(!is_similar("go", "do") && !is_similar("rust", "java"));
    }

    proptest! {
        #[test]
        fn a_slip_leaves_pairs_enough(word in "[a-z]{4,12}", at in 0_usize..12, letter in "[a-z]") {
            let at = at % word.len();
            let mut typed = word.clone();
            typed.replace_range(at..=at, &letter);
            let allowed = tolerated_errors(typed.len());
            let needed = (typed.len() + 1).saturating_sub(3 * allowed).max(2);
            let shared = letter_pairs(&typed).intersection(&letter_pairs(&word)).count();

            // A word with few distinct letters has few distinct pairs.
            prop_assert!(shared >= needed || letter_pairs(&word).len() < word.len(), "{typed} {word}");
        }
    }
}
