//! Real servers on this machine, for as long as a test needs them.
//!
//! `redis-server` is taken from the `PATH`; a bucket is served by whoever `LAZYDEBUGGER_TEST_S3` names,
//! such as `moto_server -p 5555` at `http://127.0.0.1:5555`. What is not there is passed over with a word,
//! unless `LAZYDEBUGGER_TEST_SERVERS=needed` says that it must be, as `.ci/run` does.

use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rusty_s3::actions::S3Action as _;
use rusty_s3::{Credentials, UrlStyle};
use tempfile::TempDir;

/// How long a signed request is good for.
const SIGNED_FOR: Duration = Duration::from_mins(1);

/// How long a server may take to start.
const START: Duration = Duration::from_secs(30);

/// How many buckets this process has made: what tells them apart.
static MADE: AtomicUsize = AtomicUsize::new(0);

pub(crate) fn is_missing<T>(what: &str) -> Option<T> {
    let words = format!("not checked: {what} (see tests/program/shared/servers.rs)");
    let is_needed = std::env::var("LAZYDEBUGGER_TEST_SERVERS").is_ok_and(|value| value == "needed");
    assert!(!is_needed, "{words}");
    println!("{words}");
    None
}

/// A port that nobody listens at.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// Tries until it succeeds.
pub(super) fn until<T>(what: &str, attempt: impl FnMut() -> Option<T>) -> T {
    within(START, what, attempt)
}

/// Tries for so long until it succeeds.
pub(crate) fn within<T>(limit: Duration, what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(done) = attempt() {
            return done;
        }
        assert!(begun.elapsed() < limit, "{what}");
        std::thread::yield_now();
    }
}

/// A Redis server with nothing in it.
pub(super) struct Redis {
    child: Option<Child>,
    port: u16,
    arguments: Vec<String>,
    folder: TempDir,
}

impl Redis {
    pub(super) fn start(arguments: &[&str]) -> Option<Self> {
        let mut redis = Self {
            child: None,
            port: free_port(),
            arguments: arguments.iter().map(|&a| a.to_owned()).collect(),
            folder: tempfile::tempdir().unwrap(),
        };
        if redis.begin() {
            Some(redis)
        } else {
            is_missing("there is no redis-server on the PATH")
        }
    }

    /// Starts it; false where there is no such program.
    pub(super) fn begin(&mut self) -> bool {
        let started = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .args(["--port", &self.port.to_string()])
            .args(&self.arguments)
            .current_dir(self.folder.path())
            .stdout(Stdio::null())
            .spawn();
        let Ok(child) = started else {
            return false;
        };
        self.child = Some(child);
        until("redis-server starts", || {
            let answer: redis::RedisResult<redis::Value> =
                redis::cmd("PING").query(&mut self.try_connect()?);
            // One that wants a password is there as well.
            let is_there = answer.as_ref().err().is_none_or(|e| !e.is_io_error());
            is_there.then_some(())
        });
        true
    }

    pub(super) fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    fn try_connect(&self) -> Option<redis::Connection> {
        let client = redis::Client::open(self.url()).unwrap();
        client.get_connection().ok()
    }

    pub(super) fn ask<T: redis::FromRedisValue>(&self, words: &[&str]) -> T {
        let mut command = redis::cmd(words[0]);
        for word in &words[1..] {
            command.arg(word);
        }
        command.query(&mut self.try_connect().unwrap()).unwrap()
    }

    pub(super) fn value(&self, name: &str) -> Vec<u8> {
        self.ask(&["GET", name])
    }

    pub(super) fn set(&self, name: &str, bytes: &[u8]) {
        let mut connection = self.try_connect().unwrap();
        let set = redis::cmd("SET")
            .arg(name)
            .arg(bytes)
            .query(&mut connection);
        let () = set.unwrap();
    }

    /// The names of all entries.
    pub(super) fn entries(&self) -> Vec<String> {
        let mut names: Vec<String> = self.ask(&["KEYS", "*/v1/ac/*"]);
        names.sort();
        names
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A bucket with nothing in it.
pub(super) struct Bucket {
    pub(super) endpoint: String,
    pub(super) name: String,
}

impl Bucket {
    pub(super) fn make() -> Option<Self> {
        let Ok(endpoint) = std::env::var("LAZYDEBUGGER_TEST_S3") else {
            return is_missing("LAZYDEBUGGER_TEST_S3 names no server of buckets");
        };
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let bucket = Self {
            name: format!("test-{}-{number}", std::process::id()),
            endpoint,
        };
        until("the server of buckets answers", || {
            let made = bucket.at().create_bucket(&keys()).sign(SIGNED_FOR);
            ureq::put(made.as_str()).send_empty().ok()
        });
        Some(bucket)
    }

    pub(super) fn url(&self) -> String {
        format!("s3://{}", self.name)
    }

    pub(super) fn port(&self) -> u16 {
        let (_, port) = self.endpoint.rsplit_once(':').unwrap();
        port.trim_end_matches('/').parse().unwrap()
    }

    fn at(&self) -> rusty_s3::Bucket {
        let endpoint = self.endpoint.parse().unwrap();
        rusty_s3::Bucket::new(endpoint, UrlStyle::Path, self.name.clone(), "us-east-1").unwrap()
    }

    /// The names of what is in it, in a folder.
    pub(super) fn names(&self, folder: &str) -> Vec<String> {
        let (at, keys) = (self.at(), keys());
        // The bucket itself, with a question.
        let mut list = at.get_object(Some(&keys), "");
        let asked = list.query_mut();
        asked.insert("list-type", "2");
        asked.insert("prefix", format!("lazydebugger/v1/{folder}/"));
        let mut answer = ureq::get(list.sign(SIGNED_FOR).as_str()).call().unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        let keys = text.split("<Key>").skip(1);
        keys.map(|rest| rest.split('<').next().unwrap().to_owned())
            .collect()
    }

    pub(super) fn put(&self, name: &str, bytes: &[u8]) {
        let put = self.at().put_object(Some(&keys()), name).sign(SIGNED_FOR);
        ureq::put(put.as_str()).send(bytes).unwrap();
    }

    pub(super) fn remove(&self, name: &str) {
        let remove = self
            .at()
            .delete_object(Some(&keys()), name)
            .sign(SIGNED_FOR);
        ureq::delete(remove.as_str()).call().unwrap();
    }
}

/// Whom the buckets of tests let in.
fn keys() -> Credentials {
    Credentials::new("testing", "testing")
}
