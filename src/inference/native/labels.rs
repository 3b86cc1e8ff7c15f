//! The class labels of a classifier: whole numbers or texts.

use std::borrow::Cow;

use super::footprint;
use super::ops::Refusal;
use super::proto::Node;
use super::tensor::{Data, Failure, Tensor};

#[derive(Debug)]
pub(super) enum Labels {
    Numbers(Vec<i64>),
    Texts(Vec<String>),
}

impl Labels {
    /// From the attributes of these names.
    pub(super) fn of(node: &Node<'_>, texts: &str, numbers: &str) -> Result<Self, Refusal> {
        let texts = node.texts(texts)?;
        if !texts.is_empty() {
            return Ok(Self::Texts(texts));
        }
        let numbers = node.integers(numbers)?;
        if numbers.is_empty() {
            return Err(Refusal::Broken("it has no class labels".into()));
        }
        Ok(Self::Numbers(numbers))
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Numbers(all) => all.len(),
            Self::Texts(all) => all.len(),
        }
    }

    /// The labels of these classes, one a row.
    pub(super) fn tensor(&self, classes: &[u32]) -> Result<Tensor<'_>, Failure> {
        let missing = || "a class has no label".to_owned();
        let data = match self {
            Self::Numbers(all) => Data::I64(Cow::Owned(
                classes
                    .iter()
                    .map(|class| all.get(*class as usize).copied())
                    .collect::<Option<Vec<_>>>()
                    .ok_or_else(missing)?,
            )),
            Self::Texts(all) => Data::Text(Cow::Owned(
                classes
                    .iter()
                    .map(|class| all.get(*class as usize).map(String::as_str))
                    .collect::<Option<Vec<_>>>()
                    .ok_or_else(missing)?,
            )),
        };
        Tensor::new(vec![classes.len()], data)
    }

    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Numbers(all) => footprint::list(all),
            Self::Texts(all) => footprint::texts(all),
        }
    }
}
