//! The variants as columns of numbers and categories.

use crate::display;
use crate::experiment::{ParameterValue, Sweep};
use crate::metrics::axis::Axis;

/// A parameter over the variants whose score is defined.
pub(super) struct Parameter<'a> {
    pub(super) name: &'a str,
    pub(super) axis: Axis,
    /// One a variant: a number, or a code into `categories`.
    pub(super) values: Vec<f64>,
    /// Names of the categories; empty for numbers.
    pub(super) categories: Vec<String>,
}

impl Parameter<'_> {
    /// A value as people read it.
    pub(super) fn words(&self, value: f64) -> String {
        let category = self.categories.get(value as usize);
        category.map_or_else(|| number(value), Clone::clone)
    }

    /// Its distinct values, in order.
    pub(super) fn distinct(&self) -> Vec<f64> {
        let mut distinct = self.values.clone();
        distinct.sort_unstable_by(f64::total_cmp);
        distinct.dedup();
        distinct
    }
}

/// The variants whose score is defined.
pub(super) struct Settings<'a> {
    pub(super) names: Vec<&'a str>,
    pub(super) parameters: Vec<Parameter<'a>>,
    pub(super) scores: Vec<f64>,
    /// Variants without a score.
    pub(super) without_score: usize,
}

impl<'a> Settings<'a> {
    pub(super) fn of(sweep: &'a Sweep, scores: &[Option<f64>]) -> Self {
        let scored = sweep.variants.iter().zip(scores);
        let scored: Vec<_> = scored
            .filter_map(|(variant, score)| Some((variant, (*score)?)))
            .collect();
        let first = sweep.variants.first();
        let names = first.map_or(&[][..], |variant| &variant.parameters);
        let parameters = names.iter().enumerate().map(|(place, (name, _))| {
            let values: Vec<&ParameterValue> = scored
                .iter()
                .map(|(variant, _)| &variant.parameters[place].1)
                .collect();
            parameter(name, &values)
        });
        Self {
            names: scored.iter().map(|(v, _)| v.name.as_str()).collect(),
            parameters: parameters.collect(),
            scores: scored.iter().map(|(_, score)| *score).collect(),
            without_score: scores.len() - scored.len(),
        }
    }
}

fn parameter<'a>(name: &'a str, values: &[&ParameterValue]) -> Parameter<'a> {
    let numbers = values.iter().map(|value| match value {
        ParameterValue::Number(number) => Some(*number),
        ParameterValue::Text(_) | ParameterValue::Flag(_) => None,
    });
    let numbers: Option<Vec<f64>> = numbers.collect();
    if let Some((values, axis)) = numbers.and_then(|n| Some((n.clone(), Axis::of_numbers(&n)?))) {
        return Parameter {
            name,
            axis,
            values,
            categories: Vec::new(),
        };
    }
    let words: Vec<String> = values.iter().map(|value| words(value)).collect();
    let mut categories = words.clone();
    categories.sort();
    categories.dedup();
    let code = |word: &String| categories.partition_point(|category| category < word) as f64;
    Parameter {
        name,
        axis: Axis::Categories(categories.len()),
        values: words.iter().map(code).collect(),
        categories,
    }
}

/// A parameter's value as people read it.
pub(super) fn words(value: &ParameterValue) -> String {
    match value {
        ParameterValue::Number(value) => number(*value),
        ParameterValue::Text(word) => display::clean(word).into_owned(),
        ParameterValue::Flag(flag) => flag.to_string(),
    }
}

/// Four digits that count, or a power of ten for what is very small or very large.
pub(super) fn number(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 || (value.fract() == 0.0 && size < 1e9) {
        return format!("{value}");
    }
    if !(1e-3..1e6).contains(&size) {
        return format!("{value:.2e}");
    }
    let decimals = (3 - size.log10().floor() as i32).max(0) as usize;
    let digits = format!("{value:.decimals$}");
    if decimals == 0 {
        return digits;
    }
    digits
        .trim_end_matches('0')
        .trim_end_matches('.')
        .to_owned()
}
