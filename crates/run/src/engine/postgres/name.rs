//! Whether a certificate is for a host: by its alternative names, and where it has none by its common name, as in libpq.
//! Must not judge who signed it.

use rustls::client::verify_server_name;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error};
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::der::asn1::{Ia5StringRef, PrintableStringRef, TeletexStringRef, Utf8StringRef};
use x509_cert::der::oid::db::rfc4519::COMMON_NAME;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

/// Fails unless the certificate is for the host.
pub(super) fn check(certificate: &CertificateDer<'_>, host: &ServerName<'_>) -> Result<(), Error> {
    let refused = match ParsedCertificate::try_from(certificate).and_then(|parsed| verify_server_name(&parsed, host)) {
        Ok(()) => return Ok(()),
        Err(error) => error,
    };
    let is_for_name = matches!(
        refused,
        Error::InvalidCertificate(CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. })
    );
    match common_name(certificate) {
        Some(name) if is_for_name && fits(&name, &host.to_str()) => Ok(()),
        _ => Err(refused),
    }
}

/// The common name of a certificate without alternative names of hosts.
fn common_name(certificate: &CertificateDer<'_>) -> Option<String> {
    let certificate = Certificate::from_der(certificate).ok()?.tbs_certificate;
    let names = certificate.get::<SubjectAltName>().ok()?;
    let is_of_host = |name: &GeneralName| matches!(name, GeneralName::DnsName(_) | GeneralName::IpAddress(_));
    if names.is_some_and(|(_, names)| names.0.iter().any(is_of_host)) {
        return None;
    }
    let mut attributes = certificate.subject.0.iter().flat_map(|names| names.0.iter());
    let name = attributes.rfind(|attribute| attribute.oid == COMMON_NAME)?;
    let value = &name.value;
    let text = Utf8StringRef::try_from(value).map(|text| text.as_str().to_owned());
    let text = text.or_else(|_| PrintableStringRef::try_from(value).map(|text| text.as_str().to_owned()));
    let text = text.or_else(|_| Ia5StringRef::try_from(value).map(|text| text.as_str().to_owned()));
    text.or_else(|_| TeletexStringRef::try_from(value).map(|text| text.as_str().to_owned())).ok()
}

/// Whether a name, which may start with `*.`, is that of the host.
fn fits(name: &str, host: &str) -> bool {
    if name.contains('\0') {
        return false;
    }
    match name.strip_prefix("*.") {
        // It stands for one part of the name, and never for a part of an address.
        Some(rest) => {
            let is_address = host.parse::<std::net::IpAddr>().is_ok();
            !is_address && host.split_once('.').is_some_and(|(_, parent)| parent.eq_ignore_ascii_case(rest))
        }
        None => name.eq_ignore_ascii_case(host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_one_part_of_a_name() {
        assert!(fits("db.example.com", "DB.example.com") && fits("*.example.com", "db.example.com"));
        assert!(!fits("*.example.com", "a.db.example.com") && !fits("*.example.com", "example.com"));
        assert!(!fits("*.0.0.1", "127.0.0.1") && fits("127.0.0.1", "127.0.0.1"));
        assert!(!fits("db\0.example.com", "db"));
    }
}
