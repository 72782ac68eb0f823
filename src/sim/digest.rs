//! HMAC-SHA256, as Salesforce signs token responses and as the agent fingerprints tokens. Pure.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The code of `data` under `key`, which may have any length.
pub(super) fn hmac_sha256(key: &[u8], data: &[u8]) -> [u8; 32] {
    let mut code = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length will do");
    code.update(data);
    code.finalize().into_bytes().into()
}

/// A token seen from outside: the first 128 bits, as 32 hexadecimal digits.
pub(super) fn fingerprint(key: &[u8], token: &str) -> String {
    hex(&hmac_sha256(key, token.as_bytes())[..16])
}

/// Two hexadecimal digits for each byte.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_agents_contract() {
        let key: Vec<u8> = (0..32).collect();
        assert_eq!(fingerprint(&key, "5Aep861example"), "90d9fb0b0162efc88a8f0b460115a92c");
    }
}
