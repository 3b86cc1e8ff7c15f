//! `lazydebugger doctor --compare`: do both backends say the same of a model's data?

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::output::{self, Failure, Format};
use super::runtime;
use crate::bench::comparison::{Comparison, Measured, compare};
use crate::bench::{ColumnChoice, Difference, Subject, Tolerance};
use crate::display::{bytes, count, marked};
use crate::inference::{ScoreKind, ScoreScale, Signature};
use crate::vocabulary::Problem;

/// The exit code where the two differ.
const DIFFERENT: u8 = 1;

/// Arguments of `doctor --compare`.
#[derive(Args)]
pub(super) struct CompareArgs {
    /// Run a model on a table with both backends, native and ONNX Runtime, and compare scores,
    /// labels, speed and memory; exit 0 if they agree, 1 if not, 2 if it cannot be done
    #[arg(long, num_args = 2, value_names = ["MODEL", "DATA"])]
    compare: Vec<PathBuf>,
    /// With --compare: the column of the table that is no input of the model
    #[arg(long, value_name = "COLUMN", requires = "compare")]
    target: Option<String>,
    /// With --compare: the columns of a model of one tensor, in order, separated by commas
    #[arg(long, value_name = "A,B", value_delimiter = ',', requires = "compare")]
    features: Option<Vec<String>>,
    /// With --compare: what a missing text becomes for the model
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true,
        requires = "compare"
    )]
    missing_text: String,
    /// With --compare: how to print
    #[arg(long, value_enum, default_value_t = Format::Text, requires = "compare")]
    format: Format,
}

impl CompareArgs {
    /// Compares, if that is what is asked for.
    pub(super) fn run(&self) -> Option<Result<u8, Failure>> {
        let [model, data] = self.compare.as_slice() else {
            return None;
        };
        let choice = ColumnChoice {
            target: self.target.clone(),
            features: self.features.clone(),
            missing_text: self.missing_text.clone(),
        };
        let subject = Subject::of_files(model, data, &choice);
        Some(
            subject
                .map_err(|error| self.with_flags(&error))
                .and_then(|subject| self.report(&subject)),
        )
    }

    /// Columns are chosen by flags here, and by keys of a file elsewhere.
    fn with_flags(&self, problem: &Problem) -> Failure {
        let error = problem.to_string();
        let error = error.replace("`features` under [model]", "`--features`");
        let is_about_columns = error.contains("--features");
        let mut lines = vec![error];
        if self.target.is_none() && is_about_columns {
            lines.push("(`--target COLUMN` leaves the outcome's column out)".to_owned());
        }
        Failure::of_lines(lines)
    }

    fn report(&self, subject: &Subject) -> Result<u8, Failure> {
        runtime::need()?;
        let comparison = compare(subject)?;
        let equal = comparison.difference.is_equal();
        output::data(&match self.format {
            Format::Text => describe(subject, &comparison),
            Format::Json => output::json(&json!({
                "model": subject.model,
                "equal": equal,
                "notes": subject.notes,
                "comparison": comparison,
            })),
        })?;
        Ok(if equal { 0 } else { DIFFERENT })
    }
}

fn line(text: &mut String, name: &str, value: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "  {name:<22}{}", marked(value));
}

fn describe(subject: &Subject, comparison: &Comparison) -> String {
    let mut text = format!("Model {}\n", marked(&subject.model.to_string_lossy()));
    let text = &mut text;
    line(text, "gives", &what_it_gives(&subject.signature));
    for (input, plan) in subject.signature.inputs.iter().zip(&subject.plans) {
        let columns = match plan.columns.as_slice() {
            [only] => only.clone(),
            [first, .., last] => format!("{} columns, {first} to {last}", plan.columns.len()),
            [] => "no column".to_owned(),
        };
        let takes = format!("{} ({}) from {columns}", input.name, input.element);
        line(text, "takes", &takes);
    }
    line(text, "rows", &count(subject.rows() as u64));
    for note in &subject.notes {
        line(text, "note", note);
    }
    describe_side(text, &comparison.native, false);
    describe_side(text, &comparison.onnxruntime, true);
    if cfg!(debug_assertions) {
        text.push_str(
            "\n(a debug build: the native backend is many times slower than it should be)\n",
        );
    }
    describe_difference(text, subject, &comparison.difference);
    text.clone()
}

fn describe_side(text: &mut String, measured: &Measured, has_library: bool) {
    let _ = writeln!(text, "\n{}", measured.engine);
    let opens = format!("{:.2} ms", measured.open_seconds.median * 1e3);
    line(text, "opens in", &opens);
    let rate = count(measured.rows_per_second.median.round() as u64);
    line(text, "rows a second", &rate);
    let memory = match &measured.memory {
        Ok(memory) => {
            let mut figures = format!(
                "{}, {} at its peak",
                bytes(memory.model_bytes),
                bytes(memory.peak_bytes)
            );
            if has_library {
                let with_library = bytes(memory.with_library_bytes);
                let _ = write!(figures, "; {with_library} with the library");
            }
            figures
        }
        Err(problem) => problem.to_string(),
    };
    line(text, "memory", &memory);
}

fn describe_difference(text: &mut String, subject: &Subject, difference: &Difference) {
    text.push_str("\nDifference\n");
    let of_rows = |rows: usize| {
        let share = rows as f64 / difference.rows.max(1) as f64 * 100.0;
        format!("{} rows ({share:.2}%)", count(rows as u64))
    };
    match difference.largest {
        Some(largest) => {
            let class = subject.signature.classes.as_ref();
            let class = class.filter(|classes| classes.len() > largest.column);
            let class = class.map_or_else(
                || format!("score {}", largest.column),
                |classes| format!("class {}", classes[largest.column]),
            );
            let found = format!(
                "{:.2e} in row {} (counted from 0), {class}: {} and {}",
                largest.difference, largest.row, largest.native, largest.onnxruntime
            );
            line(text, "largest", &found);
            line(text, "over 1e-6", &of_rows(difference.rows_over_1e_6));
            line(text, "over 1e-4", &of_rows(difference.rows_over_1e_4));
        }
        None => line(text, "largest", "no scores to compare"),
    }
    if difference.rows_half_missing > 0 {
        let missing = of_rows(difference.rows_half_missing);
        line(text, "only one is a number", &missing);
    }
    let rows: Vec<String> = difference
        .first_flipped
        .iter()
        .map(usize::to_string)
        .collect();
    let first = match rows.len() {
        0 => String::new(),
        _ => format!(", the first: {}", rows.join(", ")),
    };
    let flipped = of_rows(difference.flipped) + &first;
    line(text, "other label", &flipped);
    let limit = match (difference.largest, difference.tolerance) {
        (None, _) => String::new(),
        (_, Tolerance::Absolute(limit)) => format!("every score within {limit:.0e}, "),
        (_, Tolerance::Relative(limit)) => {
            format!("every score within {limit:.0e} of itself, or of 1 where it is smaller, ")
        }
    };
    let verdict = if difference.is_equal() {
        format!("equal: {limit}the same labels")
    } else {
        format!("DIFFERENT: equal would be {limit}the same labels")
    };
    line(text, "verdict", &verdict);
}

fn what_it_gives(signature: &Signature) -> String {
    let scale = |scale| match scale {
        ScoreScale::Probability => "probabilities",
        ScoreScale::Logit => "logits",
        ScoreScale::Margin => "margins",
        ScoreScale::Unknown => "scores",
    };
    let what = match signature.score {
        ScoreKind::PerClass {
            columns, scale: s, ..
        } => format!("{} of {columns} classes", scale(s)),
        ScoreKind::Single { scale: s } => format!("one score a row ({})", scale(s)),
        ScoreKind::LabelsOnly => "labels only".to_owned(),
        ScoreKind::Regression { targets: 1 } => "a number a row (regression)".to_owned(),
        ScoreKind::Regression { targets } => format!("{targets} numbers a row (regression)"),
    };
    match &signature.classes {
        Some(classes) => format!("{what}: {}", classes.join(", ")),
        None => what,
    }
}
