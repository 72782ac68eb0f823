//! `/query`: one SOQL query, page by page. `OauthToken` comes in pages of 500 and ends for good at 2,500 rows.

use super::super::ask::parameter;
use super::super::soql;
use super::answer::{Answer, Call, Request};
use super::tables::View;
use serde_json::{Value, json};
use std::collections::VecDeque;

/// Rows in a page at most, and of `OauthToken`.
const PAGE: usize = 2_000;
const TOKEN_PAGE: usize = 500;

/// The least that a client may ask for.
const SMALLEST_PAGE: usize = 200;

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

/// One query. `all`: deleted records too, whose further pages `query` gives all the same.
pub(super) fn query(call: &mut Call<'_>, request: &Request<'_>, text: &str, all: bool) -> Answer {
    let view = View { with_deleted: all, version: request.version, ..call.view() };
    let mut answer = match soql::run(text, &view, call.now) {
        Ok(answer) => answer,
        Err(error) => return Answer::refused(400, error.code, &error.message),
    };
    if parameter(request.query.as_bytes(), "columns").as_deref() == Some("true") {
        return Answer::new(200, answer.columns);
    }
    if answer.count_only {
        return Answer::new(200, json!({ "totalSize": answer.total, "done": true, "records": [] }));
    }
    let of_tokens = answer.object == "OauthToken";
    if of_tokens {
        answer.records.truncate(TOKEN_STOP);
    }
    let most = if of_tokens { TOKEN_PAGE } else { PAGE };
    let page = request.options.and_then(batch_size).unwrap_or(most).min(most);
    let total = answer.records.len();
    let cursors = &mut call.inner.cursors;
    let id = format!("01g{:015}", cursors.next_id);
    let cursor = Cursor { id, org: call.org, records: answer.records, total, page };
    let first = cursor.page_from(0, request.version);
    if total > page {
        cursors.next_id += 1;
        if cursors.open.len() == CURSORS_KEPT {
            cursors.open.pop_front();
        }
        cursors.open.push_back(cursor);
    }
    Answer::new(200, first)
}

/// `batchSize=500`, held within what is published.
fn batch_size(options: &str) -> Option<usize> {
    let named = options.split([',', ';']).filter_map(|option| option.split_once('='));
    let size = named
        .filter(|(name, _)| name.trim().eq_ignore_ascii_case("batchSize"))
        .find_map(|(_, size)| size.trim().parse().ok());
    size.map(|size: usize| size.clamp(SMALLEST_PAGE, PAGE))
}

/// The page that a `nextRecordsUrl` names.
pub(super) fn next(call: &Call<'_>, locator: &str, version: &str) -> Answer {
    let named = locator.rsplit_once('-').and_then(|(id, offset)| Some((id, offset.parse::<usize>().ok()?)));
    let found = named.and_then(|(id, offset)| {
        let cursor = call.inner.cursors.open.iter().find(|cursor| cursor.org == call.org && cursor.id == id)?;
        (offset < cursor.total).then(|| cursor.page_from(offset, version))
    });
    match found {
        Some(page) => Answer::new(200, page),
        None => Answer::refused(400, "INVALID_QUERY_LOCATOR", "invalid query locator"),
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
