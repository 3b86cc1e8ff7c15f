//! What a session has taken of the memory of its device, by the statistics of the library's arena. The
//! only unsafe code of this backend.
#![allow(
    unsafe_code,
    reason = "the binding has no safe door to an allocator's statistics"
)]

use std::ffi::CStr;
use std::ptr;

use ort::AsPointer;
use ort::memory::{AllocationDevice, Allocator, AllocatorType, MemoryInfo, MemoryType};
use ort::session::Session;
use ort::sys;

use crate::vocabulary::Device;

/// The bytes that are in use of the arena.
const IN_USE: &CStr = c"InUse";

/// Bytes that a session holds on a device: its weights, and what it has not given back since. None where
/// its allocator does not count.
pub(super) fn bytes_in_use(session: &Session, device: Device) -> Option<u64> {
    let (place, number) = match device {
        Device::Cpu => (AllocationDevice::CPU, 0),
        Device::Cuda(number) => (AllocationDevice::CUDA, number.into()),
    };
    let memory = MemoryInfo::new(place, number, AllocatorType::Arena, MemoryType::Default).ok()?;
    let allocator = Allocator::new(session, memory).ok()?;
    let statistics = Statistics::of(&allocator)?;
    statistics.number(IN_USE).filter(|bytes| *bytes > 0)
}

/// Names and numbers that the library has made, and takes back.
struct Statistics(*mut sys::OrtKeyValuePairs);

impl Statistics {
    fn of(allocator: &Allocator) -> Option<Self> {
        let api = ort::api();
        let mut pairs = ptr::null_mut();
        // SAFETY: the allocator lives as long as the call, and the library writes one pointer.
        let status = unsafe { (api.AllocatorGetStats)(allocator.ptr(), &raw mut pairs) };
        if !status.0.is_null() {
            // SAFETY: an error belongs to who gets it, and is given back once.
            unsafe { (api.ReleaseStatus)(status.0) };
            return None;
        }
        (!pairs.is_null()).then_some(Self(pairs))
    }

    fn number(&self, name: &CStr) -> Option<u64> {
        // SAFETY: the pairs live as long as `self`; the library gives null or a text that ends with 0
        // and lives as long as they do.
        let text = unsafe {
            let text = (ort::api().GetKeyValue)(self.0, name.as_ptr());
            if text.is_null() {
                return None;
            }
            CStr::from_ptr(text)
        };
        text.to_str().ok()?.parse().ok()
    }
}

impl Drop for Statistics {
    fn drop(&mut self) {
        // SAFETY: they are given back once.
        unsafe { (ort::api().ReleaseKeyValuePairs)(self.0) };
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::inference::onnx_runtime::library;

    /// The processor's arena stands in for a device's.
    #[test]
    fn a_session_takes_at_least_its_weights() -> Result<(), Box<dyn std::error::Error>> {
        // Where there is none: `lazydebugger doctor --install-runtime`.
        let library = library::open()?;
        let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/zoo/torch_mlp_sigmoid.onnx");
        let mut builder = library.session_builder(1, false)?;
        let session = builder.commit_from_file(&model)?;
        let bytes = bytes_in_use(&session, Device::Cpu).ok_or("it does not count")?;
        let weights = std::fs::metadata(&model)?.len();
        assert!(bytes >= weights / 2, "{bytes} of {weights}");
        Ok(())
    }
}
