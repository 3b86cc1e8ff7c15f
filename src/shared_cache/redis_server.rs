//! A Redis or Valkey server.

use std::io;
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::{Mutex, MutexGuard, PoisonError};

use redis::{Client, Connection, ConnectionAddr, ErrorKind, RedisError, RedisResult, cmd};

use super::server::{ANSWER, CONNECT, Fault, Pulse, Server};
use crate::vocabulary::Problem;

/// Connections that are kept for the next call.
const MOST_IDLE: usize = 4;
/// Bytes of what nobody has ever kept.
const MOST_PING_BYTES: u64 = 16;

/// A Redis or Valkey server, with connections that are used again.
pub(super) struct RedisServer {
    client: Client,
    host: (String, u16),
    idle: Mutex<Vec<Connection>>,
}

impl RedisServer {
    /// The server at this address, which may hold a password: it is in no error. Nothing is connected yet.
    pub(super) fn new(url: &str) -> Result<Self, Problem> {
        let wrong = || {
            Problem::new("the address of the shared cache is not understood")
                .under("cache.shared.url")
                .remedy("write redis://HOST:PORT, or rediss://HOST:PORT where it is encrypted")
        };
        let client = Client::open(url).map_err(|_| wrong())?;
        let host = match client.get_connection_info().addr() {
            ConnectionAddr::Tcp(host, port)
            | ConnectionAddr::TcpTls {
                host,
                port,
                insecure: false,
                ..
            } => (host.clone(), *port),
            _ => return Err(wrong()),
        };
        Ok(Self {
            client,
            host,
            idle: Mutex::default(),
        })
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connect(&self) -> Result<Connection, Fault> {
        // The library has one limit for connecting and for logging in. A host that is not there is to
        // cost far less than one that is slow to answer.
        let (host, port) = (self.host.0.as_str(), self.host.1);
        let addresses = (host, port).to_socket_addrs().map_err(|e| lost(&e))?;
        let mut failure = io::Error::from(io::ErrorKind::NotFound);
        let reached = addresses.into_iter().any(|address| {
            let reached = TcpStream::connect_timeout(&address, CONNECT);
            reached.map_err(|error| failure = error).is_ok()
        });
        if !reached {
            return Err(lost(&failure));
        }
        let connected = self.client.get_connection_with_timeout(ANSWER);
        let connection = connected.map_err(|error| fault(&error))?;
        let limited = connection
            .set_read_timeout(Some(ANSWER))
            .and_then(|()| connection.set_write_timeout(Some(ANSWER)));
        limited.map_err(|error| fault(&error))?;
        Ok(connection)
    }

    /// Does something on a connection. One that was kept may have been closed meanwhile, by a server that
    /// was started anew, say: then it is done on a new one.
    pub(super) fn on_connection<T>(
        &self,
        work: impl Fn(&mut Connection) -> RedisResult<T>,
    ) -> Result<T, Fault> {
        let kept = self.idle().pop();
        if let Some(kept) = kept
            && let Some(done) = self.once(kept, &work)
        {
            return done;
        }
        let fresh = self.connect()?;
        self.once(fresh, &work)
            .unwrap_or_else(|| Err(Fault::Down("it has closed the connection".to_owned())))
    }

    /// None where the connection turns out to be closed.
    fn once<T>(
        &self,
        mut connection: Connection,
        work: &impl Fn(&mut Connection) -> RedisResult<T>,
    ) -> Option<Result<T, Fault>> {
        match work(&mut connection) {
            Ok(done) => {
                self.keep(connection);
                Some(Ok(done))
            }
            Err(error) if error.is_io_error() && !error.is_timeout() => None,
            Err(error) => {
                // Of a connection on which half an answer was read, nothing can be made any more.
                if matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension) {
                    self.keep(connection);
                }
                Some(Err(fault(&error)))
            }
        }
    }

    fn keep(&self, connection: Connection) {
        let mut idle = self.idle();
        if idle.len() < MOST_IDLE {
            idle.push(connection);
        }
    }
}

impl Server for RedisServer {
    fn get(&self, name: &str, most: u64, pulse: &Pulse) -> Result<Option<Vec<u8>>, Fault> {
        // What somebody else has put there may be of any size.
        let bytes: Vec<u8> = self.on_connection(|connection| {
            cmd("GETRANGE").arg(name).arg(0).arg(most).query(connection)
        })?;
        pulse.beat(bytes.len());
        if bytes.len() as u64 > most {
            return Err(Fault::Odd(
                "it is larger than what is kept there".to_owned(),
            ));
        }
        Ok((!bytes.is_empty()).then_some(bytes))
    }

    fn put(&self, name: &str, bytes: &[u8], pulse: &Pulse) -> Result<(), Fault> {
        let done = self
            .on_connection(|connection| cmd("SET").arg(name).arg(bytes).query::<()>(connection));
        pulse.beat(bytes.len());
        done
    }

    fn remove(&self, name: &str) -> Result<bool, Fault> {
        let removed: u64 =
            self.on_connection(|connection| cmd("DEL").arg(name).query(connection))?;
        Ok(removed > 0)
    }

    fn ping(&self) -> Result<(), Fault> {
        // As everybody asks: one that answers to PING alone is not well.
        self.get("ping", MOST_PING_BYTES, &Pulse::default())
            .map(drop)
    }
}

fn not_redis() -> Fault {
    Fault::Down("what answers there is no Redis server".to_owned())
}

fn lost(error: &io::Error) -> Fault {
    Fault::Down(match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
            format!("no connection within {CONNECT:.0?}")
        }
        io::ErrorKind::ConnectionRefused => "the connection is refused".to_owned(),
        _ => error.to_string(),
    })
}

/// What an error means. Nothing of an address is in it: that may hold a password.
fn fault(error: &RedisError) -> Fault {
    if error.is_timeout() {
        return Fault::Down(format!("no answer within {ANSWER:.0?}"));
    }
    if error.is_io_error() {
        return Fault::Down("the connection is lost".to_owned());
    }
    let wrong_password = || {
        Fault::Down(
            "it wants another password than that of LAZYDEBUGGER_SHARED_CACHE_URL".to_owned(),
        )
    };
    match (error.kind(), error.code()) {
        (ErrorKind::AuthenticationFailed, _) | (_, Some("NOAUTH" | "WRONGPASS" | "AUTH")) => {
            wrong_password()
        }
        (ErrorKind::Parse, _) => not_redis(),
        (ErrorKind::UnexpectedReturnType, _) | (_, Some("WRONGTYPE")) => {
            Fault::Odd("something else is kept under its name".to_owned())
        }
        (_, Some("OOM")) => Fault::Refused("it has no memory left".to_owned()),
        (_, Some(code @ ("NOPERM" | "READONLY" | "MISCONF" | "NOREPLICAS"))) => {
            Fault::Refused(format!("it takes nothing ({code})"))
        }
        (_, Some(code)) => {
            // Whatever a server says, it is shown to people.
            let letters = code.chars().filter(char::is_ascii_alphanumeric);
            Fault::Down(format!(
                "it answers {}",
                letters.take(32).collect::<String>()
            ))
        }
        (_, None) => not_redis(),
    }
}
