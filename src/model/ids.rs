//! Names and identifiers. Each is its own type, so that a user's id is never taken for an org's.

use crate::model::Clean;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What an operator calls a thing in the configuration: short, printable, unique in the fleet.
macro_rules! operator_name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Clean);

        impl $name {
            /// Takes a name as it is written, cleaned for the terminal.
            pub fn new(name: impl AsRef<str>) -> Self {
                Self(Clean::new(name))
            }

            /// The name.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

operator_name! {
    /// One WordPress installation with WP Fusion, as the configuration names it (`shop.example.org`).
    SiteName
}
operator_name! {
    /// One Salesforce org, as the configuration names it (`acme`).
    OrgName
}

/// Why a text is no Salesforce id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a Salesforce id: 15 or 18 letters and digits are expected")]
pub struct BadId(pub Clean);

/// Salesforce's ids come with 15 characters (case matters) or 18 (three characters of checksum over the case). Both
/// name the same thing; the longer one is kept so that they compare equal.
macro_rules! salesforce_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Reads an id of 15 or 18 characters.
            pub fn parse(id: &str) -> Result<Self, BadId> {
                long_id(id).map(Self).ok_or_else(|| BadId(Clean::new(id)))
            }

            /// All 18 characters.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadId;
            fn try_from(id: String) -> Result<Self, BadId> {
                Self::parse(&id)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

salesforce_id! {
    /// One Salesforce org (prefix `00D`). A refreshed sandbox is a new org with a new id.
    OrgId
}
salesforce_id! {
    /// One user of one org (prefix `005`).
    UserId
}

/// The 18-character form of a Salesforce id: each group of five characters yields one of 32 signs that tells which of
/// the five are capitals.
pub fn long_id(id: &str) -> Option<String> {
    const SIGNS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
    if !(id.len() == 15 || id.len() == 18) || !id.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let mut long = id[..15].to_owned();
    for group in id.as_bytes()[..15].chunks(5) {
        let bits =
            group.iter().enumerate().filter(|(_, b)| b.is_ascii_uppercase()).fold(0, |bits, (i, _)| bits | 1 << i);
        long.push(char::from(SIGNS[bits]));
    }
    Some(long)
}

/// Why a text is no 128-bit digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("32 hexadecimal digits are expected")]
pub struct BadDigest;

/// 128 bits, written as 32 hexadecimal digits; the screen shows the first eight.
macro_rules! digest {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name([u8; 16]);

        impl $name {
            /// Keeps the first 128 bits of a longer digest.
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// Reads 32 hexadecimal digits.
            pub fn parse(hex: &str) -> Result<Self, BadDigest> {
                let digits = hex.as_bytes();
                if digits.len() != 32 || !digits.iter().all(u8::is_ascii_hexdigit) {
                    return Err(BadDigest);
                }
                let mut bytes = [0; 16];
                for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
                    let pair = std::str::from_utf8(pair).map_err(|_| BadDigest)?;
                    *byte = u8::from_str_radix(pair, 16).map_err(|_| BadDigest)?;
                }
                Ok(Self(bytes))
            }

            /// The eight digits that a screen shows.
            pub fn short(&self) -> String {
                self.0[..4].iter().map(|b| format!("{b:02x}")).collect()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadDigest;
            fn try_from(hex: String) -> Result<Self, BadDigest> {
                Self::parse(&hex)
            }
        }

        impl From<$name> for String {
            fn from(digest: $name) -> String {
                digest.to_string()
            }
        }
    };
}

digest! {
    /// A site's token seen from outside: HMAC-SHA256 made on the site with this installation's key, cut to 128 bits.
    /// Equal fingerprints mean one token; nothing leads back to it.
    Fingerprint
}
digest! {
    /// One approval, named by [`crate::model::approval::approval_id`], since Salesforce gives no usable id
    /// (`OauthToken.Id` is documented as always null). Never the same thing as a [`Fingerprint`].
    ApprovalId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_ids_are_one() {
        let short = OrgId::parse("00D5g000000ORGE").expect("15 characters");
        let long = OrgId::parse(short.as_str()).expect("18 characters");
        assert_eq!(short, long);
        assert_eq!(short.as_str().len(), 18);
        // A published pair: 15 and 18 characters of one id.
        assert_eq!(UserId::parse("005000000000001").expect("an id").as_str(), "005000000000001AAA");
    }

    #[test]
    fn other_texts_are_refused() {
        for bad in ["", "00D", "00D5g000000ORG!", "00D5g000000ORGEAA4x"] {
            assert!(OrgId::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn digests_go_both_ways() {
        let hex = "9c1e77a0000102030405060708090a0b";
        let fingerprint = Fingerprint::parse(hex).expect("32 digits");
        assert_eq!(fingerprint.to_string(), hex);
        assert_eq!(fingerprint.short(), "9c1e77a0");
        assert!(Fingerprint::parse("9c1e").is_err());
        assert!(Fingerprint::parse("zz1e77a0000102030405060708090a0b").is_err());
        assert!(Fingerprint::parse("+c1e77a0000102030405060708090a0b").is_err(), "a sign is no digit");
    }
}
