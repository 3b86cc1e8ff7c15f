//! Auto-tuning: settings by what a session has measured. The cache by the accesses played through it,
//! the strategy by what each would load, the ways of columns and the threads by the loads themselves.

use super::{Enough, Totals, enough_words};
use crate::display::{bytes, percent, seconds};
use crate::event::{EngineSettings, Forecast, Tuning};
use crate::ledger::{Ledger, ResourceRecord};
use crate::vocabulary::{Columns, Dimension, Way};

/// A strategy that takes less than this share less time is not worth another.
const WORTH_A_STRATEGY: f64 = 0.05;
/// Fewer bytes less are not worth another.
const WORTH_BYTES: u64 = 100_000_000;
/// Of what `eager` loads, the share of time that must be needed for it to load next to nothing in vain.
const NEXT_TO_ALL: f64 = 0.95;

/// What is proposed for a session like this one; `enough` is what its cache would need, if anything was
/// asked of it.
pub fn propose(ledger: &Ledger, enough: Option<(&Enough, &Totals)>) -> Option<Tuning> {
    let settings = ledger.settings.as_ref()?;
    let mut tuning = Tuning::default();
    if let Some((enough, totals)) = enough {
        cache(&mut tuning, settings, enough, totals);
    }
    strategy(&mut tuning, settings, ledger);
    threshold(&mut tuning, ledger);
    columns(&mut tuning, settings, ledger);
    threads(&mut tuning, settings, ledger);
    (!tuning.reasons.is_empty()).then_some(tuning)
}

fn cache(tuning: &mut Tuning, settings: &EngineSettings, enough: &Enough, totals: &Totals) {
    let capacity = enough.outcome.capacity;
    tuning.cache_bytes = Some(capacity).filter(|bytes| *bytes != settings.cache_bytes);
    tuning.promise.saved_us = Some(enough.outcome.hit_cost);
    tuning
        .reasons
        .push(format!("cache: {}", enough_words(enough, totals)));
}

/// Of the strategies within the budget whose loads take about the least, the one that holds least, counted
/// in steps that are worth it, and of these the quickest.
fn strategy(tuning: &mut Tuning, settings: &EngineSettings, ledger: &Ledger) {
    let Some(plans) = &ledger.plans else {
        return;
    };
    let budget = settings.memory_budget_bytes.unwrap_or(u64::MAX);
    let fits = |f: &&Forecast| f.problems.is_empty() && f.peak_bytes <= budget;
    let fitting: Vec<&Forecast> = plans.forecasts.iter().filter(fits).collect();
    let least = fitting.iter().map(|f| f.load_seconds);
    let least = least.fold(f64::INFINITY, f64::min);
    let is_quick = |f: &&&Forecast| f.load_seconds <= least * (1.0 + WORTH_A_STRATEGY);
    let by_bytes = |f: &&&Forecast| {
        (
            f.peak_bytes / WORTH_BYTES,
            micros(f),
            f.strategy != settings.strategy,
        )
    };
    let Some(best) = fitting.iter().filter(is_quick).min_by_key(by_bytes) else {
        return;
    };
    let present = plans
        .forecasts
        .iter()
        .find(|f| f.strategy == settings.strategy);
    tuning.promise.load_us = Some(micros(best));
    tuning.promise.peak_bytes = Some(best.peak_bytes);
    tuning.strategy = Some(best.strategy).filter(|one| *one != settings.strategy);
    let told = |f: &Forecast| {
        format!(
            "{} and {} at most",
            seconds(f.load_seconds),
            bytes(f.peak_bytes)
        )
    };
    let beside = present
        .filter(|_| tuning.strategy.is_some())
        .map_or_else(String::new, |f| format!(", {} {}", f.strategy, told(f)));
    tuning.reasons.push(format!(
        "strategy: {} loads for {}{beside}",
        best.strategy,
        told(best)
    ));
}

fn micros(forecast: &Forecast) -> u64 {
    (forecast.load_seconds * 1e6) as u64
}

/// From how many dimensions on loading everything first is next to nothing in vain.
fn threshold(tuning: &mut Tuning, ledger: &Ledger) {
    let took = |resource: &&ResourceRecord| resource.load_seconds.is_some();
    let timed: Vec<&ResourceRecord> = ledger.resources().iter().filter(took).collect();
    let all: f64 = timed.iter().filter_map(|r| r.load_seconds).sum();
    if all <= 0.0 {
        return;
    }
    let used = |selection: usize| {
        let is_needed = |resource: &&&ResourceRecord| {
            let mut needs = resource.needs.iter();
            needs.any(|need| selection & 1 << need.dimension as usize != 0)
        };
        let needed = timed.iter().filter(is_needed);
        needed.filter_map(|r| r.load_seconds).sum::<f64>() / all
    };
    let shares: Vec<f64> = (1..=Dimension::ALL.len())
        .map(|count| {
            let selections = 1..1_usize << Dimension::ALL.len();
            let of_count: Vec<usize> = selections
                .filter(|selection| selection.count_ones() as usize == count)
                .collect();
            let sum: f64 = of_count.iter().map(|selection| used(*selection)).sum();
            sum / of_count.len() as f64
        })
        .collect();
    let from = shares.iter().position(|share| *share >= NEXT_TO_ALL);
    let from = match from {
        Some(place) => format!("from {} dimensions on", place + 1),
        None => "with no number of dimensions".to_owned(),
    };
    tuning.reasons.push(format!(
        "eager or lazy: of the {} that all measured loads take, one dimension needs {} on average and two {}; \
         eager loads next to nothing in vain {from}",
        seconds(all),
        percent(shares[0]),
        percent(shares[1]),
    ));
}

fn columns(tuning: &mut Tuning, settings: &EngineSettings, ledger: &Ledger) {
    let ways: Vec<(&ResourceRecord, Way)> = ledger
        .resources()
        .iter()
        .filter_map(|resource| Some((resource, resource.way?)))
        .collect();
    if ways.is_empty() {
        return;
    }
    tuning.columns = Some(Columns::Auto).filter(|one| *one != settings.columns);
    let told = ways.iter().map(|(resource, way)| {
        let size = resource
            .bytes_or_estimate()
            .map_or_else(String::new, |b| format!(" ({})", bytes(b)));
        format!("{} {way}{size}", resource.name)
    });
    tuning
        .reasons
        .push(format!("columns: {}", told.collect::<Vec<_>>().join(", ")));
}

/// As many lanes as loads could use at once: more than the longest chain leaves room for would idle.
fn threads(tuning: &mut Tuning, settings: &EngineSettings, ledger: &Ledger) {
    let Some(loads) = ledger.load_times() else {
        return;
    };
    let bound = loads.speedup_bound();
    if !bound.is_finite() {
        return;
    }
    // More threads than cores would only wait for each other.
    let cores = ledger.cores.unwrap_or(settings.threads);
    let useful = (bound.ceil() as usize).clamp(1, cores.max(1));
    // Loads share the threads: what a chain cannot use in lanes, a load uses within itself.
    let proposed = settings.threads.max(useful);
    tuning.threads = Some(proposed).filter(|threads| *threads != settings.threads);
    tuning.reasons.push(format!(
        "threads: with {}, loads were {:.1}x as quick as one after another, and with any number {bound:.1}x at \
         most: no more than {} at once are of use, and what one load splits up shares all {proposed}",
        settings.threads,
        loads.speedup(),
        useful.min(proposed),
    ));
}
