//! Where resources live.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Memory with a budget of its own: that of the host, or of one of its accelerators.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum MemoryPool {
    /// Memory of the process.
    #[default]
    Host,
    /// Memory of the device of this number, counted from 0.
    Device(u8),
}

impl MemoryPool {
    /// Is it the memory of the process?
    pub fn is_host(&self) -> bool {
        *self == Self::Host
    }
}

impl fmt::Display for MemoryPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host => f.write_str("host"),
            Self::Device(number) => write!(f, "device {number}"),
        }
    }
}
