//! ONNX Runtime wants each row's texts for itself: no more of them are copied than there is room for.

use std::path::Path;

use lazydebugger::inference::{ElementType, InputBlock, Model, OpenOptions, ScoreBlock, open};
use lazydebugger::vocabulary::Backend;

const ROWS: usize = 100;

/// Scores of rows that are alike, but that every other one has `odd` for its first text.
fn scored(model: &dyn Model, odd: &str) -> Result<ScoreBlock, String> {
    let numbers = [1.0; ROWS];
    let texts = ["Private", odd];
    let (same, alternating) = (
        [0; ROWS],
        std::array::from_fn::<u32, ROWS, _>(|row| row as u32 % 2),
    );
    let mut codes = [&alternating, &same].into_iter();
    let inputs = model.signature().inputs.iter();
    let blocks = inputs.map(|input| match input.element {
        ElementType::Text => InputBlock::Categories {
            texts: &texts,
            codes: codes.next().unwrap_or(&same),
        },
        _ => InputBlock::F32(&numbers),
    });
    let blocks: Vec<_> = blocks.collect();
    model.run(ROWS, &blocks).map_err(|error| error.to_string())
}

#[test]
fn long_texts_are_fed_a_few_at_a_time_or_refused_in_words() {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/zoo/skl_pipeline_cols_zipmap.onnx");
    let options = OpenOptions {
        backend: Backend::OnnxRuntime,
        ..OpenOptions::default()
    };
    let model = open(&file, &options).unwrap_or_else(|error| panic!("{error}"));
    let unknown = scored(&*model, "nothing that it knows").unwrap();
    let long = scored(&*model, &"x".repeat(1_600_000)).unwrap();
    assert_eq!(long.scores, unknown.scores);
    let refused = scored(&*model, &"x".repeat(4_000_000)).unwrap_err();
    for words in ["8000098 bytes", "leave the column of such texts out"] {
        assert!(refused.contains(words), "{refused}");
    }
}
