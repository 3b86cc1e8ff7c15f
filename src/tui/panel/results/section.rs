//! A part of a dimension's page: how high it is, and its picture.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use crate::display;
use crate::event::{DimensionOutcome, Figure, GateResult, Score};
use crate::explain::definitions::headline_direction;
use crate::explain::names::label;
use crate::explain::progress::Progress;
use crate::explain::results::{
    gate_bound, gate_value, interval_words, loaded_words, score_change_words, score_words,
};
use crate::explain::states::{DimensionStanding, ResourceStanding, warning_words};
use crate::ledger::ResourceRecord;
use crate::tui::draw::figure::{self, ShownFigure};
use crate::tui::draw::{Pen, ResultRow, View, signs, table, text};
use crate::vocabulary::{Dimension, Direction};

/// What is said beside a gate that no result could be held against.
const UNJUDGED: &str = "gate, not judged";

/// A part of the page.
pub(super) enum Section<'a> {
    Blank,
    Verdict(Dimension, &'a DimensionOutcome),
    /// And that of the run that it is compared with.
    Score(&'a Score, Option<&'a Score>),
    /// By its place, and what its metric was in the run that it is compared with.
    Gate(usize, &'a GateResult, Option<f64>),
    /// A gate on a dimension that has no result.
    UnjudgedGate(&'a str),
    /// By its place.
    Figure(usize, ShownFigure<'a>),
    /// By its name.
    Table(&'a str, table::Shown<'a>),
    Warning(&'a str),
    Note(&'a str),
    Error(String),
    OutOfDate(String),
    /// Of what was found before.
    Before(Box<Section<'a>>),
    Hint(String),
    Need(&'a ResourceRecord),
    NeedOfGroup(&'a str, usize, usize),
    Lane(Lane<'a>),
}

/// What a worker does.
pub(super) struct Lane<'a> {
    /// Its number.
    pub worker: usize,
    /// What it loads.
    pub resource: &'a ResourceRecord,
    /// How many others it makes in the same pass.
    pub others: usize,
    /// When that began, in seconds since the session began.
    pub since: f64,
}

/// In fewer columns a worker is its number.
const NARROW: u16 = 64;
/// With fewer lines in sight a sentence takes one, and opens to all of it.
const LOW: u16 = 24;

impl Section<'_> {
    /// Lines that it takes in an area of which `area.height` lines are in sight at once.
    pub(super) fn height(&self, view: &View<'_>, area: Rect) -> u16 {
        let lines = |words: &str, less: u16| {
            text::wrap(words, usize::from(area.width.saturating_sub(less))).len() as u16
        };
        match self {
            Self::Blank
            | Self::Verdict(..)
            | Self::Gate(..)
            | Self::UnjudgedGate(_)
            | Self::Need(_)
            | Self::NeedOfGroup(..)
            | Self::Lane(_) => 1,
            Self::Figure(_, figure) => {
                // The verdict, the score and a blank line stay in sight above the first picture.
                figure::height(view, figure, area.width, area.height.saturating_sub(3))
            }
            Self::Table(_, table) => table::height(view, table, area.width),
            // The picture matters more.
            Self::Score(..) if area.height < LOW => 1,
            Self::Score(score, before) => lines(&score_line(score, *before), 2),
            Self::Note(words) | Self::Warning(words) => lines(words, 2),
            Self::Error(error) => lines(error, 2),
            Self::OutOfDate(words) => lines(words, 2),
            Self::Before(section) => section.height(view, area),
            Self::Hint(hint) => lines(hint, 0),
        }
    }

    /// Is it an empty line?
    pub(super) fn is_blank(&self) -> bool {
        match self {
            Self::Blank => true,
            Self::Before(section) => section.is_blank(),
            _ => false,
        }
    }

    /// Is it a note?
    pub(super) fn is_note(&self) -> bool {
        match self {
            Self::Note(_) => true,
            Self::Before(section) => section.is_note(),
            _ => false,
        }
    }

    /// Does it stand beside the pictures, where there is room?
    pub(super) fn stands_beside(&self) -> bool {
        match self {
            Self::Table(..) => true,
            Self::Before(section) => section.stands_beside(),
            _ => self.is_note(),
        }
    }

    /// Its rows that can be looked at: the line, how many lines belong to it, what it stands for.
    pub(super) fn rows(&self, view: &View<'_>, area: Rect) -> Vec<(u16, u16, ResultRow)> {
        match self {
            Self::Gate(place, ..) => vec![(0, 1, ResultRow::Gate(*place))],
            Self::Score(score, before) if area.height < LOW => {
                let words = score_line(score, *before);
                let is_cut = text::width(&words) > usize::from(area.width.saturating_sub(2));
                is_cut
                    .then_some((0, 1, ResultRow::Score))
                    .into_iter()
                    .collect()
            }
            Self::Need(resource) => vec![(0, 1, ResultRow::Need(resource.name.clone()))],
            Self::Figure(place, shown) => {
                let bars = shown.bars.iter().enumerate();
                let bars = bars.map(|(line, bar)| {
                    let row = ResultRow::Bar(*place, *bar);
                    (line as u16 + 1, 1, row)
                });
                let all = match shown.figure {
                    Figure::Bars { .. } => None,
                    _ => Some((0, self.height(view, area), ResultRow::Figure(*place))),
                };
                all.into_iter().chain(bars).collect()
            }
            Self::Table(key, shown) => {
                let rows = shown.rows.iter().enumerate();
                let rows = rows.map(|(line, row)| {
                    let row = ResultRow::Table((*key).to_owned(), *row);
                    (line as u16 + 2, 1, row)
                });
                rows.collect()
            }
            Self::Before(section) => section.rows(view, area),
            _ => Vec::new(),
        }
    }

    pub(super) fn draw(&self, view: &View<'_>, buffer: &mut Buffer, area: Rect) {
        let (theme, glyphs) = (view.theme, view.glyphs);
        match self {
            Self::Blank => {}
            Self::Verdict(dimension, outcome) => verdict(view, buffer, area, *dimension, outcome),
            Self::Score(score, before) => {
                let words = score_line(score, *before);
                let columns = usize::from(area.width) - 2;
                let lines = match area.height {
                    1 => vec![text::fit(&words, columns, glyphs.ellipsis).into_owned()],
                    _ => text::wrap(&words, columns),
                };
                for (row, line) in lines.iter().enumerate() {
                    let style = if row == 0 { theme.text } else { theme.dim };
                    Pen::new(buffer, glyphs, area, row).skip(2).put(line, style);
                }
            }
            Self::Gate(_, result, before) => gate(view, buffer, area, result, *before),
            Self::UnjudgedGate(metric) => {
                let mut pen = Pen::new(buffer, glyphs, area, 0);
                let room = pen.room().saturating_sub(UNJUDGED.len() + 3);
                pen.put(glyphs.planned, theme.dim).skip(1);
                pen.name(metric, room, theme.text).skip(1);
                pen.put(UNJUDGED, theme.dim);
            }
            Self::Figure(_, figure) => figure::draw(view, buffer, area, figure),
            Self::Table(_, table) => table::draw(view, buffer, area, table),
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
            Self::Before(section) => {
                section.draw(view, buffer, area);
                buffer.set_style(area, theme.dim);
            }
            Self::Hint(hint) => {
                for (row, line) in text::wrap(hint, usize::from(area.width)).iter().enumerate() {
                    Pen::new(buffer, glyphs, area, row).put(line, theme.text);
                }
            }
            Self::Need(resource) => need(view, buffer, area, resource),
            Self::Lane(own) => lane(view, buffer, area, own),
            Self::NeedOfGroup(group, loaded, all) => {
                let share = *loaded as f64 / (*all).max(1) as f64;
                let style = if *loaded > 0 { theme.text } else { theme.dim };
                Pen::new(buffer, glyphs, area, 0)
                    .skip(2)
                    .name(group, 22, style)
                    .skip(1)
                    .progress(
                        share,
                        usize::from(area.width).saturating_sub(41).min(36),
                        theme.accent,
                        theme.border,
                    )
                    .skip(2)
                    .put(&format!("{loaded} of {all}"), theme.dim);
            }
        }
    }
}

/// What a worker does, and for how long.
fn lane(view: &View<'_>, buffer: &mut Buffer, area: Rect, lane: &Lane<'_>) {
    let theme = view.theme;
    let standing = ResourceStanding::of(lane.resource, view.ledger);
    let is_narrow = area.width < NARROW;
    let left = Progress::of(lane.resource, view.now).and_then(Progress::left);
    let took = display::clock((view.now - lane.since).max(0.0));
    let took = match left {
        Some(left) if is_narrow => left,
        Some(left) => format!("{took}, {left}"),
        None => took,
    };
    let others = match lane.others {
        0 => String::new(),
        others if is_narrow => format!(" +{others}"),
        others => format!(" and {others} more in one pass"),
    };
    let mut pen = Pen::new(buffer, view.glyphs, area, 0);
    pen.put(view.spinner, theme.accent).skip(1);
    if !is_narrow {
        pen.put("worker ", theme.dim);
    }
    pen.put(&format!("{} ", lane.worker), theme.dim);
    pen.put(&standing.words(), theme.accent).skip(1);
    let taken = text::width(&others) + text::width(&took) + 2;
    let name = label(lane.resource);
    let room = pen.room().saturating_sub(taken);
    pen.name(name, text::width(name).min(room), theme.text);
    pen.put(&others, theme.dim).skip(2);
    pen.put(&took, theme.dim);
}

fn score_line(score: &Score, before: Option<&Score>) -> String {
    match before {
        Some(before) => format!("score {}", score_change_words(before, score)),
        None => format!("score {}", score_words(score)),
    }
}

fn verdict(
    view: &View<'_>,
    buffer: &mut Buffer,
    area: Rect,
    dimension: Dimension,
    outcome: &DimensionOutcome,
) {
    let theme = view.theme;
    let record = view.ledger.dimension(dimension);
    let standing = DimensionStanding::of(record);
    let (sign, style) = signs::dimension(view, standing);
    let mut pen = Pen::new(buffer, view.glyphs, area, 0);
    pen.put(sign, style).skip(1).put(&standing.words(), style);
    let said = standing.words();
    let others = warning_words(outcome).into_iter();
    for words in others.filter(|words| *words != said) {
        pen.put(", ", theme.dim).put(&words, theme.warn);
    }
    pen.skip(2);
    if let Some((name, value)) = &outcome.headline {
        pen.put(&display::metric(*value), theme.strong).skip(1);
        if let Some(delta) = view.headline_delta(dimension) {
            pen.put(&delta, view.delta_style(&delta)).skip(1);
        }
        pen.put(name, theme.dim);
        let arrow = match headline_direction(name) {
            Direction::Higher => Some(view.glyphs.more),
            Direction::Lower => Some(view.glyphs.less),
            Direction::Neither => None,
        };
        if let Some(arrow) = arrow {
            let words = format!(" {arrow} better");
            if text::width(&words) <= pen.room() {
                pen.put(&words, theme.dim);
            }
        }
        let interval = interval_words(outcome, name).map(|words| format!(" ({words})"));
        // Half of an interval says something else than all of it.
        if let Some(words) = interval.filter(|words| text::width(words) <= pen.room()) {
            pen.put(&words, theme.dim);
        }
    }
    if !outcome.came_to_results() && record.asked.all == 0 {
        // It asked for nothing, and how soon that ended is of no use.
        return;
    }
    let loaded = loaded_words(record, outcome);
    let before = view.pinned_outcome(dimension);
    let was = before.map_or_else(String::new, |before| {
        format!(" (was {})", display::seconds(before.seconds))
    });
    let took = format!("{}{was}, {loaded}", display::seconds(outcome.seconds));
    if pen.room() > took.len() + 1 {
        pen.skip_to_last(took.len()).put(&took, theme.dim);
    }
}

fn gate(
    view: &View<'_>,
    buffer: &mut Buffer,
    area: Rect,
    result: &GateResult,
    before: Option<f64>,
) {
    let (theme, glyphs) = (view.theme, view.glyphs);
    let (sign, style) = if result.passed {
        (glyphs.good, theme.good)
    } else {
        (glyphs.bad, theme.bad)
    };
    let (value, bound) = (gate_value(result), gate_bound(result));
    let mut pen = Pen::new(buffer, glyphs, area, 0);
    let delta = before
        .zip(result.value)
        .map(|(was, is)| display::signed(is - was));
    let delta = delta.map_or_else(String::new, |delta| format!(" {delta}"));
    let taken = bound.len() + value.len() + delta.len();
    let room = pen.room().saturating_sub(taken + 5);
    pen.put(sign, style)
        .skip(1)
        .name(&result.metric, room, theme.text)
        .skip(1);
    pen.put(&value, style)
        .put(&delta, view.delta_style(delta.trim()))
        .put(", ", theme.dim)
        .put(&bound, theme.dim);
}

fn need(view: &View<'_>, buffer: &mut Buffer, area: Rect, resource: &ResourceRecord) {
    let theme = view.theme;
    let standing = ResourceStanding::of(resource, view.ledger);
    let (sign, style) = signs::resource(view, standing);
    let there = resource.is_resident();
    let style = style.remove_modifier(Modifier::CROSSED_OUT);
    let mut pen = Pen::new(buffer, view.glyphs, area, 0);
    let room = pen.room().saturating_sub(2 + 14);
    pen.put(sign, signs::resource_sign(view, resource, style))
        .skip(1);
    pen.name(
        &resource.name.0,
        room.min(46),
        if there { theme.text } else { theme.dim },
    );
    pen.skip(1).left(&standing.words(), 13, style);
}
