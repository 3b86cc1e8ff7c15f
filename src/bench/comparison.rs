//! One model on its user's data, with both backends.

use serde::Serialize;

use super::difference::Difference;
use super::footprint::{Footprint, measured_or_problem};
use super::spread::Spread;
use super::subject::Subject;
use super::timing::{score_all, time_opening, time_pass};
use crate::inference::{BATCH_STEP, Model, OpenOptions};
use crate::vocabulary::EngineSettings;
use crate::vocabulary::{Backend, Problem};

/// Times that everything is measured.
const REPEATS: usize = 5;

/// What one backend did.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    /// Who computed.
    pub engine: String,
    /// Seconds to open the model.
    pub open_seconds: Spread,
    /// Rows a second, the making of the model's input not counted.
    pub rows_per_second: Spread,
    /// Bytes of memory, or why they could not be measured.
    #[serde(serialize_with = "measured_or_problem")]
    pub memory: Result<Footprint, Problem>,
}

/// Both backends on the same rows.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// The native backend.
    pub native: Measured,
    /// ONNX Runtime.
    pub onnxruntime: Measured,
    /// How far apart their answers are.
    pub difference: Difference,
}

struct Runner {
    options: OpenOptions,
    model: Box<dyn Model>,
    open_seconds: Vec<f64>,
    rates: Vec<f64>,
}

impl Runner {
    fn new(subject: &Subject, backend: Backend) -> Result<Self, Problem> {
        let options = OpenOptions {
            backend,
            ..OpenOptions::default()
        };
        let (model, _) = time_opening(subject, &options)?;
        Ok(Self {
            options,
            model,
            open_seconds: Vec::new(),
            rates: Vec::new(),
        })
    }

    fn measured(self, subject: &Subject) -> Option<Measured> {
        Some(Measured {
            engine: self.model.engine().to_owned(),
            open_seconds: Spread::of(self.open_seconds)?,
            rows_per_second: Spread::of(self.rates)?,
            memory: Footprint::measure(subject, self.options.backend),
        })
    }
}

/// Runs the model with both backends, on one thread each, and compares answers, speed and memory.
pub fn compare(subject: &Subject) -> Result<Comparison, Problem> {
    let chunk_rows = EngineSettings::default().chunk_rows;
    let chunk_rows = chunk_rows.next_multiple_of(BATCH_STEP);
    let mut native = Runner::new(subject, Backend::Native)?;
    let mut onnxruntime = Runner::new(subject, Backend::OnnxRuntime)?;
    let difference = Difference::between(
        &subject.signature,
        &score_all(subject, chunk_rows, &*native.model)?,
        &score_all(subject, chunk_rows, &*onnxruntime.model)?,
    )?;
    let feeding = subject.feeding()?;
    let rows = subject.rows();
    for _ in 0..REPEATS {
        for runner in [&mut native, &mut onnxruntime] {
            let (_, seconds) = time_opening(subject, &runner.options)?;
            runner.open_seconds.push(seconds);
            let pass = time_pass(&feeding, rows, chunk_rows, &*runner.model)?;
            runner.rates.push(rows as f64 / pass.run);
        }
    }
    let sides = native.measured(subject).zip(onnxruntime.measured(subject));
    let (native, onnxruntime) = sides.ok_or("nothing was measured")?;
    Ok(Comparison {
        native,
        onnxruntime,
        difference,
    })
}
