//! `[constraints]`: what the model's score must keep to, for every row that there could be.

use super::Gate;
use crate::settings::{Node, ProblemKind, Problems, Section, Value, nearest};

/// Keys of bounds.
const BOUNDS: &[&str] = &["min", "max", "sign"];

/// What the model must keep to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Constraints {
    /// Features in which the score must be monotone, in the order given.
    pub monotone: Vec<Trend>,
    /// What the score must lie between.
    pub output: Option<Bounds>,
}

/// How the score must change as a feature grows and all others stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trend {
    /// The feature's column.
    pub feature: String,
    /// Never fall; else never rise.
    pub rises: bool,
}

impl Trend {
    /// As it is written.
    pub fn word(&self) -> &'static str {
        if self.rises {
            "increasing"
        } else {
            "decreasing"
        }
    }
}

/// Bounds of the score; at least one is there.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bounds {
    /// The least that it may be.
    pub min: Option<f64>,
    /// The most that it may be.
    pub max: Option<f64>,
    /// Its sign.
    pub sign: Option<Sign>,
}

/// A sign that the score must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// Above 0.
    Positive,
    /// Not below 0.
    NonNegative,
    /// Below 0.
    Negative,
    /// Not above 0.
    NonPositive,
}

impl Sign {
    /// All, as they are written.
    pub const ALL: [(&'static str, Self); 4] = [
        ("positive", Self::Positive),
        ("non-negative", Self::NonNegative),
        ("negative", Self::Negative),
        ("non-positive", Self::NonPositive),
    ];

    /// As it is written.
    pub fn word(self) -> &'static str {
        let known = Self::ALL.iter().find(|(_, sign)| *sign == self);
        known.map_or("", |(word, _)| word)
    }

    fn holds(self, score: f64) -> bool {
        match self {
            Self::Positive => score > 0.0,
            Self::NonNegative => score >= 0.0,
            Self::Negative => score < 0.0,
            Self::NonPositive => score <= 0.0,
        }
    }
}

impl Bounds {
    fn read(node: &Node, problems: &mut Problems) -> Self {
        let key = format!("constraints.{OUTPUT}");
        let section = Section::open(&key, node, BOUNDS, problems);
        let min: Option<f64> = section.optional("min", problems);
        let max: Option<f64> = section.optional("max", problems);
        let word: Option<String> = section.optional("sign", problems);
        let sign = word.as_ref().and_then(|word| {
            let known = Sign::ALL.iter().find(|(name, _)| name == word);
            known.map(|(_, sign)| *sign)
        });
        let rule = match (min, max) {
            (Some(min), Some(max)) if min > max => {
                Some("min is above max: nothing can keep to it".to_owned())
            }
            (None, None) if word.is_none() => {
                Some("give `min`, `max` or `sign`, such as { min = 0.0 }".to_owned())
            }
            _ if word.is_some() && sign.is_none() => {
                let words = Sign::ALL.map(|(word, _)| word).join(", ");
                Some(format!("`sign` is one of {words}"))
            }
            _ => None,
        };
        if let Some(rule) = rule {
            problems.add(node.line, key, ProblemKind::Rule(rule));
        }
        Self { min, max, sign }
    }

    /// Does a score keep to them? What is not a number does not.
    pub fn hold(&self, score: f64) -> bool {
        self.min.is_none_or(|min| score >= min)
            && self.max.is_none_or(|max| score <= max)
            && self.sign.is_none_or(|sign| sign.holds(score))
            && !score.is_nan()
    }

    /// In words.
    pub fn words(&self) -> String {
        let min = self.min.map(|min| format!("at least {min}"));
        let max = self.max.map(|max| format!("at most {max}"));
        let sign = self.sign.map(|sign| sign.word().to_owned());
        let all: Vec<String> = [min, max, sign].into_iter().flatten().collect();
        all.join(", ")
    }
}

/// What bounds of the score are called among features.
pub const OUTPUT: &str = "output";

impl Constraints {
    /// Reads `[constraints]`.
    pub(super) fn read(root: &Section<'_>, problems: &mut Problems) -> Self {
        let mut constraints = Self::default();
        let Some(node) = root.node("constraints") else {
            return constraints;
        };
        let section = Section::open_any("constraints", node, problems);
        for (name, node) in section.entries() {
            if name == OUTPUT {
                constraints.output = Some(Bounds::read(node, problems));
                continue;
            }
            let rises = match &node.value {
                Value::Text(word) if word == "increasing" => true,
                Value::Text(word) if word == "decreasing" => false,
                _ => {
                    let near = match &node.value {
                        Value::Text(word) => {
                            nearest(word, ["increasing", "decreasing"].into_iter())
                        }
                        _ => None,
                    };
                    let kind = ProblemKind::Unexpected {
                        expected: "\"increasing\" or \"decreasing\"".to_owned(),
                        found: node.describe(),
                        near: near.map(str::to_owned),
                    };
                    problems.add(node.line, format!("constraints.{name}"), kind);
                    continue;
                }
            };
            constraints.monotone.push(Trend {
                feature: name.clone(),
                rises,
            });
        }
        constraints
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.monotone.is_empty() && self.output.is_none()
    }

    /// Every constraint in a line.
    pub fn lines(&self) -> Vec<String> {
        let trends = self.monotone.iter();
        let trends = trends.map(|trend| format!("{} {}", trend.feature, trend.word()));
        let output = self
            .output
            .iter()
            .map(|bounds| format!("{OUTPUT} {}", bounds.words()));
        trends.chain(output).collect()
    }

    /// A constraint that is violated fails a run as a gate does: its verdict must be 0 (neither shown) or
    /// 1 (proven), and not -1.
    pub(super) fn gates(&self) -> impl Iterator<Item = Gate> {
        let features = self.monotone.iter().map(|trend| trend.feature.as_str());
        let output = self.output.map(|_| OUTPUT);
        features.chain(output).map(|name| Gate {
            metric: format!("robustness.constraints.{name}.verdict"),
            min: Some(0.0),
            max: None,
        })
    }
}
