//! Who uses resources, by name.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Choice, Dimension};

/// Somebody for whom resources are loaded, such as a validation dimension; cheap to clone. The
/// engine knows no more of it than this name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Client(Arc<str>);

impl Client {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// The dimension that it is, if it is one.
    pub fn dimension(&self) -> Option<Dimension> {
        Choice::named(&self.0)
    }
}

impl From<&str> for Client {
    fn from(name: &str) -> Self {
        Self(Arc::from(name))
    }
}

impl From<Dimension> for Client {
    fn from(dimension: Dimension) -> Self {
        Self::from(dimension.name())
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
