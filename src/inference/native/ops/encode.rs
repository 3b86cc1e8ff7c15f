//! `OneHotEncoder` of `ai.onnx.ml`.

use std::collections::HashMap;

use super::{Built, Operator, Outputs, Refusal, input};
use crate::inference::native::proto::Node;
use crate::inference::native::tensor::{Data, Failure, Tensor, elements};
use crate::inference::native::text_codes::TextCodes;

#[derive(Debug)]
struct OneHotEncoder {
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
    Ok(Box::new(OneHotEncoder {
        categories,
        count,
        allows_unknown: node.flag("zeros", true)?,
    }))
}

impl OneHotEncoder {
    fn codes(&self, x: &Tensor<'_>) -> Result<Vec<Option<u32>>, Failure> {
        match (&self.categories, &x.data) {
            (Categories::Texts(codes), Data::Text(texts)) => {
                let mut memo = codes.memo();
                Ok(texts.iter().map(|text| memo.code(text)).collect())
            }
            (Categories::Numbers(codes), data) if !matches!(data, Data::Text(_)) => Ok(x
                .to_i64()?
                .iter()
                .map(|value| codes.get(value).copied())
                .collect()),
            (_, data) => Err(format!("its categories are not {}", data.type_name())),
        }
    }
}

impl Operator for OneHotEncoder {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let x = input(inputs, 0)?;
        let mut shape = x.shape.clone();
        shape.push(self.count);
        let mut all = vec![0.0; elements(&shape)?];
        for (row, code) in self.codes(x)?.into_iter().enumerate() {
            match code {
                Some(code) => all[row * self.count + code as usize] = 1.0,
                None if self.allows_unknown => {}
                None => return Err("a value is none of its categories".into()),
            }
        }
        Ok(vec![Tensor::f32(shape, all)?])
    }

    fn bytes(&self) -> usize {
        match &self.categories {
            Categories::Texts(codes) => codes.bytes(),
            Categories::Numbers(codes) => codes.capacity() * size_of::<(i64, u32)>(),
        }
    }
}
