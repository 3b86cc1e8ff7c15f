//! What dimensions work with while they compute is no more than they say, however many rows there are.

use std::fmt::Write;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use lazydebugger::dimension::{self, Inputs, Resolved, Unmet, working};
use lazydebugger::experiment::Experiment;
use lazydebugger::resource::LoadSettings;
use lazydebugger::resource::directly::{load, understand};
use lazydebugger::vocabulary::{Backend, Dimension, Preset};
use polars_io::prelude::{ParquetReader, ParquetWriter, SerReader};

use crate::counting::{alone, peak_of_process};

/// The most bytes that a dimension allocates while it computes, and what it says that is; none where it
/// cannot be answered.
fn peak_and_told(file: &Path, dimension: Dimension) -> Option<(u64, u64)> {
    let mut experiment = Experiment::from_file(file).unwrap();
    experiment.engine.backend = Backend::Native;
    let settings = LoadSettings::of(&experiment);
    let mut catalogue = understand(experiment, settings).unwrap();
    let keys = loop {
        match dimension::needs(dimension, &catalogue, Preset::Quick) {
            Ok(keys) => break keys,
            Err(Unmet::Lacks(keys)) => {
                load(&mut catalogue, &keys, &|_, _| {}).unwrap();
            }
            Err(_) => return None,
        }
    };
    let loaded = load(&mut catalogue, &keys, &|_, _| {}).unwrap();
    let values = keys.iter().map(|key| loaded[key].clone()).collect();
    let resolved = Resolved::new(keys, values);
    let inputs = Inputs {
        catalogue: &catalogue,
        preset: Preset::Quick,
        seed: 42,
        resolved: &resolved,
    };
    let (found, peak) = peak_of_process(|| dimension::evaluate(dimension, &inputs));
    found.unwrap();
    Some((peak as u64, working::bytes(dimension, &catalogue)))
}

fn sample(name: &str) -> PathBuf {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data");
    all.join(name)
}

/// The bundled experiment, every row of its tables so many times.
fn adult(folder: &Path, times: usize) -> PathBuf {
    for name in ["test", "calib", "shifted"] {
        let file = File::open(sample(&format!("adult/adult_{name}.parquet"))).unwrap();
        let rows = ParquetReader::new(file).finish().unwrap();
        let mut all = rows.clone();
        for _ in 1..times {
            all.vstack_mut(&rows).unwrap();
        }
        let path = folder.join(format!("{name}_{times}.parquet"));
        ParquetWriter::new(File::create(&path).unwrap())
            .finish(&mut all)
            .unwrap();
    }
    let table = |name: &str| folder.join(format!("{name}_{times}.parquet"));
    let mut written = String::from("[dataset]\ntarget = 'income'\npositive = '>50K'\n");
    writeln!(
        written,
        "missing_text = '?'\npath = '{}'",
        table("test").display()
    )
    .unwrap();
    writeln!(written, "calibration = '{}'", table("calib").display()).unwrap();
    writeln!(written, "alternative = ['{}']", table("shifted").display()).unwrap();
    written += "[protected]\nsex = 'categories'\nrace = 'categories'\nage = [25, 45, 65]\n";
    let model = sample("adult/logistic_regression.onnx");
    writeln!(written, "[model]\npath = '{}'", model.display()).unwrap();
    let file = folder.join(format!("adult_{times}.toml"));
    fs::write(&file, written).unwrap();
    file
}

/// One of the wage experiments, every row of its tables so many times.
fn wage(folder: &Path, name: &str, times: usize) -> PathBuf {
    let folder = folder.join(format!("wage_{times}"));
    if !folder.exists() {
        fs::create_dir_all(folder.join("sweep")).unwrap();
        for from in [sample("wage"), sample("wage/sweep")] {
            let to = if from.ends_with("sweep") {
                folder.join("sweep")
            } else {
                folder.clone()
            };
            for entry in fs::read_dir(from).unwrap() {
                let path = entry.unwrap().path();
                let to = to.join(path.file_name().unwrap());
                if path.extension().is_some_and(|e| e == "csv") {
                    let text = fs::read_to_string(&path).unwrap();
                    let (head, rows) = text.split_once('\n').unwrap();
                    fs::write(to, format!("{head}\n{}", rows.repeat(times))).unwrap();
                } else if path.is_file() {
                    fs::copy(&path, to).unwrap();
                }
            }
        }
    }
    folder.join(format!("{name}.toml"))
}

#[test]
fn what_dimensions_work_with_is_what_they_say() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut wrong = Vec::new();
    for file in [
        adult(folder, 1),
        adult(folder, 5),
        wage(folder, "regression", 10),
        wage(folder, "regression", 30),
        wage(folder, "multi_class", 10),
        wage(folder, "multi_class", 30),
    ] {
        for dimension in Dimension::ALL {
            let Some((peak, told)) = peak_and_told(&file, dimension) else {
                continue;
            };
            let may_be_less = ![Dimension::Fairness, Dimension::Uncertainty].contains(&dimension);
            if peak > told || (told > 4 * peak && !may_be_less) {
                let file = file.file_name().unwrap().display();
                wrong.push(format!("{file}, {dimension}: {peak}, and {told} were told"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
