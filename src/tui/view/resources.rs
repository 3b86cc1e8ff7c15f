//! The resources by kind: what is loaded, what it costs, who holds it, what was avoided.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::style::{Modifier, Style};

use super::panel;
use super::pen::Pen;
use crate::display;
use crate::ledger::{Ledger, Planned, ResourceRecord, ResourceState};
use crate::tui::screen::{Panel, Placed, Row, RowId, Screen};
use crate::tui::text;
use crate::vocabulary::{Dimension, Owner, ResourceKind, RunsOn};

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

pub(super) fn draw(screen: &Screen, buffer: &mut Buffer, placed: &Placed) {
    let inner = panel::frame(screen, buffer, placed);
    let columns = Columns::of(usize::from(inner.width), !placed.tabs.is_empty());
    for (text, range, right) in [
        ("for", &columns.needs, false),
        ("size", &columns.size, true),
        ("load", &columns.load, true),
        ("asks", &columns.asks, true),
        ("held by", &columns.state, false),
    ] {
        if !range.is_empty() {
            panel::heading(
                screen,
                buffer,
                placed,
                text,
                (range.start, range.end),
                right,
            );
        }
    }
    let tree = screen.tree();
    let offset = tree.list.offset;
    let in_sight = tree.rows().iter().enumerate().skip(offset);
    for (i, row) in in_sight.take(usize::from(inner.height)) {
        let mut pen = Pen::new(buffer, screen.glyphs(), inner, i - offset);
        super::cursor(screen, &mut pen, Panel::Resources, i == tree.list.selected);
        one(screen, &mut pen, row, &columns);
    }
    let row = tree.list.selected.saturating_sub(offset);
    super::highlight(screen, buffer, inner, Panel::Resources, row);
    panel::thumb(screen, buffer, placed, inner, (offset, tree.rows().len()));
    panel::total(
        screen,
        buffer,
        placed,
        &totals(screen.ledger(), screen.glyphs().dot),
    );
}

/// How much is loaded, and how much need not be; before the first run, what it would load.
pub(super) fn totals(ledger: &Ledger, dot: &str) -> String {
    let all = ledger.resources();
    let is_avoided = |r: &&ResourceRecord| r.loads == 0 && r.planned == Planned::Avoided;
    let is_planned = |r: &&ResourceRecord| r.planned != Planned::Avoided;
    let count_of = all.len();
    if ledger.runs.is_empty() && all.iter().any(|r| is_planned(&r)) {
        let (planned, bytes) = sum(all.iter().filter(is_planned));
        let (_, spared) = sum(all.iter().filter(is_avoided));
        return format!("plan: {planned} of {count_of} {dot} ~{bytes} {dot} avoids ~{spared}");
    }
    let (loaded, held) = sum(all.iter().filter(|r| r.is_resident()));
    let stale = all.iter().filter(|r| r.is_stale()).count();
    if stale > 0 {
        return format!("{loaded} of {count_of} loaded {dot} {held} {dot} {stale} stale");
    }
    let (avoided, spared) = sum(all.iter().filter(is_avoided));
    if avoided == 0 || ledger.runs.is_empty() {
        return format!("{loaded} of {count_of} loaded {dot} {held}");
    }
    format!("{loaded} of {count_of} loaded {dot} {held} {dot} {avoided} avoided, ~{spared}")
}

/// How many they are, and their bytes.
fn sum<'a>(resources: impl Iterator<Item = &'a ResourceRecord>) -> (usize, String) {
    let (count, bytes) = resources.fold((0, 0), |(count, bytes), resource| {
        (count + 1, bytes + resource.bytes_or_estimate().unwrap_or(0))
    });
    (count, display::bytes(bytes))
}

fn one(screen: &Screen, pen: &mut Pen<'_>, row: &Row, columns: &Columns) {
    let resources = screen.ledger().resources();
    let indent = 2 * usize::from(row.depth);
    pen.skip(indent);
    let name_width = columns.name.len().saturating_sub(indent + 2);
    match (&row.id, row.members.first().and_then(|i| resources.get(*i))) {
        (RowId::Leaf(_), Some(resource)) => leaf(screen, pen, resource, name_width, columns),
        _ => group(screen, pen, row, name_width, columns),
    }
}

fn leaf(
    screen: &Screen,
    pen: &mut Pen<'_>,
    resource: &ResourceRecord,
    name_width: usize,
    columns: &Columns,
) {
    let theme = screen.theme();
    let there = resource.is_resident();
    let under_way = resource.state.is_under_way();
    let (sign, word, style) = state(screen, resource);
    let name_style = match (there || under_way, style == theme.avoided) {
        (true, _) => theme.text,
        (false, true) => theme.avoided,
        (false, false) => theme.dim,
    };
    let plain = style.remove_modifier(Modifier::CROSSED_OUT);
    pen.put(sign, sign_style(screen, resource, plain)).skip(1);
    let name = label(resource);
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
        needs(screen, pen, resource);
        pen.skip(1);
    }
    let size_style = if there { theme.text } else { theme.dim };
    let size = match (resource.bytes, resource.estimated_bytes) {
        (Some((bytes, exact)), _) => display::bytes_marked(bytes, exact),
        (None, Some(bytes)) => display::bytes_marked(bytes, false),
        (None, None) => String::new(),
    };
    pen.right(&size, 8, size_style).skip(1);
    let seconds = match (resource.load_seconds, resource.load_started_at) {
        (_, Some(started)) if matches!(resource.state, ResourceState::Loading { .. }) => {
            display::clock((screen.now() - started).max(0.0))
        }
        (Some(seconds), _) => display::seconds(seconds),
        _ => String::new(),
    };
    pen.right(&seconds, 7, size_style).skip(1);
    if !columns.asks.is_empty() {
        asks(screen, pen, resource.requests);
    }
    let words = match (there, resource.is_stale()) {
        (true, true) => {
            let words = format!("{word}, {}", held_by(resource));
            let fits = text::width(&words) <= columns.state.len();
            if fits { words } else { word }
        }
        (true, false) => held_by(resource),
        (false, _) => word,
    };
    pen.left(&words, columns.state.len(), plain);
}

fn group(screen: &Screen, pen: &mut Pen<'_>, row: &Row, name_width: usize, columns: &Columns) {
    let (theme, glyphs) = (screen.theme(), screen.glyphs());
    let all = screen.ledger().resources();
    let members = || row.members.iter().filter_map(|i| all.get(*i));
    let loaded = members().filter(|r| r.is_resident()).count();
    let under_way = members().any(|r| r.state.is_under_way());
    let failed = members().any(|r| matches!(r.state, ResourceState::Failed(_)));
    let stale = members().any(ResourceRecord::is_stale);
    let title = match &row.id {
        RowId::Kind(kind) => heading(*kind),
        RowId::Group(_, group) => group,
        RowId::Leaf(_) => "",
    };
    let is_kind = matches!(row.id, RowId::Kind(_));
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
        asks(screen, pen, members().map(|r| r.requests).sum());
    }
    let count = format!("{loaded} of {}", row.members.len());
    if failed {
        pen.put(glyphs.bad, theme.bad).skip(1);
    } else if under_way {
        pen.put(screen.spinner(), theme.accent).skip(1);
    } else if stale {
        pen.put(glyphs.stale, theme.warn).skip(1);
    }
    let style = if under_way { theme.accent } else { theme.dim };
    pen.put(&count, style);
}

fn asks(screen: &Screen, pen: &mut Pen<'_>, requests: u64) {
    let text = if requests > 0 {
        display::count(requests)
    } else {
        String::new()
    };
    pen.right(&text, 4, screen.theme().dim).skip(1);
}

/// The numbers of the dimensions that need it; those that need it indirectly are dimmed.
fn needs(screen: &Screen, pen: &mut Pen<'_>, resource: &ResourceRecord) {
    let theme = screen.theme();
    for (i, dimension) in Dimension::ALL.into_iter().enumerate() {
        let need = resource
            .needs
            .iter()
            .find(|need| need.dimension == dimension);
        match need {
            None => pen.put(screen.glyphs().absent, theme.border),
            Some(need) => {
                let style = if need.derived { theme.dim } else { theme.text };
                pen.put(["1", "2", "3", "4", "5"][i], style)
            }
        };
    }
}

/// Sign, word and style of where a resource stands.
pub(super) fn state(screen: &Screen, resource: &ResourceRecord) -> (&'static str, String, Style) {
    let (theme, glyphs) = (screen.theme(), screen.glyphs());
    let ledger = screen.ledger();
    let plan_exists = !ledger.selected().is_empty() || ledger.active_run().is_some();
    let (sign, word, style) = match &resource.state {
        _ if resource.is_stale() => (glyphs.stale, "stale", theme.warn),
        ResourceState::Resident => (glyphs.resident, "resident", theme.text),
        ResourceState::Queued => (glyphs.queued, "queued", theme.accent),
        ResourceState::Loading { done, total } if *total > 0 => {
            let share = display::percent(*done as f64 / *total as f64);
            return (
                screen.spinner(),
                format!("loading {share:>4}"),
                theme.accent,
            );
        }
        ResourceState::Loading { .. } => (screen.spinner(), "loading", theme.accent),
        ResourceState::Failed(_) => (glyphs.bad, "failed", theme.bad),
        ResourceState::Cancelled => (glyphs.stopped, "cancelled", theme.warn),
        ResourceState::Gone(_) => (glyphs.gone, resource.state.name(), theme.dim),
        ResourceState::Absent => match resource.planned {
            Planned::First => (glyphs.planned, "loads first", theme.dim),
            Planned::Later => (glyphs.planned, "on demand", theme.dim),
            Planned::Avoided if plan_exists => (glyphs.absent, "avoided", theme.avoided),
            Planned::Avoided => (glyphs.absent, "not loaded", theme.dim),
        },
    };
    (sign, word.to_owned(), style)
}

/// The style of its sign, where the words beside it have `style`.
pub(super) fn sign_style(screen: &Screen, resource: &ResourceRecord, style: Style) -> Style {
    if resource.is_resident() && !resource.is_stale() {
        screen.theme().good
    } else {
        style
    }
}

/// What runs a model, as short as a list needs it.
fn backend_word(resource: &ResourceRecord) -> Option<&'static str> {
    Some(match resource.backend.as_ref()?.runs_on() {
        RunsOn::Native => "native",
        RunsOn::OnnxRuntime => "ORT",
    })
}

fn held_by(resource: &ResourceRecord) -> String {
    let mut words = String::new();
    for owner in &resource.owners {
        let word = owner_word(owner);
        if words.split(", ").any(|said| said == word) {
            continue;
        }
        if !words.is_empty() {
            words.push_str(", ");
        }
        words.push_str(word);
    }
    if words.is_empty() {
        "resident".to_owned()
    } else {
        words
    }
}

/// One word for an owner.
pub(super) fn owner_word(owner: &Owner) -> &str {
    match owner {
        Owner::Cache => "cache",
        Owner::Client { client } => client.name(),
        Owner::Load { .. } => "a load",
        Owner::User => "you",
        Owner::Strategy => "strategy",
        Owner::Session => "session",
    }
}

/// The heading over all resources of a kind.
fn heading(kind: ResourceKind) -> &'static str {
    match kind {
        ResourceKind::File => "Files",
        ResourceKind::Table => "Tables",
        ResourceKind::Header => "Headers",
        ResourceKind::TargetValues => "Target values",
        ResourceKind::Runtime => "Runtime",
        ResourceKind::ScoreSample => "Score samples",
        ResourceKind::Model => "Models",
        ResourceKind::Predictions => "Predictions",
        ResourceKind::ProtectedAttributes => "Protected attributes",
        ResourceKind::Parity => "Parity",
        ResourceKind::HyperparameterConfig => "Hyperparameters",
    }
}

/// A resource's name without its kind where the rest tells it.
pub(super) fn short_name(name: &str) -> &str {
    match name.split_once(':') {
        Some(("model" | "predictions", rest)) => rest,
        _ => name,
    }
}

/// The name without what the headings above it say.
pub(super) fn label(resource: &ResourceRecord) -> &str {
    let name = short_name(&resource.name.0);
    // A table and its columns stand under the table's name.
    if resource.kind == ResourceKind::Table && resource.group.is_some() {
        let set = name.strip_prefix("columns:").and_then(|columns| {
            let (_, set) = columns.rsplit_once('[')?;
            set.strip_suffix(']')
        });
        return set.unwrap_or("schema");
    }
    match (&resource.group, name.split_once('~')) {
        (Some(_), Some((_, disturbance))) => disturbance,
        (Some(_), None) => name.strip_suffix("@dataset").unwrap_or(name),
        (None, _) => name,
    }
}
