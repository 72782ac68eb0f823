//! One request to the agent: its JSON, and the program that carries it through `wp eval-file -`. Pure but for the nonce.

use super::answer::{Refresh, SegmentChoice};
use super::program::{OPENING, agent_program};
use crate::model::site_change::SavedValue;
use crate::model::{Failure, FailureClass, OrgId, UserId};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::time::Duration;

/// The contract's version.
pub(super) const CONTRACT: u64 = 1;

/// Most requests that the contract lets a site make for one call.
const MOST_REQUESTS: u8 = 20;

/// What is asked.
#[derive(Clone, Debug)]
pub(super) enum Verb {
    Status,
    Log { limit: u8 },
    Mapping,
    Prove,
    Describe { object: String },
    AuthorizationUrl,
    RefreshToken,
    Choices,
    Lists,
    RefreshFields { refresh: Refresh },
    SetObjectType { object_type: String, refresh: Refresh },
    SetSegmentType { choice: SegmentChoice, refresh: Refresh },
    Configure { refresh: Refresh },
    Restore { saved: Vec<SavedValue> },
    CompleteAuthorization { code: SecretString, org: OrgId, user: UserId },
}

impl Verb {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Log { .. } => "log",
            Self::Mapping => "mapping",
            Self::Prove => "prove",
            Self::Describe { .. } => "describe",
            Self::AuthorizationUrl => "authorization-url",
            Self::RefreshToken => "refresh-token",
            Self::Choices => "choices",
            Self::Lists => "lists",
            Self::RefreshFields { .. } => "refresh-fields",
            Self::SetObjectType { .. } => "set-object-type",
            Self::SetSegmentType { .. } => "set-segment-type",
            Self::Configure { .. } => "configure",
            Self::Restore { .. } => "restore",
            Self::CompleteAuthorization { .. } => "complete-authorization",
        }
    }

    /// GET over REST; everything else is POST.
    pub(super) fn is_get(&self) -> bool {
        matches!(self, Self::Status | Self::Log { .. })
    }

    /// HTTP requests that the site may make for the call.
    fn max_requests(&self) -> u8 {
        match self {
            Self::Prove | Self::Describe { .. } | Self::RefreshToken | Self::CompleteAuthorization { .. } => 1,
            // The test, and a refresh with the test once more.
            Self::Configure { refresh } => {
                if *refresh == Refresh::Once {
                    3
                } else {
                    1
                }
            }
            // Two descriptions, a third for a picklist, and a refresh with one of them once more.
            Self::SetObjectType { .. } => 6,
            // Topics come in pages of some two thousand.
            Self::RefreshFields { .. } | Self::SetSegmentType { .. } => MOST_REQUESTS,
            _ => 0,
        }
    }

    fn arguments(&self) -> Value {
        match self {
            Self::Log { limit } => json!({ "limit": limit }),
            Self::Describe { object } => json!({ "object": object }),
            Self::RefreshFields { refresh } | Self::Configure { refresh } => json!({ "may_refresh": lets(*refresh) }),
            Self::SetObjectType { object_type, refresh } => {
                json!({ "object_type": object_type, "may_refresh": lets(*refresh) })
            }
            Self::SetSegmentType { choice: SegmentChoice::Picklist { field }, refresh } => {
                json!({ "segment_type": "Picklist", "picklist_field": field, "may_refresh": lets(*refresh) })
            }
            Self::SetSegmentType { choice, refresh } => {
                json!({ "segment_type": choice.name(), "may_refresh": lets(*refresh) })
            }
            Self::Restore { saved } => {
                let value =
                    |saved: &SavedValue| json!({ "name": saved.name, "value": saved.before, "expect": saved.now });
                json!({ "values": saved.iter().map(value).collect::<Vec<_>>() })
            }
            Self::CompleteAuthorization { code, org, user } => {
                json!({ "code": code.expose_secret(), "expect_org": org.as_str(), "expect_user": user.as_str() })
            }
            _ => json!({}),
        }
    }
}

fn lets(refresh: Refresh) -> bool {
    refresh == Refresh::Once
}

/// 128 random bits as 32 hexadecimal digits: tells this call's answer from noise and from any other answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Nonce(String);

impl Nonce {
    fn new() -> Result<Self, Failure> {
        let mut bytes = [0; 16];
        aws_lc_rs::rand::fill(&mut bytes)
            .map_err(|_| Failure::new(FailureClass::BadRequest, "this machine has no random numbers to give"))?;
        Ok(Self::from_bytes(bytes))
    }

    pub(super) fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(format!("{:032x}", u128::from_be_bytes(bytes)))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// One request, ready to send.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) verb: Verb,
    pub(super) nonce: Nonce,
    /// Seconds that the site may take: below `timeout`, so that its own answer comes before ours runs out.
    pub(super) deadline_s: u64,
    json: SecretString,
}

impl Request {
    pub(super) fn new(verb: Verb, key: &SecretString, timeout: Duration) -> Result<Self, Failure> {
        Ok(Self::with_nonce(verb, key, timeout, Nonce::new()?))
    }

    fn with_nonce(verb: Verb, key: &SecretString, timeout: Duration, nonce: Nonce) -> Self {
        let deadline_s = timeout.as_secs().saturating_sub(2).clamp(1, 300);
        let json = json!({
            "fusebox": CONTRACT,
            "verb": verb.name(),
            "arguments": verb.arguments(),
            "key": key.expose_secret(),
            "nonce": nonce.as_str(),
            "max_requests": verb.max_requests(),
            "deadline_s": deadline_s,
        });
        Self { verb, nonce, deadline_s, json: SecretString::from(json.to_string()) }
    }

    /// The JSON object: the body of a POST.
    pub(super) fn json(&self) -> &SecretString {
        &self.json
    }

    /// The JSON object in base64: the header of a GET.
    pub(super) fn base64(&self) -> SecretString {
        SecretString::from(STANDARD.encode(self.json.expose_secret()))
    }

    /// The agent with the request in front of it, for the standard input of `wp eval-file -`.
    pub(super) fn program(&self) -> SecretString {
        let agent = agent_program();
        let agent = agent.strip_prefix(OPENING).unwrap_or(agent);
        SecretString::from(format!("{OPENING} $fusebox_request = '{}';{agent}", self.base64().expose_secret()))
    }
}

/// Whether `text` is a fingerprint key: 64 hexadecimal digits, small letters.
pub(super) fn is_key(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Verb> {
        vec![
            Verb::Status,
            Verb::Log { limit: 20 },
            Verb::Mapping,
            Verb::Prove,
            Verb::Describe { object: "Contact".to_owned() },
            Verb::AuthorizationUrl,
            Verb::RefreshToken,
            Verb::Choices,
            Verb::Lists,
            Verb::RefreshFields { refresh: Refresh::Withheld },
            Verb::SetObjectType { object_type: "Lead".to_owned(), refresh: Refresh::Withheld },
            Verb::SetSegmentType {
                choice: SegmentChoice::Picklist { field: "WPF_Tags__c".to_owned() },
                refresh: Refresh::Once,
            },
            Verb::Configure { refresh: Refresh::Withheld },
            Verb::Restore { saved: vec![saved("sf_object_type", Some("\"Contact\"")), saved("sf_record_type", None)] },
            Verb::CompleteAuthorization {
                code: SecretString::from("aPrxexampleCode=="),
                org: OrgId::parse("00D5g000000ORGEAA4").expect("an org"),
                user: UserId::parse("0055g000000USERAAK").expect("a user"),
            },
        ]
    }

    fn saved(name: &str, before: Option<&str>) -> SavedValue {
        let now = "5ad38304b535c2987dbd24657c1a11b884984ff600d9f389deb0d4e634fee792".to_owned();
        SavedValue { name: name.into(), before: before.map(str::to_owned), now, after: None }
    }

    fn request(verb: Verb) -> Request {
        let key = SecretString::from("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
        let nonce = Nonce("3f0c8e51d2a94b7786f1c0a35be2749a".to_owned());
        Request::with_nonce(verb, &key, Duration::from_secs(22), nonce)
    }

    fn file(path: String) -> Value {
        serde_json::from_str(&std::fs::read_to_string(path).expect("a file")).expect("JSON")
    }

    #[test]
    fn requests_are_the_examples_and_keep_the_schema() {
        let root = env!("CARGO_MANIFEST_DIR");
        let schema = file(format!("{root}/docs/schema/agent-request.schema.json"));
        let schema = jsonschema::validator_for(&schema).expect("a schema");
        for verb in all() {
            let example = file(format!("{root}/tests/fixtures/agent/{}.request.json", verb.name()));
            let request: Value = serde_json::from_str(request(verb).json().expose_secret()).expect("JSON");
            assert!(schema.is_valid(&request), "{request}");
            assert_eq!(request, example);
        }
    }

    #[test]
    fn the_deadline_keeps_within_the_schema_whatever_the_timeout() {
        let key = SecretString::from("ab".repeat(32));
        for (timeout, deadline) in [(0, 1), (2, 1), (10, 8), (100_000, 300)] {
            let request = Request::new(Verb::Status, &key, Duration::from_secs(timeout)).expect("a request");
            assert_eq!(request.deadline_s, deadline);
        }
    }

    #[test]
    fn the_program_is_the_agent_with_the_request_in_front() {
        let request = request(Verb::Status);
        let program = request.program();
        let program = program.expose_secret();
        assert!(program.starts_with("<?php $fusebox_request = '"));
        assert_eq!(program.matches(OPENING).count(), 1, "one opening tag");
        assert!(program.ends_with(agent_program().strip_prefix(OPENING).expect("the agent opens with a tag")));
    }

    #[test]
    fn every_call_has_a_nonce_of_its_own() {
        let key = SecretString::from("ab".repeat(32));
        let nonce = || Request::new(Verb::Status, &key, Duration::from_secs(9)).expect("a request").nonce;
        assert_ne!(nonce(), nonce());
        assert_eq!(nonce().as_str().len(), 32);
    }

    #[test]
    fn debugging_a_request_shows_no_key_and_no_code() {
        for verb in all() {
            let shown = format!("{:?}", request(verb));
            assert!(!shown.contains("000102") && !shown.contains("aPrx"), "{shown}");
        }
    }
}
