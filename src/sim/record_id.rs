//! Ids of an org's records, the same at each start: the prefix of the object, a part of the org's id, a number. Pure.

use crate::model::OrgId;
use crate::model::ids::long_id;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The id, of 18 characters, of the `n`th record of an object with this prefix of three characters.
pub(crate) fn record_id(prefix: &str, org: &OrgId, n: u64) -> String {
    let mut number = [b'0'; 8];
    let mut rest = n;
    for digit in number.iter_mut().rev() {
        *digit = DIGITS[usize::try_from(rest % 62).unwrap_or(0)];
        rest /= 62;
    }
    let short = format!("{prefix}{}{}", &org.as_str()[3..7], number.map(char::from).iter().collect::<String>());
    long_id(&short).unwrap_or(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_and_end_with_their_checksum() {
        let org = OrgId::parse("00DAbCd00000000").expect("an id");
        assert_eq!(record_id("0H4", &org, 0), "0H4AbCd00000000KBA");
        assert_eq!(record_id("0H4", &org, 61), "0H4AbCd0000000zKBA");
        assert_eq!(record_id("0H4", &org, 62), "0H4AbCd00000010KBA");
    }
}
