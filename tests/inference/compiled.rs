//! The compiled form of a model, from which it is restored without being compiled.

use std::fs;

use lazydebugger::files::Map;
use lazydebugger::inference::{InputBlock, Model, OpenOptions, open_bytes, restore};
use lazydebugger::vocabulary::Backend;
use tempfile::TempDir;

use crate::forest::{Draws, Shape, forest};

const CLASSES: Option<[&str; 2]> = Some(["no", "yes"]);

fn shapes() -> Vec<Shape> {
    let shape = |leaves, columns, classes, targets| Shape {
        trees: 3,
        leaves,
        columns,
        classes,
        targets,
    };
    vec![
        // Enough thresholds that no bin holds them.
        shape(9000, 7, CLASSES, 1),
        shape(9000, 7, CLASSES, 2),
        shape(9000, 7, None, 1),
        // Several targets, and nodes that count further than 16 bits.
        shape(40_000, 5, None, 3),
        shape(9000, 4500, CLASSES, 2),
    ]
}

fn options() -> OpenOptions {
    OpenOptions {
        backend: Backend::Native,
        ..OpenOptions::default()
    }
}

/// The model that a form gives, if it gives one.
fn restored(folder: &TempDir, form: &[u8]) -> Option<Box<dyn Model>> {
    let path = folder.path().join("form");
    fs::write(&path, form).unwrap();
    let map = Map::of(&fs::File::open(path).unwrap()).unwrap();
    restore("forest.onnx".as_ref(), map, &options())
}

fn rows(columns: usize, count: usize) -> Vec<f32> {
    let mut draws = Draws::new(5);
    let odd = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.0];
    let mut value = || match draws.below(50) {
        place @ 0..4 => odd[place],
        _ => draws.number(),
    };
    (0..count * columns).map(|_| value()).collect()
}

fn bits(model: &dyn Model, columns: usize, values: &[f32]) -> (Vec<u32>, Option<Vec<u32>>) {
    let rows = values.len() / columns;
    let block = model.run(rows, &[InputBlock::F32(values)]).unwrap();
    let scores = block.scores.iter().map(|score| score.to_bits());
    (scores.collect(), block.labels)
}

#[test]
fn a_restored_model_gives_the_same_bits() {
    let folder = TempDir::new().unwrap();
    for shape in shapes() {
        let onnx = forest(shape, 1);
        let made = open_bytes("forest.onnx".as_ref(), &onnx, &options()).unwrap();
        let form = made.compiled_form(&onnx).unwrap();
        assert!(form.len() < onnx.len() / 2, "{shape:?}");
        let found = restored(&folder, &form).unwrap();
        let values = rows(shape.columns, 333);
        assert_eq!(
            bits(&*found, shape.columns, &values),
            bits(&*made, shape.columns, &values),
            "{shape:?}"
        );
        assert_eq!(found.signature(), made.signature());
        assert_eq!(found.engine(), made.engine());
        assert_eq!(
            (made.mapped_bytes(), found.mapped_bytes()),
            (0, form.len() as u64)
        );
        assert!(found.memory().bytes * 4 < made.memory().bytes, "{shape:?}");
        // It is what it came from: the same form again.
        assert_eq!(made.compiled_form(&onnx).unwrap(), form);
    }
}

#[test]
fn what_is_not_as_it_was_is_refused_or_runs_within_its_bounds() {
    let folder = TempDir::new().unwrap();
    let shape = shapes()[1];
    let onnx = forest(shape, 1);
    let made = open_bytes("forest.onnx".as_ref(), &onnx, &options()).unwrap();
    let form = made.compiled_form(&onnx).unwrap();
    let values = rows(shape.columns, 32);
    let mut draws = Draws::new(3);
    let mut refused = 0;
    for round in 0..300 {
        let mut damaged = form.clone();
        if round % 3 == 0 {
            damaged.truncate(draws.below(form.len()));
        } else {
            // Half of them in the small lists and the head, which lie behind the nodes.
            let from = if round % 2 == 0 {
                0
            } else {
                form.len() - form.len() / 50
            };
            let place = from + draws.below(form.len() - from);
            damaged[place] ^= 1 << draws.below(8);
        }
        match restored(&folder, &damaged) {
            // Whatever it says, it says it without an accident.
            Some(model) => drop(model.run(32, &[InputBlock::F32(&values)])),
            None => refused += 1,
        }
    }
    assert!(refused >= 100, "what is cut short is refused: {refused}");
    assert!(restored(&folder, b"").is_none());
    let mut older = form.clone();
    older[7] = 0;
    assert!(restored(&folder, &older).is_none(), "another version");
}

#[test]
fn a_file_that_is_cut_short_while_it_is_used_fails_the_run() {
    let folder = TempDir::new().unwrap();
    let shape = shapes()[0];
    let onnx = forest(shape, 1);
    let made = open_bytes("forest.onnx".as_ref(), &onnx, &options()).unwrap();
    let form = made.compiled_form(&onnx).unwrap();
    let found = restored(&folder, &form).unwrap();
    let values = rows(shape.columns, 4000);
    bits(&*found, shape.columns, &values);
    let file = fs::OpenOptions::new()
        .write(true)
        .open(folder.path().join("form"));
    file.unwrap().set_len(100).unwrap();
    let error = found.run(4000, &[InputBlock::F32(&values)]).unwrap_err();
    assert!(error.to_string().contains("cut short"), "{error}");
}

#[test]
fn what_is_not_large_has_no_form() {
    let bytes = fs::read("tests/zoo/skl_lr_strlabel.onnx").unwrap();
    let model = open_bytes("model.onnx".as_ref(), &bytes, &options()).unwrap();
    assert!(model.compiled_form(&bytes).is_none());
}
