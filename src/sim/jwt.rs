//! The assertion of the JWT bearer flow, judged as Salesforce's token endpoint judges it.
//!
//! Pure: the key, the audiences and the time are arguments. Whether the app and the user exist, are active and are
//! allowed to meet is for the caller, who has the org. Uses nothing of ours. The marks `(confirmed)` and `(inferred)`
//! beside a text say how sure it is that Salesforce answers so.

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::Deserialize;

/// How far behind the server's clock `exp` may lie: three minutes, for clocks that differ (confirmed, secondary).
pub const CLOCK_BUFFER: TimeDelta = TimeDelta::minutes(3);

/// Longest assertion that is looked at, in bytes. Real ones have less than a thousand.
const MAX_BYTES: usize = 16 * 1024;

/// Who asks for a session, and as whom, proved by the signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// `iss`: the client id of the app.
    pub issuer: String,
    /// `sub`: the user name, as the client spells it.
    pub subject: String,
}

/// The body of the 400 with which the token endpoint refuses an assertion.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}: {description}")]
pub struct JwtRefusal {
    /// `error`.
    pub error: &'static str,
    /// `error_description`.
    pub description: String,
}

impl JwtRefusal {
    fn invalid_grant(description: &str) -> Self {
        Self { error: "invalid_grant", description: description.to_owned() }
    }

    /// What Salesforce says of a text that is no signed JWT at all (confirmed: answered to a private key sent as the
    /// assertion). That a wrong signature, another algorithm and a missing claim are told the same is (inferred).
    fn invalid_assertion() -> Self {
        Self::invalid_grant("invalid assertion")
    }
}

/// The claims as they come. Salesforce's own example writes `exp` as text, and widely used clients do too.
#[derive(Deserialize)]
struct Presented {
    iss: Option<String>,
    sub: Option<String>,
    aud: Option<Audience>,
    exp: Option<Expiry>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Expiry {
    Whole(i64),
    Fraction(f64),
    Text(String),
}

/// Whom an assertion claims to come from, believed by nobody yet: it tells which app's key to verify it with.
pub fn claimed_issuer(assertion: &str) -> Option<String> {
    if assertion.len() > MAX_BYTES {
        return None;
    }
    jsonwebtoken::dangerous::insecure_decode_claims::<Presented>(assertion).ok()?.iss
}

/// Verifies an RS256 assertion with the app's public key (PEM, `BEGIN PUBLIC KEY` or `BEGIN RSA PUBLIC KEY`) at `now`.
///
/// The order is signature, audience, expiry. The refusals are those of Salesforce where known, see [`JwtRefusal`]; a key
/// that cannot be read is `server_error`, for it is this side's fault.
pub fn verify(
    assertion: &str,
    public_key_pem: &[u8],
    audiences: &[String],
    now: DateTime<Utc>,
) -> Result<Claims, JwtRefusal> {
    if assertion.len() > MAX_BYTES {
        return Err(JwtRefusal::invalid_assertion());
    }
    let key = DecodingKey::from_rsa_pem(public_key_pem).map_err(|_| JwtRefusal {
        error: "server_error",
        description: "the app's public key cannot be read".to_owned(),
    })?;
    let presented =
        decode::<Presented>(assertion, &key, &signature_alone()).map_err(|_| JwtRefusal::invalid_assertion())?.claims;

    let audience = presented.aud.as_ref().ok_or_else(JwtRefusal::invalid_assertion)?;
    if !audience.meets(audiences) {
        // (confirmed); older servers said "audience is invalid".
        return Err(JwtRefusal::invalid_grant("Audience validation failed"));
    }
    let expiry = presented.exp.as_ref().and_then(Expiry::seconds).ok_or_else(JwtRefusal::invalid_assertion)?;
    if expiry <= now.timestamp().saturating_sub(CLOCK_BUFFER.num_seconds()) {
        // (confirmed) Odd, as no code is involved, but it is what clients with a wrong clock were told, for JWT and for
        // SAML assertions alike. No source names a refusal of an `exp` far ahead, so none is made up here.
        return Err(JwtRefusal::invalid_grant("expired authorization code"));
    }
    match (presented.iss, presented.sub) {
        (Some(issuer), Some(subject)) if !issuer.is_empty() && !subject.is_empty() => Ok(Claims { issuer, subject }),
        _ => Err(JwtRefusal::invalid_assertion()),
    }
}

/// The library would judge `exp` by the system's clock, and `aud` with a text of its own: both are judged here instead.
fn signature_alone() -> Validation {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation
}

impl Audience {
    fn meets(&self, expected: &[String]) -> bool {
        match self {
            Self::One(one) => expected.contains(one),
            Self::Several(several) => several.iter().any(|one| expected.contains(one)),
        }
    }
}

impl Expiry {
    /// Seconds since 1970. A fraction is cut off, and one beyond all dates lands on the last.
    fn seconds(&self) -> Option<i64> {
        match self {
            Self::Whole(seconds) => Some(*seconds),
            #[expect(clippy::cast_possible_truncation, reason = "casting saturates, which is what is wanted")]
            Self::Fraction(seconds) => Some(*seconds as i64),
            Self::Text(text) => text.trim().parse().ok(),
        }
    }
}

#[cfg(test)]
mod tests;
