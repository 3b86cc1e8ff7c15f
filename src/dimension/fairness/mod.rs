//! Fairness: selection and error rates of every group of every protected attribute and of every
//! pair of attributes, and how far the groups lie apart.

mod attribute;
mod calibration;
mod figures;
mod gap_tables;
mod gaps;
mod impact;
mod intersections;
mod multi_class;
mod privileged;
mod rate_pair;
mod rates;
mod regression;
mod selection;
mod sizes;
mod thresholds;

use crate::dimension::findings::Findings;
use crate::dimension::{Inputs, Validation, intersections as crossings, is_core, preset};
use crate::metrics::bootstrap::count_intervals;
use crate::metrics::classification::{Confusion, decide};
use crate::metrics::fairness::{
    FourFifths, Gaps, Group, ScoredRows, generalized_entropy_2, theil_index,
};
use crate::metrics::group_codes::Codes;
use crate::resource::{Attribute, Catalogue, Key, ProtectedAttribute, ScoreMeaning, TableId};
use crate::vocabulary::{Preset, Problem, Task};
pub(super) use gaps::count_gap_metrics;
use impact::Larger;

pub(super) struct Fairness;

impl Validation for Fairness {
    fn needs(&self, catalogue: &Catalogue, _: Preset) -> Result<Vec<Key>, Problem> {
        if catalogue.experiment.protected.is_empty() {
            let problem = Problem::new("no protected attributes");
            let problem = problem.remedy("name them under [protected]");
            return Err(problem.setting("protected"));
        }
        if !matches!(catalogue.task(), Task::Binary { .. }) {
            catalogue.need_labels()?;
        }
        let mut keys = catalogue.outcomes(&TableId::Dataset);
        keys.push(Key::ProtectedAttributes(TableId::Dataset));
        keys.push(Key::predictions(catalogue.validated(), TableId::Dataset));
        Ok(keys)
    }

    fn declares(&self, key: &Key) -> bool {
        is_core(key) || *key == Key::ProtectedAttributes(TableId::Dataset)
    }

    fn evaluate(&self, inputs: &Inputs<'_>) -> Result<Findings, Problem> {
        let attributes = inputs.resolved.protected()?;
        privileged::check(attributes)?;
        if !inputs.has_labels(&TableId::Dataset)? {
            return selection::evaluate(inputs, attributes);
        }
        let other_task = match inputs.catalogue.task() {
            Task::MultiClass(classes) => Some(multi_class::evaluate(inputs, classes)?),
            Task::Regression => Some(regression::evaluate(inputs)?),
            Task::Binary { .. } => None,
        };
        if let Some(mut findings) = other_task {
            findings.notes(privileged::unused(attributes));
            return Ok(findings);
        }
        let labels = inputs.labels(&TableId::Dataset)?;
        let scores = inputs.scores_held(TableId::Dataset)?;
        let predicted = decide(&scores, inputs.catalogue.threshold());
        let mut findings = Findings::default();
        let overall = Confusion::count(&labels, &predicted);
        individual(&overall, inputs.seed, &mut findings);
        let judged = Judged {
            rows: ScoredRows::new(&labels, &predicted, &scores),
            labels: &labels,
            scores: &scores,
            meaning: inputs.catalogue.score_meaning(),
            threshold: inputs.catalogue.threshold(),
            seed: inputs.seed,
        };
        describe(attributes, &judged, &mut findings);
        Ok(findings)
    }
}

/// Adds the inequality of the individual benefits.
fn individual(overall: &Confusion, seed: u64, findings: &mut Findings) {
    let cells = [
        overall.true_positives,
        overall.false_positives,
        overall.false_negatives,
        overall.true_negatives,
    ];
    let of = |counts: &Confusion| [theil_index(counts), generalized_entropy_2(counts)];
    let draws = (seed, "fairness of individuals");
    let intervals = count_intervals(&cells, preset::FAIRNESS_RESAMPLES, draws, |cells| {
        of(&Confusion {
            true_positives: cells[0],
            false_positives: cells[1],
            false_negatives: cells[2],
            true_negatives: cells[3],
        })
    });
    let names = ["theil_index", "generalized_entropy_2"];
    for (name, (value, interval)) in names
        .into_iter()
        .zip(of(overall).into_iter().zip(intervals))
    {
        findings.with_interval(name, value, interval);
    }
}

/// The rows, and how they are judged.
struct Judged<'a> {
    rows: ScoredRows<'a, f32>,
    labels: &'a [bool],
    scores: &'a [f32],
    meaning: ScoreMeaning,
    threshold: f64,
    seed: u64,
}

/// What became of one attribute, or of a pair of them.
struct Compared<'a> {
    attribute: &'a Attribute,
    /// Is it a pair?
    is_intersection: bool,
    groups: Vec<Group>,
    gaps: Gaps,
    rule: Option<FourFifths>,
    /// The same with their intervals, by name.
    named_gaps: Vec<gaps::NamedGap>,
    larger: Larger,
}

impl Compared<'_> {
    fn ratio(&self) -> Option<f64> {
        self.larger.lowest().map(|(_, against)| against.ratio)
    }
}

/// The metric of an attribute's lowest ratio without its small groups.
fn larger_ratio(attribute: &str) -> String {
    format!("{attribute}.larger_groups.demographic_parity_ratio")
}

fn describe(attributes: &[ProtectedAttribute], judged: &Judged<'_>, findings: &mut Findings) {
    let pairs = crossings::of(attributes, findings);
    let singles = attributes.iter();
    let singles = singles.map(|one| (&one.attribute, &one.codes as &dyn Codes));
    let crossings = pairs.iter();
    let crossings = crossings.map(|pair| (&pair.attribute, &pair.codes as &dyn Codes));
    let all: Vec<(&Attribute, &dyn Codes)> = singles.chain(crossings).collect();
    let sized: Vec<(&dyn Codes, usize)> = all
        .iter()
        .map(|(attribute, codes)| (*codes, attribute.groups.len()))
        .collect();
    let tables = judged.rows.group_tables(&sized).into_iter();
    let both = all.iter().zip(tables);
    let mut both =
        both.map(|((attribute, _), groups)| attribute::compare(attribute, groups, judged));
    let compared: Vec<Compared<'_>> = both.by_ref().take(attributes.len()).collect();
    let crossed: Vec<Compared<'_>> = both
        .map(|pair| Compared {
            is_intersection: true,
            ..pair
        })
        .collect();
    for one in compared.iter().chain(&crossed) {
        attribute::report(one, findings);
        privileged::describe(one, findings);
    }
    gap_tables::tables(&compared, &crossed, findings);
    let lowest = lowest_ratio(compared.iter());
    if let Some((worst, (code, against))) = lowest.and_then(|w| Some((w, w.larger.lowest()?))) {
        let (name, groups) = (&worst.attribute.name, &worst.attribute.groups);
        let (n, all) = against.rows;
        findings.headline("parity", larger_ratio(name));
        let reference = worst.larger.reference.map_or("", |code| &groups[code]);
        findings.score(
            Some(against.ratio),
            against.interval.map(|i| (i.low, i.high)),
            format!(
                "the lowest selection rate of a group that is not small over the highest, by {name}, the \
                 attribute with the lowest such ratio: {} (n {n}) over {reference} (n {all}); 1 is parity",
                groups[code]
            ),
        );
    }
    // The picture of the headline's attribute stands first.
    let is_lowest = |one: &Compared<'_>| {
        lowest.is_some_and(|lowest| lowest.attribute.name == one.attribute.name)
    };
    let mut pictured: Vec<&Compared<'_>> = compared.iter().collect();
    pictured.sort_by_key(|one| !is_lowest(one));
    let bars = pictured.into_iter().map(figures::selection_bars);
    findings.figures.extend(bars);
    findings
        .figures
        .extend(gap_tables::odds_bars(&compared, &crossed));
    for (one, protected) in compared.iter().zip(attributes) {
        let is_worst = is_lowest(one);
        let codes = &protected.codes;
        thresholds::describe(one, codes, judged, is_worst, findings);
        calibration::describe(one, codes, judged, is_worst, findings);
    }
    if let Some(worst) = lowest_ratio(crossed.iter()) {
        findings.figures.push(figures::lowest_selection_bars(worst));
    }
    for one in &compared {
        attribute::notes(one, findings);
    }
    gap_tables::halves_note(&compared, findings);
    intersections::notes(&crossed, findings);
    findings.note(impact::METHOD);
    findings.note(format!(
        "95% intervals: rates by score intervals (Wilson), gaps of two rates by those of the lowest and the \
         highest group (Newcombe; ratios by logarithms, Katz), odds gaps by {} resamples within each group and \
         true class; the pair is picked from the data, so an interval is of that pair, and the middle of a \
         resampled one lies above the gap where groups are small",
        preset::FAIRNESS_RESAMPLES
    ));
    if compared
        .iter()
        .any(|one| one.attribute.privileged.is_some())
    {
        findings.note(
            "against the privileged group: each group's rate less that of the privileged one (impact: \
             over it), so a rate that is lower for the group is negative (impact: below 1)"
                .to_owned(),
        );
    }
}

fn lowest_ratio<'c, 'a>(
    compared: impl Iterator<Item = &'c Compared<'a>>,
) -> Option<&'c Compared<'a>>
where
    'a: 'c,
{
    let defined = compared.filter_map(|one| Some((one.ratio()?, one)));
    let lowest = defined.min_by(|(a, _), (b, _)| a.total_cmp(b));
    lowest.map(|(_, one)| one)
}
