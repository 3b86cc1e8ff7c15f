//! A header tells what the whole file tells, and its bulk may be anything.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use lazydebugger::inference::{
    Coverage, Header, InferenceError, OpenOptions, ScoreKind, ScoreScale, choose, inspect, native,
    open, open_bytes, read_header,
};
use lazydebugger::vocabulary::{Backend, BackendChoice, RunsOn};

/// Only a trial shows that these are not covered: the header promises them.
const BROKEN_PROMISES: [&str; 2] = ["catnb.whole", "huge_width"];

/// Every model of the zoo and of the bundled experiments, the bad ones included.
fn models() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut open = vec![root.join("tests/zoo"), root.join("sample_data")];
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "onnx") {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(found.len() > 400, "{} models", found.len());
    found
}

fn sample(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("sample_data")
        .join(file)
}

fn header_of(path: &Path) -> Result<Header, InferenceError> {
    read_header(path, &fs::read(path).unwrap())
}

fn natively() -> OpenOptions {
    OpenOptions {
        backend: Backend::Native,
        ..OpenOptions::default()
    }
}

#[test]
fn a_header_is_what_the_whole_file_tells() {
    for path in models() {
        match (header_of(&path), inspect(&path)) {
            (Ok(header), Ok(signature)) => {
                assert_eq!(header.signature, signature, "{}", path.display());
                let length = fs::metadata(&path).unwrap().len();
                assert_eq!(header.file_bytes, length, "{}", path.display());
            }
            (header, signature) => assert_eq!(header.err(), signature.err(), "{}", path.display()),
        }
    }
}

#[test]
fn promises_are_kept_but_for_what_a_trial_shows() {
    let mut broken = Vec::new();
    for path in models() {
        let Ok(header) = header_of(&path) else {
            continue;
        };
        match (&header.coverage, native::coverage(&path, &header.signature)) {
            (Coverage::Native, Ok(())) => {}
            (Coverage::Native, Err(_)) => {
                broken.push(path.file_stem().unwrap().to_str().unwrap().to_owned());
                let error = open(&path, &natively()).unwrap_err();
                assert!(matches!(error, InferenceError::Uncovered { .. }), "{error}");
            }
            (Coverage::Uncovered { what }, settled) => {
                assert_eq!(Err(what), settled.as_ref(), "{}", path.display());
            }
        }
    }
    broken.sort();
    assert_eq!(broken, BROKEN_PROMISES);
}

#[test]
fn the_header_and_what_is_asked_for_choose_who_runs_a_model() {
    let asked_for = |runs_on| Ok(BackendChoice::AskedFor { runs_on });
    let path = sample("adult/xgboost.onnx");
    let covered = header_of(&path).unwrap();
    let chosen = |backend| choose(&path, &covered, backend);
    assert_eq!(chosen(Backend::Auto), Ok(BackendChoice::Covered));
    assert_eq!(chosen(Backend::Native), asked_for(RunsOn::Native));
    assert_eq!(chosen(Backend::OnnxRuntime), asked_for(RunsOn::OnnxRuntime));

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/zoo/einsum.onnx");
    let uncovered = header_of(&path).unwrap();
    let chosen = |backend| choose(&path, &uncovered, backend);
    let what = vec!["operator Einsum".to_owned()];
    assert_eq!(chosen(Backend::Auto), Ok(BackendChoice::Uncovered { what }));
    assert_eq!(chosen(Backend::OnnxRuntime), asked_for(RunsOn::OnnxRuntime));
    let error = chosen(Backend::Native).unwrap_err();
    assert!(matches!(error, InferenceError::Uncovered { .. }), "{error}");
}

#[test]
fn the_memory_of_bundled_models_is_known_before_they_are_opened() {
    let bundled = models()
        .into_iter()
        .filter(|path| path.starts_with(sample("")));
    for path in bundled {
        let estimate = header_of(&path)
            .unwrap()
            .estimated_memory
            .on(RunsOn::Native);
        let memory = open(&path, &natively()).unwrap().memory();
        assert!(memory.exact && !estimate.exact);
        let ratio = estimate.bytes as f64 / memory.bytes as f64;
        assert!(
            (0.75..1.25).contains(&ratio),
            "{ratio} of {}",
            path.display()
        );
    }
}

#[test]
fn bytes_that_were_read_before_are_opened_as_the_file_is() {
    let path = sample("wage/ridge.onnx");
    let bytes = fs::read(&path).unwrap();
    let model = open_bytes(Path::new("nowhere.onnx"), &bytes, &natively()).unwrap();
    assert_eq!(model.signature(), &inspect(&path).unwrap());
    let error = open_bytes(&path, b"", &natively()).unwrap_err();
    assert!(matches!(error, InferenceError::Empty { .. }), "{error}");
}

fn varint(bytes: &[u8], at: &mut usize) -> u64 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let byte = bytes[*at];
        *at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    value
}

fn put(into: &mut Vec<u8>, field: u64, content: &[u8]) {
    let mut number = |mut value: u64| {
        while value >= 0x80 {
            into.push(value as u8 | 0x80);
            value >>= 7;
        }
        into.push(value as u8);
    };
    number(field << 3 | 2);
    number(content.len() as u64);
    into.extend_from_slice(content);
}

/// The fields of a message: numbers, where they are with their tags, and their contents.
fn fields(message: &[u8]) -> Vec<(u64, Range<usize>, &[u8])> {
    let (mut at, mut all) = (0, Vec::new());
    while at < message.len() {
        let start = at;
        let tag = varint(message, &mut at);
        let length = match tag & 7 {
            0 => {
                varint(message, &mut at);
                0
            }
            2 => varint(message, &mut at) as usize,
            _ => 4,
        };
        at += length;
        all.push((tag >> 3, start..at, &message[at - length..at]));
    }
    all
}

/// The message with every field of this number changed.
fn changed(message: &[u8], number: u64, change: &dyn Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut all = Vec::new();
    for (field, place, content) in fields(message) {
        if field == number {
            put(&mut all, number, &change(content));
        } else {
            all.extend_from_slice(&message[place]);
        }
    }
    all
}

/// The forest with three times its lists, of which none but the leaves' weights makes sense.
fn spoilt(model: &[u8], weights: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let spoil = |attribute: &[u8]| {
        let (_, name, text) = fields(attribute)[0].clone();
        let list = &attribute[name.end..];
        let mut all = attribute[name].to_vec();
        if text == b"class_weights" {
            all.extend(weights(list));
        } else if text.starts_with(b"nodes_") || text.starts_with(b"class_") {
            all.extend(vec![0xff; 3 * list.len()]);
        } else {
            all.extend(list);
        }
        all
    };
    let node = |node: &[u8]| changed(node, 5, &spoil);
    changed(model, 7, &|graph: &[u8]| changed(graph, 1, &node))
}

#[test]
fn the_bulk_of_a_forest_may_be_anything() {
    let path = sample("adult/random_forest.onnx");
    let model = fs::read(&path).unwrap();
    let sound = read_header(&path, &model).unwrap();

    // Behind the weights is their type.
    let large = spoilt(&model, |list| list[..list.len() - 3].repeat(3));
    assert!(large.len() > 10 << 20, "{} bytes", large.len());
    let mut header = read_header(&path, &large).unwrap();
    assert_eq!(header.file_bytes, large.len() as u64);
    header.signature.file_bytes = sound.signature.file_bytes;
    assert_eq!(header.signature, sound.signature);
    assert_eq!(header.coverage, Coverage::Native);
    let error = open_bytes(&path, &large, &natively()).unwrap_err();
    assert!(matches!(error, InferenceError::Uncovered { .. }), "{error}");
}

/// The steps of a boosted model are below 0 all over it: a sample of them shows it.
#[test]
fn what_leaves_hold_is_seen_in_some_of_them() {
    let path = sample("adult/random_forest.onnx");
    let model = fs::read(&path).unwrap();
    let scale_of = |model: &[u8]| match read_header(&path, model).unwrap().signature.score {
        ScoreKind::PerClass { scale, .. } => scale,
        other => panic!("{other:?}"),
    };
    assert_eq!(scale_of(&model), ScoreScale::Probability);
    let negative = spoilt(&model, |list| {
        let mut list = list.to_vec();
        for float in list.chunks_exact_mut(5).step_by(7) {
            float[4] |= 0x80;
        }
        list
    });
    assert_eq!(scale_of(&negative), ScoreScale::Logit);
}
