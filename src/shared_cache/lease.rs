//! Leases in Redis: `SET NX PX` with a token. One that nobody renews is gone after a few seconds.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use redis::cmd;

use super::SharedCache;
use super::guarded::Guarded;
use super::redis_server::RedisServer;
use super::server::ANSWER;
use crate::engine::tier::{Lease, Leases, TierError};
use crate::vocabulary::ContentId;

/// How long a lease is good for that is not renewed.
const GOOD_FOR_MS: u64 = 3_000;
/// Whoever has a lease knows its token; what others have taken meanwhile stays theirs.
const RENEW: &str = "if redis.call('get', KEYS[1]) == ARGV[1] then \
                     return redis.call('pexpire', KEYS[1], ARGV[2]) else return 0 end";
const GIVE_BACK: &str = "if redis.call('get', KEYS[1]) == ARGV[1] then \
                         return redis.call('del', KEYS[1]) else return 0 end";

/// The server that has the leases.
pub(super) struct LeaseServer {
    pub(super) redis: Arc<RedisServer>,
    pub(super) guarded: Arc<Guarded>,
}

struct RedisLease {
    redis: Arc<RedisServer>,
    guarded: Arc<Guarded>,
    name: String,
    token: String,
}

impl Leases for SharedCache {
    /// Only who also writes what is made takes one: others would wait for it in vain.
    fn take(&self, id: ContentId) -> Result<Option<Arc<dyn Lease>>, TierError> {
        let Some(server) = self.leases.as_ref().filter(|_| self.may_write) else {
            return Err(TierError::Refused("it has no leases".to_owned()));
        };
        let (name, token) = (self.name("lease", id), token());
        let (redis, named, said) = (server.redis.clone(), name.clone(), token.clone());
        let taken = server.guarded.call(
            ANSWER,
            |_| 0,
            move |_, _| {
                redis.on_connection(|connection| {
                    let mut set = cmd("SET");
                    set.arg(&named)
                        .arg(&said)
                        .arg("NX")
                        .arg("PX")
                        .arg(GOOD_FOR_MS);
                    set.query::<Option<String>>(connection)
                })
            },
        )?;
        Ok(taken.map(|_| {
            Arc::new(RedisLease {
                redis: server.redis.clone(),
                guarded: server.guarded.clone(),
                name,
                token,
            }) as Arc<dyn Lease>
        }))
    }
}

impl RedisLease {
    fn script(&self, script: &'static str) {
        let (redis, name, token) = (self.redis.clone(), self.name.clone(), self.token.clone());
        // Where that fails, the lease ends by itself.
        let _ = self.guarded.call(
            ANSWER,
            |_| 0,
            move |_, _| {
                redis.on_connection(|connection| {
                    let mut eval = cmd("EVAL");
                    eval.arg(script)
                        .arg(1)
                        .arg(&name)
                        .arg(&token)
                        .arg(GOOD_FOR_MS);
                    eval.query::<i64>(connection)
                })
            },
        );
    }
}

impl Lease for RedisLease {
    fn renew(&self) {
        self.script(RENEW);
    }
}

impl Drop for RedisLease {
    fn drop(&mut self) {
        self.script(GIVE_BACK);
    }
}

/// What nobody else says.
fn token() -> String {
    let number = || RandomState::new().hash_one(std::process::id());
    format!("{:016x}{:016x}", number(), number())
}
