//! The dimensions: selected or not, where they stand, what they found.

use std::ops::RangeInclusive;

use ratatui::buffer::Buffer;

use super::pen::Pen;
use super::{panel, signs};
use crate::display;
use crate::event::{DimensionOutcome, DimensionStatus};
use crate::explain::consequences::changed_words;
use crate::explain::states::DimensionStanding;
use crate::ledger::{DimensionState, ResourceState};
use crate::tui::screen::{Panel, Placed, Screen};
use crate::vocabulary::{Dimension, Owner};

/// The columns of the check box within the panel.
pub(in crate::tui) const CHECK_BOX: RangeInclusive<u16> = 1..=6;

const NAME: usize = 15;
const STATE: usize = 12;
const TIME: usize = 7;
const START: usize = 5;
/// Cursor, number, check box and name with their gaps.
const BEFORE_STATE: usize = 1 + 1 + 1 + 3 + 1 + NAME + 1;

pub(super) fn draw(screen: &Screen, buffer: &mut Buffer, placed: &Placed) {
    let inner = panel::frame(screen, buffer, placed);
    let width = usize::from(inner.width);
    let result = BEFORE_STATE + STATE + 1;
    let time = width - START - 1 - TIME;
    let mut head = |text, span, right| panel::heading(screen, buffer, placed, text, span, right);
    head("state", (BEFORE_STATE, 0), false);
    head("result", (result, 0), false);
    head("time", (0, time + TIME), true);
    head("start", (width - START, 0), false);
    for (row, dimension) in Dimension::ALL.into_iter().enumerate() {
        let mut pen = Pen::new(buffer, screen.glyphs(), inner, row);
        one(screen, &mut pen, dimension, result, time);
    }
    let row = screen.dimension() as usize;
    super::highlight(screen, buffer, inner, Panel::Dimensions, row);
}

fn one(screen: &Screen, pen: &mut Pen<'_>, dimension: Dimension, result: usize, time: usize) {
    let (theme, glyphs) = (screen.theme(), screen.glyphs());
    let record = screen.ledger().dimension(dimension);
    super::cursor(
        screen,
        pen,
        Panel::Dimensions,
        screen.dimension() == dimension,
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
    let (sign, style) = signs::dimension(screen, standing);
    pen.put(sign, style)
        .skip(1)
        .left(&standing.words(), STATE - 2, style)
        .skip(1);
    let room = time - 1 - result;
    match (record.state, &record.outcome) {
        (DimensionState::Loading | DimensionState::Computing, _) => {
            progress(screen, pen, dimension, room);
            let seconds = (screen.now() - record.started_at).max(0.0);
            pen.skip(1).right(&display::clock(seconds), TIME, theme.dim);
        }
        (DimensionState::Waiting, _) => {}
        (DimensionState::Idle, Some(outcome)) => match changed_words(&record.changed_files()) {
            // What it took then is of no use now: the reason may have the rest of the row.
            Some(words) => {
                let room = pen.room();
                pen.name(&words, room, theme.warn);
            }
            None => finished(screen, pen, outcome, room),
        },
        (DimensionState::Idle, None) => {
            if let Some(reason) = &record.unavailable {
                pen.left(reason, room, theme.dim);
            }
        }
    }
}

fn finished(screen: &Screen, pen: &mut Pen<'_>, outcome: &DimensionOutcome, room: usize) {
    let theme = screen.theme();
    match (&outcome.headline, &outcome.error) {
        (_, Some(error)) => drop(pen.left(&error.problem.short(), room, theme.bad)),
        (Some((name, value)), None) => {
            let value = display::metric(*value);
            pen.right(&value, 7, theme.text).skip(1);
            pen.name(name, room.saturating_sub(8), theme.dim);
        }
        (None, None) => drop(pen.skip(room)),
    }
    if outcome.status == DimensionStatus::Cancelled {
        return;
    }
    let warmth = if outcome.warm { "warm" } else { "cold" };
    let style = if outcome.warm { theme.good } else { theme.dim };
    pen.skip(1)
        .right(&display::seconds(outcome.seconds), TIME, theme.text);
    pen.skip(1).left(warmth, START, style);
}

fn progress(screen: &Screen, pen: &mut Pen<'_>, dimension: Dimension, room: usize) {
    let theme = screen.theme();
    let (done, total) = screen.ledger().loads_done(dimension);
    let computing = screen.ledger().dimension(dimension).state == DimensionState::Computing;
    let share = if computing {
        1.0
    } else {
        loaded_share(screen, dimension, done, total)
    };
    let count = if computing {
        format!("{total}/{total}")
    } else {
        format!("{done}/{total}")
    };
    let columns = room.saturating_sub(6);
    pen.progress(share, columns, theme.accent, theme.border);
    pen.right(&count, room - columns, theme.dim);
}

/// Resident resources of those it asked for, and the done part of those on their way.
fn loaded_share(screen: &Screen, dimension: Dimension, done: usize, total: usize) -> f64 {
    let owner = Owner::from(dimension);
    let under_way: f64 = screen
        .ledger()
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
