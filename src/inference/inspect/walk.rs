//! Walks a graph back from an output, to learn what the classes are called and what a score means.
//!
//! Ways through a graph can be many more than its nodes: what a walk has learnt of a value it keeps.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use crate::inference::onnx::{Graph, Node, Numbers, Tensor, WireError};

/// Longer chains than exporters produce; a graph with a cycle ends here.
const MAX_STEPS: usize = 256;
/// Every step may branch, so what is handed on is looked for only nearby.
const MAX_HANDED_STEPS: usize = 12;
/// A constant of one number takes less than this in a file, its name included.
const SMALL_BYTES: usize = 512;
pub(super) const CLASSIFIERS: [&str; 3] = [
    "TreeEnsembleClassifier",
    "LinearClassifier",
    "SVMClassifier",
];
pub(super) const REGRESSORS: [&str; 4] = [
    "TreeEnsembleRegressor",
    "LinearRegressor",
    "SVMRegressor",
    "TreeEnsemble",
];
/// These keep every number; only its type or place changes.
pub(super) const CARRIERS: [&str; 9] = [
    "Identity",
    "Cast",
    "Reshape",
    "Squeeze",
    "Unsqueeze",
    "Flatten",
    "Clip",
    "Dropout",
    "ZipMap",
];
/// These hand an input on as it is, side by side with others at most.
const HANDERS: [&str; 8] = [
    "Identity",
    "Cast",
    "Reshape",
    "Squeeze",
    "Unsqueeze",
    "Flatten",
    "Dropout",
    "Concat",
];

/// The graph, ready to be walked from a value to the node that made it.
pub(super) struct Walk<'g, 'a> {
    inputs: HashSet<&'a str>,
    makers: HashMap<&'a str, &'g Node<'a>>,
    constants: HashMap<&'a str, Tensor<'a>>,
    /// Where values come from.
    origins: RefCell<HashMap<&'a str, Option<&'g Node<'a>>>>,
    /// Whether values are inputs, handed on within so many steps.
    handed: RefCell<HashMap<(&'a str, usize), bool>>,
}

impl<'g, 'a> Walk<'g, 'a> {
    pub(super) fn over(graph: &'g Graph<'a>) -> Result<Self, WireError> {
        let mut makers = HashMap::new();
        let mut constants: HashMap<_, _> =
            graph.initializers.iter().map(|t| (t.name, *t)).collect();
        for node in &graph.nodes {
            if node.op == "Constant"
                && let (Some(name), Some(tensor)) = (node.outputs.first(), node.tensor("value")?)
            {
                constants.insert(name, tensor);
            }
            makers.extend(node.outputs.iter().map(|output| (*output, node)));
        }
        let inputs = graph.inputs.iter().map(|input| input.name);
        let inputs = inputs.filter(|name| !constants.contains_key(name));
        Ok(Walk {
            inputs: inputs.collect(),
            makers,
            constants,
            origins: RefCell::default(),
            handed: RefCell::default(),
        })
    }

    /// The node that made a value.
    pub(super) fn maker(&self, name: &str) -> Option<&'g Node<'a>> {
        self.makers.get(name).copied()
    }

    /// A constant of one whole number.
    pub(super) fn whole_constant(&self, name: &str) -> Result<Option<i64>, WireError> {
        let tensor = self.constants.get(name).filter(|t| t.size() < SMALL_BYTES);
        let Some((_, numbers)) = tensor.map_or(Ok(None), |tensor| tensor.content())? else {
            return Ok(None);
        };
        let number = match &numbers {
            Numbers::F32(v) | Numbers::F16(v) if v.len() == 1 => f64::from(v[0]),
            Numbers::F64(v) if v.len() == 1 => v[0],
            Numbers::I64(v) if v.len() == 1 => return Ok(Some(v[0])),
            _ => return Ok(None),
        };
        Ok((number.fract() == 0.0 && number.abs() < 1e9).then_some(number as i64))
    }

    /// The whole numbers of a small constant.
    pub(super) fn whole_constants(&self, name: &str) -> Result<Option<Vec<i64>>, WireError> {
        let tensor = self.constants.get(name).filter(|t| t.size() < SMALL_BYTES);
        let content = tensor.map_or(Ok(None), |tensor| tensor.content())?;
        Ok(content.and_then(|(_, numbers)| numbers.integers().map(<[i64]>::to_vec)))
    }

    /// Is it nothing but inputs of the model, handed on?
    pub(super) fn is_input(&self, name: &'a str) -> bool {
        self.is_input_within(name, MAX_HANDED_STEPS)
    }

    fn is_input_within(&self, name: &'a str, steps: usize) -> bool {
        let known = self.handed.borrow().get(&(name, steps)).copied();
        known.unwrap_or_else(|| {
            let is_input = self.is_handed_on(name, steps);
            self.handed.borrow_mut().insert((name, steps), is_input);
            is_input
        })
    }

    fn is_handed_on(&self, name: &str, steps: usize) -> bool {
        if self.inputs.contains(name) {
            return true;
        }
        let Some(node) = self.maker(name).filter(|_| steps > 0) else {
            return false;
        };
        let counted = if node.op == "Concat" {
            node.inputs.len()
        } else {
            1
        };
        let mut handed = node.inputs.iter().take(counted);
        HANDERS.contains(&node.op)
            && !node.inputs.is_empty()
            && handed.all(|input| self.is_input_within(input, steps - 1))
    }

    /// Is a value made from another one?
    pub(super) fn depends_on(&self, name: &str, other: &str) -> bool {
        let maker = self.maker(other);
        let mut before = self.upstream(name).into_iter();
        maker.is_some_and(|maker| before.any(|node| std::ptr::eq(node, maker)))
    }

    /// Is it what a classifier's operator gives, unchanged?
    pub(super) fn is_from_classifier(&self, name: &str) -> bool {
        self.origin(name)
            .is_some_and(|node| CLASSIFIERS.contains(&node.op))
    }

    /// The nodes that a value depends on, nearest first.
    fn upstream(&self, name: &str) -> Vec<&'g Node<'a>> {
        let mut found: Vec<&Node<'a>> = self.makers.get(name).copied().into_iter().collect();
        let mut seen: HashSet<*const Node<'a>> =
            found.iter().map(|node| &raw const **node).collect();
        let mut next = 0;
        while next < found.len() && found.len() < MAX_STEPS {
            for input in &found[next].inputs {
                if let Some(node) = self.makers.get(input)
                    && seen.insert(&raw const **node)
                {
                    found.push(node);
                }
            }
            next += 1;
        }
        found
    }

    pub(super) fn classes_of_label(&self, output: &str) -> Result<Option<Vec<String>>, WireError> {
        for node in self.upstream(output) {
            let found = match node.op {
                // sklearn's exports look the winning column's name up in a constant.
                "ArrayFeatureExtractor" | "Gather" => self.constant_input(node, 0)?,
                "LabelEncoder" => decoded_labels(node)?,
                // Beyond it are scores: a label that was never looked up is a column number.
                "ArgMax" => return Ok(None),
                _ => classifier_labels(node)?,
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    pub(super) fn classes_of_score(&self, output: &str) -> Result<Option<Vec<String>>, WireError> {
        for node in self.upstream(output) {
            let found = classifier_labels(node)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// The texts or integers of an input that is a constant.
    fn constant_input(
        &self,
        node: &Node<'a>,
        index: usize,
    ) -> Result<Option<Vec<String>>, WireError> {
        let tensor = node
            .inputs
            .get(index)
            .and_then(|name| self.constants.get(name));
        let values = tensor.map_or(Ok(Vec::new()), |tensor| tensor.texts_or_integers())?;
        Ok(Some(values).filter(|values| !values.is_empty()))
    }

    /// The node that made a value, with nothing but carriers between.
    pub(super) fn origin(&self, name: &str) -> Option<&'g Node<'a>> {
        let mut origins = self.origins.borrow_mut();
        let (mut name, mut passed) = (name, Vec::new());
        let found = loop {
            let Some((made, node)) = self.makers.get_key_value(name) else {
                break None;
            };
            if !CARRIERS.contains(&node.op) {
                break Some(*node);
            }
            if let Some(known) = origins.get(name) {
                break *known;
            }
            passed.push(*made);
            match node.inputs.first() {
                Some(input) if passed.len() < MAX_STEPS => name = input,
                _ => break None,
            }
        };
        origins.extend(passed.into_iter().map(|name| (name, found)));
        found
    }

    pub(super) fn is_from_regressor(&self, name: &str) -> bool {
        self.origin(name)
            .is_some_and(|node| REGRESSORS.contains(&node.op))
    }

    /// How many columns a score has, where its operator says so.
    pub(super) fn columns(&self, name: &str) -> Result<Option<usize>, WireError> {
        let Some(node) = self.origin(name) else {
            return Ok(None);
        };
        Ok(match node.op {
            "ArrayFeatureExtractor" => self.constant_input(node, 1)?.map(|indices| indices.len()),
            "TreeEnsembleRegressor" | "TreeEnsemble" => count(node, "n_targets")?,
            "LinearRegressor" => count(node, "targets")?,
            _ => classifier_labels(node)?.map(|labels| labels.len()),
        })
    }
}

fn count(node: &Node<'_>, attribute: &str) -> Result<Option<usize>, WireError> {
    let count = node.integer(attribute)?;
    Ok(count.and_then(|count| usize::try_from(count).ok()))
}

fn classifier_labels(node: &Node<'_>) -> Result<Option<Vec<String>>, WireError> {
    if CLASSIFIERS.contains(&node.op) || node.op == "ZipMap" {
        node.texts_or_integers(&[
            "classlabels_strings",
            "classlabels_int64s",
            "classlabels_ints",
        ])
    } else {
        Ok(None)
    }
}

/// What a `LabelEncoder` turns column numbers into, in the order of those numbers.
fn decoded_labels(node: &Node<'_>) -> Result<Option<Vec<String>>, WireError> {
    let Some(values) = node.texts_or_integers(&[
        "values_strings",
        "values_int64s",
        "values_tensor",
        "classes_strings",
    ])?
    else {
        return Ok(None);
    };
    let keys = node.texts_or_integers(&["keys_int64s", "keys_tensor"])?;
    let numbers: Option<Vec<i64>> =
        keys.and_then(|keys| keys.iter().map(|key| key.parse().ok()).collect());
    Ok(Some(match numbers {
        Some(numbers) if numbers.len() == values.len() => {
            let mut pairs: Vec<_> = numbers.into_iter().zip(values).collect();
            pairs.sort_by_key(|(number, _)| *number);
            pairs.into_iter().map(|(_, value)| value).collect()
        }
        _ => values,
    }))
}
