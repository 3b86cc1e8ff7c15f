//! `bench inference`: the native backend beside ONNX Runtime at its best and, where a Python has
//! them, beside the libraries that trained the models. All are measured in turns, so that a machine
//! that slows down for a while slows them all.

mod baselines;
mod table;
mod targets;
mod text;

use std::path::PathBuf;

use super::difference::Difference;
use super::footprint::Footprint;
use super::problem;
use super::spread::Spread;
use super::subject::{ColumnChoice, Subject, bundled, bundled_adult, bundled_choice, in_folder};
use super::timing::{Pass, score_all, time_opening, time_pass};
use crate::inference::{BATCH_STEP, ElementType, Model, OpenOptions, native, runtime};
use crate::vocabulary::{Backend, EngineSettings, Problem};
use baselines::Baselines;

pub use table::{
    Family, InferenceTable, LibrarySpeed, MemorySides, ModelMeasured, Setting, Sides, Speed,
};
pub use targets::{Target, targets};
pub use text::text;

/// Rows a chunk that ONNX Runtime is tried with, besides all of them.
const CHUNKS_TRIED: [usize; 2] = [1_024, 10_000];

/// What to measure, and how often.
#[derive(Clone, Debug)]
pub struct Options {
    /// Rows to score.
    pub rows: usize,
    /// Times that everything is measured.
    pub repeats: usize,
    /// Numbers of threads, each measured by itself.
    pub threads: Vec<usize>,
    /// A folder of further models with one input of floats.
    pub models: Option<PathBuf>,
    /// A Python to train models with, and to time what trained them.
    pub python: Option<PathBuf>,
    /// Where trained models are kept.
    pub keep: Option<PathBuf>,
}

/// A subject with what is known of it.
struct Entry {
    subject: Subject,
    family: Option<Family>,
    library: Option<String>,
}

/// Measures everything; `progress` hears what is under way.
pub fn measure(
    options: &Options,
    progress: &mut dyn FnMut(&str),
) -> Result<InferenceTable, Problem> {
    let onnxruntime = runtime::open_now().map_err(problem)?;
    let mut baselines = match &options.python {
        Some(python) => {
            progress("training models, which takes minutes");
            let keep = options.keep.as_deref();
            Some(Baselines::start(python, keep, options.rows)?)
        }
        None => None,
    };
    let entries = entries(options, baselines.as_ref())?;
    let mut table = InferenceTable {
        rows: options.rows,
        repeats: options.repeats,
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        onnxruntime: onnxruntime.clone(),
        libraries: baselines.as_ref().map_or(Vec::new(), Baselines::versions),
        models: Vec::new(),
        not_covered: Vec::new(),
    };
    for entry in entries {
        let name = entry.subject.name.clone();
        let coverage = native::coverage(&entry.subject.model, &entry.subject.signature);
        if let Err(reasons) = coverage {
            table.not_covered.push((name, reasons.join("; ")));
            continue;
        }
        let model = entry.measure(options, baselines.as_mut(), progress);
        table
            .models
            .push(model.map_err(|e| e.in_file(name.as_ref()))?);
    }
    Ok(table)
}

fn entries(options: &Options, baselines: Option<&Baselines>) -> Result<Vec<Entry>, Problem> {
    let mut entries = Vec::new();
    if let Some(baselines) = baselines {
        let adult = bundled_adult()?;
        let choice = bundled_choice(&adult);
        for trained in baselines.models() {
            let subject = if let Some(table) = &trained.table {
                Subject::of_files(&trained.file, table, &ColumnChoice::default())
            } else {
                Subject::of_files(&trained.file, &adult.dataset.path, &choice)
            };
            entries.push(Entry {
                subject: subject?.repeated(options.rows),
                family: Some(trained.family),
                library: Some(trained.library.clone()),
            });
        }
    } else {
        let families = [Family::Forest, Family::Boosted, Family::Linear];
        for (subject, family) in bundled(options.rows)?.into_iter().zip(families) {
            entries.push(Entry {
                subject,
                family: Some(family),
                library: None,
            });
        }
    }
    if let Some(folder) = &options.models {
        let subjects = in_folder(folder, options.rows)?.into_iter();
        entries.extend(subjects.map(|subject| Entry {
            subject,
            family: None,
            library: None,
        }));
    }
    Ok(entries)
}

fn native_options(threads: usize) -> OpenOptions {
    OpenOptions {
        backend: Backend::Native,
        threads,
        ..OpenOptions::default()
    }
}

fn runtime_options(threads: usize, spinning: bool) -> OpenOptions {
    OpenOptions {
        backend: Backend::OnnxRuntime,
        threads,
        spinning,
        ..OpenOptions::default()
    }
}

/// Rows a chunk in a run of the program.
fn usual_chunk_rows() -> usize {
    let rows = EngineSettings::default().chunk_rows;
    rows.next_multiple_of(BATCH_STEP)
}

fn no_repeats() -> Problem {
    Problem::new("nothing was measured").remedy("ask for at least one repeat")
}

impl Entry {
    fn measure(
        &self,
        options: &Options,
        mut baselines: Option<&mut Baselines>,
        progress: &mut dyn FnMut(&str),
    ) -> Result<ModelMeasured, Problem> {
        let name = &self.subject.name;
        progress(&format!("{name}: opening, comparing, memory"));
        let open = self.measure_opening(options.repeats)?;
        let difference = self.compare()?;
        let memory = self.measure_memory();
        let mut speeds = Vec::new();
        for threads in &options.threads {
            progress(&format!("{name}: {}", text::threads(*threads)));
            speeds.push(self.measure_speed(*threads, options.repeats, baselines.as_deref_mut())?);
        }
        let mut inputs = self.subject.signature.inputs.iter();
        Ok(ModelMeasured {
            name: name.clone(),
            family: self.family,
            takes_texts: inputs.any(|input| input.element == ElementType::Text),
            library: self.library.clone(),
            open,
            memory,
            difference,
            speeds,
        })
    }

    fn measure_opening(&self, repeats: usize) -> Result<Sides, Problem> {
        let mut pairs = Vec::new();
        for _ in 0..repeats {
            let (_, native) = time_opening(&self.subject, &native_options(1))?;
            let (_, onnxruntime) = time_opening(&self.subject, &runtime_options(1, false))?;
            pairs.push((onnxruntime, native));
        }
        let sides = || {
            Some(Sides {
                native: Spread::of(pairs.iter().map(|pair| pair.1))?,
                onnxruntime: Spread::of(pairs.iter().map(|pair| pair.0))?,
                ratio: Spread::of_ratios(pairs.iter().copied())?,
            })
        };
        sides().ok_or_else(no_repeats)
    }

    fn compare(&self) -> Result<Difference, Problem> {
        let chunk_rows = usual_chunk_rows();
        let (native, _) = time_opening(&self.subject, &native_options(1))?;
        let (onnxruntime, _) = time_opening(&self.subject, &runtime_options(1, false))?;
        Difference::between(
            &self.subject.signature,
            &score_all(&self.subject, chunk_rows, &*native)?,
            &score_all(&self.subject, chunk_rows, &*onnxruntime)?,
        )
    }

    fn measure_memory(&self) -> Result<MemorySides, Problem> {
        Ok(MemorySides {
            native: Footprint::measure(&self.subject, Backend::Native)?,
            onnxruntime: Footprint::measure(&self.subject, Backend::OnnxRuntime)?,
        })
    }

    fn measure_speed(
        &self,
        threads: usize,
        repeats: usize,
        mut baselines: Option<&mut Baselines>,
    ) -> Result<Speed, Problem> {
        let feeding = self.subject.feeding()?;
        let rows = self.subject.rows();
        let (native, _) = time_opening(&self.subject, &native_options(threads))?;
        let (setting, onnxruntime) = self.quickest_setting(threads)?;
        let (mut ours, mut theirs, mut library) = (Vec::new(), Vec::new(), Vec::new());
        let mut way = String::new();
        for _ in 0..repeats {
            let chunk_rows = usual_chunk_rows();
            ours.push(time_pass(&feeding, rows, chunk_rows, &*native)?);
            let chunk_rows = setting.chunk_rows;
            theirs.push(time_pass(&feeding, rows, chunk_rows, &*onnxruntime)?);
            if let (Some(baselines), Some(_)) = (baselines.as_deref_mut(), &self.library) {
                let answer = baselines.time(&self.subject.name, threads)?;
                library.push(answer.seconds);
                way = answer.how;
            }
        }
        let rate = |seconds: f64| rows as f64 / seconds;
        let (run, fed) = (|pass: &Pass| pass.run, |pass: &Pass| pass.fed);
        let rates = |passes: &[Pass], part: fn(&Pass) -> f64| {
            Spread::of(passes.iter().map(|pass| rate(part(pass))))
        };
        let ratios = |part: fn(&Pass) -> f64| {
            Spread::of_ratios(theirs.iter().map(part).zip(ours.iter().map(part)))
        };
        let speed = || {
            Some(Speed {
                threads,
                native: rates(&ours, run)?,
                onnxruntime: rates(&theirs, run)?,
                ratio: ratios(run)?,
                native_fed: rates(&ours, fed)?,
                onnxruntime_fed: rates(&theirs, fed)?,
                ratio_fed: ratios(fed)?,
                setting,
                library: match Spread::of(library.iter().copied().map(rate)) {
                    Some(rate) => Some(LibrarySpeed {
                        rate,
                        ratio: Spread::of_ratios(
                            library.iter().copied().zip(ours.iter().map(run)),
                        )?,
                        way,
                    }),
                    None => None,
                },
            })
        };
        speed().ok_or_else(no_repeats)
    }

    /// The setting at which ONNX Runtime is quickest here, and the model opened with it.
    fn quickest_setting(&self, threads: usize) -> Result<(Setting, Box<dyn Model>), Problem> {
        let feeding = self.subject.feeding()?;
        let rows = self.subject.rows();
        let mut chunks: Vec<usize> = CHUNKS_TRIED.into_iter().filter(|c| *c < rows).collect();
        chunks.push(rows);
        // A single thread never waits for another.
        let spinnings: &[bool] = if threads > 1 {
            &[false, true]
        } else {
            &[false]
        };
        let mut best: Option<(f64, Setting)> = None;
        for spinning in spinnings.iter().copied() {
            let options = runtime_options(threads, spinning);
            let (model, _) = time_opening(&self.subject, &options)?;
            for chunk_rows in chunks.iter().copied() {
                let pass = time_pass(&feeding, rows, chunk_rows, &*model)?;
                if best.is_none_or(|(seconds, _)| pass.run < seconds) {
                    let setting = Setting {
                        chunk_rows,
                        spinning,
                    };
                    best = Some((pass.run, setting));
                }
            }
        }
        let (_, setting) = best.ok_or_else(no_repeats)?;
        let options = runtime_options(threads, setting.spinning);
        Ok((setting, time_opening(&self.subject, &options)?.0))
    }
}
