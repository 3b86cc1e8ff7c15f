//! Two sessions on one screen and one time axis: first as they run, then once more slowly, with words.
//!
//! - [`Race`]: the state, and what keys do to it
//! - `picture`: what it looks like
//! - `digits`: figures that are read from afar

mod digits;
mod picture;

use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::Frame;

use super::app_loop::{self, App, Exit, Flow, Input, TerminalError, Wire};
use super::draw::glyphs::Glyphs;
use super::draw::theme::{Colours, Theme};
use super::screen::Options;
use super::terminal;
use crate::event::{Event, EventKind};
use crate::explain::race::Taken;
use crate::ledger::Ledger;
use crate::log::{Log, NoEvent, Subscription};
use crate::vocabulary::Problem;

/// Time from one frame to the next.
const TICK: Duration = Duration::from_millis(100);
/// Seconds of both showings together, of which the first takes as long as it takes.
const TOGETHER: f64 = 60.0;
/// The slow one takes no less.
const LEAST_SHOWING: f64 = 24.0;

/// Starts both sessions, the eager one first; again and again, each time ending those before.
pub trait Start {
    /// Their logs.
    fn start(&mut self) -> Result<Vec<Subscription>, Problem>;
}

/// What stands at the head.
#[derive(Clone, Debug, Default)]
pub struct Titles {
    /// What is asked about.
    pub data: String,
    /// What each session is, in a line; eager first.
    pub sides: [String; 2],
}

/// One of the two.
#[derive(Debug, Default)]
struct Side {
    events: Vec<Event>,
    /// Folded up to the moment that is shown.
    ledger: Ledger,
    /// Events that are.
    folded: usize,
    log: Option<Subscription>,
}

impl Side {
    /// Takes in what has come.
    fn listen(&mut self) {
        while let Some(log) = &mut self.log {
            match log.try_next() {
                Ok(event) => self.events.push((*event).clone()),
                Err(NoEvent::Yet) => return,
                Err(NoEvent::Ended | NoEvent::Lost(_)) => self.log = None,
            }
        }
    }

    /// When an event was, from the start of the process.
    fn time_of(&self, event: &Event) -> f64 {
        event.t + self.ledger.process_seconds
    }

    fn fold_to(&mut self, clock: f64) {
        while let Some(event) = self.events.get(self.folded) {
            if self.time_of(event) > clock {
                return;
            }
            self.ledger.apply(event);
            self.folded += 1;
        }
    }

    fn begin_again(&mut self) {
        self.ledger = Ledger::default();
        self.folded = 0;
    }

    fn end(&self) -> f64 {
        self.events.last().map_or(0.0, |event| self.time_of(event))
    }

    /// The highest resident set of all that has come, shown yet or not.
    fn peak(&self) -> u64 {
        let samples = self.events.iter().filter_map(|event| match &event.kind {
            EventKind::MemorySampled(sample) => Some(sample.peak_rss_bytes),
            _ => None,
        });
        samples.max().unwrap_or(0)
    }

    fn taken(&self, clock: f64) -> Taken {
        Taken::of(&self.ledger, clock)
    }
}

/// What is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    /// As it runs.
    Live(Instant),
    /// What was, so many times as fast.
    Again { speed: f64, is_paused: bool },
    /// The end of it.
    Over,
}

/// The two and what is shown of them.
pub struct Race {
    titles: Titles,
    sides: [Side; 2],
    start: Option<Box<dyn Start>>,
    phase: Phase,
    /// Seconds since both began, at the moment that is shown.
    clock: f64,
    problem: Option<String>,
    theme: Theme,
    glyphs: &'static Glyphs,
    ticks: u64,
    is_dirty: bool,
}

impl Race {
    /// Of sessions that are started now.
    pub fn live(titles: Titles, options: Options, start: Box<dyn Start>) -> Result<Self, Problem> {
        let mut race = Self::of(titles, options);
        race.start = Some(start);
        race.run()?;
        Ok(race)
    }

    /// Of what was recorded: the eager one first.
    pub fn recorded(titles: Titles, options: Options, events: Vec<Vec<Event>>) -> Self {
        let mut race = Self::of(titles, options);
        for (side, events) in race.sides.iter_mut().zip(events) {
            side.events = events;
        }
        race.play(1.0);
        race
    }

    fn of(titles: Titles, options: Options) -> Self {
        Self {
            titles,
            sides: Default::default(),
            start: None,
            phase: Phase::Over,
            clock: 0.0,
            problem: None,
            theme: options.theme(&Colours::default()),
            glyphs: options.glyphs(),
            ticks: 0,
            is_dirty: true,
        }
    }

    /// What both have told, the eager one first.
    pub fn into_events(self) -> Vec<Vec<Event>> {
        self.sides.into_iter().map(|side| side.events).collect()
    }

    /// Are both over, so that they can be kept?
    pub fn is_whole(&self) -> bool {
        let mut sides = self.sides.iter();
        sides.all(|side| side.log.is_none() && !side.events.is_empty())
    }

    /// Shows the end of it.
    pub fn skip_to_end(&mut self) {
        self.sides.iter_mut().for_each(Side::listen);
        self.clock = self.length();
        for side in &mut self.sides {
            side.fold_to(f64::INFINITY);
        }
        self.phase = Phase::Over;
        self.is_dirty = true;
    }

    /// Shows the moment at so many seconds.
    pub fn skip_to(&mut self, seconds: f64) {
        self.play(1.0);
        self.go_on(seconds);
    }

    fn run(&mut self) -> Result<(), Problem> {
        let Some(start) = &mut self.start else {
            self.play(1.0);
            return Ok(());
        };
        let began = Instant::now();
        let logs = start.start()?;
        self.sides = Default::default();
        for (side, log) in self.sides.iter_mut().zip(logs) {
            side.log = Some(log);
        }
        self.clock = 0.0;
        self.phase = Phase::Live(began);
        Ok(())
    }

    fn play(&mut self, speed: f64) {
        self.sides.iter_mut().for_each(Side::begin_again);
        self.clock = 0.0;
        self.phase = Phase::Again {
            speed,
            is_paused: false,
        };
    }

    /// Seconds from the start of both to the end of the last.
    fn length(&self) -> f64 {
        self.sides.iter().map(Side::end).fold(0.0, f64::max)
    }

    fn go_on(&mut self, clock: f64) {
        self.clock = clock;
        for side in &mut self.sides {
            side.fold_to(clock);
        }
    }

    fn play_slowly(&mut self) {
        let length = self.length();
        for side in &mut self.sides {
            side.fold_to(f64::INFINITY);
        }
        let showing = (TOGETHER - length).max(LEAST_SHOWING);
        self.play((length / showing).clamp(0.05, 1.0));
    }

    fn on_key(&mut self, code: KeyCode, modifiers: KeyModifiers) -> Flow {
        match code {
            KeyCode::Char('q') | KeyCode::Esc => return Flow::Quit,
            KeyCode::Char('c') if modifiers == KeyModifiers::CONTROL => return Flow::Quit,
            KeyCode::Char('r') => {
                self.problem = self.run().err().map(|problem| problem.to_string());
            }
            KeyCode::Char('s') if self.is_whole() => self.play_slowly(),
            KeyCode::Char(' ') => {
                if let Phase::Again { is_paused, .. } = &mut self.phase {
                    *is_paused = !*is_paused;
                }
            }
            KeyCode::Char('l') if modifiers == KeyModifiers::CONTROL => return Flow::Repaint,
            _ => {}
        }
        Flow::Continue
    }
}

impl App for Race {
    fn on_event(&mut self, _: &Event) {}

    fn on_input(&mut self, input: Input) -> Flow {
        self.is_dirty = true;
        match input {
            Input::Key(key) => self.on_key(key.code, key.modifiers),
            Input::Signal(_) => Flow::Quit,
            _ => Flow::Continue,
        }
    }

    fn draw(&mut self, frame: &mut Frame<'_>) {
        let area = frame.area();
        picture::draw(self, frame.buffer_mut(), area);
        self.is_dirty = false;
    }

    fn is_dirty(&self) -> bool {
        self.is_dirty
    }

    fn next_tick(&self) -> Option<Duration> {
        match self.phase {
            Phase::Live(_)
            | Phase::Again {
                is_paused: false, ..
            } => Some(TICK),
            Phase::Again { .. } | Phase::Over => None,
        }
    }

    fn on_tick(&mut self) {
        self.ticks += 1;
        self.is_dirty = true;
        match self.phase {
            Phase::Live(began) => {
                self.sides.iter_mut().for_each(Side::listen);
                let clock = began.elapsed().as_secs_f64();
                self.clock = clock;
                // What has been heard has happened.
                for side in &mut self.sides {
                    side.fold_to(f64::INFINITY);
                }
                if self.is_whole() {
                    self.clock = self.length();
                    self.play_slowly();
                }
            }
            Phase::Again { speed, .. } => {
                let clock = self.clock + TICK.as_secs_f64() * speed;
                self.go_on(clock);
                if clock >= self.length() {
                    self.skip_to_end();
                }
            }
            Phase::Over => {}
        }
    }
}

/// Shows the two until the user leaves.
pub fn run(race: &mut Race, options: terminal::Options) -> Result<Exit, TerminalError> {
    let wire = Wire {
        events: Log::of([]).subscribe(),
        commands: None,
        config: None,
    };
    app_loop::run(race, wire, options)
}
