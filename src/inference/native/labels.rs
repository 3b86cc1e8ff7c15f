//! The class labels of a classifier: whole numbers or texts.

use super::footprint;
use super::operator::Refusal;
use super::tensor::{Data, Failure, Tensor};
use crate::inference::onnx::Node;

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
        // All of them, rather than until the first: so that it is vector code.
        let count = self.len();
        let is_beyond = |class: &u32| *class as usize >= count;
        if classes
            .iter()
            .fold(false, |any, class| any | is_beyond(class))
        {
            return Err("a class has no label".to_owned());
        }
        let data = match self {
            Self::Numbers(all) if all.iter().copied().eq(0..count as i64) => {
                Data::I64(classes.iter().map(|class| i64::from(*class)).collect())
            }
            Self::Numbers(all) => {
                let labels = classes.iter().map(|class| all[*class as usize]);
                Data::I64(labels.collect())
            }
            Self::Texts(all) => {
                let labels = classes.iter().map(|class| all[*class as usize].as_str());
                Data::Text(labels.collect())
            }
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
