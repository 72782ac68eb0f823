//! Assertions signed here and now, with keys made here and now.

use super::*;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{EncodingKey, Header, encode};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::LazyLock;

struct Keys {
    private: EncodingKey,
    public_pem: String,
}

impl Keys {
    fn generate() -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).expect("a key");
        let private: Pkcs8V1Der = pair.as_der().expect("the private key encodes");
        let public: PublicKeyX509Der = pair.public_key().as_der().expect("the public key encodes");
        let private = EncodingKey::from_rsa_pem(pem("PRIVATE KEY", private.as_ref()).as_bytes()).expect("own PEM");
        Self { private, public_pem: pem("PUBLIC KEY", public.as_ref()) }
    }
}

static OURS: LazyLock<Keys> = LazyLock::new(Keys::generate);
static THEIRS: LazyLock<Keys> = LazyLock::new(Keys::generate);

fn pem(label: &str, der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let lines: Vec<&str> = (0..body.len()).step_by(64).map(|at| &body[at..body.len().min(at + 64)]).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// A time that no test machine's clock shows: the system's clock must not matter.
fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(2_000_000_000, 0).expect("a time")
}

fn audiences() -> Vec<String> {
    vec!["https://login.salesforce.com".to_owned(), "http://127.0.0.1:4000".to_owned()]
}

fn claims(changes: &Value) -> Value {
    let mut claims = json!({
        "iss": "3MVG9.client", "sub": "monitor@acme.example", "aud": "https://login.salesforce.com",
        "exp": now().timestamp() + 180,
    });
    for (name, value) in changes.as_object().expect("changes are an object") {
        if value.is_null() {
            claims.as_object_mut().expect("an object").remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

fn signed(changes: &Value) -> String {
    encode(&Header::new(Algorithm::RS256), &claims(changes), &OURS.private).expect("signs")
}

fn judge(assertion: &str) -> Result<Claims, JwtRefusal> {
    verify(assertion, OURS.public_pem.as_bytes(), &audiences(), now())
}

fn refusal(assertion: &str) -> (&'static str, String) {
    let refusal = judge(assertion).expect_err("is refused");
    (refusal.error, refusal.description)
}

fn invalid_assertion() -> (&'static str, String) {
    ("invalid_grant", "invalid assertion".to_owned())
}

#[test]
fn a_good_assertion_names_app_and_user() {
    let expected = Claims { issuer: "3MVG9.client".to_owned(), subject: "monitor@acme.example".to_owned() };
    assert_eq!(judge(&signed(&json!({}))), Ok(expected));
}

#[test]
fn any_of_the_audiences_will_do_alone_or_in_a_list() {
    for audience in [json!("http://127.0.0.1:4000"), json!(["https://else.example", "https://login.salesforce.com"])] {
        assert!(judge(&signed(&json!({ "aud": audience }))).is_ok());
    }
}

#[test]
fn a_foreign_audience_is_refused() {
    for audience in
        [json!("https://test.salesforce.com"), json!("https://login.salesforce.com.evil.example"), json!([])]
    {
        let told = refusal(&signed(&json!({ "aud": audience })));
        assert_eq!(told, ("invalid_grant", "Audience validation failed".to_owned()));
    }
}

#[test]
fn expiry_has_a_buffer_of_three_minutes_by_the_given_clock() {
    let at = now().timestamp();
    assert!(judge(&signed(&json!({ "exp": at - 179 }))).is_ok());
    let told = refusal(&signed(&json!({ "exp": at - 180 })));
    assert_eq!(told, ("invalid_grant", "expired authorization code".to_owned()));
}

#[test]
fn expiry_comes_as_number_fraction_or_text() {
    let at = now().timestamp();
    assert!(judge(&signed(&json!({ "exp": at.to_string() }))).is_ok());
    assert!(judge(&signed(&json!({ "exp": 2_000_000_000.5 }))).is_ok());
    assert!(judge(&signed(&json!({ "exp": 1e300 }))).is_ok());
    assert_eq!(refusal(&signed(&json!({ "exp": "soon" }))), invalid_assertion());
}

#[test]
fn a_missing_claim_is_an_invalid_assertion() {
    for name in ["iss", "sub", "aud", "exp"] {
        assert_eq!(refusal(&signed(&json!({ name: null }))), invalid_assertion(), "{name}");
    }
    assert_eq!(refusal(&signed(&json!({ "sub": "" }))), invalid_assertion());
}

#[test]
fn a_signature_by_another_key_is_refused() {
    let assertion = encode(&Header::new(Algorithm::RS256), &claims(&json!({})), &THEIRS.private).expect("signs");
    assert_eq!(refusal(&assertion), invalid_assertion());
}

#[test]
fn claims_changed_after_signing_are_refused() {
    let good = signed(&json!({}));
    let [header, _, signature] = good.split('.').collect::<Vec<_>>().try_into().expect("three parts");
    let forged = URL_SAFE_NO_PAD.encode(claims(&json!({ "sub": "admin@acme.example" })).to_string());
    assert_eq!(refusal(&format!("{header}.{forged}.{signature}")), invalid_assertion());
}

#[test]
fn other_algorithms_are_refused_none_and_the_public_key_as_secret_included() {
    let stronger = encode(&Header::new(Algorithm::RS512), &claims(&json!({})), &OURS.private).expect("signs");
    assert_eq!(refusal(&stronger), invalid_assertion());
    let secret = EncodingKey::from_secret(OURS.public_pem.as_bytes());
    let confused = encode(&Header::new(Algorithm::HS256), &claims(&json!({})), &secret).expect("signs");
    assert_eq!(refusal(&confused), invalid_assertion());
    let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
    let body = URL_SAFE_NO_PAD.encode(claims(&json!({})).to_string());
    assert_eq!(refusal(&format!("{none}.{body}.")), invalid_assertion());
}

#[test]
fn what_is_no_jwt_is_an_invalid_assertion() {
    let huge = "a".repeat(MAX_BYTES + 1);
    for text in ["", ".", "..", "a.b.c", "-----BEGIN PRIVATE KEY-----", huge.as_str()] {
        assert_eq!(refusal(text), invalid_assertion());
        assert_eq!(claimed_issuer(text), None);
    }
}

#[test]
fn an_unreadable_key_is_this_sides_fault() {
    let refused = verify(&signed(&json!({})), b"no key", &audiences(), now()).expect_err("no key, no verdict");
    assert_eq!(refused.error, "server_error");
}

#[test]
fn the_claimed_issuer_needs_no_key() {
    assert_eq!(claimed_issuer(&signed(&json!({}))).as_deref(), Some("3MVG9.client"));
    assert_eq!(claimed_issuer(&signed(&json!({ "iss": null }))), None);
}

proptest! {
    #[test]
    fn random_text_is_refused_and_never_panics(text in "\\PC{0,80}", dotted in "[A-Za-z0-9_-]{0,40}(\\.[A-Za-z0-9_-]{0,40}){2}") {
        prop_assert!(judge(&text).is_err());
        prop_assert!(judge(&dotted).is_err());
    }
}
