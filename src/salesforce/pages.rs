//! Further pages of approvals. `OauthToken` comes in pages of 500, and a query of it stops at 2,500 rows, from where
//! another one may go on by offset (Object Reference, `OauthToken`). Uses `model` alone.

use crate::model::Clean;
use crate::model::org::Coverage;
use crate::salesforce::api::Api;
use crate::salesforce::error::{Error, Kind};
use crate::salesforce::wire::{OauthTokenRow, Page};
use crate::salesforce::{composite, soql};

/// Rows that one query yields at most, however often it is asked for more.
const MOST_ROWS: usize = 2_500;
/// Queries: 10,000 approvals are 2,000 users with five each. Beyond that a list is not complete, and says so.
const MOST_QUERIES: usize = 4;
/// Pages of one query: its rows in pages of 200, the smallest that Salesforce makes.
const MOST_PAGES: usize = 13;

/// All approvals of the app, from the first page on.
pub(super) async fn all_approvals(
    api: &mut Api<'_>,
    app: &Clean,
    first: Page<OauthTokenRow>,
) -> Result<(Vec<OauthTokenRow>, Coverage), Error> {
    let (mut rows, mut whole) = one_query(api, first).await?;
    for query in 1..MOST_QUERIES {
        if whole || rows.len() != query * MOST_ROWS {
            break;
        }
        let path = composite::query_path(&soql::approvals_from(app, rows.len(), MOST_ROWS));
        let page = match api.page::<OauthTokenRow>(&path).await {
            Ok(page) => page,
            Err(error) if error.kind().is_refusal() || error.kind() == Kind::Malformed => break,
            Err(error) => return Err(error),
        };
        let (more, is_whole) = one_query(api, page).await?;
        rows.extend(more);
        whole = is_whole;
    }
    Ok((rows, Coverage { complete: whole, counted: None }))
}

/// The rows of one query, and whether they are all that there are: a list of 2,500 may have been stopped there.
async fn one_query(api: &mut Api<'_>, first: Page<OauthTokenRow>) -> Result<(Vec<OauthTokenRow>, bool), Error> {
    let mut read = first;
    for _ in 0..MOST_PAGES {
        let next = read.next_records_url.take();
        let Some(path) = next.filter(|_| !read.done && read.records.len() < MOST_ROWS) else { break };
        let page = api.page::<OauthTokenRow>(&path).await?;
        if page.records.is_empty() {
            break;
        }
        read.records.extend(page.records);
        (read.done, read.next_records_url) = (page.done, page.next_records_url);
    }
    let whole = read.is_whole() && read.records.len() < MOST_ROWS;
    Ok((read.records, whole))
}
