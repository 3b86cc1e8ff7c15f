//! Tells which output holds the label and which the scores, and what they are.

use super::walk::Walk;
use crate::inference::onnx::{Graph, ValueInfo, ValueKind, WireError};
use crate::inference::signature::{ElementType, ScoreKind, ScoreScale};

/// What the outputs were found to be.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) score: ScoreKind,
    pub(super) classes: Option<Vec<String>>,
    pub(super) label_output: Option<String>,
    pub(super) score_outputs: Vec<String>,
    pub(super) ignored: Vec<String>,
}

/// An output with the parts of its type that matter here.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Output<'a> {
    name: &'a str,
    /// `None` for a ZipMap.
    element: Option<ElementType>,
    width: Option<usize>,
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
}

/// `None` when no output holds labels or scores. `wanted` is the output that the user named.
pub(super) fn read(
    graph: &Graph<'_>,
    producer: &str,
    wanted: Option<&str>,
) -> Result<Option<Reading>, WireError> {
    let outputs: Vec<Output<'_>> = graph.outputs.iter().filter_map(usable).collect();
    let walk = Walk::over(graph)?;
    let labels: Vec<_> = outputs.iter().filter(|o| o.is_label()).collect();
    let mut label = labels
        .iter()
        .find(|o| o.is_named("label") || o.is_named("class"))
        .or(labels.first())
        .map(|o| **o);
    let mut scores: Vec<_> = outputs.iter().filter(|o| o.is_score()).copied().collect();
    match wanted.and_then(|name| outputs.iter().find(|o| o.name == name)) {
        Some(output) if output.is_score() => scores = vec![*output],
        Some(output) => {
            label = Some(*output);
            scores.clear();
        }
        None => {}
    }

    let from_label = label.map_or(Ok(None), |o| walk.classes_of_label(o.name))?;
    scores = pick_scores(&scores, from_label.as_ref().map(Vec::len));
    let Some(first) = scores.first().copied() else {
        return Ok(label.map(|label| Reading {
            score: ScoreKind::LabelsOnly,
            classes: from_label,
            label_output: Some(label.name.to_owned()),
            score_outputs: Vec::new(),
            ignored: Vec::new(),
        }));
    };
    let from_score = walk.classes_of_score(first.name)?;
    // A label that is a bare column number cannot be compared with names that only the scores know.
    if from_label.is_none() && from_score.is_some() {
        label = None;
    }
    // A ZipMap's own names are the order of its columns, whatever the label's are.
    let classes = if first.element.is_none() {
        from_score.or(from_label)
    } else {
        from_label.or(from_score)
    };
    let scale = walk.scale(first.name)?.unwrap_or(ScoreScale::Unknown);
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
    let score_outputs: Vec<String> = scores.iter().map(|o| o.name.to_owned()).collect();
    Ok(Some(Reading {
        ignored: graph
            .outputs
            .iter()
            .map(|output| output.name.to_owned())
            .filter(|name| !score_outputs.contains(name) && label.is_none_or(|l| l.name != name))
            .collect(),
        score,
        classes,
        label_output: label.map(|o| o.name.to_owned()),
        score_outputs,
    }))
}

fn usable<'a>(output: &ValueInfo<'a>) -> Option<Output<'a>> {
    let (element, width) = match &output.kind {
        ValueKind::MapSequence => (None, None),
        ValueKind::Tensor { element, shape } => (
            Some(ElementType::from_onnx(*element)?),
            match shape.as_deref() {
                Some([] | [_]) => Some(1),
                Some([.., last]) => *last,
                None => None,
            },
        ),
        ValueKind::Other => return None,
    };
    Some(Output {
        name: output.name,
        element,
        width,
    })
}

/// One score output, or one a class where the export has split them.
fn pick_scores<'a>(scores: &[Output<'a>], classes: Option<usize>) -> Vec<Output<'a>> {
    if let Some(zip_map) = scores.iter().find(|o| o.element.is_none()) {
        return vec![*zip_map];
    }
    let split = scores.len() > 1
        && classes == Some(scores.len())
        && scores.iter().all(|o| o.width == Some(1));
    if split {
        return scores.to_vec();
    }
    scores
        .iter()
        .find(|o| o.is_named("prob"))
        .or_else(|| scores.iter().find(|o| !o.is_named("label")))
        .or(scores.first())
        .map(|o| vec![*o])
        .unwrap_or_default()
}
