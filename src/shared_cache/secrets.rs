//! What nobody may read in a file, a log or an error: it is in the environment, and stays there.

use std::env;

use rusty_s3::Credentials;

/// The address of the Redis server with its password, in the place of `cache.shared.url`.
pub const URL: &str = "LAZYDEBUGGER_SHARED_CACHE_URL";
/// The secret that records are sealed with.
pub const KEY: &str = "LAZYDEBUGGER_SHARED_CACHE_KEY";
/// Whom the bucket lets in.
const BUCKET_KEY: &str = "AWS_ACCESS_KEY_ID";
const BUCKET_SECRET: &str = "AWS_SECRET_ACCESS_KEY";
const BUCKET_TOKEN: &str = "AWS_SESSION_TOKEN";

/// Secrets of the shared tier. There is no way to print them.
#[derive(Clone, Default)]
pub struct Secrets {
    /// The address of the Redis server, with its password.
    pub url: Option<String>,
    /// What records are sealed with.
    pub key: Option<String>,
    /// Whom the bucket lets in.
    pub bucket: Option<BucketKeys>,
}

/// Whom a bucket lets in.
#[derive(Clone)]
pub struct BucketKeys {
    /// The key's name.
    pub id: String,
    /// The key itself.
    pub secret: String,
    /// What goes with a key that is good for a while.
    pub token: Option<String>,
}

impl Secrets {
    /// Those of the environment.
    pub fn of_environment() -> Self {
        let set = |name| env::var(name).ok().filter(|value| !value.is_empty());
        let bucket = set(BUCKET_KEY).zip(set(BUCKET_SECRET));
        Self {
            url: set(URL),
            key: set(KEY),
            bucket: bucket.map(|(id, secret)| BucketKeys {
                id,
                secret,
                token: set(BUCKET_TOKEN),
            }),
        }
    }
}

impl BucketKeys {
    pub(super) fn credentials(&self) -> Credentials {
        match &self.token {
            Some(token) => Credentials::new_with_token(&*self.id, &*self.secret, &**token),
            None => Credentials::new(&*self.id, &*self.secret),
        }
    }
}
