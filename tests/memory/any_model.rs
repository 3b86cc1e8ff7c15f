//! A file that may be anything, taken for a model.

use std::path::Path;

use lazydebugger::inference::{Coverage, ElementType, InputBlock, inspect, native, read_header};

const ROWS: usize = 5;

/// Opens a file with the native backend and runs it on odd values; says whether it ran.
pub(crate) fn open_and_run(file: &Path) -> bool {
    let Ok(signature) = inspect(file) else {
        return false;
    };
    let opened = native::open(file, signature, 1);
    let bytes = std::fs::read(file).unwrap_or_default();
    if let Ok(header) = read_header(file, &bytes)
        && matches!(header.coverage, Coverage::Uncovered { .. })
    {
        assert!(opened.is_err(), "{:?}", header.coverage);
    }
    let Ok(model) = opened else {
        return false;
    };
    let inputs = model.signature().inputs.clone();
    let width = |width: Option<usize>| width.unwrap_or(3);
    // A damaged width may be anything; nobody would have a table for it.
    if inputs.iter().any(|input| width(input.width) > 10_000) {
        return false;
    }
    let most = ROWS * inputs.iter().map(|i| width(i.width)).max().unwrap_or(0);
    let odd = [
        0.5,
        f64::NAN,
        -1.0,
        f64::INFINITY,
        1e300,
        f64::NEG_INFINITY,
        0.0,
    ];
    let doubles: Vec<f64> = odd.iter().copied().cycle().take(most).collect();
    let floats: Vec<f32> = doubles.iter().map(|x| *x as f32).collect();
    let longs: Vec<i64> = [1, 0, i64::MAX, -1, i64::MIN]
        .into_iter()
        .cycle()
        .take(most)
        .collect();
    let ints: Vec<i32> = longs.iter().map(|x| *x as i32).collect();
    let truths: Vec<bool> = (0..most).map(|place| place % 2 == 0).collect();
    let texts: Vec<&str> = ["", "?", "Private", "\u{0}", "1e9"]
        .into_iter()
        .cycle()
        .take(most)
        .collect();
    let blocks: Vec<InputBlock<'_>> = inputs
        .iter()
        .map(|input| {
            let range = ..ROWS * width(input.width);
            match input.element {
                ElementType::Float32 | ElementType::Float16 => InputBlock::F32(&floats[range]),
                ElementType::Float64 => InputBlock::F64(&doubles[range]),
                ElementType::Int32 => InputBlock::I32(&ints[range]),
                ElementType::Bool => InputBlock::Bool(&truths[range]),
                ElementType::Text => InputBlock::Text(&texts[range]),
                _ => InputBlock::I64(&longs[range]),
            }
        })
        .collect();
    let Ok(block) = model.run(ROWS, &blocks) else {
        return false;
    };
    assert_eq!(block.rows, ROWS);
    assert_eq!(block.scores.len(), ROWS * block.columns);
    assert!(block.labels.is_none_or(|labels| labels.len() == ROWS));
    true
}
