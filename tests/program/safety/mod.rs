//! Safe in any folder: nobody else's code is run, nobody's files are lost, texts stay texts, and the
//! process ends when it is told to.

mod bundled;
mod foreign_code;
mod inputs;
mod long_texts;
mod mapped;
mod models;
mod outputs;
mod signals;
mod texts;

use std::path::{Path, PathBuf};

/// An input that means harm.
fn hostile(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/hostile");
    folder.join(name)
}
