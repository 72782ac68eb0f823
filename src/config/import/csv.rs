//! CSV with a header: what spreadsheets and inventories give. Comma, semicolon or tab, whichever the header has.

use super::plan::{address, place};
use super::source::Entry;
use super::{Fault, Format, Source, host, plain};
use crate::model::{Clean, SecretRef};
use ::csv::{Position, Reader, ReaderBuilder, StringRecord, Trim};
use std::collections::BTreeMap;
use std::ops::Range;

/// The columns that say something, `name` first.
const COLUMNS: &[&str] = &["name", "url", "reach", "host", "port", "path", "wp", "user", "password", "org", "staging"];

const DELIMITERS: &[u8] = b",;\t";

/// The sign between values, if the first line is a header of ours: one of its columns is `url`.
pub(super) fn delimiter(text: &str) -> Option<u8> {
    DELIMITERS.iter().copied().find(|delimiter| {
        let mut header = StringRecord::new();
        let read = reader(text, *delimiter).read_record(&mut header);
        matches!(read, Ok(true)) && header.iter().any(|column| column.eq_ignore_ascii_case("url"))
    })
}

fn reader(text: &str, delimiter: u8) -> Reader<&[u8]> {
    let mut builder = ReaderBuilder::new();
    builder.delimiter(delimiter).has_headers(false).flexible(true).trim(Trim::All);
    builder.from_reader(text.as_bytes())
}

pub(super) fn read(text: &str) -> Result<Source, Fault> {
    let delimiter = delimiter(text).ok_or_else(|| {
        let advice = format!("begin it with a line of the columns it has, of {}", COLUMNS.join(","));
        Fault::at(1, "the first line names no column \"url\"", advice)
    })?;
    let mut source = Source::new(Format::Csv);
    let mut rows = Rows { text, reader: reader(text, delimiter), counted: (0, 1) };
    let Some((line, header)) = rows.next()? else { return Ok(source) };
    let columns = columns(&header, line, &mut source)?;
    while let Some((line, row)) = rows.next()? {
        entry(&mut source, &columns, line, &row)?;
    }
    Ok(source)
}

/// Rows with the lines where they begin.
struct Rows<'t> {
    text: &'t str,
    reader: Reader<&'t [u8]>,
    /// How far lines were counted, in bytes, and the line there.
    counted: (usize, usize),
}

impl Rows<'_> {
    fn next(&mut self) -> Result<Option<(usize, StringRecord)>, Fault> {
        let start = self.place();
        let mut row = StringRecord::new();
        let more = self.reader.read_record(&mut row);
        let range = self.range(start, self.place());
        let line = self.line_of(range.start);
        match more {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(_) => return Err(Fault::at(line, "no CSV", "look at the quotation marks of the line")),
        }
        // One that is not closed makes the rest of the file one value.
        if self.text[range].matches('"').count() % 2 == 1 {
            return Err(Fault::at(line, "a quotation mark is not closed", "close it, or double it within a value"));
        }
        Ok(Some((line, row)))
    }

    /// As the reader goes on, so does the count: a file is counted once.
    fn line_of(&mut self, byte: usize) -> usize {
        let (from, line) = self.counted;
        let between = self.text.get(from..byte).unwrap_or_default();
        self.counted = (byte, line + between.matches('\n').count());
        self.counted.1
    }

    fn place(&self) -> Position {
        self.reader.position().clone()
    }

    /// The bytes of a row; empty lines before it are not its own.
    fn range(&self, start: Position, end: Position) -> Range<usize> {
        let byte = |place: Position| usize::try_from(place.byte()).unwrap_or(usize::MAX).min(self.text.len());
        let (mut start, end) = (byte(start), byte(end));
        while start < end && matches!(self.text.as_bytes()[start], b'\n' | b'\r') {
            start += 1;
        }
        start..end
    }
}

/// What each column is; none where it says nothing here.
fn columns(header: &StringRecord, line: usize, source: &mut Source) -> Result<Vec<Option<&'static str>>, Fault> {
    let mut columns = Vec::new();
    for written in header {
        let known = COLUMNS.iter().copied().find(|column| column.eq_ignore_ascii_case(written));
        if known.is_some() && columns.contains(&known) {
            let what = format!("two columns are named {:?}", known.unwrap_or_default());
            return Err(Fault::at(line, what, "take one of them out"));
        }
        if known.is_none() && !written.is_empty() {
            let free = COLUMNS.iter().filter(|column| header.iter().all(|other| !column.eq_ignore_ascii_case(other)));
            let hint = crate::model::nearest(written.to_ascii_lowercase().as_str(), free)
                .map_or(String::new(), |column| format!("; did you mean {column:?}?"));
            source.notes.push(format!("the column {:?} says nothing here{hint}", Clean::new(written).as_str()));
        }
        columns.push(known);
    }
    Ok(columns)
}

fn entry(source: &mut Source, columns: &[Option<&'static str>], line: usize, row: &StringRecord) -> Result<(), Fault> {
    if row.iter().all(str::is_empty) {
        return Ok(());
    }
    let mut told = BTreeMap::new();
    for (column, value) in columns.iter().zip(row) {
        let Some(column) = *column else { continue };
        let value = match column {
            "password" => place_of_a_secret(value, line)?,
            "host" => host(value, line)?,
            _ => plain(value, line)?,
        };
        told.insert(column, value);
    }
    let name = told.remove("name").unwrap_or_default();
    // Not the address itself: a password may stand in it.
    let of_address = told.get("url").and_then(|url| place(&address(url)));
    let called = Some(name.clone()).filter(|name| !name.is_empty()).or(of_address);
    let called = called.unwrap_or_else(|| format!("unnamed-{line}"));
    if row.len() > columns.len() {
        let reason = format!("{} values, and the header has {} columns", row.len(), columns.len());
        source.leave_out(&called, line, reason, "put a value that holds the sign between values into quotation marks");
        return Ok(());
    }
    match read_words(&mut told) {
        Ok(()) => source.push(Entry { name, line, told }),
        Err((reason, advice)) => {
            source.leave_out(&called, line, reason, advice);
            if let (Some(url), Some(out)) = (told.remove("url"), source.left_out.last_mut()) {
                out.url = url;
            }
            Ok(())
        }
    }
}

/// Never repeated: it may be the secret itself, put there by mistake.
fn place_of_a_secret(value: &str, line: usize) -> Result<String, Fault> {
    if value.is_empty() {
        return Ok(String::new());
    }
    match SecretRef::try_from(value.to_owned()) {
        Ok(place) => plain(&place.to_string(), line),
        Err(error) => Err(Fault::at(
            line,
            format!("in the column \"password\" {error}"),
            "put the Application Password into secrets.toml, and \"store:NAME\" into the column; take it out of this file",
        )),
    }
}

/// Words that are not texts in the configuration, and the way in where none is named.
fn read_words(told: &mut BTreeMap<&'static str, String>) -> Result<(), (String, String)> {
    let filled = |told: &BTreeMap<_, String>, key: &str| told.get(key).is_some_and(|value| !value.is_empty());
    if !filled(told, "url") {
        return Err(("no url, and a site is known by its address".to_owned(), "fill the column \"url\"".to_owned()));
    }
    if !filled(told, "reach") {
        let reach = if filled(told, "host") {
            "ssh"
        } else if filled(told, "path") {
            "local"
        } else if filled(told, "user") {
            "rest"
        } else {
            let advice = "fill host and path (ssh), path (WP-CLI here) or user (REST)";
            return Err(("no way in is named".to_owned(), advice.to_owned()));
        };
        told.insert("reach", reach.to_owned());
    }
    if let Some(reach) = told.get_mut("reach") {
        reach.make_ascii_lowercase();
        if !matches!(reach.as_str(), "rest" | "local" | "ssh") {
            return Err((format!("{reach:?} is no way in"), "reach is rest, local or ssh".to_owned()));
        }
    }
    if let Some(port) = told.get("port")
        && !port.is_empty()
        && !matches!(port.parse::<u16>(), Ok(1..))
    {
        return Err((format!("{port:?} is no port"), "ports are 1 to 65535".to_owned()));
    }
    if let Some(staging) = told.get_mut("staging") {
        staging.make_ascii_lowercase();
        match staging.as_str() {
            "yes" | "1" | "true" => "true".clone_into(staging),
            "no" | "0" | "false" | "" => staging.clear(),
            other => return Err((format!("staging is {other:?}"), "write true or false".to_owned())),
        }
    }
    Ok(())
}
