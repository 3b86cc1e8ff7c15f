//! `[gates.baseline]`: by how much a run may be worse than the one it is held against.

use crate::settings::{Node, ProblemKind, Problems, Section, Value, nearest};
use crate::vocabulary::{Choice, Correction, Dimension, Sides};

/// The chance with which a model that is worse by the margin may pass.
const LEVEL: f64 = 0.05;
const SETTINGS: [&str; 4] = ["max_flips", "level", "sides", "correction"];
const GATE: &[&str] = &["max_drop", "margin"];

/// By how much a run may be worse than its baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct BaselineGates {
    /// The most rows that may be decided wrongly now and were decided rightly before.
    pub max_flips: Option<u64>,
    /// The chance with which a model that is worse by the margin may pass.
    pub level: f64,
    /// Whether tests look at one side or at both.
    pub sides: Sides,
    /// What is made of the tests being many.
    pub correction: Correction,
    /// Those on metrics.
    pub gates: Vec<BaselineGate>,
}

/// By how much one metric, or several of like names, may be worse.
#[derive(Clone, Debug, PartialEq)]
pub struct BaselineGate {
    /// `dimension.metric`; a `*` stands for any letters.
    pub metric: String,
    /// The most that it may have got worse, whatever chance has in it.
    pub max_drop: Option<f64>,
    /// It must be beyond chance that it is not worse by this much.
    pub margin: Option<f64>,
}

impl Default for BaselineGates {
    fn default() -> Self {
        Self {
            max_flips: None,
            level: LEVEL,
            sides: Sides::default(),
            correction: Correction::default(),
            gates: Vec::new(),
        }
    }
}

impl BaselineGates {
    /// What is gated, as reports name it.
    pub fn names(&self) -> impl Iterator<Item = String> {
        let flips = self.max_flips.map(|_| "baseline.flips".to_owned());
        let gates = self.gates.iter();
        flips
            .into_iter()
            .chain(gates.map(|gate| format!("baseline.{}", gate.metric)))
    }

    pub(super) fn read(node: &Node, problems: &mut Problems) -> Self {
        let section = Section::open_any("gates.baseline", node, problems);
        let mut read = Self {
            max_flips: section.optional("max_flips", problems),
            ..Self::default()
        };
        if let Some(level) = section.optional::<f64>("level", problems) {
            if !(level > 0.0 && level < 0.5) {
                let words = format!("expected a number between 0 and 0.5, found {level}");
                problems.add(node.line, "gates.baseline.level", ProblemKind::Rule(words));
            }
            read.level = level;
        }
        read.sides = section.optional("sides", problems).unwrap_or_default();
        read.correction = section.optional("correction", problems).unwrap_or_default();
        for (key, node) in section.entries() {
            let is_setting = SETTINGS.contains(&key.as_str());
            if !is_setting && is_of_a_dimension(key, node, problems) {
                read.gates_under(key, node, problems);
            }
        }
        read
    }

    /// A metric's name may be one quoted key or, as dotted keys and sub-tables make it, several.
    fn gates_under(&mut self, metric: &str, node: &Node, problems: &mut Problems) {
        let path = format!("gates.baseline.{metric}");
        let is_of_tables = match &node.value {
            Value::Table(inner) => inner
                .iter()
                .any(|(_, node)| matches!(node.value, Value::Table(_))),
            _ => false,
        };
        if is_of_tables {
            let section = Section::open_any(&path, node, problems);
            for (key, node) in section.entries() {
                self.gates_under(&format!("{metric}.{key}"), node, problems);
            }
            return;
        }
        if !matches!(node.value, Value::Table(_)) {
            let kind = ProblemKind::Unexpected {
                expected: "a bound such as { max_drop = 0.01 } or { margin = 0.01 }".to_owned(),
                found: node.describe(),
                near: None,
            };
            problems.add(node.line, path, kind);
            return;
        }
        let section = Section::open(&path, node, GATE, problems);
        let gate = BaselineGate {
            metric: metric.to_owned(),
            max_drop: section.optional("max_drop", problems),
            margin: section.optional("margin", problems),
        };
        let bounds = [gate.max_drop, gate.margin];
        let rule = if section.entries().is_empty() {
            Some("give `max_drop`, `margin` or both, such as { margin = 0.01 }")
        } else if bounds.iter().flatten().any(|bound| *bound < 0.0) {
            Some("by how much it may be worse is a number from 0 on")
        } else {
            None
        };
        if let Some(rule) = rule {
            problems.add(node.line, path, ProblemKind::Rule(rule.to_owned()));
        }
        self.gates.push(gate);
    }
}

fn is_of_a_dimension(key: &str, node: &Node, problems: &mut Problems) -> bool {
    let dimension = key.split('.').next().unwrap_or_default();
    if Dimension::named(dimension).is_some() {
        return true;
    }
    let names = Dimension::ALL.map(Dimension::name);
    let all = || names.into_iter().chain(SETTINGS);
    let kind = ProblemKind::Unexpected {
        expected: format!(
            "a metric that begins with one of {}, or one of {}",
            names.join(", "),
            SETTINGS.join(", ")
        ),
        found: format!("{key:?}"),
        near: nearest(dimension, all()).map(str::to_owned),
    };
    problems.add(node.line, format!("gates.baseline.{key}"), kind);
    false
}
