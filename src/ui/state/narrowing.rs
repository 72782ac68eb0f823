//! What narrows the list: a filter as it is typed, the question that it asked last, and what is wrong with it.
//!
//! Uses `model` alone. The list follows the last question that could be read, so that a mistake half way through a term
//! does not empty the page.

use crate::model::{Query, QueryError};

/// A filter, read once when its text changes and asked of every line.
#[derive(Clone, Debug, Default)]
pub struct Narrowing {
    text: String,
    /// The text of the query.
    read: String,
    query: Query,
    mistake: Option<QueryError>,
}

impl Narrowing {
    /// Reads `text`. Where it can not be read, what was asked before stays. Answers whether the list has to follow.
    pub fn read(&mut self, text: &str) -> bool {
        if self.text == text {
            return false;
        }
        text.clone_into(&mut self.text);
        self.mistake = None;
        match Query::parse(text) {
            Ok(query) => self.ask(text, query),
            Err(mistake) => {
                let before = up_to_term(text, mistake.at);
                self.mistake = Some(mistake);
                // `life` was a word only until it began `life<7d`: nobody looks for it.
                let began = self.read.strip_prefix(&before).is_some_and(|rest| !rest.contains(char::is_whitespace));
                match Query::parse(&before) {
                    Ok(query) if began => self.ask(&before, query),
                    _ => false,
                }
            }
        }
    }

    fn ask(&mut self, text: &str, query: Query) -> bool {
        text.clone_into(&mut self.read);
        let differs = self.query != query;
        self.query = query;
        differs
    }

    /// As it is typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of what is asked: the last that could be read.
    pub fn asked(&self) -> &str {
        self.read.trim()
    }

    /// What is asked of every line.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// What is wrong with the text.
    pub fn mistake(&self) -> Option<&QueryError> {
        self.mistake.as_ref()
    }

    /// Whether it may hide a line: `!` alone and `-f` alone hide none.
    pub fn narrows(&self) -> bool {
        !self.query.is_empty()
    }
}

/// What stands before the term that the character `at` is in.
fn up_to_term(text: &str, at: usize) -> String {
    let before: Vec<char> = text.chars().take(at).collect();
    let start = before.iter().rposition(|c| c.is_whitespace()).map_or(0, |i| i + 1);
    before[..start].iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_not_be_read_leaves_the_last_question() {
        let mut narrowing = Narrowing::default();
        for (text, follows, asked, mistake) in [
            (" ", false, "", None),
            ("acme state", true, "acme state", None),
            // What the mistake began as is not looked for.
            ("acme state:", true, "acme", Some(11)),
            ("acme state:fial", false, "acme", Some(11)),
            ("acme state:fail ", true, "acme state:fail", None),
            ("acme fail", false, "acme fail", None),
            // What is put before leaves the rest asked.
            ("\"acme fail", false, "acme fail", Some(0)),
            ("/(/ acme fail", false, "acme fail", Some(0)),
            ("acme fail !life<", false, "acme fail", Some(16)),
            ("-f !", true, "-f !", None),
            ("", true, "", None),
        ] {
            assert_eq!(narrowing.read(text), follows, "{text}");
            let told = (narrowing.text(), narrowing.asked(), narrowing.mistake().map(|told| told.at));
            assert_eq!(told, (text, asked, mistake));
            assert_eq!(narrowing.narrows(), asked.contains("acme"), "{text}");
            assert!(!narrowing.read(text), "the same text is no news");
        }
    }
}
