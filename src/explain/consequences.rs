//! What has happened, and what that means for what is shown.

use super::reruns::rerun_words;
use super::timings::run_timing_words_within;
use crate::display;
use crate::display::layout::width;
use crate::ledger::{Clearing, ContentChange, Ledger, News};
use crate::vocabulary::{ClearedBy, Dimension, Note, Preset, Problem, ResourceName, Strategy};

/// The last thing that is worth a sentence; none before the first. What may be left out is, where there
/// are not enough columns for it.
pub fn news(ledger: &Ledger, columns: usize) -> Option<Note> {
    Some(match ledger.news.last.as_ref()? {
        News::Opened => Note::info("nothing is loaded yet"),
        News::Refused => {
            let problems = ledger.refused.iter().flat_map(|refusal| &refusal.problems);
            let words: Vec<_> = problems.map(ToString::to_string).collect();
            Note::error(words.join("; "))
        }
        News::RunStarted(run) => Note::info(format!("run {run} started")),
        News::RunFinished {
            run,
            seconds,
            cancelled,
            gates_failed,
        } => {
            let words = run_finished(*run, *seconds, *cancelled, gates_failed, columns);
            with_timings(words, ledger, *run, columns)
        }
        News::Cancelling => Note::info("cancelling"),
        News::Cleared(clearing) => Note::info(clearing_words(clearing)),
        News::LoadFailed { name, problem } => Note::error(load_failed(name, problem)),
        News::DimensionFailed { dimension, problem } => {
            Note::error(format!("{dimension}: {}", problem.short()))
        }
        News::FileChanged { file, is_restored } => file_changed(ledger, file, *is_restored),
        News::BackendChanged(name) => {
            let backend = ledger.resource(name).and_then(|r| r.backend.as_ref());
            let words = backend.map(|backend| format!("{name} runs on {backend}"));
            Note::warning(words.unwrap_or_else(|| format!("{name} runs on another backend")))
        }
        News::StrategyChanged(strategy) => Note::info(format!("the strategy is now {strategy}")),
        News::CacheResized(bytes) => Note::info(cache_words(*bytes)),
        News::PresetChanged(preset) => Note::info(preset_words(*preset)),
        News::BudgetChanged(bytes) => Note::info(budget_words(*bytes)),
        News::FellBack { strategy, reason } => Note::warning(fallback_words(*strategy, reason)),
        News::Noted(note) => note.clone(),
    })
}

fn run_finished(
    run: u32,
    seconds: f64,
    cancelled: bool,
    gates_failed: &[Dimension],
    columns: usize,
) -> Note {
    let seconds = display::seconds(seconds);
    if cancelled {
        return Note::warning(format!("run {run} cancelled after {seconds}"));
    }
    let words = format!("run {run} finished in {seconds}");
    if gates_failed.is_empty() {
        return Note::info(words);
    }
    let names: Vec<_> = gates_failed.iter().map(|d| d.name()).collect();
    let named = format!("{words}; gates failed in {}", names.join(", "));
    Note::warning(if width(&named) <= columns {
        named
    } else {
        format!("{words}; gates failed in {} dimensions", names.len())
    })
}

/// The first run says what was waited for, too, and the others what they did again and what came out
/// otherwise, as far as there is room for it.
fn with_timings(mut said: Note, ledger: &Ledger, run: u32, columns: usize) -> Note {
    const SEPARATOR: &str = "; ";
    let was_cancelled = ledger.runs.last().is_some_and(|run| run.cancelled);
    if !was_cancelled {
        let room = columns.saturating_sub(width(&said.text) + SEPARATOR.len());
        let more = if run == 1 {
            run_timing_words_within(ledger, room)
        } else {
            rerun_words(ledger, room)
        };
        if !more.is_empty() {
            said.text.push_str(SEPARATOR);
            said.text.push_str(&more);
        }
    }
    said
}

/// Names the resource, unless the problem names the file that it is.
fn load_failed(name: &ResourceName, problem: &Problem) -> String {
    let words = problem.short();
    let file = problem.file.as_deref().map(display::file_name);
    if file.is_some_and(|file| name.0.ends_with(&file)) {
        return words;
    }
    format!("{name}: {words}")
}

/// What a changed file means, as far as it has been told.
fn file_changed(ledger: &Ledger, file: &str, is_restored: bool) -> Note {
    let file = display::file_name(file);
    if is_restored {
        return Note::info(format!("{file} is again what it was"));
    }
    let stale = ledger.resources().iter().filter(|r| r.is_stale());
    let text = match (ledger.out_of_date().as_slice(), stale.count()) {
        ([], 0) => format!("{file} changed"),
        ([], 1) => format!("{file} changed: what is in memory of it is stale"),
        ([], stale) => format!("{file} changed: {stale} resources in memory are stale"),
        ([one], _) => format!("{file} changed: {one} is out of date"),
        (several, _) => format!(
            "{file} changed: {} dimensions are out of date",
            several.len()
        ),
    };
    // What is said of a run that goes on comes next.
    if ledger.active_run().is_some() {
        Note::info(text)
    } else {
        Note::warning(text)
    }
}

/// What became of a command to free memory.
pub fn clearing_words(clearing: &Clearing) -> String {
    let resources = |count: usize| match count {
        1 => "1 resource".to_owned(),
        count => format!("{count} resources"),
    };
    let bytes = display::bytes(clearing.freed_bytes);
    let (freed, kept) = (clearing.freed, clearing.kept());
    match (clearing.by, freed, kept) {
        (ClearedBy::ClearCache, 0, 0) => "prediction cache cleared".to_owned(),
        (ClearedBy::ClearCache, _, 0) => {
            format!(
                "prediction cache cleared: {} freed, {bytes}",
                resources(freed)
            )
        }
        (ClearedBy::ClearCache, 0, _) => format!(
            "prediction cache cleared: {} in use stay until they are let go",
            resources(kept)
        ),
        (ClearedBy::ClearCache, ..) => format!(
            "prediction cache cleared: {} freed, {bytes}; {kept} in use stay until they are let go",
            resources(freed)
        ),
        (_, 0, 0) => "nothing was loaded".to_owned(),
        (_, _, 0) => {
            let rest = if clearing.session_rests {
                " but what the session rests on"
            } else {
                ""
            };
            format!("everything freed{rest}: {}, {bytes}", resources(freed))
        }
        (_, 0, _) => format!("nothing freed: {} in use stay", resources(kept)),
        (..) => format!("{} freed, {bytes}; {kept} in use stay", resources(freed)),
    }
}

/// How much the prediction cache may hold.
pub fn cache_words(bytes: u64) -> String {
    match bytes {
        0 => "the prediction cache is off".to_owned(),
        bytes => format!(
            "the prediction cache holds {} at most",
            display::bytes(bytes)
        ),
    }
}

/// How thorough runs are.
pub fn preset_words(preset: Preset) -> String {
    format!("the preset is now {preset}: what was found before is kept apart")
}

/// How much resources may take together.
pub fn budget_words(bytes: Option<u64>) -> String {
    match bytes {
        None => "the memory budget has no limit".to_owned(),
        Some(bytes) => format!("the memory budget is {}", display::bytes(bytes)),
    }
}

/// That a strategy could not make its plan, in words.
pub fn fallback_words(strategy: Strategy, reason: &str) -> String {
    format!("{strategy} cannot make a plan ({reason}): everything is loaded first, as eager does")
}

/// What a user should read, oldest first: the notes of the log, and what else of it needs saying.
pub fn notices(ledger: &Ledger) -> Vec<Note> {
    let noted = ledger.notices.iter();
    let mut all: Vec<(f64, Note)> = noted.map(|n| (n.t, n.note.clone())).collect();
    for fallback in ledger.runs.iter().filter_map(|run| run.fallback.as_ref()) {
        let words = fallback_words(fallback.strategy, &fallback.reason);
        all.push((fallback.t, Note::warning(words)));
    }
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all.into_iter().map(|(_, note)| note).collect()
}

/// That files have changed, in words; none when there are none.
pub fn changed_words(files: &[&str]) -> Option<String> {
    let name = display::file_name;
    Some(match files {
        [] => return None,
        [one] => format!("{} changed", name(one)),
        [one, other] => format!("{} and {} changed", name(one), name(other)),
        [one, others @ ..] => format!("{} and {} more files changed", name(one), others.len()),
    })
}

/// What changed of a resource: "model.onnx changed", or "model.onnx changed, and with it model:a".
pub fn content_change_words(change: &ContentChange, of: &ResourceName) -> String {
    let files: Vec<&str> = change.files.iter().map(String::as_str).collect();
    let files = changed_words(&files).unwrap_or_default();
    let files = if change.is_readable {
        files
    } else {
        format!("{files} and cannot be read")
    };
    if change.part == *of {
        files
    } else {
        format!("{files}, and with it {}", change.part)
    }
}
