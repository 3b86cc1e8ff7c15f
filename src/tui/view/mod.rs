//! Draws the screen from its state; nothing here changes anything.
//!
//! ```text
//!   LazyDebugger  Adult income · adult_test.parquet        eager-core · quick   ✓ done 3.41 s
//!  ╭▸Dimensions ──── state ─── result ── time ─╮╭ Cache ──────────────────────────────────╮
//!  │ 1 [x] robustness  ✓ ok  0.9129 auc  1.5 s ││ hit rate 64% ━━━━━━━━━━━━───┃── 70%     │
//!  │ 2 [x] fairness    ⠹ loading ━━━━──  3/5   ││ hits 9   misses 5   saved 1.94 s        │
//!  ╰───────────────────────────────────────────╯│ ── lookups ──────────────────────────── │
//!  ╭ Resources ────────── size ── load ─ held ─╮│ 2.31 s ○ miss  rf@calibration  first    │
//!  │ ▾ Tables            1.6 MB  0.02 s  1 of 3│╰─────────────────────────────────────────╯
//!  │   ● dataset         1.6 MB  0.02 s  strat.│╭ Memory ─────────────────────────────────╮
//!  │   · calibration    ~0.8 MB          avoid.││ estimated  59 MB   ⣀⣠⣤⣶⣿ over time      │
//!  │ ▾ Models           57.3 MB  0.42 s  1 of 15│╰─────────────────────────────────────────╯
//!  │   ● random_forest ~57.3 MB  0.42 s  strat.│╭ Results ────────────────────────────────╮
//!  │   ▸ variants                        0 of 12││ figure, gates, tables, notes            │
//!  ╰───────────────────────────────────────────╯╰─────────────────────────────────────────╯
//!   run 1 finished in 3.41 s
//!   space toggle  r run  a all/none  R rerun  tab panel  z zoom  ? help  q quit
//! ```
//!
//! - `header`: the program, what is validated, how, and where the run stands
//! - `dimensions`, `resources`, `cache`, `memory`, `results`: one panel each
//! - `summary`: cache and memory in a line each, where their panels take turns
//! - `bottom`: the last message, and the keys that work now
//! - `why`, `plan`, `help`, `overlay`: what lies over the panels
//! - `figure`, `table`: pictures and tables of the results
//! - `panel`, `pen`, `plot`: frames, rows of text, and curves

mod bottom;
mod cache;
mod dimensions;
mod figure;
mod header;
mod help;
mod memory;
mod overlay;
mod panel;
mod pen;
mod plan;
mod plot;
mod resources;
mod results;
mod signs;
mod summary;
mod table;
mod why;

pub(super) use cache::lookups_area;
pub(super) use dimensions::CHECK_BOX;
pub(super) use overlay::overflow as overlay_overflow;
pub(super) use results::height as results_height;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::screen::{LEAST, Panel, Screen};
use pen::Pen;

/// Draws the whole screen.
pub(super) fn draw(screen: &Screen, buffer: &mut Buffer) {
    let layout = screen.layout();
    buffer.set_style(layout.area, screen.theme().ground);
    if !layout.is_usable() {
        too_small(screen, buffer);
        return;
    }
    header::draw(screen, buffer, layout.header);
    for placed in &layout.panels {
        match placed.panel {
            Panel::Dimensions => dimensions::draw(screen, buffer, placed),
            Panel::Resources => resources::draw(screen, buffer, placed),
            Panel::Cache => cache::draw(screen, buffer, placed),
            Panel::Memory => memory::draw(screen, buffer, placed),
            Panel::Results => results::draw(screen, buffer, placed),
        }
    }
    if let Some(area) = layout.summary {
        summary::draw(screen, buffer, area);
    }
    bottom::message(screen, buffer, layout.message);
    bottom::keys(screen, buffer, layout.footer);
    overlay::draw(screen, buffer);
}

fn too_small(screen: &Screen, buffer: &mut Buffer) {
    let area = screen.layout().area;
    let (columns, rows) = LEAST;
    let (theme, glyphs) = (screen.theme(), screen.glyphs());
    let is = format!("terminal too small: {}x{}", area.width, area.height);
    let needs = format!("needs {columns}x{rows}");
    let at = usize::from(area.height / 2).saturating_sub(1);
    for (i, (text, style)) in [(is, theme.warn), (needs, theme.dim)].iter().enumerate() {
        let left = usize::from(area.width).saturating_sub(text.len()) / 2;
        Pen::new(buffer, glyphs, area, at + i)
            .skip(left)
            .put(text, *style);
    }
}

/// The first column of a row of a list: the cursor, which is more than a colour.
fn cursor(screen: &Screen, pen: &mut Pen<'_>, panel: Panel, is_here: bool) {
    let (theme, glyphs) = (screen.theme(), screen.glyphs());
    if !is_here {
        pen.skip(1);
    } else if screen.focus() == panel {
        pen.put(glyphs.cursor, theme.focus);
    } else {
        pen.put(glyphs.cursor_elsewhere, theme.dim);
    }
}

/// Marks the row under the cursor, after it was drawn. Where that means reversed text, its colours
/// go: they would become patches of ground.
fn highlight(screen: &Screen, buffer: &mut Buffer, area: Rect, panel: Panel, row: usize) {
    if screen.focus() != panel || row >= usize::from(area.height) {
        return;
    }
    let selection = screen.theme().selection;
    let row = Rect::new(area.x, area.y + row as u16, area.width, 1);
    if selection.add_modifier.contains(Modifier::REVERSED) {
        let plain = Style::new().fg(Color::Reset);
        buffer.set_style(
            row,
            plain.remove_modifier(Modifier::DIM | Modifier::CROSSED_OUT),
        );
    }
    buffer.set_style(row, selection);
}
