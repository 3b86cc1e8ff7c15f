//! Pictures of settings that meet: heat maps and lines through upright axes, at every size, without
//! colours and in ASCII.

use std::fmt::Write as _;

use lazydebugger::event::{
    Cell, DimensionOutcome, Event, EventKind, Figure, ParallelAxis, ParallelLine,
};
use lazydebugger::tui::screen::{Options, Screen, Source};
use lazydebugger::tui::theme::ThemeName;
use lazydebugger::vocabulary::Dimension;

use crate::shown::{Shown, events};

const SESSION: &str = include_str!("../fixtures/adult_session.jsonl");
const SIZES: [(u16, u16); 4] = [(60, 16), (80, 24), (120, 40), (200, 60)];
const COLOURS: Options = Options {
    theme: ThemeName::Dark,
    colours: true,
    unicode: true,
};
const PLAIN: Options = Options {
    colours: false,
    ..COLOURS
};
const ASCII: Options = Options {
    theme: ThemeName::Mono,
    colours: false,
    unicode: false,
};

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn heat_map() -> Figure {
    Figure::HeatMap {
        title: "Mean auc where n_estimators and max_depth meet".to_owned(),
        x_label: "max_depth".to_owned(),
        y_label: "n_estimators".to_owned(),
        value_label: "mean auc".to_owned(),
        x: words(&["4", "12"]),
        y: words(&["5", "20", "60"]),
        rows: vec![
            vec![Some(0.8712), Some(0.8804)],
            vec![Some(0.8951), None],
            vec![Some(0.9011), Some(0.9102)],
        ],
        best: Some((2, 1)),
    }
}

fn parallel() -> Figure {
    let axis = |name: &str, marks: &[(f64, &str)]| ParallelAxis {
        name: name.to_owned(),
        marks: marks
            .iter()
            .map(|(at, word)| (*at, (*word).to_owned()))
            .collect(),
    };
    let line = |name: &str, places: [f64; 3]| ParallelLine {
        name: name.to_owned(),
        places: places.map(Some).to_vec(),
    };
    Figure::Parallel {
        title: "Variants, from settings to score".to_owned(),
        axes: vec![
            axis("n_estimators", &[(0.0, "5"), (0.27, "20"), (1.0, "60")]),
            axis("max_depth", &[(0.0, "4"), (1.0, "12")]),
            axis("auc", &[(0.0, "0.8712"), (1.0, "0.9102")]),
        ],
        lines: vec![
            line("e060_d12", [1.0, 1.0, 1.0]),
            line("e060_d04", [1.0, 0.0, 0.8]),
            line("e020_d04", [0.27, 0.0, 0.6]),
            line("e005_d12", [0.0, 1.0, 0.2]),
            line("e005_d04", [0.0, 0.0, 0.0]),
        ],
    }
}

/// The hyperparameters of the session as if they had these pictures.
fn looking(options: Options, size: (u16, u16), figures: &[Figure], keys: &str) -> Shown {
    let change = |outcome: &mut DimensionOutcome| {
        outcome.figures = figures.to_vec();
        outcome.notes.clear();
    };
    with(options, size, change).keys(keys)
}

fn with(options: Options, size: (u16, u16), change: impl Fn(&mut DimensionOutcome)) -> Shown {
    let mut log = events(SESSION);
    for event in &mut log {
        if let EventKind::DimensionFinished {
            dimension: Dimension::Hyperparameters,
            outcome,
        } = &mut event.kind
        {
            change(outcome);
        }
    }
    let line = |event: &Event| serde_json::to_string(event).unwrap();
    let log: Vec<String> = log.iter().map(line).collect();
    let screen = Screen::new(options, Source::Session);
    Shown::new(screen, size, &log.join("\n"), f64::INFINITY)
}

fn check(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_snapshot_path("snapshots/views");
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn settings_that_meet_are_drawn_at_every_size_without_colours_and_in_ascii() {
    let mut all = String::new();
    for (name, figure) in [("heat map", heat_map()), ("parallel", parallel())] {
        for size in SIZES {
            let shown = looking(COLOURS, size, std::slice::from_ref(&figure), "5 z");
            writeln!(all, "== {name} {}x{}\n{}", size.0, size.1, shown.text()).unwrap();
        }
        for (kind, options) in [("no colour", PLAIN), ("ASCII", ASCII)] {
            let shown = looking(options, SIZES[1], std::slice::from_ref(&figure), "5 z");
            writeln!(all, "== {name}, {kind}\n{}", shown.text()).unwrap();
        }
    }
    check("settings_that_meet", &all);
}

#[test]
fn the_best_cell_has_a_star_and_an_unknown_one_no_value() {
    let text = looking(COLOURS, SIZES[2], &[heat_map()], "5 z").text();
    let row = text.lines().find(|line| line.contains("0.9102★"));
    let row = row.unwrap_or_else(|| panic!("no star in\n{text}"));
    assert!(row.contains("0.9011 "), "{row}");
    let gap = text.lines().find(|line| line.contains("0.8951")).unwrap();
    assert!(gap.contains('–'), "{gap}");
}

#[test]
fn such_a_picture_opens_to_its_values() {
    let text = looking(COLOURS, SIZES[2], &[heat_map()], "5 z enter").text();
    assert!(
        text.contains("max_depth 12") && text.contains("0.9102, the best"),
        "{text}"
    );
    let text = looking(COLOURS, SIZES[2], &[parallel()], "5 z enter").text();
    assert!(
        text.contains("number 1") && text.contains("e060_d12"),
        "{text}"
    );
}

#[test]
fn the_best_variant_has_a_star_whatever_the_order() {
    let shown = || {
        with(COLOURS, SIZES[3], |outcome| {
            outcome.figures.clear();
            let table = outcome.tables.get_mut("variants").unwrap();
            table.best = Some(0);
            table.rows[0][0] = Cell::Text("the_winner".to_owned());
        })
    };
    for keys in ["5 z", "5 z j o o", "5 z j o o O"] {
        let text = shown().keys(keys).text();
        assert!(text.contains("★ the_winner"), "{keys}:\n{text}");
        assert_eq!(text.matches('★').count(), 1, "{text}");
    }
}

#[test]
fn a_feature_that_has_drifted_opens_to_what_it_matters() {
    let opened = |measured: &[(Dimension, &str, f64)]| {
        let mut log = events(SESSION);
        for event in &mut log {
            if let EventKind::DimensionFinished { dimension, outcome } = &mut event.kind {
                let own = measured.iter().filter(|(of, ..)| of == dimension);
                let own = own.map(|(_, name, value)| ((*name).to_owned(), Some(*value)));
                outcome.metrics.extend(own);
            }
        }
        let line = |event: &Event| serde_json::to_string(event).unwrap();
        let log: Vec<String> = log.iter().map(line).collect();
        let screen = Screen::new(COLOURS, Source::Session);
        let shown = Shown::new(screen, SIZES[3], &log.join("\n"), f64::INFINITY);
        shown.keys("4 z enter").text()
    };
    let drift = (Dimension::Resilience, "adult_shifted.psi.age", 0.6116);
    let name = "permutation_importance.age.mean";
    let loss = (Dimension::Robustness, name, 0.0345);
    let known = opened(&[drift, loss]);
    assert!(
        known.contains("0.0345, lost where it is permuted"),
        "{known}"
    );
    let unknown = opened(&[drift]);
    assert!(
        unknown.contains("robustness has not permuted it"),
        "{unknown}"
    );
}
