//! Facts: what must be loaded before it is known what else there is to load. They are asked for like
//! anything else, on behalf of the session, and what follows from them is declared.

use std::collections::HashMap;
use std::sync::Arc;

use super::driver::Driver;
use super::telling;
use crate::engine::{LoadFailure, Ticket};
use crate::event::{Command, EventKind};
use crate::resource::{Catalogue, Key, RUNTIME, Resource, Unbound};
use crate::vocabulary::{BackendChoice, Dimension, Owner, Problem};

/// What facts are asked for.
#[derive(Clone, Debug)]
pub(super) enum For {
    /// To understand the experiment.
    Understanding,
    /// For a dimension of the run that goes on; none: for what its strategy loads first.
    Run(Option<Dimension>),
    /// To obey a command.
    Command(Command),
}

/// Requests for facts that are not answered yet.
#[derive(Default)]
pub(super) struct Asked {
    requests: HashMap<Ticket, (For, Vec<Key>)>,
    /// What stands against understanding the experiment, so far.
    problems: Vec<Problem>,
    understood: bool,
}

impl Driver {
    /// Asks for what is needed to understand the experiment, or says what it was understood to be.
    /// False when it cannot be validated as it stands: the session is over.
    pub(super) fn seek_understanding(&mut self) -> bool {
        if self.asked.understood {
            return true;
        }
        match self.catalogue.ready() {
            Ok(()) => self.understood(),
            Err(Unbound::Unsound(problems)) => {
                self.refuse(problems.0);
                false
            }
            Err(Unbound::Lacks(keys)) => {
                for key in keys {
                    self.ask(For::Understanding, vec![key]);
                }
                self.follow_effects();
                true
            }
        }
    }

    fn understood(&mut self) -> bool {
        let problems = self.planner.preload_problems();
        if !problems.is_empty() {
            self.refuse(problems);
            return false;
        }
        self.asked.understood = true;
        let understanding = Box::new(self.catalogue.understanding());
        self.emit(EventKind::Understood(understanding));
        self.declare();
        // Headers have told of files beside the models' own.
        self.watch_new_files();
        let history = self.planner.history.notes.iter();
        let history: Vec<String> = history.cloned().collect();
        for note in self.catalogue.notes().to_vec() {
            self.emit(EventKind::Noted(note));
        }
        for note in history {
            self.notice(note, false);
        }
        self.announce_plan();
        self.look_for_results();
        true
    }

    pub(super) fn refuse(&mut self, problems: Vec<Problem>) {
        let installable = |problem: &Problem| problem.setting.as_deref() == Some(RUNTIME);
        let runtime_missing = problems.iter().any(installable);
        self.emit(EventKind::SessionRefused {
            problems,
            runtime_missing,
            crashed: false,
        });
        self.refused = true;
    }

    /// Is it known what the experiment is?
    pub(super) fn is_understood(&self) -> bool {
        self.asked.understood
    }

    /// Are facts on their way?
    pub(super) fn is_asking(&self) -> bool {
        !self.asked.requests.is_empty()
    }

    /// Asks for facts.
    pub(super) fn ask(&mut self, what_for: For, keys: Vec<Key>) -> Ticket {
        let ticket = self.next_ticket();
        self.asked.requests.insert(ticket, (what_for, keys.clone()));
        self.engine.acquire(ticket, Owner::Session, keys);
        ticket
    }

    /// Takes what a request for facts has brought; false when it was none.
    pub(super) fn facts_ready(&mut self, ticket: Ticket, values: &[Arc<Resource>]) -> bool {
        let Some((what_for, keys)) = self.asked.requests.remove(&ticket) else {
            return false;
        };
        self.learn(keys.into_iter().zip(values.iter().cloned()));
        self.go_on_with(what_for, None);
        true
    }

    /// Takes that facts cannot be had; false when it was another request.
    pub(super) fn facts_failed(&mut self, ticket: Ticket, failure: &LoadFailure) -> bool {
        let Some((what_for, keys)) = self.asked.requests.remove(&ticket) else {
            return false;
        };
        if matches!(what_for, For::Understanding) {
            let problem = telling::problem(failure.error.clone());
            let problem = match keys.first() {
                Some(key) => self.catalogue.place(key, problem),
                None => problem,
            };
            self.asked.problems.push(problem);
        }
        self.go_on_with(what_for, Some(failure));
        true
    }

    fn go_on_with(&mut self, what_for: For, failure: Option<&LoadFailure>) {
        match what_for {
            For::Understanding => {
                let is_it = |(what_for, _): &(For, _)| matches!(what_for, For::Understanding);
                if self.asked.requests.values().any(is_it) {
                    return;
                }
                let problems = std::mem::take(&mut self.asked.problems);
                if problems.is_empty() {
                    self.seek_understanding();
                } else {
                    self.refuse(problems);
                }
            }
            For::Run(dimension) => {
                if let (Some(failure), Some(dimension)) = (failure, dimension) {
                    self.cannot_bind(dimension, failure.clone());
                }
                let is_it = |(what_for, _): &(For, _)| matches!(what_for, For::Run(_));
                if !self.asked.requests.values().any(is_it) {
                    self.bind_run();
                }
            }
            For::Command(command) => match failure {
                Some(failure) => self.preload_failed(failure),
                None => self.obey(command),
            },
        }
    }

    /// Gives up what is asked for the run, or for a command.
    pub(super) fn stop_asking(&mut self) -> bool {
        let is_spare = |(what_for, _): &(For, _)| !matches!(what_for, For::Understanding);
        let requests = self.asked.requests.iter();
        let spare = requests.filter(|(_, asked)| is_spare(asked));
        let spare: Vec<Ticket> = spare.map(|(ticket, _)| *ticket).collect();
        for ticket in &spare {
            self.asked.requests.remove(ticket);
            self.engine.cancel(*ticket);
        }
        !spare.is_empty()
    }

    /// Gives up what is asked for the run.
    pub(super) fn stop_asking_for_run(&mut self) {
        let requests = self.asked.requests.iter();
        let of_run = requests.filter(|(_, (what_for, _))| matches!(what_for, For::Run(_)));
        let of_run: Vec<Ticket> = of_run.map(|(ticket, _)| *ticket).collect();
        for ticket in of_run {
            self.asked.requests.remove(&ticket);
            self.engine.cancel(ticket);
        }
    }

    /// Draws what follows from facts, and declares it.
    fn learn(&mut self, facts: impl IntoIterator<Item = (Key, Arc<Resource>)>) {
        if let Some(next) = self.catalogue.learn(facts) {
            self.know(next);
        }
    }

    /// A model's native compiler refuses what its header promised: ONNX Runtime takes over.
    pub(super) fn refused_natively(&mut self, key: &Key, reason: &str) {
        let Key::Model(id) = key else {
            return;
        };
        let next = self.catalogue.with_refused(id.clone(), reason.to_owned());
        self.know(next);
        self.emit(EventKind::BackendChanged {
            name: self.name_of(key),
            backend: BackendChoice::Uncovered {
                what: vec![reason.to_owned()],
            },
        });
    }

    /// Dimensions need other resources than before: tells which, and what nobody needs any more.
    pub(super) fn need_otherwise(&mut self) {
        self.plans.forget();
        self.ahead.forget_results();
        if self.asked.understood {
            self.declare();
            self.declare_unneeded();
            self.watch_new_files();
        }
    }

    pub(super) fn know(&mut self, next: Catalogue) {
        let next = Arc::new(next);
        self.catalogue = next.clone();
        self.engine.set_workload(next.clone());
        self.planner.rebind(next);
        self.plans.forget();
        self.ahead.think_over();
        if self.asked.understood {
            self.declare();
            self.watch_new_files();
        }
    }
}
