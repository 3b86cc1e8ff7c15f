//! A report as text for a terminal.

use super::page::{Page, Piece, plain};
use crate::explain::Tone;
use crate::explain::results::gate_words;
use crate::report::model::{Block, Brief, Column, Document, Entry, Heading, Row, Section, Table};
use crate::vocabulary::Severity;

/// How the text is to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextOptions {
    /// Columns of the terminal.
    pub width: usize,
    /// May it use colours?
    pub colour: bool,
}

/// Least width of the margin in which the words stand that name what is beside them.
const MARGIN: usize = 12;
/// Columns of a dimension's name.
const NAME: usize = 17;
/// What stands under a heading begins here.
const INDENT: usize = 2;

/// A report as text.
pub(in crate::report) fn text(document: &Document, options: TextOptions) -> String {
    let mut text = Text {
        page: Page::new(options.width, options.colour),
        margin: margin(document),
        indent: 0,
    };
    text.page.line(&[
        (Tone::Main, document.title.clone()),
        (Tone::Faint, format!("  {}", document.tool)),
    ]);
    for (place, section) in document.sections.iter().enumerate() {
        if place > 0 {
            text.page.blank();
        }
        text.section(section);
    }
    text.page.finish()
}

/// Wide enough for every label.
fn margin(document: &Document) -> usize {
    let blocks = document.sections.iter().flat_map(|section| {
        let indent = indent(section);
        section.blocks.iter().map(move |block| (indent, block))
    });
    let labels = blocks.filter_map(|(indent, block)| match block {
        Block::Entry(entry) => Some(indent + entry.label.len() + 2),
        _ => None,
    });
    labels.fold(MARGIN, usize::max)
}

fn indent(section: &Section) -> usize {
    section.heading.as_ref().map_or(0, |_| INDENT)
}

/// A report half set.
struct Text {
    page: Page,
    margin: usize,
    /// Where the present section begins.
    indent: usize,
}

impl Text {
    fn section(&mut self, section: &Section) {
        self.indent = indent(section);
        if let Some(heading) = &section.heading {
            let columns = section.dimension.map_or(self.margin, |_| NAME);
            self.heading(heading, columns);
        }
        let mut after_table = false;
        for block in &section.blocks {
            match block {
                Block::Entry(entry) => self.entry(entry),
                Block::Sentence(said) => self.sentence(said.tone, &said.text),
                Block::Note(note) => {
                    let label = label(note.severity, section.heading.is_none());
                    self.labelled(note.severity.into(), label, &note.text);
                }
                Block::Gate(gate) => {
                    let (tone, verdict) = if gate.passed {
                        (Tone::Good, "passed")
                    } else {
                        (Tone::Bad, "FAILED")
                    };
                    self.labelled(tone, verdict, &gate_words(gate));
                }
                Block::Table(table) if table.brief == Brief::Nothing => continue,
                Block::Table(table) => {
                    if after_table && table.title.is_none() {
                        self.page.blank();
                    }
                    self.table(table);
                }
                Block::Figure(_) => continue,
            }
            after_table = matches!(block, Block::Table(_));
        }
    }

    fn heading(&mut self, heading: &Heading, columns: usize) {
        let mut pieces = vec![(Tone::Main, format!("{:columns$}", heading.title))];
        for (place, said) in heading.said.iter().enumerate() {
            let gap = if place == 0 { "" } else { "  " };
            pieces.extend([plain(gap), (said.tone, said.text.clone())]);
        }
        self.page.line(&pieces);
    }

    fn entry(&mut self, entry: &Entry) {
        let mut label = entry.label;
        for sentence in &entry.sentences {
            self.labelled(entry.tone, label, sentence);
            label = "";
        }
    }

    fn labelled(&mut self, tone: Tone, label: &str, sentence: &str) {
        let label = format!("{:1$}{label}", "", self.indent);
        self.page.entry(self.margin, (tone, label), sentence);
    }

    fn sentence(&mut self, tone: Tone, sentence: &str) {
        let indented = format!("{:1$}{sentence}", "", self.indent);
        self.page.line(&[(tone, indented)]);
    }

    fn table(&mut self, table: &Table) {
        if let Some(title) = &table.title {
            self.sentence(Tone::Faint, title);
        }
        let most = match table.brief {
            Brief::Rows(most) => most,
            Brief::Whole | Brief::Nothing => usize::MAX,
        };
        let heads = table.columns.iter();
        let heads: Vec<Piece> = heads.map(|c| (Tone::Faint, c.head.clone())).collect();
        let shown = table.rows.iter().take(most);
        let mut indent = 0;
        let rows = shown.map(|row| {
            let mut cells = cells(row, &table.columns);
            if cells.len() < table.columns.len() {
                indent = INDENT;
            } else if let Some((_, name)) = cells.first_mut() {
                name.insert_str(0, &" ".repeat(indent));
            }
            cells
        });
        let rows: Vec<Vec<Piece>> = rows.collect();
        self.page.table(self.indent, &heads, &rows);
        let more = table.rows.len().saturating_sub(most);
        if more > 0 {
            let words = format!("and {more} more in the JSON report");
            self.sentence(Tone::Faint, &words);
        }
    }
}

fn cells(row: &Row, columns: &[Column]) -> Vec<Piece> {
    let cells = row.cells.iter().zip(columns);
    cells
        .map(|(cell, column)| (cell.tone(row.tone), column.kind.words(cell)))
        .collect()
}

/// What kind of note stands beside it.
fn label(severity: Severity, capital: bool) -> &'static str {
    match (severity, capital) {
        (Severity::Info, false) => "note",
        (Severity::Info, true) => "Note",
        (Severity::Warning, false) => "warning",
        (Severity::Warning, true) => "Warning",
        (Severity::Error, false) => "error",
        (Severity::Error, true) => "Error",
    }
}
