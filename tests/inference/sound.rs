//! What the standard does not allow, or leaves open, is refused before anybody runs it: by those who
//! look at a file and by those who open it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use lazydebugger::inference::{
    Coverage, InferenceError, InputBlock, OpenOptions, inspect, open, read_header,
};
use lazydebugger::vocabulary::Backend;

fn hostile(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/hostile");
    folder.join(name)
}

/// The error that all doors give alike.
fn refusal(file: &Path) -> InferenceError {
    let error = inspect(file).unwrap_err();
    let header = read_header(file, &fs::read(file).unwrap());
    assert_eq!(header.unwrap_err(), error);
    for backend in [Backend::Auto, Backend::Native, Backend::OnnxRuntime] {
        let options = OpenOptions {
            backend,
            ..OpenOptions::default()
        };
        assert_eq!(open(file, &options).unwrap_err(), error);
    }
    error
}

#[test]
fn a_graph_in_circles_is_refused() {
    let error = refusal(&hostile("circle.onnx"));
    let words = error.to_string();
    assert!(
        words.contains("`a` is made from `b`, `b` is made from `a`")
            || words.contains("`b` is made from `a`, `a` is made from `b`"),
        "{words}"
    );
    assert!(matches!(error, InferenceError::Circular { .. }));
    let error = refusal(&hostile("made_twice.onnx"));
    assert!(matches!(error, InferenceError::MadeTwice { value, .. } if value == "z"));
}

#[test]
fn attributes_that_the_standard_does_not_know_are_refused() {
    for (name, operator, attribute) in [
        ("misspelled.onnx", "Gemm", "aplha"),
        ("misspelled_in_branch.onnx", "LeakyRelu", "alhpa"),
    ] {
        let error = refusal(&hostile(name)).to_string();
        let said = format!("operator {operator} has no attribute `{attribute}`");
        assert!(error.contains(&said) && error.contains("alpha"), "{error}");
    }
    let error = refusal(&hostile("wrong_type.onnx")).to_string();
    assert!(
        error.contains("`alpha` of operator Gemm is not a float"),
        "{error}"
    );
}

#[test]
fn weights_outside_of_the_models_folder_are_refused() {
    for name in ["outside_above.onnx", "outside_absolute.onnx"] {
        let error = refusal(&hostile(name));
        let words = error.to_string();
        assert!(words.contains("etc/passwd"), "{words}");
        assert!(matches!(error, InferenceError::ExternalDataOutside { .. }));
    }
    let folder = tempfile::tempdir().unwrap();
    let (inside, store) = (folder.path().join("model"), folder.path().join("store"));
    fs::create_dir_all(&inside).unwrap();
    fs::create_dir_all(&store).unwrap();
    let file = inside.join("model.onnx");
    fs::copy(hostile("outside_by_link.onnx"), &file).unwrap();
    fs::copy(hostile("weights.bin"), store.join("weights")).unwrap();
    symlink("../store/weights", inside.join("link.bin")).unwrap();
    let error = refusal(&file);
    assert!(
        matches!(error, InferenceError::ExternalDataOutside { location, .. } if location == "link.bin")
    );
    // As download caches do: the model is a link to the same store.
    fs::rename(&file, store.join("blob")).unwrap();
    symlink("../store/blob", &file).unwrap();
    inspect(&file).unwrap();
}

/// Which class a base value is for, the standard does not say where there is one for two classes.
#[test]
fn what_the_standard_leaves_open_is_not_run_natively() {
    let file = hostile("mixed_ids.onnx");
    let header = read_header(&file, &fs::read(&file).unwrap()).unwrap();
    let Coverage::Uncovered { what } = header.coverage else {
        panic!("covered");
    };
    let reason = "the standard leaves open what their scores are";
    assert!(what.iter().any(|what| what.contains(reason)), "{what:?}");
    let natively = OpenOptions {
        backend: Backend::Native,
        ..OpenOptions::default()
    };
    let error = open(&file, &natively).unwrap_err().to_string();
    assert!(error.contains(reason), "{error}");
    let model = open(&file, &OpenOptions::default()).unwrap();
    assert!(model.engine().starts_with("ONNX Runtime"));
    model.run(1, &[InputBlock::F32(&[1.0, 2.0, 3.0])]).unwrap();
}
