//! The trace event format that Perfetto and `chrome://tracing` open: a lane a worker and a dimension,
//! an arrow from each miss to its load and on to the dimension that computes with it, and counters.
//! Each worker of a run on several machines is a process of its own, named by its machine.
//! The format: <https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU>.

use std::collections::HashMap;
use std::ops::Deref;

use serde_json::{Value, json};

use super::chrome_workers::Workers;
use crate::event::{Event, EventKind};
use crate::vocabulary::{Dimension, Lookup, Owner, ResourceName};

/// The one process of a session.
const PROCESS: u32 = 1;
/// The lane of what concerns the session as a whole.
const SESSION: u32 = 0;
/// The lane of the first dimension; workers are before it.
const DIMENSIONS: u32 = 1_000;

/// The events as one JSON object. Times are microseconds since the session began.
pub fn chrome<E: Deref<Target = Event>>(events: impl IntoIterator<Item = E>) -> Value {
    let mut lanes = Lanes::default();
    for event in events {
        lanes.apply(event.t * 1e6, &event.kind);
    }
    lanes.finish()
}

#[derive(Default)]
struct Lanes {
    rows: Vec<Value>,
    now: f64,
    /// Lanes in use, with their names.
    names: HashMap<u32, String>,
    loading: HashMap<ResourceName, (u32, f64)>,
    dimensions: HashMap<Dimension, f64>,
    /// What each dimension waits for: flows that end when it computes.
    awaited: HashMap<Dimension, Vec<u64>>,
    /// Misses whose load has not begun.
    missed: HashMap<ResourceName, Vec<u64>>,
    flows: u64,
    resident: HashMap<ResourceName, u64>,
    workers: Workers,
}

impl Lanes {
    fn apply(&mut self, now: f64, kind: &EventKind) {
        self.now = now;
        match kind {
            EventKind::SessionOpened { experiment, .. } => {
                let name = experiment.name.clone();
                self.rows.push(named("process_name", SESSION, &name));
            }
            EventKind::RunStarted { run, .. } => self.mark(&format!("run {run} started")),
            EventKind::RunFinished { run, .. } => self.mark(&format!("run {run} ended")),
            EventKind::CommandGiven { command } => {
                self.mark_with("command", &json!({ "command": command }));
            }
            EventKind::Noted(note) => self.mark(&note.text),
            EventKind::ContentChanged { name, .. } => self.mark(&format!("{name} changed")),
            EventKind::CacheEvicted { name, .. } => self.mark(&format!("{name} evicted")),
            EventKind::DimensionStarted { dimension, .. } => {
                self.dimensions.insert(*dimension, now);
            }
            EventKind::DimensionComputing { dimension, .. } => self.compute(*dimension),
            EventKind::DimensionFinished { dimension, .. } => {
                if let Some(since) = self.dimensions.remove(dimension) {
                    let lane = self.lane_of(*dimension);
                    self.slice("compute", lane, since, &json!({}));
                }
            }
            EventKind::Requested {
                name,
                by,
                lookup: Lookup::Miss(reason),
                ..
            } => self.miss(name, by, reason.name()),
            EventKind::LoadStarted { name, worker } => self.begin_load(name, *worker),
            EventKind::LoadFinished { name, bytes, .. } => {
                self.end_load(name, "loaded", *bytes);
                self.count(name, *bytes);
            }
            EventKind::LoadFailed { name, .. } => self.end_load(name, "failed", 0),
            EventKind::LoadCancelled { name, .. } => self.end_load(name, "cancelled", 0),
            EventKind::Packed { name, bytes, .. } => self.count(name, *bytes),
            EventKind::Released { name, .. } => self.count(name, 0),
            EventKind::MemorySampled(sample) => {
                self.counter("process memory (bytes)", sample.rss_bytes);
            }
            EventKind::ShardStarted { .. }
            | EventKind::ShardTold { .. }
            | EventKind::ShardEnded { .. } => self.workers.apply(now, kind, &mut self.rows),
            _ => {}
        }
    }

    fn lane(&mut self, lane: u32, name: impl FnOnce() -> String) -> u32 {
        self.names.entry(lane).or_insert_with(name);
        lane
    }

    fn lane_of(&mut self, dimension: Dimension) -> u32 {
        let place = Dimension::ALL.iter().position(|d| *d == dimension);
        let lane = DIMENSIONS + place.unwrap_or(0) as u32;
        self.lane(lane, || dimension.name().to_owned())
    }

    /// A bar from `since` to now.
    fn slice(&mut self, name: &str, lane: u32, since: f64, args: &Value) {
        let duration = (self.now - since).max(0.0);
        self.rows.push(json!({
            "name": name, "ph": "X", "pid": PROCESS, "tid": lane,
            "ts": since, "dur": duration, "args": args,
        }));
    }

    /// A moment of the session.
    fn mark(&mut self, name: &str) {
        self.mark_with(name, &json!({}));
    }

    fn mark_with(&mut self, name: &str, args: &Value) {
        let lane = self.lane(SESSION, || "session".to_owned());
        self.rows.push(json!({
            "name": name, "ph": "i", "s": "p", "pid": PROCESS, "tid": lane, "ts": self.now,
            "args": args,
        }));
    }

    fn counter(&mut self, name: &str, value: u64) {
        self.rows.push(json!({
            "name": name, "ph": "C", "pid": PROCESS, "ts": self.now, "args": { "bytes": value },
        }));
    }

    fn count(&mut self, name: &ResourceName, bytes: u64) {
        if bytes == 0 {
            self.resident.remove(name);
        } else {
            self.resident.insert(name.clone(), bytes);
        }
        let sum = self.resident.values().sum();
        self.counter("resident resources (bytes)", sum);
    }

    /// One end of an arrow: `s` where it begins, `t` where it passes, `f` where it ends.
    fn flow(&mut self, phase: &str, flow: u64, lane: u32) {
        let mut row = json!({
            "name": "needed", "cat": "load", "ph": phase, "id": flow,
            "pid": PROCESS, "tid": lane, "ts": self.now,
        });
        if phase == "f" {
            row["bp"] = json!("e");
        }
        self.rows.push(row);
    }

    fn miss(&mut self, name: &ResourceName, by: &Owner, reason: &str) {
        let Owner::Client { client } = by else {
            return;
        };
        let Some(dimension) = client.dimension() else {
            return;
        };
        let lane = self.lane_of(dimension);
        self.slice(
            &format!("miss {name}"),
            lane,
            self.now,
            &json!({ "reason": reason }),
        );
        self.flows += 1;
        self.flow("s", self.flows, lane);
        self.missed
            .entry(name.clone())
            .or_default()
            .push(self.flows);
        self.awaited.entry(dimension).or_default().push(self.flows);
    }

    fn begin_load(&mut self, name: &ResourceName, worker: usize) {
        let lane = self.lane(worker as u32 + 1, || format!("worker {worker}"));
        self.loading.insert(name.clone(), (lane, self.now));
        for flow in self.missed.remove(name).unwrap_or_default() {
            self.flow("t", flow, lane);
        }
    }

    fn end_load(&mut self, name: &ResourceName, how: &str, bytes: u64) {
        if let Some((lane, since)) = self.loading.remove(name) {
            let args = json!({ "how": how, "bytes": bytes });
            self.slice(&name.0, lane, since, &args);
        }
    }

    fn compute(&mut self, dimension: Dimension) {
        let lane = self.lane_of(dimension);
        if let Some(since) = self.dimensions.insert(dimension, self.now) {
            self.slice("wait for resources", lane, since, &json!({}));
        }
        for flow in self.awaited.remove(&dimension).unwrap_or_default() {
            self.flow("f", flow, lane);
        }
    }

    fn finish(mut self) -> Value {
        // What was under way when the recording ended is shown up to there.
        for (name, (lane, since)) in std::mem::take(&mut self.loading) {
            self.slice(&name.0, lane, since, &json!({ "how": "under way" }));
        }
        for (dimension, since) in std::mem::take(&mut self.dimensions) {
            let lane = self.lane_of(dimension);
            self.slice("under way", lane, since, &json!({}));
        }
        self.workers.finish(self.now, &mut self.rows);
        let mut lanes: Vec<_> = self.names.into_iter().collect();
        lanes.sort_unstable();
        for (lane, name) in lanes {
            self.rows.push(named("thread_name", lane, &name));
        }
        json!({ "displayTimeUnit": "ms", "traceEvents": self.rows })
    }
}

fn named(what: &str, lane: u32, name: &str) -> Value {
    json!({ "name": what, "ph": "M", "pid": PROCESS, "tid": lane, "args": { "name": name } })
}
