//! A job server of Ray that is played: what it answers, and what the script of a job says, is given.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// What is played.
#[derive(Clone, Default)]
pub(super) struct Part {
    /// Lines of the job's log.
    pub(super) log: Vec<String>,
    /// How the job is once its log is told, and why.
    pub(super) status: &'static str,
    pub(super) message: &'static str,
    /// Is it to be given packages? Packing the program takes long where nothing is optimised.
    pub(super) wants_packages: bool,
    /// What every request is answered in place of all that.
    pub(super) refusal: Option<u16>,
}

pub(super) struct PlayedRay {
    port: u16,
    /// Packages that were uploaded.
    pub(super) packages: Arc<AtomicUsize>,
    /// Jobs that were to be stopped.
    pub(super) stops: Arc<AtomicUsize>,
}

impl PlayedRay {
    pub(super) fn start(part: Part) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let played = Self {
            port: listener.local_addr().unwrap().port(),
            packages: Arc::default(),
            stops: Arc::default(),
        };
        let (packages, stops) = (played.packages.clone(), played.stops.clone());
        // It ends with the tests.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (part, packages, stops) = (part.clone(), packages.clone(), stops.clone());
                thread::spawn(move || answer(stream, &part, &packages, &stops));
            }
        });
        played
    }

    pub(super) fn on(&self) -> String {
        format!("ray:http://127.0.0.1:{}", self.port)
    }
}

fn answer(stream: TcpStream, part: &Part, packages: &AtomicUsize, stops: &AtomicUsize) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    loop {
        let mut head = String::new();
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if let Some(text) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = text.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
            head.push_str(&line);
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let request = head.lines().next().unwrap_or_default();
        let (status, text) = match part.refusal {
            Some(status) => (status, "no".to_owned()),
            None => told(request, part, packages, stops),
        };
        let written = write!(
            stream,
            "HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n{text}",
            text.len()
        );
        if written.is_err() {
            return;
        }
    }
}

fn told(request: &str, part: &Part, packages: &AtomicUsize, stops: &AtomicUsize) -> (u16, String) {
    let is = |start: &str| request.starts_with(start);
    if is("GET /api/version ") {
        (
            200,
            r#"{"version": "4", "ray_version": "2.0.0"}"#.to_owned(),
        )
    } else if is("GET /api/packages/") && part.wants_packages && packages.load(Ordering::SeqCst) < 2
    {
        (404, "there is none".to_owned())
    } else if is("PUT /api/packages/gcs/_ray_pkg_") {
        packages.fetch_add(1, Ordering::SeqCst);
        (200, String::new())
    } else if is("POST /api/jobs/ ") {
        (200, r#"{"submission_id": "played"}"#.to_owned())
    } else if is("POST /api/jobs/played/stop") {
        stops.fetch_add(1, Ordering::SeqCst);
        (200, r#"{"stopped": true}"#.to_owned())
    } else if is("GET /api/jobs/played ") {
        let job = serde_json::json!({
            "status": part.status, "message": part.message, "driver_node_id": "node",
        });
        (200, job.to_string())
    } else if is("GET /api/v0/logs/stream") {
        (200, part.log.join("\n") + "\n")
    } else {
        (200, "[]".to_owned())
    }
}
