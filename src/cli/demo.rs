//! `lazydebugger demo`: the same question to two processes, eager over lazy, on generated data.

use std::cell::RefCell;
use std::fmt::Write;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use super::output::{self, Failure, ProgressLine, exit_code};
use crate::child::Scratch;
use crate::demo::data::{self, Data, Size};
use crate::demo::race::{QUESTION, Racers, threads};
use crate::demo::record;
use crate::display;
use crate::event::{Event, EventKind};
use crate::explain::events::event_line;
use crate::explain::race::{Taken, verdict};
use crate::ledger::Ledger;
use crate::log::{NoEvent, Subscription};
use crate::tui::race::{self, Race, Start, Titles};
use crate::tui::screen;
use crate::tui::terminal::{Capabilities, TerminalError};
use crate::vocabulary::Problem;

/// How long one side is waited for before the other has its turn.
const PATIENCE: Duration = Duration::from_millis(50);
/// What the two are called.
const NAMES: [&str; 2] = ["eager", "lazy"];

/// Arguments of `demo`.
#[derive(Args)]
pub(super) struct DemoArgs {
    /// Print lines with the same figures in place of the screen; so it is where there is no terminal
    #[arg(long)]
    plain: bool,
    /// Keep it in this file, for `lazydebugger replay`
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Rows of the dataset
    #[arg(long, value_name = "N", default_value_t = 250_000,
          value_parser = clap::value_parser!(u32).range(100..=100_000_000))]
    rows: u32,
}

pub(super) fn demo(args: &DemoArgs) -> Result<u8, Failure> {
    let is_plain = args.plain || !io::stdout().is_terminal();
    if !is_plain && Capabilities::is_dumb() {
        return Err(Failure::input(TerminalError::Dumb));
    }
    let folder = Scratch::new().map_err(|error| {
        Failure::input(format!("there is no folder for the demo's data: {error}"))
    })?;
    let size = Size {
        rows: args.rows as usize,
        ..Size::default()
    };
    let made = generate(folder.path(), size)?;
    let titles = titles(&format!(
        "{} rows x {} features and 3 other populations, {}; {} each",
        display::count(size.rows as u64),
        size.features,
        display::bytes(made.bytes),
        match threads() {
            1 => "1 thread".to_owned(),
            threads => format!("{threads} threads"),
        }
    ));
    let mut racers = Racers::new(&made.experiment)?;
    let sides = if is_plain {
        output::data(&format!("{}\n", titles.data))?;
        let logs = racers.start()?;
        tell(logs)?
    } else {
        let capabilities = Capabilities::detect();
        let options = screen::Options::for_terminal(&capabilities);
        let mut race = Race::live(titles, options, Box::new(racers))?;
        let exit = race::run(&mut race, capabilities.options()).map_err(Failure::input)?;
        let is_whole = race.is_whole();
        let sides = race.into_events();
        if is_whole {
            output::page(&table(&sides))?;
        }
        if let Some(path) = args.record.as_deref().filter(|_| is_whole) {
            record::write(path, &sides)?;
        }
        return Ok(exit_code(exit));
    };
    if let Some(path) = &args.record {
        record::write(path, &sides)?;
    }
    Ok(0)
}

fn generate(folder: &Path, size: Size) -> Result<Data, Failure> {
    let line = RefCell::new(ProgressLine::new());
    let progress = |words: &str| line.borrow_mut().show(&format!("generating data: {words}"));
    let made = data::generate(folder, size, &progress);
    line.borrow_mut().clear();
    Ok(made?)
}

fn titles(data: &str) -> Titles {
    Titles {
        data: data.to_owned(),
        sides: [
            "loads all that the experiment names, then answers".to_owned(),
            format!("loads what {QUESTION} asks for, when it asks"),
        ],
    }
}

/// What a file holds, if it is a demo that was kept.
pub(super) fn recorded(path: &Path) -> Result<Option<Vec<Vec<Event>>>, Failure> {
    if path == Path::new("-") {
        return Ok(None);
    }
    Ok(record::read(path)?)
}

/// Shows a demo that was kept.
pub(super) fn show(sides: Vec<Vec<Event>>, is_plain: bool) -> Result<u8, Failure> {
    if is_plain {
        let mut all: Vec<(usize, &Event)> = Vec::new();
        for (side, events) in sides.iter().enumerate() {
            all.extend(events.iter().map(|event| (side, event)));
        }
        all.sort_by(|a, b| a.1.t.total_cmp(&b.1.t));
        let lines = all.iter().map(|(side, event)| line(*side, event) + "\n");
        output::page(&(lines.collect::<String>() + &table(&sides)))?;
        return Ok(0);
    }
    if Capabilities::is_dumb() {
        return Err(Failure::input(TerminalError::Dumb));
    }
    let capabilities = Capabilities::detect();
    let options = screen::Options::for_terminal(&capabilities);
    let mut race = Race::recorded(titles("recorded"), options, sides);
    let exit = race::run(&mut race, capabilities.options()).map_err(Failure::input)?;
    Ok(exit_code(exit))
}

fn line(side: usize, event: &Event) -> String {
    format!("{:<6}{}", NAMES[side], event_line(event))
}

/// Tells of both as they run, then what they took.
fn tell(mut logs: Vec<Subscription>) -> Result<Vec<Vec<Event>>, Failure> {
    let mut sides = vec![Vec::new(); logs.len()];
    let mut is_over = vec![false; logs.len()];
    while !is_over.iter().all(|over| *over) {
        let all = logs.iter_mut().zip(&mut sides).zip(&mut is_over);
        for (side, ((log, events), is_over)) in all.enumerate() {
            while !*is_over {
                match log.next_within(PATIENCE) {
                    Ok(event) => {
                        if is_told(&event.kind) {
                            output::page(&(line(side, &event) + "\n"))?;
                        }
                        events.push((*event).clone());
                    }
                    Err(NoEvent::Yet) => break,
                    Err(NoEvent::Ended | NoEvent::Lost(_)) => *is_over = true,
                }
            }
        }
    }
    output::page(&table(&sides))?;
    let answered = |events: &Vec<Event>| {
        let mut events = events.iter();
        events.any(|event| matches!(event.kind, EventKind::RunFinished { .. }))
    };
    if sides.iter().all(answered) {
        Ok(sides)
    } else {
        Err(Problem::new("a process has ended without an answer").into())
    }
}

fn is_told(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::LoadFinished { .. }
            | EventKind::DimensionFinished { .. }
            | EventKind::RunFinished { .. }
            | EventKind::Noted(_)
    )
}

/// What both took, and what that means.
fn table(sides: &[Vec<Event>]) -> String {
    let ledgers: Vec<Ledger> = sides.iter().map(Ledger::of).collect();
    let taken = ledgers.iter().map(|ledger| Taken::of(ledger, 0.0));
    let taken: Vec<Taken> = taken.collect();
    let mut text = format!("\n{:<6}{:>9}  {:>8}  loaded\n", "", "seconds", "peak RSS");
    for (name, taken) in NAMES.iter().zip(&taken) {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{name:<6}{:>9.2}  {:>8}  {}",
            taken.seconds,
            display::bytes(taken.peak_bytes),
            taken.words()
        );
    }
    if let ([eager, lazy], [a, b]) = (ledgers.as_slice(), taken.as_slice()) {
        let _ = writeln!(text, "{}", verdict((eager, a), (lazy, b)));
    }
    text
}
