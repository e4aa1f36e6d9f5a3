//! Certificates for servers and clients of a test.

use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

/// An authority and a certificate for `localhost` and 127.0.0.1, and an authority that signed nothing; PEM files of a folder.
pub struct Certificates {
    folder: TempDir,
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap_or_else(|error| panic!("{name}: {error}"));
}

fn authority(folder: &Path, name: &str) -> Issuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).expect("names");
    params.distinguished_name.push(rcgen::DnType::CommonName, format!("redlua test {name}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    write(folder, &format!("{name}.crt"), &params.self_signed(&key).expect("a certificate").pem());
    Issuer::new(params, key)
}

impl Default for Certificates {
    fn default() -> Self {
        Self::new()
    }
}

impl Certificates {
    /// Makes the files `ca.crt`, `other.crt`, `server.crt` and `server.key`, which serve clients too; for the same key `nameless.crt`, which has a
    /// common name alone, and `own.crt`, an authority that signed itself.
    ///
    /// # Panics
    /// If a file cannot be written.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let issuer = authority(folder.path(), "ca");
        authority(folder.path(), "other");
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let mut params = CertificateParams::new(names).expect("names");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().expect("a key");
        write(folder.path(), "server.crt", &params.signed_by(&key, &issuer).expect("a certificate").pem());
        write(folder.path(), "server.key", &key.serialize_pem());
        let mut nameless = CertificateParams::new(Vec::new()).expect("names");
        nameless.distinguished_name.push(rcgen::DnType::CommonName, "localhost");
        write(folder.path(), "nameless.crt", &nameless.signed_by(&key, &issuer).expect("a certificate").pem());
        let mut own = CertificateParams::new(vec!["localhost".to_owned()]).expect("names");
        own.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        write(folder.path(), "own.crt", &own.self_signed(&key).expect("a certificate").pem());
        Self { folder }
    }

    /// Path of a file.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Path of a file as a text.
    pub fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// Arguments of a server that listens with TLS on a port; clients need no certificate.
    pub fn server_args(&self, port: u16) -> Vec<String> {
        let port = port.to_string();
        let files = [self.text("server.crt"), self.text("server.key"), self.text("ca.crt")];
        let [cert, key, ca] = &files;
        ["--tls-port", &port, "--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", ca]
            .into_iter()
            .chain(["--tls-auth-clients", "optional"])
            .map(str::to_owned)
            .collect()
    }
}
