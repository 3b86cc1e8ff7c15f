//! An event in a line, for those who read the log as text: nothing is folded, and nothing is left out.

use super::owners::asker;
use super::reasons::{lookup_account, lookup_word, release_words};
use super::tiers;
use crate::display;
use crate::event::{Command, DimensionOutcome, DimensionStatus, Event, EventKind};
use crate::vocabulary::{Owner, ResourceName};

/// Columns of what happened.
const WHAT: usize = 12;

/// When, what, and of what; `now 0.412 s` is told by the first column.
pub fn event_line(event: &Event) -> String {
    let (what, words) = parts(&event.kind);
    let line = format!("{:>9.3} s  {what:<WHAT$} {words}", event.t);
    display::clean(line.trim_end()).into_owned()
}

/// What happened in a word or two, and the rest.
fn parts(kind: &EventKind) -> (&'static str, String) {
    match kind {
        EventKind::SessionOpened { .. }
        | EventKind::SessionRefused { .. }
        | EventKind::Understood(_)
        | EventKind::ParityChecked(_)
        | EventKind::RowsScored(_)
        | EventKind::BaselineCompared(_)
        | EventKind::CommandGiven { .. }
        | EventKind::StrategyChanged { .. }
        | EventKind::CacheResized { .. }
        | EventKind::MemoryBudgetChanged { .. }
        | EventKind::PresetChanged { .. }
        | EventKind::PlanMade { .. }
        | EventKind::PlansCompared { .. }
        | EventKind::DemandForecast(_)
        | EventKind::Tuned(_)
        | EventKind::FellBackToEager { .. }
        | EventKind::Noted(_) => of_session(kind),
        EventKind::RunStarted { .. }
        | EventKind::SetupFinished { .. }
        | EventKind::RunFinished { .. }
        | EventKind::CancelRequested
        | EventKind::DimensionUnavailable { .. }
        | EventKind::DimensionToggled { .. }
        | EventKind::DimensionStarted { .. }
        | EventKind::DimensionComputing { .. }
        | EventKind::DimensionFinished { .. } => of_run(kind),
        EventKind::TierAsked { .. }
        | EventKind::TierRead { .. }
        | EventKind::TierWritten { .. }
        | EventKind::TierRefused { .. }
        | EventKind::TierChanged { .. }
        | EventKind::CacheEvicted { .. }
        | EventKind::CacheRefused { .. }
        | EventKind::Packed { .. }
        | EventKind::MemoryTrimmed { .. }
        | EventKind::MemorySampled(_) => of_memory(kind),
        EventKind::ShardStarted { .. }
        | EventKind::ShardTold { .. }
        | EventKind::ShardEnded { .. } => of_workers(kind),
        _ => of_resource(kind),
    }
}

fn of_workers(kind: &EventKind) -> (&'static str, String) {
    match kind {
        EventKind::ShardStarted { shard, worker } => {
            ("shard", format!("{shard} begins on worker {worker}"))
        }
        EventKind::ShardTold {
            shard,
            worker,
            said,
            ..
        } => {
            let (what, words) = parts(said);
            (what, format!("{words} (worker {worker}, shard {shard})"))
        }
        EventKind::ShardEnded {
            shard,
            worker,
            end,
            reason,
        } => {
            let words = format!("{shard} {end} on worker {worker}");
            let why = if reason.is_empty() { "" } else { ": " };
            ("shard", format!("{words}{why}{reason}"))
        }
        _ => ("", String::new()),
    }
}

fn of_session(kind: &EventKind) -> (&'static str, String) {
    match kind {
        EventKind::SessionOpened {
            experiment,
            settings,
            ..
        } => (
            "opened",
            format!(
                "{}: {} on {}, {}, {}",
                experiment.name,
                experiment.model,
                experiment.dataset,
                settings.strategy,
                settings.preset
            ),
        ),
        EventKind::SessionRefused { problems, .. } => {
            let words: Vec<String> = problems.iter().map(ToString::to_string).collect();
            ("refused", words.join("; "))
        }
        EventKind::Understood(understanding) => (
            "understood",
            super::experiment::task_in_words(understanding),
        ),
        EventKind::ParityChecked(parity) => {
            let words = if parity.is_good() {
                "the model says what its training library says"
            } else {
                "the model does not say what its training library says"
            };
            ("scores", words.to_owned())
        }
        EventKind::RowsScored(scored) => ("scores", format!("are {}", scored.scores.short())),
        EventKind::BaselineCompared(found) => ("baseline", super::results::baseline_words(found)),
        EventKind::CommandGiven { command } => ("command", command_words(command)),
        EventKind::StrategyChanged { strategy } => ("strategy", strategy.to_string()),
        EventKind::CacheResized { bytes } => ("cache", super::consequences::cache_words(*bytes)),
        EventKind::MemoryBudgetChanged { bytes } => {
            ("budget", super::consequences::budget_words(*bytes))
        }
        EventKind::PresetChanged { preset } => ("preset", preset.to_string()),
        EventKind::PlanMade { first, later } => (
            "plan",
            format!("{} first, {} when asked for", first.len(), later.len()),
        ),
        EventKind::PlansCompared { forecasts, advice } => (
            "plans",
            format!(
                "{} compared: {} ({})",
                forecasts.len(),
                advice.strategy,
                advice.reason
            ),
        ),
        EventKind::DemandForecast(forecast) => (
            "next",
            super::prefetch::forecast_sentences(forecast).join("; "),
        ),
        EventKind::Tuned(tuning) => ("tuned", super::tuning::proposal_words(tuning)),
        EventKind::FellBackToEager { strategy, reason } => (
            "fell back",
            super::consequences::fallback_words(*strategy, reason),
        ),
        EventKind::Noted(note) => ("note", note.text.clone()),
        _ => ("", String::new()),
    }
}

fn of_run(kind: &EventKind) -> (&'static str, String) {
    match kind {
        EventKind::RunStarted { run, dimensions } => {
            let names: Vec<&str> = dimensions.iter().map(|d| d.name()).collect();
            ("run", format!("{run} started: {}", names.join(", ")))
        }
        EventKind::SetupFinished { run, seconds } => (
            "run",
            format!("{run} set up in {}", display::seconds(*seconds)),
        ),
        EventKind::RunFinished {
            run,
            seconds,
            cancelled,
        } => {
            let how = if *cancelled { "cancelled" } else { "finished" };
            let took = display::seconds(*seconds);
            ("run", format!("{run} {how} after {took}"))
        }
        EventKind::CancelRequested => ("cancelling", String::new()),
        EventKind::DimensionUnavailable { dimension, reason } => {
            let words = reason
                .as_deref()
                .unwrap_or("nothing stands against it any more");
            ("n/a", format!("{dimension}: {words}"))
        }
        EventKind::DimensionToggled {
            dimension,
            selected,
        } => {
            let what = if *selected { "selected" } else { "deselected" };
            (what, dimension.to_string())
        }
        EventKind::DimensionStarted {
            dimension,
            resources,
        } => (
            "dimension",
            format!("{dimension} asks for {resources} resources"),
        ),
        EventKind::DimensionComputing { dimension, .. } => {
            ("dimension", format!("{dimension} computes"))
        }
        EventKind::DimensionFinished { dimension, outcome } => (
            "dimension",
            format!("{dimension} {}", outcome_words(outcome)),
        ),
        _ => ("", String::new()),
    }
}

/// How a dimension ended, with its first figure.
pub fn outcome_words(outcome: &DimensionOutcome) -> String {
    let how = match outcome.status {
        DimensionStatus::Ok => "ok",
        DimensionStatus::Failed => "gates failed",
        DimensionStatus::Error => "error",
        DimensionStatus::Cancelled => "cancelled",
        DimensionStatus::NotApplicable => "n/a",
    };
    let mut words = how.to_owned();
    if let Some((name, value)) = &outcome.headline {
        words = format!("{words}, {name} {}", display::metric(*value));
    }
    if let Some(failure) = &outcome.error {
        words = format!("{words}: {}", super::results::failure_words(failure));
    }
    words
}

fn of_memory(kind: &EventKind) -> (&'static str, String) {
    let bytes = |bytes: &u64| display::bytes(*bytes);
    match kind {
        EventKind::TierAsked {
            name, tier, lookup, ..
        } => (
            "tier",
            format!("{tier}: {name}: {}", tiers::lookup_words(lookup)),
        ),
        EventKind::TierRead {
            name,
            tier,
            bytes: read,
            ..
        } => ("tier", format!("{tier}: {name}: {} read", bytes(read))),
        EventKind::TierWritten {
            name,
            tier,
            bytes: written,
            ..
        } => ("tier", format!("{tier}: {name}: {} kept", bytes(written))),
        EventKind::TierRefused { name, tier, reason } => {
            ("tier", format!("{tier}: {name}: not kept: {reason}"))
        }
        EventKind::TierChanged {
            tier,
            state,
            reason,
        } if reason.is_empty() => ("tier", format!("{tier}: {state}")),
        EventKind::TierChanged {
            tier,
            state,
            reason,
        } => ("tier", format!("{tier}: {state}: {reason}")),
        EventKind::CacheEvicted {
            name,
            bytes: weight,
            policy,
            for_name,
        } => (
            "evicted",
            format!("{name}, {}, by {policy} for {for_name}", bytes(weight)),
        ),
        EventKind::CacheRefused {
            name,
            bytes: weight,
            reason,
        } => (
            "not cached",
            format!(
                "{name}, {}: {}",
                bytes(weight),
                super::reasons::miss_account(reason)
            ),
        ),
        EventKind::Packed {
            name,
            codec,
            from_bytes,
            bytes: now,
            ..
        } => (
            "packed",
            format!("{name}: {} to {} by {codec}", bytes(from_bytes), bytes(now)),
        ),
        EventKind::MemoryTrimmed {
            before_bytes,
            after_bytes,
        } => (
            "trimmed",
            format!("RSS {} to {}", bytes(before_bytes), bytes(after_bytes)),
        ),
        EventKind::MemorySampled(sample) => (
            "memory",
            format!(
                "RSS {}, peak {}",
                bytes(&sample.rss_bytes),
                bytes(&sample.peak_rss_bytes)
            ),
        ),
        _ => ("", String::new()),
    }
}

fn of_resource(kind: &EventKind) -> (&'static str, String) {
    let held = |name: &ResourceName, owner: &Owner| format!("{name} by {}", asker(owner));
    match kind {
        EventKind::ResourceDeclared(declared) => {
            let size = declared.estimated_bytes.map(display::bytes);
            let size = size.map_or_else(String::new, |size| format!(", ~{size}"));
            ("declared", format!("{}{size}", declared.name))
        }
        EventKind::BackendChanged { name, backend } => {
            ("backend", format!("{name} runs on {backend}"))
        }
        EventKind::Requested {
            name, by, lookup, ..
        } => (
            lookup_word(lookup),
            format!("{name} for {}: {}", asker(by), lookup_account(lookup)),
        ),
        EventKind::LoadQueued { name } => ("queued", name.to_string()),
        EventKind::LoadStarted { name, worker } => {
            ("loading", format!("{name} on worker {worker}"))
        }
        EventKind::LoadProgressed { name, done, total } => {
            ("progress", format!("{name}: {done} of {total} rows"))
        }
        EventKind::LoadFinished {
            name,
            bytes,
            seconds,
            detail,
            ..
        } => {
            let (size, took) = (display::bytes(*bytes), display::seconds(*seconds));
            let detail = if detail.is_empty() {
                String::new()
            } else {
                format!(": {detail}")
            };
            ("loaded", format!("{name}, {size} in {took}{detail}"))
        }
        EventKind::LoadFailed { name, problem } => ("failed", format!("{name}: {problem}")),
        EventKind::LoadCancelled { name, .. } => ("stopped", name.to_string()),
        EventKind::OwnerAdded { name, owner } => ("held", held(name, owner)),
        EventKind::OwnerRemoved { name, owner } => ("let go", held(name, owner)),
        EventKind::Released { name, bytes, cause } => (
            "freed",
            format!(
                "{name}, {}: {}",
                display::bytes(*bytes),
                release_words(cause)
            ),
        ),
        EventKind::ContentChanged {
            name, part, file, ..
        } => {
            let file = display::file_name(file);
            ("changed", format!("{name}: {part} of {file}"))
        }
        _ => ("", String::new()),
    }
}

/// A command in words.
pub fn command_words(command: &Command) -> String {
    match command {
        Command::ToggleDimension(dimension) => format!("toggle {dimension}"),
        Command::ToggleAll => "toggle all".to_owned(),
        Command::RunSelected => "run what is selected".to_owned(),
        Command::Run(dimension) => format!("run {dimension}"),
        Command::Preload(name) => format!("preload {name}"),
        Command::PreloadAll => "preload all".to_owned(),
        Command::Unload(name) => format!("unload {name}"),
        Command::ClearCache => "clear the cache".to_owned(),
        Command::ClearAll => "clear all".to_owned(),
        Command::ClearDisk => "clear the disk".to_owned(),
        Command::Cancel => "cancel".to_owned(),
        Command::SetStrategy(strategy) => format!("strategy {strategy}"),
        Command::NextStrategy => "next strategy".to_owned(),
        Command::SetCacheBytes(bytes) => format!("cache size {}", display::bytes(*bytes)),
        Command::SetMemoryBudget(Some(bytes)) => format!("budget {}", display::bytes(*bytes)),
        Command::SetMemoryBudget(None) => "no budget".to_owned(),
        Command::Tune(tuning) => format!("auto-tune: {}", super::tuning::proposal_words(tuning)),
        Command::SetPreset(preset) => format!("preset {preset}"),
        Command::Close => "close".to_owned(),
    }
}
