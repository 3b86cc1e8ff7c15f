//! Reads a session's outputs, whose real shapes may differ from the declared ones.

use half::f16;
use ort::session::SessionOutputs;
use ort::value::{DynValue, PrimitiveTensorElementType, TensorElementType};

use crate::inference::ScoreBlock;
use crate::inference::batch::is_across_rows;
use crate::inference::class_index::ClassIndex;
use crate::inference::signature::Signature;

/// Knows where the scores and labels of one model lie.
#[derive(Debug)]
pub(super) struct Decoder {
    score_outputs: Vec<String>,
    score_column: Option<usize>,
    label_output: Option<String>,
    classes: Option<Classes>,
}

#[derive(Debug)]
struct Classes {
    names: Vec<String>,
    /// The same as numbers, where all of them are.
    numbers: Option<Vec<i64>>,
}

impl Classes {
    fn index(&self) -> ClassIndex<'_> {
        ClassIndex::over(&self.names, self.numbers.as_deref())
    }
}

impl Decoder {
    /// The scores may be in other outputs than the file's: see `zip_map`.
    pub(super) fn new(signature: &Signature, score_outputs: Vec<String>) -> Self {
        let classes = signature.classes.clone().map(|names| Classes {
            numbers: names.iter().map(|name| name.parse().ok()).collect(),
            names,
        });
        Decoder {
            score_outputs,
            score_column: signature.score_column,
            label_output: signature.label_output.clone(),
            classes,
        }
    }

    /// The outputs that a run has to give.
    pub(super) fn outputs(&self) -> impl Iterator<Item = &String> {
        self.score_outputs.iter().chain(&self.label_output)
    }

    pub(super) fn decode(
        &self,
        rows: usize,
        outputs: &SessionOutputs<'_>,
    ) -> Result<ScoreBlock, String> {
        let find = |name: &String| {
            outputs
                .get(name)
                .ok_or_else(|| format!("it gave no output `{name}`"))
        };
        let mut block = ScoreBlock {
            rows,
            ..ScoreBlock::default()
        };
        let parts: Vec<(usize, Vec<f32>)> = self
            .score_outputs
            .iter()
            .map(|name| read_tensor(rows, find(name)?))
            .collect::<Result<_, _>>()?;
        block.set_columns(parts);
        if let Some(column) = self.score_column {
            block.keep_column(column)?;
        }
        if let Some(name) = &self.label_output {
            block.labels = Some(self.read_labels(rows, find(name)?)?);
        }
        Ok(block)
    }

    fn read_labels(&self, rows: usize, value: &DynValue) -> Result<Vec<u32>, String> {
        let labels: Vec<u32> = match element_type(value)? {
            TensorElementType::String => {
                let (_, texts) = value.try_extract_strings().map_err(|e| e.to_string())?;
                let classes = self
                    .classes
                    .as_ref()
                    .ok_or("its labels are texts whose class names the graph does not tell")?;
                let classes = classes.index();
                texts
                    .iter()
                    .map(|text| classes.of_text(text))
                    .collect::<Result<_, _>>()?
            }
            TensorElementType::Int64 => self.indices(extract::<i64>(value)?.iter().copied())?,
            TensorElementType::Int32 => self.whole::<i32>(value)?,
            TensorElementType::Int16 => self.whole::<i16>(value)?,
            TensorElementType::Int8 => self.whole::<i8>(value)?,
            TensorElementType::Uint32 => self.whole::<u32>(value)?,
            TensorElementType::Uint16 => self.whole::<u16>(value)?,
            TensorElementType::Uint8 => self.whole::<u8>(value)?,
            TensorElementType::Bool => self.indices(
                extract::<bool>(value)?
                    .iter()
                    .map(|label| i64::from(*label)),
            )?,
            other => return Err(format!("its labels are of type {other}")),
        };
        check_rows(labels.len(), rows)?;
        Ok(labels)
    }

    fn whole<T>(&self, value: &DynValue) -> Result<Vec<u32>, String>
    where
        T: PrimitiveTensorElementType + Copy,
        i64: From<T>,
    {
        self.indices(extract::<T>(value)?.iter().map(|label| i64::from(*label)))
    }

    fn indices(&self, labels: impl Iterator<Item = i64>) -> Result<Vec<u32>, String> {
        let classes = self.classes.as_ref().map(Classes::index);
        labels
            .map(|label| match &classes {
                Some(classes) => classes.of_number(label),
                None => u32::try_from(label)
                    .map_err(|_| format!("it gave the label {label}, which is no class number")),
            })
            .collect()
    }
}

impl ScoreBlock {
    /// Sets the columns of all outputs side by side.
    fn set_columns(&mut self, mut parts: Vec<(usize, Vec<f32>)>) {
        self.columns = parts.iter().map(|(columns, _)| columns).sum();
        if let [(_, scores)] = &mut parts[..] {
            self.scores = std::mem::take(scores);
            return;
        }
        self.scores = Vec::with_capacity(self.columns * self.rows);
        for row in 0..self.rows {
            for (columns, scores) in &parts {
                self.scores
                    .extend_from_slice(&scores[row * columns..(row + 1) * columns]);
            }
        }
    }
}

fn read_tensor(rows: usize, value: &DynValue) -> Result<(usize, Vec<f32>), String> {
    let shape = value.shape().iter().map(|size| usize::try_from(*size));
    let shape: Vec<usize> = shape.collect::<Result<_, _>>().unwrap_or_default();
    if is_across_rows(&shape, rows) {
        return Err(format!(
            "its scores have the shape {shape:?} for {rows} rows"
        ));
    }
    let scores: Vec<f32> = match element_type(value)? {
        TensorElementType::Float32 => extract::<f32>(value)?.to_vec(),
        TensorElementType::Float64 => extract::<f64>(value)?.iter().map(|s| *s as f32).collect(),
        TensorElementType::Float16 => extract::<f16>(value)?.iter().map(|s| s.to_f32()).collect(),
        other => return Err(format!("its scores are of type {other}")),
    };
    let columns = scores.len() / rows.max(1);
    if columns == 0 || columns * rows != scores.len() {
        return Err(format!("it gave {} scores for {rows} rows", scores.len()));
    }
    Ok((columns, scores))
}

fn extract<T: PrimitiveTensorElementType>(value: &DynValue) -> Result<&[T], String> {
    value
        .try_extract_tensor::<T>()
        .map(|(_, values)| values)
        .map_err(|error| error.to_string())
}

fn element_type(value: &DynValue) -> Result<TensorElementType, String> {
    value
        .dtype()
        .tensor_type()
        .ok_or_else(|| format!("it gave {} where a tensor was expected", value.dtype()))
}

fn check_rows(found: usize, wanted: usize) -> Result<(), String> {
    if found == wanted {
        Ok(())
    } else {
        Err(format!("it gave {found} answers for {wanted} rows"))
    }
}
