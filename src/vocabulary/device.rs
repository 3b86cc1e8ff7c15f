//! What runs the models that ONNX Runtime runs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::MemoryPool;

/// A device that models run on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Device {
    /// The processor.
    #[default]
    Cpu,
    /// The CUDA device of this number, counted from 0.
    Cuda(u8),
}

impl Device {
    /// Where what runs on it lies.
    pub const fn pool(self) -> MemoryPool {
        match self {
            Self::Cpu => MemoryPool::Host,
            Self::Cuda(number) => MemoryPool::Device(number),
        }
    }
}

/// Why a text names no device.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no device; write cpu, cuda or cuda:NUMBER")]
pub struct DeviceError(String);

impl FromStr for Device {
    type Err = DeviceError;

    fn from_str(text: &str) -> Result<Self, DeviceError> {
        let number = match text.trim() {
            "cpu" => return Ok(Self::Cpu),
            "cuda" => "0",
            other => other.strip_prefix("cuda:").unwrap_or_default(),
        };
        let number = number.parse().map_err(|_| DeviceError(text.to_owned()));
        number.map(Self::Cuda)
    }
}

impl TryFrom<String> for Device {
    type Error = DeviceError;

    fn try_from(text: String) -> Result<Self, DeviceError> {
        text.parse()
    }
}

impl From<Device> for String {
    fn from(device: Device) -> Self {
        device.to_string()
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => f.pad("cpu"),
            Self::Cuda(number) => write!(f, "cuda:{number}"),
        }
    }
}
