//! A key and a certificate for signing in by assertions (JWT bearer): the key stays here, the certificate is uploaded.
//!
//! rcgen makes both, as it does for the simulator; `openssl` is one step less for whoever sets up an org. Uses nothing of
//! ours.

use chrono::{DateTime, Datelike, Utc};
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_RSA_SHA256, date_time_ymd};
use secrecy::SecretString;

/// For how many years a certificate holds. Salesforce refuses assertions by one that has expired.
const YEARS: i32 = 3;

/// A new key and what is said of it in public.
#[derive(Debug)]
pub struct Certified {
    /// The private key: RSA, 2048 bits, PKCS#8, PEM.
    pub key_pem: SecretString,
    /// The certificate, PEM.
    pub certificate_pem: String,
    /// The day from which on it does not hold any more.
    pub ends: DateTime<Utc>,
}

/// Makes them. `now` is when the certificate begins to hold, but for a day that clocks may be behind. RSA, since
/// Salesforce takes RS256 alone.
pub fn certify(common_name: &str, now: DateTime<Utc>) -> Result<Certified, String> {
    let key = KeyPair::generate_for(&PKCS_RSA_SHA256).map_err(|error| format!("no RSA key could be made: {error}"))?;
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    let begins = now - chrono::TimeDelta::days(1);
    let ends = now.with_day(1).and_then(|day| day.with_year(day.year() + YEARS)).unwrap_or(now);
    let day = |at: DateTime<Utc>| {
        let (month, day) = (at.month().try_into().unwrap_or(1), at.day().try_into().unwrap_or(1));
        date_time_ymd(at.year(), month, day)
    };
    (params.not_before, params.not_after) = (day(begins), day(ends));
    let certificate = params.self_signed(&key).map_err(|error| format!("no certificate could be made: {error}"))?;
    Ok(Certified { key_pem: key.serialize_pem().into(), certificate_pem: certificate.pem(), ends })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsonwebtoken::EncodingKey;
    use secrecy::ExposeSecret;

    #[test]
    fn the_key_signs_and_the_certificate_names_us() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
        let made = certify("fusebox acme", now).expect("a key");
        EncodingKey::from_rsa_pem(made.key_pem.expose_secret().as_bytes()).expect("a key for RS256");
        assert!(made.certificate_pem.starts_with("-----BEGIN CERTIFICATE-----"));
        // Salesforce takes certificates of 4 KB at most.
        assert!(made.certificate_pem.len() < 4096, "{}", made.certificate_pem.len());
        assert_eq!((made.ends - now).num_days() / 365, 2, "{}", made.ends);
        assert!(!format!("{made:?}").contains("PRIVATE"));
    }
}
