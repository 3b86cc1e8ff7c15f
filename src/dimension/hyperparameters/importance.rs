//! How much each parameter moves the score: exactly where the variants fill a grid, by a forest
//! otherwise; and what matters among the best.

use super::settings::{Parameter, Settings};
use crate::dimension::Inputs;
use crate::dimension::findings::{Findings, text};
use crate::dimension::preset;
use crate::event::{Bar, Cell, Figure};
use crate::experiment::{Direction, Sweep};
use crate::metrics::axis::Axis;
use crate::metrics::forest::{Forest, Trials};
use crate::metrics::importance::{FullGrid, Interaction};
use crate::metrics::ped_anova::{LEAST_TRIALS, ped_anova};

/// A forest on fewer variants tells noise, however many parameters there are.
const LEAST_VARIANTS: usize = 10;

/// Nor does it on fewer variants a parameter.
const LEAST_VARIANTS_A_PARAMETER: usize = 4;

/// Pairs beyond these are in the metrics and not in the picture.
const MOST_PAIRS: usize = 6;

/// What the importances were read from.
pub(super) struct Read {
    /// The forest, where the variants are no full grid.
    pub(super) forest: Option<Forest>,
    /// Share of the variance explained by each parameter alone.
    pub(super) main: Option<Vec<f64>>,
    /// What each pair explains beyond its two parameters, the most telling first.
    pub(super) pairs: Vec<Interaction>,
}

/// Shares of the variance.
struct Shares {
    main: Vec<f64>,
    /// With all interactions; none by a forest.
    total: Option<Vec<f64>>,
    interactions: Vec<Interaction>,
    method: String,
}

pub(super) fn read(
    settings: &Settings<'_>,
    sweep: &Sweep,
    inputs: &Inputs<'_>,
    findings: &mut Findings,
) -> Read {
    if settings.without_score > 0 {
        findings.note(format!(
            "{} variants have no defined score and are left out of the importances",
            settings.without_score
        ));
    }
    let columns: Vec<Vec<f64>> = settings
        .parameters
        .iter()
        .map(|p| p.values.clone())
        .collect();
    let axes: Vec<Axis> = settings.parameters.iter().map(|p| p.axis).collect();
    let mut read = Read {
        forest: None,
        main: None,
        pairs: Vec::new(),
    };
    if settings.scores.windows(2).all(|pair| pair[0] == pair[1]) {
        let why = "no importances: the scores do not vary";
        findings.note(why.to_owned());
        return read;
    }
    let shares = match FullGrid::from_columns(&columns) {
        Ok(grid) => grid.anova(&settings.scores).map(|anova| Shares {
            main: anova.main,
            total: Some(anova.total),
            interactions: anova.interactions,
            method: "exact functional ANOVA".to_owned(),
        }),
        Err(reason) => {
            if let Some(too_few) = too_few(settings) {
                findings.note(too_few);
                return read;
            }
            let trees = preset::forest_trees(inputs.preset);
            let trials = Trials {
                axes: &axes,
                columns: &columns,
                scores: &settings.scores,
            };
            let forest = Forest::grow(&trials, trees, inputs.seed);
            findings.note(format!(
                "importances by fANOVA on a forest of {trees} trees (seed {}), since the variants \
                 are no full grid: {reason}",
                inputs.seed
            ));
            let anova = forest.anova();
            read.forest = Some(forest);
            anova.map(|anova| Shares {
                main: anova.main,
                total: None,
                interactions: anova.interactions,
                method: "fANOVA by a forest".to_owned(),
            })
        }
    };
    note_logarithms(&settings.parameters, findings);
    let lower_is_better = sweep.direction == Some(Direction::Minimize);
    let among_best = ped_anova(&axes, &columns, &settings.scores, lower_is_better);
    if among_best.is_none() {
        findings.note(format!(
            "too few variants to tell what matters among the best of them (PED-ANOVA): {}, and at \
             least {LEAST_TRIALS} are needed",
            settings.scores.len()
        ));
    }
    if let Some(mut shares) = shares {
        shares
            .interactions
            .sort_by(|a, b| b.fraction.total_cmp(&a.fraction));
        report(settings, &shares, among_best.as_deref(), findings);
        read.main = Some(shares.main);
        read.pairs = shares.interactions;
    }
    read
}

/// Why a forest would tell nothing, if it would not.
fn too_few(settings: &Settings<'_>) -> Option<String> {
    let parameters = settings.parameters.len();
    let needed = LEAST_VARIANTS.max(LEAST_VARIANTS_A_PARAMETER * parameters);
    let there = settings.scores.len();
    (there < needed).then(|| {
        format!(
            "too few variants for importances: {there} for {parameters} parameters, and at least \
             {needed} are needed where they are no full grid"
        )
    })
}

fn note_logarithms(parameters: &[Parameter<'_>], findings: &mut Findings) {
    let is_log = |p: &&Parameter<'_>| matches!(p.axis, Axis::Range { log: true, .. });
    let names: Vec<&str> = parameters.iter().filter(is_log).map(|p| p.name).collect();
    if !names.is_empty() {
        findings.note(format!(
            "spread by factors, and so read on a logarithmic axis: {}",
            names.join(", ")
        ));
    }
}

fn report(
    settings: &Settings<'_>,
    shares: &Shares,
    among_best: Option<&[f64]>,
    findings: &mut Findings,
) {
    let names: Vec<&str> = settings.parameters.iter().map(|p| p.name).collect();
    let (mut bars, mut rows) = (Vec::new(), Vec::new());
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by(|a, b| shares.main[*b].total_cmp(&shares.main[*a]));
    for index in order {
        let (name, main) = (names[index], shares.main[index]);
        let total = shares.total.as_ref().map(|total| total[index]);
        let best = among_best.map(|best| best[index]);
        findings.metric(format!("importance.{name}.main"), main);
        if let Some(total) = total {
            findings.metric(format!("importance.{name}.total"), total);
        }
        if let Some(best) = best {
            findings.metric(format!("importance.{name}.among_best"), best);
        }
        rows.push(vec![
            text(name),
            Cell::Number(main),
            total.into(),
            best.into(),
        ]);
        let words = [("total", total), ("best", best)];
        let words = words
            .into_iter()
            .filter_map(|(word, value)| Some(format!("{word} {:.2}", value?)));
        bars.push(Bar {
            label: name.to_owned(),
            value: Some(main),
            interval: None,
            note: words.collect::<Vec<_>>().join(", "),
            flagged: false,
        });
    }
    for (place, pair) in shares.interactions.iter().enumerate() {
        let (first, second) = (names[pair.first], names[pair.second]);
        findings.metric(format!("interaction.{first}.{second}"), pair.fraction);
        let label = format!("{first} x {second}");
        rows.push(vec![
            text(label.clone()),
            Cell::Number(pair.fraction),
            Cell::Undefined,
            Cell::Undefined,
        ]);
        if place < MOST_PAIRS {
            bars.push(Bar {
                label,
                value: Some(pair.fraction),
                interval: None,
                note: String::new(),
                flagged: false,
            });
        }
    }
    findings.table(
        "importance",
        format!("Share of variance ({})", shares.method),
        &["parameter", "alone", "total", "among best"],
        rows,
    );
    findings.figures.push(Figure::Bars {
        title: format!("Importance: share of variance ({})", shares.method),
        bars,
        reference: None,
        from: 0.0,
    });
}
