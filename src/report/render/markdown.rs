//! A report as Markdown, for a comment on a pull request or the summary of a job: the verdict first, the
//! gates, and the rest folded away. What is too long for such a place is left out, and that is said.

use std::fmt::Write;

use crate::display::clean;
use crate::explain::Tone;
use crate::explain::results::{baseline_words, gate_bound, gate_value, score_value};
use crate::report::model::{BASELINE, Block, Document, Kind, Row, RunReport, Said, Section, Table};

/// Places that show it take 64 KiB.
const MOST_BYTES: usize = 60_000;
/// Rows of a table: as many as one wants, or as many as fit.
const MOST_ROWS: [usize; 4] = [200, 40, 12, 4];
const TOO_LONG: &str =
    "\nThe details are too long for this place: the JSON and HTML reports have them.\n";

/// A whole report.
pub(in crate::report) fn markdown(report: &RunReport<'_>) -> String {
    let document = report.document();
    let head = head(report, &document);
    let with_details = |rows| format!("{head}{}", details(&document, rows));
    let mut whole = MOST_ROWS.into_iter().map(with_details);
    whole
        .find(|text| text.len() <= MOST_BYTES)
        .unwrap_or_else(|| format!("{head}{TOO_LONG}"))
}

/// The verdict, the gates, how each dimension ended, and what the run took.
pub(in crate::report) fn summary(report: &RunReport<'_>) -> String {
    head(report, &report.document())
}

fn head(report: &RunReport<'_>, document: &Document) -> String {
    let verdict = report.verdict();
    let mut text = format!("## {} {}\n\n", sign(verdict.tone), escaped(&verdict.text));
    let _ = writeln!(
        text,
        "**{}** with {}",
        escaped(&document.title),
        escaped(document.tool)
    );
    let gates = report.gates().map(|gate| {
        let (tone, words) = if gate.passed {
            (Tone::Good, "passed")
        } else {
            (Tone::Bad, "FAILED")
        };
        [
            code(&gate.metric),
            gate_value(gate),
            gate_bound(gate),
            report.change_since(gate).unwrap_or_default(),
            format!("{} {words}", sign(tone)),
        ]
    });
    if report.baseline.is_some() {
        let heads = ["gate", "value", "limit", "since the baseline", "verdict"];
        table(&mut text, heads, gates);
    } else {
        let heads = ["gate", "value", "limit", "verdict"];
        table(
            &mut text,
            heads,
            gates.map(|[gate, value, limit, _, verdict]| [gate, value, limit, verdict]),
        );
    }
    let dimensions = report.dimensions.iter().map(|dimension| {
        let said = dimension.said();
        let (status, rest) = said
            .split_first()
            .map_or((String::new(), &[][..]), |(status, rest)| {
                (format!("{} {}", sign(status.tone), status.text), rest)
            });
        let score = dimension.outcome.and_then(|outcome| outcome.score.as_ref());
        let score = score.map(score_value).unwrap_or_default();
        [
            dimension.dimension.name().to_owned(),
            status,
            score,
            joined(rest),
        ]
    });
    table(&mut text, ["dimension", "result", "score", ""], dimensions);
    for dimension in &report.dimensions {
        if let Some(error) = &dimension.error {
            let _ = writeln!(
                text,
                "\n**{}**: {}",
                dimension.dimension.name(),
                escaped(error)
            );
        }
    }
    if let Some(found) = report.baseline {
        let words = baseline_words(found);
        let _ = writeln!(text, "\n**baseline**: {}", escaped(&words));
        put_first_changes(&mut text, document);
    }
    if let Some(usage) = document.sections.last() {
        text.push('\n');
        for block in &usage.blocks {
            put_block(&mut text, block, 0);
        }
    }
    text
}

/// The changes that come first: those of all rows, then the surest.
fn put_first_changes(text: &mut String, document: &Document) {
    const MOST: usize = 10;
    let mut sections = document.sections.iter();
    let baseline = sections.find(|section| {
        let heading = section.heading.as_ref();
        heading.is_some_and(|heading| heading.title == BASELINE)
    });
    let blocks = baseline.map_or(&[][..], |section| &section.blocks);
    // Its first table is that of the changes.
    let changes = blocks.iter().find_map(|block| match block {
        Block::Table(table) => Some(table),
        _ => None,
    });
    if let Some(changes) = changes {
        let first = Table {
            title: None,
            rows: changes.rows.iter().take(MOST).cloned().collect(),
            ..changes.clone()
        };
        put_table(text, &first, MOST);
    }
}

/// All but the head, folded away by section.
fn details(document: &Document, most_rows: usize) -> String {
    let mut text = String::new();
    // The gates have been told, and so has the end.
    let told = document
        .sections
        .iter()
        .filter(|section| !is_of_gates(section));
    let told: Vec<&Section> = told.collect();
    for section in told.iter().take(told.len().saturating_sub(1)) {
        let title = section
            .heading
            .as_ref()
            .map_or("Experiment", |heading| &heading.title);
        let said = section
            .heading
            .as_ref()
            .map_or(&[][..], |heading| &heading.said);
        let _ = writeln!(
            text,
            "\n<details><summary><b>{}</b> {}</summary>\n",
            escaped(title),
            joined(said)
        );
        for block in &section.blocks {
            put_block(&mut text, block, most_rows);
        }
        text.push_str("\n</details>\n");
    }
    text
}

fn is_of_gates(section: &Section) -> bool {
    let mut blocks = section.blocks.iter();
    blocks.any(|block| matches!(block, Block::Gate(_)))
}

fn put_block(text: &mut String, block: &Block, most_rows: usize) {
    // Nothing is written to a string in vain.
    let _ = match block {
        Block::Entry(entry) => writeln!(
            text,
            "- **{}** {}",
            escaped(entry.label),
            escaped(&entry.sentences.join("; "))
        ),
        Block::Sentence(said) => writeln!(text, "- {}", escaped(&said.text)),
        Block::Note(note) => writeln!(
            text,
            "- {} {}",
            sign(note.severity.into()),
            escaped(&note.text)
        ),
        Block::Table(contents) => {
            put_table(text, contents, most_rows);
            Ok(())
        }
        Block::Gate(_) | Block::Figure(_) => Ok(()),
    };
}

fn put_table(text: &mut String, contents: &Table, most_rows: usize) {
    if let Some(title) = &contents.title {
        let _ = writeln!(text, "\n{}", escaped(title));
    }
    let columns = contents.columns.iter();
    let heads: Vec<(String, bool)> = columns
        .map(|column| (escaped(&column.head), column.kind != Kind::Text))
        .collect();
    let cells = |row: &Row| {
        let cells = row.cells.iter().zip(&contents.columns);
        let mut cells: Vec<String> = cells
            .map(|(cell, column)| escaped(&column.kind.words(cell)))
            .collect();
        cells.resize(heads.len(), String::new());
        cells
    };
    let shown = contents.rows.iter().take(most_rows).map(cells);
    rows(text, &heads, shown);
    let more = contents.rows.len().saturating_sub(most_rows);
    if more > 0 {
        let _ = writeln!(text, "\nand {more} more in the JSON report");
    }
}

/// A table of a few columns, unless it is empty. Its cells are plain words.
fn table<const N: usize>(
    text: &mut String,
    heads: [&str; N],
    cells: impl Iterator<Item = [String; N]>,
) {
    let mut cells = cells.peekable();
    if cells.peek().is_some() {
        rows(
            text,
            &heads.map(|head| (head.to_owned(), false)),
            cells.map(Vec::from),
        );
    }
}

/// Those heads that say so, and what is below them, stand to the right.
fn rows(text: &mut String, heads: &[(String, bool)], cells: impl Iterator<Item = Vec<String>>) {
    let names: Vec<&str> = heads.iter().map(|(name, _)| name.as_str()).collect();
    let rules: Vec<&str> = heads
        .iter()
        .map(|(_, is_right)| if *is_right { "---:" } else { "---" })
        .collect();
    let _ = writeln!(text, "\n| {} |", names.join(" | "));
    let _ = writeln!(text, "|{}|", rules.join("|"));
    for row in cells {
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
}

fn joined(said: &[Said]) -> String {
    let words: Vec<String> = said.iter().map(|said| escaped(&said.text)).collect();
    words.join(", ")
}

/// A sign that is seen before words are read.
const fn sign(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "\u{2705}",
        Tone::Bad => "\u{274c}",
        Tone::Warning => "\u{26a0}\u{fe0f}",
        Tone::Plain | Tone::Main | Tone::Faint | Tone::Active => "\u{2139}\u{fe0f}",
    }
}

/// A name, in which nothing has a meaning.
fn code(name: &str) -> String {
    format!("<code>{}</code>", escaped(name))
}

/// Words in which nothing has a meaning: no formatting, no markup, no link, no mention of a person or
/// of an issue.
fn escaped(words: &str) -> String {
    let mut text = String::with_capacity(words.len());
    // What would be taken for an address.
    let words = clean(words).replace("://", ":\u{2060}//");
    for letter in words.chars() {
        match letter {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '@' => text.push_str("&#64;"),
            '#' => text.push_str("&#35;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' => {
                text.push('\\');
                text.push(letter);
            }
            _ => text.push(letter),
        }
    }
    text
}
