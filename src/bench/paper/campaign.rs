//! All runs of a measurement: blocks of jobs that answer the same question, each round in turns, so that
//! a machine that slows down for a while slows all of a block. No time is told before the answers of a
//! block are the same bits.

use std::time::Instant;

use super::run::{Job, MeasuredRun};
use crate::display::clock;
use crate::vocabulary::{Dimension, Problem};

/// Jobs that are measured side by side.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// What is measured, for the progress line.
    pub(super) name: String,
    pub(super) jobs: Vec<Job>,
    pub(super) rounds: usize,
    /// Values of its tables, rows by features, for the time left.
    pub(super) values: usize,
}

/// What its jobs took: a list a job, a run a round.
pub(super) type Measured = Vec<Vec<MeasuredRun>>;

impl Block {
    /// A guess of the seconds of a run, which is put right by what runs really take.
    fn guess(&self, job: &Job) -> f64 {
        let of_dimension = |dimension: &Dimension| match dimension {
            Dimension::Robustness => 8.0,
            Dimension::Resilience => 1.5,
            _ => 0.3,
        };
        let work: f64 = job.dimensions.iter().map(of_dimension).sum();
        let times = if job.again { 2.0 } else { 1.0 };
        0.02 + self.values as f64 * (0.5 + times * work) / 1e7
    }

    fn seconds(&self) -> f64 {
        let round: f64 = self.jobs.iter().map(|job| self.guess(job)).sum();
        round * self.rounds as f64
    }
}

/// How far a measurement is.
pub(super) struct Course<'p> {
    progress: &'p mut dyn FnMut(&str),
    started: Instant,
    done: f64,
    all: f64,
}

impl<'p> Course<'p> {
    pub(super) fn of(blocks: &[&Block], more: f64, progress: &'p mut dyn FnMut(&str)) -> Self {
        Self {
            progress,
            started: Instant::now(),
            done: 0.0,
            all: more + blocks.iter().map(|block| block.seconds()).sum::<f64>(),
        }
    }

    /// Says what is under way, and what is left; `seconds` is what it was guessed to take.
    pub(super) fn step(&mut self, what: &str, seconds: f64) {
        let left = time_left(self.started.elapsed().as_secs_f64(), self.done, self.all);
        (self.progress)(&format!("{what}; {left}"));
        self.done += seconds;
    }

    /// Measures a block.
    pub(super) fn measure(&mut self, block: &Block, first: usize) -> Result<Measured, Problem> {
        let mut measured: Measured = vec![Vec::new(); block.jobs.len()];
        let mut answers: Option<String> = None;
        for round in 0..block.rounds {
            for turn in 0..block.jobs.len() {
                // Each goes first equally often.
                let which = (first + round + turn) % block.jobs.len();
                let job = &block.jobs[which];
                let what = format!("{}, round {} of {}", block.name, round + 1, block.rounds);
                self.step(&what, block.guess(job));
                let run = MeasuredRun::of_process(job)?;
                let known = answers.get_or_insert_with(|| run.answers.clone());
                if *known != run.answers {
                    return Err(differ(&block.name, job));
                }
                measured[which].push(run);
            }
        }
        Ok(measured)
    }
}

fn differ(block: &str, job: &Job) -> Problem {
    let cause = format!(
        "{block}: the answers under {} are not the same bits as those of the runs beside it, so no time of \
         them is told",
        job.strategy
    );
    Problem::new(cause)
        .in_file(&job.experiment)
        .remedy("report this")
}

/// What is left, by how long what is done has taken.
fn time_left(elapsed: f64, done: f64, all: f64) -> String {
    if done <= 0.0 {
        return format!("about {} in all", clock(all));
    }
    format!(
        "about {} left",
        clock(elapsed * (all - done).max(0.0) / done)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_follows_what_was_slower_than_thought() {
        assert_eq!(time_left(0.0, 0.0, 50.0), "about 50.0 s in all");
        assert_eq!(time_left(20.0, 10.0, 50.0), "about 1m20s left");
        assert_eq!(time_left(20.0, 60.0, 50.0), "about 0.0 s left");
    }
}
