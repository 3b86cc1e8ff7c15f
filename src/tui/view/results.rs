//! What the selected dimension found: verdict, gates, pictures, tables, notes. It is one long page
//! of sections, of which the panel shows a part.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::pen::Pen;
use super::{figure, panel, signs, table};
use crate::display;
use crate::event::{DimensionOutcome, Figure, GateResult, ResultTable, Score};
use crate::explain::consequences::changed_words;
use crate::explain::results::{gate_bound, gate_value, no_results_words, score_words};
use crate::explain::states::{DimensionStanding, ResourceStanding};
use crate::ledger::{DimensionState, ResourceRecord};
use crate::tui::screen::{Placed, Screen};
use crate::tui::text;
use crate::vocabulary::Dimension;

/// A part of the page.
enum Section<'a> {
    Blank,
    Verdict(Dimension, &'a DimensionOutcome),
    Score(&'a Score),
    Gate(&'a GateResult),
    Figure(&'a Figure),
    Table(&'a ResultTable),
    Warning(&'a str),
    Note(&'a str),
    Error(String),
    OutOfDate(String),
    Hint(String),
    Need(&'a ResourceRecord),
    NeedOfGroup(&'a str, usize, usize),
}

/// Lines that the whole page takes in a panel with such a part within.
pub(in crate::tui) fn height(screen: &Screen, inner: Rect) -> usize {
    let area = padded(inner);
    let sections = page(screen);
    sections
        .iter()
        .map(|section| usize::from(section.height(area)))
        .sum()
}

pub(super) fn draw(screen: &Screen, buffer: &mut Buffer, placed: &Placed) {
    let inner = panel::frame(screen, buffer, placed);
    which(screen, buffer, placed);
    let area = padded(inner);
    let scroll = screen.results_scroll();
    let mut top = 0;
    for section in page(screen) {
        let height = usize::from(section.height(area));
        let bottom = top + height;
        if bottom > scroll && top < scroll + usize::from(area.height) {
            part(
                screen,
                buffer,
                area,
                &section,
                top as isize - scroll as isize,
            );
        }
        top = bottom;
    }
    panel::thumb(screen, buffer, placed, inner, (scroll, top));
}

fn padded(inner: Rect) -> Rect {
    Rect::new(
        inner.x + 1,
        inner.y,
        inner.width.saturating_sub(1),
        inner.height,
    )
}

/// The numbers of the dimensions in the upper edge, the one that is shown marked.
fn which(screen: &Screen, buffer: &mut Buffer, placed: &Placed) {
    let theme = screen.theme();
    let name = screen.dimension().name();
    let columns = name.len() + 14;
    let area = placed.area;
    let row = Rect::new(area.x, area.y, area.width - 1, 1);
    let mut pen = Pen::new(buffer, screen.glyphs(), row, 0);
    pen.skip_to_last(columns).put(" ", theme.dim);
    for (i, dimension) in Dimension::ALL.into_iter().enumerate() {
        let number = ["1", "2", "3", "4", "5"][i];
        let style = if dimension == screen.dimension() {
            theme.accent.add_modifier(Modifier::REVERSED)
        } else {
            theme.dim
        };
        pen.put(number, style).put(" ", theme.dim);
    }
    pen.put(" ", theme.dim)
        .put(name, theme.strong)
        .put(" ", theme.dim);
}

/// Draws a section of which the upper or lower lines may be out of sight.
fn part(screen: &Screen, buffer: &mut Buffer, area: Rect, section: &Section<'_>, at: isize) {
    let height = section.height(area);
    if at >= 0 && at as u16 + height <= area.height {
        let whole = Rect::new(area.x, area.y + at as u16, area.width, height);
        section.draw(screen, buffer, whole);
        return;
    }
    let whole = Rect::new(0, 0, area.width, height);
    let mut page = Buffer::empty(whole);
    page.set_style(whole, screen.theme().ground);
    section.draw(screen, &mut page, whole);
    for y in 0..height {
        let target = at + y as isize;
        if (0..area.height as isize).contains(&target) {
            for x in 0..area.width {
                buffer[(area.x + x, area.y + target as u16)] = page[(x, y)].clone();
            }
        }
    }
}

fn page(screen: &Screen) -> Vec<Section<'_>> {
    let dimension = screen.dimension();
    let ledger = screen.ledger();
    let record = ledger.dimension(dimension);
    let mut page = Vec::new();
    let outcome = record
        .outcome
        .as_ref()
        .filter(|_| record.state == DimensionState::Idle);
    let Some(outcome) = outcome else {
        return prospect(screen, dimension);
    };
    page.push(Section::Verdict(dimension, outcome));
    page.extend(changed_words(&record.changed_files()).map(|words| {
        let rerun = if screen.is_replay() {
            ""
        } else {
            ". R runs it again"
        };
        Section::OutOfDate(format!("out of date: {words}{rerun}"))
    }));
    page.extend(outcome.score.as_ref().map(Section::Score));
    page.extend(
        outcome
            .error
            .as_ref()
            .map(|error| Section::Error(error.to_string())),
    );
    page.extend(outcome.gates.iter().map(Section::Gate));
    // The verdict counts the warnings: the first picture may come before their words.
    let mut figures = outcome.figures.iter();
    if let Some(first) = figures.next() {
        page.extend([Section::Blank, Section::Figure(first)]);
    }
    let mut warnings = outcome.warnings().map(Section::Warning).peekable();
    if warnings.peek().is_some() {
        page.push(Section::Blank);
    }
    page.extend(warnings);
    for figure in figures {
        page.extend([Section::Blank, Section::Figure(figure)]);
    }
    for table in outcome.tables.values() {
        page.push(Section::Blank);
        page.push(Section::Table(table));
    }
    let notes = outcome.notes.iter().filter(|n| !n.is_warning());
    let mut notes = notes.map(|note| Section::Note(&note.text)).peekable();
    if notes.peek().is_some() {
        page.push(Section::Blank);
    }
    page.extend(notes);
    page
}

/// What there is to see before a dimension has been answered: what it needs, and how that stands.
fn prospect(screen: &Screen, dimension: Dimension) -> Vec<Section<'_>> {
    let ledger = screen.ledger();
    let record = ledger.dimension(dimension);
    let is_idle = record.unavailable.is_none() && record.state == DimensionState::Idle;
    let hint = if is_idle && !screen.is_replay() {
        format!("{dimension} has not run. R runs it.")
    } else {
        no_results_words(dimension, record)
    };
    let mut page = vec![Section::Hint(hint), Section::Blank];
    let needs = |r: &&ResourceRecord| r.needs.iter().any(|need| need.dimension == dimension);
    let needed = || ledger.resources().iter().filter(needs);
    page.extend(needed().filter(|r| r.group.is_none()).map(Section::Need));
    let mut groups: Vec<&str> = needed().filter_map(|r| r.group.as_deref()).collect();
    groups.dedup();
    for group in groups {
        let members = || needed().filter(|r| r.group.as_deref() == Some(group));
        let loaded = members().filter(|r| r.is_resident()).count();
        page.push(Section::NeedOfGroup(group, loaded, members().count()));
    }
    page
}

impl Section<'_> {
    /// Lines that it takes in an area of which `area.height` lines are in sight at once.
    fn height(&self, area: Rect) -> u16 {
        let lines = |words: &str, less: u16| {
            text::wrap(words, usize::from(area.width.saturating_sub(less))).len() as u16
        };
        match self {
            Self::Blank
            | Self::Verdict(..)
            | Self::Gate(_)
            | Self::Need(_)
            | Self::NeedOfGroup(..) => 1,
            Self::Figure(figure) => {
                // The verdict and a blank line stay in sight above the first picture.
                figure::height(figure, area.width, area.height.saturating_sub(2))
            }
            Self::Table(table) => table::height(table),
            Self::Score(score) => lines(&score_words(score), 2),
            Self::Note(words) | Self::Warning(words) => lines(words, 2),
            Self::Error(error) => lines(error, 2),
            Self::OutOfDate(words) => lines(words, 2),
            Self::Hint(hint) => lines(hint, 0),
        }
    }

    fn draw(&self, screen: &Screen, buffer: &mut Buffer, area: Rect) {
        let (theme, glyphs) = (screen.theme(), screen.glyphs());
        match self {
            Self::Blank => {}
            Self::Verdict(dimension, outcome) => verdict(screen, buffer, area, *dimension, outcome),
            Self::Score(score) => {
                let words = score_words(score);
                let lines = text::wrap(&words, usize::from(area.width) - 2);
                for (row, line) in lines.iter().enumerate() {
                    let style = if row == 0 { theme.text } else { theme.dim };
                    Pen::new(buffer, glyphs, area, row).skip(2).put(line, style);
                }
            }
            Self::Gate(result) => gate(screen, buffer, area, result),
            Self::Figure(figure) => figure::draw(screen, buffer, area, figure),
            Self::Table(table) => table::draw(screen, buffer, area, table),
            Self::Note(note) => {
                let lines = text::wrap(note, usize::from(area.width) - 2);
                for (row, line) in lines.iter().enumerate() {
                    let sign = if row == 0 { glyphs.dot } else { " " };
                    let mut pen = Pen::new(buffer, glyphs, area, row);
                    pen.put(sign, theme.accent).skip(1).put(line, theme.dim);
                }
            }
            Self::Warning(warning) => {
                let lines = text::wrap(warning, usize::from(area.width) - 2);
                for (row, line) in lines.iter().enumerate() {
                    let sign = if row == 0 { glyphs.warning } else { " " };
                    let mut pen = Pen::new(buffer, glyphs, area, row);
                    pen.put(sign, theme.warn).skip(1).put(line, theme.text);
                }
            }
            Self::Error(error) => {
                for (row, line) in text::wrap(error, usize::from(area.width) - 2)
                    .iter()
                    .enumerate()
                {
                    Pen::new(buffer, glyphs, area, row)
                        .skip(2)
                        .put(line, theme.bad);
                }
            }
            Self::OutOfDate(words) => {
                for (row, line) in text::wrap(words, usize::from(area.width) - 2)
                    .iter()
                    .enumerate()
                {
                    Pen::new(buffer, glyphs, area, row)
                        .skip(2)
                        .put(line, theme.warn);
                }
            }
            Self::Hint(hint) => {
                for (row, line) in text::wrap(hint, usize::from(area.width)).iter().enumerate() {
                    Pen::new(buffer, glyphs, area, row).put(line, theme.text);
                }
            }
            Self::Need(resource) => need(screen, buffer, area, resource),
            Self::NeedOfGroup(group, loaded, all) => {
                let share = *loaded as f64 / (*all).max(1) as f64;
                Pen::new(buffer, glyphs, area, 0)
                    .skip(2)
                    .left(group, 22, if *loaded > 0 { theme.text } else { theme.dim })
                    .progress(
                        share,
                        usize::from(area.width).saturating_sub(40).min(36),
                        theme.accent,
                        theme.border,
                    )
                    .skip(2)
                    .put(&format!("{loaded} of {all}"), theme.dim);
            }
        }
    }
}

fn verdict(
    screen: &Screen,
    buffer: &mut Buffer,
    area: Rect,
    dimension: Dimension,
    outcome: &DimensionOutcome,
) {
    let theme = screen.theme();
    let standing = DimensionStanding::of(screen.ledger().dimension(dimension));
    let (sign, style) = signs::dimension(screen, standing);
    let mut pen = Pen::new(buffer, screen.glyphs(), area, 0);
    pen.put(sign, style)
        .skip(1)
        .put(&standing.words(), style)
        .skip(2);
    if let Some((name, value)) = &outcome.headline {
        pen.put(&display::metric(*value), theme.strong)
            .skip(1)
            .put(name, theme.dim);
    }
    let warmth = if outcome.warm { "warm" } else { "cold" };
    let took = format!("{}, {warmth}", display::seconds(outcome.seconds));
    if pen.room() > took.len() + 1 {
        pen.skip_to_last(took.len()).put(&took, theme.dim);
    }
}

fn gate(screen: &Screen, buffer: &mut Buffer, area: Rect, result: &GateResult) {
    let (theme, glyphs) = (screen.theme(), screen.glyphs());
    let (sign, style) = if result.passed {
        (glyphs.good, theme.good)
    } else {
        (glyphs.bad, theme.bad)
    };
    let (value, bound) = (gate_value(result), gate_bound(result));
    let mut pen = Pen::new(buffer, glyphs, area, 0);
    let room = pen.room().saturating_sub(bound.len() + value.len() + 5);
    pen.put(sign, style)
        .skip(1)
        .name(&result.metric, room, theme.text)
        .skip(1);
    pen.put(&value, style)
        .put(", ", theme.dim)
        .put(&bound, theme.dim);
}

fn need(screen: &Screen, buffer: &mut Buffer, area: Rect, resource: &ResourceRecord) {
    let theme = screen.theme();
    let standing = ResourceStanding::of(resource, screen.ledger());
    let (sign, style) = signs::resource(screen, standing);
    let there = resource.is_resident();
    let style = style.remove_modifier(Modifier::CROSSED_OUT);
    let mut pen = Pen::new(buffer, screen.glyphs(), area, 0);
    let room = pen.room().saturating_sub(2 + 14);
    pen.put(sign, signs::resource_sign(screen, resource, style))
        .skip(1);
    pen.name(
        &resource.name.0,
        room.min(46),
        if there { theme.text } else { theme.dim },
    );
    pen.skip(1).left(&standing.words(), 13, style);
}
