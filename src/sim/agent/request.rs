//! The agent's request: from the header for `status` and `log`, from the body for every other verb. Pure.

use super::frame::Refused;
use crate::sim::ask::Ask;
use axum::http::Method;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

/// Verbs of this agent, and whether each comes as a GET.
const VERBS: [(&str, bool); 15] = [
    ("status", true),
    ("log", true),
    ("mapping", false),
    ("prove", false),
    ("describe", false),
    ("authorization-url", false),
    ("refresh-token", false),
    ("choices", false),
    ("lists", false),
    ("refresh-fields", false),
    ("set-object-type", false),
    ("set-segment-type", false),
    ("configure", false),
    ("restore", false),
    ("complete-authorization", false),
];

/// Settings and lists that may be put back.
const RESTORED: [&str; 12] = [
    "sf_object_type",
    "sf_record_type",
    "sf_tag_type",
    "sf_tag_picklist",
    "crm_tag_type",
    "read_only_fields",
    "required_fields",
    "connection_configured",
    "wpf_available_tags",
    "wpf_crm_fields",
    "wpf_salesforce_objects",
    "wpf_salesforce_record_types",
];

/// A request of the contract's form.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    fusebox: u32,
    pub(super) verb: String,
    pub(super) arguments: Arguments,
    key: String,
    pub(super) nonce: String,
    pub(super) max_requests: u32,
    deadline_s: u32,
}

/// Arguments of all verbs.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Arguments {
    pub(super) limit: Option<usize>,
    pub(super) object: Option<String>,
    pub(super) may_refresh: Option<bool>,
    pub(super) object_type: Option<String>,
    pub(super) segment_type: Option<String>,
    pub(super) picklist_field: Option<String>,
    pub(super) values: Option<Vec<PutBack>>,
    pub(super) code: Option<String>,
    pub(super) expect_org: Option<String>,
    pub(super) expect_user: Option<String>,
}

/// One setting or list that is to be put back.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PutBack {
    pub(super) name: String,
    pub(super) value: Option<String>,
    pub(super) expect: String,
}

/// A request that is refused, with the nonce it came with or zeros.
#[derive(Debug)]
pub(super) struct Bad {
    pub(super) nonce: String,
    pub(super) why: Refused,
}

impl Request {
    /// The fingerprint key's 32 bytes.
    pub(super) fn key(&self) -> Vec<u8> {
        let digits = self.key.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap_or_default());
        digits.map(|pair| u8::from_str_radix(pair, 16).unwrap_or(0)).collect()
    }

    fn check(&self, verb: &str) -> Result<(), String> {
        let object = self.arguments.object.as_deref();
        let bad = if self.fusebox != 1 {
            "fusebox is 1"
        } else if self.verb != verb {
            "the verb is the route's"
        } else if !is_hex(&self.key, 64) {
            "key has 64 hexadecimal digits"
        } else if self.max_requests > 20 || !(1..=300).contains(&self.deadline_s) {
            "max_requests is at most 20, deadline_s 1 to 300"
        } else if self.arguments.limit.is_some_and(|limit| !(1..=50).contains(&limit)) {
            "limit is 1 to 50"
        } else if object.is_some_and(|object| !is_object(object)) || (verb == "describe" && object.is_none()) {
            "object is the API name of an object"
        } else if let Some(bad) = self.arguments.fault_of_write(verb) {
            bad
        } else {
            return Ok(());
        };
        Err(bad.to_owned())
    }
}

impl Arguments {
    /// What is wrong with what a verb that writes was given.
    fn fault_of_write(&self, verb: &str) -> Option<&'static str> {
        let given = |text: &Option<String>, is: &dyn Fn(&str) -> bool| text.as_deref().is_some_and(is);
        let is_id = |prefix: &'static str| {
            move |id: &str| {
                id.starts_with(prefix) && matches!(id.len(), 15 | 18) && id.bytes().all(|b| b.is_ascii_alphanumeric())
            }
        };
        let is_type = |name: &str| matches!(name, "Topics" | "Picklist" | "Personal" | "Public");
        let wants_field = self.segment_type.as_deref() == Some("Picklist");
        let is_code = |code: &str| (1..=1_000).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_graphic());
        let is_restorable = |value: &PutBack| {
            RESTORED.contains(&value.name.as_str())
                && is_hex(&value.expect, 64)
                && value.value.as_deref().is_none_or(|json| serde_json::from_str::<serde_json::Value>(json).is_ok())
        };
        match verb {
            "set-object-type" if !given(&self.object_type, &is_object) => {
                Some("object_type must be the API name of an object.")
            }
            "set-segment-type" if !given(&self.segment_type, &is_type) => Some("segment_type is no such type."),
            "set-segment-type" if wants_field != given(&self.picklist_field, &is_object) => {
                Some("picklist_field goes with Picklist, and with nothing else.")
            }
            "restore" if !self.values.as_ref().is_some_and(|all| !all.is_empty() && all.iter().all(is_restorable)) => {
                Some("values may hold WP Fusion's own settings without secrets alone.")
            }
            "complete-authorization" if !given(&self.code, &is_code) => Some("code must be the code."),
            "complete-authorization"
                if !given(&self.expect_org, &is_id("00D")) || !given(&self.expect_user, &is_id("005")) =>
            {
                Some("expect_org and expect_user must be ids of Salesforce.")
            }
            _ => None,
        }
    }
}

/// Whether a verb spends or writes.
pub(super) fn writes(verb: &str) -> bool {
    let looks = ["status", "log", "mapping", "prove", "describe", "authorization-url", "choices", "lists"];
    VERBS.iter().any(|(name, _)| *name == verb) && !looks.contains(&verb)
}

/// Reads a request for `verb`.
pub(super) fn read(ask: &Ask, verb: &str) -> Result<Request, Bad> {
    let zeros = "0".repeat(32);
    let bad = |nonce: &str, code, message: &str| Bad { nonce: nonce.to_owned(), why: Refused::new(code, message) };
    let known = VERBS.iter().find(|(name, _)| *name == verb);
    let from_header = ask.method == Method::GET;
    let raw = if from_header {
        let code = ask.header("X-Fusebox-Request").unwrap_or_default();
        STANDARD.decode(code).map_err(|_| bad(&zeros, "bad_request", "the header is not base64"))?
    } else {
        ask.body.to_vec()
    };
    let nonce = nonce_of(&raw).unwrap_or(zeros);
    match known {
        None => return Err(bad(&nonce, "unknown_verb", &format!("This agent does not know {verb:?}."))),
        Some((_, by_get)) if *by_get != from_header => {
            return Err(bad(&nonce, "unknown_verb", &format!("{verb} does not come by {}.", ask.method)));
        }
        Some(_) => {}
    }
    let request: Request =
        serde_json::from_slice(&raw).map_err(|error| bad(&nonce, "bad_request", &error.to_string()))?;
    request.check(verb).map_err(|what| bad(&nonce, "bad_request", &what))?;
    if nonce != request.nonce {
        return Err(bad(&nonce, "bad_request", "nonce has 32 hexadecimal digits"));
    }
    Ok(request)
}

/// The nonce of a request that may be bad in every other way.
fn nonce_of(raw: &[u8]) -> Option<String> {
    let value: serde_json::Value = serde_json::from_slice(raw).ok()?;
    let nonce = value.get("nonce")?.as_str()?;
    is_hex(nonce, 32).then(|| nonce.to_owned())
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

fn is_object(text: &str) -> bool {
    let rest = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    text.len() <= 80 && text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.bytes().all(rest)
}
