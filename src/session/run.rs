//! A run: what the strategy loads first, then one dimension after the other.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use super::against::Against;
use super::driver::{Driver, words};
use super::facts::For;
use super::identity::Identity;
use super::outcome::{broken, ended, failed, found};
use super::recall::Recalls;
use super::telling;
use super::versions::Versions;
use super::workers::Report;
use crate::dimension::baseline::Metrics;
use crate::dimension::{self, Findings, Inputs, Resolved, Unmet, working};
use crate::engine::graph::closure;
use crate::engine::pool::contain_panic;
use crate::engine::{LoadError, LoadFailure, Ticket};
use crate::event::{DimensionOutcome, DimensionStatus, EventKind};
use crate::resource::{Key, Resource, TableId};
use crate::vocabulary::{Dimension, Note, Owner, Problem, ResourceName, SHORTAGE, Strategy};

/// A run that goes on.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says something else of it, in any combination"
)]
pub(super) struct Run {
    number: u32,
    started: Instant,
    pub(super) waiting: VecDeque<Dimension>,
    dimensions: Vec<Dimension>,
    phase: Phase,
    /// Facts that were asked for.
    asked: HashSet<Key>,
    /// Dimensions of which it cannot be known what they need.
    unbound: BTreeMap<Dimension, LoadFailure>,
    cancelled: bool,
    /// Is everything computed, whatever is known of it?
    anew: bool,
    /// Does it only show what is known, and compute nothing? Nobody has asked for it, so the log has no
    /// run of it.
    shows_only: bool,
    /// What earlier computations have left.
    pub(super) recalls: Recalls,
    /// Has anything been computed?
    has_computed: bool,
    /// What its dimensions have found.
    pub(super) found: Metrics,
    /// Those of them that rest on the model's scores for the dataset.
    pub(super) scored_by: BTreeSet<Dimension>,
    /// How far it is with its baseline.
    pub(super) against: Against,
    /// The files that it rests on.
    pub(super) versions: Versions,
}

impl Run {
    fn new(number: u32, dimensions: &[Dimension], anew: bool) -> Self {
        Self {
            number,
            started: Instant::now(),
            waiting: dimensions.iter().copied().collect(),
            dimensions: dimensions.to_owned(),
            phase: Phase::Binding,
            asked: HashSet::new(),
            unbound: BTreeMap::new(),
            cancelled: false,
            anew,
            shows_only: false,
            recalls: Recalls::default(),
            has_computed: false,
            found: Metrics::new(),
            scored_by: BTreeSet::new(),
            against: Against::default(),
            versions: Versions::default(),
        }
    }

    /// One that only shows what is known of these.
    pub(super) fn to_show(dimensions: &[Dimension]) -> Self {
        Self {
            shows_only: true,
            ..Self::new(0, dimensions, false)
        }
    }

    pub(super) fn shows_only(&self) -> bool {
        self.shows_only
    }

    pub(super) fn cancel(&mut self) {
        self.cancelled = true;
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled
    }

    /// Nothing that was told of files counts any more.
    pub(super) fn begin_binding(&mut self) {
        self.asked.clear();
        self.unbound.clear();
        self.recalls = Recalls::default();
        self.phase = Phase::Binding;
    }

    pub(super) fn is_anew(&self) -> bool {
        self.anew
    }

    /// What is still to come of it, as far as it is known what that needs.
    pub(super) fn bound_dimensions(&self) -> Vec<Dimension> {
        let waiting = self.waiting.iter().copied();
        waiting.filter(|d| !self.unbound.contains_key(d)).collect()
    }

    /// It is asked what is known of its dimensions.
    pub(super) fn begin_recalling(&mut self) {
        self.recalls = Recalls::default();
        self.phase = Phase::Recalling;
    }

    pub(super) fn is_recalling(&self) -> bool {
        matches!(self.phase, Phase::Recalling)
    }
}

enum Phase {
    /// What must be known for the run is on its way.
    Binding,
    /// It is asked what earlier computations have left.
    Recalling,
    /// What the strategy loads first is on its way.
    Setup(Ticket),
    /// A dimension's resources are on their way.
    Loading {
        dimension: Dimension,
        ticket: Ticket,
        keys: Vec<Key>,
        started: Instant,
    },
    /// A dimension's metrics are being computed.
    Computing {
        keys: Vec<Key>,
        started: Instant,
        warm: bool,
        /// What comes out is kept under it.
        identity: Option<Identity>,
    },
}

impl Driver {
    /// Runs dimensions; `anew`: computes them whatever is known of them.
    pub(super) fn start_run(&mut self, dimensions: &[Dimension], anew: bool) {
        self.stop_showing();
        if self.run.is_some() {
            self.notice("a run goes on: wait for it, or cancel it", false);
            return;
        }
        self.runs += 1;
        self.emit(EventKind::RunStarted {
            run: self.runs,
            dimensions: dimensions.to_owned(),
        });
        self.run = Some(Run::new(self.runs, dimensions, anew));
        self.let_go_of_what_is_not_kept(dimensions);
        self.expect_for(dimensions);
        self.bind_run();
    }

    /// Asks for what must be known for the run, each dimension for itself, and again as long as that
    /// brings up more; then what the strategy loads first is due.
    pub(super) fn bind_run(&mut self) {
        self.look_before_binding();
        let Some(run) = &mut self.run else {
            return;
        };
        let mut wanted: Vec<(Option<Dimension>, Vec<Key>)> = Vec::new();
        for dimension in &run.dimensions {
            if !run.unbound.contains_key(dimension) {
                let roots = self.planner.roots(*dimension);
                let mut facts = self.catalogue.facts_behind(&roots);
                facts.extend(roots.into_iter().filter(|key| !self.catalogue.knows(key)));
                wanted.push((Some(*dimension), facts));
            }
        }
        if self.settings.strategy == Strategy::Eager && !run.shows_only {
            let everything = self.catalogue.facts_behind(&self.catalogue.everything());
            wanted.extend(everything.into_iter().map(|key| (None, vec![key])));
        }
        let known = std::mem::take(&mut run.asked);
        let mut asked = known.clone();
        let mut requests = Vec::new();
        for (dimension, mut keys) in wanted {
            keys.retain(|key| !known.contains(key));
            keys.dedup();
            if dimension.is_none() {
                keys.retain(|key| !asked.contains(key));
            }
            asked.extend(keys.iter().cloned());
            if !keys.is_empty() {
                requests.push((dimension, keys));
            }
        }
        run.asked = asked;
        if requests.is_empty() && !self.recall() {
            self.set_up();
        }
        for (dimension, keys) in requests {
            self.ask(For::Run(dimension), keys);
        }
    }

    /// A dimension of the run cannot be bound.
    pub(super) fn cannot_bind(&mut self, dimension: Dimension, failure: LoadFailure) {
        if let Some(run) = &mut self.run {
            run.unbound.insert(dimension, failure);
        }
    }

    /// Loads what the strategy loads first.
    pub(super) fn set_up(&mut self) {
        let Some(run) = &self.run else {
            return;
        };
        if run.shows_only {
            self.show_what_is_known();
            return;
        }
        let is_open = |dimension: &Dimension| !run.recalls.has(*dimension);
        let waiting: Vec<Dimension> = run.waiting.iter().copied().filter(is_open).collect();
        let dimensions: Vec<Dimension> = run.dimensions.iter().copied().filter(is_open).collect();
        if waiting.is_empty() && !run.waiting.is_empty() {
            // All of it is known: there is nothing to load.
            self.setup_finished();
            return;
        }
        let strategy = self.settings.strategy;
        self.choose_ways(&dimensions);
        for shortage in self.planner.shortages(strategy, &dimensions) {
            self.notice(format!("{SHORTAGE}{shortage}"), true);
        }
        let (plan, error) = self.plan(strategy, &dimensions);
        if let Some(error) = error {
            let reason = error.to_string();
            self.emit(EventKind::FellBackToEager { strategy, reason });
        }
        self.let_go_of_what_is_not_kept(&dimensions);
        self.expect_for(&waiting);
        let ticket = self.next_ticket();
        let mut first = plan.first;
        if let Some(run) = &mut self.run {
            if run.recalls.are_scores_kept() && strategy == Strategy::EagerCore {
                let model = Key::Model(self.catalogue.validated());
                first.retain(|key| *key != model);
            }
            run.phase = Phase::Setup(ticket);
        }
        self.engine.acquire(ticket, Owner::Strategy, first);
    }

    /// What one dimension of the run has loaded stays for those that come after it.
    fn expect_for(&mut self, dimensions: &[Dimension]) {
        for dimension in dimensions {
            let keys = self.planner.roots(*dimension);
            let keys = closure(&*self.catalogue, &keys).unwrap_or_default();
            let owner = Owner::from(*dimension);
            self.engine.expect(&owner, keys);
        }
    }

    /// What the strategy keeps for the selection stays, though the run may not have needed it, and
    /// what it keeps for the run.
    fn let_go_of_what_is_not_kept(&mut self, of_run: &[Dimension]) {
        let kept_for = self.selected_and(of_run);
        let kept = self.plan(self.settings.strategy, &kept_for).0.kept;
        self.engine.release_all_but(&Owner::Strategy, &kept);
    }

    /// What is selected, and these.
    fn selected_and(&self, dimensions: &[Dimension]) -> Vec<Dimension> {
        let mut all = self.selected_dimensions();
        all.extend(dimensions);
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Has columns taken as is best for what is selected and for these, from now on.
    pub(super) fn choose_ways(&mut self, dimensions: &[Dimension]) {
        let dimensions = self.selected_and(dimensions);
        let ways = self.planner.ways(self.settings.strategy, &dimensions);
        if let Some(next) = self.catalogue.with_ways(ways) {
            self.know(next);
        }
    }

    /// A request of the run has all that it asked for.
    pub(super) fn ready(&mut self, ticket: Ticket, values: Vec<Arc<Resource>>, warm: bool) {
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
                let working_bytes = working::bytes(dimension, &self.catalogue);
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
    pub(super) fn request_failed(&mut self, ticket: Ticket, failure: &LoadFailure) {
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

    fn setup_finished(&mut self) {
        let Some(run) = &self.run else {
            return;
        };
        let finished = EventKind::SetupFinished {
            run: run.number,
            seconds: run.started.elapsed().as_secs_f64(),
        };
        self.emit(finished);
        self.next_dimension();
    }

    pub(super) fn next_dimension(&mut self) {
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
    pub(super) fn computed(&mut self, dimension: Dimension, result: Result<Findings, Problem>) {
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
                let gates = dimension::judge(dimension, gates, &mut findings);
                let mut outcome = found(findings, gates, started, warm);
                outcome.rests_on = rests_on.unwrap_or_default();
                outcome
            }
            Err(problem) => broken(dimension, problem, started),
        };
        self.finish_dimension(dimension, outcome);
    }

    /// A dimension's result does not stand any more.
    pub(super) fn withdraw(&mut self, dimension: Dimension, problem: Problem) {
        let outcome = Box::new(broken(dimension, problem, Instant::now()));
        self.emit(EventKind::DimensionFinished { dimension, outcome });
    }

    pub(super) fn finish_dimension(&mut self, dimension: Dimension, outcome: DimensionOutcome) {
        self.note_found(dimension, &outcome);
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

    /// Stops the run: at once while it loads, after the present computation otherwise.
    pub(super) fn cancel_run(&mut self) {
        self.stop_showing();
        if self.stop_comparing() {
            return;
        }
        let Some(run) = &mut self.run else {
            return;
        };
        run.cancelled = true;
        let waiting = std::mem::take(&mut run.waiting);
        let (stopped, ticket) = match &run.phase {
            Phase::Setup(ticket) => (None, Some(*ticket)),
            Phase::Loading {
                dimension,
                ticket,
                started,
                ..
            } => (Some((*dimension, *started)), Some(*ticket)),
            Phase::Binding | Phase::Recalling | Phase::Computing { .. } => (None, None),
        };
        let is_binding = matches!(run.phase, Phase::Binding | Phase::Recalling);
        let recalling = run.recalls.tickets();
        run.recalls = Recalls::default();
        for ticket in recalling {
            self.engine.cancel(ticket);
        }
        for dimension in waiting {
            self.engine.release(&Owner::from(dimension));
            self.emit(EventKind::DimensionFinished {
                dimension,
                outcome: Box::new(ended(DimensionStatus::Cancelled, Instant::now())),
            });
        }
        if is_binding {
            self.next_dimension();
        }
        let Some(ticket) = ticket else {
            return;
        };
        self.engine.cancel(ticket);
        match stopped {
            Some((dimension, started)) => {
                self.finish_dimension(dimension, ended(DimensionStatus::Cancelled, started));
            }
            None => self.next_dimension(),
        }
    }
}
