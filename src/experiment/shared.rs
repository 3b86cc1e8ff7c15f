//! Where the cache lies that several machines have in common.

use crate::settings::{ProblemKind, Problems, SharedGiven};
use crate::vocabulary::SharedMode;

/// The cache that several machines have in common, as files and flags give it; secrets are in the
/// environment. Without an address there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedSettings {
    /// A Redis or Valkey server.
    pub url: Option<String>,
    /// An S3-compatible bucket.
    pub bucket: Option<String>,
    /// Where the bucket is served.
    pub endpoint: Option<String>,
    /// The region of the bucket.
    pub region: String,
    /// What the names of all its entries begin with.
    pub prefix: String,
    /// What is done with it.
    pub mode: SharedMode,
    /// Does a file say where it is? Whoever has written that may be a stranger.
    pub is_named_by_file: bool,
}

impl Default for SharedSettings {
    fn default() -> Self {
        Self {
            url: None,
            bucket: None,
            endpoint: None,
            region: "us-east-1".to_owned(),
            prefix: "lazydebugger".to_owned(),
            mode: SharedMode::default(),
            is_named_by_file: false,
        }
    }
}

impl SharedSettings {
    /// Puts what is given in the place of what is there.
    pub(super) fn take(&mut self, given: SharedGiven) {
        self.url = given.url.or(self.url.take());
        self.bucket = given.bucket.or(self.bucket.take());
        self.endpoint = given.endpoint.or(self.endpoint.take());
        super::set(&mut self.region, given.region);
        super::set(&mut self.prefix, given.prefix);
        super::set(&mut self.mode, given.mode);
    }

    /// Takes what a file gives.
    pub(super) fn take_from_file(&mut self, given: SharedGiven) {
        self.take(given);
        self.is_named_by_file =
            self.url.is_some() || self.bucket.is_some() || self.endpoint.is_some();
    }

    /// Notes what cannot be meant.
    pub(super) fn check(&self, problems: &mut Problems) {
        let mut rule = |key: &str, words: &str| {
            problems.add(None, key, ProblemKind::Rule(words.to_owned()));
        };
        if let Some(url) = &self.url {
            if !["redis://", "rediss://"]
                .iter()
                .any(|scheme| url.starts_with(scheme))
            {
                rule(
                    "cache.shared.url",
                    "a Redis server begins with redis://, or with rediss:// where it is encrypted",
                );
            } else if url.contains('@') {
                rule(
                    "cache.shared.url",
                    "names and passwords do not belong here, where others read them; give the whole \
                     address in LAZYDEBUGGER_SHARED_CACHE_URL, in the environment",
                );
            }
        }
        if let Some(bucket) = &self.bucket {
            let name = bucket.strip_prefix("s3://").unwrap_or_default();
            let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
            if name.is_empty() || !name.chars().all(is_name) {
                rule("cache.shared.bucket", "a bucket is s3://NAME");
            }
        }
        if let Some(endpoint) = &self.endpoint {
            if !["http://", "https://"]
                .iter()
                .any(|scheme| endpoint.starts_with(scheme))
            {
                rule(
                    "cache.shared.endpoint",
                    "a bucket is served at http://HOST:PORT or https://HOST:PORT",
                );
            } else if endpoint.contains('@') {
                rule(
                    "cache.shared.endpoint",
                    "secrets do not belong here, where others read them; set AWS_ACCESS_KEY_ID and \
                     AWS_SECRET_ACCESS_KEY in the environment",
                );
            }
        }
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '/');
        if self.prefix.len() > 128 || !self.prefix.chars().all(is_plain) {
            rule(
                "cache.shared.prefix",
                "letters, digits, and - . _ / between them, 128 at most",
            );
        }
    }
}
