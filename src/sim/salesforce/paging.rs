//! `/query`: one SOQL query, page by page. `OauthToken` comes in pages of 500 and ends for good at 2,500 rows.

use super::super::soql;
use super::super::state::Inner;
use super::super::world::call::Caller;
use super::data::Answer;
use super::errors;
use super::tables::View;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::collections::VecDeque;

/// Rows in a page, and of `OauthToken`.
const PAGE: usize = 2_000;
const TOKEN_PAGE: usize = 500;

/// Where paging through `OauthToken` stops, whatever is left.
const TOKEN_STOP: usize = 2_500;

/// Open cursors that an installation keeps; the oldest go, as Salesforce's do.
const CURSORS_KEPT: usize = 50;

/// Results that were not read to their end.
#[derive(Debug, Default)]
pub(in crate::sim) struct Cursors {
    open: VecDeque<Cursor>,
    next_id: u64,
}

#[derive(Debug)]
struct Cursor {
    id: String,
    org: usize,
    records: Vec<Value>,
    total: usize,
    page: usize,
}

pub(super) fn query(
    inner: &mut Inner,
    org: usize,
    caller: Caller,
    text: &str,
    version: &str,
    now: DateTime<Utc>,
) -> Answer {
    let view = View { org: &inner.world.orgs[org], caller, with_deleted: false };
    let mut answer = match soql::run(text, &view, now) {
        Ok(answer) => answer,
        Err(error) => return (400, errors(error.code, &error.message)),
    };
    if answer.count_only {
        return (200, json!({ "totalSize": answer.total, "done": true, "records": [] }));
    }
    let of_tokens = answer.object == "OauthToken";
    if of_tokens {
        answer.records.truncate(TOKEN_STOP);
    }
    let page = if of_tokens { TOKEN_PAGE } else { PAGE };
    let total = answer.records.len();
    let id = format!("01g{:015}", inner.cursors.next_id);
    let cursor = Cursor { id, org, records: answer.records, total, page };
    let first = cursor.page_from(0, version);
    if total > page {
        inner.cursors.next_id += 1;
        if inner.cursors.open.len() == CURSORS_KEPT {
            inner.cursors.open.pop_front();
        }
        inner.cursors.open.push_back(cursor);
    }
    (200, first)
}

/// The page that a `nextRecordsUrl` names.
pub(super) fn next(inner: &Inner, org: usize, locator: &str, version: &str) -> Answer {
    let named = locator.rsplit_once('-').and_then(|(id, offset)| Some((id, offset.parse::<usize>().ok()?)));
    let found = named.and_then(|(id, offset)| {
        let cursor = inner.cursors.open.iter().find(|cursor| cursor.org == org && cursor.id == id)?;
        (offset < cursor.total).then(|| cursor.page_from(offset, version))
    });
    match found {
        Some(page) => (200, page),
        None => (400, errors("INVALID_QUERY_LOCATOR", "invalid query locator")),
    }
}

impl Cursor {
    fn page_from(&self, offset: usize, version: &str) -> Value {
        let end = (offset + self.page).min(self.total);
        let mut page =
            json!({ "totalSize": self.total, "done": end == self.total, "records": self.records[offset..end] });
        if end < self.total {
            page["nextRecordsUrl"] = format!("/services/data/{version}/query/{}-{end}", self.id).into();
        }
        page
    }
}
