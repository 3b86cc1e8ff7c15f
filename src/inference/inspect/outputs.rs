//! Tells which output holds the label and which the scores, and what they are.
//!
//! The rule: what passes an input through is never a score. Of what is left, maps of probabilities
//! (ZipMap) come first, then one output a class, then the one whose name says most: probabilities
//! before scores and predictions, these before logits, means and outputs without a name of their own.
//! Where two names say as much, nothing is taken: the user is asked.

use std::collections::HashSet;

use super::labels;
use super::scale;
use super::walk::Walk;
use crate::inference::onnx::{Graph, ValueInfo, ValueKind, WireError};
use crate::inference::signature::{Doubt, ElementType, ScoreKind, ScoreScale};

/// What the outputs were found to be.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) score: ScoreKind,
    pub(super) classes: Option<Vec<String>>,
    pub(super) label_output: Option<String>,
    pub(super) score_outputs: Vec<String>,
    pub(super) score_column: Option<usize>,
    pub(super) doubt: Option<Doubt>,
    pub(super) is_detector: bool,
    pub(super) ignored: Vec<String>,
}

/// The output that the user named, or one column of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'w> {
    pub(super) name: &'w str,
    pub(super) column: Option<usize>,
}

impl<'w> Wanted<'w> {
    /// Reads `NAME` or `NAME[COLUMN]`; `None` where the graph has no such output.
    pub(super) fn find(graph: &Graph<'_>, text: &'w str) -> Option<Self> {
        let has = |name: &str| graph.outputs.iter().any(|output| output.name == name);
        if has(text) {
            return Some(Self {
                name: text,
                column: None,
            });
        }
        let (name, place) = text.strip_suffix(']')?.rsplit_once('[')?;
        let column = Some(place.trim().parse().ok()?);
        has(name).then_some(Self { name, column })
    }
}

/// An output with the parts of its type that matter here.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Output<'a> {
    name: &'a str,
    /// `None` for a ZipMap.
    element: Option<ElementType>,
    width: Option<usize>,
    /// Has it more than rows and columns?
    is_deep: bool,
}

impl Output<'_> {
    fn is_score(&self) -> bool {
        self.element.is_none_or(ElementType::is_float)
    }

    fn is_label(&self) -> bool {
        !self.is_score() && self.width.is_none_or(|width| width == 1)
    }

    fn is_named(&self, part: &str) -> bool {
        self.name.to_ascii_lowercase().contains(part)
    }

    fn is_called_a_label(&self) -> bool {
        ["label", "class", "predict"]
            .iter()
            .any(|part| self.is_named(part))
    }

    /// How much its name says that it is the score: the less, the more.
    fn rank(&self) -> usize {
        const NAMES: [&[&str]; 4] = [
            &["prob"],
            &["score", "predict"],
            &["logit", "mean", "output", "variable", "target", "result"],
            &[""],
        ];
        const EXACT: [&str; 5] = [
            "probabilities",
            "probability",
            "probs",
            "proba",
            "output_probability",
        ];
        if EXACT
            .iter()
            .any(|name| self.name.eq_ignore_ascii_case(name))
        {
            return 0;
        }
        if self.is_named("label") {
            return NAMES.len() + 1;
        }
        let says = |names: &&[&str]| names.iter().any(|name| self.is_named(name));
        1 + NAMES.iter().position(says).unwrap_or(NAMES.len())
    }
}

/// `None` when no output holds labels or scores. `wanted` is the output that the user named.
pub(super) fn read(
    graph: &Graph<'_>,
    producer: &str,
    wanted: Option<Wanted<'_>>,
) -> Result<Option<Reading>, WireError> {
    let walk = Walk::over(graph)?;
    let all: Vec<Output<'_>> = graph.outputs.iter().filter_map(usable).collect();
    let named = wanted.and_then(|wanted| all.iter().find(|o| o.name == wanted.name));
    let own = all.iter().filter(|output| !walk.is_input(output.name));
    let own: Vec<Output<'_>> = own.copied().collect();
    // Refused later, with what it is.
    let outputs = if own.is_empty() { &all } else { &own };
    let labels: Vec<_> = outputs.iter().filter(|o| o.is_label()).collect();
    let mut label = labels
        .iter()
        .find(|o| o.is_named("label") || o.is_named("class"))
        .or(labels.first())
        .map(|o| **o);
    let candidates = outputs.iter().filter(|o| o.is_score());
    let mut scores: Vec<_> = candidates.copied().collect();
    match named {
        Some(output) if output.is_score() => scores = vec![*output],
        Some(output) => {
            label = Some(*output);
            scores.clear();
        }
        None => {}
    }

    let from_label = label.map_or(Ok(None), |o| walk.classes_of_label(o.name))?;
    let (scores, are_several) = pick_scores(&scores, from_label.as_ref().map(Vec::len));
    let doubt = match named {
        Some(_) => None,
        None if own.is_empty() && !all.is_empty() => Some(Doubt::OnlyInputs),
        None => several_labels(&walk, outputs)
            .or_else(|| clusters(&walk, label, &scores, from_label.is_some()))
            .or_else(|| {
                are_several.then(|| Doubt::Several {
                    outputs: outputs
                        .iter()
                        .filter(|o| o.is_score())
                        .map(|o| o.name.to_owned())
                        .collect(),
                })
            }),
    };
    let Some(first) = scores.first().copied() else {
        return Ok(label.map(|label| Reading {
            score: ScoreKind::LabelsOnly,
            classes: from_label,
            label_output: Some(label.name.to_owned()),
            score_outputs: Vec::new(),
            score_column: None,
            doubt,
            is_detector: false,
            ignored: Vec::new(),
        }));
    };
    let from_score = walk.classes_of_score(first.name)?;
    // A label that is a bare column number cannot be compared with names that only the scores know.
    if from_label.is_none() && from_score.is_some() {
        label = None;
    }
    let is_detector = wanted.is_none()
        && from_label.is_none()
        && scores.len() == 1
        && first.width.is_none_or(|width| width == 1)
        && label.is_some_and(|label| walk.depends_on(label.name, first.name))
        && label.map_or(Ok(false), |label| {
            labels::are_of_detector(&walk, label.name)
        })?;
    // A ZipMap's own names are the order of its columns, whatever the label's are.
    let mut classes = if first.element.is_none() {
        from_score.or(from_label)
    } else {
        from_label.or(from_score)
    };
    let mut scale = scale::of(&walk, first.name)?.unwrap_or(ScoreScale::Unknown);
    if is_detector {
        classes = Some(labels::OF_DETECTORS.map(str::to_owned).to_vec());
        scale = ScoreScale::Margin;
        // Its labels follow from the score; right on the cut some of them are 0.
        label = None;
    }
    let column = wanted.and_then(|wanted| wanted.column);
    if column.is_some() {
        // One column out of several says nothing of the others.
        (classes, label) = (None, None);
    }
    let is_regression = label.is_none()
        && classes.is_none()
        && scale != ScoreScale::Probability
        && (walk.is_from_regressor(first.name)
            || producer.starts_with("skl2onnx")
            || producer.starts_with("OnnxMLTools"));
    // Declared widths are often wrong; what the operators say is not.
    let told = match &classes {
        Some(classes) if first.element.is_none() => Some(classes.len()),
        _ => walk.columns(first.name)?,
    };
    let columns = told.or(first.width).unwrap_or(1).max(scores.len());
    let columns = if column.is_some() { 1 } else { columns };
    // What scikit-learn's own matrix products end in are decision functions: the softmax of several of
    // one class against the rest would make probabilities up.
    if scale == ScoreScale::Logit
        && columns > 2
        && producer.starts_with("skl2onnx")
        && !walk.is_from_classifier(first.name)
    {
        scale = ScoreScale::Margin;
    }
    let score = if is_regression {
        ScoreKind::Regression { targets: columns }
    } else if columns == 1 && first.element.is_some() {
        ScoreKind::Single { scale }
    } else {
        ScoreKind::PerClass {
            columns,
            scale,
            zip_map: first.element.is_none(),
        }
    };
    let lacks_classes =
        classes.is_none() && column.is_none() && walk.is_from_classifier(first.name);
    let score_outputs: Vec<String> = scores.iter().map(|o| o.name.to_owned()).collect();
    let read: HashSet<&str> = scores.iter().map(|o| o.name).collect();
    Ok(Some(Reading {
        ignored: graph
            .outputs
            .iter()
            .map(|output| output.name)
            .filter(|name| !read.contains(name) && label.is_none_or(|l| l.name != *name))
            .map(str::to_owned)
            .collect(),
        score,
        classes,
        label_output: label.map(|o| o.name.to_owned()),
        score_outputs,
        score_column: column,
        doubt: doubt.or(lacks_classes.then_some(Doubt::NoClasses)),
        is_detector,
    }))
}

fn usable<'a>(output: &ValueInfo<'a>) -> Option<Output<'a>> {
    let (element, width, is_deep) = match &output.kind {
        ValueKind::MapSequence => (None, None, false),
        ValueKind::Tensor { element, shape } => {
            let width = match shape.as_deref() {
                Some([] | [_]) => Some(1),
                Some([.., last]) => *last,
                None => None,
            };
            let beyond = shape.as_deref().and_then(|shape| shape.get(2..));
            let is_deep = beyond.is_some_and(|beyond| {
                let inner = shape.iter().flatten().skip(1);
                !beyond.is_empty() && inner.filter(|size| **size != Some(1)).count() > 1
            });
            (Some(ElementType::from_onnx(*element)?), width, is_deep)
        }
        ValueKind::Other => return None,
    };
    Some(Output {
        name: output.name,
        element,
        width,
        is_deep,
    })
}

/// A label of several columns, or scores of more than rows and columns: a model of several answers.
fn several_labels(walk: &Walk<'_, '_>, outputs: &[Output<'_>]) -> Option<Doubt> {
    let has_label = outputs.iter().any(Output::is_label);
    let is_wide_label = |o: &&Output<'_>| {
        // scikit-learn cuts the probabilities of several labels so, and declares one.
        let is_cut = walk
            .origin(o.name)
            .is_some_and(|node| node.op == "Binarizer");
        let is_wide = !o.is_score() && (is_cut || o.width.is_some_and(|width| width > 1));
        is_wide && (o.is_called_a_label() || !has_label)
    };
    let wide = outputs.iter().find(is_wide_label);
    let scores: Vec<&Output<'_>> = outputs.iter().filter(|o| o.is_score()).collect();
    let are_deep = !scores.is_empty() && scores.iter().all(|o| o.is_deep);
    let found = wide.or(scores.first().copied().filter(|_| are_deep))?;
    Some(Doubt::SeveralLabels {
        output: found.name.to_owned(),
    })
}

/// The nearest or likeliest of some groups that no class name belongs to.
fn clusters(
    walk: &Walk<'_, '_>,
    label: Option<Output<'_>>,
    scores: &[Output<'_>],
    has_classes: bool,
) -> Option<Doubt> {
    let label = label.filter(|_| !has_classes)?;
    let is_made_by = |output: &Output<'_>, op: &str| {
        let maker = walk.origin(output.name);
        maker.is_some_and(|node| node.op == op)
    };
    // A mixture gives the exponents of its log-probabilities; classifiers of that kind look their
    // winner's name up.
    let is_mixture = is_made_by(&label, "ArgMax") && scores.iter().any(|o| is_made_by(o, "Exp"));
    (is_made_by(&label, "ArgMin") || is_mixture).then_some(Doubt::Clusters)
}

/// One score output, or one a class where the export has split them; and whether others could be it
/// just as well.
fn pick_scores<'a>(scores: &[Output<'a>], classes: Option<usize>) -> (Vec<Output<'a>>, bool) {
    if let Some(zip_map) = scores.iter().find(|o| o.element.is_none()) {
        return (vec![*zip_map], false);
    }
    let split = scores.len() > 1
        && classes == Some(scores.len())
        && scores.iter().all(|o| o.width == Some(1));
    if split {
        return (scores.to_vec(), false);
    }
    let Some(best) = scores.iter().min_by_key(|o| o.rank()) else {
        return (Vec::new(), false);
    };
    let equals = scores.iter().filter(|o| o.rank() == best.rank()).count();
    (vec![*best], equals > 1)
}
