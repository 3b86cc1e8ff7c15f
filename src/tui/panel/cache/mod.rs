//! The prediction cache: how often it helped, what it holds, and its last lookups.

mod picture;

use std::collections::VecDeque;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::list::{List, Move};
use super::{NOT_EVICTED, NOTHING_TO_EXPLAIN, Panel, Spot, Step};
use crate::explain::owners::asker;
use crate::explain::reasons::{lookup_word, lookup_words};
use crate::ledger::{Ledger, LookupRecord, ResourceRecord};
use crate::tui::command::{Action, Answer, unless};
use crate::tui::draw::{Pen, View, frame};
use crate::tui::find::{Candidate, Filter};
use crate::tui::layout::{PanelName, Placed};
use crate::vocabulary::{Lookup, MissReason, ResourceName};
use picture::{counters, lookup, rule, tiers};

pub(in crate::tui) use picture::hit_rate;

/// Rows above the lookups: hit rate, three of figures, a rule; and one a tier below memory.
const FIGURE_ROWS: u16 = 5;

/// The rows above the lookups.
fn figure_rows(ledger: &Ledger) -> u16 {
    FIGURE_ROWS + ledger.tiers().len() as u16
}

/// The part of the panel that the lookups have.
fn lookups_area(inner: Rect, ledger: &Ledger) -> Rect {
    let rows = figure_rows(ledger).min(inner.height);
    Rect::new(inner.x, inner.y + rows, inner.width, inner.height - rows)
}

/// A row of the list: a lookup, or several in a row that joined loads under way.
#[derive(Clone, Copy, Debug)]
struct Row {
    /// The last of them, by its number in the ledger.
    number: usize,
    /// How many there are.
    lookups: usize,
}

/// The cursor follows what happens until the user moves it.
#[derive(Debug)]
pub(in crate::tui) struct Cache {
    list: List,
    /// The lookups that count and are still kept.
    rows: VecDeque<Row>,
    /// The lookups that there had been when the rows were brought up to date.
    seen: usize,
    /// What they are filtered by.
    filter: Filter,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            list: List::following(),
            rows: VecDeque::new(),
            seen: 0,
            filter: Filter::default(),
        }
    }
}

impl Cache {
    /// The lookup under the cursor, by its number in the ledger.
    fn selected(&self) -> Option<usize> {
        Some(self.rows.get(self.list.selected)?.number)
    }

    fn lookups(&self, view: &View<'_>, buffer: &mut Buffer, placed: &Placed) {
        let (theme, glyphs) = (view.theme, view.glyphs);
        let area = lookups_area(placed.inner(), view.ledger);
        let list = self.list;
        if self.rows.is_empty() {
            let mut pen = Pen::new(buffer, glyphs, area, 0);
            let words = if self.filter.is_empty() {
                "no prediction was asked for yet"
            } else {
                "no such lookup"
            };
            pen.skip(1).put(words, theme.dim);
            return;
        }
        let in_sight = self.rows.iter().enumerate().skip(list.offset);
        for (i, row) in in_sight.take(usize::from(area.height)) {
            let Some(record) = view.ledger.lookups.get(row.number) else {
                continue;
            };
            let mut pen = Pen::new(buffer, glyphs, area, i - list.offset);
            let is_here = i == list.selected && view.focus == PanelName::Cache;
            frame::cursor(view, &mut pen, PanelName::Cache, is_here);
            lookup(view, &mut pen, record, row.lookups);
        }
        let row = list.selected.saturating_sub(list.offset);
        frame::highlight(view, buffer, area, PanelName::Cache, row);
        frame::found(view, buffer, area, &self.filter);
        frame::thumb(view, buffer, placed, area, (list.offset, self.rows.len()));
    }

    /// The lookup under the cursor, if it missed since the cache or the budget had given it up.
    fn evicted<'l>(&self, ledger: &'l Ledger) -> Option<(usize, &'l ResourceName)> {
        let number = self.selected()?;
        match &ledger.lookups.get(number)?.lookup {
            Lookup::Miss(MissReason::Evicted { for_name, .. }) => Some((number, for_name)),
            _ => None,
        }
    }

    /// To the lookup whose load needed the room, else to what needed it.
    fn evictor(&self, ledger: &Ledger) -> Step {
        let Some((number, evictor)) = self.evicted(ledger) else {
            return Step::Done;
        };
        let made = ledger.lookups.numbered().take_while(|(at, _)| *at < number);
        let made = made.filter(|(_, lookup)| {
            let is_miss = matches!(lookup.lookup, Lookup::Miss(_));
            lookup.name == *evictor && lookup.counts() && is_miss
        });
        match made.last() {
            Some((at, _)) => Step::Jump(PanelName::Cache, Spot::Lookup(at)),
            None => Step::Jump(PanelName::Resources, Spot::Resource(evictor.clone())),
        }
    }

    /// Builds its rows anew.
    fn rebuild(&mut self, ledger: &Ledger) {
        self.rows.clear();
        self.seen = 0;
        self.follow(ledger);
    }

    /// The row of a lookup.
    fn row_of(&self, number: usize) -> Option<usize> {
        let shows = |row: &Row| (row.number + 1 - row.lookups..=row.number).contains(&number);
        self.rows.iter().position(shows)
    }

    /// The row under the cursor.
    pub(in crate::tui) fn row(&self) -> usize {
        self.list.selected
    }
}

impl Panel for Cache {
    fn follow(&mut self, ledger: &Ledger) {
        let lookups = &ledger.lookups;
        if lookups.total() < self.seen {
            // It is another moment of the log.
            self.rows.clear();
            self.seen = 0;
        }
        let first = lookups.first_number();
        let newer = (self.seen.max(first)..).zip(lookups.since(self.seen));
        let filter = &self.filter;
        let is_shown = |lookup: &LookupRecord| lookup.counts() && is_found(filter, lookup, ledger);
        for (number, lookup) in newer.filter(|(_, lookup)| is_shown(lookup)) {
            let is_join = |lookup: &LookupRecord| lookup.lookup == Lookup::Coalesced;
            let last = self.rows.back_mut().filter(|row| {
                let before = lookups.get(row.number);
                is_join(lookup) && before.is_some_and(is_join)
            });
            match last {
                Some(row) => {
                    row.number = number;
                    row.lookups += 1;
                }
                None => self.rows.push_back(Row { number, lookups: 1 }),
            }
        }
        self.seen = lookups.total();
        // The cursor stays on its lookup when older ones go.
        while self.rows.front().is_some_and(|row| row.number < first) {
            self.rows.pop_front();
            self.list.selected = self.list.selected.saturating_sub(1);
            self.list.offset = self.list.offset.saturating_sub(1);
        }
    }

    fn available(&self, action: Action, view: &View<'_>) -> Answer {
        match action {
            Action::Why => unless(self.selected().is_none(), NOTHING_TO_EXPLAIN),
            Action::Evictor => unless(self.evicted(view.ledger).is_none(), NOT_EVICTED),
            _ => Ok(()),
        }
    }

    fn perform(&mut self, action: Action, view: &View<'_>) -> Step {
        match action {
            Action::Evictor => return self.evictor(view.ledger),
            Action::Follow => {
                self.list.follows = !self.list.follows;
                return Step::Say(super::following(self.list.follows));
            }
            _ => {}
        }
        let lookups = &view.ledger.lookups;
        let explained = self
            .selected()
            .filter(|_| action == Action::Why)
            .and_then(|at| Some((at, lookups.get(at)?)));
        explained.map_or(Step::Done, |(at, lookup)| {
            Step::Explain(lookup.name.clone(), Some(at))
        })
    }

    fn go(&mut self, to: Move, _view: &View<'_>) {
        self.list.go(to, self.rows.len());
    }

    fn click(&mut self, at: Position, inner: Rect, view: &View<'_>) -> Step {
        let area = lookups_area(inner, view.ledger);
        if area.contains(at) {
            let row = self.list.offset + usize::from(at.y - area.y);
            self.go(Move::By(row as isize - self.list.selected as isize), view);
        }
        Step::Done
    }

    fn settle(&mut self, inner: Rect, view: &View<'_>) {
        let height = usize::from(lookups_area(inner, view.ledger).height);
        self.list.settle(self.rows.len(), height);
    }

    fn filter(&self) -> Option<&Filter> {
        Some(&self.filter)
    }

    fn find(&mut self, filter: Filter, view: &View<'_>) {
        let under_cursor = self.selected();
        self.filter = filter;
        self.rebuild(view.ledger);
        let found = under_cursor.and_then(|number| self.row_of(number));
        self.list.selected = found.unwrap_or(self.list.selected);
    }

    fn spot(&self, _view: &View<'_>) -> Option<Spot> {
        self.selected().map(Spot::Lookup)
    }

    fn go_to(&mut self, spot: &Spot, view: &View<'_>) {
        let Spot::Lookup(number) = spot else {
            return;
        };
        if self.row_of(*number).is_none() {
            self.filter = Filter::default();
            self.rebuild(view.ledger);
        }
        if let Some(row) = self.row_of(*number) {
            self.list.put(row);
        }
    }

    fn cursor_row(&self, view: &View<'_>) -> u16 {
        figure_rows(view.ledger) + self.list.row_in_sight()
    }

    fn draw(&self, view: &View<'_>, buffer: &mut Buffer, placed: &Placed) {
        let inner = frame::frame(view, buffer, placed);
        let figures = view.ledger.cache();
        let padded = Rect::new(
            inner.x + 1,
            inner.y,
            inner.width.saturating_sub(1),
            inner.height,
        );
        let mut pen = Pen::new(buffer, view.glyphs, padded, 0);
        hit_rate(view, &mut pen);
        counters(view, buffer, padded, &figures);
        tiers(view, buffer, padded);
        rule(view, buffer, inner);
        self.lookups(view, buffer, placed);
        frame::filtered(view, buffer, placed, &self.filter, self.rows.len());
        if self.list.follows {
            frame::total(view, buffer, placed, "follows");
        }
    }
}

/// Is this a lookup that is looked for?
fn is_found(filter: &Filter, record: &LookupRecord, ledger: &Ledger) -> bool {
    if filter.is_empty() {
        return true;
    }
    let resource = ledger.resource(&record.name);
    let (reason, asker) = (lookup_words(&record.lookup), asker(&record.by));
    filter.holds(&Candidate {
        words: vec![&*record.name.0, lookup_word(&record.lookup), &reason],
        bytes: resource.and_then(ResourceRecord::bytes_or_estimate),
        by: vec![&asker],
    })
}
