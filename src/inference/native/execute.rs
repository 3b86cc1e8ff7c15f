//! Runs a program over one block of rows.

use super::compile::{Place, Program, Step};
use super::tensor::{Failure, Tensor};

/// Sees what is computed, and may say that it is enough.
pub(super) trait Observer {
    /// A step of this operator is about to be run on these inputs.
    fn begins(&mut self, operator: &str, inputs: &[Option<&Tensor<'_>>]) -> Result<(), Failure>;

    /// A value is there.
    fn made(&mut self, tensor: &Tensor<'_>) -> Result<(), Failure>;
}

struct Unobserved;

impl Observer for Unobserved {
    fn begins(&mut self, _: &str, _: &[Option<&Tensor<'_>>]) -> Result<(), Failure> {
        Ok(())
    }

    fn made(&mut self, _: &Tensor<'_>) -> Result<(), Failure> {
        Ok(())
    }
}

impl Program {
    /// Is an input read by nothing but what takes it column by column?
    pub(super) fn takes_columns(&self, input: usize) -> bool {
        let place = Place::Input(input);
        let mut readers = self
            .steps
            .iter()
            .filter(|step| step.inputs.contains(&Some(place)))
            .peekable();
        readers.peek().is_some()
            && readers.all(|step| step.operator.takes_columns())
            && self.wanted.iter().all(|(wanted, _)| *wanted != place)
    }

    /// The wanted values for these inputs.
    pub(super) fn run<'r>(&'r self, inputs: &[Tensor<'r>]) -> Result<Vec<Tensor<'r>>, Failure> {
        self.run_observed(inputs, &mut Unobserved)
    }

    /// As [`Program::run`], watched by somebody who may end it.
    pub(super) fn run_observed<'r>(
        &'r self,
        inputs: &[Tensor<'r>],
        observer: &mut impl Observer,
    ) -> Result<Vec<Tensor<'r>>, Failure> {
        inputs.iter().try_for_each(|input| observer.made(input))?;
        let constants: Vec<Tensor<'r>> = self
            .constants
            .iter()
            .map(|(shape, numbers)| Tensor::of_numbers(shape, numbers))
            .collect();
        let mut slots: Vec<Option<Tensor<'r>>> = vec![None; self.slots];
        for step in &self.steps {
            let found = step.inputs.iter().map(|place| match place {
                None => Ok(None),
                Some(place) => find(*place, inputs, &constants, &slots).map(Some),
            });
            let outputs = found
                .collect::<Result<Vec<_>, _>>()
                .and_then(|found| {
                    observer.begins(&step.name, &found)?;
                    run_step(step, &found)
                })
                .map_err(|reason| format!("{}: {reason}", step.name))?;
            outputs
                .iter()
                .try_for_each(|output| observer.made(output))?;
            for (slot, tensor) in step.outputs.iter().zip(outputs) {
                if let Some(slot) = slot {
                    slots[*slot] = Some(tensor);
                }
            }
            for slot in &step.done {
                slots[*slot] = None;
            }
        }
        let wanted = self.wanted.iter().map(|(place, is_wanted_again)| {
            let made = match place {
                Place::Slot(slot) if !is_wanted_again => {
                    slots.get_mut(*slot).and_then(Option::take)
                }
                _ => None,
            };
            match made {
                Some(tensor) => Ok(tensor),
                None => find(*place, inputs, &constants, &slots).cloned(),
            }
        });
        wanted.collect()
    }
}

fn find<'t, 'r>(
    place: Place,
    inputs: &'t [Tensor<'r>],
    constants: &'t [Tensor<'r>],
    slots: &'t [Option<Tensor<'r>>],
) -> Result<&'t Tensor<'r>, Failure> {
    let found = match place {
        Place::Input(index) => inputs.get(index),
        Place::Constant(index) => constants.get(index),
        Place::Slot(index) => slots.get(index).and_then(Option::as_ref),
    };
    found.ok_or_else(|| "a value is missing".into())
}

fn run_step<'r>(
    step: &'r Step,
    inputs: &[Option<&Tensor<'r>>],
) -> Result<Vec<Tensor<'r>>, Failure> {
    let operator = &step.operator;
    let half = |tensor: &Tensor<'_>| tensor.is_half() && !operator.takes_half();
    let spelled = |tensor: &Tensor<'_>| {
        (tensor.is_categories() && !operator.takes_categories())
            || (tensor.is_column_by_column() && !operator.takes_columns())
    };
    let mut given = inputs.iter().flatten();
    if !given.clone().any(|tensor| half(tensor) || spelled(tensor)) {
        return operator.run(inputs);
    }
    let has_half = given.any(|tensor| half(tensor));
    let plain: Vec<Option<Tensor<'r>>> = inputs
        .iter()
        .map(|tensor| {
            tensor.map(|tensor| {
                if spelled(tensor) {
                    tensor.spelled_out()
                } else if has_half {
                    tensor.widened()
                } else {
                    tensor.clone()
                }
            })
        })
        .collect();
    let refs: Vec<Option<&Tensor<'r>>> = plain.iter().map(Option::as_ref).collect();
    let outputs = operator.run(&refs)?;
    if has_half {
        return Ok(outputs.into_iter().map(Tensor::narrowed).collect());
    }
    Ok(outputs)
}
