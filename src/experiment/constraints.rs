//! `[constraints]`: what the model's score must keep to, for every row that there could be.

use super::Gate;

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
