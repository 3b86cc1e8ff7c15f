//! The dimensions: selected or not, where they stand, what they found.

use std::ops::RangeInclusive;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::list::{List, Move};
use super::{Panel, Step, can_command};
use crate::display;
use crate::event::{Command, DimensionOutcome};
use crate::explain::consequences::changed_words;
use crate::explain::results::loaded_word;
use crate::explain::states::DimensionStanding;
use crate::ledger::{DimensionRecord, DimensionState, Ledger, ResourceState};
use crate::tui::command::{Action, Answer};
use crate::tui::draw::{Pen, View, frame, signs, text};
use crate::tui::layout::{PanelName, Placed};
use crate::vocabulary::{Dimension, Owner};

/// The columns of the check box within the panel.
const CHECK_BOX: RangeInclusive<u16> = 1..=6;

const NAME: usize = 15;
const STATE: usize = 12;
const TIME: usize = 7;
const LOADED: usize = 5;
/// Columns of a difference from the pinned run, with its gap.
const DELTA: usize = 9;
/// In fewer columns it says nothing.
const LEAST_DELTA: usize = 6;
/// In so many columns a count has its unit.
const WITH_UNIT: usize = 26;
/// Cursor, number, check box and name with their gaps.
const BEFORE_STATE: usize = 1 + 1 + 1 + 3 + 1 + NAME + 1;

/// The cursor goes along with runs until the user puts it somewhere; there it stays.
#[derive(Debug, Default)]
pub(in crate::tui) struct Dimensions {
    /// Where the user put the cursor.
    chosen: Option<Dimension>,
}

impl Dimensions {
    /// The dimension under the cursor: where the user put it, else the last that began in a run.
    pub(in crate::tui) fn shown(&self, ledger: &Ledger) -> Dimension {
        let begun = || ledger.runs.iter().rev().find_map(|run| run.latest);
        self.chosen.or_else(begun).unwrap_or(Dimension::ALL[0])
    }

    /// Moves the cursor.
    pub(in crate::tui) fn turn_to(&mut self, dimension: Dimension) {
        self.chosen = Some(dimension);
    }
}

/// Can the dimension under the cursor be selected and run?
pub(in crate::tui) fn can_choose(view: &View<'_>) -> Answer {
    can_command(view)?;
    let dimension = view.dimension;
    match &view.ledger.dimension(dimension).unavailable {
        Some(reason) => Err(format!("{dimension}: {reason}").into()),
        None => Ok(()),
    }
}

impl Panel for Dimensions {
    fn available(&self, action: Action, view: &View<'_>) -> Answer {
        match action {
            Action::ToggleDimension => can_choose(view),
            _ => Ok(()),
        }
    }

    fn perform(&mut self, action: Action, view: &View<'_>) -> Step {
        match action {
            Action::ToggleDimension => Step::Give(vec![Command::ToggleDimension(view.dimension)]),
            Action::OpenResult => Step::Focus(PanelName::Results),
            _ => Step::Done,
        }
    }

    fn go(&mut self, to: Move, view: &View<'_>) {
        let mut list = List {
            selected: view.dimension as usize,
            ..List::default()
        };
        list.go(to, Dimension::ALL.len());
        self.turn_to(Dimension::ALL[list.selected]);
    }

    fn click(&mut self, at: Position, inner: Rect, _view: &View<'_>) -> Step {
        let row = usize::from(at.y - inner.y);
        let Some(dimension) = Dimension::ALL.get(row) else {
            return Step::Done;
        };
        self.turn_to(*dimension);
        if CHECK_BOX.contains(&(at.x - inner.x)) {
            Step::Do(Action::ToggleDimension)
        } else {
            Step::Done
        }
    }

    fn cursor_row(&self, view: &View<'_>) -> u16 {
        view.dimension as u16
    }

    fn draw(&self, view: &View<'_>, buffer: &mut Buffer, placed: &Placed) {
        picture(view, buffer, placed);
    }
}

fn picture(view: &View<'_>, buffer: &mut Buffer, placed: &Placed) {
    let inner = frame::frame(view, buffer, placed);
    let width = usize::from(inner.width);
    let result = BEFORE_STATE + STATE + 1;
    let time = width - LOADED - 1 - TIME;
    let mut head = |text, span, right| frame::heading(view, buffer, placed, text, span, right);
    head("state", (BEFORE_STATE, 0), false);
    head("result", (result, 0), false);
    head("time", (0, time + TIME), true);
    head("loads", (0, width), true);
    for (row, dimension) in Dimension::ALL.into_iter().enumerate() {
        let mut pen = Pen::new(buffer, view.glyphs, inner, row);
        one(view, &mut pen, dimension, result, time);
    }
    let row = view.dimension as usize;
    frame::highlight(view, buffer, inner, PanelName::Dimensions, row);
}

fn one(view: &View<'_>, pen: &mut Pen<'_>, dimension: Dimension, result: usize, time: usize) {
    let (theme, glyphs) = (view.theme, view.glyphs);
    let record = view.ledger.dimension(dimension);
    frame::cursor(
        view,
        pen,
        PanelName::Dimensions,
        view.dimension == dimension,
    );
    let name_style = match (&record.unavailable, record.selected) {
        (Some(_), _) => theme.dim,
        (None, true) => theme.strong,
        (None, false) => theme.text,
    };
    let number = ["1", "2", "3", "4", "5"][dimension as usize];
    let (check, check_style) = if record.selected {
        (glyphs.checked, theme.accent)
    } else {
        (glyphs.unchecked, theme.dim)
    };
    pen.put(number, theme.dim)
        .skip(1)
        .put(check, check_style)
        .skip(1);
    pen.left(dimension.name(), NAME, name_style).skip(1);
    let standing = DimensionStanding::of(record);
    let (sign, style) = signs::dimension(view, standing);
    pen.put(sign, style)
        .skip(1)
        .left(&standing.words(), STATE - 2, style)
        .skip(1);
    let room = time - 1 - result;
    match (record.state, &record.outcome) {
        (DimensionState::Loading | DimensionState::Computing, _) => {
            progress(view, pen, dimension, room);
            let seconds = (view.now - record.started_at).max(0.0);
            pen.skip(1).right(&display::clock(seconds), TIME, theme.dim);
        }
        (DimensionState::Waiting, _) => {}
        (DimensionState::Idle, Some(outcome)) => match changed_words(&record.changed_files()) {
            // What it took then is of no use now: the reason may have the rest of the row.
            Some(words) => {
                let room = pen.room();
                pen.name(&words, room, theme.warn);
            }
            None => finished(view, pen, (dimension, record, outcome), room),
        },
        (DimensionState::Idle, None) => {
            if let Some(reason) = &record.unavailable {
                let words = text::fit_words(reason, room, view.glyphs.ellipsis);
                pen.left(&words, room, theme.dim);
            }
        }
    }
}

fn finished(
    view: &View<'_>,
    pen: &mut Pen<'_>,
    (dimension, record, outcome): (Dimension, &DimensionRecord, &DimensionOutcome),
    room: usize,
) {
    let theme = view.theme;
    if let Some(error) = &outcome.error {
        // How soon it failed is of no use: the cause may have the rest of the row.
        pen.put(&error.problem.short(), theme.bad);
        return;
    }
    if !outcome.came_to_results() {
        return;
    }
    match &outcome.headline {
        Some((name, value)) => {
            let value = display::metric(*value);
            pen.right(&value, 7, theme.text).skip(1);
            let mut room = room.saturating_sub(8);
            if let Some(delta) = view
                .headline_delta(dimension)
                .filter(|_| room >= LEAST_DELTA)
            {
                // It matters more than the name.
                let columns = DELTA.min(room);
                pen.left(&delta, columns - 1, view.delta_style(&delta))
                    .skip(1);
                room -= columns;
            }
            pen.name(name, room, theme.dim);
        }
        None => drop(pen.skip(room)),
    }
    let style = if outcome.warm || outcome.kept.is_some() {
        theme.good
    } else {
        theme.dim
    };
    pen.skip(1)
        .right(&display::seconds(outcome.seconds), TIME, theme.text);
    let loaded = loaded_word(record, outcome);
    pen.skip(1).right(&loaded, LOADED, style);
}

fn progress(view: &View<'_>, pen: &mut Pen<'_>, dimension: Dimension, room: usize) {
    let theme = view.theme;
    let (done, total) = view.ledger.loads_done(dimension);
    let computing = view.ledger.dimension(dimension).state == DimensionState::Computing;
    let share = if computing {
        1.0
    } else {
        loaded_share(view, dimension, done, total)
    };
    let count = if computing {
        format!("{total}/{total}")
    } else {
        format!("{done}/{total}")
    };
    let (count, counted) = if room >= WITH_UNIT {
        (format!("{count} loads"), 14)
    } else {
        (count, 6)
    };
    let columns = room.saturating_sub(counted);
    pen.progress(share, columns, theme.accent, theme.border);
    pen.right(&count, room - columns, theme.dim);
}

/// Resident resources of those it asked for, and the done part of those on their way.
fn loaded_share(view: &View<'_>, dimension: Dimension, done: usize, total: usize) -> f64 {
    let owner = Owner::from(dimension);
    let under_way: f64 = view
        .ledger
        .resources()
        .iter()
        .filter(|resource| resource.requested_by.contains(&owner))
        .map(|resource| match resource.state {
            ResourceState::Loading { done, total } if total > 0 => done as f64 / total as f64,
            _ => 0.0,
        })
        .sum();
    (done as f64 + under_way) / total.max(1) as f64
}
