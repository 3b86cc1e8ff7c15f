//! The two processes, each with half of the cores, nothing kept from earlier runs, and its trace in a
//! pipe.

use std::io::{BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::STRATEGIES;
use crate::child::Group;
use crate::log::Subscription;
use crate::log::file::follow;
use crate::tui::race::Start;
use crate::vocabulary::{Dimension, Problem};

/// Bytes of what a process says that are read.
const SAID: u64 = 8 << 10;

/// What the two are asked.
pub const QUESTION: Dimension = Dimension::Fairness;

/// The two, as often as somebody wants to see them.
#[derive(Debug)]
pub struct Racers {
    program: PathBuf,
    experiment: PathBuf,
    running: Vec<Running>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    _group: Group,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Threads that each of the two has.
pub fn threads() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    (cores / STRATEGIES.len()).max(1)
}

impl Racers {
    /// Of this program, on an experiment.
    pub fn new(experiment: &Path) -> Result<Self, Problem> {
        let program = std::env::current_exe()
            .map_err(|error| Problem::new(format!("this program cannot be found: {error}")))?;
        Ok(Self {
            program,
            experiment: experiment.to_owned(),
            running: Vec::new(),
        })
    }

    fn start_one(&self, strategy: &str) -> Result<(Running, Subscription), Problem> {
        let mut command = Command::new(&self.program);
        command
            .arg("run")
            .arg(&self.experiment)
            .args(["--dimensions", QUESTION.name(), "--strategy", strategy])
            .args(["--threads", &threads().to_string(), "--trace", "-"])
            // What was kept would be no race.
            .env("LAZYDEBUGGER_CACHE_DIR", "")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        let failed = |error: String| Problem::new(format!("{strategy} cannot run: {error}"));
        let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
        let group = Group::of(child.id());
        let output = child.stdout.take();
        let mut running = Running {
            child,
            _group: group,
        };
        let output = output.ok_or_else(|| failed("it has no output".to_owned()))?;
        let errors = running.child.stderr.take();
        let (_, log) = follow(strategy, BufReader::new(output)).map_err(|error| {
            // Without a first line of its trace it has said why there is none.
            let mut said = String::new();
            let read = errors.and_then(|errors| errors.take(SAID).read_to_string(&mut said).ok());
            failed(match read {
                Some(1..) => said.trim_end().replace('\n', "; "),
                _ => error.to_string(),
            })
        })?;
        Ok((running, log.subscribe()))
    }
}

impl Start for Racers {
    fn start(&mut self) -> Result<Vec<Subscription>, Problem> {
        self.running.clear();
        let mut logs = Vec::new();
        let mut running = Vec::new();
        // Both are begun before either is listened to: a header is waited for.
        std::thread::scope(|scope| {
            let racers = &*self;
            let started = STRATEGIES.map(|s| scope.spawn(move || racers.start_one(s.name())));
            for one in started {
                let one = one.join();
                let one = one.map_err(|_| Problem::new("a process could not be started"))?;
                let (process, log) = one?;
                running.push(process);
                logs.push(log);
            }
            Ok::<(), Problem>(())
        })?;
        self.running = running;
        Ok(logs)
    }
}
