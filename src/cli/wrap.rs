//! Running text in lines.

use unicode_width::UnicodeWidthStr;

/// Lines of at most so many cells, broken at blanks. A word that is longer than a line stands whole on its own.
pub(in crate::cli) fn wrap(words: &str, cells: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in words.split_whitespace() {
        let Some(line) = lines.last_mut() else { break };
        if line.is_empty() {
            line.push_str(word);
        } else if line.width() + 1 + word.width() <= cells {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}
