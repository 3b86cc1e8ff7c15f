//! What a model takes in memory, as the operating system sees it: each in a process of its own, since
//! a process that has had one model is never as it was before.

use std::path::Path;
use std::process::Command;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::json;

use super::problem;
use super::subject::Subject;
use crate::event::MemorySample;
use crate::inference::{OpenOptions, open, runtime};
use crate::process::{MemoryMeter, give_back_freed_memory};
use crate::vocabulary::{Backend, Problem};

/// Rows of the run after the opening.
const ROWS: usize = 1_000;

/// Bytes that an open model has added to a process, after a small run and with freed memory given
/// back. Where the system tells them apart, pages of files are left out: they are shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Footprint {
    /// For the model alone.
    pub model_bytes: u64,
    /// With the library that runs it, its file's pages included; the same where there is none.
    pub with_library_bytes: u64,
    /// The most that the process has held above what it held before the model was opened.
    pub peak_bytes: u64,
}

impl Footprint {
    /// Measures in this process, which should have done nothing else. `widths` are the columns of
    /// the model's inputs.
    pub fn measure_here(model: &Path, backend: Backend, widths: &[usize]) -> Result<Self, Problem> {
        let subject = Subject::made_up(model, widths, ROWS)?;
        let feeding = subject.feeding()?;
        let chunk = feeding.chunk(0..ROWS)?;
        let blocks = chunk.blocks();
        let mut meter = MemoryMeter::default();
        let mut sample = || {
            give_back_freed_memory();
            meter.sample()
        };
        // The first reading takes memory itself.
        sample();
        let start = sample();
        if backend == Backend::OnnxRuntime {
            runtime::open_now().map_err(problem)?;
        }
        let before = sample();
        let options = OpenOptions {
            backend,
            ..OpenOptions::default()
        };
        let model = open(model, &options).map_err(problem)?;
        model.run(ROWS, &blocks).map_err(problem)?;
        let after = sample();
        Ok(Self {
            model_bytes: anonymous(after).saturating_sub(anonymous(before)),
            with_library_bytes: after.rss_bytes.saturating_sub(start.rss_bytes),
            peak_bytes: after.peak_rss_bytes.saturating_sub(before.rss_bytes),
        })
    }

    /// Measures in a new process of this program.
    pub(super) fn measure(subject: &Subject, backend: Backend) -> Result<Self, Problem> {
        let told = |cause: &str| Problem::new(format!("the memory cannot be measured: {cause}"));
        let program = std::env::current_exe().map_err(|error| told(&error.to_string()))?;
        let widths: Vec<String> = subject.widths().iter().map(usize::to_string).collect();
        let backend = if backend == Backend::OnnxRuntime {
            "onnxruntime"
        } else {
            "native"
        };
        let output = Command::new(program)
            .args(["bench", "footprint", "--backend", backend, "--widths"])
            .arg(widths.join(","))
            .arg(&subject.model)
            .output()
            .map_err(|error| told(&error.to_string()))?;
        if !output.status.success() {
            return Err(told(String::from_utf8_lossy(&output.stderr).trim()));
        }
        serde_json::from_slice(&output.stdout).map_err(|error| told(&error.to_string()))
    }
}

/// What was measured as itself; why it could not be as `{"problem": "..."}`.
pub(super) fn measured_or_problem<T: Serialize, S: Serializer>(
    measured: &Result<T, Problem>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match measured {
        Ok(measured) => measured.serialize(serializer),
        Err(problem) => json!({ "problem": problem.to_string() }).serialize(serializer),
    }
}

fn anonymous(sample: MemorySample) -> u64 {
    sample.anonymous_bytes.unwrap_or(sample.rss_bytes)
}
