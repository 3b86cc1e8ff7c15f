//! The worst slices: rows of like features in which the model errs most.

use super::by_column::{ColumnSource, in_words};
use super::outcome::Outcome;
use super::table::{Column, MISSING, NumberKind, Table, number_text};
use crate::display;
use crate::engine::{CancelToken, LoadError};
use crate::metrics::drift::NumericSample;
use crate::metrics::slice_line::{
    Binned, Found, Predicate, SCOPE, Search, Slice, bin_numbers, least_rows,
};
use crate::vocabulary::Problem;

/// A feature with more categories is not looked at.
const MOST_CATEGORIES: usize = u16::MAX as usize;

/// Features that are looked at side by side, at most: each takes memory of its own.
pub(super) const MOST_WORKERS: usize = 4;

/// How a missing value is called.
const MISSING_NAME: &str = "?";

/// The slices in which a model errs most.
#[derive(Clone, Debug, PartialEq)]
pub struct WorstSlices {
    /// Their names, in the order of [`Found::slices`].
    pub names: Vec<String>,
    /// What was found; none where an error is no number.
    pub found: Option<Found>,
    /// Features that were not looked at, since they have too many categories.
    pub unseen: Vec<String>,
}

impl WorstSlices {
    /// Looks for them by the features: wrong decisions of classes, absolute errors of numbers.
    pub(super) fn find(
        source: &ColumnSource,
        features: &[String],
        errors: Vec<f64>,
        cancel: &CancelToken,
    ) -> Result<Self, LoadError> {
        let mut named: Vec<Vec<String>> = vec![Vec::new(); features.len()];
        let mut unseen = Vec::new();
        let Some(mut search) = Search::new(errors, SCOPE) else {
            return Ok(Self {
                names: Vec::new(),
                found: None,
                unseen,
            });
        };
        // Of each, the bins of its rows are there until its slices are made: few at a time.
        let workers = rayon::current_num_threads().min(MOST_WORKERS);
        let places: Vec<usize> = (0..features.len()).collect();
        for (places, names) in places.chunks(workers).zip(features.chunks(workers)) {
            let looked = source.each_then(
                names,
                cancel,
                |_, column| Ok(bins(column)),
                |name, bins| {
                    let place = features.iter().position(|feature| feature == name);
                    let slices = bins.zip(place);
                    Ok(slices.map(|((binned, names), place)| (search.look(place, &binned), names)))
                },
            )?;
            for (place, looked) in places.iter().zip(looked) {
                match looked {
                    Some((basics, names)) => {
                        search.add(basics);
                        named[*place] = names;
                    }
                    None => unseen.push(features[*place].clone()),
                }
            }
        }
        let found = search.finish(|| cancel.check())?;
        let name = |slice: &Slice| {
            let parts = slice.predicates.iter().map(|(feature, code)| {
                part(&features[*feature], &named[*feature][usize::from(*code)])
            });
            parts.collect::<Vec<String>>().join(" & ")
        };
        Ok(Self {
            names: found.slices.iter().map(name).collect(),
            found: Some(found),
            unseen,
        })
    }

    /// The same, of a table in memory.
    pub fn find_held(table: Table, features: &[String], errors: Vec<f64>) -> Result<Self, Problem> {
        let source = ColumnSource::Held(table);
        let cancel = CancelToken::default();
        in_words(Self::find(&source, features, errors, &cancel))
    }

    /// Bytes it takes, about.
    pub(super) fn bytes(&self) -> u64 {
        let slices = self.found.iter().flat_map(|found| &found.slices);
        let slices = slices.zip(&self.names).map(|(slice, name)| {
            name.len() + size_of_val(&*slice.predicates) + size_of::<(String, Slice)>()
        });
        slices.sum::<usize>() as u64
    }
}

/// The slices of a table in memory by each of the features alone, as far as they are large enough: their
/// names, and their rows.
pub fn slices_by_feature(
    table: &Table,
    features: &[String],
) -> Result<Vec<(String, Vec<u32>)>, Problem> {
    let least = least_rows(table.rows as u64);
    let mut slices = Vec::new();
    for name in features {
        let Some((binned, names)) = bins(table.column(name)?) else {
            continue;
        };
        let mut rows = vec![Vec::new(); binned.bins];
        for (row, code) in (0u32..).zip(&binned.codes) {
            rows[usize::from(*code)].push(row);
        }
        let named = names.iter().zip(rows);
        let large = named.filter(|(_, rows)| rows.len() as u64 >= least);
        slices.extend(large.map(|(bin, rows)| (part(name, bin), rows)));
    }
    Ok(slices)
}

/// The rows of slices of a table in memory, each by its predicates on these features.
pub fn slice_rows(
    table: &Table,
    features: &[String],
    slices: &[Vec<Predicate>],
) -> Result<Vec<Vec<u32>>, Problem> {
    let all: Vec<u32> = (0..table.rows as u32).collect();
    let mut rows = vec![all; slices.len()];
    // The bins of one feature are held at a time.
    for (place, name) in features.iter().enumerate() {
        let asked = |slice: &Vec<Predicate>| {
            let own = slice.iter().find(|(feature, _)| *feature == place);
            own.map(|(_, code)| *code)
        };
        if slices.iter().all(|slice| asked(slice).is_none()) {
            continue;
        }
        let Some((binned, _)) = bins(table.column(name)?) else {
            continue;
        };
        for (slice, rows) in slices.iter().zip(&mut rows) {
            if let Some(code) = asked(slice) {
                rows.retain(|row| binned.codes[*row as usize] == code);
            }
        }
    }
    Ok(rows)
}

impl Outcome {
    /// The error of every row by which slices are found: 1 for a wrong decision, or how far a number
    /// is off.
    pub fn row_errors(&self, scores: &[f64]) -> Vec<f64> {
        match self.errors(scores) {
            Some(wrong) => wrong.into_iter().map(|w| f64::from(u8::from(w))).collect(),
            None => self.residuals(scores),
        }
    }
}

/// The bins of a feature and their names: numbers cut at their distinct deciles, categories in byte order.
/// None where there are too many.
fn bins(column: &Column) -> Option<(Binned, Vec<String>)> {
    match column {
        Column::Numbers { values, kind } if *kind != NumberKind::Boolean => {
            let mut edges = NumericSample::new(values).decile_edges();
            // Between two infinities there is no edge.
            edges.retain(|edge| !edge.is_nan());
            Some((bin_numbers(values, &edges), number_names(&edges, *kind)))
        }
        _ => {
            let (mut names, codes) = column.categories();
            let place = names.binary_search_by(|name| name.as_str().cmp(MISSING_NAME));
            let is_missing = column.missing() > 0;
            let moved = |code: u32| match place {
                Err(place) if is_missing && code as usize >= place => code + 1,
                _ => code,
            };
            let (Ok(missing) | Err(missing)) = place;
            if is_missing && place.is_err() {
                names.insert(missing, MISSING_NAME.to_owned());
            }
            if names.len() > MOST_CATEGORIES {
                return None;
            }
            let codes = codes.into_iter().map(|code| match code {
                MISSING => missing as u16,
                code => moved(code) as u16,
            });
            let codes = codes.collect();
            let bins = names.len();
            Some((Binned { bins, codes }, names))
        }
    }
}

/// `<= 25`, `(25, 38]`, `> 38`, `?`.
fn number_names(edges: &[f64], kind: NumberKind) -> Vec<String> {
    let number = |value: f64| {
        if kind == NumberKind::Integer && value.fract() == 0.0 {
            number_text(value, kind)
        } else {
            display::metric(value)
        }
    };
    let mut names: Vec<String> = Vec::with_capacity(edges.len() + 2);
    names.extend(edges.first().map(|first| format!("<= {}", number(*first))));
    names.extend(
        edges
            .windows(2)
            .map(|pair| format!("({}, {}]", number(pair[0]), number(pair[1]))),
    );
    names.push(
        edges
            .last()
            .map_or_else(|| "any".to_owned(), |last| format!("> {}", number(*last))),
    );
    names.push(MISSING_NAME.to_owned());
    names
}

fn part(feature: &str, bin: &str) -> String {
    let sign = if bin.starts_with("<= ") || bin.starts_with("> ") || bin.starts_with('(') {
        " "
    } else {
        " = "
    };
    format!("{feature}{sign}{bin}")
}
