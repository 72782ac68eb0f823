//! The agent's JSON as it comes, and its way into `model`. Pure. Fields that a newer agent adds are passed over.

use super::answer::RefreshOutcome;
use super::frame::FrameError;
use super::is_loopback;
use super::request::{CONTRACT, Request};
use super::{Clean, Failure, FailureClass, ProveOutcome, SiteLog, SiteStatus, words};
use crate::model::fields::{Description, Mapping};
use crate::model::site::{Connection, Cron, LogRow, Staging};
use crate::model::{Fingerprint, OrgId, PluginState, UserId};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

/// What every answer carries, and its result as it came.
#[derive(Debug)]
pub(super) struct Answer {
    /// By the site's clock, in whole seconds.
    pub(super) at: DateTime<Utc>,
    pub(super) agent_version: Clean,
    pub(super) result: Result<Value, Refusal>,
}

/// The agent's own refusal.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    code: String,
    pub(super) message: Clean,
}

impl Refusal {
    /// Whether the plugin's state leaves nothing to work with, or Salesforce did not give what was asked for.
    pub(super) fn is_state_of_the_plugin(&self) -> bool {
        matches!(self.code.as_str(), "plugin_absent" | "plugin_inactive" | "other_crm" | "not_authorized")
    }

    /// What it says of a refresh.
    pub(super) fn into_refresh(self) -> Result<RefreshOutcome, Failure> {
        match self.code.as_str() {
            "refused" => Ok(RefreshOutcome::Refused { text: self.message }),
            "failed" => Ok(RefreshOutcome::Failed { text: self.message }),
            _ if self.is_state_of_the_plugin() => Ok(RefreshOutcome::Failed { text: self.message }),
            _ => Err(self.into_failure()),
        }
    }

    pub(super) fn into_failure(self) -> Failure {
        let class = match self.code.as_str() {
            "not_logged_in" => FailureClass::Unauthorized,
            "denied" | "withheld" | "refused" => FailureClass::NotPermitted,
            "failed" => FailureClass::ServerError,
            "internal" => FailureClass::PhpFatal,
            "unknown_verb" => {
                let text = "the agent there is older than this fusebox: put what `fusebox agent` prints in its place";
                return Failure::new(FailureClass::BadRequest, text);
            }
            _ => FailureClass::BadRequest,
        };
        Failure::new(class, self.message)
    }
}

#[derive(Deserialize)]
struct Envelope {
    fusebox: u64,
    nonce: String,
    verb: String,
    agent_version: Clean,
    at: DateTime<Utc>,
    ok: bool,
    result: Option<Value>,
    error: Option<WireError>,
}

#[derive(Deserialize)]
struct WireError {
    code: String,
    message: String,
}

/// Reads the bytes between the markers as the answer to `request`.
pub(super) fn answer(bytes: &[u8], request: &Request) -> Result<Answer, Failure> {
    let envelope: Envelope = serde_json::from_slice(bytes).map_err(|error| not_the_contract(&error))?;
    if envelope.fusebox != CONTRACT {
        return Err(bad(&format!("the agent speaks version {} of the contract", envelope.fusebox)));
    }
    if envelope.nonce != request.nonce.as_str() {
        return Err(unframed(FrameError::Foreign));
    }
    let result = match (envelope.ok, envelope.result, envelope.error) {
        (false, _, Some(error)) => Err(Refusal { code: error.code, message: words(&error.message) }),
        (true, Some(_), _) if envelope.verb != request.verb.name() => {
            return Err(bad(&format!("asked for {}, the agent answered another verb", request.verb.name())));
        }
        (true, Some(result), _) => Ok(result),
        _ => return Err(bad("the answer holds neither a result nor an error")),
    };
    Ok(Answer { at: envelope.at, agent_version: envelope.agent_version, result })
}

/// No frame, and nothing else is known of why.
pub(super) fn unframed(error: FrameError) -> Failure {
    // A line cut half way is the line's fault, not the site's.
    let class = if error == FrameError::Half { FailureClass::Unreachable } else { FailureClass::BadAnswer };
    Failure::new(class, error.to_string())
}

fn bad(text: &str) -> Failure {
    Failure::new(FailureClass::BadAnswer, text)
}

/// serde's words may quote the answer, so they pass the same sieve as any other outside text.
fn not_the_contract(error: &serde_json::Error) -> Failure {
    Failure::new(FailureClass::BadAnswer, words(&format!("the answer is not of the contract: {error}")))
}

fn read<T: DeserializeOwned>(result: Value) -> Result<T, Failure> {
    serde_json::from_value(result).map_err(|error| not_the_contract(&error))
}

#[derive(Deserialize)]
struct WireStatus {
    home_url: Clean,
    blog_id: u64,
    title: Clean,
    wp_version: Clean,
    php_version: Clean,
    plugin: PluginState,
    crm: Option<Clean>,
    connection_configured: bool,
    connection: Option<WireConnection>,
    object_type: Option<Clean>,
    segment_type: Option<Clean>,
    tags: Option<u32>,
    fields: Option<u32>,
    mapped_fields: Option<u32>,
    staging: Staging,
    cron: Cron,
}

#[derive(Deserialize)]
struct WireConnection {
    org_id: Option<String>,
    user_id: Option<String>,
    instance_url: Clean,
    access_fp: Option<Fingerprint>,
    refresh_fp: Option<Fingerprint>,
}

pub(super) fn status(result: Value, agent_version: Clean) -> Result<SiteStatus, Failure> {
    let status: WireStatus = read(result)?;
    Ok(SiteStatus {
        home_url: status.home_url,
        blog_id: status.blog_id,
        title: status.title,
        wp_version: status.wp_version,
        php_version: status.php_version,
        agent_version,
        plugin: status.plugin,
        crm: status.crm,
        connection_configured: status.connection_configured,
        connection: status.connection.map(|connection| Connection {
            // What is stored on the site may be anything; an id of another form is no id, and the rest still counts.
            org: connection.org_id.and_then(|id| OrgId::parse(&id).ok()),
            user: connection.user_id.and_then(|id| UserId::parse(&id).ok()),
            instance_url: connection.instance_url,
            access: connection.access_fp,
            refresh: connection.refresh_fp,
        }),
        object_type: status.object_type,
        segment_type: status.segment_type,
        tags: status.tags,
        fields: status.fields,
        mapped_fields: status.mapped_fields,
        staging: status.staging,
        cron: status.cron,
    })
}

#[derive(Deserialize)]
struct WireLog {
    enabled: bool,
    rows: Vec<LogRow>,
}

pub(super) fn log(result: Value) -> Result<SiteLog, Failure> {
    let WireLog { enabled, rows } = read(result)?;
    Ok(SiteLog { enabled, rows })
}

#[derive(Deserialize)]
struct WireProof {
    outcome: WireOutcome,
    text: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum WireOutcome {
    Good,
    Withheld,
    Refused,
    Failed,
}

pub(super) fn prove(result: Value) -> Result<ProveOutcome, Failure> {
    let proof: WireProof = read(result)?;
    let text = words(&proof.text);
    Ok(match proof.outcome {
        WireOutcome::Good => ProveOutcome::Good,
        WireOutcome::Withheld => ProveOutcome::Withheld,
        WireOutcome::Refused => ProveOutcome::Refused { text },
        WireOutcome::Failed => ProveOutcome::Failed { text },
    })
}

pub(super) fn mapping(result: Value) -> Result<Mapping, Failure> {
    read(result)
}

pub(super) fn describe(result: Value) -> Result<Description, Failure> {
    read(result)
}

#[derive(Deserialize)]
struct WireRefreshed {
    access_fp: Fingerprint,
    refresh_fp: Fingerprint,
}

pub(super) fn refreshed(result: Value) -> Result<RefreshOutcome, Failure> {
    let WireRefreshed { access_fp, refresh_fp } = read(result)?;
    Ok(RefreshOutcome::Refreshed { access: access_fp, refresh: refresh_fp })
}

#[derive(Deserialize)]
struct WireLink {
    url: Url,
}

pub(super) fn authorization_url(result: Value) -> Result<Url, Failure> {
    let WireLink { url } = read(result)?;
    // A browser will be asked to open it.
    let safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    if safe { Ok(url) } else { Err(bad("the site's link to authorize it is not https")) }
}

mod writes;

pub(super) use writes::{choices, completed, fields_refreshed, lists, site_write};

#[cfg(test)]
mod tests;
