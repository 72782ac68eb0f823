//! The agent's answer: one JSON document between two marker lines that carry the nonce. Pure.

use crate::sim::world::truth::utc;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// What the agent answers well: HTTP requests that the site made, and the result.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) requests: u32,
    pub(super) result: Value,
}

/// What the agent refuses.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) code: &'static str,
    pub(super) message: String,
    /// HTTP requests that the site made before.
    pub(super) requests: u32,
}

impl Refused {
    /// A refusal before any request was made.
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), requests: 0 }
    }

    fn status(&self) -> u16 {
        match self.code {
            "bad_request" => 400,
            "not_logged_in" => 401,
            "denied" | "https_required" => 403,
            "unknown_verb" => 404,
            "internal" => 500,
            _ => 409,
        }
    }
}

/// The HTTP status and the framed document.
pub(super) fn frame(nonce: &str, verb: &str, at: DateTime<Utc>, answer: Result<Told, Refused>) -> (u16, String) {
    let (status, requests, key, value) = match answer {
        Ok(told) => (200, told.requests, "result", told.result),
        Err(refused) => {
            let error = json!({ "code": refused.code, "message": refused.message });
            (refused.status(), refused.requests, "error", error)
        }
    };
    let mut document = json!({
        "fusebox": 1, "nonce": nonce, "verb": verb, "agent_version": "2", "at": utc(at), "requests": requests,
        "ok": key == "result",
    });
    document[key] = value;
    (status, format!("--fusebox {nonce} begin--\n{document}\n--fusebox {nonce} end--\n"))
}
