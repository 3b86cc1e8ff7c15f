//! A few made-up rows through a program, when it is opened: types, shapes and widths that do not
//! fit show here and not in the middle of a run, and so does a graph that mixes rows.

use super::compile::Program;
use super::execute::Observer;
use super::scores::Reader;
use super::tensor::{Data, Failure, Tensor, elements, to_half};
use super::work::Work;
use crate::inference::ScoreBlock;
use crate::inference::signature::{ElementType, InputSpec, Signature};

/// Rows of a trial; more than any constant dimension that is not the rows'.
const ROWS: usize = 3;
const TEXTS: [&str; 3] = ["a", "", "b"];

/// Checks a program, and gives the most values a row that any of its tensors has. The width of inputs
/// that leave it open is found for the check only.
pub(super) fn check(
    program: &Program,
    reader: &Reader,
    signature: &Signature,
) -> Result<usize, Failure> {
    let open = program
        .steps
        .iter()
        .filter_map(|step| step.operator.wanted_width())
        .max();
    let has_open = signature.inputs.iter().any(|input| input.width.is_none());
    if has_open && open.is_none() {
        return Err("an input leaves its width open".into());
    }
    let open = open.unwrap_or(1);
    let mut watch = Watch {
        widest: 1,
        rows: 1,
        work: Work::default(),
    };
    let mut run = |first: usize, rows: usize| -> Result<ScoreBlock, Failure> {
        for input in &signature.inputs {
            elements(&[rows, input.width.unwrap_or(open)])?;
        }
        let specs = signature.inputs.iter().enumerate();
        let inputs: Vec<Tensor<'_>> = specs
            .map(|(index, spec)| made_up(spec, open, index, first, rows))
            .collect();
        watch.rows = rows;
        let values = program.run_observed(&inputs, &mut watch)?;
        reader.read(values, rows, rows)
    };
    if let Some(batch) = signature.fixed_batch() {
        run(0, batch)?;
        return Ok(watch.widest);
    }
    let together = run(0, ROWS)?;
    for row in 0..ROWS {
        let alone = run(row, 1)?;
        let columns = together.columns;
        let scores = &together.scores[row * columns..(row + 1) * columns];
        let same_bits = |(a, b): (&f32, &f32)| a.to_bits() == b.to_bits();
        let is_same = alone.columns == columns
            && alone.scores.iter().zip(scores).all(same_bits)
            && alone.labels.as_ref().map(|labels| labels[0])
                == together.labels.as_ref().map(|labels| labels[row]);
        if !is_same {
            return Err("a row's scores depend on the rows beside it".into());
        }
    }
    Ok(watch.widest)
}

/// Finds the widest value, and ends what takes too long.
struct Watch {
    widest: usize,
    rows: usize,
    work: Work,
}

impl Observer for Watch {
    fn begins(&mut self, operator: &str, inputs: &[Option<&Tensor<'_>>]) -> Result<(), Failure> {
        self.work.read(operator, inputs)
    }

    fn made(&mut self, tensor: &Tensor<'_>) -> Result<(), Failure> {
        self.widest = self.widest.max(tensor.len().div_ceil(self.rows));
        self.work.made(tensor)
    }
}

fn made_up<'r>(
    spec: &InputSpec,
    open_width: usize,
    input: usize,
    first: usize,
    rows: usize,
) -> Tensor<'r> {
    let width = spec.width.unwrap_or(open_width);
    let seeds: Vec<u64> = (first * width..(first + rows) * width)
        .map(|place| ((place + 1 + input * 7919) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40)
        .collect();
    // Between -4 and 4.
    let number = |seed: &u64| (*seed as f32 / (1 << 21) as f32) - 4.0;
    let data = match spec.element {
        ElementType::Float32 => Data::F32(seeds.iter().map(number).collect()),
        ElementType::Float16 => Data::F16(seeds.iter().map(|s| to_half(number(s))).collect()),
        ElementType::Float64 => Data::F64(seeds.iter().map(|s| number(s).into()).collect()),
        ElementType::Int64
        | ElementType::Int32
        | ElementType::Int8
        | ElementType::Int16
        | ElementType::Uint8
        | ElementType::Uint16
        | ElementType::Uint32
        | ElementType::Uint64 => Data::I64(seeds.iter().map(|s| (s % 5) as i64).collect()),
        ElementType::Bool => Data::Bool(seeds.iter().map(|s| s % 2 == 0).collect()),
        ElementType::Text => Data::Text(seeds.iter().map(|s| TEXTS[(s % 3) as usize]).collect()),
    };
    let shape = if spec.rank == 1 {
        vec![rows]
    } else {
        vec![rows, width]
    };
    Tensor { shape, data }
}
