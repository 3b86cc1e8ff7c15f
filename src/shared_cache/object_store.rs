//! An S3-compatible bucket.

use std::io::{Cursor, Read};
use std::time::Duration;

use rusty_s3::actions::S3Action;
use rusty_s3::{Bucket, Credentials, UrlStyle};
use ureq::tls::TlsConfig;
use ureq::{Agent, Body, SendBody, http::Response};

use super::secrets::BucketKeys;
use super::server::{ANSWER, CONNECT, Fault, Pulse, Server, TRANSFER};
use crate::encryption::encryption;
use crate::vocabulary::Problem;

/// How long a signed request is good for.
const SIGNED_FOR: Duration = Duration::from_mins(5);
/// Bytes that are read at a time.
const CHUNK: usize = 64 << 10;
/// As much of an error is looked at.
const MOST_ERROR_BYTES: u64 = 4 << 10;

/// An S3-compatible bucket.
pub(super) struct ObjectStore {
    bucket: Bucket,
    keys: Option<Credentials>,
    agent: Agent,
}

impl ObjectStore {
    /// The bucket of this name, `s3://` aside. Nothing is connected yet.
    pub(super) fn new(
        name: &str,
        endpoint: Option<&str>,
        region: &str,
        keys: Option<&BucketKeys>,
    ) -> Result<Self, Problem> {
        let amazon = || format!("https://s3.{region}.amazonaws.com");
        let endpoint = endpoint.map_or_else(amazon, str::to_owned);
        let wrong = || {
            Problem::new("the address of the bucket is not understood")
                .under("cache.shared.endpoint")
                .remedy("write http://HOST:PORT or https://HOST:PORT")
        };
        let at = endpoint.parse().map_err(|_| wrong())?;
        let bucket = Bucket::new(at, UrlStyle::Path, name.to_owned(), region.to_owned());
        // A connection that is encrypted takes several messages to begin.
        let is_encrypted = endpoint.starts_with("https");
        let connect = if is_encrypted { ANSWER } else { CONNECT };
        let config = Agent::config_builder()
            .tls_config(if is_encrypted {
                encryption()
            } else {
                TlsConfig::default()
            })
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_resolve(Some(ANSWER))
            .timeout_connect(Some(connect))
            .timeout_per_read(Some(ANSWER))
            .timeout_per_write(Some(ANSWER))
            .timeout_recv_response(Some(ANSWER))
            .timeout_send_body(Some(TRANSFER))
            .timeout_recv_body(Some(TRANSFER));
        Ok(Self {
            bucket: bucket.map_err(|_| wrong())?,
            keys: keys.map(BucketKeys::credentials),
            agent: config.build().into(),
        })
    }
}

impl Server for ObjectStore {
    fn get(&self, name: &str, most: u64, pulse: &Pulse) -> Result<Option<Vec<u8>>, Fault> {
        let url = self.bucket.get_object(self.keys.as_ref(), name);
        let answer = self.agent.get(url.sign(SIGNED_FOR).as_str()).call();
        let mut answer = answer.map_err(|error| fault(&error))?;
        match answer.status().as_u16() {
            200 => read(&mut answer, most, pulse).map(Some),
            404 if !names_no_bucket(&mut answer) => Ok(None),
            status => Err(refusal(status)),
        }
    }

    fn put(&self, name: &str, bytes: &[u8], pulse: &Pulse) -> Result<(), Fault> {
        let url = self.bucket.put_object(self.keys.as_ref(), name);
        let mut body = Beating {
            bytes: Cursor::new(bytes),
            pulse,
        };
        let request = self.agent.put(url.sign(SIGNED_FOR).as_str());
        let request = request.header("content-length", bytes.len().to_string());
        let answer = request.send(SendBody::from_reader(&mut body));
        match answer.map_err(|error| fault(&error))?.status().as_u16() {
            200..=299 => Ok(()),
            403 => Err(Fault::Refused("it does not let us write (403)".to_owned())),
            status => Err(refusal(status)),
        }
    }

    fn remove(&self, name: &str) -> Result<bool, Fault> {
        let url = self.bucket.delete_object(self.keys.as_ref(), name);
        let answer = self.agent.delete(url.sign(SIGNED_FOR).as_str()).call();
        match answer.map_err(|error| fault(&error))?.status().as_u16() {
            200..=299 => Ok(true),
            404 => Ok(false),
            403 => Err(Fault::Refused("it does not let us delete (403)".to_owned())),
            status => Err(refusal(status)),
        }
    }

    fn ping(&self) -> Result<(), Fault> {
        self.get("ping", MOST_ERROR_BYTES, &Pulse::default())
            .map(drop)
    }
}

/// Bytes that tell how many of them have gone.
struct Beating<'b> {
    bytes: Cursor<&'b [u8]>,
    pulse: &'b Pulse,
}

impl Read for Beating<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.bytes.read(buffer)?;
        self.pulse.beat(read);
        Ok(read)
    }
}

fn read(answer: &mut Response<Body>, most: u64, pulse: &Pulse) -> Result<Vec<u8>, Fault> {
    let mut reader = answer.body_mut().as_reader();
    let (mut bytes, mut chunk) = (Vec::new(), vec![0; CHUNK]);
    loop {
        match reader.read(&mut chunk) {
            Ok(0) => return Ok(bytes),
            Ok(read) => {
                pulse.beat(read);
                bytes.extend_from_slice(&chunk[..read]);
            }
            Err(error) => {
                let words = match error.kind() {
                    std::io::ErrorKind::TimedOut => format!("no more bytes within {ANSWER:.0?}"),
                    _ => "it was cut off in the middle of an answer".to_owned(),
                };
                return Err(Fault::Down(words));
            }
        }
        if bytes.len() as u64 > most {
            return Err(Fault::Odd(
                "it is larger than what is kept there".to_owned(),
            ));
        }
    }
}

/// Is it the bucket that is not there, and not what was asked for in it?
fn names_no_bucket(answer: &mut Response<Body>) -> bool {
    let mut text = Vec::new();
    let body = answer.body_mut().as_reader();
    let _ = body.take(MOST_ERROR_BYTES).read_to_end(&mut text);
    String::from_utf8_lossy(&text).contains("NoSuchBucket")
}

fn refusal(status: u16) -> Fault {
    Fault::Down(match status {
        404 => "there is no such bucket".to_owned(),
        401 | 403 => format!("it does not let us in ({status})"),
        301 | 302 | 307 | 308 => format!("the bucket is in another region ({status})"),
        429 | 500..=599 => format!("it fails ({status})"),
        _ => format!("it answers {status}"),
    })
}

/// What an error means. Nothing of an address is in it: that holds a signature.
fn fault(error: &ureq::Error) -> Fault {
    Fault::Down(match error {
        ureq::Error::Timeout(_) => "no answer in time".to_owned(),
        ureq::Error::HostNotFound => "its host is not known".to_owned(),
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
            "the connection is refused".to_owned()
        }
        ureq::Error::Io(_) | ureq::Error::ConnectionFailed => "the connection is lost".to_owned(),
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => {
            "its certificate is not believed, or it is not encrypted".to_owned()
        }
        _ => "what answers there is no S3 server".to_owned(),
    })
}
