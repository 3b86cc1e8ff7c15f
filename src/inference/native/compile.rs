//! From a parsed graph to a flat list of steps: only what the wanted outputs need, constants
//! computed once, every name resolved.

use std::collections::{HashMap, HashSet};

use super::call::{Call, needed};
use super::footprint;
use super::operator::{Operator, Refusal};
use super::ops;
use super::stored::Restored;
use super::tensor::Tensor;
use super::trees;
use super::work::Work;
use crate::inference::onnx::{Graph, Node, Numbers};

/// Longer lists of nodes than tabular exporters write.
const MAX_NODES: usize = 10_000;

/// More elements than the constants of a tabular graph come to when they are computed.
const MAX_FOLDED: usize = 1 << 24;

/// Where a step finds a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Place {
    Input(usize),
    Constant(usize),
    Slot(usize),
}

#[derive(Debug)]
pub(super) struct Step {
    pub(super) name: String,
    pub(super) operator: Box<dyn Operator>,
    /// For an ensemble of trees: its place among the graph's nodes.
    pub(super) ensemble: Option<usize>,
    pub(super) inputs: Vec<Option<Place>>,
    /// The slot of each output; `None` where nobody reads it.
    pub(super) outputs: Vec<Option<usize>>,
    /// Slots that nobody reads after this step.
    pub(super) done: Vec<usize>,
}

#[derive(Debug)]
pub(super) struct Program {
    pub(super) constants: Vec<(Vec<usize>, Numbers)>,
    pub(super) steps: Vec<Step>,
    pub(super) slots: usize,
    /// With each, whether the same is wanted again further on.
    pub(super) wanted: Vec<(Place, bool)>,
    /// Values a row of the widest tensor, as the trial has found it.
    pub(super) widest: usize,
}

/// Why a graph is not run here: one sentence a reason.
pub(super) type Refusals = Vec<String>;

struct Compiler<'g, 'a, 's> {
    graph: &'g Graph<'a>,
    /// Ensembles that were compiled before.
    restored: Option<&'s Restored<'s>>,
    places: HashMap<&'a str, Place>,
    program: Program,
    refusals: Refusals,
    /// Elements of constants that were computed.
    folded: usize,
    /// What may still be spent on computing constants.
    work: Work,
}

/// `calls` are the graph's; `inputs` the fed ones, in the order of their blocks; `wanted` the outputs
/// to compute; `restored` are ensembles whose trees are not in the graph.
pub(super) fn compile<'g, 'a>(
    graph: &'g Graph<'a>,
    calls: &[Call<'g, 'a>],
    inputs: &[&str],
    wanted: &[&str],
    restored: Option<&Restored<'_>>,
) -> Result<Program, Refusals> {
    let mut compiler = Compiler {
        graph,
        restored,
        places: HashMap::new(),
        program: Program {
            constants: Vec::new(),
            steps: Vec::new(),
            slots: 0,
            wanted: Vec::new(),
            widest: 1,
        },
        refusals: Vec::new(),
        folded: 0,
        work: Work::default(),
    };
    compiler.place_inputs(inputs);
    for call in needed(calls, wanted) {
        compiler.add(call);
    }
    for name in wanted {
        match compiler.places.get(name) {
            Some(place) => compiler.program.wanted.push((*place, false)),
            None if compiler.refusals.is_empty() => {
                compiler
                    .refusals
                    .push(format!("nothing makes the output `{name}`"));
            }
            None => {}
        }
    }
    if !compiler.refusals.is_empty() {
        return Err(each_once(compiler.refusals));
    }
    let mut program = compiler.program;
    program.find_last_uses();
    Ok(program)
}

/// Forms of a graph that are not run at all.
pub(super) fn check_limits(graph: &Graph<'_>) -> Result<(), Refusals> {
    if graph.nodes.len() > MAX_NODES {
        return Err(vec![format!("it has {} nodes", graph.nodes.len())]);
    }
    if graph.has_sparse {
        return Err(vec!["it has sparse constants".into()]);
    }
    Ok(())
}

/// What stands in the way of a node.
pub(super) fn reason(node: &Node<'_>, refusal: Refusal) -> String {
    match refusal {
        Refusal::Uncovered(what) => what,
        Refusal::Broken(why) => format!("{}: {why}", node.full_name()),
    }
}

pub(super) fn each_once(mut refusals: Refusals) -> Refusals {
    let mut seen = HashSet::new();
    refusals.retain(|reason| seen.insert(reason.clone()));
    refusals
}

impl<'g, 'a> Compiler<'g, 'a, '_> {
    fn place_inputs(&mut self, inputs: &[&str]) {
        for tensor in &self.graph.initializers {
            match tensor.content() {
                Ok(Some(content)) => {
                    let place = Place::Constant(self.program.constants.len());
                    self.program.constants.push(content);
                    self.places.insert(tensor.name, place);
                }
                // Missed only where it is read.
                Ok(None) => {}
                Err(_) => self
                    .refusals
                    .push(format!("the constant `{}` is damaged", tensor.name)),
            }
        }
        let indices: HashMap<&str, usize> = inputs.iter().copied().zip(0..).collect();
        for fed in &self.graph.inputs {
            if let Some(index) = indices.get(fed.name) {
                self.places.insert(fed.name, Place::Input(*index));
            }
        }
    }

    fn add(&mut self, call: &Call<'g, 'a>) {
        let node = call.node;
        let is_ensemble = node.op.starts_with("TreeEnsemble");
        let mut nodes = self.graph.nodes.iter();
        let ensemble = nodes.position(|other| is_ensemble && std::ptr::eq(other, node));
        let built = match self.restored.zip(ensemble) {
            Some((restored, place)) if let Some(stored) = restored.ensemble(place) => {
                trees::restore(node, &call.sources, stored, restored.archive)
            }
            _ => ops::build(node, &call.sources),
        };
        let operator = match built {
            Ok(operator) => operator,
            Err(refusal) => return self.refusals.push(reason(node, refusal)),
        };
        let mut inputs = Vec::with_capacity(call.inputs.len());
        for name in call.inputs.iter() {
            match self.places.get(name) {
                _ if name.is_empty() => inputs.push(None),
                Some(place) => inputs.push(Some(*place)),
                // What makes it was refused, and that is reason enough.
                None if !self.refusals.is_empty() => return,
                None => {
                    let reason = format!("{}: nothing makes its input `{name}`", node.full_name());
                    return self.refusals.push(reason);
                }
            }
        }
        let is_constant = inputs
            .iter()
            .all(|place| matches!(place, None | Some(Place::Constant(_))));
        if is_constant && self.fold(node, &*operator, &inputs) {
            return;
        }
        let mut outputs = Vec::with_capacity(node.outputs.len());
        for name in &node.outputs {
            if name.is_empty() {
                outputs.push(None);
                continue;
            }
            let slot = self.program.slots;
            self.program.slots += 1;
            self.places.insert(name, Place::Slot(slot));
            outputs.push(Some(slot));
        }
        self.program.steps.push(Step {
            name: node.full_name(),
            operator,
            ensemble,
            inputs,
            outputs,
            done: Vec::new(),
        });
    }

    /// Computes a node now whose inputs are all known. Where that fails, running will say why.
    fn fold(
        &mut self,
        node: &'g Node<'a>,
        operator: &dyn Operator,
        inputs: &[Option<Place>],
    ) -> bool {
        let constants = &self.program.constants;
        let tensors: Vec<Option<Tensor<'_>>> = inputs
            .iter()
            .map(|place| match place {
                Some(Place::Constant(index)) => {
                    let (shape, numbers) = &constants[*index];
                    Some(Tensor::of_numbers(shape, numbers))
                }
                _ => None,
            })
            .collect();
        let refs: Vec<Option<&Tensor<'_>>> = tensors.iter().map(Option::as_ref).collect();
        if self.work.read(&node.full_name(), &refs).is_err() {
            return false;
        }
        let Ok(results) = operator.run(&refs) else {
            return false;
        };
        self.folded += results.iter().map(Tensor::len).sum::<usize>();
        if self.folded > MAX_FOLDED {
            return false;
        }
        let results: Vec<_> = results
            .iter()
            .map(|tensor| (tensor.shape.clone(), tensor.to_numbers()))
            .collect();
        for (name, content) in node.outputs.iter().zip(results) {
            let place = Place::Constant(self.program.constants.len());
            self.program.constants.push(content);
            self.places.insert(name, place);
        }
        true
    }
}

impl Program {
    fn find_last_uses(&mut self) {
        let mut wanted = HashSet::new();
        for (place, is_wanted_again) in self.wanted.iter_mut().rev() {
            *is_wanted_again = !wanted.insert(*place);
        }
        let mut seen: HashSet<usize> = wanted.iter().filter_map(Place::slot).collect();
        for step in self.steps.iter_mut().rev() {
            let read = step.inputs.iter().flatten().filter_map(Place::slot);
            let made = step.outputs.iter().flatten().copied();
            step.done = read.chain(made).filter(|slot| seen.insert(*slot)).collect();
        }
    }

    /// Rows at a time that suit the most demanding step.
    pub(super) fn block_rows(&self) -> Option<usize> {
        let wanted = self.steps.iter().map(|step| step.operator.block_rows());
        wanted.flatten().max()
    }

    pub(super) fn bytes(&self) -> usize {
        let constants: usize = self
            .constants
            .iter()
            .map(|(shape, numbers)| footprint::list(shape) + footprint::numbers(numbers))
            .sum();
        let steps: usize = self
            .steps
            .iter()
            .map(|step| {
                footprint::text(&step.name)
                    + size_of_val(&*step.operator)
                    + step.operator.bytes()
                    + footprint::list(&step.inputs)
                    + footprint::list(&step.outputs)
                    + footprint::list(&step.done)
            })
            .sum();
        let lists = footprint::list(&self.constants)
            + footprint::list(&self.steps)
            + footprint::list(&self.wanted);
        constants + steps + lists
    }
}

impl Place {
    fn slot(&self) -> Option<usize> {
        match self {
            Self::Slot(slot) => Some(*slot),
            _ => None,
        }
    }
}
