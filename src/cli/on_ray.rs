//! `lazydebugger run --on`: the shards of a run on machines of Ray, and the merge here.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use clap::Args;
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use super::output::{self, Failure};
use super::run::{self, Made, RunArgs};
use super::shard::plan_of;
use super::shipping::{self, Shipped};
use crate::data_folder::data_folder;
use crate::display;
use crate::event::{Command, EventKind};
use crate::experiment::Experiment;
use crate::files;
use crate::ray::{Client, Order, RayAddress, Token, follow};
use crate::session::Elsewhere;
use crate::shard::{Part, Parts};
use crate::vocabulary::{Dimension, Problem, Shard};

/// Shards a worker, where it is not said: so that a machine that is lost costs half of its work, and one
/// that is slow does less.
const SHARDS_A_WORKER: u32 = 2;
/// More bytes of parts are not sent as lines of a log.
const MOST_SENT_BYTES: u64 = 256 << 20;
/// How long a job that is to be stopped is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Arguments of a run on several machines.
#[derive(Args)]
pub(super) struct OnArgs {
    /// Have Ray's machines score the rows, and merge here: ray:http://HOST:8265, the address of its
    /// dashboard; a token is taken from RAY_AUTH_TOKEN or RAY_AUTH_TOKEN_PATH
    #[arg(long, value_name = "ray:URL", conflicts_with = "shard")]
    on: Option<RayAddress>,
    /// Shards that Ray runs at a time [default: one a machine]
    #[arg(long, value_name = "N", requires = "on", value_parser = clap::value_parser!(u32).range(1..=i64::from(Shard::MOST)))]
    workers: Option<u32>,
    /// Shards of the run: one that is lost with its machine is made again [default: two a worker]
    #[arg(long, value_name = "N", requires = "on", value_parser = clap::value_parser!(u32).range(1..=i64::from(Shard::MOST)))]
    shards: Option<u32>,
    /// Where workers leave their parts: a folder that this machine and all of them see, needed where the
    /// parts are large [default: they are sent]
    #[arg(long, value_name = "FOLDER", requires = "on")]
    parts: Option<PathBuf>,
}

/// A run that other machines can work on.
pub(super) struct RemoteRun {
    client: Client,
    shipped: Shipped,
    order: Order,
}

/// Other machines at work for a run.
pub(super) struct Remote {
    /// What comes from them, until somebody takes it.
    heard: Option<Receiver<Elsewhere>>,
    stop: Sender<()>,
    /// Disconnected when they are done, or stopped.
    ended: Receiver<()>,
}

impl RemoteRun {
    /// Has them begin.
    pub(super) fn begin(self: &Arc<Self>) -> Result<Remote, Failure> {
        let (told, heard) = unbounded();
        let (stop, stopped) = bounded(1);
        let (alive, ended) = bounded::<()>(0);
        let run = self.clone();
        let work = move || {
            run.work(&told, &stopped);
            drop(alive);
        };
        let thread = thread::Builder::new().name("ray".to_owned());
        thread.spawn(work).map_err(Failure::input)?;
        Ok(Remote {
            heard: Some(heard),
            stop,
            ended,
        })
    }

    fn work(&self, told: &Sender<Elsewhere>, stop: &Receiver<()>) {
        let tell = |elsewhere| {
            // A session that is over hears nothing.
            let _ = told.send(elsewhere);
        };
        let order = &self.order;
        let mut tell_event = |kind: EventKind| tell(Elsewhere::Told(Box::new(kind)));
        let followed = if order.shards.is_empty() {
            Ok(())
        } else {
            let packages = (&self.shipped.program, &self.shipped.run);
            follow(&self.client, packages, order, stop, &mut tell_event)
        };
        let paths: Vec<PathBuf> = Shard::all(order.of)
            .map(|shard| order.part(shard))
            .collect();
        let parts = followed.map_err(Problem::from);
        let parts = parts.and_then(|()| Parts::open(&paths));
        match parts {
            Ok(parts) => {
                tell(Elsewhere::Made(Arc::new(parts)));
                tell(Elsewhere::Command(Command::RunSelected));
            }
            Err(problem) => tell(Elsewhere::Refused(vec![problem])),
        }
    }
}

impl Remote {
    /// What comes from them, for the session.
    pub(super) fn heard(&mut self) -> Option<Receiver<Elsewhere>> {
        self.heard.take()
    }

    /// Has them stop.
    pub(super) fn stop(&self) {
        // Once is enough.
        let _ = self.stop.try_send(());
    }

    /// Has them stop, unless they are done, and waits until they have.
    pub(super) fn end(&self) {
        self.stop();
        let _ = self.ended.recv_timeout(PATIENCE);
    }
}

/// Runs the experiment on Ray; none where nobody asked for that.
pub(super) fn run_on_ray(
    args: &RunArgs,
    experiment: &Experiment,
    made: &Made,
) -> Option<Result<u8, Failure>> {
    let address = args.on.on.clone()?;
    Some(run_on(address, args, experiment, made))
}

fn run_on(
    address: RayAddress,
    args: &RunArgs,
    experiment: &Experiment,
    made: &Made,
) -> Result<u8, Failure> {
    let dimensions = args.course.dimensions();
    let token = Token::of_environment().map_err(Problem::from)?;
    let client = Client::new(address, token);
    client.check().map_err(Problem::from)?;
    let of = args.on.shards.unwrap_or_else(|| {
        let workers = args.on.workers.or_else(|| client.machines());
        let workers = workers.unwrap_or(1).max(1);
        workers.saturating_mul(SHARDS_A_WORKER).min(Shard::MOST)
    });
    let is_sent = args.on.parts.is_none();
    check(experiment, &dimensions, of, is_sent)?;
    let shipped = shipping::ship(experiment, &dimensions)?;
    let folder = PartsFolder::open(args.on.parts.as_deref(), &shipped, of)?;
    let shards = folder.missing(of);
    if shards.len() < of as usize {
        output::note(&format!(
            "note: {} of {of} parts are there already, in {}",
            of as usize - shards.len(),
            folder.path.display()
        ));
    }
    let order = Order {
        shards,
        of,
        workers: args.on.workers,
        arguments: shipped.arguments.clone(),
        sets_threads: shipped.sets_threads,
        folder: shipped.folder.clone(),
        shared_parts: (!is_sent).then(|| folder.path.clone()),
        most_bytes: is_sent.then_some(MOST_SENT_BYTES / u64::from(of)),
        parts: folder.path.clone(),
    };
    let run = RemoteRun {
        client,
        shipped,
        order,
    };
    let made = Made {
        remote: Some(Arc::new(run)),
        ..made.clone()
    };
    let code = run::report_on(&args.course, experiment, &dimensions, &made)?;
    folder.forget();
    Ok(code)
}

/// Sees, before anything is sent, that the experiment can be run, and that its parts are not too large.
fn check(
    experiment: &Experiment,
    dimensions: &[Dimension],
    of: u32,
    is_sent: bool,
) -> Result<(), Failure> {
    let plan = plan_of(experiment.clone(), dimensions, of)?;
    let bytes = plan.bytes();
    if !is_sent || bytes <= MOST_SENT_BYTES {
        return Ok(());
    }
    let cause = format!(
        "the parts of this run take up to {}, and no more than {} are sent through Ray",
        display::bytes(bytes),
        display::bytes(MOST_SENT_BYTES)
    );
    let remedy = "name with --parts a folder that this machine and all workers see";
    Err(Problem::new(cause).remedy(remedy).into())
}

/// Where parts lie here. One that nobody has named is of this run alone: what a run leaves that fails
/// halfway is there when it is tried again, as long as its files and flags are the same.
struct PartsFolder {
    path: PathBuf,
    is_ours: bool,
}

impl PartsFolder {
    fn open(named: Option<&Path>, shipped: &Shipped, of: u32) -> Result<Self, Failure> {
        let folder = match named {
            Some(path) => Self {
                path: std::path::absolute(path).map_err(Failure::input)?,
                is_ours: false,
            },
            None => Self::ours(shipped, of)?,
        };
        let made = fs::create_dir_all(&folder.path);
        made.map_err(|error| Problem::new(error.to_string()).in_file(&folder.path))?;
        Ok(folder)
    }

    fn ours(shipped: &Shipped, of: u32) -> Result<Self, Failure> {
        let ours = data_folder().ok_or_else(|| {
            let problem = Problem::new("there is no folder for the parts");
            problem.remedy("name one with --parts that all workers see")
        })?;
        let parts = ours.join("parts");
        let made = fs::create_dir_all(&ours).and_then(|()| files::create_private_folder(&parts));
        made.map_err(|error| Problem::new(error.to_string()).in_file(&parts))?;
        Ok(Self {
            path: parts.join(shipped.id(of)),
            is_ours: true,
        })
    }

    /// The shards that have no part there.
    fn missing(&self, of: u32) -> Vec<Shard> {
        let is_missing = |shard: &Shard| {
            let path = self.path.join(Order::name_of_part(*shard));
            !Part::open(&path).is_ok_and(|part| part.shard == *shard)
        };
        Shard::all(of).filter(is_missing).collect()
    }

    /// What was merged is needed no more.
    fn forget(self) {
        if self.is_ours {
            // What stays is found by the next run of the same.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}
