//! Servers that are sick: what stands between the program and a real one, or in the place of one.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::time::Duration;

/// How a server is sick.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sickness {
    /// It takes connections and everything that is sent, and never says a word.
    Silent,
    /// Every answer of the server at this port comes so much later.
    Slow(u16, Duration),
    /// The connection ends after so many bytes of answers of the server at this port.
    Cut(u16, usize),
    /// It answers with this, whatever is sent.
    Says(&'static [u8]),
}

/// Starts one; the port that it listens at.
pub(super) fn server(sickness: Sickness) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            std::thread::spawn(move || serve(sickness, client));
        }
    });
    port
}

fn serve(sickness: Sickness, mut client: TcpStream) {
    match sickness {
        Sickness::Silent => drain(client),
        Sickness::Says(words) => {
            let mut asked = [0; 16 << 10];
            while client.read(&mut asked).is_ok_and(|read| read > 0) {
                if client.write_all(words).is_err() {
                    return;
                }
            }
        }
        Sickness::Slow(port, pause) => between(client, port, |_| {
            // Nobody wakes it.
            std::thread::park_timeout(pause);
            true
        }),
        Sickness::Cut(port, most) => {
            let mut left = most;
            between(client, port, |answer| {
                let is_last = answer.len() >= left;
                answer.truncate(left);
                left -= answer.len();
                !is_last
            });
        }
    }
}

fn drain(mut client: TcpStream) {
    let mut asked = [0; 16 << 10];
    while client.read(&mut asked).is_ok_and(|read| read > 0) {}
}

/// Hands on what is asked, and answers as `change` leaves them; it says whether the connection goes on.
fn between(mut client: TcpStream, port: u16, mut change: impl FnMut(&mut Vec<u8>) -> bool) {
    let Ok(mut server) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else {
        return;
    };
    let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Both);
    });
    let mut bytes = vec![0; 64 << 10];
    while let Ok(read @ 1..) = server.read(&mut bytes) {
        let mut answer = bytes[..read].to_vec();
        let goes_on = change(&mut answer);
        if client.write_all(&answer).is_err() || !goes_on {
            break;
        }
    }
    let _ = client.shutdown(Shutdown::Both);
    let _ = server.shutdown(Shutdown::Both);
}
