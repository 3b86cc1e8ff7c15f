//! What each command does.

use super::driver::Driver;
use super::facts::For;
use super::planner::limits;
use crate::engine::Ticket;
use crate::engine::graph::closure;
use crate::event::{Command, EventKind, Tuning};
use crate::resource::Key;
use crate::vocabulary::{ClearedBy, Dimension, Owner, Preset, ResourceName, Strategy};

impl Driver {
    pub(super) fn obey(&mut self, command: Command) {
        match command {
            Command::ToggleDimension(dimension) => {
                self.select(dimension, !self.selected[dimension as usize]);
                self.announce_plan();
            }
            Command::ToggleAll => {
                let available: Vec<Dimension> = Dimension::ALL
                    .into_iter()
                    .filter(|d| self.unavailable[*d as usize].is_none())
                    .collect();
                let all = available.iter().all(|d| self.selected[*d as usize]);
                for dimension in available {
                    self.select(dimension, !all);
                }
                self.announce_plan();
            }
            Command::RunSelected => match self.selected_dimensions() {
                none if none.is_empty() => {
                    self.notice("no dimension is selected", false);
                }
                selected => self.start_run(&selected, false),
            },
            Command::Run(dimension) => self.start_run(&[dimension], true),
            Command::Preload(ref name) => match self.names.get(name).cloned() {
                Some(key) => self.preload(command.clone(), vec![key]),
                None => self.notice(format!("there is no resource {name}"), true),
            },
            Command::PreloadAll => {
                let selected = self.selected_dimensions();
                let keys = if selected.is_empty() {
                    self.catalogue.everything()
                } else {
                    let asked = selected.iter().map(|d| self.planner.roots(*d));
                    asked.flatten().collect()
                };
                let keys = closure(&*self.catalogue, &keys).unwrap_or_default();
                self.preload(command, keys);
            }
            Command::Unload(name) => {
                self.stop_prefetching();
                self.unload(&name);
            }
            Command::ClearCache => {
                self.stop_prefetching();
                self.engine.clear_cache(ClearedBy::ClearCache);
            }
            Command::ClearAll => {
                self.stop_prefetching();
                self.engine.clear_all();
            }
            Command::ClearDisk => self.clear_disk(),
            Command::Cancel => self.cancel(),
            Command::SetStrategy(strategy) => self.set_strategy(strategy),
            Command::NextStrategy => self.set_strategy(self.settings.strategy.next()),
            Command::SetCacheBytes(bytes) => self.set_cache_bytes(bytes),
            Command::SetMemoryBudget(bytes) => {
                self.settings.memory_budget_bytes = bytes;
                self.emit(EventKind::MemoryBudgetChanged { bytes });
                self.engine.set_memory_budget(bytes);
                self.plan_within_limits();
            }
            Command::Tune(tuning) => self.tune(*tuning),
            Command::SetPreset(preset) => self.set_preset(preset),
            // Handled where commands are received.
            Command::Close => {}
        }
    }

    fn set_cache_bytes(&mut self, bytes: u64) {
        self.settings.cache_bytes = bytes;
        self.emit(EventKind::CacheResized { bytes });
        self.engine.set_cache_bytes(bytes);
        self.plan_within_limits();
    }

    /// Applies what can be changed while the session goes on.
    fn tune(&mut self, tuning: Tuning) {
        let (cache_bytes, strategy) = (tuning.cache_bytes, tuning.strategy);
        self.emit(EventKind::Tuned(Box::new(tuning)));
        if let Some(bytes) = cache_bytes.filter(|bytes| *bytes != self.settings.cache_bytes) {
            self.set_cache_bytes(bytes);
        }
        if let Some(strategy) = strategy.filter(|one| *one != self.settings.strategy) {
            self.set_strategy(strategy);
        }
    }

    /// Plans for the engine as it is set now.
    fn plan_within_limits(&mut self) {
        self.planner.set_limits(limits(&self.settings));
        self.plans.limits_changed();
        self.announce_plan();
    }

    fn select(&mut self, dimension: Dimension, selected: bool) {
        if self.selected[dimension as usize] != selected {
            self.selected[dimension as usize] = selected;
            self.emit(EventKind::DimensionToggled {
                dimension,
                selected,
            });
        }
    }

    /// Loads what a command names, and first what must be known for that.
    fn preload(&mut self, command: Command, keys: Vec<Key>) {
        let facts = self.catalogue.facts_behind(&keys).into_iter();
        let missing: Vec<Key> = facts.filter(|key| !self.catalogue.knows(key)).collect();
        if !missing.is_empty() {
            self.ask(For::Command(command), missing);
            return;
        }
        let ticket = self.next_ticket();
        self.preloads.insert(ticket, keys.clone());
        self.engine.acquire(ticket, Owner::User, keys);
    }

    fn unload(&mut self, name: &ResourceName) {
        let Some(key) = self.names.get(name).cloned() else {
            self.notice(format!("there is no resource {name}"), true);
            return;
        };
        if !self.engine.unload(&key, ClearedBy::Unload) {
            self.notice(format!("{name} stays until its running owner ends"), false);
        }
    }

    fn set_strategy(&mut self, strategy: Strategy) {
        self.settings.strategy = strategy;
        self.emit(EventKind::StrategyChanged { strategy });
        let selected = self.selected_dimensions();
        let kept = self.plan(strategy, &selected).0.kept;
        if self.run.is_none() {
            self.engine.release_all_but(&Owner::Strategy, &kept);
        }
        self.announce_plan();
    }

    /// What dimensions need follows from the preset: not amid a run.
    fn set_preset(&mut self, preset: Preset) {
        if self.run.is_some() {
            self.notice("the preset can be changed when the run has ended", true);
            return;
        }
        self.settings.preset = preset;
        self.emit(EventKind::PresetChanged { preset });
        self.planner.set_preset(preset);
        self.need_otherwise();
        self.announce_plan();
    }

    pub(super) fn cancel(&mut self) {
        let preloads: Vec<Ticket> = self.preloads.drain().map(|(ticket, _)| ticket).collect();
        let stopped = self.stop_prefetching() | self.stop_asking();
        if self.run.is_none() && preloads.is_empty() && !stopped {
            self.notice("nothing is under way", false);
            return;
        }
        self.emit(EventKind::CancelRequested);
        for ticket in preloads {
            self.engine.cancel(ticket);
        }
        self.cancel_run();
    }
}
