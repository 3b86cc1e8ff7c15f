//! Whole dimensions: the program from its start to its end beside what a notebook would do.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use serde::Deserialize;
use serde_json::{Value, json};

use super::sheet::difference;
use super::{Options, SCRIPT, Sheet, Told};
use crate::bench::paper::data::Data;
use crate::bench::problem;
use crate::bench::python::Python;
use crate::bench::spread::Spread;
use crate::child::Scratch;
use crate::display::{count, seconds};
use crate::experiment::Experiment;
use crate::files;
use crate::inference::inspect;
use crate::vocabulary::{Dimension, Grouping, Problem, Task};

/// Those that other libraries have something to say of.
const DIMENSIONS: [Dimension; 4] = [
    Dimension::Fairness,
    Dimension::Uncertainty,
    Dimension::Resilience,
    Dimension::Robustness,
];
/// Metrics whose names begin so come from other draws.
const DRAWN: &str = "~";
/// Metrics of prediction sets begin so: a score that is the threshold may fall to either side of it, by
/// the precision in which it is held.
const SETS: &str = "conformal.";
/// Rows in which such sets may differ.
const ROWS_AT_THRESHOLD: f64 = 2.0;
/// How far apart metrics may be: of the same rows, and of other draws of noise.
const TOLERANCE: f64 = 1e-6;
const TOLERANCE_DRAWN: f64 = 0.02;
const NEEDS: &str = "pandas, pyarrow, scikit-learn, onnxruntime, fairlearn, MAPIE and scipy";

#[derive(Deserialize)]
struct First {
    #[serde(flatten)]
    told: Told,
    import_seconds: f64,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Found {
        seconds: f64,
        metrics: BTreeMap<String, f64>,
    },
    Failed {
        error: String,
    },
}

/// What was found of the same metrics by both.
#[derive(Debug, Default, PartialEq)]
struct Compared {
    /// How many.
    count: usize,
    /// The largest difference of those of the same rows.
    largest: f64,
    /// Those that differ by more than they may, or that only the other has.
    different: Vec<String>,
}

impl Compared {
    fn of(ours: &Value, theirs: &BTreeMap<String, f64>, rows: usize) -> Self {
        let mut found = Self::default();
        for (name, theirs) in theirs {
            let (name, is_drawn) = match name.strip_prefix(DRAWN) {
                Some(name) => (name, true),
                None => (name.as_str(), false),
            };
            let Some(ours) = ours[name].as_f64() else {
                found.different.push(format!("{name} (not ours)"));
                continue;
            };
            let difference = (ours - theirs).abs() / theirs.abs().max(1.0);
            found.count += 1;
            if !is_drawn {
                found.largest = found.largest.max(difference);
            }
            let allowed = if is_drawn {
                TOLERANCE_DRAWN
            } else if name.starts_with(SETS) {
                TOLERANCE + ROWS_AT_THRESHOLD / rows as f64
            } else {
                TOLERANCE
            };
            // A difference that is no number is one.
            if difference.is_nan() || difference > allowed {
                found
                    .different
                    .push(format!("{name} ({ours} and {theirs})"));
            }
        }
        found
    }
}

pub(super) fn measure(
    options: &Options,
    libraries: &mut Vec<(String, String)>,
    progress: &mut dyn FnMut(&str),
) -> Result<Sheet, Problem> {
    let scratch = Scratch::new().map_err(problem)?;
    let folder = options.data.as_deref().unwrap_or(scratch.path());
    let folder = std::path::absolute(folder).map_err(problem)?;
    let data = Data::new(&folder, 1.0);
    let (rows, features) = data.counts(options.size);
    let progress = std::cell::RefCell::new(progress);
    let tell = |words: &str| (progress.borrow_mut())(words);
    let experiment = data.experiment(options.size, &tell)?;
    let told = scratch.path().join("told.json");
    let description = description(&experiment)?.to_string();
    files::write_whole(&told, description.as_bytes()).map_err(problem)?;
    tell("importing Python's libraries");
    let arguments = [Path::new("metrics"), &told];
    let mut python = Python::start(&options.python, SCRIPT, &arguments, &scratch, NEEDS)?;
    let first: First = python.read()?;
    first.told.push_to(libraries);
    let mut sheet = Sheet {
        title: format!(
            "Dimensions, {} x {features}, generated",
            count(rows as u64)
        ),
        about: format!(
            "Ours: `lazydebugger run --dimensions ONE`, from the start of the process to its end, nothing \
             kept. Python: reading, scoring and computing in a process that has imported everything \
             ({} more). In turns, medians; metrics of the same rows may differ by {TOLERANCE:.0e}, prediction sets in two rows whose scores are the \
             threshold.",
            seconds(first.import_seconds)
        ),
        columns: vec![
            "dimension",
            "ours",
            "Python",
            "Python over ours",
            "our metrics",
            "theirs, compared",
            "largest difference",
        ],
        rows: Vec::new(),
        notes: vec![
            "Ours computes more of each: intervals, drift tests, calibration of groups. Robustness in \
             Python is noise alone (12 of our 24 disturbed tables), of other draws: means over its \
             repeats may differ by 0.02."
                .to_owned(),
        ],
    };
    for dimension in DIMENSIONS {
        let mut pairs = Vec::new();
        let mut compared = Compared::default();
        let mut our_metrics = 0;
        let mut failure = None;
        for round in 0..options.rounds {
            tell(&format!(
                "{dimension}, round {} of {}",
                round + 1,
                options.rounds
            ));
            let answer: Answer = python.ask(&json!({ "dimension": dimension }))?;
            let (ours, metrics) = run(&experiment, dimension)?;
            match answer {
                Answer::Found {
                    seconds,
                    metrics: theirs,
                } => {
                    compared = Compared::of(&metrics, &theirs, rows);
                    our_metrics = metrics.as_object().map_or(0, serde_json::Map::len);
                    pairs.push((seconds, ours));
                }
                Answer::Failed { error } => failure = Some(error),
            }
        }
        let (row, note) = row(dimension, &pairs, &compared, our_metrics, failure);
        sheet.rows.push(row);
        sheet.notes.extend(note);
    }
    Ok(sheet)
}

fn row(
    dimension: Dimension,
    pairs: &[(f64, f64)],
    compared: &Compared,
    our_metrics: usize,
    failure: Option<String>,
) -> (Vec<String>, Option<String>) {
    let untimed = |note: String| {
        let mut cells = vec![dimension.name().to_owned()];
        cells.extend(vec!["-".to_owned(); 6]);
        (
            cells,
            Some(format!("{dimension}: {note}, so no time is told")),
        )
    };
    if let Some(failure) = failure {
        return untimed(format!("Python could not: {failure}"));
    }
    if !compared.different.is_empty() {
        let first: Vec<&str> = compared
            .different
            .iter()
            .take(3)
            .map(String::as_str)
            .collect();
        return untimed(format!(
            "{} metrics differ, such as {}",
            compared.different.len(),
            first.join(", ")
        ));
    }
    let median = |values: Option<Spread>| values.map_or(f64::NAN, |spread| spread.median);
    let python = median(Spread::of(pairs.iter().map(|pair| pair.0)));
    let ours = median(Spread::of(pairs.iter().map(|pair| pair.1)));
    let factor = Spread::of_ratios(pairs.iter().copied());
    let factor = factor.map_or_else(
        || "-".to_owned(),
        |f| format!("{:.1}x ({:.1} to {:.1})", f.median, f.min, f.max),
    );
    let cells = vec![
        dimension.name().to_owned(),
        seconds(ours),
        seconds(python),
        factor,
        count(our_metrics as u64),
        count(compared.count as u64),
        difference(compared.largest),
    ];
    (cells, None)
}

/// What Python must know of an experiment.
fn description(file: &Path) -> Result<Value, Problem> {
    let experiment = Experiment::from_file(file).map_err(problem)?;
    let dataset = &experiment.dataset;
    let model = experiment.model.path.as_deref();
    let model = model.ok_or_else(|| problem("there is no model"))?;
    let inputs = inspect(model).map_err(problem)?.inputs;
    let features: Vec<String> = inputs.into_iter().map(|input| input.name).collect();
    let positive = match &dataset.task {
        Some(Task::Binary { positive }) => positive.as_str(),
        _ => return Err(problem("there is no class to look for")),
    };
    let protected = experiment.protected.iter().map(|attribute| {
        let cuts = match &attribute.grouping {
            Grouping::Categories => Value::Null,
            Grouping::CutPoints(cuts) => json!(cuts),
        };
        (attribute.name.clone(), cuts)
    });
    Ok(json!({
        "dataset": dataset.path,
        "calibration": dataset.calibration,
        "alternative": dataset.alternative.first(),
        "target": dataset.target,
        "positive": positive,
        "model": model,
        "threads": experiment.engine.threads,
        "protected": protected.collect::<serde_json::Map<_, _>>(),
        "features": features,
    }))
}

/// A run of the program: how long it took, and the metrics.
fn run(experiment: &Path, dimension: Dimension) -> Result<(f64, Value), Problem> {
    let told = |cause: &str| Problem::new(format!("a run cannot be measured: {cause}"));
    let program = std::env::current_exe().map_err(|error| told(&error.to_string()))?;
    let before = Instant::now();
    let output = Command::new(program)
        .arg("run")
        .arg(experiment)
        .args(["--dimensions", dimension.name(), "--format", "json"])
        .env("LAZYDEBUGGER_CACHE_DIR", "")
        .env_remove("GITHUB_STEP_SUMMARY")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| told(&error.to_string()))?;
    let seconds = before.elapsed().as_secs_f64();
    if !output.status.success() {
        return Err(told(String::from_utf8_lossy(&output.stderr).trim()));
    }
    let mut report: Value =
        serde_json::from_slice(&output.stdout).map_err(|error| told(&error.to_string()))?;
    Ok((
        seconds,
        report["dimensions"][dimension.name()]["metrics"].take(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_not_timed() {
        let theirs = [
            ("auc", 0.8),
            ("conformal.0.1.coverage", 0.9),
            ("n", 5000.0),
            ("~gaussian.auc", 0.75),
            ("odd", 1.0),
        ];
        let theirs = theirs.map(|(name, value)| (name.to_owned(), value)).into();
        let same = json!({ "auc": 0.8, "n": 5000.001, "gaussian.auc": 0.74, "odd": 1.0,
            "conformal.0.1.coverage": 0.91 });
        let compared = Compared::of(&same, &theirs, 100);
        assert_eq!((compared.count, compared.different.len()), (5, 0));
        let other = json!({ "auc": 0.80001, "n": 5000.0, "gaussian.auc": 0.6,
            "conformal.0.1.coverage": 0.93 });
        let compared = Compared::of(&other, &theirs, 100);
        assert_eq!(compared.different.len(), 4, "{compared:?}");
        let (cells, note) = row(Dimension::Fairness, &[(1.0, 1.0)], &compared, 4, None);
        assert!(cells.iter().skip(1).all(|cell| cell == "-"));
        assert!(note.is_some_and(|note| note.contains("auc") && note.contains("no time is told")));
    }
}
