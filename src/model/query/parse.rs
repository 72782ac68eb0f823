//! From what is typed to terms. A mistake is told with its place; nothing that can be typed panics.

use super::{Amount, Field, Figure, Pattern, Query, QueryError, Sign, Term, Test};
use crate::model::{Cause, Health, nearest};
use std::fmt::Display;
use strum::IntoEnumIterator;

/// Largest expression, compiled: one that a line of a terminal can hold is far below.
const LARGEST_PATTERN: usize = 1 << 20;

impl Query {
    /// Reads a question; an empty one admits every site.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let text: Vec<char> = text.chars().collect();
        let mut query = Self::default();
        let mut at = 0;
        while at < text.len() {
            if text[at].is_whitespace() {
                at += 1;
                continue;
            }
            let wanted = text[at] != '!';
            let start = if wanted { at } else { at + 1 };
            let (asked, end) = match text.get(start) {
                Some('"') => quoted(&text, start).map(|(text, end)| (Some(Test::Text(text)), end))?,
                Some('/') => pattern(&text, start)?,
                _ => bare(&text, start)?,
            };
            if wanted && asked.is_none() && text[start..end] == ['-', 'f'] {
                query.fuzzy = true;
            }
            query.terms.extend(asked.map(|test| Term { wanted, test }));
            at = end;
        }
        Ok(query)
    }
}

fn wrong(at: usize, what: impl Into<String>, advice: impl Into<String>) -> QueryError {
    QueryError { at, what: what.into(), advice: advice.into() }
}

/// A text in quotes from `start` on, and where it ends.
fn quoted(text: &[char], start: usize) -> Result<(String, usize), QueryError> {
    let (mut read, mut at) = (String::new(), start + 1);
    loop {
        match (text.get(at), text.get(at + 1)) {
            (Some('"'), _) => return Ok((read.to_lowercase(), at + 1)),
            (Some('\\'), Some(c @ ('"' | '\\'))) => {
                read.push(*c);
                at += 2;
            }
            (Some(c), _) => {
                read.push(*c);
                at += 1;
            }
            (None, _) => return Err(wrong(start, "a quote is not closed", "end it with \"")),
        }
    }
}

fn pattern(text: &[char], start: usize) -> Result<(Option<Test>, usize), QueryError> {
    let (mut source, mut at) = (String::new(), start + 1);
    loop {
        match (text.get(at), text.get(at + 1)) {
            (Some('/'), _) => break,
            (Some('\\'), Some('/')) => {
                source.push('/');
                at += 2;
            }
            // The pair stays together: the slash after `\\` is an end.
            (Some('\\'), Some(c)) => {
                source.extend(['\\', *c]);
                at += 2;
            }
            (Some(c), _) => {
                source.push(*c);
                at += 1;
            }
            (None, _) => return Err(wrong(start, "an expression is not closed", "end it with /")),
        }
    }
    let compiled =
        regex::RegexBuilder::new(&source).case_insensitive(true).size_limit(LARGEST_PATTERN).build().map_err(
            |error| {
                let told = error.to_string();
                let what = told.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                wrong(start, what, "put the text in quotes to search for it as it is")
            },
        )?;
    Ok((Some(Test::Pattern(Pattern { source, compiled })), at + 1))
}

/// A term up to the next space; only the text after `field:` may be quoted. `!` and `-f` alone are no test.
fn bare(text: &[char], start: usize) -> Result<(Option<Test>, usize), QueryError> {
    let end = (start..text.len()).find(|i| text[*i].is_whitespace()).unwrap_or(text.len());
    let letters = (start..end).find(|i| !text[*i].is_ascii_alphabetic()).unwrap_or(end);
    let name: String = text[start..letters].iter().collect::<String>().to_lowercase();
    match text.get(letters) {
        Some(':') if letters > start && letters < end => {
            let from = letters + 1;
            let (value, end) = match text.get(from) {
                Some('"') => quoted(text, from)?,
                _ => (text[from..end].iter().collect::<String>().to_lowercase(), end),
            };
            return Ok((Some(field(&name, value, start, from)?), end));
        }
        Some('<' | '>') if letters > start && letters < end => {
            return Ok((Some(comparison(&name, &text[letters..end], start, letters)?), end));
        }
        _ => {}
    }
    let word: String = text[start..end].iter().collect();
    if word.is_empty() || word == "-f" {
        return Ok((None, end));
    }
    // `ok` asks for those that are, not for every token and book.
    let asked = word.to_uppercase().parse::<Health>().map_or_else(|_| Test::Text(word.to_lowercase()), Test::State);
    Ok((Some(asked), end))
}

fn field(name: &str, value: String, at: usize, from: usize) -> Result<Test, QueryError> {
    if name == "state" {
        return value.to_uppercase().parse().map(Test::State).map_err(|_| {
            let states = all::<Health>().to_lowercase();
            wrong(from, format!("no state is named {value:?}"), format!("states are {states}"))
        });
    }
    let Ok(field) = name.parse::<Field>() else {
        let names = ["state".to_owned()].into_iter().chain(Field::iter().map(|field| field.to_string()));
        let advice = match nearest(name, names) {
            Some(meant) => format!("did you mean {meant}:? Put the text in quotes to search for it"),
            None => format!("fields are state, {}; put the text in quotes to search for it", all::<Field>()),
        };
        return Err(wrong(at, format!("no field is named {name:?}"), advice));
    };
    if value.is_empty() {
        return Err(wrong(from, format!("{field}: asks for nothing"), "write what to find after the colon"));
    }
    if field == Field::Cause && !Cause::iter().any(|cause| cause.to_string().contains(&value)) {
        let advice = match nearest(&value, Cause::iter().map(|cause| cause.to_string())) {
            Some(meant) => format!("did you mean cause:{meant}?"),
            None => "fusebox list --json shows the causes".to_owned(),
        };
        return Err(wrong(from, format!("no cause is named {value:?}"), advice));
    }
    Ok(Test::In(field, value))
}

fn comparison(name: &str, rest: &[char], at: usize, from: usize) -> Result<Test, QueryError> {
    let Ok(figure) = name.parse::<Figure>() else {
        let advice = match nearest(name, Figure::iter().map(|figure| figure.to_string())) {
            Some(meant) => format!("did you mean {meant}?"),
            None => format!("figures are {}; put the text in quotes to search for it", all::<Figure>()),
        };
        return Err(wrong(at, format!("no figure is named {name:?}"), advice));
    };
    let (sign, length) = match rest {
        ['>', '=', ..] => (Sign::AtLeast, 2),
        ['<', '=', ..] => (Sign::AtMost, 2),
        ['>', ..] => (Sign::More, 1),
        _ => (Sign::Less, 1),
    };
    let amount: String = rest.iter().skip(length).collect();
    let digits = amount.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = amount[..amount.len() - digits.len()].parse::<u32>().ok();
    match (figure, number, digits) {
        (Figure::Uses, Some(number), "") => Ok(Test::Compare(figure, sign, Amount::Count(number))),
        (Figure::Uses, ..) => Err(wrong(from + length, "uses are compared with a number", "write it as uses>100")),
        (_, Some(number), "m" | "h" | "d" | "w" | "y") => {
            let unit = digits.chars().next().unwrap_or('m');
            Ok(Test::Compare(figure, sign, Amount::Span(number, unit)))
        }
        _ => {
            let advice = format!("write a number and m, h, d, w or y, as in {figure}{sign}7d");
            Err(wrong(from + length, format!("{figure} is compared with a time"), advice))
        }
    }
}

fn all<T: IntoEnumIterator + Display>() -> String {
    T::iter().map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}
