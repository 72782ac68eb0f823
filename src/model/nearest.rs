//! What somebody probably meant who wrote a word that is no name: for the advice of every message that refuses one.

/// Two words that are less alike than this are two words. Chosen so that one letter lost, doubled or swapped is found.
const ALIKE: f64 = 0.8;

/// The candidate that is most like `word`, if one is like it at all.
pub fn nearest<T: AsRef<str>>(word: &str, candidates: impl IntoIterator<Item = T>) -> Option<T> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(word, candidate.as_ref()), candidate))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_lost_doubled_or_swapped_is_found_and_another_word_is_not() {
        for word in ["stagng", "staaging", "satging"] {
            assert_eq!(nearest(word, ["name", "staging", "path"]), Some("staging"), "{word}");
        }
        assert_eq!(nearest("colour", ["name", "staging", "path"]), None);
        assert_eq!(nearest("x", Vec::<String>::new()), None);
    }
}
