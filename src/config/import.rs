//! Sites out of what an agency already has: WP-CLI's alias files and CSV. Text in, entries with their lines out, and the
//! plan of what they change in a configuration. Pure: who reads files and writes the configuration is `cli`. Uses
//! `model` alone.

mod aliases;
mod csv;
mod plan;
mod source;
mod ssh;
#[cfg(test)]
mod tests;
mod yaml;

pub use plan::{Change, Item, Plan, Terms, What};
pub use source::{Entry, Fault, LeftOut, NoGroup, Source};

use crate::model::Clean;

/// The largest source that is read, in bytes: 10,000 aliases take a tenth of it.
pub const LARGEST: usize = 8 << 20;

/// The most sites that one source may name.
pub const MOST: usize = 10_000;

/// What a source is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "lowercase")]
pub enum Format {
    /// WP-CLI's YAML.
    Aliases,
    /// Comma, semicolon or tab between values, a header first.
    Csv,
}

/// Reads a source. Without a format it is recognised by what stands in it.
///
/// What one site lacks leaves that site out. What shows that the file is another one than was meant, or means harm
/// (bytes that are no UTF-8, control characters, a host that ssh would take for an option, a secret in clear), is refused
/// whole.
pub fn read(bytes: &[u8], format: Option<Format>) -> Result<Source, Fault> {
    let text = decode(bytes)?;
    match format.or_else(|| recognise(text)) {
        Some(Format::Aliases) => aliases::read(text),
        Some(Format::Csv) => csv::read(text),
        None => Err(Fault::whole(
            "neither WP-CLI's aliases nor CSV: no line begins with @, and the first line names no column \"url\"",
            "say which it is with --format aliases or --format csv",
        )),
    }
}

fn decode(bytes: &[u8]) -> Result<&str, Fault> {
    if bytes.len() > LARGEST {
        let what = format!("more than {} MiB, which is the most that is read", LARGEST >> 20);
        return Err(Fault::whole(what, "import it in parts"));
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let (before, rest) = bytes.split_at(error.valid_up_to());
            let line = String::from_utf8_lossy(before).matches('\n').count() + 1;
            let sixteen = before.is_empty() && matches!(rest, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
            let what = if sixteen { "UTF-16, where UTF-8 is expected" } else { "bytes that are no UTF-8" };
            return Err(Fault::at(line, what, "save it as UTF-8"));
        }
    };
    // Spreadsheets begin their UTF-8 with a byte-order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match text.find(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        Some(byte) => Err(Fault::at(line_of(text, byte), "a control character", "take it out")),
        None => Ok(text),
    }
}

fn recognise(text: &str) -> Option<Format> {
    if csv::delimiter(text).is_some() {
        return Some(Format::Csv);
    }
    let is_alias = |line: &str| line.trim_start_matches(['"', '\'']).starts_with('@') && line.contains(':');
    text.lines().any(is_alias).then_some(Format::Aliases)
}

/// The line of a byte, from 1.
fn line_of(text: &str, byte: usize) -> usize {
    text.get(..byte).unwrap_or(text).matches('\n').count() + 1
}

/// A value that will stand in the configuration, on command lines and on the screen.
fn plain(value: &str, line: usize) -> Result<String, Fault> {
    if Clean::new(value).as_str() == value {
        return Ok(value.to_owned());
    }
    let what = "a value is too long, or a control character or an invisible one stands in it";
    Err(Fault::at(line, what, "take it out"))
}

/// A host as ssh gets it. One that begins with a dash would be an option, and options run programs.
fn host(value: &str, line: usize) -> Result<String, Fault> {
    if value.starts_with('-') || value.contains("@-") {
        let what = "a host begins with a dash, which ssh would take for an option";
        return Err(Fault::at(line, what, "name the host as ssh takes it, \"user@host\""));
    }
    plain(value, line)
}
