//! Any bytes as a model file: read, compiled and run on odd values by the native backend.
#![no_main]

#[path = "../../tests/memory/any_model.rs"]
mod any_model;

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

/// A file of this process.
static FILE: LazyLock<PathBuf> =
    LazyLock::new(|| std::env::temp_dir().join(format!("fuzz-{}.onnx", std::process::id())));

fuzz_target!(|bytes: &[u8]| {
    fs::write(&*FILE, bytes).expect("the folder for temporary files can be written to");
    any_model::open_and_run(&FILE);
});
