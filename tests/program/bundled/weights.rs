//! A model is its file and the files beside it that hold its weights.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use lazydebugger::event::EventKind;
use lazydebugger::experiment::Experiment;
use lazydebugger::inference::{InputBlock, OpenOptions, open};
use lazydebugger::vocabulary::{ContentId, Dimension};

use crate::bundled::driven::Driven;
use crate::cli::desk::{Desk, needs_runtime};

const MODEL: &str = "external_weights.onnx";
const WEIGHTS: &str = "weights.bin";
const SCORED: Dimension = Dimension::Uncertainty;

/// A table for a model of three inputs.
fn rows() -> String {
    let mut text = String::from("a,b,c,income\n");
    for row in 0..200 {
        let (a, b, c) = (row % 7, row % 11, row % 5);
        let income = if a + 2 * b > 13 + c { ">50K" } else { "<=50K" };
        writeln!(text, "{a},{b},{c},{income}").unwrap();
    }
    text
}

fn weights(numbers: [f32; 3]) -> Vec<u8> {
    numbers.into_iter().flat_map(f32::to_le_bytes).collect()
}

const LITTLE: [f32; 3] = [-0.05, -0.3, 0.02];
const MUCH: [f32; 3] = [0.4, 0.9, -1.2];

/// A desk with a model that has these weights in a second file.
fn desk(numbers: [f32; 3]) -> Desk {
    needs_runtime();
    let desk = Desk::new();
    desk.write("rows.csv", rows());
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/hostile");
    desk.write(MODEL, fs::read(model.join(MODEL)).unwrap());
    desk.write(WEIGHTS, weights(numbers));
    desk.experiment(&desk.path("rows.csv"), &desk.path(MODEL), "");
    desk
}

fn experiment(desk: &Desk) -> Experiment {
    Experiment::from_file(&desk.path("experiment.toml")).unwrap()
}

type Metrics = BTreeMap<String, Option<f64>>;

/// The id of the model, and what was found of it.
fn found(driven: &Driven) -> (Option<ContentId>, Metrics) {
    let mut resources = driven.ledger.resources().iter();
    let model = resources.find(|r| r.name.0.starts_with("model:")).unwrap();
    (model.digest, driven.outcome(SCORED).metrics.clone())
}

fn afresh(desk: &Desk) -> (Option<ContentId>, Metrics) {
    found(&Driven::after(experiment(desk), &[SCORED]))
}

#[test]
fn a_model_with_other_weights_is_another_model() {
    let [little, much, same] = [LITTLE, MUCH, LITTLE].map(|numbers| afresh(&desk(numbers)));
    assert_ne!(little.0, much.0);
    assert_ne!(little.1, much.1);
    assert_eq!(little, same);
}

#[test]
fn weights_that_change_between_runs_change_the_answer() {
    let desk = desk(LITTLE);
    let mut driven = Driven::after(experiment(&desk), &[SCORED]);
    let before = found(&driven);
    desk.write(WEIGHTS, weights(MUCH));
    driven.run(&[SCORED]);
    let after = found(&driven);
    assert_ne!(before.0, after.0);
    assert_ne!(before.1, after.1);
    assert_eq!(after, afresh(&desk));
    // A longer file is another one too, though the model looks at no more of it.
    desk.write(WEIGHTS, [weights(LITTLE), weights(MUCH)].concat());
    driven.run(&[SCORED]);
    assert_eq!(found(&driven).1, before.1);
    assert_ne!(found(&driven).0, before.0);
}

#[test]
fn weights_are_watched() {
    let desk = desk(LITTLE);
    let mut driven = Driven::watching(experiment(&desk));
    driven.run(&[SCORED]);
    assert!(driven.ledger.out_of_date().is_empty());
    desk.write(WEIGHTS, weights(MUCH));
    driven.until(|kind| {
        matches!(kind, EventKind::ContentChanged { name, file, .. }
            if name.0.starts_with("predictions:") && file.ends_with(WEIGHTS))
    });
    assert_eq!(driven.ledger.out_of_date(), [SCORED]);
}

#[test]
fn weights_that_are_cut_short_or_gone_are_named() {
    let desk = desk(LITTLE);
    let mut driven = Driven::after(experiment(&desk), &[SCORED]);
    let before = found(&driven);
    for spoil in [
        |path: &Path| fs::write(path, [0; 8]).unwrap(),
        |path: &Path| fs::remove_file(path).unwrap(),
    ] {
        spoil(&desk.path(WEIGHTS));
        driven.run(&[SCORED]);
        let error = driven.error(SCORED);
        assert!(error.contains(WEIGHTS), "{error}");
    }
    desk.write(WEIGHTS, weights(LITTLE));
    driven.run(&[SCORED]);
    assert_eq!(found(&driven), before);
}

#[test]
fn a_model_that_is_open_keeps_its_weights() {
    let desk = desk(MUCH);
    let model = open(&desk.path(MODEL), &OpenOptions::default()).unwrap();
    let score = || {
        let rows: Vec<f32> = (0_u8..30).map(f32::from).collect();
        model.run(10, &[InputBlock::F32(&rows)]).unwrap().scores
    };
    let before = score();
    // In place, as it is mapped by who maps it.
    let file = fs::File::options().write(true).open(desk.path(WEIGHTS));
    let file = file.unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &weights(LITTLE), 0).unwrap();
    assert_eq!(score(), before);
    file.set_len(0).unwrap();
    assert_eq!(score(), before);
}
