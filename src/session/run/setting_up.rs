//! What comes before the first dimension of a run: what must be known for it, and what the strategy loads
//! first.

use super::super::driver::Driver;
use super::super::facts::For;
use super::{Phase, Run};
use crate::engine::LoadFailure;
use crate::engine::graph::closure;
use crate::event::EventKind;
use crate::resource::Key;
use crate::vocabulary::{Dimension, Owner, SHORTAGE, Strategy};

impl Driver {
    /// Runs dimensions; `anew`: computes them whatever is known of them.
    pub(in crate::session) fn start_run(&mut self, dimensions: &[Dimension], anew: bool) {
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
        self.remember_selection(dimensions);
        self.run = Some(Run::new(self.runs, dimensions, anew));
        self.let_go_of_what_is_not_kept(dimensions);
        self.expect_for(dimensions);
        self.bind_run();
    }

    /// Asks for what must be known for the run, each dimension for itself, and again as long as that
    /// brings up more; then what the strategy loads first is due.
    pub(in crate::session) fn bind_run(&mut self) {
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
    pub(in crate::session) fn cannot_bind(&mut self, dimension: Dimension, failure: LoadFailure) {
        if let Some(run) = &mut self.run {
            run.unbound.insert(dimension, failure);
        }
    }

    /// Loads what the strategy loads first.
    pub(in crate::session) fn set_up(&mut self) {
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
        // A shard needs nothing but what it scores with.
        let mut first = if self.part.is_some() {
            Vec::new()
        } else {
            plan.first
        };
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
    pub(super) fn let_go_of_what_is_not_kept(&mut self, of_run: &[Dimension]) {
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
    pub(in crate::session) fn choose_ways(&mut self, dimensions: &[Dimension]) {
        let dimensions = self.selected_and(dimensions);
        let ways = self.planner.ways(self.settings.strategy, &dimensions);
        if let Some(next) = self.catalogue.with_ways(ways) {
            self.know(next);
        }
    }

    pub(super) fn setup_finished(&mut self) {
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
}
