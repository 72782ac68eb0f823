//! One request below `/services/data/vNN.0`, on its own or inside a composite, and what is answered to it.

use super::super::ask::Reply;
use super::super::state::Inner;
use super::super::world::call::Caller;
use super::super::world::org::Org;
use super::tables::View;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// The newest version: what is read of records is the same in all.
const NEWEST: &str = "v67.0";

/// What is asked.
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    /// What stands behind the version, without slashes around it.
    pub(super) resource: &'a str,
    pub(super) query: &'a str,
    pub(super) body: &'a [u8],
    pub(super) version: &'a str,
    /// `If-Modified-Since`.
    pub(super) since: Option<&'a str>,
    /// `Sforce-Query-Options`.
    pub(super) options: Option<&'a str>,
}

/// Who asks, of which org, and when.
pub(super) struct Call<'a> {
    pub(super) inner: &'a mut Inner,
    pub(super) org: usize,
    pub(super) caller: Caller,
    pub(super) now: DateTime<Utc>,
}

impl Call<'_> {
    /// The org that is asked.
    pub(super) fn org(&self) -> &Org {
        &self.inner.world.orgs[self.org]
    }

    /// The same, to be changed.
    pub(super) fn org_mut(&mut self) -> &mut Org {
        &mut self.inner.world.orgs[self.org]
    }

    /// What the caller sees of it.
    pub(super) fn view(&self) -> View<'_> {
        View { org: self.org(), caller: self.caller, now: self.now, version: NEWEST, with_deleted: false }
    }
}

/// What is answered.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// None for an empty body.
    pub(super) body: Option<Value>,
    /// `Last-Modified`.
    pub(super) last_modified: Option<DateTime<Utc>>,
    /// `Location`: the path of a new record.
    pub(super) location: Option<String>,
}

impl Answer {
    /// A status with a document.
    pub(super) fn new(status: u16, body: Value) -> Self {
        Self { status, body: Some(body), last_modified: None, location: None }
    }

    /// A status alone.
    pub(super) fn empty(status: u16) -> Self {
        Self { status, body: None, last_modified: None, location: None }
    }

    /// A refusal: always an array.
    pub(super) fn refused(status: u16, code: &str, message: &str) -> Self {
        Self::new(status, super::errors(code, message))
    }

    /// A refusal that names fields.
    pub(super) fn refused_for(code: &str, message: &str, fields: &[&str]) -> Self {
        Self::new(400, json!([{ "message": message, "errorCode": code, "fields": fields }]))
    }

    /// There is no such thing.
    pub(super) fn not_found() -> Self {
        Self::refused(404, "NOT_FOUND", "The requested resource does not exist")
    }

    /// Another method is wanted.
    pub(super) fn not_allowed(method: &str, allowed: &str) -> Self {
        let message = format!("HTTP Method '{method}' not allowed. Allowed are {allowed}");
        Self::refused(405, "METHOD_NOT_ALLOWED", &message)
    }

    /// Whether it is a refusal.
    pub(super) fn is_refused(&self) -> bool {
        self.status >= 400
    }

    /// The same over HTTP.
    pub(super) fn reply(self, now: DateTime<Utc>) -> Reply {
        let mut reply = Reply::json(self.status, &Value::Null, now);
        reply.body = self.body.map(|body| body.to_string()).unwrap_or_default();
        reply.last_modified = self.last_modified;
        reply.location = self.location;
        reply
    }
}
