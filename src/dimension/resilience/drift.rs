//! How far the features, the target and the scores of an alternative table have moved.

use crate::dimension::Inputs;
use crate::dimension::findings::{Findings, p_value, text};
use crate::display;
use crate::event::{Bar, Cell, Figure, ReferenceLine};
use crate::metrics::drift::PSI_DRIFTED;
use crate::metrics::hypothesis::benjamini_hochberg;
use crate::resource::table::Table;
use crate::resource::{Bin, BinOf, Drift, Key, Moved, Prepared, TableId};
use crate::vocabulary::{Problem, Task};

/// A difference counts as more than chance from this false discovery rate down.
const FALSE_DISCOVERY_RATE: f64 = 0.05;

/// Features whose rows are drawn, of those that have moved most.
const MOST_HISTOGRAMS: usize = 3;

/// What has become of the columns of the dataset in another table.
pub(super) struct TableDrift {
    features: Vec<(String, Moved)>,
    /// None without labels.
    pub(super) target: Option<Moved>,
}

impl TableDrift {
    /// One for each of the tables. How the features have moved is there already where the tables are
    /// too large to be held.
    pub(super) fn of(inputs: &Inputs<'_>, tables: &[TableId]) -> Result<Vec<Self>, Problem> {
        let outcome = &inputs.catalogue.experiment.dataset.target;
        let prepared = if inputs.has_labels(&TableId::Dataset)? {
            let dataset = inputs.resolved.table(&TableId::Dataset)?;
            Some(target(inputs, &dataset)?)
        } else {
            None
        };
        let mut drift = match inputs.resolved.get(&Key::Drift) {
            Ok(found) => found.as_drift()?.clone(),
            Err(_) => of_held(inputs, tables)?,
        };
        let tables = tables.iter().map(|id| {
            let table = inputs.resolved.table(id)?;
            let target = prepared.as_ref().zip(table.column(outcome).ok());
            Ok(Self {
                features: drift.tables.remove(id).unwrap_or_default(),
                target: target.map(|(before, now)| Moved::between(before, now)),
            })
        });
        tables.collect()
    }
}

fn of_held(inputs: &Inputs<'_>, tables: &[TableId]) -> Result<Drift, Problem> {
    let tables = tables.iter();
    let tables = tables.map(|id| Ok((id.clone(), inputs.resolved.table(id)?)));
    let tables = tables.collect::<Result<Vec<_>, Problem>>()?;
    let dataset = inputs.resolved.table(&TableId::Dataset)?;
    Drift::of_held(&inputs.catalogue.distinct_features(), dataset, tables)
}

fn target(inputs: &Inputs<'_>, table: &Table) -> Result<Prepared, Problem> {
    let column = table.column(&inputs.catalogue.experiment.dataset.target)?;
    Ok(match inputs.catalogue.task() {
        Task::Regression => Prepared::of(column),
        Task::Binary { .. } | Task::MultiClass(_) => Prepared::categories(column),
    })
}

impl Moved {
    fn add_metrics(
        &self,
        stem: &str,
        feature: &str,
        adjusted: Option<f64>,
        findings: &mut Findings,
    ) {
        let drift = &self.drift;
        let count = |categories: usize| self.missing_change.map(|_| categories as f64);
        let mut values = vec![
            ("psi", drift.psi),
            ("js", drift.js_distance),
            ("tv", drift.total_variation),
            ("p_value", drift.p_value()),
            ("adjusted_p_value", adjusted),
            ("missing_change", self.missing_change),
        ];
        if self.is_number {
            values.extend([
                ("ks", drift.ks),
                ("wasserstein", drift.wasserstein),
                ("wasserstein_normed", drift.wasserstein_normed),
            ]);
        } else {
            values.extend([
                ("chi_square", drift.chi_square.map(|test| test.statistic)),
                ("new_categories", count(self.new.len())),
                ("lost_categories", count(self.lost.len())),
            ]);
        }
        for (metric, value) in values {
            findings.metric(format!("{stem}.{metric}.{feature}"), value);
        }
    }

    pub(super) fn row(&self, name: &str, adjusted: Option<f64>) -> Vec<Cell> {
        let drift = &self.drift;
        let count = |categories: usize| match self.missing_change {
            Some(_) => Cell::Count(categories as u64),
            None => Cell::Undefined,
        };
        vec![
            text(name),
            drift.psi.into(),
            p_value(adjusted),
            drift.ks.into(),
            drift.chi_square.map(|test| test.statistic).into(),
            drift.wasserstein_normed.into(),
            drift.js_distance.into(),
            drift.total_variation.into(),
            self.missing_change.into(),
            count(self.new.len()),
            count(self.lost.len()),
        ]
    }
}

pub(super) const HEADS: [&str; 11] = [
    "feature",
    "psi",
    "adjusted p",
    "ks",
    "chi2",
    "w1 / std",
    "js",
    "tv",
    "missing +-",
    "new",
    "lost",
];

/// A feature and what has become of it.
struct Feature<'b> {
    name: &'b str,
    moved: &'b Moved,
    /// Its p-value among those of all features.
    adjusted: Option<f64>,
}

impl Feature<'_> {
    /// Is it more than chance?
    fn is_significant(&self) -> Option<bool> {
        self.adjusted.map(|p| p <= FALSE_DISCOVERY_RATE)
    }

    /// Is it large by the rule of thumb, and more than chance?
    fn is_alarming(&self) -> bool {
        self.moved.drift.is_drifted() == Some(true) && self.is_significant() == Some(true)
    }
}

/// Drift of every feature.
pub(super) fn features(drift: &TableDrift, stem: &str, findings: &mut Findings) {
    let moved = &drift.features;
    let p_values: Vec<Option<f64>> = moved.iter().map(|(_, m)| m.drift.p_value()).collect();
    let adjusted = benjamini_hochberg(&p_values);
    let features = moved.iter().zip(adjusted);
    let features = features.map(|((name, moved), adjusted)| Feature {
        name,
        moved,
        adjusted,
    });
    let mut features: Vec<Feature<'_>> = features.collect();
    for Feature {
        name,
        moved,
        adjusted,
    } in &features
    {
        moved.add_metrics(stem, name, *adjusted, findings);
    }
    shares(stem, &features, findings);
    let psi = |feature: &Feature<'_>| feature.moved.drift.psi.unwrap_or(f64::NEG_INFINITY);
    features.sort_by(|a, b| psi(b).total_cmp(&psi(a)));
    let title = format!("Drift of {stem} against the dataset");
    let rows = features.iter().map(|f| f.moved.row(f.name, f.adjusted));
    findings.table(format!("drift.{stem}"), title, &HEADS, rows.collect());
    findings.figures.push(figure(stem, &features));
    let alarming = features.iter().filter(|f| f.is_alarming());
    let moved = alarming.take(MOST_HISTOGRAMS).map(|f| histogram(stem, f));
    findings.figures.extend(moved);
    categories(stem, &features, findings);
}

/// Of what is known, the share that is so.
fn share(judged: impl Iterator<Item = Option<bool>>) -> Option<f64> {
    let judged: Vec<bool> = judged.flatten().collect();
    let so = judged.iter().filter(|so| **so).count() as f64;
    (!judged.is_empty()).then(|| so / judged.len() as f64)
}

/// How many features have drifted, by each reading.
fn shares(stem: &str, features: &[Feature<'_>], findings: &mut Findings) {
    let by_psi = share(features.iter().map(|f| f.moved.drift.is_drifted()));
    let by_test = share(features.iter().map(Feature::is_significant));
    let alarms = features.iter().filter(|f| f.is_alarming()).count();
    findings.metric(format!("{stem}.drifted_share"), by_psi);
    findings.metric(format!("{stem}.significant_share"), by_test);
    findings.metric(format!("{stem}.alarms"), alarms as f64);
    let alarming = features.iter().filter(|f| f.is_alarming());
    let names: Vec<&str> = alarming.map(|f| f.name).collect();
    if !names.is_empty() {
        findings.warn(format!(
            "{stem}: {alarms} of {} features have drifted: {}",
            features.len(),
            few(&names)
        ));
    }
    findings.note(format!(
        "{stem}: {alarms} of {} features raise an alarm: a PSI of {PSI_DRIFTED} or more, and a \
         difference beyond chance (Kolmogorov-Smirnov for numbers, chi-square for categories, \
         Benjamini-Hochberg at {FALSE_DISCOVERY_RATE})",
        features.len()
    ));
}

fn figure(stem: &str, features: &[Feature<'_>]) -> Figure {
    let bars = features.iter().map(|feature| Bar {
        label: feature.name.to_owned(),
        value: feature.moved.drift.psi,
        interval: None,
        note: match feature.adjusted {
            Some(p) if p < 1e-4 => "p < 0.0001".to_owned(),
            Some(p) => format!("p {p:.4}"),
            None => String::new(),
        },
        flagged: feature.is_alarming(),
    });
    Figure::Bars {
        title: format!("Drift of {stem} (PSI)"),
        bars: bars.collect(),
        reference: Some(ReferenceLine {
            value: PSI_DRIFTED,
            label: "drifted".to_owned(),
        }),
        from: 0.0,
    }
}

/// The rows of a feature in both tables, bin by bin.
fn histogram(stem: &str, feature: &Feature<'_>) -> Figure {
    let bins = &feature.moved.bins;
    let rows = bins
        .iter()
        .fold((0, 0), |sum, bin| (sum.0 + bin.before, sum.1 + bin.now));
    let bar = |bin: &Bin, table: &str, rows: u64, all: u64| Bar {
        label: format!("{} {table}", bin_name(&bin.of)),
        value: (all > 0).then(|| rows as f64 / all as f64),
        interval: None,
        note: format!("n {}", display::count(rows)),
        flagged: false,
    };
    let bars = bins.iter().flat_map(|bin| {
        let before = bar(bin, "dataset", bin.before, rows.0);
        [before, bar(bin, stem, bin.now, rows.1)]
    });
    Figure::Bars {
        title: format!("{}: share of rows, dataset and {stem}", feature.name),
        bars: bars.collect(),
        reference: None,
        from: 0.0,
    }
}

fn bin_name(bin: &BinOf) -> String {
    match bin {
        BinOf::Range(low, high) if low.is_infinite() && high.is_infinite() => "all".to_owned(),
        BinOf::Range(low, high) if low.is_infinite() => format!("<= {}", edge(*high)),
        BinOf::Range(low, high) if high.is_infinite() => format!("> {}", edge(*low)),
        BinOf::Range(low, high) => format!("({}, {}]", edge(*low), edge(*high)),
        BinOf::Category(name) => name.clone(),
        BinOf::Others => "others".to_owned(),
        BinOf::Missing => "missing".to_owned(),
    }
}

/// A number without decimals that say nothing.
fn edge(value: f64) -> String {
    let text = display::metric(value);
    match text.split_once('.') {
        Some(_) => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        None => text,
    }
}

/// The first few names, and how many more there are.
fn few<N: AsRef<str>>(names: &[N]) -> String {
    const SHOWN: usize = 4;
    let shown = names.iter().take(SHOWN).map(AsRef::as_ref);
    let shown = shown.collect::<Vec<&str>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Names the categories that came and went.
fn categories(stem: &str, features: &[Feature<'_>], findings: &mut Findings) {
    let some = |names: Vec<String>| few(&names);
    for Feature { name, moved, .. } in features {
        if !moved.new.is_empty() {
            let new = moved.new.iter().map(|(c, n)| format!("`{c}` ({n} rows)"));
            let new = some(new.collect());
            let note = format!("{stem}: `{name}` has categories that the dataset lacks: {new}");
            findings.note(note);
        }
        if !moved.lost.is_empty() {
            let lost = some(moved.lost.iter().map(|c| format!("`{c}`")).collect());
            let note = format!("{stem}: `{name}` lacks categories of the dataset: {lost}");
            findings.note(note);
        }
    }
}
