//! `--tls`: a certificate authority of this simulator alone, made anew at each start, and one certificate for all its
//! names. Uses nothing of ours.

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto};

/// What listeners need, and what clients have to trust.
pub(super) struct Tls {
    /// The authority's certificate, PEM.
    pub(super) authority_pem: String,
    /// Greets clients.
    pub(super) acceptor: TlsAcceptor,
    /// Greets them with a certificate that is past its date.
    pub(super) expired: TlsAcceptor,
}

/// The library made no certificate.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoCertificate {
    /// A key, a name or a signature failed.
    #[error("no certificate could be made: {0}")]
    Made(#[from] rcgen::Error),
    /// The certificate and its key do not serve.
    #[error("no certificate could be used: {0}")]
    Used(#[from] tokio_rustls::rustls::Error),
}

/// Certificates for these names and addresses, from an authority of their own.
pub(super) fn make(names: Vec<String>) -> Result<Tls, NoCertificate> {
    let authority_key = KeyPair::generate()?;
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    authority.distinguished_name.push(DnType::CommonName, "fusebox sim");
    let authority_pem = authority.self_signed(&authority_key)?.pem();
    let issuer = Issuer::new(authority, authority_key);

    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, "salesforce.localhost");
    params.use_authority_key_identifier_extension = true;
    let acceptor = acceptor(&params, &issuer)?;
    (params.not_before, params.not_after) = (rcgen::date_time_ymd(2020, 1, 1), rcgen::date_time_ymd(2021, 1, 1));
    let expired = self::acceptor(&params, &issuer)?;
    Ok(Tls { authority_pem, acceptor, expired })
}

/// Greets with a certificate of these terms.
fn acceptor(params: &CertificateParams, issuer: &Issuer<'_, KeyPair>) -> Result<TlsAcceptor, NoCertificate> {
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, issuer)?;
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut config = ServerConfig::builder_with_provider(Arc::new(crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
