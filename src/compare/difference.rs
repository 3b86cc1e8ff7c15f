//! The differences themselves.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::side::{Resource, Side};
use crate::explain::differences::deepest_changes;

/// All that is different, and how much is the same.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Comparison {
    /// Dimensions that ended otherwise, or are in one of the two only.
    pub dimensions: Vec<StatusChange>,
    /// Gates that are decided otherwise.
    pub gates: Vec<GateChange>,
    /// Metrics with another value, dimension by dimension, the largest relative difference first.
    pub metrics: Vec<MetricChange>,
    /// Metrics with the same value, bit for bit.
    pub same_metrics: usize,
    /// Resources that are not the same, in the order of the second run.
    pub resources: Vec<ResourceChange>,
    /// Resources of the same content.
    pub same_resources: usize,
    /// Seconds of each run, from its process start.
    pub total_seconds: [Option<f64>; 2],
    /// The most memory that each process took.
    pub peak_rss_bytes: [Option<u64>; 2],
}

/// A dimension that ended otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StatusChange {
    /// Which one.
    pub dimension: String,
    /// How it ended in each; none where it did not run.
    pub status: [Option<String>; 2],
}

/// A gate that is decided otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GateChange {
    /// `dimension.metric`.
    pub gate: String,
    /// Did it hold? None where it was not judged.
    pub passed: [Option<bool>; 2],
}

/// A metric with another value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MetricChange {
    /// Of which dimension.
    pub dimension: String,
    /// Which one.
    pub metric: String,
    /// Its values; none where it is not defined.
    pub values: [Option<f64>; 2],
}

impl MetricChange {
    /// The second value less the first, where both are defined.
    pub fn delta(&self) -> Option<f64> {
        let [before, after] = self.values;
        Some(after? - before?)
    }

    /// The difference as a share of the larger value: 1 where one is not defined.
    fn relative(&self) -> f64 {
        let [Some(before), Some(after)] = self.values else {
            return 1.0;
        };
        let size = before.abs().max(after.abs());
        if size > 0.0 {
            (after - before).abs() / size
        } else {
            0.0
        }
    }
}

/// A resource that is not the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResourceChange {
    /// Which one.
    pub resource: String,
    /// In which way.
    pub change: Change,
    /// Of what it is made from, what is itself different and not for the sake of another; empty where
    /// that is the resource itself, or a parameter of it.
    pub because: Vec<String>,
}

/// What became of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It has another content.
    Changed,
    /// Only the second run made it.
    New,
    /// Only the first run made it.
    Gone,
}

type Made<'s> = BTreeMap<&'s str, (&'s str, &'s Resource)>;

impl Comparison {
    /// Of a run and a later one.
    pub fn of(before: &Side, after: &Side) -> Self {
        let mut found = Self {
            total_seconds: [before, after].map(|side| side.timings.total_seconds),
            peak_rss_bytes: [before, after].map(|side| side.memory.peak_rss_bytes),
            ..Self::default()
        };
        found.compare_dimensions(before, after);
        found.compare_gates(before, after);
        found.compare_resources(before, after);
        found
    }

    /// Is nothing different but times and memory?
    pub fn is_same(&self) -> bool {
        let Self {
            dimensions,
            gates,
            metrics,
            resources,
            ..
        } = self;
        dimensions.is_empty() && gates.is_empty() && metrics.is_empty() && resources.is_empty()
    }

    fn compare_dimensions(&mut self, before: &Side, after: &Side) {
        let names: BTreeSet<&String> = [before, after]
            .into_iter()
            .flat_map(|side| side.dimensions.keys())
            .collect();
        for name in names {
            let both = [before, after].map(|side| side.dimensions.get(name));
            let status = both.map(|dimension| dimension.map(|d| d.status.clone()));
            if status[0] != status[1] {
                self.dimensions.push(StatusChange {
                    dimension: name.clone(),
                    status,
                });
            }
            let [Some(first), Some(second)] = both else {
                continue;
            };
            let metrics: BTreeSet<&String> =
                first.metrics.keys().chain(second.metrics.keys()).collect();
            let begun = self.metrics.len();
            for metric in metrics {
                let value =
                    |side: &BTreeMap<String, Option<f64>>| side.get(metric).copied().flatten();
                let values = [value(&first.metrics), value(&second.metrics)];
                if values[0].map(f64::to_bits) == values[1].map(f64::to_bits) {
                    self.same_metrics += 1;
                } else {
                    self.metrics.push(MetricChange {
                        dimension: name.clone(),
                        metric: metric.clone(),
                        values,
                    });
                }
            }
            let largest_first =
                |a: &MetricChange, b: &MetricChange| b.relative().total_cmp(&a.relative());
            self.metrics[begun..].sort_by(largest_first);
        }
    }

    fn compare_gates(&mut self, before: &Side, after: &Side) {
        let judged = |side: &Side| -> BTreeMap<String, bool> {
            let gates = side.gates.iter();
            gates
                .map(|gate| (gate.metric.clone(), gate.passed))
                .collect()
        };
        let (before, after) = (judged(before), judged(after));
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let changes = names.into_iter().map(|gate| GateChange {
            gate: gate.clone(),
            passed: [before.get(gate).copied(), after.get(gate).copied()],
        });
        self.gates = changes.filter(|c| c.passed[0] != c.passed[1]).collect();
    }

    fn compare_resources(&mut self, before: &Side, after: &Side) {
        let (old, new) = (made(before), made(after));
        for resource in &after.resources {
            let key = resource.key.as_str();
            let change = match (old.get(key), new.get(key)) {
                (_, None) => continue,
                (None, Some(_)) => Change::New,
                (Some((was, _)), Some((is, _))) if was == is => {
                    self.same_resources += 1;
                    continue;
                }
                (Some(_), Some(_)) => Change::Changed,
            };
            let because = match change {
                Change::Changed => because(resource, &old, &new),
                _ => Vec::new(),
            };
            self.resources.push(ResourceChange {
                resource: key.to_owned(),
                change,
                because,
            });
        }
        for resource in &before.resources {
            let key = resource.key.as_str();
            if old.contains_key(key) && !new.contains_key(key) {
                self.resources.push(ResourceChange {
                    resource: key.to_owned(),
                    change: Change::Gone,
                    because: Vec::new(),
                });
            }
        }
    }
}

/// The resources of a run that have a content, with it.
fn made(side: &Side) -> Made<'_> {
    let resources = side.resources.iter();
    resources
        .filter_map(|r| Some((r.key.as_str(), (r.content()?, r))))
        .collect()
}

/// The deepest inputs that are different.
fn because(resource: &Resource, old: &Made<'_>, new: &Made<'_>) -> Vec<String> {
    let is_other = |key: &str| {
        let contents = (old.get(key), new.get(key));
        matches!(contents, (Some((was, _)), Some((is, _))) if was != is)
    };
    let inputs_of = |key: &str| {
        new.get(key)
            .map_or_else(Vec::new, |(_, r)| r.inputs.clone())
    };
    deepest_changes(resource.inputs.clone(), is_other, inputs_of)
}
