//! Searching for records by a word: SOSL with `FIND`, `IN` and `RETURNING`, and the same by parameters.
//!
//! An empty search is how WP Fusion tests its connection: it takes any 2xx for a good one and reads nothing of it.

use super::super::ask::parameter;
use super::super::schema::{Field, Kind, Object, Verb};
use super::super::soql::{self, Row, Tables};
use super::answer::{Answer, Call};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Records that a search finds at most.
const MOST: usize = 2_000;

/// Objects that are searched where none are named.
const OBJECTS: [&str; 3] = ["Account", "Contact", "Lead"];

/// In which fields to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Within {
    All,
    Email,
    Name,
    Phone,
}

/// What to look for, and what to show.
#[derive(Debug)]
struct Wanted {
    term: String,
    within: Within,
    /// Objects with the fields to show.
    objects: Vec<(String, Vec<String>)>,
    limit: usize,
}

/// `/search/?q=FIND {...} ...`.
pub(super) fn by_sosl(call: &Call<'_>, query: Option<&str>, version: &str) -> Answer {
    match query {
        None => Answer::new(200, json!({ "searchRecords": [] })),
        Some(text) => sosl(text).map_or_else(|message| malformed(&message), |wanted| found(call, &wanted, version)),
    }
}

/// `/parameterizedSearch/?q=word&sobject=Contact&Contact.fields=Id,Email&in=EMAIL`.
pub(super) fn by_parameters(call: &Call<'_>, query: &[u8], version: &str) -> Answer {
    let Some(term) = parameter(query, "q") else { return malformed("No search term found.") };
    let object = parameter(query, "sobject");
    let objects = object.map(|name| {
        let fields = parameter(query, &format!("{name}.fields")).or_else(|| parameter(query, "fields"));
        (name, listed(&fields.unwrap_or_default()))
    });
    let within = within(&parameter(query, "in").unwrap_or_default()).unwrap_or(Within::All);
    let limit = parameter(query, "overallLimit").and_then(|text| text.parse().ok()).unwrap_or(MOST);
    found(call, &Wanted { term, within, objects: objects.into_iter().collect(), limit }, version)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    q: String,
    #[serde(default, rename = "in")]
    within: String,
    #[serde(default)]
    fields: Vec<String>,
    #[serde(default)]
    sobjects: Vec<Wish>,
    overall_limit: Option<usize>,
}

#[derive(Deserialize)]
struct Wish {
    name: String,
    #[serde(default)]
    fields: Vec<String>,
}

/// The same as a document that is posted.
pub(super) fn by_document(call: &Call<'_>, body: &[u8], version: &str) -> Answer {
    let document: Document = match serde_json::from_slice(body) {
        Ok(document) => document,
        Err(error) => return Answer::refused(400, "JSON_PARSER_ERROR", &error.to_string()),
    };
    let fields = |wish: &Wish| if wish.fields.is_empty() { document.fields.clone() } else { wish.fields.clone() };
    let objects = document.sobjects.iter().map(|wish| (wish.name.clone(), fields(wish))).collect();
    let within = within(&document.within).unwrap_or(Within::All);
    found(call, &Wanted { term: document.q, within, objects, limit: document.overall_limit.unwrap_or(MOST) }, version)
}

fn found(call: &Call<'_>, wanted: &Wanted, version: &str) -> Answer {
    let plain: String = wanted.term.chars().filter(|c| !matches!(c, '*' | '?' | '"' | '\\')).collect();
    let plain = plain.trim().to_lowercase();
    if plain.chars().count() < 2 {
        return malformed(&format!("search term must be longer than one character: {plain}"));
    }
    let view = call.view();
    let named = if wanted.objects.is_empty() {
        OBJECTS.map(|name| (name.to_owned(), Vec::new())).to_vec()
    } else {
        wanted.objects.clone()
    };
    let mut records = Vec::new();
    for (name, fields) in &named {
        let Some(object) = view.object(name).filter(|object| object.can(Verb::Search)) else {
            return Answer::refused(400, "INVALID_TYPE", &format!("sObject type '{name}' is not supported."));
        };
        let mut shown: Vec<&Field> = Vec::new();
        for field in fields {
            let Some(field) = object.field(field) else {
                let message = format!("No such column '{field}' on entity '{}'", object.name);
                return Answer::refused(400, "INVALID_FIELD", &message);
            };
            shown.push(field);
        }
        let matching = view.rows(object).into_iter().filter(|row| has(object, row, wanted.within, &plain));
        records.extend(matching.map(|row| cut(object, &row, &shown, version)));
    }
    records.truncate(wanted.limit.min(MOST));
    Answer::new(200, json!({ "searchRecords": records }))
}

fn has(object: &Object, row: &Row, within: Within, term: &str) -> bool {
    let looked_at = |field: &&Field| match within {
        Within::All => matches!(field.kind, Kind::Text | Kind::TextArea | Kind::Email | Kind::Phone | Kind::Url),
        Within::Email => field.kind == Kind::Email,
        Within::Name => field.name.ends_with("Name"),
        Within::Phone => field.kind == Kind::Phone,
    };
    let mut values = object.fields.iter().filter(looked_at).filter_map(|field| row.get(&field.name)?.as_str());
    values.any(|value| value.to_lowercase().contains(term))
}

/// The id, and what was asked for.
fn cut(object: &Object, row: &Row, fields: &[&Field], version: &str) -> Value {
    let mut record = Map::new();
    record.insert("attributes".to_owned(), soql::attributes(object, row, version));
    let id = object.field("Id");
    for field in id.into_iter().chain(fields.iter().copied()) {
        record.insert(field.name.clone(), row.get(&field.name).cloned().unwrap_or_default());
    }
    Value::Object(record)
}

/// `FIND {word} IN EMAIL FIELDS RETURNING Contact(Id, Email), Lead LIMIT 10`; words in any case.
fn sosl(text: &str) -> Result<Wanted, String> {
    let rest = word(text, "FIND").ok_or("SOSL begins with FIND")?;
    let rest = rest.strip_prefix('{').ok_or("No search term found. The search term must be enclosed in braces.")?;
    let end = closing_brace(rest).ok_or("No search term found. The search term must be enclosed in braces.")?;
    let term = rest[..end].replace('\\', "");
    let mut rest = rest[end + 1..].trim_start();
    let mut wanted = Wanted { term, within: Within::All, objects: Vec::new(), limit: MOST };
    if let Some(after) = word(rest, "IN") {
        let (group, after) = after.split_once(char::is_whitespace).unwrap_or((after, ""));
        wanted.within = within(group).ok_or_else(|| format!("unexpected token: '{group}'"))?;
        rest = word(after.trim_start(), "FIELDS").ok_or("FIELDS is wanted behind IN")?;
    }
    if let Some(mut after) = word(rest, "RETURNING") {
        loop {
            let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
            let (name, behind) = after.split_at(end);
            if name.is_empty() {
                return Err("an object is wanted behind RETURNING".to_owned());
            }
            after = behind.trim_start();
            let mut fields = Vec::new();
            if let Some(inside) = after.strip_prefix('(') {
                let (list, behind) = inside.split_once(')').ok_or("a parenthesis is not closed")?;
                fields = listed(list);
                after = behind.trim_start();
            }
            wanted.objects.push((name.to_owned(), fields));
            match after.strip_prefix(',') {
                Some(next) => after = next.trim_start(),
                None => break,
            }
        }
        rest = after;
    }
    if let Some(after) = word(rest, "LIMIT") {
        wanted.limit = after.trim().parse().map_err(|_| format!("unexpected token: '{}'", after.trim()))?;
        rest = "";
    }
    if rest.is_empty() { Ok(wanted) } else { Err(format!("unexpected token: '{rest}'")) }
}

/// What stands behind a word, if the text begins with it.
fn word<'t>(text: &'t str, expected: &str) -> Option<&'t str> {
    let text = text.trim_start();
    let (first, rest) = (text.get(..expected.len())?, text.get(expected.len()..)?);
    let ends = rest.is_empty() || rest.starts_with(|c: char| c.is_whitespace() || c == '{');
    (first.eq_ignore_ascii_case(expected) && ends).then(|| rest.trim_start())
}

/// Where the term ends; braces within it are escaped.
fn closing_brace(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let ends = c == '}' && !escaped;
        escaped = c == '\\' && !escaped;
        ends.then_some(at)
    })
}

fn within(group: &str) -> Option<Within> {
    match group.to_ascii_uppercase().as_str() {
        "ALL" | "SIDEBAR" | "" => Some(Within::All),
        "EMAIL" => Some(Within::Email),
        "NAME" => Some(Within::Name),
        "PHONE" => Some(Within::Phone),
        _ => None,
    }
}

fn listed(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn malformed(message: &str) -> Answer {
    Answer::refused(400, "MALFORMED_SEARCH", message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_search_is_read() {
        let wanted =
            sosl(r"find {ada\@x.org} in email fields returning Contact(Id, Email), Lead limit 3").expect("read");
        assert_eq!((wanted.term.as_str(), wanted.within, wanted.limit), ("ada@x.org", Within::Email, 3));
        let contact = ("Contact".to_owned(), vec!["Id".to_owned(), "Email".to_owned()]);
        assert_eq!(wanted.objects, [contact, ("Lead".to_owned(), Vec::new())]);
        assert_eq!(sosl("FIND{ada}").expect("read").term, "ada");
    }

    #[test]
    fn what_is_no_search_is_told() {
        for text in ["", "SELECT", "FIND", "FIND ada", "FIND {ada", "FIND {a\\}", "FIND {a} IN", "FIND {a} IN X FIELDS"]
        {
            assert!(sosl(text).is_err(), "{text}");
        }
        for text in ["FIND {a} RETURNING", "FIND {a} RETURNING A(", "FIND {a} LIMIT x", "FIND {a} WITH b"] {
            assert!(sosl(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,80}", tail in "(FIND|IN|EMAIL| |\\{|\\}|\\\\|\\(|\\)|,|RETURNING|é){0,12}") {
            let _ = sosl(&text);
            let _ = sosl(&format!("FIND {tail}"));
        }
    }
}
