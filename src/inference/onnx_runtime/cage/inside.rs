//! The process of a trial: it holds itself to its limits, opens the model, gives it a made-up row and then
//! many, and says how far it came.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::thread;

use super::limits::{Limits, STACK_BYTES, is_out_of_memory};
use super::verdict::Stage;
use super::working::WorkingMemory;
use crate::inference::error::InferenceError;
use crate::inference::signature::{ElementType, InputSpec, Signature};
use crate::inference::{InputBlock, Model, OpenOptions, open};
use crate::process::{MemoryMeter, forget_peak, give_back_freed_memory};
use crate::vocabulary::Backend;

/// Lines of its output.
const OPENED: &str = "opened";
const SCORED: &str = "scored";
const REFUSED: &str = "refused ";
const TOOK: &str = "took ";
/// Values of a batch that is made up; a model that is fixed to more is opened only.
const MOST_VALUES: usize = 1 << 20;
/// Rows that are scored together at last: what a graph makes of one row may be little, and of as many as are
/// scored in a run more than there is memory for.
pub(in crate::inference::onnx_runtime) const MANY_ROWS: usize = 1024;

/// What the process said before it ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Said<'o> {
    /// What it was at.
    pub(super) stage: Stage,
    /// The library's words, where it did not take the model.
    pub(super) refusal: Option<&'o str>,
    /// What it took up to then.
    pub(super) working: WorkingMemory,
}

impl<'o> Said<'o> {
    /// From its output.
    pub(super) fn of(output: &'o str) -> Self {
        let has = |said: &str| output.lines().any(|line| line == said);
        Self {
            stage: match (has(OPENED), has(SCORED)) {
                (_, true) => Stage::Batch,
                (true, false) => Stage::Scoring,
                (false, false) => Stage::Opening,
            },
            refusal: output.lines().find_map(|line| line.strip_prefix(REFUSED)),
            working: WorkingMemory::of(&took(output)),
        }
    }
}

/// Rows, and the most bytes that were taken until they were scored.
fn took(output: &str) -> Vec<(u64, u64)> {
    let lines = output.lines().filter_map(|line| line.strip_prefix(TOOK));
    let pairs = lines.filter_map(|line| line.split_once(' '));
    pairs
        .filter_map(|(rows, bytes)| Some((rows.parse().ok()?, bytes.parse().ok()?)))
        .collect()
}

/// Does what the arguments ask for, and ends the process.
pub(super) fn serve(arguments: &[OsString]) -> ! {
    let limits = match arguments {
        [seconds, memory, ..] => Limits::of_arguments(seconds, memory),
        _ => None,
    };
    let (Some(limits), Some(path)) = (limits, arguments.get(2)) else {
        end(2);
    };
    limits.impose();
    let path = PathBuf::from(path);
    let output = arguments.get(3);
    let options = OpenOptions {
        backend: Backend::OnnxRuntime,
        output: output.map(|output| output.to_string_lossy().into_owned()),
        ..OpenOptions::default()
    };
    let tried = thread::Builder::new()
        .name("trial".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(move || {
            let before = peak();
            match open(&path, &options) {
                Ok(model) => {
                    say(OPENED);
                    // What was taken only to open it is none of what scoring takes.
                    give_back_freed_memory();
                    score(&*model, forget_peak().then_some(before));
                }
                Err(error) => refused(&error),
            }
        });
    let has_ended = tried.is_ok_and(|trial| trial.join().is_ok());
    end(i32::from(!has_ended))
}

/// Nothing of the library is taken down: there is nobody left who could be harmed.
fn end(code: i32) -> ! {
    signal_hook::low_level::exit(code)
}

fn say(line: &str) {
    let mut output = io::stdout().lock();
    let _ = writeln!(output, "{}", line.replace('\n', " "));
    let _ = output.flush();
}

fn refused(error: &InferenceError) {
    say(&format!("{REFUSED}{error}"));
}

/// Made-up values may be none that the model takes: only that it had no memory counts.
fn score(model: &dyn Model, before: Option<u64>) {
    let score = |rows| {
        score_rows(model, rows);
        if let Some(before) = before {
            say(&format!("{TOOK}{rows} {}", peak().saturating_sub(before)));
        }
    };
    let signature = model.signature();
    if let Some(rows) = signature.fixed_batch() {
        return score(rows);
    }
    score(1);
    say(SCORED);
    let widths = signature.inputs.iter().map(|spec| spec.width.unwrap_or(1));
    let most = MOST_VALUES / widths.sum::<usize>().max(1);
    score(MANY_ROWS.min(most));
}

/// The most bytes of memory that the process has had.
fn peak() -> u64 {
    MemoryMeter::default().sample().peak_rss_bytes
}

fn score_rows(model: &dyn Model, rows: usize) {
    let signature = model.signature();
    let Some(made_up) = made_up(signature, rows) else {
        return;
    };
    let blocks: Vec<InputBlock<'_>> = made_up.iter().map(MadeUp::block).collect();
    if let Err(error) = model.run(rows, &blocks)
        && is_out_of_memory(&error.to_string())
    {
        refused(&error);
    }
}

enum MadeUp {
    F32(Vec<f32>),
    F64(Vec<f64>),
    I64(Vec<i64>),
    I32(Vec<i32>),
    Bool(Vec<bool>),
    Text(Vec<&'static str>),
}

/// Ones everywhere: they can be divided by. None where the model leaves open how wide they are.
fn made_up(signature: &Signature, rows: usize) -> Option<Vec<MadeUp>> {
    let mut left = MOST_VALUES;
    let inputs = signature.inputs.iter();
    let values = inputs.map(|spec: &InputSpec| {
        let count = spec.width?.checked_mul(rows)?;
        left = left.checked_sub(count)?;
        Some(match spec.element {
            ElementType::Float32 | ElementType::Float16 => MadeUp::F32(vec![1.0; count]),
            ElementType::Float64 => MadeUp::F64(vec![1.0; count]),
            ElementType::Int32 => MadeUp::I32(vec![1; count]),
            ElementType::Int64
            | ElementType::Int8
            | ElementType::Int16
            | ElementType::Uint8
            | ElementType::Uint16
            | ElementType::Uint32
            | ElementType::Uint64 => MadeUp::I64(vec![1; count]),
            ElementType::Bool => MadeUp::Bool(vec![true; count]),
            ElementType::Text => MadeUp::Text(vec!["1"; count]),
        })
    });
    values.collect()
}

impl MadeUp {
    fn block(&self) -> InputBlock<'_> {
        match self {
            Self::F32(values) => InputBlock::F32(values),
            Self::F64(values) => InputBlock::F64(values),
            Self::I64(values) => InputBlock::I64(values),
            Self::I32(values) => InputBlock::I32(values),
            Self::Bool(values) => InputBlock::Bool(values),
            Self::Text(values) => InputBlock::Text(values),
        }
    }
}
