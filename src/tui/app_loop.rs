//! The loop of the UI: wait for anything, drain everything, draw at most once.
//!
//! Nothing is armed while nothing moves: an idle UI sleeps without a timeout and writes nothing.
//!
//! Keys act in order on what is true then: after a command the next key waits, for a moment, until
//! what the command led to has been taken in.

use std::collections::VecDeque;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Select, Sender, TryRecvError, never};
use crossterm::event::{KeyCode, KeyModifiers};

use super::config::{Config, ConfigFile};
use super::terminal::pace::Pace;
use super::terminal::{LinkFigures, Notice, Tty};
use crate::event::{Command, Event};
use crate::files;
use crate::log::{NoEvent, Subscription};
use crate::settings::SettingsError;

pub use super::terminal::{Input, Options, TerminalError};

/// Longest time that events are taken in before the screen gets a chance to show them.
const DRAIN: Duration = Duration::from_millis(10);

/// How long after an input the frames count as its answer.
const ANSWER: Duration = Duration::from_millis(30);

/// How long a key waits at most for what the commands before it lead to: it may rest on that.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the loop drives: the state of the screen.
pub trait App {
    /// Takes in something that the engine did. All events come, in order.
    fn on_event(&mut self, event: &Event);

    /// Is there nothing left to show? Asked after every event and at their end.
    fn is_over(&self) -> bool {
        false
    }

    /// Takes in something that the user or the system did. After an [`Input::Signal`] the loop
    /// ends whatever the answer is.
    fn on_input(&mut self, input: Input) -> Flow;

    /// Takes in that the screen was saved, and where; or why it was not.
    fn on_saved(&mut self, _saved: Result<PathBuf, String>) {}

    /// Takes in that the user's own settings of the screen have changed; or what is wrong with them.
    fn on_config(&mut self, _config: Result<Config, SettingsError>) {}

    /// Takes in what the link to the terminal does; asked before every frame.
    fn on_link(&mut self, _link: LinkFigures) {}

    /// Takes in that no more events will come.
    fn on_end(&mut self, _end: End) {}

    /// Draws the whole screen.
    fn draw(&mut self, frame: &mut ratatui::Frame<'_>);

    /// Does the screen differ from what was drawn last? `draw` makes this false.
    fn is_dirty(&self) -> bool;

    /// Time from one tick to the next while something moves by itself, such as an elapsed time;
    /// none otherwise, and then the loop sleeps.
    fn next_tick(&self) -> Option<Duration>;

    /// Moves what moves by itself.
    fn on_tick(&mut self);
}

/// Why no more events will come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The log is over.
    Over,
    /// It cannot be read on, for this reason.
    Lost(String),
}

impl End {
    /// Why the log cannot be read on, where that is it.
    pub fn lost(&self) -> Option<&str> {
        match self {
            Self::Over => None,
            Self::Lost(why) => Some(why),
        }
    }
}

/// What the loop does after an input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Flow {
    /// Go on.
    #[default]
    Continue,
    /// Leave the loop.
    Quit,
    /// Give these commands to the session, in order.
    Give(Vec<Command>),
    /// Draw every cell anew, for a screen that something else has written on.
    Repaint,
    /// Write the screen to a new file.
    Save {
        /// Its name; where there is a file of this name, a number is added.
        name: String,
        /// What it holds.
        content: Vec<u8>,
    },
    /// Put the text on the clipboard of the user's terminal (OSC 52).
    Copy(String),
    /// Switch mouse reports on or off; off lets the terminal select text.
    ToggleMouse,
}

/// Why the loop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The app asked for it.
    Quit,
    /// This signal arrived, or the terminal hung up (SIGHUP).
    Signal(i32),
}

impl Exit {
    /// The exit code that a shell expects.
    pub const fn code(self) -> i32 {
        match self {
            Self::Quit => 0,
            Self::Signal(signal) => 128 + signal,
        }
    }
}

/// The two ends of what is shown: what happens there, and where commands go.
#[derive(Debug)]
pub struct Wire {
    /// What happens. Its end is no end of the loop: a replay goes on being looked at.
    pub events: Subscription,
    /// Where commands go; none where nobody takes any.
    pub commands: Option<Orders>,
    /// The user's own settings of the screen, where there is a place for them.
    pub config: Option<ConfigFile>,
}

/// The way to whoever obeys.
#[derive(Debug)]
pub struct Orders {
    /// Where commands go.
    pub sender: Sender<Command>,
    /// Tells of every command, once what it leads to is among the events.
    pub obeyed: Receiver<()>,
}

/// Shows `app` on the terminal until it quits or a signal ends it. The first frame is drawn before
/// anything is received.
pub fn run<A: App>(app: &mut A, wire: Wire, options: Options) -> Result<Exit, TerminalError> {
    let mut looping = Loop {
        app,
        wake: wire.events.wake().clone(),
        wire,
        tty: Tty::enter(options)?,
        pace: Pace::new(Instant::now(), options.is_remote),
        urgent_until: Some(Instant::now() + ANSWER),
        last_tick: None,
        has_ended: false,
        obeyed: never(),
        unanswered: 0,
        patient_until: Instant::now(),
        held: VecDeque::new(),
    };
    if let Some(orders) = &looping.wire.commands {
        looping.obeyed = orders.obeyed.clone();
    }
    looping.draw(Instant::now());
    looping.tty.listen()?;
    Ok(looping.run())
}

/// Writes to a file that was not there before; its name.
fn save(name: &str, content: &[u8]) -> io::Result<PathBuf> {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, "svg"));
    let numbered = (2..).map(|number: u32| format!("{stem}-{number}.{ending}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    let is_free = |name: &String| fs::symlink_metadata(name).is_err();
    let name = names.find(is_free).ok_or(io::ErrorKind::AlreadyExists)?;
    let path = PathBuf::from(name);
    files::write_whole(&path, content)?;
    Ok(path)
}

fn is_ctrl_c(input: &Input) -> bool {
    let Input::Key(key) = input else {
        return false;
    };
    key.code == KeyCode::Char('c') && key.modifiers == KeyModifiers::CONTROL
}

struct Loop<'a, A> {
    app: &'a mut A,
    wire: Wire,
    /// Ready when there are events to take in; never again after the last.
    wake: Receiver<()>,
    tty: Tty,
    pace: Pace,
    /// Until then frames answer an input: its effect may come back from the engine a moment later.
    urgent_until: Option<Instant>,
    /// When the app last ticked; none while it has nothing that moves.
    last_tick: Option<Instant>,
    /// Has the app been told that there are no more events?
    has_ended: bool,
    /// Ready when a command has been obeyed.
    obeyed: Receiver<()>,
    /// Commands that have not been yet.
    unanswered: usize,
    /// Until then what the user does waits for them.
    patient_until: Instant,
    /// What waits.
    held: VecDeque<Input>,
}

impl<A: App> Loop<'_, A> {
    fn run(&mut self) -> Exit {
        loop {
            if let Some(exit) = self.drain() {
                return exit;
            }
            let now = Instant::now();
            let tick_at = self.tick(now);
            let draw_at = self.draw_if_due(now);
            let patient_until = (!self.held.is_empty()).then_some(self.patient_until);
            let times = tick_at.into_iter().chain(draw_at).chain(patient_until);
            self.wait(times.min());
        }
    }

    /// Takes in all that has arrived, what the user did first.
    fn drain(&mut self) -> Option<Exit> {
        let started = Instant::now();
        loop {
            if let Ok(notice) = self.tty.notices().try_recv() {
                if let Some(exit) = self.on_notice(notice) {
                    return Some(exit);
                }
            } else {
                match self.wire.events.try_next() {
                    Ok(event) => {
                        self.app.on_event(&event);
                        if self.app.is_over() {
                            return Some(Exit::Quit);
                        }
                    }
                    Err(no_event) => {
                        if self.hears_the_end(&no_event) {
                            return Some(Exit::Quit);
                        }
                        if self.hears_of_a_command() {
                            // What it led to may have come since.
                            continue;
                        }
                        let input = self.next_held()?;
                        if let Some(exit) = self.on_input(input) {
                            return Some(exit);
                        }
                    }
                }
            }
            if started.elapsed() >= DRAIN {
                return None;
            }
        }
    }

    /// Takes in that there will be no more events; is there nothing left to show then?
    fn hears_the_end(&mut self, no_event: &NoEvent) -> bool {
        let end = match no_event {
            NoEvent::Yet => return false,
            NoEvent::Ended => End::Over,
            NoEvent::Lost(error) => End::Lost(error.to_string()),
        };
        if std::mem::replace(&mut self.has_ended, true) {
            return false;
        }
        self.wake = never();
        self.app.on_end(end);
        self.app.is_over()
    }

    /// Has another command been obeyed?
    fn hears_of_a_command(&mut self) -> bool {
        match self.obeyed.try_recv() {
            Ok(()) => {
                self.unanswered = self.unanswered.saturating_sub(1);
                true
            }
            Err(TryRecvError::Empty) => false,
            Err(TryRecvError::Disconnected) => {
                // Nobody obeys any more.
                self.unanswered = 0;
                self.obeyed = never();
                false
            }
        }
    }

    /// What the user did next, once the commands before it have been obeyed.
    fn next_held(&mut self) -> Option<Input> {
        if self.unanswered > 0 && Instant::now() < self.patient_until {
            return None;
        }
        self.held.pop_front()
    }

    fn on_notice(&mut self, notice: Notice) -> Option<Exit> {
        match notice {
            Notice::Input(Input::Key(key))
                if key.code == KeyCode::Char('z') && key.modifiers == KeyModifiers::CONTROL =>
            {
                self.suspend(true);
            }
            Notice::Input(Input::Shown) => self.tty.answered(),
            Notice::Input(input) => {
                let waits = self.unanswered > 0 || !self.held.is_empty();
                if waits && !is_ctrl_c(&input) {
                    self.held.push_back(input);
                } else {
                    return self.on_input(input);
                }
            }
            Notice::Resized => self.on_resize(),
            Notice::StopRequested => self.suspend(false),
            Notice::Continued => {
                self.tty.reclaim();
                self.after_absence();
            }
            Notice::Ending(signal) => {
                self.app.on_input(Input::Signal(signal));
                return Some(Exit::Signal(signal));
            }
            Notice::Broken => self.tty.hang_up(),
            Notice::Writable => {}
        }
        None
    }

    fn on_input(&mut self, input: Input) -> Option<Exit> {
        self.urgent_until = Some(Instant::now() + ANSWER);
        // Nobody edits the file and sits still: the next key is soon enough, and an idle screen has
        // no need to look.
        if let Some(config) = self.wire.config.as_mut().and_then(ConfigFile::changed) {
            self.app.on_config(config);
        }
        match self.app.on_input(input) {
            Flow::Continue => {}
            Flow::Quit => return Some(Exit::Quit),
            Flow::Give(commands) => self.give(commands),
            Flow::Repaint => self.tty.repaint(),
            Flow::Save { name, content } => {
                let saved = save(&name, &content).map_err(|error| error.to_string());
                self.app.on_saved(saved);
            }
            Flow::Copy(text) => self.tty.copy(&text),
            Flow::ToggleMouse => self.tty.toggle_mouse(),
        }
        None
    }

    fn give(&mut self, commands: Vec<Command>) {
        let Some(orders) = &self.wire.commands else {
            return;
        };
        for command in commands {
            if orders.sender.send(command).is_err() {
                // The end of the log says so.
                return;
            }
            self.unanswered += 1;
            self.patient_until = Instant::now() + PATIENCE;
        }
    }

    fn on_resize(&mut self) {
        if let Some((columns, rows)) = self.tty.resized() {
            self.urgent_until = Some(Instant::now() + ANSWER);
            self.app.on_input(Input::Resize(columns, rows));
        }
    }

    fn suspend(&mut self, whole_job: bool) {
        self.tty.suspend(whole_job);
        self.after_absence();
    }

    /// The window may have another size than before we were stopped.
    fn after_absence(&mut self) {
        self.urgent_until = Some(Instant::now() + ANSWER);
        self.on_resize();
    }

    /// Ticks the app when its time has come; returns when the next tick is due.
    fn tick(&mut self, now: Instant) -> Option<Instant> {
        let Some(every) = self.app.next_tick() else {
            self.last_tick = None;
            return None;
        };
        let last = *self.last_tick.get_or_insert(now);
        if now < last + every {
            return Some(last + every);
        }
        self.app.on_tick();
        self.last_tick = Some(now);
        self.app.next_tick().map(|every| now + every)
    }

    /// Draws when there is something to show and the terminal keeps up; returns when to come back.
    fn draw_if_due(&mut self, now: Instant) -> Option<Instant> {
        let is_behind = self.tty.is_behind();
        if !self.app.is_dirty() && !self.tty.needs_repaint() && !is_behind {
            return None;
        }
        if !self.tty.is_free() {
            // A `Notice::Writable` comes when the last frame is out; those between are dropped.
            return None;
        }
        if let Some(until) = self.tty.busy_until(now) {
            // So does the terminal's answer when it has shown it.
            return Some(until);
        }
        // The rest of a frame that was cut has waited for the link alone.
        let is_urgent = is_behind || self.urgent_until.is_some_and(|until| now < until);
        let due = self.pace.due(is_urgent);
        if due > now {
            return Some(due);
        }
        self.draw(now);
        None
    }

    fn draw(&mut self, now: Instant) {
        let link = self.tty.link();
        let app = &mut *self.app;
        app.on_link(link);
        self.tty.draw(|frame| app.draw(frame));
        self.pace.drawn(now);
    }

    fn wait(&self, until: Option<Instant>) {
        let mut select = Select::new();
        select.recv(self.tty.notices());
        select.recv(&self.wake);
        select.recv(&self.obeyed);
        match until {
            Some(until) => drop(select.ready_deadline(until)),
            None => drop(select.ready()),
        }
    }
}
