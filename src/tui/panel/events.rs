//! The log itself, an event a line. Nothing of it is kept here: the lines in sight are read where they
//! are, and of a search the numbers of what it has found.

use std::collections::VecDeque;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::list::{List, Move};
use super::{NOTHING_TO_EXPLAIN, Panel, Spot, Step};
use crate::event::Event;
use crate::explain::events::event_line;
use crate::explain::owners::asker;
use crate::log::Log;
use crate::tui::command::{Action, Answer, unless};
use crate::tui::draw::{Pen, View, frame};
use crate::tui::find::{Candidate, Filter};
use crate::tui::layout::{PanelName, Placed};
use crate::vocabulary::ResourceName;

/// Found events whose numbers are kept: the newest.
const MOST_FOUND: usize = 100_000;
/// Columns of the time and of what happened.
const HEAD: usize = 26;
/// A panel of fewer columns has none to spare.
const NARROW: u16 = 60;

/// An event in sight.
#[derive(Debug)]
struct Told {
    seq: u64,
    line: String,
    resource: Option<ResourceName>,
}

/// The cursor follows what happens until the user moves it.
#[derive(Debug)]
pub(super) struct Events {
    list: List,
    filter: Filter,
    /// Of a search: the numbers of what it has found, and how many events it has looked at.
    found: VecDeque<u64>,
    searched: u64,
    /// The lines in sight.
    in_sight: Vec<Told>,
    /// How many lines there are in all.
    len: usize,
}

impl Default for Events {
    fn default() -> Self {
        Self {
            list: List::following(),
            filter: Filter::default(),
            found: VecDeque::new(),
            searched: 0,
            in_sight: Vec::new(),
            len: 0,
        }
    }
}

impl Events {
    /// Looks at what has happened since.
    fn search(&mut self, log: &Log) {
        let mut events = log.subscribe_from(self.searched);
        for event in events.waiting() {
            self.searched = event.seq + 1;
            if is_found(&self.filter, &event) {
                self.found.push_back(event.seq);
                if self.found.len() > MOST_FOUND {
                    self.found.pop_front();
                    self.list.selected = self.list.selected.saturating_sub(1);
                }
            }
        }
    }

    /// The lines that there are at the moment that is shown.
    fn count(&self, view: &View<'_>) -> usize {
        let events = view.ledger.events;
        if self.filter.is_empty() {
            events as usize
        } else {
            self.found.partition_point(|seq| *seq < events)
        }
    }

    /// The number of the event of a line.
    fn number(&self, line: usize) -> Option<u64> {
        if self.filter.is_empty() {
            Some(line as u64)
        } else {
            self.found.get(line).copied()
        }
    }

    /// The line of an event, or of the one after it.
    fn line_of(&self, seq: u64) -> usize {
        if self.filter.is_empty() {
            seq as usize
        } else {
            self.found.partition_point(|found| *found < seq)
        }
    }

    /// Reads the lines in sight.
    fn read(&mut self, log: &Log, height: usize) {
        self.in_sight.clear();
        let lines = self.list.offset..(self.list.offset + height).min(self.len);
        let mut events = None;
        for line in lines {
            let Some(seq) = self.number(line) else {
                break;
            };
            // The next one is at hand, unless others are in between.
            let mut reader = match events.take() {
                Some((next, reader)) if next == seq => reader,
                _ => log.subscribe_from(seq),
            };
            let Ok(event) = reader.try_next() else {
                break;
            };
            self.in_sight.push(Told {
                seq,
                line: event_line(&event),
                resource: event.kind.resource().cloned(),
            });
            events = Some((seq + 1, reader));
        }
    }

    /// The event under the cursor.
    fn selected(&self) -> Option<&Told> {
        let row = self.list.selected.checked_sub(self.list.offset)?;
        self.in_sight.get(row)
    }
}

fn is_found(filter: &Filter, event: &Event) -> bool {
    let line = event_line(event);
    let by = event.kind.by().map(asker);
    filter.holds(&Candidate {
        words: vec![&line],
        bytes: event.kind.bytes(),
        by: by.iter().map(String::as_str).collect(),
    })
}

impl Panel for Events {
    fn available(&self, action: Action, _view: &View<'_>) -> Answer {
        let told = self.selected();
        match action {
            Action::Why => {
                let resource = told.and_then(|told| told.resource.as_ref());
                unless(resource.is_none(), NOTHING_TO_EXPLAIN)
            }
            Action::ShowMoment => unless(told.is_none(), "no event is under the cursor"),
            Action::Evictor => Err(super::NOT_EVICTED.into()),
            _ => Ok(()),
        }
    }

    fn perform(&mut self, action: Action, _view: &View<'_>) -> Step {
        let told = self.selected();
        match action {
            Action::Why => {
                let resource = told.and_then(|told| told.resource.clone());
                resource.map_or(Step::Done, |name| Step::Explain(name, None))
            }
            Action::ShowMoment => told.map_or(Step::Done, |told| Step::LookAt(told.seq)),
            Action::Follow => {
                self.list.follows = !self.list.follows;
                Step::Say(super::following(self.list.follows))
            }
            _ => Step::Done,
        }
    }

    fn go(&mut self, to: Move, view: &View<'_>) {
        self.list.go(to, self.count(view));
    }

    fn click(&mut self, at: Position, inner: Rect, view: &View<'_>) -> Step {
        let row = self.list.offset + usize::from(at.y - inner.y);
        if row < self.count(view) {
            self.list.put(row);
        }
        Step::Done
    }

    fn settle(&mut self, inner: Rect, view: &View<'_>) {
        let Some(log) = view.log.filter(|_| !inner.is_empty()) else {
            return;
        };
        if !self.filter.is_empty() {
            self.search(log);
        }
        self.len = self.count(view);
        let height = usize::from(inner.height);
        self.list.settle(self.len, height);
        self.read(log, height);
    }

    fn filter(&self) -> Option<&Filter> {
        Some(&self.filter)
    }

    fn find(&mut self, filter: Filter, view: &View<'_>) {
        let under_cursor = self.number(self.list.selected);
        self.filter = filter;
        self.found.clear();
        self.searched = 0;
        if let Some(log) = view.log.filter(|_| !self.filter.is_empty()) {
            self.search(log);
        }
        if let Some(seq) = under_cursor {
            self.list.selected = self.line_of(seq);
        }
    }

    fn spot(&self, _view: &View<'_>) -> Option<Spot> {
        self.number(self.list.selected).map(Spot::Event)
    }

    fn go_to(&mut self, spot: &Spot, _view: &View<'_>) {
        if let Spot::Event(seq) = spot {
            self.list.put(self.line_of(*seq));
        }
    }

    fn cursor_row(&self, _view: &View<'_>) -> u16 {
        self.list.row_in_sight()
    }

    fn draw(&self, view: &View<'_>, buffer: &mut Buffer, placed: &Placed) {
        let (theme, glyphs) = (view.theme, view.glyphs);
        let inner = frame::frame(view, buffer, placed);
        if self.len == 0 {
            let words = match (view.log.is_some(), self.filter.is_empty()) {
                (false, _) => "the log is not at hand",
                (true, true) => "nothing has happened yet",
                (true, false) => "no such event",
            };
            Pen::new(buffer, glyphs, inner, 0)
                .skip(1)
                .put(words, theme.dim);
        }
        // Where there is little room, the blanks before all times are left out.
        let blanks = |told: &Told| told.line.len() - told.line.trim_start().len();
        let blanks = match inner.width {
            ..NARROW => self.in_sight.iter().map(blanks).min().unwrap_or(0),
            _ => 0,
        };
        for (row, told) in self.in_sight.iter().enumerate() {
            let mut pen = Pen::new(buffer, glyphs, inner, row);
            let is_here = row + self.list.offset == self.list.selected;
            frame::cursor(view, &mut pen, PanelName::Events, is_here);
            // The time, what happened, and of what.
            let line = &told.line[blanks..];
            let end = line.char_indices().nth(HEAD - blanks.min(HEAD));
            let (head, rest) = line.split_at(end.map_or(line.len(), |(at, _)| at));
            pen.put(head, theme.dim).put(rest, theme.text);
        }
        let row = self.list.selected.saturating_sub(self.list.offset);
        frame::highlight(view, buffer, inner, PanelName::Events, row);
        frame::found(view, buffer, inner, &self.filter);
        frame::thumb(view, buffer, placed, inner, (self.list.offset, self.len));
        frame::filtered(view, buffer, placed, &self.filter, self.len);
        if self.list.follows {
            frame::total(view, buffer, placed, "follows");
        }
    }
}
