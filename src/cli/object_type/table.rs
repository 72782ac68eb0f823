//! The table of what another object would do: what breaks, what changes, what could not be judged, what stays.

use crate::cli::style::Style;
use crate::cli::table;
use crate::diagnosis::dry_lines;
use crate::model::dry_run::Impact;
use crate::model::object_type::ObjectTypeCheck;
use crate::model::{Clean, Health};

const NONE: &str = "-";

pub(super) fn text(check: &ObjectTypeCheck, style: Style) -> String {
    let lines = dry_lines(check);
    let upper =
        |object: Option<&Clean>| object.map_or_else(|| "NOW".to_owned(), |object| object.as_str().to_uppercase());
    let heads = ["STATE".to_owned(), "WORDPRESS".to_owned(), upper(check.from.as_ref()), upper(Some(&check.to))];
    let mut rows = vec![[&heads[..], &["SO".to_owned()]].concat()];
    let cell = |text: &Clean| if text.as_str().is_empty() { NONE.to_owned() } else { text.to_string() };
    rows.extend(lines.iter().map(|line| {
        let state = of(line.impact).1.to_owned();
        vec![state, cell(&line.named), cell(&line.from), cell(&line.to), line.so.to_string()]
    }));
    table::lay_out(&rows, style.room(), |number, column, cell| match (number.checked_sub(1), column) {
        (Some(row), 0) => style.health(lines.get(row).map_or(Health::Ok, |line| of(line.impact).0), &cell),
        _ => cell,
    })
}

fn of(impact: Impact) -> (Health, &'static str) {
    match impact {
        Impact::Breaks => (Health::Fail, "breaks"),
        Impact::Changes => (Health::Warn, "changes"),
        Impact::Unknown => (Health::Unkn, "?"),
        Impact::Same => (Health::Ok, "same"),
    }
}
