//! Which servers settings and the environment name, and what may be done with them.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use super::SharedCache;
use super::guarded::Guarded;
use super::lease::LeaseServer;
use super::object_store::ObjectStore;
use super::redis_server::RedisServer;
use super::seal::Sealer;
use super::secrets::{KEY, Secrets};
use crate::experiment::SharedSettings;
use crate::vocabulary::{Problem, SharedMode};

/// A shared tier, and what there is to say about it.
pub struct Opened {
    /// None where nobody has asked for one.
    pub cache: Option<Arc<SharedCache>>,
    /// What the user should know.
    pub notes: Vec<String>,
}

impl SharedCache {
    /// The tier that these settings name. Nothing is connected before something is asked for.
    pub fn open(settings: &SharedSettings, secrets: &Secrets) -> Result<Opened, Problem> {
        let mut notes = Vec::new();
        let url = secrets.url.as_ref().or(settings.url.as_ref());
        if settings.mode == SharedMode::Off || (url.is_none() && settings.bucket.is_none()) {
            return Ok(Opened { cache: None, notes });
        }
        let redis = url.map(|url| RedisServer::new(url)).transpose()?;
        let leases = redis.map(|redis| {
            let redis = Arc::new(redis);
            LeaseServer {
                guarded: Arc::new(Guarded::new(redis.clone())),
                redis,
            }
        });
        let bucket = settings.bucket.as_deref().map(|bucket| {
            let name = bucket.strip_prefix("s3://").unwrap_or(bucket);
            let endpoint = settings.endpoint.as_deref();
            ObjectStore::new(name, endpoint, &settings.region, secrets.bucket.as_ref())
        });
        let bucket = bucket.transpose()?;
        let bucket = bucket.map(|bucket| Arc::new(Guarded::new(Arc::new(bucket))));
        let server = leases.as_ref().map(|server| server.guarded.clone());
        let Some(records) = server.or_else(|| bucket.clone()) else {
            return Ok(Opened { cache: None, notes });
        };
        let sealer = Sealer::new(secrets.key.as_deref());
        // Who has written the file that names it may be a stranger: he neither gets what is made here,
        // nor plants anything in later sessions.
        let is_named_by_user = secrets.url.is_some() && settings.bucket.is_none();
        let is_trusted = !settings.is_named_by_file || is_named_by_user || sealer.has_key();
        let wants_to_write = settings.mode == SharedMode::ReadWrite;
        if wants_to_write && !is_trusted {
            notes.push(format!(
                "the shared cache is read only, since a file alone names it: give --shared-cache or \
                 --shared-cache-bucket, or set {KEY}, to write to it"
            ));
        }
        if wants_to_write && bucket.is_none() {
            notes.push(
                "values over 128 KB are not shared: no bucket is set (cache.shared.bucket)"
                    .to_owned(),
            );
        }
        let cache = Self {
            records,
            bodies: bucket,
            leases,
            prefix: settings.prefix.clone(),
            sealer,
            may_write: wants_to_write && is_trusted,
            is_trusted,
            writes: Mutex::default(),
            found: Mutex::default(),
            has_foreign: AtomicBool::new(false),
        };
        Ok(Opened {
            cache: Some(Arc::new(cache)),
            notes,
        })
    }
}
