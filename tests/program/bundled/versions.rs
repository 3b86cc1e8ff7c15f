//! Files that change while a run uses them: no result rests on two versions of one, and no two
//! results on different ones.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use lazydebugger::event::{DimensionStatus, EventKind};
use lazydebugger::experiment::Experiment;
use lazydebugger::vocabulary::Dimension;
use polars_core::prelude::{Column, DataFrame, DataType};
use polars_io::prelude::{IpcWriter, ParquetReader, SerReader, SerWriter};

use crate::bundled::driven::{Driven, sample_data};
use crate::bundled::inputs::copied;
use crate::cli::desk::{Desk, logistic, table};

const BOTH: [Dimension; 2] = [Dimension::Fairness, Dimension::Robustness];

type Metrics = BTreeMap<String, Option<f64>>;

fn metrics(driven: &Driven) -> [Metrics; 2] {
    BOTH.map(|dimension| driven.outcome(dimension).metrics.clone())
}

/// Puts another file in the place of one, as programs do that save a file.
fn replace(file: &Path, with: &Path) {
    let beside = file.with_extension("new");
    fs::copy(with, &beside).unwrap();
    fs::rename(beside, file).unwrap();
}

fn again(driven: &Driven) -> usize {
    let notes = driven.ledger.notices.iter();
    notes
        .filter(|notice| notice.note.text.contains("is done again"))
        .count()
}

/// Holds that what a run has found is of one of these versions, and what it has not found failed with
/// the name of the file.
fn is_of_one(driven: &Driven, versions: &[[Metrics; 2]], file: &str) -> Option<usize> {
    let mut possible: Vec<usize> = (0..versions.len()).collect();
    for (place, dimension) in BOTH.into_iter().enumerate() {
        let outcome = driven.outcome(dimension);
        match outcome.status {
            DimensionStatus::Error => {
                let error = driven.error(dimension);
                assert!(error.contains(file), "{error}");
            }
            _ => possible.retain(|version| versions[*version][place] == outcome.metrics),
        }
    }
    assert!(!possible.is_empty(), "of no version, or of several");
    possible.first().copied()
}

#[test]
fn a_table_that_is_replaced_during_a_run_is_used_in_one_version() {
    let folder = tempfile::tempdir().unwrap();
    let experiment = copied(folder.path());
    let table = folder.path().join("adult_test.parquet");
    let other = sample_data().join("adult_shifted.parquet");
    let before = metrics(&Driven::after(experiment.clone(), &BOTH));
    replace(&table, &other);
    let after = metrics(&Driven::after(experiment.clone(), &BOTH));
    assert!(before[0] != after[0] && before[1] != after[1]);
    let versions = [before, after];

    let moments: [fn(&EventKind) -> bool; 4] = [
        |kind| is_start(kind, Dimension::Fairness),
        |kind| matches!(kind, EventKind::LoadStarted { name, .. } if name.0.starts_with("predictions:")),
        |kind| is_start(kind, Dimension::Robustness),
        |kind| matches!(kind, EventKind::DimensionComputing { dimension, .. } if *dimension == Dimension::Robustness),
    ];
    for moment in moments {
        replace(&table, &sample_data().join("adult_test.parquet"));
        let mut driven = Driven::open(experiment.clone());
        driven.begin(&BOTH);
        driven.until(moment);
        replace(&table, &other);
        driven.finish_run();
        let version = is_of_one(&driven, &versions, "adult_test.parquet");
        for dimension in BOTH {
            assert_ne!(driven.outcome(dimension).status, DimensionStatus::Error);
        }
        // Whoever was quicker: what was done again says so.
        assert_eq!(version == Some(1), again(&driven) > 0);
    }
}

fn is_start(kind: &EventKind, wanted: Dimension) -> bool {
    matches!(kind, EventKind::DimensionStarted { dimension, .. } if *dimension == wanted)
}

#[test]
fn a_table_that_never_rests_is_named_and_never_mixed() {
    let folder = tempfile::tempdir().unwrap();
    let experiment = copied(folder.path());
    let table = folder.path().join("adult_test.parquet");
    let sources = ["adult_test.parquet", "adult_shifted.parquet"].map(|n| sample_data().join(n));
    let versions = sources.clone().map(|source| {
        replace(&table, &source);
        metrics(&Driven::after(experiment.clone(), &BOTH))
    });
    // A session that opens on it is refused with the file's name.
    let sessions = [(); 3].map(|()| {
        let mut driven = Driven::open(experiment.clone());
        driven.until(|kind| matches!(kind, EventKind::PlansCompared { .. }));
        driven
    });
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for source in sources.iter().cycle() {
                replace(&table, source);
                if is_over.load(Ordering::SeqCst) {
                    break;
                }
            }
        });
        for mut driven in sessions {
            driven.begin(&BOTH);
            driven.finish_run();
            is_of_one(&driven, &versions, "adult_test.parquet");
        }
        is_over.store(true, Ordering::SeqCst);
    });
}

/// The bundled experiment on a table whose numbers are used where they lie in its file.
fn mapped(folder: &Path) -> (Experiment, PathBuf, [Vec<u8>; 2]) {
    let mut experiment = copied(folder);
    let file = File::open(&experiment.dataset.path).unwrap();
    let mut frame = ParquetReader::new(file).finish().unwrap();
    let numbers = frame.columns().iter().filter(|c| c.dtype().is_integer());
    let names: Vec<_> = numbers.map(|c| c.name().clone()).collect();
    for name in names {
        let column = frame.column(&name).unwrap().cast(&DataType::Float64);
        frame.with_column(column.unwrap()).unwrap();
    }
    frame.rechunk_mut();
    // The same rows in another order lie in as many bytes.
    let mut turned = DataFrame::new(
        frame.height(),
        frame
            .columns()
            .iter()
            .map(|column| match column.dtype() {
                DataType::Float64 => column.reverse(),
                _ => column.clone(),
            })
            .collect::<Vec<Column>>(),
    )
    .unwrap();
    turned.rechunk_mut();
    let table = folder.join("rows.arrow");
    let bytes = [frame, turned].map(|mut frame| {
        IpcWriter::new(File::create(&table).unwrap())
            .finish(&mut frame)
            .unwrap();
        fs::read(&table).unwrap()
    });
    assert_eq!(bytes[0].len(), bytes[1].len());
    experiment.dataset.path.clone_from(&table);
    // Groups of such numbers have other names.
    for protected in &mut experiment.protected {
        protected.privileged = None;
    }
    (experiment, table, bytes)
}

fn write_in_place(path: &Path, bytes: &[u8]) {
    let file = File::options().write(true).open(path).unwrap();
    file.write_all_at(bytes, 0).unwrap();
}

#[test]
fn a_mapped_table_that_is_written_over_in_place_is_used_in_one_version() {
    let folder = tempfile::tempdir().unwrap();
    let (experiment, table, bytes) = mapped(folder.path());
    let versions = bytes.clone().map(|bytes| {
        fs::write(&table, bytes).unwrap();
        metrics(&Driven::after(experiment.clone(), &BOTH))
    });
    assert_ne!(versions[0], versions[1]);
    let moments: [fn(&EventKind) -> bool; 3] = [
        |kind| matches!(kind, EventKind::LoadFinished { name, mapped_bytes, .. } if name.0.starts_with("columns:") && *mapped_bytes > 0),
        |kind| matches!(kind, EventKind::LoadStarted { name, .. } if name.0.starts_with("predictions:")),
        |kind| is_start(kind, Dimension::Robustness),
    ];
    for moment in moments {
        write_in_place(&table, &bytes[0]);
        let mut driven = Driven::open(experiment.clone());
        driven.begin(&BOTH);
        driven.until(moment);
        write_in_place(&table, &bytes[1]);
        driven.finish_run();
        is_of_one(&driven, &versions, "rows.arrow");
        // And back again, to what the session has seen before.
        driven.begin(&BOTH);
        driven.until(|kind| is_start(kind, Dimension::Robustness));
        write_in_place(&table, &bytes[0]);
        driven.finish_run();
        is_of_one(&driven, &versions, "rows.arrow");
        driven.run(&BOTH);
        assert_eq!(is_of_one(&driven, &versions, "rows.arrow"), Some(0));
    }
}

#[test]
fn a_mapped_table_that_is_cut_short_fails_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let (experiment, table, bytes) = mapped(folder.path());
    let whole = [metrics(&{
        fs::write(&table, &bytes[0]).unwrap();
        Driven::after(experiment.clone(), &BOTH)
    })];
    let moments: [fn(&EventKind) -> bool; 4] = [
        |kind| matches!(kind, EventKind::RunStarted { .. }),
        |kind| matches!(kind, EventKind::LoadFinished { name, mapped_bytes, .. } if name.0.starts_with("columns:") && *mapped_bytes > 0),
        |kind| matches!(kind, EventKind::LoadStarted { name, .. } if name.0.starts_with("predictions:")),
        |kind| matches!(kind, EventKind::DimensionComputing { .. }),
    ];
    for moment in moments {
        fs::write(&table, &bytes[0]).unwrap();
        let mut driven = Driven::open(experiment.clone());
        driven.until(|kind| matches!(kind, EventKind::PlansCompared { .. }));
        driven.begin(&BOTH);
        driven.until(moment);
        File::options()
            .write(true)
            .open(&table)
            .unwrap()
            .set_len(5000)
            .unwrap();
        driven.finish_run();
        is_of_one(&driven, &whole, "rows.arrow");
        driven.run(&BOTH);
        for dimension in BOTH {
            assert!(driven.error(dimension).contains("rows.arrow"));
        }
        fs::write(&table, &bytes[0]).unwrap();
        driven.run(&BOTH);
        assert_eq!(metrics(&driven), whole[0]);
    }
}

#[test]
fn a_write_by_another_name_that_keeps_length_and_time_is_noticed() {
    let desk = Desk::new();
    let elsewhere = tempfile::tempdir().unwrap();
    let data = desk.path("good.csv");
    let link = elsewhere.path().join("link.csv");
    fs::hard_link(&data, &link).unwrap();
    let file = desk.experiment(&data, logistic().as_ref(), "");
    let experiment = || Experiment::from_file(&file).unwrap();
    let scored = [Dimension::Uncertainty];
    let time = std::time::SystemTime::now() - std::time::Duration::from_hours(1);
    let set_time = || {
        let file = File::options().write(true).open(&link).unwrap();
        file.set_modified(time).unwrap();
    };
    set_time();
    let mut driven = Driven::after(experiment(), &scored);
    let before = driven.outcome(scored[0]).metrics.clone();
    let other = table(|row, fields| {
        if row > 0 && row % 3 == 0 {
            for field in fields
                .iter_mut()
                .filter(|field| field.parse::<f64>().is_ok())
            {
                *field = "9".repeat(field.len());
            }
        }
    });
    assert_eq!(other.len() as u64, fs::metadata(&data).unwrap().len());
    write_in_place(&link, other.as_bytes());
    set_time();
    driven.run(&scored);
    let after = &driven.outcome(scored[0]).metrics;
    assert_ne!(*after, before);
    assert_eq!(
        *after,
        Driven::after(experiment(), &scored)
            .outcome(scored[0])
            .metrics
    );
}
