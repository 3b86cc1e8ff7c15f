//! The columns and the outcome. Each column has a standard normal (or uniform) draw of its own for
//! every row, and the outcome is drawn with the probability that the [`Formula`] gives to a row.
//! Draws are by counter, so a row does not depend on how many there are or on the blocks that they
//! are made in.

use rayon::prelude::*;

use crate::metrics::random::{NormalStream, UniformStream};

/// Regions, their shares, in the alternative table too, and what they add to the log-odds.
const REGIONS: [(&str, f64, f64, f64); 5] = [
    ("north", 0.30, 0.15, 0.4),
    ("south", 0.25, 0.20, 0.2),
    ("east", 0.20, 0.20, 0.0),
    ("west", 0.15, 0.20, -0.2),
    ("centre", 0.10, 0.25, -0.4),
];

/// So many numbers beside age and region tell something about the outcome; the others are noise.
const TELLING: usize = 12;

/// Mean and spread of the age, and its ends.
const AGE: (f64, f64, f64, f64) = (44.0, 14.0, 18.0, 90.0);

/// Age, region, sex and outcome.
pub(super) const AGE_COLUMN: &str = "age";
pub(super) const REGION_COLUMN: &str = "region";
/// Not a feature: the model does not see it.
pub(super) const SEX_COLUMN: &str = "sex";
pub(super) const TARGET_COLUMN: &str = "outcome";
/// The two classes of the outcome, the positive one last.
pub(super) const CLASSES: [&str; 2] = ["no", "yes"];

/// Which rows: none of them is in two parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// To validate on.
    Test,
    /// To calibrate prediction sets on.
    Calibration,
    /// From a population that has moved.
    Shifted,
    /// To train on.
    Training,
    /// To score trials on.
    HeldOut,
}

impl Part {
    /// What its table is called.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Calibration => "calibration",
            Self::Shifted => "shifted",
            Self::Training => "training",
            Self::HeldOut => "held_out",
        }
    }
}

/// What the values of a column are.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Values {
    Integers(Vec<i64>),
    Numbers(Vec<f64>),
    /// Places in [`regions`].
    Regions(Vec<u8>),
}

impl Values {
    /// As a model gets them.
    pub(super) fn as_floats(&self) -> Vec<f32> {
        match self {
            Self::Integers(values) => values.iter().map(|v| *v as f32).collect(),
            Self::Numbers(values) => values.iter().map(|v| *v as f32).collect(),
            Self::Regions(codes) => codes.iter().map(|c| f32::from(*c)).collect(),
        }
    }
}

/// The regions, by code.
pub(super) fn regions() -> [&'static str; 5] {
    REGIONS.map(|(name, ..)| name)
}

/// Some rows.
pub(super) struct Block {
    /// Features, in the order of [`Formula::feature_names`].
    pub(super) features: Vec<Values>,
    pub(super) is_female: Vec<bool>,
    pub(super) outcomes: Vec<bool>,
}

/// How the numbers beside age and region come from their draws; they take turns.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// The draw.
    Normal,
    /// 0.6 times the draw of the number before it, and 0.8 times its own.
    Correlated,
    /// exp(0.6 u): skewed to the right.
    Skewed,
    /// floor(exp(1.5 + 0.5 u)): a count.
    Count,
}

impl Kind {
    fn of(place: usize) -> Self {
        [Self::Normal, Self::Correlated, Self::Skewed, Self::Count][place % 4]
    }
}

/// A generating formula with `features` features.
///
/// With u a number's draw, a the age's, and \[\] 1 where true, the log-odds of the outcome are
///
/// ```text
/// -0.6 + 0.5 a + region + sum over j < 12 of 0.9 (-0.85)^j u[j] + 0.8 u[0] u[1] + [u[2] > 0.8]
/// ```
///
/// u\[0\] is lower by 0.4 for women. In the shifted part a is higher by 0.6, u\[0\] by 0.4, u\[1\] spreads
/// 1.3 times as wide, regions have other shares, u\[0\] u\[1\] counts for nothing, and the log-odds are
/// lower by 0.3.
pub(super) struct Formula {
    seed: u64,
    /// Of the numbers beside age and region.
    numbers: Vec<String>,
}

/// An input of the model.
pub(super) enum Input {
    Number(String),
    /// A text, as its place among these.
    Text(String, Vec<&'static str>),
}

impl Formula {
    /// `features` count age and region.
    pub(super) fn new(seed: u64, features: usize) -> Self {
        let count = features.saturating_sub(2);
        let digits = count.to_string().len();
        Self {
            seed,
            numbers: (1..=count).map(|n| format!("x{n:0digits$}")).collect(),
        }
    }

    /// In the order of [`Block::features`].
    pub(super) fn feature_names(&self) -> Vec<&str> {
        let first = [AGE_COLUMN, REGION_COLUMN].into_iter();
        first
            .chain(self.numbers.iter().map(String::as_str))
            .collect()
    }

    /// What the model takes, in the order of [`Block::features`].
    pub(super) fn inputs(&self) -> Vec<Input> {
        let names = self.feature_names().into_iter();
        names
            .map(|name| match name {
                REGION_COLUMN => Input::Text(name.to_owned(), regions().to_vec()),
                _ => Input::Number(name.to_owned()),
            })
            .collect()
    }

    /// So many rows of a part, from `first_row` on.
    pub(super) fn block(&self, part: Part, first_row: usize, rows: usize) -> Block {
        let is_shifted = part == Part::Shifted;
        let draws = Draws {
            seed: self.seed,
            part,
            first_row: first_row as u64,
            rows,
        };
        let is_female: Vec<bool> = draws.uniform(SEX_COLUMN).iter().map(|u| *u < 0.5).collect();
        let mut ages = draws.normal(AGE_COLUMN);
        if is_shifted {
            for a in &mut ages {
                *a += 0.6;
            }
        }
        let regions = draws.uniform(REGION_COLUMN);
        let regions: Vec<u8> = regions.iter().map(|u| region(*u, is_shifted)).collect();
        let numbers: Vec<(Values, Option<Vec<f64>>)> = (0..self.numbers.len())
            .into_par_iter()
            .map(|place| {
                let draws = self.number(&draws, place, &is_female);
                let values = values(Kind::of(place), &draws);
                (values, (place < TELLING).then_some(draws))
            })
            .collect();
        let telling: Vec<&[f64]> = numbers.iter().filter_map(|(_, u)| u.as_deref()).collect();
        let (lower, product) = if is_shifted { (-0.3, 0.0) } else { (0.0, 0.8) };
        let chances = draws.uniform(TARGET_COLUMN);
        let outcomes = chances.iter().enumerate().map(|(row, chance)| {
            let (_, _, _, region) = REGIONS[usize::from(regions[row])];
            let u = |place: usize| telling.get(place).map_or(0.0, |draws| draws[row]);
            let log_odds = lower - 0.6 + 0.5 * ages[row] + region + of_numbers(&u, product);
            *chance < 1.0 / (1.0 + (-log_odds).exp())
        });
        let outcomes = outcomes.collect();
        let (mean, spread, least, most) = AGE;
        let ages = ages.iter().map(|a| (mean + spread * a).round());
        let ages = ages.map(|age| age.clamp(least, most) as i64).collect();
        let mut features = vec![Values::Integers(ages), Values::Regions(regions)];
        features.extend(numbers.into_iter().map(|(values, _)| values));
        Block {
            features,
            is_female,
            outcomes,
        }
    }

    /// The draws of a number.
    fn number(&self, draws: &Draws, place: usize, is_female: &[bool]) -> Vec<f64> {
        let mut own = draws.normal(&self.numbers[place]);
        if matches!(Kind::of(place), Kind::Correlated) {
            let before = draws.normal(&self.numbers[place - 1]);
            for (own, before) in own.iter_mut().zip(before) {
                *own = 0.8 * *own + 0.6 * before;
            }
        }
        let is_shifted = draws.part == Part::Shifted;
        match place {
            0 => {
                let more = if is_shifted { 0.4 } else { 0.0 };
                for (own, is_female) in own.iter_mut().zip(is_female) {
                    *own += more - if *is_female { 0.4 } else { 0.0 };
                }
            }
            1 if is_shifted => own.iter_mut().for_each(|u| *u *= 1.3),
            _ => {}
        }
        own
    }
}

/// What the numbers add to the log-odds of a row; `product` is the weight of u\[0\] u\[1\].
fn of_numbers(u: &impl Fn(usize) -> f64, product: f64) -> f64 {
    let mut weight = 0.9;
    let mut sum = 0.0;
    for place in 0..TELLING {
        sum += weight * u(place);
        weight *= -0.85;
    }
    sum + product * u(0) * u(1) + if u(2) > 0.8 { 1.0 } else { 0.0 }
}

/// Three decimals, as measurements have.
fn values(kind: Kind, draws: &[f64]) -> Values {
    let round = |value: f64| (value * 1000.0).round() / 1000.0;
    let numbers = |value: &dyn Fn(f64) -> f64| {
        Values::Numbers(draws.iter().map(|u| round(value(*u))).collect())
    };
    match kind {
        Kind::Normal | Kind::Correlated => numbers(&|u| u),
        Kind::Skewed => numbers(&|u| (0.6 * u).exp()),
        Kind::Count => {
            let count = |u: &f64| (1.5 + 0.5 * u).exp().floor() as i64;
            Values::Integers(draws.iter().map(count).collect())
        }
    }
}

fn region(uniform: f64, is_shifted: bool) -> u8 {
    let mut below = 0.0;
    for (code, (_, share, shifted, _)) in (0..).zip(REGIONS) {
        below += if is_shifted { shifted } else { share };
        if uniform < below {
            return code;
        }
    }
    REGIONS.len() as u8 - 1
}

/// The draws of some rows.
struct Draws {
    seed: u64,
    part: Part,
    first_row: u64,
    rows: usize,
}

impl Draws {
    /// Noise that a session adds to a column comes from the column's own stream: values must not.
    fn stream(column: &str) -> String {
        format!("generated {column}")
    }

    fn normal(&self, column: &str) -> Vec<f64> {
        let mut out = vec![0.0; self.rows];
        NormalStream::new(self.seed, &Self::stream(column), self.part as u32)
            .fill(self.first_row, &mut out);
        out
    }

    fn uniform(&self, column: &str) -> Vec<f64> {
        let mut out = vec![0.0; self.rows];
        UniformStream::new(self.seed, &Self::stream(column), self.part as u32)
            .fill(self.first_row, &mut out);
        out
    }
}
