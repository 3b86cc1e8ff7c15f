//! The session's plans: made once, told, compared, and learnt for from how long loads took.

use super::driver::Driver;
use crate::engine::graph::GraphError;
use crate::engine::plan::Plan;
use crate::engine::{Completion, Workload};
use crate::event::EventKind;
use crate::resource::{Catalogue, CostParts, Key, Resource};
use crate::vocabulary::{Dimension, ResourceKind, Strategy};

/// What is known of the plans so far.
#[derive(Default)]
pub(super) struct Plans {
    /// The last plan that was made, which is good until load times are learnt or a file changes.
    last: Option<Made>,
    /// Loads whose times are not learnt yet: plans would change in mid-run.
    landed: Vec<Landed>,
    /// What was made from what, by the files as the engine knows them.
    parts: CostParts,
    /// Was what the strategies would do told since it last changed?
    told: bool,
}

impl Plans {
    /// Must what the strategies would do be told anew?
    pub(super) fn are_outdated(&self) -> bool {
        !self.told
    }

    /// More is known of what there is.
    pub(super) fn forget(&mut self) {
        self.last = None;
        self.parts = CostParts::default();
        self.told = false;
    }

    /// The engine may use more from now on, or less.
    pub(super) fn limits_changed(&mut self) {
        self.last = None;
    }

    /// A file was looked at anew.
    pub(super) fn file_identified(&mut self) {
        self.last = None;
        self.parts = CostParts::default();
    }
}

struct Made {
    strategy: Strategy,
    dimensions: Vec<Dimension>,
    plan: Plan<Key>,
    error: Option<GraphError>,
}

struct Landed {
    id: String,
    kind: ResourceKind,
    bytes: u64,
    seconds: f64,
}

impl Driver {
    /// The plan of a strategy, and why it is that of `eager` if the strategy cannot make one.
    pub(super) fn plan(
        &mut self,
        strategy: Strategy,
        dimensions: &[Dimension],
    ) -> (Plan<Key>, Option<GraphError>) {
        let is_it = |made: &&Made| made.strategy == strategy && made.dimensions == dimensions;
        if let Some(made) = self.plans.last.as_ref().filter(is_it) {
            return (made.plan.clone(), made.error.clone());
        }
        let (plan, error) = self.planner.plan(strategy, dimensions);
        self.plans.last = Some(Made {
            strategy,
            dimensions: dimensions.to_owned(),
            plan: plan.clone(),
            error: error.clone(),
        });
        (plan, error)
    }

    pub(super) fn announce_plan(&mut self) {
        self.learn_costs();
        if self.run.is_none() {
            let likely = self.likely_dimensions();
            self.choose_ways(&likely);
        }
        self.protect_selection();
        let selected = self.selected_dimensions();
        let plan = if selected.is_empty() && self.settings.strategy != Strategy::Eager {
            Plan {
                first: Vec::new(),
                kept: Vec::new(),
                later: Vec::new(),
            }
        } else {
            self.plan(self.settings.strategy, &selected).0
        };
        let names = |keys: &[Key]| keys.iter().map(|k| self.catalogue.name(k)).collect();
        let (first, later) = (names(&plan.first), names(&plan.later));
        self.emit(EventKind::PlanMade { first, later });
        self.plans.told = false;
    }

    /// Tells what each strategy would do; of all but the present one, the totals.
    pub(super) fn compare_plans(&mut self) {
        self.learn_costs();
        let (forecasts, advice) = self.planner.compare(&self.selected_dimensions());
        let present = self.settings.strategy;
        let told = forecasts.into_iter().map(|forecast| {
            if forecast.strategy == present {
                forecast
            } else {
                forecast.without_details()
            }
        });
        let forecasts = told.collect();
        self.emit(EventKind::PlansCompared { forecasts, advice });
        self.plans.told = true;
    }

    /// Notes how long a load took, for plans to go by.
    pub(super) fn landed(&mut self, load: &Completion<Key, Resource>) {
        let Ok(loaded) = &load.result else {
            return;
        };
        if let Resource::Parity(parity) = &loaded.value {
            self.emit(EventKind::ParityChecked(Box::new(parity.clone())));
        }
        let id = self.catalogue.cost_id(&load.key, &mut self.plans.parts);
        self.plans.landed.push(Landed {
            id,
            kind: Catalogue::kind(&load.key),
            bytes: loaded.bytes,
            seconds: load.seconds,
        });
    }

    /// Puts the times of loads into the history, and the history into its file.
    pub(super) fn keep_costs(&mut self) {
        self.learn_costs();
        if let Err(error) = self.planner.history.save() {
            self.notice(format!("load times are not kept: {error}"), true);
        }
    }

    /// Puts the times of loads into the history.
    pub(super) fn learn_costs(&mut self) {
        let landed = std::mem::take(&mut self.plans.landed);
        if landed.is_empty() {
            return;
        }
        self.plans.last = None;
        for load in landed {
            let history = &mut self.planner.history;
            history.record(load.id, load.kind, load.bytes, load.seconds);
        }
    }
}
