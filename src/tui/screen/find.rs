//! Looking for something: the line in which a filter is typed, and the way back from a jump.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::Screen;
use crate::display::clean;
use crate::tui::app_loop::Flow;
use crate::tui::draw::{Pen, View, text};
use crate::tui::find::Filter;
use crate::tui::layout::PanelName;
use crate::tui::panel::{Spot, Step};
use crate::vocabulary::Dimension;

/// Jumps that one can go back from.
const LONGEST_TRAIL: usize = 64;
/// Letters of a filter; nobody types more.
const LONGEST_FILTER: usize = 200;
/// What ends the line.
const KEYS: &str = "enter keeps it, esc clears it";

/// The line in which a filter is typed: it filters as it is typed.
#[derive(Debug)]
pub(super) struct Prompt {
    /// Whose rows are filtered.
    panel: PanelName,
    /// As typed so far.
    text: String,
}

impl Prompt {
    fn add(&mut self, words: &str) {
        let room = LONGEST_FILTER.saturating_sub(self.text.len());
        self.text.extend(clean(words).chars().take(room));
    }
}

/// Where a jump began.
#[derive(Debug)]
pub(super) struct Place {
    panel: PanelName,
    spot: Option<Spot>,
    dimension: Dimension,
}

impl Screen {
    /// Opens the line for the panel that has the focus.
    pub(super) fn begin_to_find(&mut self) {
        let panel = self.focus();
        let filter = self.panels.get(panel).filter();
        let text = filter.map_or_else(String::new, |filter| filter.text().to_owned());
        self.scene.prompt = Some(Prompt { panel, text });
    }

    /// A key while the line is open.
    pub(super) fn on_prompt_key(&mut self, mut prompt: Prompt, key: KeyEvent) -> Flow {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Enter => return self.find(prompt.panel, &prompt.text),
            KeyCode::Esc => return self.find(prompt.panel, ""),
            KeyCode::Char('u') if control => prompt.text.clear(),
            KeyCode::Char('w') if control => {
                let words = prompt.text.trim_end();
                let end = words.rfind(' ').map_or(0, |blank| blank + 1);
                prompt.text.truncate(end);
            }
            KeyCode::Backspace => drop(prompt.text.pop()),
            KeyCode::Char(letter) if !control => {
                prompt.add(&letter.to_string());
            }
            // The cursor moves among what is left.
            KeyCode::Up | KeyCode::Down | KeyCode::PageUp | KeyCode::PageDown => {
                let found = self.scene.keymap.find(key, prompt.panel);
                self.scene.prompt = Some(prompt);
                return found.map_or(Flow::Continue, |(action, nth)| self.obey(action, nth));
            }
            _ => {}
        }
        let flow = self.find(prompt.panel, &prompt.text);
        self.scene.prompt = Some(prompt);
        flow
    }

    /// Text that was pasted while the line is open; false when it is not.
    pub(super) fn paste(&mut self, words: &str) -> bool {
        let Some(mut prompt) = self.scene.prompt.take() else {
            return false;
        };
        prompt.add(words);
        self.find(prompt.panel, &prompt.text);
        self.scene.prompt = Some(prompt);
        true
    }

    fn find(&mut self, panel: PanelName, words: &str) -> Flow {
        let filter = Filter::of(words);
        self.on_panel(panel, |panel, view| {
            panel.find(filter, view);
            Step::Done
        })
    }

    /// Shows every row again; false where they are all there.
    pub(super) fn show_all(&mut self) -> bool {
        let panel = self.focus();
        let filter = self.panels.get(panel).filter();
        let is_filtered = filter.is_some_and(|filter| !filter.is_empty());
        if is_filtered {
            self.find(panel, "");
        }
        is_filtered
    }

    /// Remembers where the cursor is, to come back.
    pub(super) fn leave_a_trail(&mut self) {
        let panel = self.focus();
        let dimension = self.dimension();
        let spot = self.panels.get(panel).spot(&self.scene.view(dimension));
        self.scene.trail.push(Place {
            panel,
            spot,
            dimension,
        });
        if self.scene.trail.len() > LONGEST_TRAIL {
            self.scene.trail.remove(0);
        }
    }

    /// Goes to a row of a panel.
    pub(super) fn jump_to(&mut self, panel: PanelName, spot: &Spot) -> Flow {
        self.leave_a_trail();
        self.focus_on(panel);
        self.go_to(panel, spot)
    }

    fn go_to(&mut self, panel: PanelName, spot: &Spot) -> Flow {
        self.on_panel(panel, |panel, view| {
            panel.go_to(spot, view);
            Step::Done
        })
    }

    /// Goes back to where the last jump began.
    pub(super) fn jump_back(&mut self) -> Flow {
        let Some(place) = self.scene.trail.pop() else {
            return Flow::Continue;
        };
        if matches!(place.panel, PanelName::Dimensions | PanelName::Results) {
            self.turn_to(place.dimension);
        }
        self.focus_on(place.panel);
        match &place.spot {
            Some(spot) => self.go_to(place.panel, spot),
            None => Flow::Continue,
        }
    }
}

/// Draws the line.
pub(super) fn draw(view: &View<'_>, prompt: &Prompt, buffer: &mut Buffer, area: Rect) {
    let theme = view.theme;
    let mut pen = Pen::new(buffer, view.glyphs, area, 0);
    pen.skip(1).put("/", theme.accent);
    let room = pen.room().saturating_sub(text::width(KEYS) + 4);
    // What was typed last stays in sight.
    let hidden = prompt.text.chars().count().saturating_sub(room);
    let shown: String = prompt.text.chars().skip(hidden).collect();
    pen.put(&shown, theme.strong);
    let cursor = theme.text.add_modifier(ratatui::style::Modifier::REVERSED);
    pen.put(" ", cursor);
    pen.skip_to_last(text::width(KEYS) + 1).put(KEYS, theme.dim);
}

/// Where the next letter will be.
pub(super) fn cursor(prompt: &Prompt, area: Rect) -> Position {
    let columns = text::width(&prompt.text) as u16 + 2;
    Position::new(area.x + columns.min(area.width.saturating_sub(1)), area.y)
}
