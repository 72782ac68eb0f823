//! The key pair by which fusebox signs in to the simulated orgs, made anew at each start: no key lies in any repository.

use super::digest::hex;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Both halves in PEM.
pub(super) struct Keys {
    pub(super) private_pem: String,
    pub(super) public_pem: String,
}

/// The library gave no key or no randomness.
#[derive(Debug, thiserror::Error)]
#[error("no key could be made: the cryptographic library failed")]
pub(super) struct NoKey(#[from] aws_lc_rs::error::Unspecified);

/// Makes an RSA key of 2048 bits.
pub(super) fn generate() -> Result<Keys, NoKey> {
    let pair = KeyPair::generate(KeySize::Rsa2048)?;
    let private: Pkcs8V1Der<'_> = pair.as_der()?;
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der()?;
    Ok(Keys { private_pem: pem("PRIVATE KEY", private.as_ref()), public_pem: pem("PUBLIC KEY", public.as_ref()) })
}

/// A bearer token of 128 bits that nobody can guess, whatever the seed.
pub(super) fn admin_token() -> Result<String, NoKey> {
    let mut bytes = [0; 16];
    rand::fill(&mut bytes)?;
    Ok(hex(&bytes))
}

fn pem(label: &str, der: &[u8]) -> String {
    let code = STANDARD.encode(der);
    let lines: Vec<String> =
        code.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}
