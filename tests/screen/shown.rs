//! A screen with a log folded into it, on a terminal that is a buffer.

use std::cell::Cell;

use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use lazydebugger::event::{Command, Event};
use lazydebugger::tui::app_loop::{App, Flow, Input};
use lazydebugger::tui::key::Key;
use lazydebugger::tui::screen::{Options, Screen, Source};
use lazydebugger::tui::theme::ThemeName;
use ratatui::backend::TestBackend;
use ratatui::{Terminal, buffer::Buffer};

pub(crate) fn events(log: &str) -> Vec<Event> {
    log.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

pub(crate) struct Shown {
    pub(crate) screen: Screen,
    pub(crate) terminal: Terminal<TestBackend>,
    given: Cell<Vec<Command>>,
    pub(crate) last: Flow,
}

impl Shown {
    /// A live session as of a moment.
    pub(crate) fn live((columns, rows): (u16, u16), log: &str, until: f64) -> Self {
        let options = Options {
            theme: ThemeName::Dark,
            colours: true,
            unicode: true,
        };
        Self::new(
            Screen::new(options, Source::Session),
            (columns, rows),
            log,
            until,
        )
    }

    pub(crate) fn new(screen: Screen, (columns, rows): (u16, u16), log: &str, until: f64) -> Self {
        let mut shown = Self {
            screen,
            terminal: Terminal::new(TestBackend::new(columns, rows)).unwrap(),
            given: Cell::default(),
            last: Flow::Continue,
        };
        for event in events(log).into_iter().filter(|event| event.t <= until) {
            shown.screen.on_event(&event);
        }
        shown.draw();
        shown
    }

    pub(crate) fn draw(&mut self) {
        let screen = &mut self.screen;
        self.terminal.draw(|frame| screen.draw(frame)).unwrap();
    }

    /// Presses keys, by name, separated by blanks.
    pub(crate) fn keys(mut self, keys: &str) -> Self {
        for name in keys.split_whitespace() {
            let key = Key::named(name).unwrap_or_else(|| panic!("no key {name}"));
            self.input(Input::Key(key.event()));
        }
        self
    }

    pub(crate) fn mouse(&mut self, kind: MouseEventKind, (column, row): (u16, u16)) {
        self.input(Input::Mouse(MouseEvent {
            kind,
            column,
            row,
            modifiers: KeyModifiers::NONE,
        }));
    }

    fn input(&mut self, input: Input) {
        self.last = self.screen.on_input(input);
        if let Flow::Give(commands) = &self.last {
            let mut given = self.given.take();
            given.extend(commands.iter().cloned());
            self.given.set(given);
        }
        self.draw();
    }

    pub(crate) fn click(&mut self, at: (u16, u16)) {
        self.mouse(MouseEventKind::Down(MouseButton::Left), at);
    }

    /// The commands that were given since this was asked last.
    pub(crate) fn given(&self) -> Vec<Command> {
        self.given.take()
    }

    pub(crate) fn buffer(&self) -> &Buffer {
        self.terminal.backend().buffer()
    }

    pub(crate) fn text(&self) -> String {
        let buffer = self.buffer();
        let rows = buffer.content.chunks(usize::from(buffer.area.width));
        let line = |row: &[ratatui::buffer::Cell]| {
            let line: String = row.iter().map(ratatui::buffer::Cell::symbol).collect();
            line.trim_end().to_owned() + "\n"
        };
        rows.map(line).collect()
    }

    /// Where some words are.
    pub(crate) fn find(&self, words: &str) -> (u16, u16) {
        let text = self.text();
        let found = text.lines().enumerate().find_map(|(row, line)| {
            let column = line.find(words)?;
            Some((line[..column].chars().count() as u16, row as u16))
        });
        found.unwrap_or_else(|| panic!("no {words:?} in\n{text}"))
    }
}
