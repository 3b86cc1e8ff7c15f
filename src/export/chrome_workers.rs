//! Workers on other machines in the trace event format: a process each, with a lane for its shards and
//! one for each of its own lanes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::event::EventKind;
use crate::vocabulary::{Lookup, ResourceName, Shard, TierLookup, Worker};

/// The process of the first worker is the one after it.
const PROCESSES: u32 = 1;
/// The lane of a worker's shards.
const SHARDS: usize = 0;

#[derive(Default)]
pub(super) struct Workers(BTreeMap<Worker, AtWork>);

#[derive(Default)]
struct AtWork {
    shard: Option<(Shard, f64)>,
    loading: BTreeMap<ResourceName, (usize, f64)>,
    /// Lanes in use, with their names.
    lanes: BTreeMap<usize, String>,
}

impl Workers {
    /// `now` is in microseconds since the session began, as all times here.
    pub(super) fn apply(&mut self, now: f64, kind: &EventKind, rows: &mut Vec<Value>) {
        match kind {
            EventKind::ShardStarted { shard, worker } => {
                self.at(worker).shard = Some((*shard, now));
            }
            EventKind::ShardTold {
                worker,
                since,
                said,
                ..
            } => {
                let at = self.at(worker);
                let began = at.shard.map_or(now, |(_, began)| began);
                at.told(worker, (began + since * 1e6).min(now), said, rows);
            }
            EventKind::ShardEnded { worker, end, .. } => {
                self.at(worker).end(worker, now, end.name(), rows);
            }
            _ => {}
        }
    }

    fn at(&mut self, worker: &Worker) -> &mut AtWork {
        self.0.entry(worker.clone()).or_default()
    }

    pub(super) fn finish(&mut self, now: f64, rows: &mut Vec<Value>) {
        for (worker, at) in &mut self.0 {
            at.end(worker, now, "under way", rows);
            let name = format!("worker {worker}");
            rows.push(named("process_name", worker, SHARDS, &name));
            for (lane, name) in &at.lanes {
                rows.push(named("thread_name", worker, *lane, name));
            }
        }
    }
}

impl AtWork {
    fn lane(&mut self, lane: usize, name: impl FnOnce() -> String) -> usize {
        self.lanes.entry(lane).or_insert_with(name);
        lane
    }

    fn told(&mut self, worker: &Worker, t: f64, said: &EventKind, rows: &mut Vec<Value>) {
        let shards = self.lane(SHARDS, || "shards".to_owned());
        let machine = &*worker.machine;
        match said {
            EventKind::LoadStarted { name, worker } => {
                let lane = self.lane(worker + 1, || format!("worker {worker}"));
                self.loading.insert(name.clone(), (lane, t));
            }
            EventKind::LoadFinished { name, bytes, .. } => {
                let args = json!({ "how": "loaded", "bytes": bytes, "machine": machine });
                self.loaded(worker, name, t, &args, rows);
            }
            EventKind::LoadFailed { name, .. } | EventKind::LoadCancelled { name, .. } => {
                let args = json!({ "how": "not loaded", "machine": machine });
                self.loaded(worker, name, t, &args, rows);
            }
            EventKind::Requested { name, lookup, .. } => {
                let (found, reason) = match lookup {
                    Lookup::Hit { .. } => ("hit", ""),
                    Lookup::Coalesced => ("joined", ""),
                    Lookup::Miss(reason) => ("miss", reason.name()),
                };
                let args = json!({ "machine": machine, "in": "memory", "reason": reason });
                rows.push(moment(worker, shards, t, &format!("{found} {name}"), &args));
            }
            EventKind::TierAsked {
                name, tier, lookup, ..
            } => {
                let (found, reason) = match lookup {
                    TierLookup::Hit { .. } => ("hit", ""),
                    TierLookup::Miss(reason) => ("miss", reason.name()),
                };
                let args = json!({ "machine": machine, "in": tier.name(), "reason": reason });
                rows.push(moment(worker, shards, t, &format!("{found} {name}"), &args));
            }
            _ => {}
        }
    }

    fn loaded(
        &mut self,
        worker: &Worker,
        name: &ResourceName,
        t: f64,
        args: &Value,
        rows: &mut Vec<Value>,
    ) {
        if let Some((lane, since)) = self.loading.remove(name) {
            rows.push(slice(worker, lane, (since, t), &name.0, args));
        }
    }

    fn end(&mut self, worker: &Worker, t: f64, how: &str, rows: &mut Vec<Value>) {
        let args = json!({ "how": how, "machine": &*worker.machine });
        for (name, (lane, since)) in std::mem::take(&mut self.loading) {
            rows.push(slice(worker, lane, (since, t), &name.0, &args));
        }
        if let Some((shard, since)) = self.shard.take() {
            let lane = self.lane(SHARDS, || "shards".to_owned());
            rows.push(slice(
                worker,
                lane,
                (since, t),
                &format!("shard {shard}"),
                &args,
            ));
        }
    }
}

fn slice(worker: &Worker, lane: usize, (since, t): (f64, f64), name: &str, args: &Value) -> Value {
    json!({
        "name": name, "ph": "X", "pid": PROCESSES + worker.number, "tid": lane,
        "ts": since, "dur": (t - since).max(0.0), "args": args,
    })
}

fn moment(worker: &Worker, lane: usize, t: f64, name: &str, args: &Value) -> Value {
    json!({
        "name": name, "ph": "i", "s": "t", "pid": PROCESSES + worker.number, "tid": lane, "ts": t,
        "args": args,
    })
}

fn named(what: &str, worker: &Worker, lane: usize, name: &str) -> Value {
    json!({
        "name": what, "ph": "M", "pid": PROCESSES + worker.number, "tid": lane,
        "args": { "name": name },
    })
}
