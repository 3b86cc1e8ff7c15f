//! Small models of the kinds that the main zoo lacks: outputs a class, open widths, margins, batches
//! of 20, files that list their weights among the inputs.

use std::fs;
use std::path::{Path, PathBuf};

use lazydebugger::inference::{
    ElementType, InputBlock, OpenOptions, ScoreKind, ScoreScale, inspect, open,
};
use lazydebugger::vocabulary::Backend;

const ROWS: usize = 45;
const PROBABILITIES: ScoreKind = per_class(2, ScoreScale::Probability);
const THREE_PROBABILITIES: ScoreKind = per_class(3, ScoreScale::Probability);
const LOGITS: ScoreKind = per_class(2, ScoreScale::Logit);
const ONE_MARGIN: ScoreKind = ScoreKind::Single {
    scale: ScoreScale::Margin,
};
const IN_MAPS_2: ScoreKind = ScoreKind::PerClass {
    columns: 2,
    scale: ScoreScale::Probability,
    zip_map: true,
};
const IN_MAPS_3: ScoreKind = ScoreKind::PerClass {
    columns: 3,
    scale: ScoreScale::Probability,
    zip_map: true,
};

const fn per_class(columns: usize, scale: ScoreScale) -> ScoreKind {
    ScoreKind::PerClass {
        columns,
        scale,
        zip_map: false,
    }
}

/// Name, score, classes, outputs that hold the scores.
#[rustfmt::skip]
const MODELS: &[(&str, ScoreKind, &[&str], &[&str])] = &[
    ("output_per_class", THREE_PROBABILITIES, &["a", "b", "c"], &["sa", "sb", "sc"]),
    ("zipmap_negative_keys", IN_MAPS_3, &["-3", "2", "7"], &["output_probability"]),
    ("zipmap_behind_identity", IN_MAPS_2, &["yes", "no"], &["o"]),
    ("double_input", PROBABILITIES, &["0", "1"], &["probabilities"]),
    ("open_width", PROBABILITIES, &["0", "1"], &["probabilities"]),
    ("hinge_margins", LOGITS, &["no", "yes"], &["probabilities"]),
    ("one_margin", ONE_MARGIN, &["no", "yes"], &["probabilities"]),
    ("calibrated", PROBABILITIES, &["0", "1"], &["probabilities"]),
    ("bagging", THREE_PROBABILITIES, &["a", "b", "c"], &["probabilities"]),
    ("two_targets", ScoreKind::Regression { targets: 2 }, &[], &["variable"]),
    ("two_logits", LOGITS, &[], &["o"]),
    ("batch_of_20", PROBABILITIES, &[], &["o"]),
    ("weights_among_inputs", LOGITS, &[], &["o"]),
    ("label_number", ScoreKind::LabelsOnly, &[], &[]),
    ("rank_3_scores", LOGITS, &[], &["o"]),
];

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/zoo/more")
        .join(name)
}

/// A CSV file's header and cells, row by row.
fn read_csv(name: &str) -> (Vec<String>, Vec<String>) {
    let text = fs::read_to_string(file(name)).unwrap();
    let (header, rest) = text.split_once('\n').unwrap();
    let cells = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
    (cells(header), rest.lines().flat_map(cells).collect())
}

#[test]
fn every_kind_is_understood() {
    for (name, score, classes, outputs) in MODELS {
        let signature = inspect(&file(&format!("{name}.onnx"))).unwrap();
        assert_eq!(signature.score, *score, "{name}");
        assert_eq!(signature.classes.unwrap_or_default(), *classes, "{name}");
        assert_eq!(signature.score_outputs, *outputs, "{name}");
        assert_eq!(signature.inputs.len(), 1, "{name}");
    }
}

#[test]
fn an_open_width_and_a_fixed_batch_are_told() {
    let open_width = inspect(&file("open_width.onnx")).unwrap();
    assert_eq!(open_width.inputs[0].width, None);
    let fixed = inspect(&file("batch_of_20.onnx")).unwrap();
    assert_eq!(fixed.fixed_batch(), Some(20));
}

#[test]
fn every_kind_gives_what_its_library_gives() {
    let (_, cells) = read_csv("x.csv");
    let values: Vec<f32> = cells.iter().map(|cell| cell.parse().unwrap()).collect();
    let doubles: Vec<f64> = values.iter().copied().map(f64::from).collect();
    for (name, _, _, _) in MODELS {
        let options = OpenOptions {
            threads: 2,
            backend: Backend::OnnxRuntime,
            ..OpenOptions::default()
        };
        let model = open(&file(&format!("{name}.onnx")), &options)
            .unwrap_or_else(|error| panic!("{error}"));
        let block = match model.signature().inputs[0].element {
            ElementType::Float64 => InputBlock::F64(&doubles),
            _ => InputBlock::F32(&values),
        };
        let found = model
            .run(ROWS, &[block])
            .unwrap_or_else(|error| panic!("{error}"));
        let classes = model.signature().classes.clone();
        assert_eq!(found.columns, model.signature().score_columns(), "{name}");

        let (header, cells) = read_csv(&format!("{name}.csv"));
        let labels = usize::from(header[0] == "label");
        assert_eq!(found.columns, header.len() - labels, "{name}");
        assert_eq!(found.labels.is_some(), labels == 1, "{name}");
        for (row, expected) in cells.chunks(header.len()).enumerate() {
            if let Some(labels) = &found.labels {
                let label = match &classes {
                    Some(classes) => classes[labels[row] as usize].clone(),
                    None => labels[row].to_string(),
                };
                assert_eq!(label, expected[0], "{name}: row {row}");
            }
            let scores = &found.scores[row * found.columns..(row + 1) * found.columns];
            for (score, expected) in scores.iter().zip(&expected[labels..]) {
                let expected: f32 = expected.parse().unwrap();
                let allowed = 1e-5 * expected.abs().max(1.0);
                assert!(
                    (score - expected).abs() <= allowed,
                    "{name}: row {row}: {score} instead of {expected}"
                );
            }
        }
    }
}
