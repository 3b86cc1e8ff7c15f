//! How the loop drives the screen: events come in, keys come in, frames go out.

use std::path::PathBuf;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Frame;

use super::{REPLAY_TICKS, Screen, Source, TICK};
use crate::display;
use crate::event::Event;
use crate::settings::SettingsError;
use crate::tui::app_loop::{App, End, Flow, Input};
use crate::tui::command::Action;
use crate::tui::config::Config;
use crate::tui::overlay::{Overlaid, Reply};
use crate::tui::terminal::LinkFigures;
use crate::vocabulary::Note;

impl App for Screen {
    fn on_event(&mut self, event: &Event) {
        self.scene.ledger.apply(event);
        self.scene.ticks_since_event = 0;
        if self.scene.past.is_none() {
            self.follow();
        }
        self.is_dirty = true;
    }

    fn is_over(&self) -> bool {
        // The caller says why, on the terminal that the user had before.
        let refused = self.scene.ledger.refused.is_some();
        (refused || self.scene.end.is_some()) && self.scene.source == Source::Session
    }

    fn on_input(&mut self, input: Input) -> Flow {
        self.is_dirty = true;
        match input {
            Input::Key(key) => self.on_key(key),
            Input::Mouse(mouse) => self.on_mouse(mouse),
            Input::Signal(_) => Flow::Quit,
            Input::Paste(text) => {
                if self.paste(&text) {
                    return Flow::Continue;
                }
                let count = display::count(text.chars().count() as u64);
                self.remark(Note::info(format!(
                    "pasted text ignored: {count} characters"
                )));
                Flow::Continue
            }
            Input::Resize(..) | Input::Shown => Flow::Continue,
        }
    }

    fn on_saved(&mut self, saved: Result<PathBuf, String>) {
        self.remark(match saved {
            Ok(path) => Note::info(format!("the screen is in {}", path.display())),
            Err(why) => Note::error(format!("the screen could not be saved: {why}")),
        });
        self.is_dirty = true;
    }

    fn on_config(&mut self, config: Result<Config, SettingsError>) {
        let said = match config {
            Ok(config) => {
                self.configure(config);
                Note::info("the settings of the screen were read again")
            }
            Err(error) => Note::error(error.in_one_line()),
        };
        self.remark(said);
        self.is_dirty = true;
    }

    fn on_link(&mut self, link: LinkFigures) {
        self.scene.link = self.scene.shows_link.then(|| link_words(link));
    }

    fn on_end(&mut self, end: End) {
        if let Some(lost) = end.lost() {
            self.remark(Note::error(lost));
        }
        self.scene.end = Some(end);
        self.is_dirty = true;
    }

    fn draw(&mut self, frame: &mut Frame<'_>) {
        self.settle(frame.area());
        self.picture(frame.buffer_mut());
        frame.set_cursor_position(self.cursor());
        self.is_dirty = false;
    }

    fn is_dirty(&self) -> bool {
        self.is_dirty
    }

    fn next_tick(&self) -> Option<Duration> {
        if self.scene.awaits_curves {
            return Some(TICK);
        }
        if self.scene.past.is_some() {
            return self.scene.plays().then_some(TICK);
        }
        let spent = self.is_replay() && self.scene.ticks_since_event >= REPLAY_TICKS;
        (self.scene.ledger.is_busy() && !spent).then_some(TICK)
    }

    fn on_tick(&mut self) {
        self.look_for_curves();
        self.scene.ticks += 1;
        if self.scene.plays() {
            self.play_on();
        } else if self.scene.ledger.is_busy() {
            self.scene.ticks_since_event += 1;
        }
        self.is_dirty = true;
    }
}

/// Time of a frame, bytes a second, and how far the terminal is behind.
fn link_words(link: LinkFigures) -> String {
    let milliseconds = |time: Duration| format!("{:.1} ms", 1e3 * time.as_secs_f64());
    let words = format!(
        "frame {}, {}/s",
        milliseconds(link.frame),
        display::bytes(link.bytes_a_second as u64)
    );
    match link.lag {
        Some(lag) => format!("{words}, lag {}", milliseconds(lag)),
        None => words,
    }
}

impl Screen {
    fn on_key(&mut self, key: KeyEvent) -> Flow {
        let mut found = self.scene.keymap.find(key, self.focus());
        if self.is_blind() {
            // What would happen cannot be seen.
            found = found.filter(|(action, _)| *action == Action::Quit);
            self.scene.overlay = self.scene.overlay.take().filter(Overlaid::asks);
        }
        if let Some(overlaid) = &self.scene.overlay {
            let action = found.map(|(action, _)| action);
            let reply = overlaid.what.reply(key, action, &self.view());
            return self.on_reply(reply);
        }
        if let Some(prompt) = self.scene.prompt.take() {
            let leaves = found.filter(|(action, _)| *action == Action::Quit);
            let Some((action, nth)) =
                leaves.filter(|_| key.modifiers.contains(KeyModifiers::CONTROL))
            else {
                return self.on_prompt_key(prompt, key);
            };
            return self.obey(action, nth);
        }
        if key.code == KeyCode::Esc {
            // One thing after the other.
            if !self.show_all() && !std::mem::take(&mut self.scene.zoomed) {
                self.back_to_now();
            }
            return Flow::Continue;
        }
        found.map_or(Flow::Continue, |(action, nth)| self.obey(action, nth))
    }

    /// Is the terminal too small to show anything?
    fn is_blind(&self) -> bool {
        let layout = &self.scene.layout;
        !layout.area.is_empty() && !layout.is_usable()
    }

    fn on_reply(&mut self, reply: Reply) -> Flow {
        match reply {
            Reply::Stay => {}
            Reply::Close => self.scene.overlay = None,
            Reply::Leave => return Flow::Quit,
            Reply::Choose(choice) => return self.choose(choice),
            Reply::Do(action) => return self.obey(action, 0),
            Reply::LookAt(seconds) => self.look_at_time(seconds),
            Reply::Save(name) => {
                self.scene.overlay = None;
                let content = self.saved_as(&name);
                return Flow::Save { name, content };
            }
            Reply::GoTo(panel, dimension) => {
                self.scene.overlay = None;
                self.leave_a_trail();
                if let Some(dimension) = dimension {
                    self.turn_to(dimension);
                }
                self.focus_on(panel);
            }
            Reply::Show(overlay) => self.lay_over(overlay),
            Reply::Scroll(action) => {
                let page = usize::from(self.scene.layout.area.height / 2);
                if let Some(overlaid) = &mut self.scene.overlay {
                    overlaid.scroll(action, page);
                }
            }
        }
        Flow::Continue
    }
}
