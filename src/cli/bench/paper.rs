//! `lazydebugger bench paper`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::bench::paper::{self, Job, MeasuredRun, Options, Size, TableName};
use crate::cli::output::{self, Failure, ProgressLine};
use crate::vocabulary::Problem;

/// What `--help` ends with.
pub(super) const EXAMPLES: &str = "\
Examples:
  lazydebugger bench paper --quick                          a minute, on 10,000 and 100,000 rows
  lazydebugger bench paper --data made                      up to 1,000,000 rows, a quarter of an hour
  lazydebugger bench paper --tables T7 --sizes large,huge   set-up at 1,000,000 and 10,000,000 rows
  lazydebugger bench paper --format markdown > paper.md     for a page";

/// Rounds of a quick measurement: the fewest that an interval can be told of.
const QUICK_ROUNDS: usize = 6;
/// Rounds of any other.
const ROUNDS: usize = 9;

/// Arguments of `bench paper`.
#[derive(Args)]
pub(super) struct PaperArgs {
    /// In a minute: on 10,000 rows where the paper has 100,000, and no larger data than those
    #[arg(long)]
    quick: bool,
    /// Times that every pair is run [default: 9, or 6 with --quick; of 10,000,000 rows at most 3]
    #[arg(long, value_name = "N")]
    rounds: Option<NonZeroUsize>,
    /// Sizes of T2 and T7: small, medium, large, huge (10,000,000 rows)
    /// [default: small,medium,large, or small,medium with --quick]
    #[arg(long, value_name = "SIZES", value_delimiter = ',')]
    sizes: Vec<Size>,
    /// Tables to measure: T1 to T7, workflows, ci [default: all]
    #[arg(long, value_name = "TABLES", value_delimiter = ',')]
    tables: Vec<TableName>,
    /// Rows, as a share of the paper's
    #[arg(long, value_name = "SHARE", default_value = "1", value_parser = share)]
    scale: f64,
    /// Where generated data stays, to be used again [default: it goes with the process]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t = PageFormat::Text)]
    format: PageFormat,
    /// Run this in this process, and tell what it took
    #[arg(long, hide = true)]
    only: Option<String>,
}

/// How the page is printed.
#[derive(Clone, Copy, clap::ValueEnum)]
pub(super) enum PageFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For a page of documentation.
    Markdown,
}

pub(super) fn paper(args: &PaperArgs) -> Result<u8, Failure> {
    if let Some(job) = &args.only {
        let job: Job = serde_json::from_str(job).map_err(Failure::input)?;
        let run = MeasuredRun::measure_here(&job)?;
        output::data(&format!("{}\n", json!(run)))?;
        return Ok(0);
    }
    let usual: &[Size] = if args.quick {
        &[Size::Small, Size::Medium]
    } else {
        &[Size::Small, Size::Medium, Size::Large]
    };
    let rounds = if args.quick { QUICK_ROUNDS } else { ROUNDS };
    let options = Options {
        quick: args.quick,
        rounds: args.rounds.map_or(rounds, NonZeroUsize::get),
        sizes: if args.sizes.is_empty() {
            usual.to_vec()
        } else {
            args.sizes.clone()
        },
        scale: args.scale,
        tables: args.tables.clone(),
        data: args.data.clone(),
    };
    let mut line = ProgressLine::new();
    let page = paper::measure(&options, &mut |step| line.show(step));
    line.clear();
    let page = page?;
    match args.format {
        PageFormat::Text => output::page(&paper::text(&page))?,
        PageFormat::Markdown => output::page(&paper::markdown(&page))?,
        PageFormat::Json => output::data(&output::json(&json!(page)))?,
    }
    Ok(0)
}

/// A share of the paper's rows.
fn share(text: &str) -> Result<f64, Problem> {
    let share: Option<f64> = text.parse().ok();
    share
        .filter(|share| (0.0001..=100.0).contains(share))
        .ok_or_else(|| Problem::new("it must be a number from 0.0001 to 100"))
}
