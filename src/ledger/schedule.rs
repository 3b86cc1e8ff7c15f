//! A forecast's loads as rows for people: the many of one group that one dimension asks for are one
//! row.

use crate::display;
use crate::event::{Basis, Forecast};
use crate::vocabulary::Dimension;

/// One load, or all loads of a group.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduleRow {
    /// The resource's name, or the group's.
    pub name: String,
    /// How many loads it stands for.
    pub loads: usize,
    /// The worker lanes, in order.
    pub workers: Vec<usize>,
    /// When the first of them begins.
    pub start: f64,
    /// When the last of them ends.
    pub end: f64,
    /// What they take one after another.
    pub seconds: f64,
    /// The least that is known of any of them.
    pub basis: Basis,
    /// Their bytes, where known.
    pub bytes: u64,
    /// The dimension that asks for them; none before the first dimension.
    pub asked_by: Option<Dimension>,
}

/// The rows of a forecast, by when they begin.
pub fn schedule_rows(forecast: &Forecast) -> Vec<ScheduleRow> {
    let mut rows: Vec<ScheduleRow> = Vec::new();
    for load in &forecast.schedule {
        let name = load.group.clone().unwrap_or_else(|| load.name.to_string());
        let same = |row: &&mut ScheduleRow| row.name == name && row.asked_by == load.asked_by;
        let found = rows.iter_mut().find(same).filter(|_| load.group.is_some());
        if let Some(row) = found {
            row.loads += 1;
            row.workers.push(load.worker);
            row.workers.sort_unstable();
            row.workers.dedup();
            row.end = row.end.max(load.end);
            row.seconds += load.end - load.start;
            row.basis = row.basis.max(load.basis);
            row.bytes += load.bytes.unwrap_or(0);
        } else {
            rows.push(ScheduleRow {
                name,
                loads: 1,
                workers: vec![load.worker],
                start: load.start,
                end: load.end,
                seconds: load.end - load.start,
                basis: load.basis,
                bytes: load.bytes.unwrap_or(0),
                asked_by: load.asked_by,
            });
        }
    }
    rows
}

/// What a forecast avoids, the members of a group told as one, at most so many names. A table
/// that is avoided stands for its columns too.
pub fn avoided_words(forecast: &Forecast, most: usize) -> String {
    let mut told: Vec<(&str, usize)> = Vec::new();
    let is_table = |name: &str| {
        forecast
            .avoids
            .iter()
            .any(|avoided| &*avoided.name.0 == name)
    };
    for avoided in &forecast.avoids {
        let name = avoided.group.as_deref().unwrap_or(&avoided.name.0);
        match told.iter_mut().find(|(known, _)| *known == name) {
            Some((_, times)) => *times += 1,
            None => told.push((name, 1)),
        }
    }
    let words = told.iter().take(most).map(|(name, times)| match times {
        1 => (*name).to_owned(),
        _ if is_table(name) => (*name).to_owned(),
        times => format!("{times} {name}"),
    });
    let mut words = words.collect::<Vec<_>>().join(", ");
    let more: usize = told.iter().skip(most).map(|(_, times)| times).sum();
    if more > 0 {
        words = format!("{words} and {more} more");
    }
    words
}

/// The longest chain of a forecast's loads, and where times are known what it says of parallel
/// loading; none where nothing is loaded.
pub fn longest_chain_words(forecast: &Forecast, arrow: &str) -> Option<String> {
    let path = forecast.critical_path.iter().map(ToString::to_string);
    let path = path.collect::<Vec<_>>().join(&format!(" {arrow} "));
    let took = match forecast.speedup_bound() {
        Some(bound) if forecast.basis != Basis::Unknown => format!(
            " ({} of {}: at most {bound:.1}x faster in parallel)",
            estimated_seconds(forecast.critical_path_seconds, forecast.basis),
            estimated_seconds(forecast.load_seconds_sum, forecast.basis),
        ),
        _ => String::new(),
    };
    (!path.is_empty()).then(|| format!("{path}{took}"))
}

/// A time of a forecast for people: a guess is marked, and what rests on nothing is not shown.
pub fn estimated_seconds(time: f64, basis: Basis) -> String {
    match basis {
        Basis::Measured => display::seconds(time),
        Basis::Guessed => format!("~{}", display::seconds(time)),
        Basis::Unknown => "unknown".to_owned(),
    }
}
