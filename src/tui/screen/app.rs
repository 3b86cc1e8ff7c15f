//! How the loop drives the screen: events come in, keys come in, frames go out.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;

use super::{Layout, Overlay, Panel, REPLAY_TICKS, Screen, TICK, Tone};
use crate::display;
use crate::event::{DimensionStatus, Event, EventKind};
use crate::ledger::fallback_words;
use crate::tui::app_loop::{App, Flow, Input};
use crate::tui::command::{self, Action};
use crate::tui::view;
use crate::vocabulary::{ResourceName, Severity};

impl App for Screen {
    fn on_event(&mut self, event: &Event) {
        self.ledger.apply(event);
        self.ticks_since_event = 0;
        self.follow(&event.kind);
        self.is_dirty = true;
    }

    fn is_over(&self) -> bool {
        // The caller says why, on the terminal that the user had before.
        self.ledger.refused.is_some() && !self.is_replay()
    }

    fn on_input(&mut self, input: Input) -> Flow {
        self.is_dirty = true;
        match input {
            Input::Key(key) => self.on_key(key),
            Input::Mouse(mouse) => self.on_mouse(mouse),
            Input::Signal(_) => self.leave(),
            Input::Resize(..) | Input::Paste(_) => Flow::Continue,
        }
    }

    fn draw(&mut self, frame: &mut Frame<'_>) {
        self.settle(frame.area());
        view::draw(self, frame.buffer_mut());
        self.is_dirty = false;
    }

    fn is_dirty(&self) -> bool {
        self.is_dirty
    }

    fn next_tick(&self) -> Option<Duration> {
        let spent = self.is_replay() && self.ticks_since_event >= REPLAY_TICKS;
        (self.ledger.is_busy() && !spent).then_some(TICK)
    }

    fn on_tick(&mut self) {
        self.ticks += 1;
        self.ticks_since_event += 1;
        self.is_dirty = true;
    }
}

impl Screen {
    /// Takes what an event means for the screen, after the ledger has it.
    fn follow(&mut self, kind: &EventKind) {
        match kind {
            EventKind::SessionOpened { .. } if !self.is_replay() => self.say(
                Tone::Plain,
                "nothing is loaded yet: space selects a dimension, r runs what is selected",
            ),
            EventKind::ResourceDeclared(_) => self.tree.rebuild(&self.ledger),
            EventKind::Requested { .. } => {
                let lookups = &self.ledger.lookups;
                let newest = lookups.total().saturating_sub(1);
                let is_cached = lookups.last().is_some_and(|lookup| lookup.cached);
                self.cache_lookups.extend(is_cached.then_some(newest));
            }
            EventKind::RunStarted { run, .. } => {
                self.follows_run = true;
                self.say(Tone::Plain, format!("run {run} started"));
            }
            EventKind::DimensionStarted { dimension, .. } if self.follows_run => {
                self.show_dimension(*dimension);
            }
            EventKind::DimensionFinished { dimension, outcome } => {
                if let Some(error) = &outcome.error {
                    self.say(
                        Tone::Error,
                        format!("{dimension}: {}", error.problem.short()),
                    );
                }
            }
            EventKind::RunFinished {
                run,
                seconds,
                cancelled,
            } => self.say_how_it_ended(*run, *seconds, *cancelled),
            EventKind::LoadFailed { name, problem } => {
                self.say(Tone::Error, format!("{name}: {}", problem.short()));
            }
            EventKind::ContentChanged { name, file, .. } => self.say_what_changed(name, file),
            EventKind::StrategyChanged { strategy } => {
                self.say(Tone::Plain, format!("the strategy is now {strategy}"));
            }
            EventKind::FellBackToEager { strategy, reason } => {
                self.say(Tone::Warning, fallback_words(*strategy, reason));
            }
            EventKind::SessionRefused { problems, .. } => {
                let problems = problems.iter().map(ToString::to_string);
                self.say(Tone::Error, problems.collect::<Vec<_>>().join("; "));
            }
            EventKind::Noted(note) => {
                let tone = match note.severity {
                    Severity::Info => Tone::Plain,
                    Severity::Warning => Tone::Warning,
                    Severity::Error => Tone::Error,
                };
                self.say(tone, note.text.clone());
            }
            _ => {}
        }
    }

    /// Says what a changed file means for what is shown, as far as it has been told.
    fn say_what_changed(&mut self, name: &ResourceName, file: &str) {
        let file = display::file_name(file);
        let dimensions = self.ledger.out_of_date();
        let stale = self.ledger.resources().iter().filter(|r| r.is_stale());
        let has_changed = self
            .ledger
            .resource(name)
            .is_some_and(|r| r.change.is_some());
        let again = if self.is_replay() {
            ""
        } else {
            " (r to rerun)"
        };
        let text = match (dimensions.as_slice(), stale.count()) {
            _ if !has_changed => format!("{file} is again what it was"),
            ([], 0) => format!("{file} changed"),
            ([], 1) => format!("{file} changed: what is in memory of it is stale"),
            ([], stale) => format!("{file} changed: {stale} resources in memory are stale"),
            ([one], _) => format!("{file} changed: {one} is out of date{again}"),
            (several, _) => format!(
                "{file} changed: {} dimensions are out of date{again}",
                several.len()
            ),
        };
        // What is said of a run that goes on comes next.
        let tone = if self.ledger.active_run().is_some() || !has_changed {
            Tone::Plain
        } else {
            Tone::Warning
        };
        self.say(tone, text);
    }

    /// Says how a run ended, unless something worse was said meanwhile.
    fn say_how_it_ended(&mut self, run: u32, seconds: f64, cancelled: bool) {
        let tone = self.message.as_ref().map_or(Tone::Plain, |m| m.tone);
        let seconds = display::seconds(seconds);
        let failed = self.gates_failed_in();
        if tone == Tone::Error {
            return;
        }
        if cancelled {
            self.say(
                Tone::Warning,
                format!("run {run} cancelled after {seconds}"),
            );
        } else if !failed.is_empty() {
            let text = format!("run {run} finished in {seconds}; gates failed in {failed}");
            self.say(Tone::Warning, text);
        } else if tone == Tone::Plain {
            self.say(Tone::Plain, format!("run {run} finished in {seconds}"));
        }
    }

    /// The dimensions of the last run in which a gate failed.
    fn gates_failed_in(&self) -> String {
        let dimensions = self
            .ledger
            .runs
            .last()
            .map_or(&[][..], |run| &run.dimensions);
        let failed = dimensions.iter().filter(|dimension| {
            let outcome = &self.ledger.dimension(**dimension).outcome;
            outcome
                .as_ref()
                .is_some_and(|o| o.status == DimensionStatus::Failed)
        });
        let names: Vec<_> = failed.map(|dimension| dimension.name()).collect();
        names.join(", ")
    }

    fn on_key(&mut self, key: KeyEvent) -> Flow {
        if self.overlay.is_some() {
            return self.on_overlay_key(key);
        }
        if key.code == KeyCode::Esc {
            self.zoomed = false;
            return Flow::Continue;
        }
        let Some((spec, nth)) = command::find(key, self.focus()) else {
            return Flow::Continue;
        };
        match (spec.available)(self) {
            Ok(()) => self.perform(spec.action, nth),
            Err(why_not) => {
                self.say(Tone::Warning, why_not);
                Flow::Continue
            }
        }
    }

    fn on_overlay_key(&mut self, key: KeyEvent) -> Flow {
        let action = command::find(key, self.focus()).map(|(spec, _)| spec.action);
        if self.overlay == Some(Overlay::ConfirmQuit) {
            let leaves = matches!(key.code, KeyCode::Char('y' | 'Y') | KeyCode::Enter)
                || action == Some(Action::Quit);
            self.overlay = None;
            return if leaves { self.leave() } else { Flow::Continue };
        }
        let closes = matches!(key.code, KeyCode::Esc | KeyCode::Enter | KeyCode::Char('q'))
            || action == Some(Action::Help)
            || self.overlay == Some(Overlay::Plan) && action == Some(Action::ShowPlan);
        if closes {
            self.overlay = None;
        } else if let Some(action) = action {
            return self.perform_on_overlay(action);
        }
        Flow::Continue
    }

    /// Lays the screen out and brings every cursor into sight.
    fn settle(&mut self, area: Rect) {
        self.layout = Layout::of(area, &self.recent, self.zoomed);
        let height = |layout: &Layout, panel| {
            let placed = layout.place_of(panel);
            placed.map_or(0, |placed| usize::from(placed.inner().height))
        };
        let rows = height(&self.layout, Panel::Resources);
        if rows > 0 {
            self.tree.fit(rows, &self.ledger);
        }
        self.tree.list.settle(self.tree.rows().len(), rows);
        let rows = self.layout.place_of(Panel::Cache).map_or(0, |placed| {
            usize::from(view::lookups_area(placed.inner()).height)
        });
        self.lookups.settle(self.cache_lookups.len(), rows);
        if let Some(placed) = self.layout.place_of(Panel::Results) {
            let inner = placed.inner();
            let lines = view::results_height(self, inner);
            let most = lines.saturating_sub(usize::from(inner.height));
            self.results_scroll = self.results_scroll.min(most);
        }
        if self.overlay.is_some() {
            self.overlay_scroll = self.overlay_scroll.min(view::overlay_overflow(self));
        }
    }
}
