//! Damaged model files: an answer or an error in words, never a panic, and never more memory than
//! the file and the size limit of a value allow.
//!
//! Every ONNX file of the tests and of the bundled data is a seed. `PROPTEST_CASES=20000` makes an
//! evening of it; `fuzz/` goes on for as long as one likes. The work on a file is limited by its
//! nodes and by the size of values, so that a hang would be one of the size limits missing; it shows
//! as a test that does not end.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use proptest::prelude::*;

use crate::any_model::open_and_run;
use crate::counting::{alone, peak_of_thread};
use crate::mutation::{Mutation, mutations};

/// What a file may cost, for each of its bytes: its content as numbers, the packed form beside it,
/// and copies while it is made.
const BYTES_PER_BYTE: usize = 96;
/// What values may cost however small the file is: a few of the largest that are allowed.
const ALLOWANCE: usize = 640 << 20;

/// The sound files that are damaged here.
static SEEDS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut open = vec![root.join("tests/zoo"), root.join("sample_data")];
    let mut files: Vec<PathBuf> = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "onnx") {
                files.push(path);
            }
        }
    }
    files.sort();
    files.iter().map(|file| fs::read(file).unwrap()).collect()
});

/// Opens and runs whatever the bytes are; says whether it ran.
fn try_all(bytes: &[u8]) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("model.onnx");
    fs::write(&file, bytes).unwrap();
    let (has_run, peak) = peak_of_thread(|| open_and_run(&file));
    let most = BYTES_PER_BYTE * bytes.len() + ALLOWANCE;
    assert!(peak <= most, "{peak} bytes for a file of {}", bytes.len());
    has_run
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        max_shrink_iters: 200,
        ..ProptestConfig::default()
    })]

    #[test]
    fn damaged_files_do_no_harm(
        seed in any::<prop::sample::Index>(),
        changes in prop::collection::vec(mutations(), 1..4),
    ) {
        let _alone = alone();
        let mut bytes = SEEDS[seed.index(SEEDS.len())].clone();
        for change in changes {
            if let Mutation::Splice { other, .. } = &change {
                let other = &SEEDS[other.index(SEEDS.len())];
                change.apply(&mut bytes, other);
            } else {
                change.apply(&mut bytes, &[]);
            }
        }
        try_all(&bytes);
    }
}

#[test]
fn the_seeds_themselves_mostly_run() {
    let _alone = alone();
    let sound = SEEDS.iter().filter(|bytes| try_all(bytes)).count();
    // Some need values that this table does not have, such as indices in range.
    assert!(sound * 10 >= SEEDS.len() * 8, "{sound} of {}", SEEDS.len());
}
