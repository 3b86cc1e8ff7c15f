//! `lazydebugger generate`: a data set of any size, and its experiment.

use std::cell::RefCell;
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::output::{self, Failure, ProgressLine};
use crate::display;
use crate::generate::{self, EXPERIMENT, FEATURES, Order, ROWS, TableFormat, Written};
use crate::vocabulary::Problem;

/// Arguments of `generate`.
#[derive(Args)]
pub(super) struct GenerateArgs {
    /// The folder to write to; it is made if it is missing
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
    /// Rows and features as in the paper
    #[arg(long, value_enum, default_value_t = Size::Small)]
    size: Size,
    /// Rows of the dataset, such as 20000, 100K or 1M [default: those of --size]
    #[arg(long, value_name = "N", value_parser = |text: &str| count(text, &ROWS))]
    rows: Option<usize>,
    /// Features that the model takes [default: those of --size]
    #[arg(long, value_name = "N", value_parser = |text: &str| count(text, &FEATURES))]
    features: Option<usize>,
    /// Seed of all draws: the same one gives the same files
    #[arg(long, value_name = "N", default_value_t = 42)]
    seed: u64,
    /// Kind of the tables' files
    #[arg(long, value_enum, default_value_t = FormatName::Parquet)]
    format: FormatName,
    /// Write into a folder that is not empty; files of the same names are replaced
    #[arg(long)]
    force: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Size {
    /// 10,000 rows, 20 features
    Small,
    /// 100,000 rows, 50 features
    Medium,
    /// 1,000,000 rows, 100 features
    Large,
}

impl Size {
    /// Rows and features.
    fn counts(self) -> (usize, usize) {
        match self {
            Self::Small => (10_000, 20),
            Self::Medium => (100_000, 50),
            Self::Large => (1_000_000, 100),
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum FormatName {
    Parquet,
    Csv,
}

pub(super) fn generate(args: &GenerateArgs) -> Result<u8, Failure> {
    let (rows, features) = args.size.counts();
    let order = Order {
        rows: args.rows.unwrap_or(rows),
        features: args.features.unwrap_or(features),
        seed: args.seed,
        format: match args.format {
            FormatName::Parquet => TableFormat::Parquet,
            FormatName::Csv => TableFormat::Csv,
        },
        folder: args.output.clone(),
    };
    check_folder(&order.folder, args.force)?;
    let line = RefCell::new(ProgressLine::new());
    let written = generate::generate(&order, &|words| line.borrow_mut().show(words));
    line.borrow_mut().clear();
    let written = written?;
    output::data(&checksums(&order.folder, &written))?;
    for file in &written {
        output::note(&summary(file));
    }
    let experiment = order.folder.join(EXPERIMENT);
    output::note(&format!("next: lazydebugger {}", experiment.display()));
    Ok(0)
}

/// A line a file, as `b3sum` writes and checks them.
fn checksums(folder: &Path, written: &[Written]) -> String {
    let lines = written.iter().map(|file| {
        let content = file.content.to_string();
        let hash = content.trim_start_matches("blake3:");
        format!("{hash}  {}\n", folder.join(&file.name).display())
    });
    lines.collect()
}

fn summary(file: &Written) -> String {
    let rows = file.rows.map_or_else(String::new, |n| {
        format!("  {} rows", display::count(n as u64))
    });
    format!("{:<20} {:>9}{rows}", file.name, display::bytes(file.bytes))
}

fn check_folder(folder: &Path, force: bool) -> Result<(), Failure> {
    let refuse = |cause: &str| Err(Problem::new(cause).under("--output").in_file(folder).into());
    if !folder.exists() {
        return Ok(());
    }
    if !folder.is_dir() {
        return refuse("this is a file; name a folder");
    }
    match fs::read_dir(folder).map(|mut entries| entries.next().is_none()) {
        Err(error) => refuse(&error.to_string()),
        Ok(false) if !force => refuse(
            "this folder is not empty: name another, or add --force to replace what was generated \
             in it before",
        ),
        Ok(_) => Ok(()),
    }
}

/// A number as people write it: 20000, 20_000, 100K, 2.5M.
fn count(text: &str, within: &RangeInclusive<usize>) -> Result<usize, Problem> {
    let plain: String = text.trim().replace(['_', ','], "").to_ascii_lowercase();
    let (digits, factor) = match (plain.strip_suffix('k'), plain.strip_suffix('m')) {
        (Some(digits), _) => (digits, 1e3),
        (_, Some(digits)) => (digits, 1e6),
        _ => (&*plain, 1.0),
    };
    let number = digits.parse::<f64>().ok();
    let number = number.map(|number| number * factor);
    // 2.01 million is no whole number of bits, and a whole number of rows.
    let is_whole = |n: &f64| *n >= 0.0 && (n - n.round()).abs() < 1e-6;
    let Some(number) = number.filter(is_whole).map(f64::round) else {
        return Err(Problem::new("not a number").remedy("write for example 20000, 100K or 1M"));
    };
    let (least, most) = (*within.start(), *within.end());
    if number < least as f64 || number > most as f64 {
        let words = |n: usize| display::count(n as u64);
        let cause = format!("it must be from {} to {}", words(least), words(most));
        return Err(Problem::new(cause));
    }
    Ok(number as usize)
}
