//! Encrypted connections, with the certificates that this system believes.

use std::sync::Arc;

use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// Encryption with the certificates that this system believes: a company's own are there too.
pub(crate) fn encryption() -> TlsConfig {
    let known = rustls_native_certs::load_native_certs().certs;
    let known = known.iter();
    let known: Vec<Certificate<'static>> = known
        .map(|certificate| Certificate::from_der(certificate).to_owned())
        .collect();
    TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&known))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build()
}
