//! Text similarity, to tolerate typing errors.

/// Returns the number of typing errors tolerated in a word with this number of letters.
pub const fn slips(letters: usize) -> usize {
    match letters {
        0..4 => 0,
        4..7 => 1,
        _ => 2,
    }
}

/// Returns the edit distance of two words: the number of letters to change, add, remove or swap with their
/// neighbour.
pub fn distance(one: &[char], other: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (y, letter) in one.iter().enumerate() {
        let mut next = Vec::with_capacity(row.len());
        next.push(y + 1);
        for (x, (found, (diagonal, above))) in
            other.iter().zip(row.iter().zip(row.iter().skip(1))).enumerate()
        {
            let changed = diagonal + usize::from(found != letter);
            let left = next.last().copied().unwrap_or(usize::MAX - 1);
            let mut least = changed.min(above + 1).min(left + 1);
            let swapped = y > 0 && x > 0 && one.get(y - 1) == Some(found) && other.get(x - 1) == Some(letter);
            if swapped && let Some(cost) = before.get(x - 1) {
                least = least.min(cost + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(one.len())
}

/// Whether two words differ by no more typing errors than their length allows.
pub fn is_near(word: &str, typed: &str) -> bool {
    let (word, typed): (Vec<char>, Vec<char>) = (word.chars().collect(), typed.chars().collect());
    let allowed = slips(typed.len());
    word.len().abs_diff(typed.len()) <= allowed && distance(&typed, &word) <= allowed
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn far(one: &str, other: &str) -> usize {
        distance(&one.chars().collect::<Vec<_>>(), &other.chars().collect::<Vec<_>>())
    }

    #[test]
    fn slips_are_counted() {
        for (one, other, slips) in [
            ("meyer", "meyer", 0),
            ("meyer", "meier", 1),
            ("jhon", "john", 1),
            ("schmit", "schmidt", 1),
            ("kuberntes", "kubernetes", 1),
            ("", "abc", 3),
            ("abc", "", 3),
        ] {
            assert_eq!(far(one, other), slips, "{one} {other}");
        }
    }

    #[test]
    fn short_words_forgive_nothing() {
        assert!(is_near("kubernetes", "kuberntes") && is_near("rust", "rsut"));
        assert!(!is_near("go", "do") && !is_near("rust", "java"));
    }

    proptest! {
        #[test]
        fn it_is_a_distance(one in "[a-d]{0,8}", other in "[a-d]{0,8}") {
            prop_assert_eq!(far(&one, &other), far(&other, &one));
            prop_assert_eq!(far(&one, &other) == 0, one == other);
            prop_assert!(far(&one, &other) <= one.len().max(other.len()));
        }
    }
}
