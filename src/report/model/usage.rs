//! What a run took: resources, backends, cache, memory, time.

use std::collections::BTreeMap;

use super::RunReport;
use super::document::{Block, Section};
use super::words::count;
use crate::display::{bytes, percent, seconds};
use crate::explain::Tone;
use crate::explain::consequences::notices;
use crate::explain::prefetch::prefetch_words;
use crate::explain::tiers::tier_words;
use crate::explain::timings::timing_words;
use crate::explain::tuning::tuned_words;
use crate::ledger::{Ledger, LoadTimes, ResourceRecord, TARGET_HIT_RATE};
use crate::vocabulary::{BackendChoice, Note, ResourceName};

/// Memory, by estimate and as the operating system sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryFigures {
    /// Sum over resident resources.
    pub estimated_bytes: u64,
    /// The highest such sum.
    pub peak_estimated_bytes: u64,
    /// Bytes of mapped files on top of it.
    pub mapped_bytes: u64,
    /// The most that it may be.
    pub budget_bytes: Option<u64>,
    /// Resources that were given up for that.
    pub budget_evictions: u64,
    /// The process at its largest.
    pub peak_rss_bytes: Option<u64>,
    /// The process before anything was loaded.
    pub baseline_rss_bytes: Option<u64>,
}

impl MemoryFigures {
    pub(super) fn of(ledger: &Ledger) -> Self {
        let (memory, settings) = (&ledger.memory, ledger.settings.as_ref());
        Self {
            estimated_bytes: ledger.estimated_bytes(),
            peak_estimated_bytes: memory.peak_estimated_bytes,
            mapped_bytes: ledger.mapped_bytes(),
            budget_bytes: settings.and_then(|s| s.memory_budget_bytes),
            budget_evictions: ledger.resources().iter().map(|r| r.budget_evictions).sum(),
            peak_rss_bytes: memory.latest.map(|sample| sample.peak_rss_bytes),
            baseline_rss_bytes: memory.baseline.map(|sample| sample.rss_bytes),
        }
    }
}

/// What the run took, and what went on beside it.
pub(super) fn section(report: &RunReport<'_>) -> Section {
    let ledger = report.ledger;
    let entry = |label, sentences| Block::entries(Tone::Main, label, sentences);
    let mut blocks = vec![entry("Resources", resources(ledger))];
    let backends = backends(ledger);
    if !backends.is_empty() {
        blocks.push(entry("Backends", backends));
    }
    blocks.push(entry("Cache", cache(report)));
    blocks.push(entry("Memory", memory(&report.memory)));
    let loads = report.loads.as_ref().map(loads);
    let timings = std::iter::once(timings(report)).chain(loads);
    blocks.push(entry("Timings", timings.collect()));
    let warnings = notices(ledger).into_iter().filter(Note::is_warning);
    blocks.extend(warnings.map(Block::Note));
    Section::plain(blocks)
}

fn resources(ledger: &Ledger) -> Vec<String> {
    let all = ledger.resources();
    let (loaded, avoided): (Vec<_>, Vec<_>) = all.iter().partition(|r| r.loads > 0);
    let line = format!(
        "{} of {} loaded: {}",
        loaded.len(),
        all.len(),
        by_kind(&loaded)
    );
    let mut sentences = vec![line.trim_end_matches(": ").to_owned()];
    sentences.extend(prefetch_words(ledger));
    sentences.extend(ledger.tuned.as_ref().map(tuned_words));
    if !avoided.is_empty() {
        let line = format!("{} not loaded: {}", avoided.len(), by_kind(&avoided));
        sentences.push(line);
    }
    sentences
}

/// Count and bytes by kind.
fn by_kind(resources: &[&ResourceRecord]) -> String {
    let mut kinds = BTreeMap::<_, (u64, u64)>::new();
    for resource in resources {
        let (count, sum) = kinds.entry(resource.kind).or_default();
        *count += 1;
        *sum += resource.bytes_or_estimate().unwrap_or(0);
    }
    let kinds = kinds.into_iter().map(|(kind, (count, sum))| {
        let size = if sum > 0 {
            format!(" ({})", bytes(sum))
        } else {
            String::new()
        };
        format!("{count} {}{size}", kind.name())
    });
    kinds.collect::<Vec<_>>().join(", ")
}

/// What ran the loaded models, and why: those that ran alike in one sentence.
fn backends(ledger: &Ledger) -> Vec<String> {
    let mut alike: Vec<(&BackendChoice, Vec<&ResourceName>)> = Vec::new();
    for resource in ledger.resources().iter().filter(|r| r.loads > 0) {
        let Some(backend) = &resource.backend else {
            continue;
        };
        match alike.iter_mut().find(|(choice, _)| *choice == backend) {
            Some((_, names)) => names.push(&resource.name),
            None => alike.push((backend, vec![&resource.name])),
        }
    }
    let sentences = alike.into_iter().map(|(backend, names)| {
        let models = match names.as_slice() {
            [name] => name.to_string(),
            _ => count(names.len() as u64, "model", "models"),
        };
        format!("{models}: {backend}")
    });
    sentences.collect()
}

fn cache(report: &RunReport<'_>) -> Vec<String> {
    let cache = &report.cache;
    let mut asked = format!(
        "{}, {}, {} joined a load",
        count(cache.hits, "hit", "hits"),
        count(cache.misses, "miss", "misses"),
        cache.coalesced
    );
    if let Some(rate) = cache.hit_rate() {
        let saved = seconds(cache.seconds_saved);
        // Where most was asked for only once, no cache could meet the target.
        let best = report.ledger.cache_lookups().best_hit_rate();
        let aim = match best.filter(|best| *best < TARGET_HIT_RATE) {
            Some(best) => format!("at most {}", percent(best)),
            None => format!("target {}", percent(TARGET_HIT_RATE)),
        };
        let rate = percent(rate);
        asked = format!("{asked}; hit rate {rate} ({aim}), {saved} saved");
    }
    let settings = report.ledger.settings.as_ref();
    let (most_entries, most_bytes) = settings.map_or((0, 0), |s| (s.cache_entries, s.cache_bytes));
    let entries = match most_entries {
        usize::MAX => cache.entries.to_string(),
        most => format!("{} of {most}", cache.entries),
    };
    let mut held = format!(
        "{entries} entries, {} of {}; {} evicted, {} refused",
        bytes(cache.bytes),
        bytes(most_bytes),
        cache.evictions,
        cache.refused
    );
    if !cache.miss_reasons.is_empty() {
        let reasons = cache.miss_reasons.iter();
        let reasons: Vec<String> = reasons
            .map(|(reason, count)| format!("{} {count}", reason.replace('_', " ")))
            .collect();
        held = format!("{held}; misses: {}", reasons.join(", "));
    }
    let mut lines = vec![asked, held];
    let tiers = report.ledger.tiers();
    lines.extend(
        tiers
            .iter()
            .map(|(tier, figures)| tier_words(*tier, figures)),
    );
    lines
}

fn memory(memory: &MemoryFigures) -> Vec<String> {
    let mut line = format!("{} in resources (estimated)", bytes(memory.estimated_bytes));
    if memory.mapped_bytes > 0 {
        line = format!("{line}, {} in mapped files", bytes(memory.mapped_bytes));
    }
    if let Some(peak) = memory.peak_rss_bytes {
        line = format!("{line}, process peak {}", bytes(peak));
    }
    if let Some(baseline) = memory.baseline_rss_bytes {
        line = format!("{line}, {} before anything was loaded", bytes(baseline));
    }
    let budget = memory.budget_bytes.map(|budget| {
        format!(
            "budget {}: at most {} of it in use, {} for it",
            bytes(budget),
            bytes(memory.peak_estimated_bytes),
            count(memory.budget_evictions, "eviction", "evictions"),
        )
    });
    std::iter::once(line).chain(budget).collect()
}

fn timings(report: &RunReport<'_>) -> String {
    let total = seconds(report.total_seconds());
    format!("{}, total {total}", timing_words(&report.timings))
}

/// What loading in parallel gained.
fn loads(loads: &LoadTimes) -> String {
    let path: Vec<String> = loads
        .critical_path
        .iter()
        .map(ToString::to_string)
        .collect();
    format!(
        "{} in {}, {} one after another: {:.1}x in parallel, at most {:.1}x; longest chain {} ({})",
        count(loads.loads as u64, "load", "loads"),
        seconds(loads.wall_seconds),
        seconds(loads.sum_seconds),
        loads.speedup(),
        loads.speedup_bound(),
        seconds(loads.critical_path_seconds),
        path.join(" -> ")
    )
}
