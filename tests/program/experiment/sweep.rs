//! What the hyperparameters' file says.

use std::fs;
use std::path::Path;

use lazydebugger::experiment::{ParameterValue, Sweep, VariantSource};
use lazydebugger::settings::{ProblemKind, SettingsError};
use tempfile::TempDir;

fn sweep(text: &str) -> (TempDir, Result<Sweep, SettingsError>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sweep.json");
    fs::write(&path, text).unwrap();
    let read = Sweep::from_file(&path);
    (folder, read)
}

#[test]
fn a_sweep_is_read() {
    let (folder, read) = sweep(
        r#"{"score": "f1", "variants": [
            {"name": "a", "model": "m/a.onnx", "parameters": {"depth": 4, "rate": 0.1, "kind": "gini"}},
            {"name": "b", "score": 0.91, "parameters": {"rate": 1e-3, "kind": true, "depth": null}}
        ]}"#,
    );
    let read = read.unwrap();
    assert_eq!(read.score, "f1");
    let [a, b] = &read.variants[..] else {
        panic!("two variants: {read:?}")
    };
    assert_eq!(
        a.source,
        VariantSource::Model(folder.path().join("m/a.onnx"))
    );
    assert_eq!(b.source, VariantSource::Score(0.91));
    let text = |word: &str| ParameterValue::Text(word.to_owned());
    let named = |name: &str, value| (name.to_owned(), value);
    assert_eq!(
        a.parameters,
        [
            named("depth", ParameterValue::Number(4.0)),
            named("rate", ParameterValue::Number(0.1)),
            named("kind", text("gini")),
        ]
    );
    assert_eq!(
        b.parameters,
        [
            named("depth", text("none")),
            named("rate", ParameterValue::Number(0.001)),
            named("kind", ParameterValue::Flag(true)),
        ],
        "in the order of the first variant"
    );
}

#[test]
fn all_problems_of_a_sweep_are_told_at_once() {
    let (_folder, read) = sweep(
        r#"{"score": "acuracy", "seed": 1, "variants": [
            {"name": "a", "model": "a.onnx", "parameters": {"depth": 4, "rate": 0.1}},
            {"name": "a", "modle": "a.onnx", "parameters": {"depth": 4, "rate": [1]}},
            {"score": 1, "model": "a.onnx", "parameters": {"depth": 4, "leaf": 1, "leaf": 2}},
            {"name": "d", "score": "good", "parameters": {}},
            {"name": "e", "score": 1},
            3
        ]}"#,
    );
    let errors = read.unwrap_err();
    let shown: Vec<String> = errors.problems.iter().map(ToString::to_string).collect();
    for expected in [
        "`score`: expected one of auc, accuracy, f1, log_loss, rmse, mae, r2, found \"acuracy\"; did you mean `accuracy`?",
        "unknown key `seed`; known here: score, direction, variants",
        "`variants.2.name`: variant 1 is called `a` too",
        "unknown key `variants.2.modle`; did you mean `model`?",
        "`variants.2.model` is missing: give the variant's model, or its `score` if that is known",
        "`variants.2.parameters.rate`: expected a number, text, true, false or null, found a list",
        "`variants.3.name` is missing: give a name for this variant",
        "`variants.3`: give `model` or `score`, not both",
        "`variants.3.parameters.leaf`: is given twice; keep one",
        "`variants.3.parameters`: `rate` missing; the first variant sets it",
        "`variants.3.parameters`: `leaf` not set by the first variant",
        "`variants.4.score`: expected a number, found \"good\"",
        "`variants.4.parameters`: give at least one parameter",
        "`variants.5.parameters` is missing: give the settings of this variant by name",
        "`variants.6`: expected a table, found 3",
    ] {
        assert!(
            shown.iter().any(|s| s == expected),
            "missing: {expected}\n{shown:#?}"
        );
    }
    for (text, words) in [
        (
            "{\n\"score\": ",
            "line 2, column 9: not valid JSON: EOF while parsing a value",
        ),
        ("[]", "expected a table, found an empty list"),
        (
            "{}",
            "`variants` is missing: give a list of at least one variant",
        ),
        (r#"{"variants": 3}"#, "`variants`: expected a list, found 3"),
    ] {
        let error = sweep(text).1.unwrap_err().to_string();
        assert!(error.contains(words), "`{words}` is not in: {error}");
    }
    let missing = Sweep::from_file(Path::new("none/sweep.json")).unwrap_err();
    assert_eq!(missing.to_string(), "none/sweep.json: no such file");
    assert!(matches!(missing.problems[0].kind, ProblemKind::File(_)));
}
