//! One approval is ended by its `DeleteToken`: read at that moment, by a query for exactly that row, and sent to the org's own
//! host and nowhere else. The token is in no error, no log and no `Debug`. Uses `model` alone.

use crate::model::Approval;
use crate::salesforce::api::Api;
use crate::salesforce::error::{Error, Kind};
use crate::salesforce::http::Http;
use crate::salesforce::redact::Redactor;
use crate::salesforce::wire::{DeleteTokenRow, Page, TokenError};
use crate::salesforce::{composite, refusals, soql};
use oauth2::http::{Method, Request, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use url::{Url, form_urlencoded};

/// The path of the revocation endpoint on every org's host.
const REVOKE_PATH: &str = "/services/oauth2/revoke";

/// What ends one approval. It serves once: sending it takes it.
#[derive(Debug)]
pub struct Revocation {
    token: SecretString,
    /// Of the org's own host.
    url: Url,
}

/// Why an approval is not ended.
#[derive(Debug, thiserror::Error)]
pub enum NotRevocable {
    /// The row is not the one that was shown any more.
    #[error("{0}")]
    Moved(String),
    /// The org did not tell.
    #[error(transparent)]
    Failed(#[from] Error),
}

/// Reads what ends `approval`, if the row is still as it was seen.
pub(super) async fn read(api: &mut Api<'_>, approval: &Approval) -> Result<Revocation, NotRevocable> {
    let path = composite::query_path(&soql::delete_token(&approval.app, &approval.user, approval.created_at));
    let answer = api.changed_since(&path, None).await?;
    let id = approval.id.short();
    // The body is quoted nowhere: it holds the token.
    let unread = || {
        Error::new(Kind::BadAnswer, api.redactor.redact("one approval was asked for, and no row came that can be read"))
    };
    let page: Page<DeleteTokenRow> = serde_json::from_slice(answer.body()).map_err(|_| unread())?;
    if !page.is_whole() {
        return Err(NotRevocable::Moved(format!("more than one approval of the user was made in the second of {id}")));
    }
    let mut rows = page.records.into_iter();
    let row = match (rows.next(), rows.next()) {
        (Some(row), None) => row,
        (None, _) => return Err(NotRevocable::Moved(format!("approval {id} is not listed any more"))),
        (Some(_), Some(_)) => {
            return Err(NotRevocable::Moved(format!(
                "more than one approval of the user was made in the second of {id}"
            )));
        }
    };
    let same =
        row.app_name == approval.app && row.user_id == approval.user && row.created_date.0 == approval.created_at;
    if !same {
        return Err(NotRevocable::Moved(format!("another approval answers in the place of {id}")));
    }
    if row.use_count.unwrap_or(0) != approval.use_count || row.last_used_date.map(|at| at.0) != approval.last_used_at {
        return Err(NotRevocable::Moved(format!("approval {id} was used a moment ago")));
    }
    let token = row.delete_token.filter(|token| !token.expose_secret().is_empty());
    let token = token
        .ok_or_else(|| Error::new(Kind::InvalidField, api.redactor.redact("no DeleteToken is told of the approval")))?;
    let instance = &api.session.instance;
    let url = instance.join(REVOKE_PATH).ok().filter(|url| url.origin() == instance.origin());
    let url = url.ok_or_else(|| Error::new(Kind::BadAnswer, api.redactor.redact("the org's own address is none")))?;
    Ok(Revocation { token, url })
}

/// What Salesforce says of a revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// The approval is ended.
    Ended,
    /// There is no such token: it was ended already, or is another's.
    NoSuchToken,
}

/// Sends it. An error says nothing of whether the approval is ended.
pub(super) async fn send(http: &Http, revocation: Revocation, redactor: &Redactor) -> Result<Revoked, Error> {
    let Revocation { token, url } = revocation;
    let redactor = redactor.clone().with(&token);
    let body = form_urlencoded::Serializer::new(String::new()).append_pair("token", token.expose_secret()).finish();
    let request = Request::builder()
        .method(Method::POST)
        .uri(url.as_str())
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "application/json")
        .body(body.into_bytes())
        .map_err(|_| Error::new(Kind::BadAnswer, redactor.redact("the request for a revocation is none")))?;
    let answer = http.send(request, &redactor).await?;
    match answer.status() {
        StatusCode::OK if answer.body().iter().all(u8::is_ascii_whitespace) || answer.body() == b"{}" => {
            Ok(Revoked::Ended)
        }
        StatusCode::BAD_REQUEST if is_no_such_token(answer.body()) => Ok(Revoked::NoSuchToken),
        StatusCode::OK => Err(refusals::no_answer("an empty answer was expected", answer.body(), &redactor)),
        status => Err(refusals::token(status.as_u16(), answer.body(), &redactor)),
    }
}

fn is_no_such_token(body: &[u8]) -> bool {
    serde_json::from_slice::<TokenError>(body).is_ok_and(|told| told.error == "invalid_token")
}
