//! The table as text.

use std::fmt::Write;

use super::{InferenceTable, ModelMeasured, Speed, Spread, targets};
use crate::bench::columns::push_columns;
use crate::display::{bytes, count, seconds};

const HEADER: [&str; 11] = [
    "model",
    "threads",
    "native rows/s",
    "ORT rows/s",
    "x ORT",
    "x ORT with feeding",
    "library rows/s",
    "x library",
    "x open",
    "x memory",
    "difference",
];

/// The table, the figures behind its factors, and the targets.
pub fn text(table: &InferenceTable) -> String {
    let mut text = format!(
        "{} rows, {} repeats in turns, {} cores; ORT is {} at its best setting",
        count(table.rows as u64),
        table.repeats,
        table.cores,
        table.onnxruntime
    );
    for (name, version) in &table.libraries {
        let _ = write!(text, ", {name} {version}");
    }
    if cfg!(debug_assertions) {
        text.push_str("\na debug build: the native backend is many times slower than it should be");
    }
    text.push_str("\nmedians; in brackets the least and the largest factor of a repeat\n\n");
    let mut lines = vec![HEADER.map(str::to_owned).to_vec()];
    for model in &table.models {
        lines.extend(model.speeds.iter().map(|speed| line(model, speed)));
    }
    push_columns(&mut text, &lines);
    text.push('\n');
    let mut lines = vec![vec![
        "model".to_owned(),
        "opens: native".to_owned(),
        "ORT".to_owned(),
        "memory: native".to_owned(),
        "ORT".to_owned(),
        "ORT with its library".to_owned(),
        "peak: native".to_owned(),
        "ORT".to_owned(),
    ]];
    lines.extend(table.models.iter().map(costs));
    push_columns(&mut text, &lines);
    for (name, reason) in &table.not_covered {
        let _ = writeln!(
            text,
            "\n{name}: not covered by the native backend: {reason}"
        );
    }
    text.push('\n');
    let mut lines = vec![vec![
        "target".to_owned(),
        "wanted".to_owned(),
        "least".to_owned(),
        String::new(),
        "where".to_owned(),
    ]];
    lines.extend(targets(table).into_iter().map(|target| {
        vec![
            target.name.to_owned(),
            format!("{}x", target.wanted),
            factor(target.measured),
            if target.met { "met" } else { "NOT met" }.to_owned(),
            target.worst,
        ]
    }));
    push_columns(&mut text, &lines);
    text
}

fn line(model: &ModelMeasured, speed: &Speed) -> Vec<String> {
    let library = speed.library.as_ref();
    let none = || "-".to_owned();
    let largest = model.difference.largest;
    vec![
        model.name.clone(),
        speed.threads.to_string(),
        rate(speed.native),
        rate(speed.onnxruntime),
        factors(speed.ratio),
        factors(speed.ratio_fed),
        library.map_or_else(none, |l| rate(l.rate)),
        library.map_or_else(none, |l| factors(l.ratio)),
        factor(model.open.ratio.median),
        model
            .memory
            .as_ref()
            .map_or_else(|_| none(), |memory| factor(memory.ratio())),
        largest.map_or_else(none, |largest| format!("{:.1e}", largest.difference)),
    ]
}

fn costs(model: &ModelMeasured) -> Vec<String> {
    let mut cells = vec![
        model.name.clone(),
        time(model.open.native.median),
        time(model.open.onnxruntime.median),
    ];
    match &model.memory {
        Ok(memory) => cells.extend([
            bytes(memory.native.model_bytes),
            bytes(memory.onnxruntime.model_bytes),
            bytes(memory.onnxruntime.with_library_bytes),
            bytes(memory.native.peak_bytes),
            bytes(memory.onnxruntime.peak_bytes),
        ]),
        Err(reason) => cells.push(reason.to_string()),
    }
    cells
}

/// A number of threads in words.
pub(super) fn threads(threads: usize) -> String {
    match threads {
        1 => "1 thread".to_owned(),
        threads => format!("{threads} threads"),
    }
}

/// Milliseconds with a decimal, since small models open in less than one.
fn time(time: f64) -> String {
    if time < 0.01 {
        format!("{:.2} ms", time * 1e3)
    } else {
        seconds(time)
    }
}

fn rate(rate: Spread) -> String {
    let thousands = rate.median / 1e3;
    if thousands < 10_000.0 {
        format!("{thousands:.0}k")
    } else {
        format!("{:.1}M", thousands / 1e3)
    }
}

fn factor(factor: f64) -> String {
    if factor < 99.95 {
        format!("{factor:.1}x")
    } else {
        format!("{factor:.0}x")
    }
}

fn factors(spread: Spread) -> String {
    let precise = |value: f64| {
        if value < 99.95 {
            format!("{value:.1}")
        } else {
            format!("{value:.0}")
        }
    };
    format!(
        "{} [{}-{}]",
        factor(spread.median),
        precise(spread.min),
        precise(spread.max)
    )
}
