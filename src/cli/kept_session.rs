//! Sessions whose logs are kept without being asked: whether this one is, and how they are named.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use clap::Args;
use serde_json::{Value, json};

use super::output::Failure;
use crate::display::{age, bytes, marked};
use crate::event::DimensionStatus;
use crate::experiment::Experiment;
use crate::kept_sessions::{KeptSession, KeptSessions, Summary};
use crate::log::Log;
use crate::log::file::{Header, Recorder, Recording};
use crate::process::total_memory_bytes;
use crate::vocabulary::{Dimension, Problem};

/// Arguments of commands with a session.
#[derive(Args)]
pub(super) struct HistoryArgs {
    /// Do not keep the log of this session, as is done for the last twenty: `lazydebugger replay` lists them
    #[arg(long)]
    no_history: bool,
}

impl HistoryArgs {
    /// Keeps the log of a session, if there is a place for it. Nobody is told where there is none, or
    /// no room: nobody has asked.
    pub(super) fn keep(&self, log: &Log, experiment: &Experiment) -> Option<Recording> {
        let sessions = KeptSessions::in_data_folder().filter(|_| !self.no_history)?;
        let sink = sessions.begin().ok()?;
        let seed = experiment.engine.seed;
        let header = Header::new(&experiment.name, seed, total_memory_bytes());
        let recorder = Recorder::new(&sink.number().to_string(), sink, &header).ok()?;
        Recording::start(recorder, log.subscribe()).ok()
    }
}

/// What a recording is named by: a number is that of a session that was kept, all else is a path.
pub(super) fn recording(named: &Path) -> Result<PathBuf, Failure> {
    let digits = named.to_str().filter(|text| !text.is_empty());
    let is_number = |text: &&str| text.bytes().all(|byte| byte.is_ascii_digit());
    let Some(number) = digits.filter(is_number) else {
        return Ok(named.to_owned());
    };
    let sessions = KeptSessions::in_data_folder();
    let all = sessions.map_or_else(Vec::new, |sessions| sessions.list());
    let found = all.iter().find(|kept| kept.number.to_string() == number);
    found.map(|kept| kept.path.clone()).ok_or_else(|| {
        let problem = Problem::new(format!("no session {number} is kept"));
        let remedy = match (all.last(), all.first()) {
            (Some(oldest), Some(newest)) if oldest.number == newest.number => {
                format!("only {} is; a file of that name is ./{number}", newest.number)
            }
            (Some(oldest), Some(newest)) => format!(
                "`lazydebugger replay` lists those that are, {} to {}; a file of that name is ./{number}",
                oldest.number, newest.number
            ),
            _ => format!("a file of that name is ./{number}"),
        };
        problem.remedy(remedy).into()
    })
}

/// A session with what became of it; none where the log cannot be read.
type Told = (KeptSession, Option<Summary>);

/// All that are kept, the last first.
pub(super) fn all() -> Vec<Told> {
    let sessions = KeptSessions::in_data_folder().map(|sessions| sessions.list());
    let told = |session: KeptSession| {
        let summary = Summary::of(&session.path);
        (session, summary)
    };
    sessions.into_iter().flatten().map(told).collect()
}

/// A table of them.
pub(super) fn text(all: &[Told]) -> String {
    if all.is_empty() {
        return "no session is kept yet: `lazydebugger run`, and the screen, keep theirs\n"
            .to_owned();
    }
    let rows: Vec<[String; 5]> = all.iter().map(row).collect();
    let heads = ["no", "age", "experiment", "dimensions", "result"].map(str::to_owned);
    let width = |column: usize| {
        let cells = rows
            .iter()
            .chain([&heads])
            .map(|row| row[column].chars().count());
        cells.max().unwrap_or(0)
    };
    let widths: [usize; 5] = std::array::from_fn(width);
    let mut text = String::new();
    for [number, age, experiment, dimensions, result] in [&heads].into_iter().chain(&rows) {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{number:>n$}  {age:>a$}  {experiment:e$}  {dimensions:d$}  {result}",
            n = widths[0],
            a = widths[1],
            e = widths[2],
            d = widths[3],
        );
    }
    text
}

/// The same for programs.
pub(super) fn list_json(all: &[Told]) -> Value {
    let sessions = all.iter().map(|(session, summary)| {
        let dimensions = summary.iter().flat_map(|summary| &summary.dimensions);
        let dimensions: serde_json::Map<String, Value> = dimensions
            .map(|(dimension, status)| (dimension.name().to_owned(), json!(status.name())))
            .collect();
        json!({
            "number": session.number,
            "path": session.path.to_string_lossy(),
            "bytes": session.bytes,
            "seconds_ago": seconds_since(session),
            "experiment": summary.as_ref().map(|summary| &summary.experiment),
            "runs": summary.as_ref().map(|summary| summary.runs),
            "dimensions": dimensions,
            "result": result(summary.as_ref()),
        })
    });
    json!({ "schema": crate::event::SCHEMA, "sessions": sessions.collect::<Vec<_>>() })
}

fn seconds_since(session: &KeptSession) -> u64 {
    let age = SystemTime::now().duration_since(session.written);
    age.map_or(0, |age| age.as_secs())
}

fn row((session, summary): &Told) -> [String; 5] {
    let named = summary.as_ref().map(|summary| marked(&summary.experiment));
    [
        session.number.to_string(),
        age(seconds_since(session)),
        named.map_or_else(String::new, std::borrow::Cow::into_owned),
        summary.as_ref().map_or_else(String::new, dimensions),
        format!("{}, {}", result(summary.as_ref()), bytes(session.bytes)),
    ]
}

fn dimensions(summary: &Summary) -> String {
    if summary.dimensions.len() == Dimension::ALL.len() {
        return "all".to_owned();
    }
    let names: Vec<&str> = summary
        .dimensions
        .keys()
        .map(|dimension| dimension.name())
        .collect();
    names.join(", ")
}

/// What became of a session, the worst first.
fn result(summary: Option<&Summary>) -> String {
    let Some(summary) = summary else {
        return "not readable".to_owned();
    };
    let count = |wanted: DimensionStatus| {
        let mut all = summary.dimensions.iter();
        let found = all.by_ref().filter(|(_, status)| **status == wanted);
        let names: Vec<&str> = found.map(|(dimension, _)| dimension.name()).collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    if summary.is_refused {
        return "could not run".to_owned();
    }
    if let Some(names) = count(DimensionStatus::Error) {
        return format!("error: {names}");
    }
    if summary.is_running {
        return "runs still, or was killed".to_owned();
    }
    if summary.is_cancelled {
        return "stopped".to_owned();
    }
    match (summary.gates_failed, summary.dimensions.is_empty()) {
        (0, true) => "nothing was run".to_owned(),
        (0, false) => "ok".to_owned(),
        (1, _) => "1 gate failed".to_owned(),
        (failed, _) => format!("{failed} gates failed"),
    }
}
