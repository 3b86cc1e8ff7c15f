//! A forecast's loads as rows for people: the many of one group that one dimension asks for are one
//! row.

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
