//! Model files are understood, or refused with a reason, without any runtime.

use std::fs;
use std::path::{Path, PathBuf};

use lazydebugger::inference::{
    Doubt, ElementType, InferenceError, RowMixing, ScoreKind, ScoreScale, inspect, inspect_output,
};
use proptest::prelude::*;

fn zoo(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/zoo")
        .join(file)
}

const fn per_class(columns: usize, scale: ScoreScale, zip_map: bool) -> ScoreKind {
    ScoreKind::PerClass {
        columns,
        scale,
        zip_map,
    }
}

/// Name, inputs, columns of the first input, classes, scores, label output.
type Expected = (
    &'static str,
    usize,
    usize,
    &'static [&'static str],
    ScoreKind,
    Option<&'static str>,
);

const ZERO_ONE: &[&str] = &["0", "1"];
const INCOME: &[&str] = &["<=50K", ">50K"];
const WAGE_BAND: &[&str] = &["high", "low", "mid"];
const TENSOR: ScoreKind = per_class(2, ScoreScale::Probability, false);
const MAPS: ScoreKind = per_class(2, ScoreScale::Probability, true);
const REGRESSION: ScoreKind = ScoreKind::Regression { targets: 1 };
const LABEL: Option<&str> = Some("label");
const OUTPUT_LABEL: Option<&str> = Some("output_label");

#[rustfmt::skip]
const GOOD: &[Expected] = &[
    ("skl_rf_zipmap_int", 1, 13, ZERO_ONE, MAPS, OUTPUT_LABEL),
    ("skl_lr_zipmap_str", 1, 13, INCOME, MAPS, OUTPUT_LABEL),
    ("skl_lr_strlabel", 1, 13, INCOME, TENSOR, LABEL),
    ("skl_rf_default_opset", 1, 13, ZERO_ONE, TENSOR, LABEL),
    ("label_only", 1, 13, ZERO_ONE, ScoreKind::LabelsOnly, LABEL),
    ("skl_linearsvc_scores", 1, 13, ZERO_ONE, per_class(2, ScoreScale::Margin, false), LABEL),
    ("xgb_onnxmltools", 1, 13, ZERO_ONE, TENSOR, LABEL),
    ("lgbm_onnxmltools", 1, 13, ZERO_ONE, TENSOR, LABEL),
    ("skl_mlp", 1, 13, ZERO_ONE, TENSOR, LABEL),
    ("skl_gbc", 1, 13, ZERO_ONE, TENSOR, LABEL),
    ("skl_gnb", 1, 13, ZERO_ONE, TENSOR, LABEL),
    ("skl_voting", 1, 13, ZERO_ONE, TENSOR, LABEL),
    ("skl_pipeline_cols_zipmap", 13, 1, INCOME, MAPS, OUTPUT_LABEL),
    ("skl_pipeline_cols_int64", 13, 1, ZERO_ONE, TENSOR, LABEL),
    ("skl_two_inputs", 2, 5, ZERO_ONE, TENSOR, LABEL),
    ("skl_gbr_regression", 8, 1, &[], REGRESSION, None),
    ("xgb_regressor", 1, 8, &[], REGRESSION, None),
    ("lgbm_regressor", 1, 8, &[], REGRESSION, None),
    ("skl_rf_multiclass", 8, 1, WAGE_BAND, per_class(3, ScoreScale::Probability, false), LABEL),
    ("skl_rf_multiclass_zipmap", 8, 1, WAGE_BAND, per_class(3, ScoreScale::Probability, true), OUTPUT_LABEL),
    ("torch_mlp_logit", 1, 13, &[], ScoreKind::Single { scale: ScoreScale::Logit }, None),
    ("torch_mlp_sigmoid", 1, 13, &[], ScoreKind::Single { scale: ScoreScale::Probability }, None),
    ("torch_mlp_fixed_batch1", 1, 13, &[], TENSOR, None),
    ("torch_fp16", 1, 13, &[], ScoreKind::Single { scale: ScoreScale::Probability }, None),
];

#[test]
fn every_good_model_is_understood() {
    for (name, inputs, width, classes, score, label) in GOOD {
        let signature = inspect(&zoo(&format!("{name}.onnx"))).unwrap();
        assert_eq!(signature.inputs.len(), *inputs, "{name}");
        assert_eq!(signature.inputs[0].width, Some(*width), "{name}");
        let expected = Some(*classes).filter(|names| !names.is_empty());
        assert_eq!(
            signature.classes.as_deref(),
            expected
                .map(|names| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>())
                .as_deref(),
            "{name}"
        );
        assert_eq!(signature.score, *score, "{name}");
        assert_eq!(signature.label_output.as_deref(), *label, "{name}");
    }
}

#[test]
fn outputs_that_are_no_scores_are_doubted() {
    for (name, doubt) in [
        ("kmeans", Some(Doubt::Clusters)),
        ("gmm", Some(Doubt::Clusters)),
        // It looks its winner up nowhere, and is a classifier all the same.
        ("ovo", None),
        ("gnb", None),
        ("iforest", None),
    ] {
        let signature = inspect(&zoo(&format!("exported/{name}.onnx"))).unwrap();
        assert_eq!(signature.doubt, doubt, "{name}");
    }
    let passed_on = inspect(&zoo("operators/cast_int.onnx")).unwrap();
    assert_eq!(passed_on.doubt, Some(Doubt::OnlyInputs));
}

#[test]
fn detectors_of_outliers_are_told_by_how_they_label() {
    for name in ["iforest", "oneclass"] {
        let signature = inspect(&zoo(&format!("exported/{name}.onnx"))).unwrap();
        assert!(signature.is_detector, "{name}");
        assert_eq!(signature.classes.unwrap(), ["-1", "1"], "{name}");
        let scale = ScoreScale::Margin;
        assert_eq!(signature.score, ScoreKind::Single { scale }, "{name}");
    }
    for (name, ..) in GOOD {
        assert!(
            !inspect(&zoo(&format!("{name}.onnx"))).unwrap().is_detector,
            "{name}"
        );
    }
}

#[test]
fn exports_are_known_to_keep_their_rows_apart() {
    for (name, ..) in GOOD {
        let signature = inspect(&zoo(&format!("{name}.onnx"))).unwrap();
        assert!(signature.row_mixing == RowMixing::Apart, "{name}");
    }
    for (file, mixing) in [
        ("zoo/operators/transpose.onnx", RowMixing::Moved),
        ("data/outputs/training_mode.onnx", RowMixing::Combined),
        ("data/outputs/quantised.onnx", RowMixing::Combined),
    ] {
        let path = zoo("..").join(file);
        assert_eq!(inspect(&path).unwrap().row_mixing, mixing, "{file}");
    }
}

#[test]
fn one_column_of_an_output_can_be_named() {
    let file = zoo("skl_rf_multiclass.onnx");
    let signature = inspect_output(&file, "probabilities[2]").unwrap();
    assert_eq!(signature.score_column, Some(2));
    assert_eq!(signature.score_columns(), 1);
    assert_eq!((signature.classes, signature.label_output), (None, None));
    let error = inspect_output(&file, "probability[2]")
        .unwrap_err()
        .to_string();
    assert!(error.contains("no output `probability[2]`"), "{error}");
}

#[test]
fn element_types_are_read() {
    let columns = inspect(&zoo("skl_pipeline_cols_int64.onnx")).unwrap();
    assert_eq!(columns.inputs[0].element, ElementType::Int64);
    assert_eq!(columns.inputs[1].element, ElementType::Text);
    let halves = inspect(&zoo("torch_fp16.onnx")).unwrap();
    assert_eq!(halves.inputs[0].element, ElementType::Float16);
    assert!(halves.notes[0].contains("65504"), "{:?}", halves.notes);
}

#[test]
fn a_fixed_batch_is_told() {
    let signature = inspect(&zoo("torch_mlp_fixed_batch1.onnx")).unwrap();
    assert_eq!(signature.fixed_batch(), Some(1));
    assert!(signature.notes[0].contains("slow"), "{:?}", signature.notes);
}

#[test]
fn margins_come_with_a_warning() {
    let signature = inspect(&zoo("skl_linearsvc_scores.onnx")).unwrap();
    assert!(
        signature.notes[0].contains("not probabilities"),
        "{:?}",
        signature.notes
    );
}

#[test]
fn the_file_says_who_wrote_it_and_with_what() {
    let signature = inspect(&zoo("skl_gbc.onnx")).unwrap();
    assert_eq!(signature.producer, "skl2onnx 1.20.0");
    assert_eq!(
        signature.opsets,
        [("ai.onnx.ml".to_owned(), 1), ("ai.onnx".to_owned(), 16)]
    );
    assert_eq!(signature.node_count, 2);
    assert_eq!(signature.operators["ai.onnx.ml.TreeEnsembleClassifier"], 1);
    assert_eq!(signature.file_bytes, 17152);
    assert!(signature.is_tree_ensemble());
}

#[test]
fn a_named_output_is_taken() {
    let file = zoo("skl_gbc.onnx");
    let labels = inspect_output(&file, "label").unwrap();
    assert_eq!(labels.score, ScoreKind::LabelsOnly);
    let scores = inspect_output(&file, "probabilities").unwrap();
    assert_eq!(scores.score_outputs, ["probabilities"]);
    let error = inspect_output(&file, "probs").unwrap_err().to_string();
    assert!(error.contains("`label`, `probabilities`"), "{error}");
}

#[test]
fn every_bad_file_is_refused_with_its_reason() {
    let cases = [
        ("empty.onnx", "the file is empty"),
        ("truncated.onnx", "truncated"),
        ("text.onnx", "not an ONNX file: an HTML page"),
        ("lfs_pointer.onnx", "run `git lfs pull`"),
        ("future_opset.onnx", "opset 99"),
        ("image_input.onnx", "has 4 dimensions"),
        ("external_missing.onnx", "torch_dynamo_external.onnx.data"),
        ("no_such_file.onnx", "no such file"),
        ("", "is a folder"),
    ];
    for (file, words) in cases {
        let path = zoo("bad").join(file);
        let error = inspect(&path).unwrap_err().to_string();
        assert!(error.contains(words), "{file}: {error}");
        assert!(error.contains(&path.display().to_string()), "{error}");
    }
}

#[test]
fn the_width_of_a_model_is_for_its_user_to_judge() {
    assert_eq!(
        inspect(&zoo("bad/wrong_width.onnx")).unwrap().inputs[0].width,
        Some(7)
    );
}

#[test]
fn external_data_counts_and_may_not_be_cut_short() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("model.onnx");
    fs::copy(zoo("bad/external_missing.onnx"), &model).unwrap();
    let data = folder.path().join("torch_dynamo_external.onnx.data");
    fs::write(&data, [0; 8]).unwrap();
    let error = inspect(&model).unwrap_err();
    assert!(
        matches!(
            error,
            InferenceError::ExternalDataTruncated { bytes: 8, .. }
        ),
        "{error}"
    );
    fs::write(&data, vec![0; 100_000]).unwrap();
    let signature = inspect(&model).unwrap();
    assert_eq!(signature.file_bytes, 15_844 + 100_000);
}

#[test]
fn other_formats_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&[u8], &str); 5] = [
        (b"PK\x03\x04\x14\x00", "zip archive"),
        (b"{\"a\": 1}", "JSON"),
        (b"age,income\n1,2\n", "plain text"),
        (&[0xff; 64], "some other binary format"),
        (&[0; 64], "some other binary format"),
    ];
    for (bytes, words) in cases {
        let path = folder.path().join("model.onnx");
        fs::write(&path, bytes).unwrap();
        let error = inspect(&path).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}

/// A file cut anywhere is refused, and where it still looks like a model, as truncated.
#[test]
fn every_prefix_of_a_model_is_refused() {
    let whole = fs::read(zoo("skl_lr_strlabel.onnx")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.onnx");
    let mut truncated = 0;
    for length in 1..whole.len() - 40 {
        fs::write(&path, &whole[..length]).unwrap();
        let error = inspect(&path).unwrap_err();
        truncated += usize::from(matches!(error, InferenceError::Truncated { .. }));
    }
    assert_eq!(truncated, whole.len() - 41);
}

const SEEDS: [&str; 7] = [
    "skl_lr_zipmap_str.onnx",
    "skl_gnb.onnx",
    "skl_mlp.onnx",
    "torch_mlp_sigmoid.onnx",
    "bad/external_missing.onnx",
    "more/zipmap_behind_identity.onnx",
    "more/calibrated.onnx",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_files_never_panic(
        seed in 0..SEEDS.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..24),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = fs::read(zoo(SEEDS[seed])).unwrap();
        for (place, value) in changes {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), &bytes).unwrap();
        let _ = inspect(file.path());
    }

    #[test]
    fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), &bytes).unwrap();
        prop_assert!(inspect(file.path()).is_err());
    }
}
