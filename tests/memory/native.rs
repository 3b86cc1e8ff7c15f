//! What a native model says that it takes is what the allocator was asked for.

use std::fs;
use std::path::{Path, PathBuf};

use lazydebugger::inference::{inspect, native};

use crate::counting::{alone, held_by_thread};

fn models() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    [
        "sample_data/adult",
        "sample_data/adult/sweep",
        "tests/zoo",
        "tests/zoo/exported",
        "tests/zoo/operators",
    ]
    .iter()
    .flat_map(|folder| fs::read_dir(root.join(folder)).unwrap())
    .map(|entry| entry.unwrap().path())
    .filter(|path| path.extension().is_some_and(|e| e == "onnx"))
    .collect()
}

#[test]
fn a_native_model_counts_its_memory_to_the_byte() {
    let _alone = alone();
    let mut counted = 0;
    for path in models() {
        let Ok(signature) = inspect(&path) else {
            continue;
        };
        // What the model was asked to keep beside what it made: its signature and its path.
        let kept = (signature.clone(), path.clone());
        let before_signature = held_by_thread();
        let again = kept.clone();
        let keeps = held_by_thread() - before_signature;
        drop(again);

        let before = held_by_thread();
        let Ok(model) = native::open(&kept.1, kept.0.clone(), 1) else {
            continue;
        };
        let live = held_by_thread() - before;

        let memory = model.memory();
        assert!(memory.exact, "{}", path.display());
        assert_eq!(memory.bytes as usize + keeps, live, "{}", path.display());
        counted += 1;
    }
    assert!(counted >= 300, "{counted} models were counted");
}
