//! The only door to the engine: [`Command`]s in, events out, through one [`Log`].
//!
//! A session runs on a thread of its own. It binds the experiment to its files as loads, declares
//! resources as they become known, and works through commands; loads and computations run on the
//! worker pool and report back. While nothing is under way the thread sleeps. If it is to watch the
//! experiment's files, it tells when one has changed and what is out of date for it.
//!
//! ```
//! use lazydebugger::event::{Command, EventKind};
//! use lazydebugger::experiment::{Experiment, bundled};
//! use lazydebugger::ledger::Ledger;
//! use lazydebugger::session::Session;
//! use lazydebugger::vocabulary::Dimension;
//!
//! let experiment = Experiment::from_file(&bundled()?)?;
//! let (session, events) = Session::open(experiment)?;
//! session.send(Command::Run(Dimension::Fairness));
//! let mut ledger = Ledger::default();
//! for event in events {
//!     ledger.apply(&event);
//!     if matches!(event.kind, EventKind::RunFinished { .. }) {
//!         break;
//!     }
//! }
//! let fairness = ledger.dimension(Dimension::Fairness).outcome.as_ref();
//! assert!(fairness.is_some_and(|found| found.metrics.contains_key("sex.demographic_parity_ratio")));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod advice;
mod against;
mod below;
mod commands;
mod compiled;
mod declaring;
mod driver;
mod earlier;
mod elsewhere;
mod facts;
mod foresight;
mod identity;
mod opening;
mod outcome;
mod planner;
mod plans;
mod prefetching;
mod recall;
mod remembered;
mod run;
mod shard;
mod telling;
mod tracing;
mod versions;
mod watching;
mod workers;

pub use advice::{Facts, advise};
pub use earlier::Earlier;
pub use elsewhere::Elsewhere;
pub use foresight::demand_forecast;
pub use planner::Planner;
pub use telling::event as event_of;

use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};

use crate::engine::pool::Pool;
use crate::event::{Command, EventKind};
use crate::experiment::Experiment;
use crate::log::{Log, LogWriter, Subscription};
use driver::Driver;
use opening::{Listener, Opening};

/// The name of the thread that a session runs on.
pub const SESSION_THREAD: &str = "engine";

/// A session could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The operating system refuses more threads.
    #[error("no worker threads: {0}; try fewer")]
    Threads(String),
}

/// A validation session.
pub struct Session {
    commands: Sender<Command>,
    obeyed: Receiver<()>,
    log: Log,
    thread: Option<JoinHandle<()>>,
    /// Disconnected when the thread has ended.
    ended: Receiver<()>,
    is_kept: bool,
}

/// How long a session that is dropped may take to end; after it, it is left alone.
const PATIENCE: Duration = Duration::from_secs(10);

impl Session {
    /// Opens a session that knows of no earlier ones; otherwise as [`Session::open_with`].
    pub fn open(experiment: Experiment) -> Result<(Self, Subscription), SessionError> {
        Self::open_with(experiment, Earlier::default())
    }

    /// Opens a session that plans by what earlier ones have left, and adds to it. The log ends when the
    /// session does: after [`Command::Close`], after the last sender is gone, or after
    /// [`SessionRefused`](crate::event::EventKind::SessionRefused).
    pub fn open_with(
        experiment: Experiment,
        earlier: impl Into<Earlier>,
    ) -> Result<(Self, Subscription), SessionError> {
        Self::start(experiment, earlier.into(), false, None)
    }

    /// As [`Session::open_with`], and `listener` hears of what the session does on the session's own
    /// thread, before it goes on: what it takes, the session waits for, and a panic in it is one of
    /// the session.
    pub fn open_heard(
        experiment: Experiment,
        earlier: impl Into<Earlier>,
        listener: impl FnMut(&EventKind) + Send + 'static,
    ) -> Result<(Self, Subscription), SessionError> {
        Self::start(experiment, earlier.into(), false, Some(Box::new(listener)))
    }

    /// As [`Session::open_with`], and tells of files that change when they do, not only when they
    /// are asked for next.
    pub fn open_watching(
        experiment: Experiment,
        earlier: impl Into<Earlier>,
    ) -> Result<(Self, Subscription), SessionError> {
        Self::start(experiment, earlier.into(), true, None)
    }

    fn start(
        experiment: Experiment,
        earlier: Earlier,
        watches_files: bool,
        listener: Option<Listener>,
    ) -> Result<(Self, Subscription), SessionError> {
        let settings = experiment.engine.clone();
        let is_kept = earlier.disk.is_some();
        let pool = Pool::new(settings.threads).map_err(|e| SessionError::Threads(e.to_string()))?;
        let (commands, command_receiver) = unbounded();
        let (obeyed_sender, obeyed) = unbounded();
        let writer = LogWriter::new();
        let log = writer.log();
        let (alive, ended) = bounded::<()>(0);
        let thread = std::thread::Builder::new()
            .name(SESSION_THREAD.to_owned())
            .spawn(move || {
                let opening = Opening {
                    experiment,
                    settings,
                    earlier,
                    watches_files,
                    listener,
                };
                Driver::run(opening, pool, (&command_receiver, &obeyed_sender), writer);
                drop(alive);
            })
            .map_err(|e| SessionError::Threads(e.to_string()))?;
        let events = log.subscribe();
        let session = Self {
            commands,
            obeyed,
            log,
            thread: Some(thread),
            ended,
            is_kept,
        };
        Ok((session, events))
    }

    /// What has happened since it was opened and what is to come, for any number of readers.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Is what it makes kept for later sessions? The last of that is written when it ends.
    pub fn is_kept(&self) -> bool {
        self.is_kept
    }

    /// Gives a command. After the session's end it has no effect.
    pub fn send(&self, command: Command) {
        // A session that is over needs no commands.
        let _ = self.commands.send(command);
    }

    /// Where commands go.
    pub fn commands(&self) -> Sender<Command> {
        self.commands.clone()
    }

    /// Tells of every command, once the log has what it led to there and then.
    pub fn obeyed(&self) -> Receiver<()> {
        self.obeyed.clone()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.send(Command::Close);
        let ended: Result<(), _> = self.ended.recv_timeout(PATIENCE);
        if let (Err(RecvTimeoutError::Disconnected), Some(thread)) = (ended, self.thread.take()) {
            // A panic there has ended the log; there is nothing left to tell.
            let _ = thread.join();
        }
    }
}
