//! Reads scores and labels out of the values that a program gives.

use super::footprint;
use super::tensor::{Data, Failure, Tensor};
use crate::inference::ScoreBlock;
use crate::inference::batch::is_across_rows;
use crate::inference::class_index::ClassIndex;
use crate::inference::signature::Signature;

/// How the wanted values are to be read: the scores first, then the label, if there is one.
#[derive(Debug)]
pub(super) struct Reader {
    score_outputs: usize,
    score_column: Option<usize>,
    classes: Option<Vec<String>>,
    /// The classes as numbers, where all of them are.
    numbers: Option<Vec<i64>>,
}

impl Reader {
    pub(super) fn of(signature: &Signature) -> Self {
        let classes = signature.classes.clone();
        Reader {
            score_outputs: signature.score_outputs.len(),
            score_column: signature.score_column,
            numbers: classes
                .as_ref()
                .and_then(|names| names.iter().map(|name| name.parse().ok()).collect()),
            classes,
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.classes.as_ref().map_or(0, footprint::texts)
            + self.numbers.as_ref().map_or(0, footprint::list)
    }

    /// The first `used` of `size` rows.
    pub(super) fn read(
        &self,
        mut values: Vec<Tensor<'_>>,
        size: usize,
        used: usize,
    ) -> Result<ScoreBlock, Failure> {
        let labels = values.split_off(self.score_outputs.min(values.len()));
        let scores = values;
        let mut columns = Vec::with_capacity(scores.len());
        for tensor in scores {
            if is_across_rows(&tensor.shape, size) {
                return Err(format!(
                    "its scores have the shape {:?} for {size} rows",
                    tensor.shape
                ));
            }
            let all = match tensor.data {
                Data::F32(all) | Data::F16(all) => all.into_owned(),
                Data::F64(all) => all.iter().map(|score| *score as f32).collect(),
                other => return Err(format!("its scores are {}", other.type_name())),
            };
            let width = all.len() / size.max(1);
            if width == 0 || width * size != all.len() {
                return Err(format!("it gave {} scores for {size} rows", all.len()));
            }
            columns.push((all, width));
        }
        let mut block = ScoreBlock {
            rows: used,
            columns: columns.iter().map(|(_, width)| width).sum(),
            ..ScoreBlock::default()
        };
        if let [(all, width)] = &mut columns[..] {
            all.truncate(used * *width);
            block.scores = std::mem::take(all);
        } else {
            for row in 0..used {
                for (all, width) in &columns {
                    block.scores.extend(&all[row * width..(row + 1) * width]);
                }
            }
        }
        if let Some(column) = self.score_column {
            block.keep_column(column)?;
        }
        if let Some(tensor) = labels.first() {
            block.labels = Some(self.labels(tensor, size, used)?);
        }
        Ok(block)
    }

    fn labels(&self, tensor: &Tensor<'_>, size: usize, used: usize) -> Result<Vec<u32>, Failure> {
        if tensor.len() != size {
            return Err(format!("it gave {} labels for {size} rows", tensor.len()));
        }
        let classes = self.classes.as_deref();
        let classes = classes.map(|names| ClassIndex::over(names, self.numbers.as_deref()));
        let number = |label: i64| match &classes {
            Some(classes) => classes.of_number(label),
            None => u32::try_from(label)
                .map_err(|_| format!("it gave the label {label}, which is no class number")),
        };
        match &tensor.data {
            Data::Text(texts) => {
                let classes = classes
                    .as_ref()
                    .ok_or("its labels are texts whose class names the graph does not tell")?;
                texts[..used]
                    .iter()
                    .map(|text| classes.of_text(text))
                    .collect()
            }
            Data::I64(all) => match self.places(&all[..used]) {
                Some(places) => Ok(places),
                None => all[..used].iter().map(|n| number(*n)).collect(),
            },
            Data::Bool(all) => all[..used].iter().map(|b| number((*b).into())).collect(),
            other => Err(format!("its labels are {}", other.type_name())),
        }
    }

    /// The usual labels, 0, 1, 2, ..., are places among the classes already.
    fn places(&self, labels: &[i64]) -> Option<Vec<u32>> {
        let numbers = self.numbers.as_ref()?;
        let count = numbers.len() as i64;
        let are_places = numbers.iter().copied().eq(0..count);
        // All of them, rather than until the first that is not there: so that it is vector code.
        let is_there = |label: &i64| (0..count).contains(label);
        let are_there = || labels.iter().fold(true, |all, label| all & is_there(label));
        (are_places && are_there()).then(|| labels.iter().map(|label| *label as u32).collect())
    }
}
