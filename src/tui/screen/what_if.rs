//! The curves of other caches: played through on a thread of their own, from the log as it is when
//! somebody asks.

use std::sync::{Arc, OnceLock};
use std::thread;

use super::Screen;
use crate::log::Log;
use crate::tui::overlay::Overlay;
use crate::what_if::{Curves, Made, Recorded};

/// The curves, once they are there.
#[derive(Debug, Default)]
pub(super) struct Curving(Arc<OnceLock<Option<Curves>>>);

impl Curving {
    fn of(log: Log) -> Self {
        let curving = Self::default();
        let result = curving.0.clone();
        let play = move || {
            let mut events = log.subscribe();
            let recorded = Recorded::of(events.waiting());
            let _ = result.set(Curves::of(&recorded));
        };
        let started = thread::Builder::new()
            .name("what-if".to_owned())
            .spawn(play);
        if started.is_err() {
            let _ = curving.0.set(None);
        }
        curving
    }

    /// The curves; none where they are still to come, or there is nothing to play.
    pub(super) fn curves(&self) -> Option<&Curves> {
        self.0.get()?.as_ref()
    }

    pub(super) fn is_under_way(&self) -> bool {
        self.0.get().is_none()
    }
}

impl Screen {
    /// Has the accesses so far played through other caches.
    fn begin_curves(&mut self) {
        if let Some(log) = self.scene.log.clone() {
            self.scene.curving = Some(Curving::of(log));
            self.scene.awaits_curves = true;
        }
    }

    /// Shows which settings are proposed by what was measured so far.
    pub(super) fn ask_for_tuning(&mut self) {
        self.begin_curves();
        self.lay_over(Overlay::Tune);
    }

    /// Shows what other caches would have done so far.
    pub(super) fn ask_what_if(&mut self) {
        self.begin_curves();
        let made = Made::default();
        self.lay_over(Overlay::WhatIf {
            at: usize::MAX,
            made,
        });
    }

    /// Are curves being played?
    pub fn is_computing_curves(&self) -> bool {
        self.scene
            .curving
            .as_ref()
            .is_some_and(Curving::is_under_way)
    }

    /// Looks whether the curves are there: what was drawn until now does not have them.
    pub(super) fn look_for_curves(&mut self) {
        self.scene.awaits_curves &= self.is_computing_curves();
    }
}
