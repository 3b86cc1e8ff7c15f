//! What models have scored beside the rows of the dataset as they are: rows under disturbance, other tables,
//! other models, variants. Each is paired with what the baseline has scored in the same way.

use super::super::outcome::Outcome;
use super::super::{Inputs, robustness};
use super::paired::PERFORMANCE;
use super::rows::Rows;
use super::{Baseline, Metrics, Moved};
use crate::event::ScoredRows;
use crate::experiment::Direction;
use crate::metrics::influence::{Influence, MeanInfluence};
use crate::metrics::paired::change::{Change, Spread};
use crate::metrics::paired::means::influence_change;
use crate::resource::{Catalogue, Disturbance, DisturbanceKind, Key, ModelId, TableId};
use crate::vocabulary::{ContentId, Dimension, Preset, Problem};

/// Scores of one part that are worked with at once, at most, of either side: 160 MB.
const MOST_SCORES: u64 = 20_000_000;

/// A part of what is compared: this run's scores, and the baseline's.
#[derive(Clone, Debug)]
pub struct Further {
    about: About,
    /// This run's scores.
    scores: Vec<Key>,
    /// What else it takes.
    beside: Vec<Key>,
    /// The baseline's scores.
    wanted: Vec<ContentId>,
}

#[derive(Clone, Debug)]
enum About {
    /// The validated model on disturbed rows: every metric, and what flips.
    Level { prefix: String },
    /// The first metric of a model, as it is or the mean over repeats.
    FirstMetric { prefix: String, is_mean: bool },
    /// The validated model on other rows.
    Table(TableId),
    /// A variant, by the metric that variants are scored by.
    Variant {
        name: String,
        model: ModelId,
        metric: String,
    },
}

/// The parts of a run of these dimensions that its baseline has scored in the same way; and how many there
/// are that it has not.
pub fn parts(
    catalogue: &Catalogue,
    preset: Preset,
    metrics: &Metrics,
    (ours, baseline): (&ScoredRows, &Baseline),
) -> (Vec<Further>, usize) {
    let Some(theirs) = &baseline.scored else {
        return (Vec::new(), 0);
    };
    let rows = ours.rows.unwrap_or(0);
    let mut all = Vec::new();
    let has = |dimension: Dimension| metrics.contains_key(&dimension);
    if has(Dimension::Robustness) {
        all.extend(under_disturbance(catalogue, preset, theirs));
    }
    if has(Dimension::Resilience) {
        all.extend(other_tables(catalogue, ours, theirs));
    }
    if has(Dimension::Hyperparameters) {
        all.extend(variants(catalogue, metrics, baseline, theirs));
    }
    let asked = all.len();
    let is_known = |part: &Further| {
        let scores = part.scores.len().max(part.wanted.len()) as u64;
        !part.wanted.is_empty() && scores * rows <= MOST_SCORES
    };
    let parts: Vec<Further> = all.into_iter().filter(is_known).collect();
    let unknown = asked - parts.len();
    (parts, unknown)
}

fn content(scored: &ScoredRows, key: &Key) -> Option<ContentId> {
    scored.others.get(&key.scored_as()?).copied()
}

/// The baseline may have repeated a disturbance more often, or less.
fn repeats_of(scored: &ScoredRows, model: &ModelId, kind: &DisturbanceKind) -> Vec<ContentId> {
    let key = |repeat| {
        let kind = kind.clone();
        Key::disturbed(model.clone(), Disturbance { kind, repeat })
    };
    (1..)
        .map_while(|repeat| content(scored, &key(repeat)))
        .collect()
}

fn under_disturbance(catalogue: &Catalogue, preset: Preset, theirs: &ScoredRows) -> Vec<Further> {
    let scored = robustness::scored(catalogue, preset).into_iter();
    let parts = scored.map(|scored| {
        let scores = scored.keys();
        let is_validated = matches!(scored.model, ModelId::Validated(_));
        let wanted = match &scored.disturbed {
            Some((kind, _)) => {
                let mut wanted = repeats_of(theirs, &scored.model, kind);
                if !scored.is_whole && is_validated {
                    // Beside other models it has the repeats that they have.
                    wanted.truncate(scores.len());
                }
                wanted
            }
            None if is_validated => vec![theirs.scores],
            None => scores
                .iter()
                .filter_map(|key| content(theirs, key))
                .collect(),
        };
        let prefix = format!("{}.{}", Dimension::Robustness, scored.prefix);
        let about = if scored.is_whole {
            About::Level { prefix }
        } else {
            let is_mean = scored.disturbed.is_some();
            About::FirstMetric { prefix, is_mean }
        };
        Further {
            about,
            scores,
            beside: Vec::new(),
            wanted,
        }
    });
    parts.collect()
}

/// Tables with labels of which both runs have the same rows.
fn other_tables(catalogue: &Catalogue, ours: &ScoredRows, theirs: &ScoredRows) -> Vec<Further> {
    let ids = catalogue.tables().map(|(id, _)| id);
    let ids = ids.filter(|id| matches!(id, TableId::Alternative(_)) && catalogue.is_labelled(id));
    let parts = ids.map(|id| {
        let key = Key::predictions(catalogue.validated(), id.clone());
        let name = id.to_string();
        let rows = ours.tables.get(&name);
        let is_same = rows.is_some() && rows == theirs.tables.get(&name);
        Further {
            about: About::Table(id.clone()),
            wanted: content(theirs, &key)
                .filter(|_| is_same)
                .into_iter()
                .collect(),
            scores: vec![key],
            beside: catalogue.outcomes(id),
        }
    });
    parts.collect()
}

/// Variants of the same name, and the best of either run.
fn variants(
    catalogue: &Catalogue,
    metrics: &Metrics,
    baseline: &Baseline,
    theirs: &ScoredRows,
) -> Vec<Further> {
    let Some(sweep) = catalogue.sweep() else {
        return Vec::new();
    };
    let model = |name: &str| ModelId::Variant(name.into());
    let part = |metric_name: String, ours: &str, wanted: &str| {
        let key = |name: &str| Key::predictions(model(name), TableId::Dataset);
        Further {
            about: About::Variant {
                name: format!("{}.{metric_name}", Dimension::Hyperparameters),
                model: model(ours),
                metric: sweep.score.clone(),
            },
            scores: vec![key(ours)],
            beside: Vec::new(),
            wanted: content(theirs, &key(wanted)).into_iter().collect(),
        }
    };
    let models = crate::resource::variants_with_models(sweep);
    let mut parts: Vec<Further> = models
        .map(|(model, _)| {
            part(
                format!("score.{}", model.name()),
                model.name(),
                model.name(),
            )
        })
        .collect();
    let is_lower_better = sweep.direction == Some(Direction::Minimize);
    let best = |metrics: &Metrics| best_variant(metrics, is_lower_better);
    if let Some((ours, theirs)) = best(metrics).zip(best(&baseline.metrics))
        && !parts.is_empty()
    {
        parts.push(part("best".to_owned(), &ours, &theirs));
    }
    parts
}

fn best_variant(metrics: &Metrics, is_lower_better: bool) -> Option<String> {
    let metrics = metrics.get(&Dimension::Hyperparameters)?.iter();
    let scores =
        metrics.filter_map(|(name, score)| Some((name.strip_prefix("score.")?, (*score)?)));
    let worth = |score: f64| if is_lower_better { -score } else { score };
    // Of equal ones the first by name, in both runs.
    let best = scores.reduce(|a, b| if worth(b.1) > worth(a.1) { b } else { a });
    best.map(|(name, _)| name.to_owned())
}

impl Further {
    /// This run's scores that it takes.
    pub fn scores(&self) -> &[Key] {
        &self.scores
    }

    /// What it takes of this run, the scores first.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.scores.iter().chain(&self.beside)
    }

    /// The baseline's scores that it takes.
    pub fn wanted(&self) -> &[ContentId] {
        &self.wanted
    }

    /// What has moved, by the baseline's scores in the order of [`Self::wanted`]. `inputs` hold the
    /// dataset's rows, too; `calm_was` are the baseline's scores for these.
    pub fn moved(
        &self,
        inputs: &Inputs<'_>,
        threshold_was: Option<f64>,
        calm_was: &[f64],
        was: &[Vec<f64>],
    ) -> Result<Vec<Moved>, Problem> {
        let table = match &self.about {
            About::Table(id) => id.clone(),
            _ => TableId::Dataset,
        };
        let mut outcome = inputs.outcome(&table)?;
        match &self.about {
            About::Level { prefix } => {
                let mut outcome_was = outcome.clone();
                outcome_was.cut_at(threshold_was.unwrap_or(inputs.catalogue.threshold()));
                let calm = inputs.scores(TableId::Dataset)?;
                let now = Means::of(&outcome, &calm, self.now(inputs))?;
                let was = Means::of(&outcome_was, calm_was, was.iter().cloned().map(Ok))?;
                Ok(was.moved_to(now, prefix))
            }
            About::FirstMetric { prefix, is_mean } => {
                let first = outcome.first_name();
                let of = |scores: &[f64]| {
                    let mut all = outcome.influences(scores).into_iter();
                    all.next().and_then(|(_, influence)| influence)
                };
                let now: Vec<Option<Influence>> = self
                    .now(inputs)
                    .map(|scores| Ok(of(&scores?)))
                    .collect::<Result<_, Problem>>()?;
                let was = Influence::mean(was.iter().map(|scores| of(scores)));
                let end = if *is_mean { ".mean" } else { "" };
                let both = was.zip(Influence::mean(now));
                let change = both.and_then(|(was, now)| influence_change(&was, &now));
                Ok(named(format!("{prefix}.{first}{end}"), change).collect())
            }
            About::Table(_) => {
                let name = match &table {
                    TableId::Alternative(stem) => stem.to_string(),
                    other => other.to_string(),
                };
                let (was, now) = self.one(inputs, was)?;
                let rows = Rows::of(inputs, outcome, was, now, threshold_was)?;
                let of = |metric: &&str| {
                    let name = format!("{}.{name}.{metric}", Dimension::Resilience);
                    named(name, rows.change(metric))
                };
                Ok(PERFORMANCE.iter().flat_map(of).collect())
            }
            About::Variant {
                name,
                model,
                metric,
            } => {
                outcome.cut_at(inputs.catalogue.threshold_of(model));
                let (was, now) = self.one(inputs, was)?;
                let rows = Rows::of(inputs, outcome, was, now, None)?;
                Ok(named(name.clone(), rows.change(metric)).collect())
            }
        }
    }

    fn now<'a>(
        &'a self,
        inputs: &'a Inputs<'_>,
    ) -> impl Iterator<Item = Result<Vec<f64>, Problem>> + 'a {
        self.scores.iter().map(|key| inputs.resolved.scores(key))
    }

    /// Both sides' only scores.
    fn one<'w>(
        &self,
        inputs: &Inputs<'_>,
        was: &'w [Vec<f64>],
    ) -> Result<(&'w [f64], Vec<f64>), Problem> {
        let both = was.first().zip(self.scores.first());
        let (was, key) = both.ok_or_else(|| Problem::new("there are no scores"))?;
        Ok((was, inputs.resolved.scores(key)?))
    }
}

fn named(name: String, change: Option<Change>) -> impl Iterator<Item = Moved> {
    let change = change.into_iter();
    change.map(move |change| Moved {
        name: name.clone(),
        change,
    })
}

/// The means over the repeats of a disturbance.
struct Means(Vec<(&'static str, MeanInfluence)>);

impl Means {
    fn of(
        outcome: &Outcome,
        calm: &[f64],
        all: impl Iterator<Item = Result<Vec<f64>, Problem>>,
    ) -> Result<Self, Problem> {
        let mut means: Vec<(&'static str, MeanInfluence)> = Vec::new();
        for scores in all {
            let scores = scores?;
            if scores.len() != calm.len() {
                return Err(Problem::new("the scores are of other rows"));
            }
            let mut found = outcome.influences(&scores);
            if let Some(flipped) = outcome.flipped(calm, &scores) {
                let flipped = flipped.into_iter().map(|flips| f64::from(u8::from(flips)));
                found.push(("flip_rate", Influence::of_mean(flipped.collect())));
            }
            // Of several classes a row has as many scores.
            let columns = outcome.columns();
            let changes = calm.chunks_exact(columns).zip(scores.chunks_exact(columns));
            let changes = changes.map(|(calm, scores)| {
                let both = calm.iter().zip(scores);
                both.map(|(a, b)| (b - a).abs()).sum::<f64>() / columns as f64
            });
            let change = Influence::of_mean(changes.collect());
            found.push(("mean_abs_score_change", change));
            if means.is_empty() {
                let names = found
                    .iter()
                    .map(|(name, _)| (*name, MeanInfluence::default()));
                means = names.collect();
            }
            for ((_, mean), (_, own)) in means.iter_mut().zip(found) {
                mean.add(own);
            }
        }
        Ok(Self(means))
    }

    fn moved_to(self, now: Self, prefix: &str) -> Vec<Moved> {
        let both = self.0.into_iter().zip(now.0);
        let moved = both.filter_map(|((name, was), (_, now))| {
            let change = influence_change(&was.finish()?, &now.finish()?)?;
            Some(Moved {
                name: format!("{prefix}.{name}.mean"),
                change,
            })
        });
        moved.collect()
    }
}

/// What has moved of the losses on other tables: these rows and those of the dataset vary independently.
pub(super) fn losses(moved: &[Moved]) -> Vec<Moved> {
    let base = format!("{}.base.", Dimension::Resilience);
    let of_base: Vec<(&str, &Moved)> = moved
        .iter()
        .filter_map(|one| Some((one.name.strip_prefix(&base)?, one)))
        .collect();
    let prefix = format!("{}.", Dimension::Resilience);
    let others = moved.iter().filter(|one| !one.name.starts_with(&base));
    let losses = others.filter_map(|one| {
        let (_, metric) = one.name.strip_prefix(&prefix)?.rsplit_once('.')?;
        let (_, base) = of_base.iter().find(|(own, _)| *own == metric)?;
        let of = |of: &dyn Fn(&Change) -> Option<f64>| Some((of(&one.change)?, of(&base.change)?));
        let (was, was_base) = of(&|change| Some(change.was))?;
        let (now, now_base) = of(&|change| Some(change.now))?;
        let (error, error_base) = of(&Change::standard_error)?;
        let error = error.hypot(error_base);
        let losses = (was - was_base, now - now_base);
        Some(Moved {
            name: format!("{}.change", one.name),
            change: Change::of(losses.0, losses.1, Spread::Normal { error }),
        })
    });
    losses.collect()
}
