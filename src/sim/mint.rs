//! Ids, tokens and passwords in the forms that Salesforce and WordPress give them, from a seeded generator.
//!
//! Pure. Uses `model`'s ids and nothing else of ours.

use crate::model::{OrgId, UserId};
use fastrand::Rng;

fn alphanumeric(rng: &mut Rng, length: usize) -> String {
    std::iter::repeat_with(|| rng.alphanumeric()).take(length).collect()
}

/// An org's id: `00D` and twelve more.
pub(crate) fn org_id(rng: &mut Rng) -> OrgId {
    OrgId::parse(&format!("00D{}", alphanumeric(rng, 12))).expect("15 letters and digits are an id")
}

/// A user's id: `005` and twelve more.
pub(crate) fn user_id(rng: &mut Rng) -> UserId {
    UserId::parse(&format!("005{}", alphanumeric(rng, 12))).expect("15 letters and digits are an id")
}

/// An access token is a session id: the org's 15 characters, `!`, and the rest.
pub(crate) fn access_token(rng: &mut Rng, org: &OrgId) -> String {
    format!("{}!AQ4AQ{}.{}", &org.as_str()[..15], alphanumeric(rng, 60), alphanumeric(rng, 24))
}

/// A refresh token.
pub(crate) fn refresh_token(rng: &mut Rng) -> String {
    format!("5Aep861{}.{}", alphanumeric(rng, 58), alphanumeric(rng, 20))
}

/// An authorization code.
pub(crate) fn authorization_code(rng: &mut Rng) -> String {
    format!("aPrx{}==", alphanumeric(rng, 80))
}

/// A user's password.
pub(crate) fn password(rng: &mut Rng) -> String {
    alphanumeric(rng, 20)
}

/// The value of `OauthToken.DeleteToken`.
pub(crate) fn delete_token(rng: &mut Rng) -> String {
    alphanumeric(rng, 40)
}

/// A consumer key.
pub(crate) fn client_id(rng: &mut Rng) -> String {
    format!("3MVG9{}", alphanumeric(rng, 80))
}

/// A consumer secret: 64 hexadecimal digits in capitals.
pub(crate) fn client_secret(rng: &mut Rng) -> String {
    std::iter::repeat_with(|| rng.digit(16).to_ascii_uppercase()).take(64).collect()
}

/// An Application Password as WordPress shows it: six groups of four.
pub(crate) fn application_password(rng: &mut Rng) -> String {
    let groups: Vec<String> = std::iter::repeat_with(|| alphanumeric(rng, 4)).take(6).collect();
    groups.join(" ")
}
