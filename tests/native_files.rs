//! Damaged model files: an answer or an error in words, never a panic, a hang or a flood of memory.
#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use lazydebugger::inference::{ElementType, InputBlock, inspect, native};
use proptest::prelude::*;

/// One of each kind, small enough to be tried often.
const FILES: [&str; 10] = [
    "skl_gbc.onnx",
    "lgbm_regressor.onnx",
    "xgb_onnxmltools.onnx",
    "skl_lr_zipmap_str.onnx",
    "skl_pipeline_cols_int64.onnx",
    "skl_two_inputs.onnx",
    "skl_gnb.onnx",
    "skl_mlp.onnx",
    "torch_fp16.onnx",
    "more/bagging.onnx",
];
const ROWS: usize = 5;
const PATIENCE: Duration = Duration::from_secs(5);

fn zoo(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/zoo")
        .join(file)
}

/// Opens and runs whatever the bytes are; only panics and hangs count.
fn try_all(bytes: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("model.onnx");
    fs::write(&file, bytes).unwrap();
    let start = Instant::now();
    let Ok(signature) = inspect(&file) else {
        return;
    };
    let Ok(mut model) = native::open(&file, signature, 2) else {
        return;
    };
    let inputs = model.signature().inputs.clone();
    let widths: Vec<usize> = inputs
        .iter()
        .map(|input| input.width.unwrap_or(3))
        .collect();
    // A damaged width may be anything; nobody would have a table for it.
    if widths.iter().any(|width| *width > 10_000) {
        return;
    }
    let most = ROWS * widths.iter().max().copied().unwrap_or(0);
    let (floats, doubles) = (vec![0.5_f32; most], vec![0.5_f64; most]);
    let (longs, ints) = (vec![1_i64; most], vec![1_i32; most]);
    let (truths, texts) = (vec![true; most], vec!["?"; most]);
    let blocks: Vec<InputBlock<'_>> = inputs
        .iter()
        .zip(&widths)
        .map(|(input, width)| match input.element {
            ElementType::Float32 | ElementType::Float16 => InputBlock::F32(&floats[..ROWS * width]),
            ElementType::Float64 => InputBlock::F64(&doubles[..ROWS * width]),
            ElementType::Int64 => InputBlock::I64(&longs[..ROWS * width]),
            ElementType::Int32 => InputBlock::I32(&ints[..ROWS * width]),
            ElementType::Bool => InputBlock::Bool(&truths[..ROWS * width]),
            ElementType::Text => InputBlock::Text(&texts[..ROWS * width]),
        })
        .collect();
    if let Ok(block) = model.run(ROWS, &blocks) {
        assert_eq!(block.rows, ROWS);
        assert_eq!(block.scores.len(), ROWS * block.columns);
    }
    assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn changed_bytes_do_no_harm(
        file in 0..FILES.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let mut bytes = fs::read(zoo(FILES[file])).unwrap();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        try_all(&bytes);
    }

    #[test]
    fn truncated_files_do_no_harm(file in 0..FILES.len(), end in any::<prop::sample::Index>()) {
        let bytes = fs::read(zoo(FILES[file])).unwrap();
        try_all(&bytes[..end.index(bytes.len())]);
    }

    #[test]
    fn shuffled_pieces_do_no_harm(
        file in 0..FILES.len(),
        from in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(),
        length in 1..200_usize,
    ) {
        let mut bytes = fs::read(zoo(FILES[file])).unwrap();
        let length = length.min(bytes.len());
        let from = from.index(bytes.len() - length + 1);
        let to = to.index(bytes.len() - length + 1);
        bytes.copy_within(from..from + length, to);
        try_all(&bytes);
    }
}

#[test]
fn the_bad_files_are_refused_or_run() {
    for entry in fs::read_dir(zoo("bad")).unwrap() {
        try_all(&fs::read(entry.unwrap().path()).unwrap());
    }
}
