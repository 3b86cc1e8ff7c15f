//! What is held, each resource as large as its bytes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Line;
use crate::display;
use crate::explain::names::{heading, short_name};
use crate::ledger::ResourceRecord;
use crate::tui::draw::treemap::treemap;
use crate::tui::draw::{Pen, View, text};
use crate::vocabulary::ResourceKind;

/// Resources that are told apart at most; the others of a kind are one part.
const MOST: usize = 60;
/// What is less than such a part of all is one of the others.
const LEAST_SHARE: u64 = 100;
/// Rows of the map at most, and at least.
const ROWS: std::ops::RangeInclusive<usize> = 4..=40;
/// Lines of the overlay beside the map: frame, head, blanks, legend.
const OTHERS: usize = 8;

/// A part of the map.
struct Part {
    words: String,
    bytes: u64,
    style: Style,
}

pub(super) fn lines(view: &View<'_>, columns: usize) -> Vec<Line> {
    let theme = view.theme;
    let held = view.ledger.resources().iter().filter(|r| r.is_resident());
    let mut held: Vec<(&ResourceRecord, u64)> = held
        .map(|resource| (resource, resource.bytes_or_estimate().unwrap_or(0)))
        .filter(|(_, bytes)| *bytes > 0)
        .collect();
    held.sort_by(|(one, a), (other, b)| b.cmp(a).then(one.name.cmp(&other.name)));
    let total: u64 = held.iter().map(|(_, bytes)| bytes).sum();
    let words = match held.len() {
        0 => "nothing is held at this moment".to_owned(),
        1 => format!("~{} by one resource", display::bytes(total)),
        count => format!("~{} by {count} resources", display::bytes(total)),
    };
    let mut lines = vec![vec![(words, theme.text)], Line::new()];
    if held.is_empty() {
        lines.pop();
        return lines;
    }
    let parts = parts(view, &held, total);
    let rows = usize::from(view.layout.area.height).saturating_sub(OTHERS);
    let rows = rows.clamp(*ROWS.start(), *ROWS.end());
    lines.extend(picture(view, &parts, columns, rows));
    lines.push(Line::new());
    lines.push(legend(view));
    lines
}

/// The larger resources, and all others of a kind as one.
fn parts(view: &View<'_>, held: &[(&ResourceRecord, u64)], total: u64) -> Vec<Part> {
    let least = total / LEAST_SHARE;
    let is_large = |(_, bytes): &&(&ResourceRecord, u64)| *bytes >= least;
    let large = held.iter().filter(is_large).take(MOST);
    let mut parts: Vec<Part> = large.map(|(r, bytes)| part(view, r, *bytes)).collect();
    let others = held.iter().skip(parts.len());
    let mut kinds: Vec<(ResourceKind, usize, u64)> = Vec::new();
    for (resource, bytes) in others {
        match kinds.iter_mut().find(|(kind, ..)| *kind == resource.kind) {
            Some((_, count, sum)) => {
                *count += 1;
                *sum += bytes;
            }
            None => kinds.push((resource.kind, 1, *bytes)),
        }
    }
    parts.extend(kinds.into_iter().map(|(kind, count, bytes)| Part {
        words: format!(
            "{count} {} {}",
            heading(kind).to_lowercase(),
            display::bytes(bytes)
        ),
        bytes,
        style: style(view, kind),
    }));
    parts.sort_by_key(|part| std::cmp::Reverse(part.bytes));
    parts
}

fn part(view: &View<'_>, resource: &ResourceRecord, bytes: u64) -> Part {
    let name = short_name(&resource.name.0);
    Part {
        words: format!("{} {}", display::clean(name), display::bytes(bytes)),
        bytes,
        style: style(view, resource.kind),
    }
}

fn style(view: &View<'_>, kind: ResourceKind) -> Style {
    let series = view.theme.series;
    match kind {
        ResourceKind::Predictions => series[0],
        ResourceKind::Model => series[1],
        ResourceKind::Table => series[2],
        _ => series[3],
    }
}

fn picture(view: &View<'_>, parts: &[Part], columns: usize, rows: usize) -> Vec<Line> {
    let glyphs = view.glyphs;
    let area = Rect::new(0, 0, columns as u16, rows as u16);
    let mut buffer = Buffer::empty(area);
    let values: Vec<f64> = parts.iter().map(|part| part.bytes as f64).collect();
    for (part, place) in parts.iter().zip(treemap(&values, area)) {
        if place.is_empty() {
            continue;
        }
        let width = usize::from(place.width);
        for row in 0..usize::from(place.height) {
            let mut pen = Pen::new(&mut buffer, glyphs, place, row);
            if row == 0 {
                pen.put(glyphs.corner_down, part.style);
                pen.fill(glyphs.rule, width, part.style);
            } else {
                pen.put(glyphs.upright, part.style);
            }
        }
        // The name goes into the part where there is more of it than its edge.
        let (row, left) = if place.height > 1 { (1, 2) } else { (0, 1) };
        if width > left + 2 {
            Pen::new(&mut buffer, glyphs, place, row).skip(left).put(
                &text::fit(&part.words, width - left - 1, glyphs.ellipsis),
                part.style,
            );
        }
    }
    close(view, &mut buffer, area);
    buffer.content.chunks(columns.max(1)).map(row_of).collect()
}

/// The edges to the right and below, which no part has.
fn close(view: &View<'_>, buffer: &mut Buffer, area: Rect) {
    let (set, style) = (view.glyphs.border, view.theme.border);
    let (Some(right), Some(bottom)) = (area.right().checked_sub(1), area.bottom().checked_sub(1))
    else {
        return;
    };
    for y in area.top()..bottom {
        buffer[(right, y)]
            .set_symbol(set.vertical_right)
            .set_style(style);
    }
    for x in area.left()..right {
        buffer[(x, bottom)]
            .set_symbol(set.horizontal_bottom)
            .set_style(style);
    }
    buffer[(area.left(), bottom)].set_symbol(set.bottom_left);
    buffer[(right, bottom)]
        .set_symbol(set.bottom_right)
        .set_style(style);
    buffer[(right, area.top())].set_symbol(set.top_right);
}

/// A row of cells as parts of one style each.
fn row_of(cells: &[ratatui::buffer::Cell]) -> Line {
    let mut line = Line::new();
    for cell in cells {
        // The ground is the overlay's.
        let style = Style::new().fg(cell.fg).add_modifier(cell.modifier);
        match line.last_mut() {
            Some((words, last)) if *last == style => words.push_str(cell.symbol()),
            _ => line.push((cell.symbol().to_owned(), style)),
        }
    }
    line
}

fn legend(view: &View<'_>) -> Line {
    let kinds = [
        ResourceKind::Predictions,
        ResourceKind::Model,
        ResourceKind::Table,
    ];
    let mut line = Line::new();
    for kind in kinds {
        line.push((view.glyphs.line_full.to_owned(), style(view, kind)));
        line.push((
            format!(" {}  ", heading(kind).to_lowercase()),
            view.theme.dim,
        ));
    }
    line.push((view.glyphs.line_full.to_owned(), view.theme.series[3]));
    line.push((" others".to_owned(), view.theme.dim));
    line
}
