//! Tables are read column set by column set: what nobody needs is not read.

use std::collections::BTreeMap;

use lazydebugger::event::EventKind;
use lazydebugger::experiment::Experiment;
use lazydebugger::ledger::Ledger;
use lazydebugger::vocabulary::{Dimension, Strategy};
use polars_core::prelude::DataFrame;
use polars_io::prelude::{CsvWriter, IpcWriter, ParquetReader, SerReader, SerWriter};

use crate::bundled::driven::{Driven, bundled, sample_data};

const PREDICTIONS: &str = "predictions:random_forest@dataset";

fn lazy() -> Experiment {
    let mut experiment = bundled();
    experiment.engine.strategy = Strategy::LazyAll;
    experiment
}

/// What was loaded from `from` on, in order of name.
fn loaded(driven: &Driven, from: usize) -> Vec<String> {
    let mut names = driven.loaded_since(from);
    names.sort();
    names
}

#[test]
fn with_the_predictions_at_hand_no_feature_is_read_again() {
    let mut driven = Driven::open(lazy());
    driven.run(&[Dimension::Robustness]);
    let before = driven.log.len();
    driven.run(&[Dimension::Uncertainty]);
    let outcome = loaded(&driven, before);
    let features = outcome.iter().filter(|name| name.contains("[features]"));
    assert_eq!(
        features.collect::<Vec<_>>(),
        ["columns:calibration[features]"],
        "{outcome:?}"
    );
    let before = driven.log.len();
    driven.run(&[Dimension::Fairness]);
    assert_eq!(
        loaded(&driven, before),
        [
            "columns:dataset[outcome]",
            "columns:dataset[protected]",
            "protected_attributes"
        ],
        "what uncertainty held of them is gone again"
    );
}

#[test]
fn features_are_gone_once_the_predictions_are_made_of_them() {
    let mut driven = Driven::open(lazy());
    driven.send(lazydebugger::event::Command::ToggleDimension(
        Dimension::Fairness,
    ));
    driven.send(lazydebugger::event::Command::RunSelected);
    driven.until(|kind| matches!(kind, EventKind::DimensionFinished { .. }));
    let resident = |name: &str| driven.ledger.resource(&name.into()).unwrap().is_resident();
    assert!(resident(PREDICTIONS) && resident("columns:dataset[outcome]"));
    assert!(!resident("columns:dataset[features]"));
}

#[test]
fn the_sets_share_no_column_and_say_what_they_hold() {
    let mut driven = Driven::open(lazy());
    driven.run(&[Dimension::Fairness]);
    let detail = |set: &str| {
        let name = format!("columns:dataset[{set}]");
        driven
            .ledger
            .resource(&name.as_str().into())
            .unwrap()
            .detail
            .clone()
    };
    assert_eq!(detail("outcome"), "9,769 rows, 1 column");
    // Two of the three are features as well.
    assert_eq!(detail("protected"), "9,769 rows, 3 columns");
    assert_eq!(detail("features"), "9,769 rows, 10 columns");
}

/// The metrics of all dimensions, with the tables in files of another format.
fn metrics_with(
    extension: &str,
    write: fn(std::fs::File, &mut DataFrame),
) -> (Vec<BTreeMap<String, Option<f64>>>, Ledger) {
    let folder = tempfile::tempdir().unwrap();
    let mut experiment = bundled();
    let dataset = &mut experiment.dataset;
    let paths = [&mut dataset.path]
        .into_iter()
        .chain(dataset.calibration.as_mut())
        .chain(&mut dataset.alternative);
    for path in paths {
        let file = std::fs::File::open(&*path).unwrap();
        let mut frame = ParquetReader::new(file).finish().unwrap();
        let copy = folder
            .path()
            .join(path.file_name().unwrap())
            .with_extension(extension);
        write(std::fs::File::create(&copy).unwrap(), &mut frame);
        *path = copy;
    }
    let mut driven = Driven::open(experiment);
    driven.run(&Dimension::ALL);
    let outcomes =
        Dimension::ALL.map(|d| driven.ledger.dimension(d).outcome.clone().unwrap().metrics);
    (outcomes.to_vec(), driven.ledger)
}

#[test]
fn every_format_gives_the_same_answers_bit_for_bit() {
    assert!(sample_data().join("adult_test.parquet").is_file());
    let mut driven = Driven::open(bundled());
    driven.run(&Dimension::ALL);
    let parquet =
        Dimension::ALL.map(|d| driven.ledger.dimension(d).outcome.clone().unwrap().metrics);
    let (arrow, _) = metrics_with("arrow", |file, frame| {
        IpcWriter::new(file).finish(frame).unwrap();
    });
    assert_eq!(parquet.to_vec(), arrow);
    let (csv, ledger) = metrics_with("csv", |file, frame| {
        CsvWriter::new(file).finish(frame).unwrap();
    });
    assert_eq!(parquet.to_vec(), csv);
    // A CSV file is read in one pass.
    let passes = ledger
        .spans
        .iter()
        .filter(|span| span.name.0.starts_with("columns:dataset"));
    assert_eq!(passes.count(), 1);
}

#[test]
fn an_arrow_file_is_mapped_and_counted_apart() {
    use polars_core::prelude::{Column, DataType};
    let (_, ledger) = metrics_with("arrow", |file, frame| {
        let numbers = |column: &Column| column.dtype().is_integer();
        let names: Vec<_> = frame
            .columns()
            .iter()
            .filter(|c| numbers(c))
            .map(|c| c.name().clone())
            .collect();
        for name in names {
            let column = frame
                .column(&name)
                .unwrap()
                .cast(&DataType::Float64)
                .unwrap();
            frame.with_column(column).unwrap();
        }
        frame.rechunk_mut();
        IpcWriter::new(file).finish(frame).unwrap();
    });
    let features = ledger
        .resource(&"columns:dataset[features]".into())
        .unwrap();
    // education_num, capital_gain, capital_loss and hours_per_week, at 8 bytes a row.
    assert_eq!(features.mapped_bytes, 9769 * 4 * 8);
    // The six columns of texts are codes of 4 bytes a row, and few names.
    let (bytes, _) = features.bytes.unwrap();
    assert!(
        (9769 * 6 * 4..9769 * 6 * 4 + 10_000).contains(&bytes),
        "{bytes}"
    );
    assert_eq!(
        ledger.mapped_bytes(),
        features.mapped_bytes + 9769 * 8,
        "age is mapped too"
    );
}
