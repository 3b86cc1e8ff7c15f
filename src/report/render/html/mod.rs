//! A report as one HTML file: no script, nothing from elsewhere, light and dark, for a phone, a laptop
//! and for paper.

mod bars;
mod figure;
mod meeting;
mod scale;

use maud::{DOCTYPE, Markup, PreEscaped, html as markup};

use crate::display::clean;
use crate::explain::Tone;
use crate::explain::results::{gate_bound, gate_value, score_value};
use crate::report::model::{
    Block, DimensionReport, Document, Row, RunReport, Said, Section, Table,
};
use crate::vocabulary::Dimension;

/// It is to go through mail and be opened on a phone.
const MOST_BYTES: usize = 300_000;
/// Rows of a table: as many as one wants, or as many as fit.
const MOST_ROWS: [usize; 5] = [1000, 200, 40, 12, 4];
/// A longer table is folded.
const FOLDED_FROM: usize = 16;
const STYLE: &str = include_str!("style.css");

/// The whole report.
pub(in crate::report) fn html(report: &RunReport<'_>) -> String {
    let document = report.document();
    let mut pages = MOST_ROWS
        .into_iter()
        .map(|most| page(report, &document, most).into_string());
    let fits = pages.find(|page| page.len() <= MOST_BYTES);
    fits.unwrap_or_else(|| page(report, &document, 0).into_string())
}

fn page(report: &RunReport<'_>, document: &Document, most_rows: usize) -> Markup {
    let verdict = report.verdict();
    markup! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (clean(&document.title)) ": " (verdict.text) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (clean(&document.title)) }
                    p.verdict.(class(verdict.tone)) { (verdict.text) }
                    p.faint { (document.tool) }
                }
                main {
                    (overview(report))
                    @for section in &document.sections {
                        (put_section(report, section, most_rows))
                    }
                }
            }
        }
    }
}

/// The dimensions in a table, each with a way to its section.
fn overview(report: &RunReport<'_>) -> Markup {
    let row = |dimension: &DimensionReport<'_>| {
        let name = dimension.dimension.name();
        let said = dimension.said();
        let score = dimension.outcome.and_then(|outcome| outcome.score.as_ref());
        markup! {
            tr {
                th scope="row" { a href={ "#" (name) } { (name) } }
                td { (words(said.get(..1).unwrap_or_default())) }
                td.number { (score.map(score_value).unwrap_or_default()) }
                td.rest { (words(said.get(1..).unwrap_or_default())) }
            }
        }
    };
    markup! {
        @if !report.dimensions.is_empty() {
            div.wide {
                table.overview {
                    thead { tr { th { "dimension" } th { "result" } th.number { "score" } th { } } }
                    tbody { @for dimension in &report.dimensions { (row(dimension)) } }
                }
            }
        }
    }
}

fn put_section(report: &RunReport<'_>, section: &Section, most_rows: usize) -> Markup {
    let name = section.dimension.map(Dimension::name);
    markup! {
        section id=[name] {
            @if let Some(heading) = &section.heading {
                h2 { (heading.title) }
                p { (words(&heading.said)) }
            }
            (gates(report, section))
            @for rank in 0..=LAST {
                @for block in section.blocks.iter().filter(|block| self::rank(block) == rank) {
                    (put_block(block, most_rows))
                }
            }
        }
    }
}

const LAST: u8 = 3;

/// What is in short, then what is wrong, then pictures, then figures in rows and the small print.
fn rank(block: &Block) -> u8 {
    match block {
        Block::Entry(_) | Block::Sentence(_) | Block::Gate(_) => 0,
        Block::Note(note) if note.is_warning() => 1,
        Block::Figure(_) => 2,
        Block::Table(_) | Block::Note(_) => LAST,
    }
}

fn gates(report: &RunReport<'_>, section: &Section) -> Markup {
    let gates = section.blocks.iter().filter_map(|block| match block {
        Block::Gate(gate) => Some(gate),
        _ => None,
    });
    let mut gates = gates.peekable();
    if gates.peek().is_none() {
        return Markup::default();
    }
    markup! {
        div.wide {
            table {
                thead {
                    tr {
                        th { "gate" } th.number { "value" } th.number { "limit" }
                        @if report.baseline.is_some() { th.number { "since the baseline" } }
                        th { "verdict" }
                    }
                }
                tbody {
                    @for gate in gates {
                        @let (tone, verdict) = if gate.passed {
                            (Tone::Good, "passed")
                        } else {
                            (Tone::Bad, "FAILED")
                        };
                        tr {
                            th scope="row" { (clean(&gate.metric)) }
                            td.number { (gate_value(gate)) }
                            td.number { (gate_bound(gate)) }
                            @if report.baseline.is_some() {
                                td.number { (report.change_since(gate).unwrap_or_default()) }
                            }
                            td.(class(tone)) { (verdict) }
                        }
                    }
                }
            }
        }
    }
}

fn put_block(block: &Block, most_rows: usize) -> Markup {
    match block {
        Block::Entry(entry) => markup! {
            p.entry {
                b.(class(entry.tone)) { (clean(entry.label)) } " "
                @for (place, sentence) in entry.sentences.iter().enumerate() {
                    @if place > 0 { br; }
                    (clean(sentence))
                }
            }
        },
        Block::Sentence(said) => markup! { p.(class(said.tone)) { (clean(&said.text)) } },
        Block::Note(note) => markup! {
            p.note.(class(note.severity.into())) { (clean(&note.text)) }
        },
        Block::Table(table) => put_table(table, most_rows),
        Block::Figure(figure) => figure::draw(figure),
        Block::Gate(_) => Markup::default(),
    }
}

fn put_table(table: &Table, most_rows: usize) -> Markup {
    let more = table.rows.len().saturating_sub(most_rows);
    let title = table.title.as_deref().map(clean);
    let first = table.columns.first().map(|column| clean(&column.head));
    let named = title
        .as_ref()
        .or(first.as_ref())
        .map_or("table", |name| &**name);
    let contents = markup! {
        div.wide {
            table {
                thead {
                    tr {
                        @for (at, column) in table.columns.iter().enumerate() {
                            th.number[at > 0] scope="col" { (clean(&column.head)) }
                        }
                    }
                }
                tbody { @for row in table.rows.iter().take(most_rows) { (put_row(table, row)) } }
            }
        }
        @if more > 0 { p.faint { "and " (more) " more in the JSON report" } }
    };
    markup! {
        @if table.rows.len() > FOLDED_FROM {
            details {
                summary {
                    (named) " (" (table.rows.len()) " rows)"
                }
                (contents)
            }
        } @else {
            @if let Some(title) = &title { h3 { (title) } }
            (contents)
        }
    }
}

fn put_row(table: &Table, row: &Row) -> Markup {
    let heads_those_below = row.cells.len() < table.columns.len();
    let columns = table.columns.len() - row.cells.len() + 1;
    markup! {
        tr {
            @for (at, (cell, column)) in row.cells.iter().zip(&table.columns).enumerate() {
                @let words = column.kind.words(cell);
                @let tone = class(cell.tone(row.tone));
                @if at == 0 {
                    th scope="row" colspan=[heads_those_below.then_some(columns)] { (clean(&words)) }
                } @else {
                    td.number.(tone) { (clean(&words)) }
                }
            }
        }
    }
}

fn words(said: &[Said]) -> Markup {
    markup! {
        @for (place, said) in said.iter().enumerate() {
            @if place > 0 { " · " }
            span.(class(said.tone)) { (clean(&said.text)) }
        }
    }
}

const fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain | Tone::Active => "plain",
        Tone::Main => "main",
        Tone::Faint => "faint",
        Tone::Good => "good",
        Tone::Warning => "warning",
        Tone::Bad => "bad",
    }
}
