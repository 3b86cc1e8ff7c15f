//! Claims about every row, proven from trees or refuted, against exhaustive integer arithmetic over every
//! cell of the joint thresholds (`tests/reference/constraints`).

use std::fs;
use std::path::{Path, PathBuf};

use lazydebugger::inference::InputBlock::F32;
use lazydebugger::inference::{Model, Monotone, OpenOptions, Proof, SumOfTrees, open, read_header};
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/constraints")
}

fn expected() -> Value {
    serde_json::from_str(&fs::read_to_string(folder().join("expected.json")).unwrap()).unwrap()
}

fn taken_apart(path: &Path) -> Result<SumOfTrees, String> {
    let bytes = fs::read(path).unwrap();
    let header = read_header(path, &bytes).unwrap();
    SumOfTrees::read(path, &bytes, &header.signature)
}

/// What a model gives for one row.
fn score(model: &dyn Model, row: &[f32]) -> f32 {
    let values: Vec<[f32; 1]> = row.iter().map(|value| [*value]).collect();
    let inputs: Vec<_> = values.iter().map(|value| F32(value)).collect();
    let block = model.run(1, &inputs).unwrap();
    block.scores[block.columns - 1]
}

#[test]
fn every_verdict_is_that_of_exhaustive_arithmetic() {
    let expected = expected();
    let mut compared = 0;
    for (name, model) in expected["models"].as_object().unwrap() {
        let path = folder().join(format!("{name}.onnx"));
        let trees = taken_apart(&path).unwrap();
        let runs = open(&path, &OpenOptions::default()).unwrap();
        let order = model["order"].as_array().unwrap();
        for (feature, directions) in model["features"].as_object().unwrap() {
            let input = order.iter().position(|own| own == feature).unwrap();
            for (direction, rises) in [("non_decreasing", true), ("non_increasing", false)] {
                let want = &directions[direction];
                let found = trees.monotone((input, 0), rises);
                let what = format!("{name} {feature} {direction}: {found:?}");
                match (want["verdict"].as_str().unwrap(), &found) {
                    ("proven", Monotone::Proven(proof)) => {
                        let by_trees = [Proof::Unused, Proof::EveryTree];
                        assert!(by_trees.contains(proof), "{what}");
                    }
                    // Trees that make up for each other: few cells decide.
                    ("undecided", Monotone::Proven(proof)) => {
                        assert_eq!(want["truth"], "monotone", "{what}");
                        let by_sums = [Proof::AddedUp, Proof::EveryCell];
                        assert!(by_sums.contains(proof), "{what}");
                    }
                    ("violated", Monotone::Broken(drop)) => {
                        let mut row = vec![0.0; order.len()];
                        for ((other, _), value) in &drop.others {
                            row[*other] = *value;
                        }
                        let [lower, upper] = [drop.between.0, drop.between.1].map(|value| {
                            row[input] = value;
                            score(&*runs, &row)
                        });
                        assert!(drop.between.0 < drop.between.1, "{what}");
                        let breaks = if rises { lower > upper } else { lower < upper };
                        assert!(breaks, "{what}: {lower} {upper}");
                    }
                    (wanted, _) => panic!("{wanted} wanted, {what}"),
                }
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 60);
}

#[test]
fn the_range_of_the_score_holds_what_is_scored() {
    let path = folder().join("hand_off_data.onnx");
    let (low, high) = taken_apart(&path).unwrap().range().unwrap();
    let runs = open(&path, &OpenOptions::default()).unwrap();
    for age in [20.0, 35.0, 50.0, 70.0] {
        for hours in [30.0, 98.0] {
            for loss in [0.0, 2000.0] {
                let found = f64::from(score(&*runs, &[age, hours, loss]));
                assert!(
                    low - 1e-6 <= found && found <= high + 1e-6,
                    "{low} {found} {high}"
                );
            }
        }
    }
    assert!(0.0 < low && low < high && high < 1.0);
}

/// The numbers of a model with encoders beside them come to its trees as they are.
#[test]
fn what_is_no_sum_of_trees_says_why() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data/adult");
    let why = taken_apart(&sample.join("logistic_regression.onnx")).unwrap_err();
    assert!(why.contains("trees"), "{why}");
    let forest = taken_apart(&sample.join("random_forest.onnx")).unwrap();
    assert!(forest.trees() > 1);
    // A forest without constraints is monotone in nothing that it splits on, and is not gone through.
    for input in 0..3 {
        for rises in [true, false] {
            let found = forest.monotone((input, 0), rises);
            let is_honest = !matches!(found, Monotone::Broken(_));
            assert!(is_honest, "{input} {found:?}");
        }
    }
}
