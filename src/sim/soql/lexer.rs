//! Words, literals and signs, each with its place in the query.
//! Knows no grammar: whether a word is a keyword or a name is the parser's to say.

use super::{SoqlError, refusal};
use std::iter::Peekable;
use std::str::CharIndices;

/// What a token is; what it says stands in [`Token::text`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A keyword or a name, dotted or not.
    Word,
    /// Anything that begins with a digit or a signed digit: numbers, dates and times.
    Number,
    /// A text in single quotes, which stand in `text` too.
    Text,
    /// Punctuation and operators.
    Sign,
    /// The end of the query.
    End,
}

/// One token of the query.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'q> {
    pub(super) kind: Kind,
    /// As written; `<EOF>` for the end.
    pub(super) text: &'q str,
    /// Byte offset in the query.
    pub(super) at: usize,
}

/// Cuts `query` into tokens; the last is always [`Kind::End`].
pub(super) fn tokens(query: &str) -> Result<Vec<Token<'_>>, SoqlError> {
    let mut tokens = Vec::new();
    let mut chars = query.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let kind = match c {
            c if c.is_whitespace() => continue,
            'a'..='z' | 'A'..='Z' | '_' => {
                rest_of_word(&mut chars);
                Kind::Word
            }
            '0'..='9' => {
                rest_of_number(&mut chars);
                Kind::Number
            }
            '-' | '+' if chars.peek().is_some_and(|(_, next)| next.is_ascii_digit()) => {
                rest_of_number(&mut chars);
                Kind::Number
            }
            '\'' => {
                rest_of_text(&mut chars)
                    .ok_or_else(|| broken(query, at, "mismatched character '<EOF>' expecting '''"))?;
                Kind::Text
            }
            '<' | '>' | '!' => {
                chars.next_if(|(_, next)| *next == '=' || (c == '<' && *next == '>'));
                Kind::Sign
            }
            '=' | ',' | '(' | ')' | ':' | '.' => Kind::Sign,
            strange => return Err(broken(query, at, &format!("no viable alternative at character '{strange}'"))),
        };
        let end = chars.peek().map_or(query.len(), |(next, _)| *next);
        tokens.push(Token { kind, text: &query[at..end], at });
    }
    tokens.push(Token { kind: Kind::End, text: "<EOF>", at: query.len() });
    Ok(tokens)
}

type Chars<'q> = Peekable<CharIndices<'q>>;

/// A dot belongs to a word when a name follows it.
fn rest_of_word(chars: &mut Chars<'_>) {
    loop {
        while chars.next_if(|(_, c)| c.is_ascii_alphanumeric() || *c == '_').is_some() {}
        let mut ahead = chars.clone();
        let dotted = ahead.next().is_some_and(|(_, c)| c == '.')
            && ahead.next().is_some_and(|(_, c)| c.is_ascii_alphabetic() || c == '_');
        if !dotted {
            return;
        }
        chars.next();
    }
}

fn rest_of_number(chars: &mut Chars<'_>) {
    while chars.next_if(|(_, c)| c.is_ascii_alphanumeric() || matches!(c, ':' | '.' | '+' | '-')).is_some() {}
}

/// Up to the closing quote; a quote after a backslash closes nothing.
fn rest_of_text(chars: &mut Chars<'_>) -> Option<()> {
    loop {
        match chars.next()?.1 {
            '\'' => return Some(()),
            '\\' => {
                chars.next()?;
            }
            _ => {}
        }
    }
}

/// The lexer of Salesforce speaks in another style than its parser: row from 1, column from 0 [confirmed for the style].
fn broken(query: &str, at: usize, message: &str) -> SoqlError {
    let row = query[..at].matches('\n').count() + 1;
    let column = query[..at].chars().rev().take_while(|c| *c != '\n').count();
    refusal::plain("MALFORMED_QUERY", &format!("line {row}:{column} {message}"))
}
