//! What `bench inference` has measured.

use serde::{Deserialize, Serialize};

use crate::bench::difference::Difference;
use crate::bench::footprint::{Footprint, measured_or_problem};
use crate::bench::spread::Spread;
use crate::vocabulary::Problem;

/// The kind of a model, as far as targets depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// Trees whose votes are averaged.
    Forest,
    /// Trees whose votes are added up.
    Boosted,
    /// A weighted sum.
    Linear,
}

/// The whole table.
#[derive(Clone, Debug, Serialize)]
pub struct InferenceTable {
    /// Rows scored.
    pub rows: usize,
    /// Times that everything was measured.
    pub repeats: usize,
    /// Cores of the machine.
    pub cores: usize,
    /// ONNX Runtime's name and version.
    pub onnxruntime: String,
    /// The libraries' names and versions.
    pub libraries: Vec<(String, String)>,
    /// A line a model and number of threads.
    pub models: Vec<ModelMeasured>,
    /// Models that the native backend does not cover, and why.
    pub not_covered: Vec<(String, String)>,
}

/// One model.
#[derive(Clone, Debug, Serialize)]
pub struct ModelMeasured {
    /// Its name.
    pub name: String,
    /// Its kind, where it is known.
    pub family: Option<Family>,
    /// Does it take texts?
    pub takes_texts: bool,
    /// The library that trained it, where that is measured.
    pub library: Option<String>,
    /// Seconds to open it.
    pub open: Sides,
    /// What it takes in memory, or why that could not be measured.
    #[serde(serialize_with = "measured_or_problem")]
    pub memory: Result<MemorySides, Problem>,
    /// How far apart the answers are.
    pub difference: Difference,
    /// Its speed, by number of threads.
    pub speeds: Vec<Speed>,
}

/// Seconds of both backends.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Sides {
    /// The native backend's.
    pub native: Spread,
    /// ONNX Runtime's.
    pub onnxruntime: Spread,
    /// How many times ONNX Runtime takes the native backend's.
    pub ratio: Spread,
}

/// Bytes of both backends.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct MemorySides {
    /// The native backend's.
    pub native: Footprint,
    /// ONNX Runtime's.
    pub onnxruntime: Footprint,
}

impl MemorySides {
    /// How many times the native backend's bytes ONNX Runtime takes for the model alone.
    pub fn ratio(&self) -> f64 {
        // Nothing takes less than a page.
        const PAGE: u64 = 4096;
        self.onnxruntime.model_bytes as f64 / self.native.model_bytes.max(PAGE) as f64
    }
}

/// A way to run ONNX Runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// Rows a chunk.
    pub chunk_rows: usize,
    /// Do its threads wait actively?
    pub spinning: bool,
}

/// The speed of one model at one number of threads; rates are rows a second.
#[derive(Clone, Debug, Serialize)]
pub struct Speed {
    /// Threads.
    pub threads: usize,
    /// The native backend, in [`Model::run`](crate::inference::Model::run) alone.
    pub native: Spread,
    /// ONNX Runtime, likewise.
    pub onnxruntime: Spread,
    /// How many times as fast the native backend is.
    pub ratio: Spread,
    /// The native backend with the making of its input from a table.
    pub native_fed: Spread,
    /// ONNX Runtime, likewise.
    pub onnxruntime_fed: Spread,
    /// How many times as fast the native backend is so.
    pub ratio_fed: Spread,
    /// The setting at which ONNX Runtime was quickest.
    pub setting: Setting,
    /// The library that trained the model.
    pub library: Option<LibrarySpeed>,
}

/// The speed of the library that trained a model.
#[derive(Clone, Debug, Serialize)]
pub struct LibrarySpeed {
    /// Rows a second.
    pub rate: Spread,
    /// How many times as fast the native backend is.
    pub ratio: Spread,
    /// The library's call that was quickest.
    pub way: String,
}
