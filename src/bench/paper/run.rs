//! One run of some dimensions in a process of its own, and what it took.

use std::path::PathBuf;
use std::process::{Command as Process, Stdio};

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::bench::problem;
use crate::bench::whole_run::processor_seconds;
use crate::event::{Command, EventKind};
use crate::experiment::Experiment;
use crate::ledger::{Ledger, LookupCounts};
use crate::log::Subscription;
use crate::process;
use crate::session::{SESSION_THREAD, Session};
use crate::vocabulary::{Dimension, Lookup, Owner, Problem, Problems, Strategy};

/// What is run.
#[expect(
    clippy::struct_excessive_bools,
    reason = "four switches, each on or off whatever the others are"
)]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// The experiment's file.
    pub(super) experiment: PathBuf,
    pub(super) strategy: Strategy,
    pub(super) dimensions: Vec<Dimension>,
    /// Asked for one after the other, in this order, and not in one run.
    pub(super) one_by_one: bool,
    /// All asked for once more in the same session, to be computed again.
    pub(super) again: bool,
    /// Is there a prediction cache?
    pub(super) cache: bool,
    /// All threads of the machine, or one?
    pub(super) parallel: bool,
}

impl Job {
    /// A run as a user would have it under a strategy.
    pub(super) fn usual(experiment: PathBuf, strategy: Strategy, dimensions: &[Dimension]) -> Self {
        Self {
            experiment,
            strategy,
            dimensions: dimensions.to_vec(),
            one_by_one: false,
            again: false,
            cache: true,
            parallel: true,
        }
    }
}

/// What a run took.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MeasuredRun {
    /// From the start of the process until the first dimension began to compute.
    pub(super) setup_seconds: f64,
    /// Until the first dimension had its results.
    pub(super) first_seconds: f64,
    /// Until the last one had.
    pub(super) total_seconds: f64,
    /// All of them once more, with what is there by then.
    pub(super) again_seconds: Option<f64>,
    /// What the session's own thread worked once the experiment was bound to its files.
    pub(super) bookkeeping_seconds: Option<f64>,
    /// The most memory that the process had until then, by the system.
    pub(super) peak_rss_bytes: u64,
    /// What it had before it read anything.
    pub(super) baseline_rss_bytes: u64,
    pub(super) loads: u64,
    /// Requests for predictions, of the first time.
    pub(super) requests: Requests,
    /// With those of the second time.
    pub(super) requests_of_both: Option<Requests>,
    /// What each dimension needs, by the word that the paper has for it; true where it names it itself.
    pub(super) needs: Vec<(Dimension, Vec<(String, bool)>)>,
    /// Predictions that were loaded, and those of them that two or more dimensions need.
    pub(super) predictions: (usize, usize),
    /// Of all results, bit for bit.
    pub(super) answers: String,
}

/// Requests for predictions: all, and those for what two or more dimensions of the run need.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Requests {
    pub(super) hits: u64,
    pub(super) misses: u64,
    pub(super) shareable_hits: u64,
    pub(super) shareable_misses: u64,
    pub(super) saved_seconds: f64,
}

impl Requests {
    pub(super) fn hit_rate(self) -> f64 {
        share(self.hits, self.misses)
    }

    pub(super) fn shareable_hit_rate(self) -> f64 {
        share(self.shareable_hits, self.shareable_misses)
    }

    fn count(&mut self, ledger: &Ledger, dimensions: &[Dimension], kind: &EventKind) {
        let EventKind::Requested {
            name, by, lookup, ..
        } = kind
        else {
            return;
        };
        let Some(resource) = ledger.resource(name).filter(|r| r.is_cached_kind()) else {
            return;
        };
        let needs = resource.needs.iter();
        let users = needs.filter(|need| dimensions.contains(&need.dimension));
        let is_shareable = users.count() > 1;
        let is_input = matches!(by, Owner::Load { .. });
        let is_ahead = matches!(by, Owner::Strategy);
        match lookup {
            // Who asks for what is made from it asks for it too, and a strategy asks so that it is
            // there: neither is somebody who is served.
            Lookup::Hit { .. } if is_input || is_ahead => {}
            Lookup::Hit { .. } => {
                self.hits += 1;
                self.shareable_hits += u64::from(is_shareable);
            }
            Lookup::Miss(_) => {
                self.misses += 1;
                self.shareable_misses += u64::from(is_shareable);
            }
            Lookup::Coalesced => {}
        }
    }
}

fn share(hits: u64, misses: u64) -> f64 {
    match hits + misses {
        0 => 0.0,
        all => hits as f64 / all as f64,
    }
}

/// A session that is listened to.
struct Listened {
    session: Session,
    events: Subscription,
    ledger: Ledger,
    dimensions: Vec<Dimension>,
    requests: Requests,
    bound: Option<f64>,
}

impl Listened {
    fn open(job: &Job) -> Result<Self, Problems> {
        let mut experiment = Experiment::from_file(&job.experiment).map_err(problem)?;
        experiment.engine.strategy = job.strategy;
        if !job.cache {
            experiment.engine.cache_entries = 0;
            experiment.engine.cache_bytes = 0;
        }
        if !job.parallel {
            experiment.engine.threads = 1;
        }
        let (session, events) = Session::open(experiment).map_err(problem)?;
        Ok(Self {
            session,
            events,
            ledger: Ledger::default(),
            dimensions: job.dimensions.clone(),
            requests: Requests::default(),
            bound: None,
        })
    }

    /// Follows until a run is over.
    fn follow_to_the_end(&mut self) -> Result<(), Problems> {
        for event in &mut self.events {
            self.ledger.apply(&event);
            self.requests
                .count(&self.ledger, &self.dimensions, &event.kind);
            match event.kind {
                EventKind::PlanMade { .. } if self.bound.is_none() => {
                    self.bound = processor_seconds(SESSION_THREAD);
                }
                EventKind::RunFinished { .. } => break,
                _ => {}
            }
        }
        if let Some(refusal) = &self.ledger.refused {
            return Err(Problems(refusal.problems.clone()));
        }
        let outcomes = self.dimensions.iter();
        let mut outcomes = outcomes.filter_map(|d| self.ledger.dimension(*d).outcome.as_ref());
        match outcomes.find_map(|outcome| outcome.error.as_ref()) {
            Some(error) => Err(problem(error).into()),
            None => Ok(()),
        }
    }

    fn one_by_one(&mut self) -> Result<(), Problems> {
        for dimension in self.dimensions.clone() {
            self.session.send(Command::Run(dimension));
            self.follow_to_the_end()?;
        }
        Ok(())
    }

    fn requests(&self) -> Requests {
        let LookupCounts { seconds_saved, .. } = self.ledger.cache_lookups();
        Requests {
            saved_seconds: seconds_saved,
            ..self.requests
        }
    }

    /// All that was found, in one short word: the same bits or another word.
    fn answers(&self) -> Result<String, Problem> {
        let mut hasher = blake3::Hasher::new();
        let mut dimensions = self.dimensions.clone();
        dimensions.sort_unstable();
        for dimension in dimensions {
            let Some(found) = &self.ledger.dimension(dimension).outcome else {
                return Err(Problem::new(format!("{dimension} has no results")));
            };
            let found = json!([
                dimension,
                found.status,
                found.metrics,
                found.headline,
                found.score,
                found.tables,
                found.figures,
                found.gates
            ]);
            hasher.update(found.to_string().as_bytes());
        }
        Ok(hasher.finalize().to_hex().to_string())
    }

    fn needs(&self) -> Vec<(Dimension, Vec<(String, bool)>)> {
        let of = |dimension: &Dimension| {
            let mut words: Vec<(String, bool)> = Vec::new();
            for resource in self.ledger.resources() {
                let mut needs = resource.needs.iter();
                let Some(need) = needs.find(|need| need.dimension == *dimension) else {
                    continue;
                };
                let Some(word) = papers_word(&resource.name.0) else {
                    continue;
                };
                match words.iter_mut().find(|(known, _)| known == word) {
                    Some((_, named)) => *named |= !need.derived,
                    None => words.push((word.to_owned(), !need.derived)),
                }
            }
            words.sort();
            (*dimension, words)
        };
        self.dimensions.iter().map(of).collect()
    }

    fn predictions(&self) -> (usize, usize) {
        let resources = self.ledger.resources().iter();
        let loaded = resources.filter(|r| r.is_cached_kind() && r.loads > 0);
        let users: Vec<usize> = loaded
            .map(|resource| {
                let needs = resource.needs.iter();
                needs
                    .filter(|need| self.dimensions.contains(&need.dimension))
                    .count()
            })
            .collect();
        (
            users.len(),
            users.iter().filter(|users| **users > 1).count(),
        )
    }
}

/// What the paper calls a resource of this name; none where it knows of no such thing.
fn papers_word(name: &str) -> Option<&'static str> {
    let name = name.strip_prefix("columns:").unwrap_or(name);
    let first = name.split([':', '[', '@']).next()?;
    Some(match first {
        "model" => "model",
        "dataset" => "dataset",
        "calibration" => "calibration dataset",
        "alternative" => "alternative dataset",
        "predictions" => "predictions",
        "protected" | "protected_attributes" => "protected attributes",
        "hyperparameters" => "hyperparameters",
        _ => return None,
    })
}

impl MeasuredRun {
    /// Runs a job in this process, which should have done nothing else.
    pub fn measure_here(job: &Job) -> Result<Self, Problems> {
        let start = process::start();
        let mut listened = Listened::open(job)?;
        if job.one_by_one {
            listened.one_by_one()?;
        } else {
            for dimension in &job.dimensions {
                listened.session.send(Command::ToggleDimension(*dimension));
            }
            listened.session.send(Command::RunSelected);
            listened.follow_to_the_end()?;
        }
        let total_seconds = start.began.elapsed().as_secs_f64();
        let bookkeeping_seconds = processor_seconds(SESSION_THREAD)
            .zip(listened.bound)
            .map(|(now, before)| now - before);
        let now = process::MemoryMeter::default().sample();
        let ledger = &listened.ledger;
        let since_start = |t: Option<f64>| t.map_or(total_seconds, |t| ledger.process_seconds + t);
        let first = ledger.runs.iter().next();
        let mut measured = Self {
            setup_seconds: since_start(first.and_then(|run| run.first_computing_at)),
            first_seconds: since_start(first.and_then(|run| run.first_result_at)),
            total_seconds,
            again_seconds: None,
            bookkeeping_seconds,
            peak_rss_bytes: now.peak_rss_bytes,
            baseline_rss_bytes: start.memory.rss_bytes,
            loads: ledger.resources().iter().map(|r| r.loads).sum(),
            requests: listened.requests(),
            requests_of_both: None,
            needs: listened.needs(),
            predictions: listened.predictions(),
            answers: listened.answers()?,
        };
        if job.again {
            let before = std::time::Instant::now();
            listened.one_by_one()?;
            measured.again_seconds = Some(before.elapsed().as_secs_f64());
            measured.requests_of_both = Some(listened.requests());
            if listened.answers()? != measured.answers {
                let cause = "the second answers of a session are not the first ones";
                return Err(Problem::new(cause).in_file(&job.experiment).into());
            }
        }
        Ok(measured)
    }

    /// Runs a job in a new process of this program.
    pub(super) fn of_process(job: &Job) -> Result<Self, Problem> {
        let told = |cause: &str| Problem::new(format!("a run cannot be measured: {cause}"));
        let program = std::env::current_exe().map_err(|error| told(&error.to_string()))?;
        let output = Process::new(program)
            .args(["bench", "paper", "--only", &json!(job).to_string()])
            // What earlier sessions have left is no part of a cold run.
            .env("LAZYDEBUGGER_CACHE_DIR", "")
            .stdin(Stdio::null())
            .output()
            .map_err(|error| told(&error.to_string()))?;
        if !output.status.success() {
            return Err(told(String::from_utf8_lossy(&output.stderr).trim()));
        }
        serde_json::from_slice(&output.stdout).map_err(|error| told(&error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_go_by_the_papers_words() {
        let words = [
            ("model:forest", Some("model")),
            ("columns:dataset[features]", Some("dataset")),
            ("dataset", Some("dataset")),
            ("alternative:shifted", Some("alternative dataset")),
            (
                "predictions:forest@dataset~gaussian(0.1)#1",
                Some("predictions"),
            ),
            ("file:test.parquet", None),
            ("header:forest", None),
        ];
        for (name, word) in words {
            assert_eq!(papers_word(name), word, "{name}");
        }
    }

    #[test]
    fn a_rate_of_nothing_is_nothing() {
        assert_eq!(Requests::default().hit_rate(), 0.0);
        let requests = Requests {
            hits: 1,
            misses: 3,
            ..Requests::default()
        };
        assert_eq!(requests.hit_rate(), 0.25);
    }
}
