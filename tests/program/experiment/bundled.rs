//! The experiment that comes with the program.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use lazydebugger::experiment::{Experiment, Sweep, VariantSource, bundled, unpack_bundled};

/// The files of a folder and of its folders, by their path within it.
fn files(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().to_owned());
            }
        }
    }
    found
}

#[test]
fn the_bundled_experiment_unpacks_whole() {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data/adult");
    let data = tempfile::tempdir().unwrap();
    let unpacked = unpack_bundled(data.path()).unwrap();
    let folder = unpacked.parent().unwrap();
    for file in files(folder) {
        let same = fs::read(folder.join(&file)).unwrap() == fs::read(checkout.join(&file)).unwrap();
        assert!(same, "{} differs from the checkout", file.display());
    }

    let experiment = Experiment::from_file(&unpacked).unwrap();
    let sweep = Sweep::from_file(experiment.hyperparameters.as_ref().unwrap()).unwrap();
    let dataset = experiment.dataset;
    let others = experiment.alternative_models.into_iter().map(|m| m.path);
    let variants = sweep.variants.into_iter().filter_map(|v| match v.source {
        VariantSource::Model(path) => Some(path),
        VariantSource::Score(_) => None,
    });
    let named: Vec<PathBuf> = [dataset.path, experiment.model.path.unwrap()]
        .into_iter()
        .chain(dataset.calibration)
        .chain(dataset.alternative)
        .chain(others)
        .chain(variants)
        .collect();
    assert!(named.len() > 10);
    for path in named {
        assert!(
            path.is_file(),
            "{} is named and not bundled",
            path.display()
        );
    }

    fs::remove_file(folder.join("sweep.json")).unwrap();
    fs::write(&unpacked, "name = 'mine'").unwrap();
    assert_eq!(unpack_bundled(data.path()).unwrap(), unpacked);
    assert!(
        folder.join("sweep.json").is_file(),
        "what was lost comes back"
    );
    assert_eq!(
        fs::read(&unpacked).unwrap(),
        fs::read(checkout.join("experiment.toml")).unwrap(),
        "what was changed is healed"
    );
}

#[test]
fn the_bundled_experiment_is_found_and_valid() {
    let path = bundled().unwrap();
    assert!(
        path.ends_with("sample_data/adult/experiment.toml"),
        "{}",
        path.display()
    );
    assert_eq!(Experiment::from_file(&path).unwrap().name, "Adult income");
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = unpack_bundled(file.path()).unwrap_err().to_string();
    assert!(error.contains("cannot be unpacked to `"), "{error}");
    assert!(error.contains("set LAZYDEBUGGER_DATA_DIR"), "{error}");
}
