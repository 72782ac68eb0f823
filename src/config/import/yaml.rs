//! YAML as values with their lines, of what WP-CLI's files hold: mappings, lists and texts. Nothing is expanded: an alias
//! of YAML's own is refused, so that no small file becomes a large one.

use super::{Fault, line_of};
use crate::model::Clean;
use saphyr_parser::{Event, Parser, ScalarStyle, Span};

/// WP-CLI's aliases lie two deep; its other settings hardly more.
const DEEPEST: usize = 16;

/// Stands for `@` while the text is read: YAML reserves that sign and refuses it in front of a word, WP-CLI's own reader
/// does not, and every alias begins with it. It is of the private range, so nothing else means anything by it.
const AT: char = '\u{e000}';

/// A value and the line where it begins.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) line: usize,
    pub(super) value: Value,
}

/// What stands there.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// A text; empty where nothing is said.
    Text(String),
    List(Vec<Node>),
    /// Keys with their lines, in the file's order; one may be there twice.
    Map(Vec<(String, usize, Node)>),
}

/// Reads one document; none where nothing is in it.
pub(super) fn parse(text: &str) -> Result<Option<Node>, Fault> {
    if let Some(byte) = text.find(AT) {
        return Err(Fault::at(line_of(text, byte), "a character of Unicode's private range", "take it out"));
    }
    let text = text.replace('@', &AT.to_string());
    let mut reader = Reader { parser: Parser::new_from_str(&text) };
    let mut root = None;
    loop {
        let (event, line) = reader.next()?;
        match event {
            Event::StreamEnd => return Ok(root),
            Event::DocumentStart(_) if root.is_some() => {
                return Err(Fault::at(line, "a second document begins here", "import one file at a time"));
            }
            Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing => {}
            event => root = Some(reader.node(event, line, 0)?),
        }
    }
}

struct Reader<'t> {
    parser: Parser<'t, saphyr_parser::StrInput<'t>>,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<(Event<'t>, usize), Fault> {
        match self.parser.next_event() {
            Some(Ok((event, Span { start, .. }))) => Ok((event, start.line().max(1))),
            Some(Err(error)) => {
                let what = format!("no YAML: {}", Clean::new(error.info().replace(AT, "@")));
                Err(Fault::at(error.marker().line().max(1), what, "look at the line, and at the one before it"))
            }
            None => Ok((Event::StreamEnd, 1)),
        }
    }

    fn node(&mut self, event: Event<'t>, line: usize, depth: usize) -> Result<Node, Fault> {
        if depth > DEEPEST {
            let what = format!("values within values, more than {DEEPEST} deep");
            return Err(Fault::at(line, what, "no setting of WP-CLI lies so deep"));
        }
        let value = match event {
            Event::Scalar(text, style, ..) => Value::Text(said(&text, style)),
            Event::SequenceStart(..) => {
                let mut items = Vec::new();
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, _) => break Value::List(items),
                        (event, line) => items.push(self.node(event, line, depth + 1)?),
                    }
                }
            }
            Event::MappingStart(..) => {
                let mut pairs = Vec::new();
                loop {
                    let (event, line) = self.next()?;
                    if event == Event::MappingEnd {
                        break Value::Map(pairs);
                    }
                    let Value::Text(key) = self.node(event, line, depth + 1)?.value else {
                        return Err(Fault::at(line, "a key that is no word", "name the setting by a word"));
                    };
                    let (event, value_line) = self.next()?;
                    pairs.push((key, line, self.node(event, value_line, depth + 1)?));
                }
            }
            Event::Alias(_) => {
                return Err(Fault::at(line, "an alias of YAML (*name) stands here", "write out what it stands for"));
            }
            _ => return Err(Fault::at(line, "a value ends before it is over", "complete the file")),
        };
        Ok(Node { line, value })
    }
}

/// A text as it was meant: `~` and `null` say that there is none, unless they are quoted.
fn said(text: &str, style: ScalarStyle) -> String {
    if style == ScalarStyle::Plain && matches!(text, "~" | "null" | "Null" | "NULL") {
        return String::new();
    }
    text.replace(AT, "@")
}
