//! TLS by rustls.

use std::{
    io::{self, ErrorKind},
    path::Path,
    sync::Arc,
};

use rustls::{
    AlertDescription, CertificateError, ClientConfig, ClientConnection, RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject as _},
};

use crate::{Failure, TlsOptions};

/// Prepares a TLS session to a host.
///
/// # Errors
/// A file cannot be read, or the name is none.
pub(crate) fn session(options: &TlsOptions, host: &str) -> Result<ClientConnection, Failure> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Failure::Tls(error.to_string()))?
        .with_root_certificates(roots(options.cacert.as_deref())?);
    let config = match (&options.cert, &options.key) {
        (None, None) => builder.with_no_client_auth(),
        (Some(cert), Some(key)) => {
            let chain = certificates(cert)?;
            let own = PrivateKeyDer::from_pem_file(key).map_err(|error| unusable(key, &error.to_string()))?;
            builder.with_client_auth_cert(chain, own).map_err(|error| unusable(key, &error.to_string()))?
        }
        (Some(cert), None) => {
            return Err(unusable(cert, "a client certificate needs its key: --key, or key in [servers]"));
        }
        (None, Some(key)) => return Err(unusable(key, "a key needs its certificate: --cert, or cert in [servers]")),
    };
    let name = options.server_name.as_deref().unwrap_or(host);
    let name = ServerName::try_from(name.to_owned())
        .map_err(|_| Failure::Tls(format!("{name} is no name that a certificate can have")))?;
    ClientConnection::new(Arc::new(config), name).map_err(|error| Failure::Tls(error.to_string()))
}

fn unusable(path: &Path, why: &str) -> Failure {
    Failure::CertificateFile(path.display().to_string(), why.to_owned())
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let all = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match all.map_err(|error| unusable(path, &error.to_string()))? {
        none if none.is_empty() => Err(unusable(path, "it holds no certificate in PEM form")),
        some => Ok(some),
    }
}

/// The authorities of a file, else those of the system. Of the system's, those that cannot be read are left out.
fn roots(file: Option<&Path>) -> Result<RootCertStore, Failure> {
    let mut store = RootCertStore::empty();
    match file {
        Some(path) => {
            for certificate in certificates(path)? {
                store.add(certificate).map_err(|error| unusable(path, &error.to_string()))?;
            }
        }
        None => {
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    Ok(store)
}

/// The failure that an error of a TLS session stands for; none for errors of the socket.
pub(crate) fn failure(error: &io::Error, options: &TlsOptions, host: &str) -> Option<Failure> {
    let inner = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    Some(match inner {
        rustls::Error::InvalidCertificate(fault) => match fault {
            // An authority that is also the certificate, and one that is none, are reported under other names.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => Failure::UnknownIssuer,
            CertificateError::NotValidForName => Failure::WrongName(Vec::new(), asked(options, host)),
            CertificateError::NotValidForNameContext { presented, .. } => {
                Failure::WrongName(presented.iter().map(|name| bare(name)).collect(), asked(options, host))
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                Failure::Tls("its certificate has expired".to_owned())
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Failure::Tls("its certificate is not valid yet: is the clock right?".to_owned())
            }
            // It has no variant of its own in rustls.
            other if format!("{other:?}").contains("CaUsedAsEndEntity") => Failure::Tls(
                "its certificate is that of an authority (CA:TRUE), which cannot be a server's: give the server one that the \
                 authority signs"
                    .to_owned(),
            ),
            other => Failure::Tls(other.to_string()),
        },
        rustls::Error::InvalidMessage(_) => Failure::NotTls,
        // TLS 1.3 has an alert for it; TLS 1.2 only tells that the handshake failed.
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired | AlertDescription::HandshakeFailure)
            if options.cert.is_none() =>
        {
            Failure::WantsClientCertificate
        }
        other => Failure::Tls(other.to_string()),
    })
}

fn asked(options: &TlsOptions, host: &str) -> String {
    options.server_name.as_deref().unwrap_or(host).to_owned()
}

/// `localhost` of `DnsName("localhost")`, as rustls writes the names of a certificate.
fn bare(name: &str) -> String {
    let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).unwrap_or(name);
    inner.trim_matches('"').to_owned()
}

/// True if a read ended because the time of the socket was over.
pub(crate) fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
