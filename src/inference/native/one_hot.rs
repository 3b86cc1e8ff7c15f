//! `OneHotEncoder` of `ai.onnx.ml`.

use std::collections::HashMap;

use super::footprint;
use super::operator::{Built, Operator, Outputs, Refusal, input};
use super::tensor::{Data, Failure, Tensor, elements};
use super::text_codes::TextCodes;
use crate::inference::onnx::Node;

/// No category: a row of zeros.
pub(super) const NO_CODE: u32 = u32::MAX;

#[derive(Debug)]
pub(super) struct OneHotEncoder {
    categories: Categories,
    count: usize,
    /// Whether a value outside the categories is a row of zeros; otherwise it is an error.
    allows_unknown: bool,
}

#[derive(Debug)]
enum Categories {
    Texts(TextCodes),
    Numbers(HashMap<i64, u32>),
}

pub(super) fn build(node: &Node<'_>) -> Built {
    Ok(Box::new(OneHotEncoder::of(node)?))
}

impl OneHotEncoder {
    pub(super) fn of(node: &Node<'_>) -> Result<Self, Refusal> {
        let texts = node.texts("cats_strings")?;
        let numbers = node.integers("cats_int64s")?;
        let count = texts.len() + numbers.len();
        if count == 0 || (!texts.is_empty() && !numbers.is_empty()) {
            return Err(Refusal::Broken("it needs categories of one kind".into()));
        }
        let categories = if numbers.is_empty() {
            Categories::Texts(TextCodes::new(texts))
        } else {
            Categories::Numbers(numbers.into_iter().zip(0..).collect())
        };
        Ok(OneHotEncoder {
            categories,
            count,
            allows_unknown: node.flag("zeros", true)?,
        })
    }

    /// Categories that it knows, and so the columns of one value.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The category of every value, or [`NO_CODE`] where that is allowed.
    pub(super) fn codes(&self, x: &Tensor<'_>) -> Result<Vec<u32>, Failure> {
        let codes: Vec<u32> = match (&self.categories, &x.data) {
            (Categories::Texts(known), Data::Text(texts)) => {
                let mut memo = known.memo();
                let code = |text| memo.code(text).unwrap_or(NO_CODE);
                texts.iter().copied().map(code).collect()
            }
            (Categories::Texts(known), Data::Categories { texts, codes }) => known
                .of_categories(texts, codes)
                .into_iter()
                .map(|code| code.unwrap_or(NO_CODE))
                .collect(),
            (Categories::Numbers(known), data) if !data.is_text() => {
                let code = |value| known.get(value).copied().unwrap_or(NO_CODE);
                x.to_i64()?.iter().map(code).collect()
            }
            (_, data) => return Err(format!("its categories are not {}", data.type_name())),
        };
        if !self.allows_unknown && codes.contains(&NO_CODE) {
            return Err("a value is none of its categories".into());
        }
        Ok(codes)
    }
}

impl Operator for OneHotEncoder {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let x = input(inputs, 0)?;
        let mut shape = x.shape.clone();
        shape.push(self.count);
        let mut all = vec![0.0; elements(&shape)?];
        for (row, code) in all.chunks_exact_mut(self.count).zip(self.codes(x)?) {
            if code != NO_CODE {
                row[code as usize] = 1.0;
            }
        }
        Ok(vec![Tensor::f32(shape, all)?])
    }

    fn takes_categories(&self) -> bool {
        true
    }

    fn bytes(&self) -> usize {
        match &self.categories {
            Categories::Texts(codes) => codes.bytes(),
            Categories::Numbers(codes) => footprint::table(codes),
        }
    }
}
