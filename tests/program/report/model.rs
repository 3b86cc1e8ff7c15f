//! What a report says, before anybody sets it.

use lazydebugger::event::DimensionStatus;
use lazydebugger::explain::Tone;
use lazydebugger::ledger::Ledger;
use lazydebugger::report::RunReport;
use lazydebugger::report::model::{Block, Brief, Cell, Kind, Section, Table};
use lazydebugger::vocabulary::{Dimension, Severity};

use crate::report::log::{Log, fairness, outcome, whole_run};

fn tables(section: &Section) -> Vec<&Table> {
    let blocks = section.blocks.iter();
    let tables = blocks.filter_map(|block| match block {
        Block::Table(table) => Some(table),
        _ => None,
    });
    tables.collect()
}

#[test]
fn sections_stand_in_reading_order_with_their_verdicts() {
    let ledger = whole_run();
    let document = RunReport::of(&ledger).document();
    let headings: Vec<_> = document
        .sections
        .iter()
        .map(|section| {
            let heading = section.heading.as_ref()?;
            let verdict = &heading.said[0];
            Some((&*heading.title, verdict.tone, &*verdict.text))
        })
        .collect();
    assert_eq!(
        headings,
        [
            None,
            Some(("Robustness", Tone::Good, "ok")),
            Some(("Fairness", Tone::Bad, "GATE FAILED")),
            Some(("Gates", Tone::Bad, "2 of 3 FAILED")),
            None,
        ]
    );
    let gates = document.sections[3].blocks.iter();
    let passed: Vec<bool> = gates
        .filter_map(|block| match block {
            Block::Gate(gate) => Some(gate.passed),
            _ => None,
        })
        .collect();
    assert_eq!(passed, [false, false, true]);
    let warning = document.sections[4].blocks.last();
    assert!(
        matches!(warning, Some(Block::Note(note)) if note.severity == Severity::Warning),
        "{warning:?}"
    );
}

#[test]
fn a_table_tells_what_its_columns_hold_and_how_much_of_it_is_short() {
    let ledger = whole_run();
    let document = RunReport::of(&ledger).document();
    let fairness = document.sections.iter();
    let mut fairness = fairness.filter(|s| s.dimension == Some(Dimension::Fairness));
    let tables = tables(fairness.next().unwrap());
    let [attributes, groups] = tables[..] else {
        panic!("{tables:#?}");
    };
    let kinds = |table: &Table| -> Vec<(String, Kind)> {
        let columns = table.columns.iter();
        columns.map(|c| (c.head.clone(), c.kind)).collect()
    };
    let named = |heads: &[(&str, Kind)]| -> Vec<(String, Kind)> {
        let heads = heads.iter();
        heads
            .map(|(head, kind)| ((*head).to_owned(), *kind))
            .collect()
    };
    assert_eq!(
        kinds(attributes),
        named(&[
            ("attribute", Kind::Text),
            ("parity diff", Kind::METRIC),
            ("parity ratio", Kind::METRIC),
            ("four-fifths", Kind::Rule),
        ])
    );
    assert_eq!(attributes.brief, Brief::Rows(12));
    let [age, sex] = &attributes.rows[..] else {
        panic!("{attributes:#?}");
    };
    assert_eq!(age.cells[2..], [Cell::Undefined, Cell::Kept(true)]);
    assert_eq!(sex.cells[2..], [Cell::Number(0.29), Cell::Kept(false)]);
    // A long report shows it; a short one has the same in the table above.
    assert_eq!(groups.brief, Brief::Nothing);
    assert_eq!(groups.title.as_deref(), Some("groups of sex"));
    assert_eq!(kinds(groups)[1], ("n".to_owned(), Kind::Count));
}

#[test]
fn cells_are_told_by_their_column() {
    let number = Cell::Number(0.125);
    let told = [
        (Kind::METRIC, &number),
        (Kind::Number { decimals: 2 }, &number),
        (Kind::Seconds, &number),
        (Kind::Share, &number),
        (Kind::Bytes, &Cell::Count(78_152)),
        (Kind::Bytes, &Cell::Estimate(78_152.0)),
        (Kind::Count, &Cell::Count(78_152)),
        (Kind::Seconds, &Cell::Unknown),
        (Kind::METRIC, &Cell::Text("1e-9".to_owned())),
    ]
    .map(|(kind, cell)| kind.words(cell));
    assert_eq!(
        told,
        [
            "0.1250", "0.12", "0.12 s", "12%", "78 kB", "~78 kB", "78,152", "unknown", "1e-9"
        ]
    );
}

#[test]
fn an_error_leads_what_there_is_to_say_of_a_dimension() {
    let mut log = Log::opened();
    let mut failed = outcome(DimensionStatus::Error);
    failed.notes = fairness().notes;
    let ledger: Ledger = log
        .run(&[Dimension::Fairness, Dimension::Resilience])
        .finish(Dimension::Fairness, failed)
        .ledger();
    let report = RunReport::of(&ledger);
    let severities: Vec<Vec<Severity>> = report
        .document()
        .sections
        .iter()
        .filter(|section| section.dimension.is_some())
        .map(|section| {
            let notes = section.blocks.iter().filter_map(|block| match block {
                Block::Note(note) => Some(note.severity),
                _ => None,
            });
            notes.collect()
        })
        .collect();
    assert_eq!(severities, [vec![Severity::Info], vec![Severity::Error]]);
    assert_eq!(report.exit_code(), 2);
}
