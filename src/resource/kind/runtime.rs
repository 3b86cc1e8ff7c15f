//! The library that runs what is not run natively: found and opened once a model needs it.

use super::exactly;
use crate::engine::{LoadError, Loaded};
use crate::inference::{self, OpenOptions, runtime};
use crate::resource::Resource;
use crate::vocabulary::{Device, Problem, RunsOn};

/// What a problem names as what would help, when the library could be fetched.
pub const RUNTIME: &str = "runtime";

pub(in crate::resource) fn load(device: Device) -> Result<Loaded<Resource>, LoadError> {
    if let Err(error) = runtime::find() {
        let problem = Problem::new(error.to_string());
        return Err(if error.can_be_installed() {
            problem.setting(RUNTIME).into()
        } else {
            problem.into()
        });
    }
    check(device)?;
    let identity = inference::engine_identity(RunsOn::OnnxRuntime, OpenOptions::default().threads);
    let detail = identity.clone();
    let identity = format!("{identity}, {}", kernels());
    let mut loaded = exactly(Resource::Runtime(identity), 0, detail);
    loaded.exact = false;
    Ok(loaded)
}

/// Is the library one that runs models on the device that was asked for?
fn check(device: Device) -> Result<(), Problem> {
    if device == Device::Cpu {
        return Ok(());
    }
    runtime::check_device(device).map_err(|error| {
        Problem::new(error.to_string())
            .remedy(
                "leave the device out, or let ORT_DYLIB_PATH name the library of onnxruntime-gpu in \
                 the version that fits this machine's CUDA",
            )
            .setting("engine.device")
    })
}

/// ONNX Runtime chooses its kernels by what the processor can do, and they differ in the last bits: what
/// one machine has computed is not what another would.
fn kernels() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    return match () {
        () if std::arch::is_x86_feature_detected!("avx512f") => "AVX-512",
        () if std::arch::is_x86_feature_detected!("avx2") => "AVX2",
        () => "x86-64",
    };
    #[cfg(not(target_arch = "x86_64"))]
    std::env::consts::ARCH
}
