//! A job from its package to its end: what its script says becomes events, and parts in a folder.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, Write};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crossbeam_channel::{Receiver, RecvTimeoutError, bounded, select};

use super::client::{Client, Job, JobStatus};
use super::said::{Said, said};
use super::{Order, Package, RayError, ShardFailure};
use crate::event::EventKind;
use crate::files::Output;
use crate::vocabulary::{Note, Problem, Shard, ShardEnd, Worker};

/// How often a job is looked at that has not begun, and how long no word of one is taken calmly: its
/// script says something every two seconds.
const LOOK_EVERY: Duration = Duration::from_millis(500);
const QUIET: Duration = Duration::from_secs(6);
/// How often in a row Ray may not answer in the middle of a job.
const MOST_LAPSES: u32 = 10;
/// How long the rest of the log of a job that is over is waited for.
const LAST_WORDS: Duration = Duration::from_secs(3);
/// Lines of the script that are no words to us, and may say why it ended.
const MOST_STRAY: usize = 12;
/// Lines on their way from the log.
const MOST_LINES: usize = 64;

/// Runs an order to its end: all of its parts lie in its folder, or the error says which do not and why.
/// What happens meanwhile is told; a word by `stop` stops the job.
pub fn follow(
    client: &Client,
    (program, run): (&Package, &Package),
    order: &Order,
    stop: &Receiver<()>,
    told: &mut dyn FnMut(EventKind),
) -> Result<(), RayError> {
    let names = [upload(client, program)?, upload(client, run)?];
    let id = client.submit(&names, order)?;
    let mut following = Following {
        client,
        order,
        id,
        stop,
        told,
        at: HashMap::new(),
        coming: HashMap::new(),
        done: order.of as usize - order.shards.len(),
        failed: Vec::new(),
        made_on: BTreeMap::new(),
        lost: 0,
        stray: Vec::new(),
        has_ended: false,
        lines: 0,
    };
    following.run()
}

/// Sees that Ray has a package; its name there.
fn upload(client: &Client, package: &Package) -> Result<String, RayError> {
    let name = package.name()?;
    if !client.has_package(&name)? {
        client.put_package(&name, &package.bytes()?)?;
    }
    Ok(name)
}

struct Following<'f> {
    client: &'f Client,
    order: &'f Order,
    id: String,
    stop: &'f Receiver<()>,
    told: &'f mut dyn FnMut(EventKind),
    /// Who has which shard.
    at: HashMap<u32, Worker>,
    /// Parts on their way.
    coming: HashMap<u32, Output>,
    /// Parts that are there.
    done: usize,
    failed: Vec<(Shard, ShardFailure, String)>,
    /// How many parts each machine has made, and how many shards were lost on the way.
    made_on: BTreeMap<Arc<str>, u32>,
    lost: u32,
    stray: Vec<String>,
    has_ended: bool,
    /// Lines of the log that were heard: a log that is read again begins again.
    lines: usize,
}

impl Following<'_> {
    fn run(&mut self) -> Result<(), RayError> {
        let mut lapses = 0;
        loop {
            if self.is_stopped(LOOK_EVERY) {
                return Err(self.interrupted());
            }
            let job = match self.client.job(&self.id) {
                Ok(job) => job,
                Err(error) => {
                    lapses += 1;
                    if lapses >= MOST_LAPSES {
                        return Err(self.lost(&error));
                    }
                    continue;
                }
            };
            if let Some(node) = &job.driver_node_id
                && job.status != JobStatus::Pending
            {
                let before = self.lines;
                self.listen(node, job.status.is_over())?;
                if self.lines > before {
                    lapses = 0;
                }
            }
            if self.has_ended {
                return self.result();
            }
            if job.status.is_over() {
                return Err(self.ended(&job));
            }
        }
    }

    /// Waits so long for a word to stop; whoever would say it may be gone, which says it as well.
    fn is_stopped(&self, wait: Duration) -> bool {
        !matches!(self.stop.recv_timeout(wait), Err(RecvTimeoutError::Timeout))
    }

    fn interrupted(&self) -> RayError {
        let job = self.id.clone();
        match self.client.stop(&self.id) {
            Ok(()) => RayError::Interrupted {
                job,
                done: self.done(),
            },
            Err(error) => self.lost(&error),
        }
    }

    fn done(&self) -> (usize, u32) {
        (self.done, self.order.of)
    }

    fn lost(&self, error: &RayError) -> RayError {
        RayError::Lost {
            job: self.id.clone(),
            why: error.to_string(),
            done: self.done(),
        }
    }

    /// The script is gone, and had not said that it ends.
    fn ended(&self, job: &Job) -> RayError {
        if job.status == JobStatus::Stopped {
            return RayError::Stopped {
                job: self.id.clone(),
                done: self.done(),
            };
        }
        let message = job.message.clone().unwrap_or_default();
        let message = message.trim();
        // Ray repeats the end of the log, which is ours already.
        let first = message
            .split(". Last available logs")
            .next()
            .unwrap_or(message);
        let mut words: Vec<&str> = vec![first];
        words.extend(self.stray.iter().map(String::as_str));
        RayError::Ended {
            job: self.id.clone(),
            words: words.join(" / "),
            done: self.done(),
        }
    }

    fn result(&mut self) -> Result<(), RayError> {
        if self.failed.is_empty() {
            let machines = self.made_on.iter();
            let machines: Vec<String> = machines
                .map(|(machine, made)| format!("{made} on {machine}"))
                .collect();
            let lost = match self.lost {
                0 => String::new(),
                1 => "; one was lost on the way, and made again".to_owned(),
                lost => format!("; {lost} were lost on the way, and made again"),
            };
            let words = format!("shards made elsewhere: {}{lost}", machines.join(", "));
            (self.told)(EventKind::Noted(Note::info(words)));
            return Ok(());
        }
        Err(RayError::Shards {
            failed: std::mem::take(&mut self.failed),
        })
    }

    /// Reads the log until it ends, or nothing comes any more.
    fn listen(&mut self, node: &str, is_over: bool) -> Result<(), RayError> {
        // That it is not there yet, or not to be had for a moment, is no reason to give up.
        let Ok(log) = self.client.log(&self.id, node) else {
            return Ok(());
        };
        let (sender, lines) = bounded::<String>(MOST_LINES);
        let heard = self.lines;
        let read = move || {
            let mut log = log;
            let mut line = String::new();
            let mut number = 0;
            while let Ok(1..) = log.read_line(&mut line) {
                number += 1;
                // One that is cut off is read again, from the beginning.
                if !line.ends_with('\n') {
                    break;
                }
                if number > heard && sender.send(std::mem::take(&mut line)).is_err() {
                    break;
                }
                line.clear();
            }
        };
        let thread = thread::Builder::new().name("ray-log".to_owned());
        if let Err(error) = thread.spawn(read) {
            return Err(RayError::File(Problem::new(error.to_string())));
        }
        let patience = if is_over { LAST_WORDS } else { QUIET };
        let mut last = Instant::now();
        loop {
            let wait = (last + patience).saturating_duration_since(Instant::now());
            select! {
                recv(lines) -> line => {
                    let Ok(line) = line else { return Ok(()) };
                    self.lines += 1;
                    last = Instant::now();
                    self.hear(&line)?;
                    if self.has_ended {
                        return Ok(());
                    }
                }
                recv(self.stop) -> _ => return Err(self.interrupted()),
                default(wait) => return Ok(()),
            }
        }
    }

    fn hear(&mut self, line: &str) -> Result<(), RayError> {
        let Some(said) = said(line) else {
            let line = line.trim();
            // What Ray itself writes at the beginning of every log is no news.
            if !line.is_empty() && !line.contains("Runtime env is setting up") {
                if self.stray.len() == MOST_STRAY {
                    self.stray.remove(0);
                }
                self.stray.push(line.to_owned());
            }
            return Ok(());
        };
        match said {
            Said::Begun { workers, cpus } => self.begun(workers, cpus),
            Said::Shard {
                shard,
                machine,
                worker,
            } => {
                let worker = Worker {
                    machine: Arc::from(machine),
                    number: worker,
                };
                if let Some(shard) = self.shard(shard) {
                    self.at.insert(shard.number(), worker.clone());
                    (self.told)(EventKind::ShardStarted { shard, worker });
                }
            }
            Said::Event { shard, event } => {
                if let (Some(shard), Some(worker)) = (self.shard(shard), self.at.get(&shard)) {
                    (self.told)(EventKind::ShardTold {
                        shard,
                        worker: worker.clone(),
                        since: event.t,
                        said: Box::new(event.kind),
                    });
                }
            }
            Said::Lost { shard, why } => {
                self.lost += 1;
                self.end(shard, ShardEnd::Lost, why);
            }
            Said::Piece { shard, base64 } => self.add(shard, &base64)?,
            Said::Done { shard } => self.finish(shard)?,
            Said::Failed { shard, why, words } => {
                if let Some(shard) = self.shard(shard) {
                    self.failed.push((shard, why, words.clone()));
                }
                self.end(shard, ShardEnd::Failed, words);
            }
            Said::Beat => {}
            Said::End => self.has_ended = true,
        }
        Ok(())
    }

    fn begun(&mut self, workers: u32, cpus: u32) {
        let wanted = self.order.workers.unwrap_or(workers);
        let note = match workers {
            0 => Note::warning(
                "Ray has no machine with a processor to work with: shards wait until one joins",
            ),
            few if few < wanted => Note::warning(format!(
                "Ray has processors for {few} workers at a time, and {wanted} were asked for"
            )),
            _ => Note::info(format!(
                "Ray's job {}: {} shards on {workers} workers of {cpus} threads",
                self.id,
                self.order.shards.len()
            )),
        };
        (self.told)(EventKind::Noted(note));
    }

    fn shard(&self, number: u32) -> Option<Shard> {
        Shard::new(number, self.order.of)
    }

    fn end(&mut self, number: u32, end: ShardEnd, reason: String) {
        self.coming.remove(&number);
        if let (Some(shard), Some(worker)) = (self.shard(number), self.at.remove(&number)) {
            (self.told)(EventKind::ShardEnded {
                shard,
                worker,
                end,
                reason,
            });
        }
    }

    fn add(&mut self, number: u32, base64: &str) -> Result<(), RayError> {
        let Some(shard) = self.shard(number) else {
            return Ok(());
        };
        let path = self.order.part(shard);
        let in_file = |error: &dyn std::fmt::Display| {
            RayError::File(Problem::new(error.to_string()).in_file(&path))
        };
        let piece = STANDARD.decode(base64).map_err(|error| in_file(&error))?;
        let output = match self.coming.entry(number) {
            std::collections::hash_map::Entry::Occupied(output) => output.into_mut(),
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(Output::create(&path).map_err(|error| in_file(&error))?)
            }
        };
        output.write_all(&piece).map_err(|error| in_file(&error))
    }

    fn finish(&mut self, number: u32) -> Result<(), RayError> {
        let Some(shard) = self.shard(number) else {
            return Ok(());
        };
        let path = self.order.part(shard);
        if let Some(output) = self.coming.remove(&number) {
            let finished = output.finish();
            finished
                .map_err(|error| RayError::File(Problem::new(error.to_string()).in_file(&path)))?;
        } else if !path.is_file() {
            let machine = self
                .at
                .get(&number)
                .map_or("a worker", |worker| &*worker.machine);
            let cause = format!(
                "{machine} has written the part of shard {shard} there, and it is not seen here"
            );
            let remedy = "name with --parts a folder that this machine and all workers see";
            return Err(RayError::File(
                Problem::new(cause).in_file(&path).remedy(remedy),
            ));
        }
        self.done += 1;
        if let Some(worker) = self.at.get(&number) {
            *self.made_on.entry(worker.machine.clone()).or_default() += 1;
        }
        self.end(number, ShardEnd::Finished, String::new());
        Ok(())
    }
}
