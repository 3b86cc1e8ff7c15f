//! One dimension of a run after the other: asked for, computed, told.

use std::sync::Arc;
use std::time::Instant;

use super::super::driver::{Driver, words};
use super::super::identity::Identity;
use super::super::outcome::{broken, ended, failed, found};
use super::super::telling;
use super::super::workers::Report;
use super::Phase;
use crate::dimension::{self, Findings, Inputs, Resolved, Unmet, working};
use crate::engine::pool::contain_panic;
use crate::engine::{LoadError, LoadFailure, Ticket};
use crate::event::{DimensionOutcome, DimensionStatus, EventKind};
use crate::resource::{Key, Resource, TableId};
use crate::vocabulary::{Dimension, Note, Owner, Problem, ResourceName};

impl Driver {
    /// A request of the run has all that it asked for.
    pub(in crate::session) fn ready(
        &mut self,
        ticket: Ticket,
        values: Vec<Arc<Resource>>,
        warm: bool,
    ) {
        let Some(run) = &mut self.run else {
            return;
        };
        match &mut run.phase {
            Phase::Setup(expected) if *expected == ticket => self.setup_finished(),
            Phase::Loading {
                dimension,
                ticket: expected,
                keys,
                started,
            } if *expected == ticket => {
                let (dimension, started) = (*dimension, *started);
                let working_bytes = match self.part {
                    Some(_) => 0,
                    None => working::bytes(dimension, &self.catalogue),
                };
                let name = ResourceName::from(dimension.name());
                if let Err(error) = self.engine.compute(&name, working_bytes) {
                    let chain = vec![name];
                    let failure = LoadFailure { chain, error };
                    self.finish_dimension(dimension, failed(dimension, &failure, started));
                    return;
                }
                // What makes room goes before anything is worked with.
                let gone = std::iter::from_fn(|| self.engine.next_happening());
                let gone = gone.map(|(name, happening)| telling::event(name, happening));
                self.log.emit_all(gone);
                let keys = std::mem::take(keys);
                if let Some(writer) = self.part.clone() {
                    run.phase = Phase::Computing {
                        keys: keys.clone(),
                        started,
                        warm,
                        identity: None,
                    };
                    self.emit(EventKind::DimensionComputing {
                        dimension,
                        working_bytes,
                    });
                    self.write_part(&writer, dimension, &keys, values);
                    return;
                }
                let identity = self.below.as_ref().map(|_| {
                    Identity::of(
                        dimension,
                        &self.catalogue,
                        &self.settings,
                        &keys,
                        &self.engine,
                    )
                });
                let resolved = Resolved::new(keys.clone(), values);
                run.has_computed = true;
                run.phase = Phase::Computing {
                    keys,
                    started,
                    warm,
                    identity,
                };
                self.emit(EventKind::DimensionComputing {
                    dimension,
                    working_bytes,
                });
                self.compute(dimension, resolved);
            }
            _ => {}
        }
    }

    /// A request of the run cannot be met.
    pub(in crate::session) fn request_failed(&mut self, ticket: Ticket, failure: &LoadFailure) {
        let Some(run) = &self.run else {
            return;
        };
        match &run.phase {
            Phase::Setup(expected) if *expected == ticket => {
                self.notice(format!("not loaded first: {}", words(failure)), true);
                self.setup_finished();
            }
            Phase::Loading {
                dimension,
                ticket: expected,
                keys,
                started,
            } if *expected == ticket => {
                let (dimension, keys, started) = (*dimension, keys.clone(), *started);
                // What came of two versions of a file says nothing of either.
                let outcome = match self.check_versions(dimension, &keys) {
                    Ok(true) => return,
                    Ok(false) => failed(dimension, failure, started),
                    Err(problem) => broken(dimension, problem, started),
                };
                self.finish_dimension(dimension, outcome);
            }
            _ => {}
        }
    }

    pub(in crate::session) fn next_dimension(&mut self) {
        let Some(run) = &mut self.run else {
            return;
        };
        let Some(dimension) = run.waiting.pop_front() else {
            if run.shows_only {
                self.run = None;
                return;
            }
            if self.is_mixed_done_again() || self.hold_against_baseline() {
                return;
            }
            let Some(run) = &mut self.run else {
                return;
            };
            let finished = EventKind::RunFinished {
                run: run.number,
                seconds: run.started.elapsed().as_secs_f64(),
                cancelled: run.cancelled,
            };
            let dimensions = std::mem::take(&mut run.dimensions);
            let has_computed = run.has_computed;
            self.run = None;
            self.ahead.run_ended();
            self.let_go_of_what_is_not_kept(&dimensions);
            self.follow_effects();
            self.sample_memory();
            // Where all was known, plans are what they were.
            if has_computed {
                self.compare_plans();
            }
            self.keep_costs();
            self.emit(finished);
            return;
        };
        let started = Instant::now();
        let needs = self.planner.needs(dimension);
        // A model that turned out to be run by something else asks for more than was known.
        if let Err(Unmet::Lacks(keys)) = &needs
            && keys.iter().any(|key| !run.asked.contains(key))
        {
            run.waiting.push_front(dimension);
            self.bind_run();
            return;
        }
        if self.bind_for(dimension, needs.as_deref().ok()) || self.finish_recalled(dimension) {
            return;
        }
        let resources = needs.as_ref().map_or(0, Vec::len);
        self.emit(EventKind::DimensionStarted {
            dimension,
            resources,
        });
        let unbound = self
            .run
            .as_mut()
            .and_then(|run| run.unbound.remove(&dimension));
        if let Some(failure) = unbound {
            if self.is_bound_again(dimension) {
                return;
            }
            self.finish_dimension(dimension, failed(dimension, &failure, started));
            return;
        }
        match needs {
            Ok(keys) => {
                let ticket = self.next_ticket();
                if let Some(run) = &mut self.run {
                    run.phase = Phase::Loading {
                        dimension,
                        ticket,
                        keys: keys.clone(),
                        started,
                    };
                }
                self.engine.acquire(ticket, Owner::from(dimension), keys);
            }
            Err(Unmet::Lacks(_)) => {
                let problem = Problem::new("what it needs could not be told");
                self.finish_dimension(dimension, broken(dimension, problem, started));
            }
            Err(Unmet::Unsound(problems)) => {
                let problem = problems.0.into_iter().next().unwrap_or_default();
                self.finish_dimension(dimension, broken(dimension, problem, started));
            }
            Err(Unmet::Unanswerable(reason)) => {
                let mut outcome = ended(DimensionStatus::NotApplicable, started);
                outcome.notes.push(Note::info(reason.to_string()));
                // There are no metrics, so none of its gates passes.
                let gates = self.catalogue.experiment.gates_of(dimension.name());
                outcome.gates = dimension::judge(dimension, gates, &mut Findings::default());
                self.finish_dimension(dimension, outcome);
            }
        }
    }

    fn compute(&mut self, dimension: Dimension, resolved: Resolved) {
        let (catalogue, reports) = (self.catalogue.clone(), self.reports.clone());
        let (preset, seed) = (self.settings.preset, self.settings.seed);
        self.pool.spawn(move || {
            let result = contain_panic(|| {
                let inputs = Inputs {
                    catalogue: &catalogue,
                    preset,
                    seed,
                    resolved: &resolved,
                };
                let findings = dimension::evaluate(dimension, &inputs);
                resolved.check_whole(&catalogue)?;
                findings.map_err(LoadError::Failed)
            });
            // Let go of the resources before anybody hears that the dimension is over.
            drop(resolved);
            let result = result.map_err(telling::problem);
            let _ = reports.send(Report::Computed(dimension, result));
        });
    }

    /// The computation of a dimension is over.
    pub(in crate::session) fn computed(
        &mut self,
        dimension: Dimension,
        result: Result<Findings, Problem>,
    ) {
        let Some(run) = &self.run else {
            return;
        };
        let Phase::Computing {
            keys,
            started,
            warm,
            identity,
        } = &run.phase
        else {
            return;
        };
        let (keys, started, warm) = (keys.clone(), *started, *warm);
        let identity = identity.clone();
        if run.cancelled {
            self.finish_dimension(dimension, ended(DimensionStatus::Cancelled, started));
            return;
        }
        let result = match self.check_versions(dimension, &keys) {
            Ok(true) => {
                self.engine.computed();
                return;
            }
            Ok(false) => result,
            Err(problem) => Err(problem),
        };
        let outcome = match result {
            Ok(mut findings) => {
                self.note_versions(dimension, &keys);
                let rests_on = identity.as_ref().map(|identity| identity.parts.clone());
                if let Some(identity) = identity {
                    let seconds = started.elapsed().as_secs_f64();
                    self.keep_outcome(dimension, identity, &findings, seconds);
                }
                let gates = self.catalogue.experiment.gates_of(dimension.name());
                let gates = if self.part.is_some() {
                    Vec::new()
                } else {
                    dimension::judge(dimension, gates, &mut findings)
                };
                let mut outcome = found(findings, gates, started, warm);
                outcome.rests_on = rests_on.unwrap_or_default();
                outcome
            }
            Err(problem) => broken(dimension, problem, started),
        };
        self.finish_dimension(dimension, outcome);
    }

    /// A dimension's result does not stand any more.
    pub(in crate::session) fn withdraw(&mut self, dimension: Dimension, problem: Problem) {
        let outcome = Box::new(broken(dimension, problem, Instant::now()));
        self.emit(EventKind::DimensionFinished { dimension, outcome });
    }

    pub(in crate::session) fn finish_dimension(
        &mut self,
        dimension: Dimension,
        outcome: DimensionOutcome,
    ) {
        self.note_found(dimension, &outcome);
        // What was found is found again where it is kept.
        let stands = self.below.is_some() && outcome.came_to_results();
        self.ahead.note_results(dimension, stands);
        self.emit(EventKind::DimensionFinished {
            dimension,
            outcome: Box::new(outcome),
        });
        self.engine.computed();
        let owner = Owner::from(dimension);
        if self.run.as_ref().is_some_and(|run| run.waiting.is_empty()) {
            self.engine.release(&owner);
            self.follow_effects();
            self.next_dimension();
        } else {
            // The next dimension asks before this one lets go: what both need stays. What needs the
            // room that this one takes is not refused before.
            self.engine.hold_back();
            self.next_dimension();
            self.engine.release(&owner);
            self.engine.go_on();
        }
    }

    /// Remembers what it has found, to hold it against another run.
    fn note_found(&mut self, dimension: Dimension, outcome: &DimensionOutcome) {
        let scores = Key::predictions(self.catalogue.validated(), TableId::Dataset);
        let needs = self.planner.needs(dimension);
        let Some(run) = &mut self.run else {
            return;
        };
        if !outcome.came_to_results() {
            run.found.remove(&dimension);
            run.scored_by.remove(&dimension);
            return;
        }
        run.found.insert(dimension, outcome.metrics.clone());
        if needs.is_ok_and(|needs| needs.contains(&scores)) {
            run.scored_by.insert(dimension);
        }
    }
}
