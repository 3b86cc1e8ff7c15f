//! Trees alone: scores of the same rows by the libraries that are quick at them, one thread and all.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::json;

use super::sheet::difference;
use super::{Options, SCRIPT, Sheet, Told};
use crate::bench::problem;
use crate::bench::python::Python;
use crate::bench::spread::Spread;
use crate::bench::subject::{ColumnChoice, Subject};
use crate::bench::timing::{score_all, time_opening, time_pass};
use crate::child::Scratch;
use crate::display::count;
use crate::inference::{BATCH_STEP, Model, OpenOptions, ScoreBlock};
use crate::vocabulary::{Backend, EngineSettings, Problem};

const NEEDS: &str =
    "scikit-learn, xgboost, lightgbm, skl2onnx, onnxmltools, onnxruntime and pandas";
/// How far apart scores may be: float32 sums of hundreds of leaves, in another order.
const TOLERANCE: f64 = 1e-5;
/// Rows that may be farther apart: a value at a threshold goes the other way where that is a float64.
const ROWS_APART: f64 = 1e-4;

#[derive(Deserialize)]
struct First {
    #[serde(flatten)]
    told: Told,
    models: Vec<Trained>,
    table: PathBuf,
}

#[derive(Deserialize)]
struct Trained {
    name: String,
    file: PathBuf,
    libraries: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Timed { seconds: f64 },
    Failed { error: String },
}

/// The native backend on some threads.
struct Ours {
    threads: usize,
    model: Box<dyn Model>,
    rates: Vec<f64>,
}

pub(super) fn measure(
    options: &Options,
    libraries: &mut Vec<(String, String)>,
    progress: &mut dyn FnMut(&str),
) -> Result<Sheet, Problem> {
    let scratch = Scratch::new().map_err(problem)?;
    progress("training trees");
    let rows = options.rows.to_string();
    let arguments = [Path::new("trees"), scratch.path(), Path::new(&rows)];
    let mut python = Python::start(&options.python, SCRIPT, &arguments, &scratch, NEEDS)?;
    let first: First = python.read()?;
    first.told.push_to(libraries);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = if cores > 1 { vec![1, cores] } else { vec![1] };
    let mut sheet = Sheet {
        title: format!("Trees, {} rows x 50", count(options.rows as u64)),
        about: format!(
            "Millions of rows a second on one thread and on {cores}, scoring alone, float32 rows in memory; \
             in turns, medians. Scores may differ by {TOLERANCE:.0e}, and by more in one row of 10,000, where \
             a value is a threshold."
        ),
        columns: vec![
            "model",
            "library",
            "1 thread",
            "all threads",
            "ours over it, 1",
            "ours over it, all",
            "largest difference",
        ],
        rows: Vec::new(),
        notes: Vec::new(),
    };
    if first.models.is_empty() {
        let note = format!("not measured: there is something missing of {NEEDS}");
        sheet.notes.push(note);
    }
    for trained in &first.models {
        let subject = Subject::of_files(&trained.file, &first.table, &ColumnChoice::default())?;
        model(
            &subject,
            trained,
            &threads,
            options.rounds,
            &mut python,
            &mut sheet,
            scratch.path(),
            progress,
        )?;
    }
    Ok(sheet)
}

#[expect(
    clippy::too_many_arguments,
    reason = "one loop, told apart from the others for its length"
)]
fn model(
    subject: &Subject,
    trained: &Trained,
    threads: &[usize],
    rounds: usize,
    python: &mut Python,
    sheet: &mut Sheet,
    scratch: &Path,
    progress: &mut dyn FnMut(&str),
) -> Result<(), Problem> {
    let chunk_rows = EngineSettings::default()
        .chunk_rows
        .next_multiple_of(BATCH_STEP);
    let rows = subject.rows();
    let feeding = subject.feeding()?;
    let mut ours = Vec::new();
    for threads in threads {
        let options = OpenOptions {
            backend: Backend::Native,
            threads: *threads,
            ..OpenOptions::default()
        };
        ours.push(Ours {
            threads: *threads,
            model: time_opening(subject, &options)?.0,
            rates: Vec::new(),
        });
    }
    let scores = score_all(subject, chunk_rows, &*ours[0].model)?;
    let mut theirs: Vec<Peer> = Vec::new();
    for library in &trained.libraries {
        progress(&format!("{}: {library}, scores", trained.name));
        let file = scratch.join("scores.f64");
        let request =
            json!({ "model": trained.name, "library": library, "threads": 1, "scores": file });
        let compared = match python.ask(&request)? {
            Answer::Timed { .. } => compare(&scores, &read_scores(&file)?),
            Answer::Failed { error } => Err(error),
        };
        theirs.push(Peer {
            library: library.clone(),
            compared,
            rates: vec![Vec::new(); threads.len()],
        });
    }
    for round in 0..rounds {
        progress(&format!(
            "{}: round {} of {rounds}",
            trained.name,
            round + 1
        ));
        for (place, our) in ours.iter_mut().enumerate() {
            let pass = time_pass(&feeding, rows, chunk_rows, &*our.model)?;
            our.rates.push(rows as f64 / pass.run);
            for peer in theirs.iter_mut().filter(|peer| peer.compared.is_ok()) {
                let request = json!({ "model": trained.name, "library": peer.library, "threads": our.threads });
                match python.ask(&request)? {
                    Answer::Timed { seconds } => peer.rates[place].push(rows as f64 / seconds),
                    Answer::Failed { error } => peer.compared = Err(error),
                }
            }
        }
    }
    let rates: Vec<&[f64]> = ours.iter().map(|our| our.rates.as_slice()).collect();
    let mut line = vec![trained.name.clone(), "lazydebugger".to_owned()];
    line.extend(two(&rates, |rates| millions(rates)));
    line.extend(["-", "-", "-"].map(str::to_owned));
    sheet.rows.push(line);
    for peer in theirs {
        let mut line = vec![trained.name.clone(), peer.library.clone()];
        match &peer.compared {
            Ok(largest) => {
                let its: Vec<&[f64]> = peer.rates.iter().map(Vec::as_slice).collect();
                line.extend(two(&its, |rates| millions(rates)));
                let pairs: Vec<(&[f64], &[f64])> = rates.iter().copied().zip(its).collect();
                line.extend(two(&pairs, |(ours, its)| factor(ours, its)));
                line.push(difference(*largest));
            }
            Err(why) => {
                line.extend(vec!["-".to_owned(); 5]);
                let note = format!("{}, {}: not timed: {why}", trained.name, peer.library);
                sheet.notes.push(note);
            }
        }
        sheet.rows.push(line);
    }
    Ok(())
}

struct Peer {
    library: String,
    /// The largest difference of scores, or why there is nothing to time.
    compared: Result<f64, String>,
    rates: Vec<Vec<f64>>,
}

/// A cell for one thread, and one for all.
fn two<T>(of_threads: &[T], cell: impl Fn(&T) -> String) -> [String; 2] {
    let one = of_threads.first().map(&cell);
    let all = of_threads.last().map(&cell);
    [one, all].map(|cell| cell.unwrap_or_else(|| "-".to_owned()))
}

fn millions(rates: &[f64]) -> String {
    Spread::of(rates.iter().copied())
        .map_or_else(|| "-".to_owned(), |s| format!("{:.2}", s.median / 1e6))
}

fn factor(ours: &[f64], its: &[f64]) -> String {
    let pairs = ours.iter().copied().zip(its.iter().copied());
    Spread::of_ratios(pairs).map_or_else(
        || "-".to_owned(),
        |s| format!("{:.2}x ({:.2} to {:.2})", s.median, s.min, s.max),
    )
}

fn read_scores(file: &Path) -> Result<Vec<f64>, Problem> {
    let bytes = fs::read(file).map_err(|e| Problem::new(e.to_string()).in_file(file))?;
    let (numbers, _) = bytes.as_chunks::<8>();
    Ok(numbers
        .iter()
        .map(|bytes| f64::from_le_bytes(*bytes))
        .collect())
}

/// The largest difference of the positive class's scores where nearly all are the same.
fn compare(ours: &ScoreBlock, theirs: &[f64]) -> Result<f64, String> {
    if theirs.len() != ours.rows || ours.columns == 0 {
        return Err(format!("{} scores of {} rows", theirs.len(), ours.rows));
    }
    let last = ours
        .scores
        .chunks_exact(ours.columns)
        .map(|row| row[row.len() - 1]);
    let differences: Vec<f64> = last
        .zip(theirs)
        .map(|(a, b)| (f64::from(a) - b).abs())
        .collect();
    let apart = differences.iter().filter(|d| d.is_nan() || **d > TOLERANCE);
    let apart = apart.count();
    if apart as f64 > ROWS_APART * ours.rows as f64 {
        return Err(format!("{apart} of {} scores differ", ours.rows));
    }
    Ok(differences.into_iter().fold(0.0, f64::max))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_that_differ_are_not_timed() {
        let ours = ScoreBlock {
            rows: 3,
            columns: 2,
            scores: vec![0.9, 0.1, 0.8, 0.2, 0.7, 0.3],
            ..ScoreBlock::default()
        };
        let same = compare(&ours, &[0.100_001, 0.2, 0.3]);
        assert!(same.is_ok_and(|largest| largest < 2e-6));
        assert!(compare(&ours, &[0.1, 0.2, 0.4]).is_err());
        assert!(compare(&ours, &[0.1, 0.2, f64::NAN]).is_err());
        assert!(compare(&ours, &[0.1]).is_err());
    }
}
