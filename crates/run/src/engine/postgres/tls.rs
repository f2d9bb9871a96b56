//! Encryption of a connection, with libpq's meaning of each `sslmode`. Must not be more lenient than the mode says.

use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::version::{TLS12, TLS13};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    SupportedProtocolVersion,
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::name;
use crate::url::{Roots, Tls, TlsMode, TlsVersion};

/// How far the server's certificate is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verification {
    /// Not at all.
    None,
    /// Somebody trusted has signed it.
    Signature,
    /// And it is for this host.
    Host,
}

/// As in libpq, a given file is looked at also where the mode does not ask for it.
pub(super) fn verification(tls: &Tls) -> Verification {
    match (tls.mode, &tls.roots) {
        (TlsMode::VerifyFull, _) => Verification::Host,
        (TlsMode::VerifyCa, _) | (TlsMode::Allow | TlsMode::Prefer | TlsMode::Require, Roots::File(_)) => {
            Verification::Signature
        }
        (TlsMode::Disable | TlsMode::Allow | TlsMode::Prefer | TlsMode::Require, _) => Verification::None,
    }
}

/// What encrypts a connection.
pub(super) fn connector(tls: &Tls) -> Result<MakeRustlsConnect, String> {
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(versions(tls));
    let config = config.map_err(|error| error.to_string())?;
    let verification = verification(tls);
    let (inner, pinned) = match verification {
        Verification::None => (None, Vec::new()),
        Verification::Signature | Verification::Host => {
            let (roots, pinned) = roots(&tls.roots)?;
            let mut builder = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
            if let Some(path) = &tls.revoked {
                builder = builder.with_crls(revoked(path)?).enforce_revocation_expiration();
            }
            (Some(builder.build().map_err(|error| error.to_string())?), pinned)
        }
    };
    let verifier = Verifier { inner, pinned, checks_name: verification == Verification::Host, provider };
    let config = config.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match &tls.client {
        None => config.with_no_client_auth(),
        Some((certificate, key)) => {
            let (chain, key_der) = (certificates(certificate, "sslcert")?, key_of_client(key)?);
            let refuse = |error: Error| format!("`sslcert` `{}`: {error}", certificate.display());
            config.with_client_auth_cert(chain, key_der).map_err(refuse)?
        }
    };
    config.enable_sni = tls.sends_name;
    Ok(MakeRustlsConnect::new(config))
}

fn versions(tls: &Tls) -> &'static [&'static SupportedProtocolVersion] {
    static BOTH: [&SupportedProtocolVersion; 2] = [&TLS13, &TLS12];
    match (tls.lowest, tls.highest) {
        (TlsVersion::Two, TlsVersion::Three) => &BOTH,
        (TlsVersion::Three, _) => &BOTH[..1],
        (TlsVersion::Two, TlsVersion::Two) => &BOTH[1..],
    }
}

/// Whom to trust, and the certificates that are trusted as they are.
fn roots(trusted: &Roots) -> Result<(RootCertStore, Vec<CertificateDer<'static>>), String> {
    let mut roots = RootCertStore::empty();
    let mut pinned = Vec::new();
    match trusted {
        Roots::File(path) => {
            for certificate in certificates(path, "sslrootcert")? {
                let refuse = |error: Error| format!("`sslrootcert` `{}`: {error}", path.display());
                roots.add(certificate.clone()).map_err(refuse)?;
                pinned.push(certificate);
            }
            if roots.is_empty() {
                return Err(format!("`sslrootcert` `{}` has no certificate in it", path.display()));
            }
        }
        Roots::System => {
            let found = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(found.certs);
            if roots.is_empty() {
                return Err("no trusted certificate on this machine; name a PEM file with `sslrootcert=`".to_owned());
            }
        }
    }
    Ok((roots, pinned))
}

fn certificates(path: &Path, parameter: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let refuse = |error: &dyn Display| format!("`{parameter}` `{}`: {error}", path.display());
    let certificates = CertificateDer::pem_file_iter(path).map_err(|error| refuse(&error))?;
    certificates.map(|certificate| certificate.map_err(|error| refuse(&error))).collect()
}

fn revoked(path: &Path) -> Result<Vec<CertificateRevocationListDer<'static>>, String> {
    let refuse = |error: &dyn Display| format!("`sslcrl` `{}`: {error}", path.display());
    let lists = CertificateRevocationListDer::pem_file_iter(path).map_err(|error| refuse(&error))?;
    lists.map(|list| list.map_err(|error| refuse(&error))).collect()
}

/// The client's key, which others must not be able to read, as libpq demands.
fn key_of_client(path: &Path) -> Result<PrivateKeyDer<'static>, String> {
    let refuse = |why: &dyn Display| format!("`sslkey` `{}`: {why}", path.display());
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let metadata = std::fs::metadata(path).map_err(|error| refuse(&error))?;
        // One that belongs to root may be read by its group.
        let forbidden = if metadata.uid() == 0 { 0o037 } else { 0o077 };
        if metadata.mode() & forbidden != 0 {
            return Err(refuse(&"others can read it: `chmod 600` it"));
        }
    }
    PrivateKeyDer::from_pem_file(path).map_err(|error| {
        let is_encrypted = std::fs::read_to_string(path).is_ok_and(|text| text.contains("ENCRYPTED"));
        if is_encrypted { refuse(&"a key with a password is not supported") } else { refuse(&error) }
    })
}

/// Checks the server's certificate as far as the mode says.
#[derive(Debug)]
struct Verifier {
    /// `None` for modes that encrypt and do not look at the certificate.
    inner: Option<Arc<WebPkiServerVerifier>>,
    /// The certificates in the file of trusted ones: the server's own may be among them.
    pinned: Vec<CertificateDer<'static>>,
    checks_name: bool,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    /// Whether the certificate is for the host.
    fn check_name(&self, certificate: &CertificateDer<'_>, host: &ServerName<'_>) -> Result<ServerCertVerified, Error> {
        if self.checks_name {
            name::check(certificate, host)?;
        }
        Ok(ServerCertVerified::assertion())
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(inner) = &self.inner else { return Ok(ServerCertVerified::assertion()) };
        match inner.verify_server_cert(certificate, intermediates, host, ocsp, now) {
            // The name is checked last: whatever else can be wrong was found before.
            Ok(_)
            | Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => self.check_name(certificate, host),
            // The certificate that a server made for itself says that it is an authority. Its dates were checked before
            // that, and the handshake proves that the server has its key.
            Err(error) if is_authority(&error) && self.pinned.iter().any(|pinned| pinned == certificate) => {
                self.check_name(certificate, host)
            }
            Err(error) => Err(error),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Whether a certificate was refused for nothing but being that of an authority.
fn is_authority(error: &Error) -> bool {
    let Error::InvalidCertificate(CertificateError::Other(other)) = error else { return false };
    other.0.to_string().contains("CaUsedAsEndEntity")
}
