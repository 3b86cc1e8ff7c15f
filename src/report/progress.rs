//! One line that says how far a headless run has come.

use crate::display::clean;
use crate::display::layout::fit;
use crate::explain::progress::{Progress, run_left_words};
use crate::ledger::{DimensionState, Ledger, RunRecord};
use crate::vocabulary::Dimension;

/// Where the run stands, in at most `width` columns; empty when no run goes on.
pub fn line(ledger: &Ledger, width: usize) -> String {
    let Some(run) = ledger.active_run() else {
        return elsewhere(ledger, width).unwrap_or_default();
    };
    let mut parts = vec![where_it_stands(ledger, run)];
    parts.extend(load_under_way(ledger));
    let elapsed = ledger.now - run.started_at;
    let left = run_left_words(ledger, ledger.now);
    let left = left.map_or_else(String::new, |words| format!(", {words}"));
    let line = format!("{elapsed:.1} s{left}  {}", parts.join(", "));
    fit(&line, width, "...").into_owned()
}

/// What other machines do before there is anything to run here; none where nobody does.
fn elsewhere(ledger: &Ledger, width: usize) -> Option<String> {
    let (done, of) = ledger.shards_done().filter(|_| ledger.runs.is_empty())?;
    let mut parts = vec![format!("{done}/{of} shards")];
    for worker in &ledger.workers {
        let Some((shard, _)) = worker.shard() else {
            continue;
        };
        let load = worker.spans.iter().rfind(|span| span.ended.is_none());
        let load = load.map_or(String::new(), |span| format!(", {}", clean(&span.name.0)));
        parts.push(format!("worker {} at {shard}{load}", worker.worker));
    }
    let line = format!("{:.1} s  {}", ledger.now, parts.join("; "));
    Some(fit(&line, width, "...").into_owned())
}

fn where_it_stands(ledger: &Ledger, run: &RunRecord) -> String {
    let state = |dimension: &Dimension| ledger.dimension(*dimension).state;
    let running = run.dimensions.iter().position(|d| state(d).is_running());
    let stands = match running {
        None => "setup".to_owned(),
        Some(place) => {
            let dimension = run.dimensions[place];
            let (done, all) = ledger.loads_done(dimension);
            let what = match state(&dimension) {
                DimensionState::Computing => "computing".to_owned(),
                _ => format!("{done}/{all} loads"),
            };
            format!(
                "[{}/{}] {dimension} {what}",
                place + 1,
                run.dimensions.len()
            )
        }
    };
    if run.cancelling {
        format!("cancelling: {stands}")
    } else {
        stands
    }
}

/// The load that began last, with how far it is.
fn load_under_way(ledger: &Ledger) -> Option<String> {
    let span = ledger.spans.iter().rfind(|span| span.ended.is_none())?;
    let name = clean(&span.name.0).into_owned();
    let Some(progress) = Progress::of(ledger.resource(&span.name)?, ledger.now) else {
        return Some(name);
    };
    let Progress { done, total, .. } = progress;
    let share = format!("{name} {}%", done.min(total) * 100 / total);
    Some(match progress.left() {
        Some(left) => format!("{share}, {left}"),
        None => share,
    })
}
