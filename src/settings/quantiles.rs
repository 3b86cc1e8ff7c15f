//! Models of quantiles: `model.quantiles`.

use std::path::{Path, PathBuf};

use super::node::Node;
use super::problem::Problems;
use super::section::Section;
use super::value::Readable;

const QUANTILES: &[&str] = &["lower", "upper", "alpha"];

/// Two models of quantiles of the target: between them lies the target in `1 - alpha` of the rows,
/// or so they promise.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantileModels {
    /// The file of the model of the `alpha / 2` quantile.
    pub lower: PathBuf,
    /// The file of the model of the `1 - alpha / 2` quantile.
    pub upper: PathBuf,
    /// The share of rows outside.
    pub alpha: f64,
}

impl Readable for QuantileModels {
    fn takes() -> String {
        "a table of `lower` and `upper`, models' files, and `alpha`, the share of rows outside"
            .to_owned()
    }

    fn read(key: &str, node: &Node, problems: &mut Problems) -> Option<Self> {
        let section = Section::open(key, node, QUANTILES, problems);
        let wanted = "the model of the lower quantile (.onnx)";
        let lower = section.required("lower", wanted, problems);
        let wanted = "the model of the upper quantile (.onnx)";
        let upper = section.required("upper", wanted, problems);
        let wanted = "the share of rows outside, such as 0.1 for quantiles 0.05 and 0.95";
        Some(Self {
            lower,
            upper,
            alpha: section.required("alpha", wanted, problems),
        })
    }

    fn in_folder(self, folder: &Path) -> Self {
        Self {
            lower: folder.join(self.lower),
            upper: folder.join(self.upper),
            alpha: self.alpha,
        }
    }
}
