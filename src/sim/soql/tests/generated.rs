//! Generated queries select what a filter written out by hand selects, and no text makes the parser panic.

use super::super::super::schema::Schema;
use super::super::*;
use chrono::TimeDelta;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;
use std::sync::LazyLock;

/// A row as the filter by hand sees it.
#[derive(Clone, Debug)]
struct Item {
    name: Option<String>,
    count: Option<i32>,
    active: bool,
    at: Option<i64>,
    owner: Option<String>,
}

struct Items(Vec<Item>);

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let text = r#"
        [[object]]
        name = "Item"
        fields = [
          ["Key", "Key", "int"], ["Name", "Name", "string 80"], ["UseCount", "Uses", "int"],
          ["IsActive", "Active", "boolean"], ["CreatedDate", "Created", "datetime"],
          ["OwnerId", "Owner", "reference Owner"],
        ]
        [[object]]
        name = "Owner"
        fields = [["Id", "Id", "id"], ["Username", "Name", "string 80"]]
    "#;
    Schema::parse(text).expect("a schema")
});

impl Tables for Items {
    fn object(&self, name: &str) -> Option<&Object> {
        SCHEMA.object(name)
    }

    fn version(&self) -> &'static str {
        "v67.0"
    }

    fn rows(&self, object: &Object) -> Vec<Row> {
        let id = |key: usize| format!("00O{key:012}");
        let owner = |(key, item): (usize, &Item)| json!({ "Id": id(key), "Username": item.owner });
        let row = |(key, item): (usize, &Item)| {
            json!({
                "Key": key, "Name": item.name, "UseCount": item.count, "IsActive": item.active,
                "CreatedDate": item.at.map(|at| time(at).format("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string()),
                "OwnerId": item.owner.as_ref().map(|_| id(key)),
            })
        };
        let items = self.0.iter().enumerate();
        let rows: Vec<Value> =
            if object.name == "Item" { items.map(row).collect() } else { items.map(owner).collect() };
        rows.into_iter().map(|row| serde_json::from_value(row).expect("a row is an object")).collect()
    }
}

fn time(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_763_856_000, 0).expect("a time") + TimeDelta::minutes(minutes)
}

/// A condition of its own making, with its own idea of what it means and of how it is written.
#[derive(Clone, Debug)]
enum Made {
    Name(&'static str, Option<String>),
    NameLike(String),
    NameIn(Vec<Option<String>>, bool),
    Count(&'static str, Option<i32>),
    Active(&'static str, bool),
    At(&'static str, i64),
    Owner(&'static str, Option<String>),
    All(Vec<Made>),
    Any(Vec<Made>),
    Not(Box<Made>),
}

fn holds<T: PartialOrd>(operator: &str, value: Option<&T>, literal: Option<&T>) -> bool {
    let both = value.zip(literal);
    match operator {
        "=" => value == literal,
        "!=" | "<>" => value != literal,
        "<" => both.is_some_and(|(value, literal)| value < literal),
        "<=" => both.is_some_and(|(value, literal)| value <= literal),
        ">" => both.is_some_and(|(value, literal)| value > literal),
        _ => both.is_some_and(|(value, literal)| value >= literal),
    }
}

fn lower(text: Option<&String>) -> Option<String> {
    text.map(|text| text.to_lowercase())
}

fn like(pattern: &[char], text: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['%', rest @ ..] => (0..=text.len()).any(|taken| like(rest, &text[taken..])),
        ['_', rest @ ..] => !text.is_empty() && like(rest, &text[1..]),
        ['\\', plain, rest @ ..] | [plain, rest @ ..] => text.first() == Some(plain) && like(rest, &text[1..]),
    }
}

impl Made {
    fn selects(&self, item: &Item) -> bool {
        let name = lower(item.name.as_ref());
        match self {
            Self::Name(operator, text) => holds(operator, name.as_ref(), lower(text.as_ref()).as_ref()),
            Self::NameLike(pattern) => name.is_some_and(|name| {
                let pattern: Vec<char> = pattern.to_lowercase().chars().collect();
                like(&pattern, &name.chars().collect::<Vec<_>>())
            }),
            Self::NameIn(texts, negated) => texts.iter().any(|text| lower(text.as_ref()) == name) != *negated,
            Self::Count(operator, number) => holds(operator, item.count.as_ref(), number.as_ref()),
            Self::Active(operator, yes) => (item.active == *yes) == (*operator == "="),
            Self::At(operator, minutes) => holds(operator, item.at.as_ref(), Some(minutes)),
            Self::Owner(operator, text) => {
                holds(operator, lower(item.owner.as_ref()).as_ref(), lower(text.as_ref()).as_ref())
            }
            Self::All(parts) => parts.iter().all(|part| part.selects(item)),
            Self::Any(parts) => parts.iter().any(|part| part.selects(item)),
            Self::Not(part) => !part.selects(item),
        }
    }

    fn written(&self) -> String {
        let joined = |parts: &[Self], word: &str| {
            parts.iter().map(|part| format!("({})", part.written())).collect::<Vec<_>>().join(word)
        };
        match self {
            Self::Name(operator, text) => format!("nAmE {operator} {}", literal(text.as_ref())),
            Self::NameLike(pattern) => format!("Name like '{}'", pattern.replace('\'', r"\'")),
            Self::NameIn(texts, negated) => {
                let texts: Vec<String> = texts.iter().map(|text| literal(text.as_ref())).collect();
                format!("Name {} ({})", if *negated { "Not\tIn" } else { "iN" }, texts.join(" ,"))
            }
            Self::Count(operator, number) => {
                format!("UseCount{operator}{}", number.map_or_else(|| "null".to_owned(), |number| number.to_string()))
            }
            Self::Active(operator, yes) => format!("IsActive{operator}{yes}"),
            Self::At(operator, minutes) => {
                format!("createddate {operator} {}", time(*minutes).format("%Y-%m-%dT%H:%M:%SZ"))
            }
            Self::Owner(operator, text) => format!("owner.USERNAME {operator} {}", literal(text.as_ref())),
            Self::All(parts) => joined(parts, " aNd "),
            Self::Any(parts) => joined(parts, "\nOR\n"),
            Self::Not(part) => format!("noT({})", part.written()),
        }
    }
}

fn literal(text: Option<&String>) -> String {
    let quoted = |text: &String| {
        let escaped = text.replace('\\', r"\\").replace('\'', r"\'").replace('\n', r"\n");
        format!("'{escaped}'")
    };
    text.map_or_else(|| "NULL".to_owned(), quoted)
}

fn text() -> impl Strategy<Value = String> {
    "[aAbB%_'\\\\éÉ \n]{0,4}"
}

fn item() -> impl Strategy<Value = Item> {
    (option::of(text()), option::of(-3..9_i32), any::<bool>(), option::of(-99..99_i64), option::of(text()))
        .prop_map(|(name, count, active, at, owner)| Item { name, count, active, at, owner })
}

fn made() -> impl Strategy<Value = Made> {
    let operator = || select(vec!["=", "!=", "<>", "<", "<=", ">", ">="]);
    let pattern =
        vec(select(vec!["a", "B", "%", "_", r"\%", r"\_", "é", " ", "'"]), 0..5).prop_map(|parts| parts.concat());
    let leaf = prop_oneof![
        (operator(), option::of(text())).prop_map(|(operator, text)| Made::Name(operator, text)),
        pattern.prop_map(Made::NameLike),
        (vec(option::of(text()), 1..4), any::<bool>()).prop_map(|(texts, negated)| Made::NameIn(texts, negated)),
        (operator(), option::of(-3..9_i32)).prop_map(|(operator, number)| Made::Count(operator, number)),
        (select(vec!["=", "!="]), any::<bool>()).prop_map(|(operator, yes)| Made::Active(operator, yes)),
        (operator(), -99..99_i64).prop_map(|(operator, minutes)| Made::At(operator, minutes)),
        (operator(), option::of(text())).prop_map(|(operator, text)| Made::Owner(operator, text)),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(Made::All),
            vec(inner.clone(), 2..4).prop_map(Made::Any),
            inner.prop_map(|part| Made::Not(Box::new(part))),
        ]
    })
}

fn keys(query: &str, items: Vec<Item>) -> Vec<usize> {
    let answer = run(query, &Items(items), time(0)).unwrap_or_else(|refusal| panic!("{query}: {refusal}"));
    assert_eq!(answer.total, answer.records.len());
    let key = |record: &Value| record["Key"].as_u64().and_then(|key| key.try_into().ok()).expect("a key");
    answer.records.iter().map(key).collect()
}

proptest! {
    #[test]
    fn a_query_selects_what_a_filter_by_hand_selects(items in vec(item(), 0..12), made in made()) {
        let expected: Vec<usize> =
            items.iter().enumerate().filter(|(_, item)| made.selects(item)).map(|(key, _)| key).collect();
        prop_assert_eq!(keys(&format!("SELECT Key FROM Item WHERE {}", made.written()), items), expected);
    }

    #[test]
    fn order_limit_and_offset_cut_what_sorting_by_hand_gives(
        items in vec(item(), 0..12), descending: bool, nulls_last: bool, limit in 0..14_usize, offset in 0..14_usize,
    ) {
        let (mut nulls, mut others): (Vec<usize>, Vec<usize>) =
            (0..items.len()).partition(|key| items[*key].count.is_none());
        others.sort_by_key(|key| items[*key].count.map(i64::from).map(|count| if descending { -count } else { count }));
        let sorted = if nulls_last { others.append(&mut nulls); others } else { nulls.append(&mut others); nulls };
        let expected: Vec<usize> = sorted.into_iter().skip(offset).take(limit).collect();
        let direction = if descending { "DESC" } else { "ASC" };
        let end = if nulls_last { "LAST" } else { "FIRST" };
        let query = format!("SELECT Key FROM Item ORDER BY UseCount {direction} NULLS {end} LIMIT {limit} OFFSET {offset}");
        prop_assert_eq!(keys(&query, items), expected);
    }

    #[test]
    fn random_text_never_panics(items in vec(item(), 0..3), text in "\\PC{0,120}") {
        let _ = run(&text, &Items(items), time(0));
    }

    #[test]
    fn random_tokens_never_panic_and_are_refused_in_known_words(
        items in vec(item(), 0..3),
        tokens in vec(select(vec![
            "SELECT", "FROM", "Item", "WHERE", "Key", "Name", "Owner.Username", "Owner", "UseCount", "COUNT", "(", ")",
            ",", "=", "<", "LIKE", "IN", "NOT", "AND", "OR", "'a'", "'%'", "'\\", "5", "-", "2026-11-23T00:00:00Z", "null",
            "TODAY", "LAST_N_DAYS:3", "INCLUDES", "EXCLUDES", "(SELECT", "OwnerId", "ORDER", "BY", "DESC", "NULLS", "LAST", "LIMIT", "OFFSET", ".", ":", "é", "\n",
        ]), 0..24),
        start in select(vec!["", "SELECT Key FROM Item ", "SELECT Key FROM Item WHERE "]),
    ) {
        if let Err(refusal) = run(&format!("{start}{}", tokens.join(" ")), &Items(items), time(0)) {
            let known = ["MALFORMED_QUERY", "INVALID_FIELD", "INVALID_TYPE", "INVALID_QUERY_FILTER_OPERATOR"];
            prop_assert!(known.contains(&refusal.code), "{}", refusal);
        }
    }
}
