//! The doors that the bytes of strangers come in by, each opened as the program opens it. Whatever the
//! bytes are, the answer is a value or an error in words. `fuzz/` has a target for each.

#[path = "../../memory/any_model.rs"]
mod any_model;

use std::env::temp_dir;
use std::fs;
use std::io::BufReader;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use lazydebugger::experiment::{Experiment, Sweep};
use lazydebugger::ledger::Ledger;
use lazydebugger::log::file::Reader;
use lazydebugger::report::{self, TextOptions};
use lazydebugger::resource::Reading;
use lazydebugger::resource::source::Source;
use lazydebugger::resource::table_file::{read_schema, read_table};
use lazydebugger::vocabulary::TableOptions;

/// Bytes as a file of a name with this ending.
fn as_file<T>(bytes: &[u8], ending: &str, open: impl FnOnce(&Path) -> T) -> T {
    static FILES: AtomicU64 = AtomicU64::new(0);
    let number = FILES.fetch_add(1, Ordering::Relaxed);
    let name = format!("door-{}-{number}.{ending}", std::process::id());
    let path = temp_dir().join(name);
    fs::write(&path, bytes).expect("the folder for temporary files can be written to");
    let opened = open(&path);
    let _ = fs::remove_file(&path);
    opened
}

/// A table of this format: its schema, and then every column as numbers and as names.
pub(crate) fn table(bytes: &[u8], ending: &str) -> bool {
    as_file(bytes, ending, |path| {
        let options = TableOptions::default();
        let Ok(source) = Source::open(path) else {
            return false;
        };
        let Ok(schema) = read_schema(&source, &options) else {
            return false;
        };
        let mut any = false;
        for name in schema.names() {
            for reading in [Reading::NUMBERS, Reading::NAMES] {
                let wanted = [(name.to_owned(), reading)];
                any |= read_table(&source, &wanted, &options).is_ok();
            }
        }
        any
    })
}

/// A model, run natively on odd values.
pub(crate) fn model(bytes: &[u8]) -> bool {
    as_file(bytes, "onnx", any_model::open_and_run)
}

/// An experiment; what it names is not opened.
pub(crate) fn experiment(bytes: &[u8]) -> bool {
    as_file(bytes, "toml", |path| Experiment::from_file(path).is_ok())
}

/// Variants of a model, or trials in JSON.
pub(crate) fn sweep(bytes: &[u8]) -> bool {
    Sweep::from_bytes(Path::new("sweep.json"), bytes.to_vec(), None).is_ok()
}

/// A trace: read, folded, and reported of.
pub(crate) fn trace(bytes: &[u8]) -> bool {
    let Ok(mut reader) = Reader::new("trace", BufReader::new(bytes)) else {
        return false;
    };
    let mut ledger = Ledger::default();
    let is_whole = loop {
        match reader.next_event() {
            Ok(Some(event)) => ledger.apply(&event),
            Ok(None) => break !reader.is_truncated(),
            Err(_) => break false,
        }
    };
    let options = TextOptions {
        width: 80,
        colour: false,
    };
    let (text, json) = (report::text(&ledger, options), report::json(&ledger));
    assert!(!text.contains('\u{1b}') && json.is_object());
    is_whole
}
