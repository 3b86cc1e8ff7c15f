//! Ray's job server over HTTP. What it is asked:
//! <https://docs.ray.io/en/latest/cluster/running-applications/job-submission/rest.html>.

use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use ureq::tls::TlsConfig;
use ureq::{Agent, Body, http::Response};

use super::{Order, RayAddress, RayError, Token, package};
use crate::encryption::encryption;

/// How long a connection, and an answer, may take.
const CONNECT: Duration = Duration::from_secs(10);
const ANSWER: Duration = Duration::from_mins(1);
/// How long a package may take on its way.
const TRANSFER: Duration = Duration::from_mins(10);
/// As much of an answer is read; a job's details hold what it was asked, and no more.
const MOST_ANSWER_BYTES: u64 = 16 << 20;
/// As much of an error is told.
const MOST_ERROR_BYTES: usize = 2_000;
/// How often the server looks for more of a log, in seconds.
const LOOK_EVERY: &str = "0.25";

/// Ray's job server.
#[derive(Clone)]
pub struct Client {
    address: RayAddress,
    token: Option<Token>,
    agent: Agent,
}

/// How a job is.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Job {
    pub(super) status: JobStatus,
    /// In words.
    #[serde(default)]
    pub(super) message: Option<String>,
    /// The node that its script runs on.
    #[serde(default)]
    pub(super) driver_node_id: Option<String>,
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum JobStatus {
    Pending,
    Running,
    Stopped,
    Succeeded,
    Failed,
}

impl JobStatus {
    pub(super) fn is_over(self) -> bool {
        matches!(self, Self::Stopped | Self::Succeeded | Self::Failed)
    }
}

impl Client {
    /// Of a server; nothing is connected yet.
    pub fn new(address: RayAddress, token: Option<Token>) -> Self {
        let encrypted = if address.is_encrypted() {
            encryption()
        } else {
            TlsConfig::default()
        };
        let config = Agent::config_builder()
            .tls_config(encrypted)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_resolve(Some(CONNECT))
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(ANSWER))
            .timeout_send_body(Some(TRANSFER));
        Self {
            address,
            token,
            agent: config.build().into(),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address.url())
    }

    fn authorization(&self) -> Option<String> {
        self.token
            .as_ref()
            .map(|token| format!("Bearer {}", token.0))
    }

    fn get(&self, path: &str) -> Result<Response<Body>, RayError> {
        let mut request = self.agent.get(self.url(path));
        if let Some(authorization) = self.authorization() {
            request = request.header("authorization", authorization);
        }
        self.let_in(request.call())
    }

    fn send(&self, is_put: bool, path: &str, body: &[u8]) -> Result<Response<Body>, RayError> {
        let url = self.url(path);
        let mut request = if is_put {
            self.agent
                .put(url)
                .header("content-type", "application/octet-stream")
        } else {
            self.agent
                .post(url)
                .header("content-type", "application/json")
        };
        if let Some(authorization) = self.authorization() {
            request = request.header("authorization", authorization);
        }
        self.let_in(request.send(body))
    }

    /// The answer of somebody who lets us in.
    fn let_in(
        &self,
        answer: Result<Response<Body>, ureq::Error>,
    ) -> Result<Response<Body>, RayError> {
        let url = self.address.url().to_owned();
        let answer = answer.map_err(|error| match why_unreachable(&error) {
            Some(why) => RayError::Unreachable {
                url: url.clone(),
                why,
            },
            None => RayError::NotRay(url.clone()),
        })?;
        match answer.status().as_u16() {
            401 => Err(RayError::NoToken(url)),
            403 => Err(RayError::WrongToken(url)),
            _ => Ok(answer),
        }
    }

    /// Is it Ray's job server, and does it let us in?
    pub fn check(&self) -> Result<(), RayError> {
        let mut answer = self.get("/api/version")?;
        let told: Option<Value> =
            read(&mut answer).and_then(|text| serde_json::from_str(&text).ok());
        let is_ray = told.is_some_and(|told| told.get("ray_version").is_some());
        if !is_ray {
            return Err(RayError::NotRay(self.address.url().to_owned()));
        }
        // The version may be public; jobs are not.
        self.get("/api/jobs/").map(drop)
    }

    /// How many of its machines have a processor to work with; none where it does not tell.
    pub fn machines(&self) -> Option<u32> {
        let mut answer = self.get("/api/v0/nodes?limit=10000&detail=1").ok()?;
        let told: Value = serde_json::from_str(&read(&mut answer)?).ok()?;
        let nodes = told.pointer("/data/result/result")?.as_array()?;
        let works = |node: &&Value| {
            let cpus = node.pointer("/resources_total/CPU").and_then(Value::as_f64);
            node["state"] == "ALIVE" && cpus.is_some_and(|cpus| cpus >= 1.0)
        };
        u32::try_from(nodes.iter().filter(works).count()).ok()
    }

    /// Has it a package of this name?
    pub(super) fn has_package(&self, name: &str) -> Result<bool, RayError> {
        let answer = self.get(&format!("/api/packages/gcs/{name}"))?;
        Ok(answer.status().is_success())
    }

    pub(super) fn put_package(&self, name: &str, bytes: &[u8]) -> Result<(), RayError> {
        let answer = self.send(true, &format!("/api/packages/gcs/{name}"), bytes)?;
        accepted("keep the package", answer).map(drop)
    }

    /// Submits a job that runs the script of a run's package, with that of the program beside it; its id.
    pub(super) fn submit(
        &self,
        [program, run]: &[String; 2],
        order: &Order,
    ) -> Result<String, RayError> {
        // A job's commands see the python of its machine's shell, which need not be Ray's.
        let script = package::SCRIPT;
        let entrypoint = format!(
            "for p in python python3; do \"$p\" -c 'import importlib.util as i, sys; \
             sys.exit(not i.find_spec(\"ray\"))' 2> /dev/null && exec \"$p\" {script}; done; \
             echo 'no python with Ray is on the PATH' >&2; exit 1"
        );
        let body = json!({
            "entrypoint": entrypoint,
            "runtime_env": {
                "working_dir": format!("gcs://{run}"),
                // Where Python looks for modules is where the script looks for the program.
                "py_modules": [format!("gcs://{program}")],
                "env_vars": { "LAZYDEBUGGER_RUN": order.words() },
            },
            "metadata": { "name": "lazydebugger" },
        });
        let answer = self.send(false, "/api/jobs/", body.to_string().as_bytes())?;
        let text = accepted("take the job", answer)?;
        let told: Option<Value> = serde_json::from_str(&text).ok();
        let id = told
            .as_ref()
            .and_then(|told| told["submission_id"].as_str());
        id.map(str::to_owned)
            .ok_or_else(|| RayError::NotRay(self.address.url().to_owned()))
    }

    pub(super) fn job(&self, id: &str) -> Result<Job, RayError> {
        let text = accepted("tell of the job", self.get(&format!("/api/jobs/{id}"))?)?;
        serde_json::from_str(&text).map_err(|_| RayError::NotRay(self.address.url().to_owned()))
    }

    pub(super) fn stop(&self, id: &str) -> Result<(), RayError> {
        let answer = self.send(false, &format!("/api/jobs/{id}/stop"), b"")?;
        accepted("stop the job", answer).map(drop)
    }

    /// The log of a job from its beginning, which goes on for as long as it is read.
    pub(super) fn log(
        &self,
        id: &str,
        node: &str,
    ) -> Result<impl BufRead + Send + use<>, RayError> {
        let path = format!(
            "/api/v0/logs/stream?node_id={node}&filename=job-driver-{id}.log&lines=-1&interval={LOOK_EVERY}"
        );
        let answer = self.get(&path)?;
        if !answer.status().is_success() {
            return accepted("show the job's log", answer)
                .and_then(|_| Err(RayError::NotRay(self.address.url().to_owned())));
        }
        Ok(BufReader::new(answer.into_body().into_reader()))
    }
}

fn read(answer: &mut Response<Body>) -> Option<String> {
    let mut text = String::new();
    let body = answer.body_mut().as_reader();
    body.take(MOST_ANSWER_BYTES)
        .read_to_string(&mut text)
        .ok()?;
    Some(text)
}

/// What a request was answered that was accepted.
fn accepted(what: &'static str, mut answer: Response<Body>) -> Result<String, RayError> {
    let text = read(&mut answer).unwrap_or_default();
    if answer.status().is_success() {
        return Ok(text);
    }
    // It tells all of a traceback; its last line says what.
    let last = text.trim().lines().last().unwrap_or_default();
    let words = &last[..last.floor_char_boundary(last.len().min(MOST_ERROR_BYTES))];
    let status = answer.status().as_u16();
    Err(RayError::Refused {
        what,
        words: format!("{words} (status {status})"),
    })
}

/// Why nobody answers; none where somebody did, in another language.
fn why_unreachable(error: &ureq::Error) -> Option<&'static str> {
    Some(match error {
        ureq::Error::Timeout(_) => "no answer in time",
        ureq::Error::HostNotFound => "its host is not known",
        ureq::Error::Io(error) if error.kind() == ErrorKind::ConnectionRefused => {
            "the connection is refused"
        }
        ureq::Error::Io(_) | ureq::Error::ConnectionFailed => "the connection is lost",
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => {
            "its certificate is not believed, or it is not encrypted"
        }
        _ => return None,
    })
}
