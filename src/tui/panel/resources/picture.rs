//! The resources by kind: what is loaded, what it costs, who holds it, what was avoided.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::style::Modifier;

use super::order::Column;
use super::tree::{Row, RowId, Tree};
use crate::display;
use crate::explain::differences::{Fate, pinned_words};
use crate::explain::names::{FACTS, heading, label, short_name};
use crate::explain::owners::held_by;
use crate::explain::progress::Progress;
use crate::explain::states::{ResourceStanding, totals};
use crate::ledger::{ResourceRecord, ResourceState};
use crate::tui::draw::{Pen, View, frame, signs, text};
use crate::tui::layout::{PanelName, Placed};
use crate::vocabulary::{Dimension, ResourceName, RunsOn};

/// Columns of the word for what runs a model.
const BACKEND: usize = 6;

/// A name keeps this much room beside it.
const LEAST_NAME: usize = 16;

/// The columns of a row; those that do not fit are empty ranges.
struct Columns {
    name: Range<usize>,
    needs: Range<usize>,
    size: Range<usize>,
    load: Range<usize>,
    asks: Range<usize>,
    state: Range<usize>,
}

impl Columns {
    fn of(width: usize, has_tabs: bool) -> Self {
        let state_width = match width {
            96.. => 24,
            72.. => 15,
            _ => 13,
        };
        let mut end = width;
        let mut take = |columns: usize| {
            let from = end - columns;
            let taken = from..end;
            end = from.saturating_sub(1);
            taken
        };
        let state = take(state_width);
        let asks = if width >= 64 { take(4) } else { 0..0 };
        let load = take(7);
        let size = take(8);
        let needs = if width >= 70 && !has_tabs {
            take(5)
        } else {
            0..0
        };
        Self {
            name: 1..end,
            needs,
            size,
            load,
            asks,
            state,
        }
    }
}

pub(super) fn draw(view: &View<'_>, tree: &Tree, buffer: &mut Buffer, placed: &Placed) {
    let inner = frame::frame(view, buffer, placed);
    let columns = Columns::of(usize::from(inner.width), !placed.tabs.is_empty());
    for (text, range, right) in [
        ("for", &columns.needs, false),
        ("size", &columns.size, true),
        ("load", &columns.load, true),
        ("asks", &columns.asks, true),
        (&*state_head(view), &columns.state, false),
    ] {
        if !range.is_empty() {
            let span = (range.start, range.end);
            frame::heading(view, buffer, placed, text, span, right);
        }
    }
    sorted(view, tree, buffer, placed, &columns);
    let offset = tree.list.offset;
    let in_sight = tree.rows().iter().enumerate().skip(offset);
    for (i, row) in in_sight.take(usize::from(inner.height)) {
        let mut pen = Pen::new(buffer, view.glyphs, inner, i - offset);
        let is_here = i == tree.list.selected;
        frame::cursor(view, &mut pen, PanelName::Resources, is_here);
        one(view, &mut pen, row, &columns);
    }
    let row = tree.list.selected.saturating_sub(offset);
    frame::highlight(view, buffer, inner, PanelName::Resources, row);
    frame::found(view, buffer, inner, tree.filter());
    frame::thumb(view, buffer, placed, inner, (offset, tree.rows().len()));
    frame::filtered(view, buffer, placed, tree.filter(), tree.found());
    frame::total(view, buffer, placed, &totals(view.ledger, view.glyphs.dot));
}

/// What the last column tells: who holds it, or what became of it since a run was pinned.
fn state_head(view: &View<'_>) -> String {
    view.pinned.map_or_else(
        || "held by".to_owned(),
        |pinned| format!("vs {}", pinned_words(pinned)),
    )
}

/// Marks the head of the column that the rows are sorted by.
fn sorted(view: &View<'_>, tree: &Tree, buffer: &mut Buffer, placed: &Placed, columns: &Columns) {
    let Some(order) = tree.order() else {
        return;
    };
    let (range, right) = match order.column {
        Column::Size => (&columns.size, true),
        Column::Load => (&columns.load, true),
        Column::Asks => (&columns.asks, true),
        Column::Name => (&columns.name, false),
    };
    let glyphs = view.glyphs;
    let sign = if order.is_reversed {
        glyphs.ascending
    } else {
        glyphs.descending
    };
    let words = format!("{sign}{}", order.column.title());
    let titles = placed.title_columns() + 1;
    let from = if right {
        range.start
    } else {
        range.start.max(titles)
    };
    let to = range.end;
    let begins = if right {
        to.saturating_sub(text::width(&words))
    } else {
        from
    };
    // Where the tabs have taken the room of the head, at the end of the row.
    let is_hidden = !placed.tabs.is_empty() && begins < titles;
    let (from, to, right) = if is_hidden {
        (0, usize::from(placed.inner().width), true)
    } else {
        (from, to, right)
    };
    frame::heading_in(
        view,
        buffer,
        placed,
        &words,
        (from, to),
        right,
        view.theme.accent,
    );
}

fn one(view: &View<'_>, pen: &mut Pen<'_>, row: &Row, columns: &Columns) {
    let resources = view.ledger.resources();
    let indent = 2 * usize::from(row.depth);
    pen.skip(indent);
    let name_width = columns.name.len().saturating_sub(indent + 2);
    match (&row.id, row.members.first().and_then(|i| resources.get(*i))) {
        (RowId::Leaf(_), Some(resource)) => {
            let name = match &row.called {
                Some(called) => called.as_str(),
                None if row.is_alone => short_name(&resource.name.0),
                None => label(resource),
            };
            leaf(view, pen, (resource, name), name_width, columns);
        }
        _ => group(view, pen, row, name_width, columns),
    }
}

fn leaf(
    view: &View<'_>,
    pen: &mut Pen<'_>,
    (resource, name): (&ResourceRecord, &str),
    name_width: usize,
    columns: &Columns,
) {
    let theme = view.theme;
    let there = resource.is_resident();
    let under_way = resource.state.is_under_way();
    let standing = ResourceStanding::of(resource, view.ledger);
    let (sign, style) = signs::resource(view, standing);
    let word = standing.words();
    let name_style = match (there || under_way, standing == ResourceStanding::Avoided) {
        (true, _) => theme.text,
        (false, true) => theme.avoided,
        (false, false) => theme.dim,
    };
    let plain = style.remove_modifier(Modifier::CROSSED_OUT);
    pen.put(sign, signs::resource_sign(view, resource, plain))
        .skip(1);
    let is_roomy = name_width >= LEAST_NAME + 1 + BACKEND;
    match backend_word(resource).filter(|_| is_roomy) {
        Some(word) => {
            let style = if there { theme.dim } else { name_style };
            pen.name(name, name_width - BACKEND - 1, name_style).skip(1);
            pen.left(word, BACKEND, style).skip(1);
        }
        None => {
            pen.name(name, name_width, name_style).skip(1);
        }
    }
    if !columns.needs.is_empty() {
        needs(view, pen, resource);
        pen.skip(1);
    }
    let size_style = if there { theme.text } else { theme.dim };
    let size = match (resource.bytes, resource.estimated_bytes) {
        (_, Some(bytes)) if resource.works() => {
            display::bytes_marked(bytes + resource.working_bytes, false)
        }
        (Some((bytes, exact)), _) => display::bytes_marked(bytes, exact),
        (None, Some(bytes)) => display::bytes_marked(bytes, false),
        (None, None) => String::new(),
    };
    pen.right(&size, 8, size_style).skip(1);
    let seconds = match (resource.load_seconds, resource.load_started_at) {
        (_, Some(started)) if matches!(resource.state, ResourceState::Loading { .. }) => {
            display::clock((view.now - started).max(0.0))
        }
        (Some(seconds), _) => display::seconds(seconds),
        _ => String::new(),
    };
    pen.right(&seconds, 7, size_style).skip(1);
    if !columns.asks.is_empty() {
        asks(view, pen, resource.requests);
    }
    let words = match (there, resource.is_stale()) {
        (true, true) => {
            let words = format!("{word}, {}", held_by(resource));
            let fits = text::width(&words) <= columns.state.len();
            if fits { words } else { word }
        }
        (true, false) => held_by(resource),
        (false, _) => match &resource.state {
            ResourceState::GivenUp(failed) => failed_words(view, failed, columns.state.len(), word),
            ResourceState::Loading { .. } => loading_words(view, resource, &columns.state, word),
            _ => word,
        },
    };
    let fate = view
        .pinned
        .and_then(|pinned| Fate::of(pinned, view.ledger, resource));
    match fate.filter(|_| !under_way) {
        Some(fate) => {
            let style = match fate {
                Fate::Reused => theme.good,
                Fate::Remade(_) | Fate::Gone => theme.warn,
                Fate::New => theme.accent,
                Fate::Kept => theme.dim,
            };
            pen.left(&fate.words(), columns.state.len(), style)
        }
        None => pen.left(&words, columns.state.len(), plain),
    };
}

/// How far a load is, and what is left of it, where there are columns for that.
fn loading_words(
    view: &View<'_>,
    resource: &ResourceRecord,
    columns: &Range<usize>,
    word: String,
) -> String {
    let left = Progress::of(resource, view.now).and_then(Progress::left);
    match left.map(|left| format!("{word}, {left}")) {
        Some(words) if text::width(&words) <= columns.len() => words,
        _ => word,
    }
}

/// What failed, where there are columns for it.
fn failed_words(
    view: &View<'_>,
    failed: &ResourceName,
    columns: usize,
    otherwise: String,
) -> String {
    let failed = view.ledger.resource(failed).map_or(&*failed.0, label);
    let words = format!("{failed} failed");
    if text::width(&words) <= columns {
        words
    } else {
        otherwise
    }
}

fn group(view: &View<'_>, pen: &mut Pen<'_>, row: &Row, name_width: usize, columns: &Columns) {
    let (theme, glyphs) = (view.theme, view.glyphs);
    let all = view.ledger.resources();
    let members = || row.members.iter().filter_map(|i| all.get(*i));
    let loaded = members().filter(|r| r.is_resident()).count();
    let under_way = members().any(|r| r.state.is_under_way());
    let failed = members().any(|r| matches!(r.state, ResourceState::Failed(_)));
    let stale = members().any(ResourceRecord::is_stale);
    let title = match &row.id {
        RowId::Kind(kind) => heading(*kind),
        RowId::Facts => FACTS,
        RowId::Family(_, name) | RowId::Group(_, name) => row.called.as_ref().unwrap_or(name),
        RowId::Leaf(_) => "",
    };
    let is_kind = matches!(row.id, RowId::Kind(_) | RowId::Facts);
    let title_style = if is_kind { theme.strong } else { theme.text };
    let title_style = if loaded > 0 || under_way || is_kind {
        title_style
    } else {
        theme.dim
    };
    let sign = if row.open { glyphs.open } else { glyphs.folded };
    pen.put(sign, theme.dim).skip(1);
    pen.name(title, name_width, title_style).skip(1);
    pen.skip(if columns.needs.is_empty() {
        0
    } else {
        columns.needs.len() + 1
    });
    let held: u64 = members()
        .filter(|r| r.is_resident())
        .filter_map(ResourceRecord::bytes_or_estimate)
        .sum();
    let size = if loaded > 0 {
        display::bytes(held)
    } else {
        String::new()
    };
    pen.right(&size, 8, theme.dim).skip(1);
    let spent: f64 = members().filter_map(|r| r.load_seconds).sum();
    let spent = if spent > 0.0 {
        display::seconds(spent)
    } else {
        String::new()
    };
    pen.right(&spent, 7, theme.dim).skip(1);
    if !columns.asks.is_empty() {
        asks(view, pen, members().map(|r| r.requests).sum());
    }
    let count = format!("{loaded} of {}", row.members.len());
    if failed {
        pen.put(glyphs.bad, theme.bad).skip(1);
    } else if under_way {
        pen.put(view.spinner, theme.accent).skip(1);
    } else if stale {
        pen.put(glyphs.stale, theme.warn).skip(1);
    }
    let style = if under_way { theme.accent } else { theme.dim };
    pen.put(&count, style);
}

fn asks(view: &View<'_>, pen: &mut Pen<'_>, requests: u64) {
    let text = if requests > 0 {
        display::count(requests)
    } else {
        String::new()
    };
    pen.right(&text, 4, view.theme.dim).skip(1);
}

/// The numbers of the dimensions that need it; those that need it indirectly are dimmed.
fn needs(view: &View<'_>, pen: &mut Pen<'_>, resource: &ResourceRecord) {
    let theme = view.theme;
    for (i, dimension) in Dimension::ALL.into_iter().enumerate() {
        let need = resource
            .needs
            .iter()
            .find(|need| need.dimension == dimension);
        match need {
            None => pen.put(view.glyphs.absent, theme.border),
            Some(need) => {
                let style = if need.derived { theme.dim } else { theme.text };
                pen.put(["1", "2", "3", "4", "5"][i], style)
            }
        };
    }
}

/// What runs a model, as short as a list needs it.
fn backend_word(resource: &ResourceRecord) -> Option<&'static str> {
    Some(match resource.backend.as_ref()?.runs_on() {
        RunsOn::Native => "native",
        RunsOn::OnnxRuntime => "ORT",
    })
}
