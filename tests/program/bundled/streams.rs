//! Predictions that take their columns batch by batch, where something goes wrong in mid-stream.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use lazydebugger::event::{Command, DimensionStatus, EventKind};
use lazydebugger::vocabulary::{Columns, Dimension, Strategy, Way};
use polars_io::prelude::{CsvWriter, ParquetReader, SerReader, SerWriter};
use polars_parquet::read::read_metadata;

use super::driven::Driven;
use super::same_answers::{Matrix, in_row_groups};

const COLUMN: &str = "hours_per_week";

fn streamed(matrix: &Matrix) -> Driven {
    matrix.session(|engine| {
        engine.columns = Columns::Stream;
        engine.strategy = Strategy::LazyAll;
    })
}

/// Writes nonsense over a column in a row group.
fn spoil(path: &Path, column: &str, group: usize) {
    let metadata = read_metadata(&mut File::open(path).unwrap()).unwrap();
    let mut chunks = metadata.row_groups[group]
        .columns_under_root_iter(column)
        .unwrap();
    let range = chunks.next().unwrap().byte_range();
    let mut file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(range.start)).unwrap();
    file.write_all(&vec![0xff; (range.end - range.start) as usize])
        .unwrap();
}

#[test]
fn a_row_group_that_does_not_decode_fails_that_load_in_words() {
    let matrix = Matrix::new();
    in_row_groups(&matrix, 16);
    let calibration = matrix.experiment.dataset.calibration.clone().unwrap();
    spoil(&calibration, COLUMN, 3);
    let mut driven = streamed(&matrix);
    driven.run(&[Dimension::Uncertainty, Dimension::Fairness]);
    let error = driven.error(Dimension::Uncertainty);
    for words in [
        COLUMN,
        "row group 3 (counted from 0)",
        "adult_calib.parquet",
        "write or download",
    ] {
        assert!(error.contains(words), "{words}: {error}");
    }
    let fairness = driven.outcome(Dimension::Fairness);
    assert_eq!(fairness.status, DimensionStatus::Ok);
    let scores = driven
        .ledger
        .resource(&"predictions:rf_e005_d08_l25@calibration".into());
    let scores = scores.unwrap();
    assert_eq!((scores.loads, scores.is_resident()), (0, false));
}

#[test]
fn a_streamed_load_counts_rows_and_is_stopped() {
    let matrix = Matrix::new();
    in_row_groups(&matrix, 16);
    let mut driven = streamed(&matrix);
    driven.begin(&[Dimension::Fairness]);
    driven.until(|kind| {
        matches!(kind, EventKind::LoadStarted { name, .. } if name.0.starts_with("predictions:"))
    });
    driven.send(Command::Cancel);
    driven.finish_run();
    let outcome = driven.outcome(Dimension::Fairness);
    assert!(matches!(
        outcome.status,
        DimensionStatus::Ok | DimensionStatus::Cancelled
    ));
    driven.run(&[Dimension::Fairness]);
    assert_eq!(
        driven.outcome(Dimension::Fairness).status,
        DimensionStatus::Ok
    );
}

/// Puts another file in the place of one, at once.
fn replace(path: &Path, bytes: &[u8]) {
    let new = path.with_extension("new");
    fs::write(&new, bytes).unwrap();
    fs::rename(new, path).unwrap();
}

fn begins_to_score(kind: &EventKind) -> bool {
    matches!(kind, EventKind::LoadStarted { name, .. } if name.0.starts_with("predictions:"))
}

#[test]
fn a_file_that_is_replaced_in_mid_stream_is_used_in_one_version() {
    let matrix = Matrix::new();
    in_row_groups(&matrix, 16);
    let dataset = &matrix.experiment.dataset;
    let bytes = [&dataset.path, &dataset.alternative[0]].map(|path| fs::read(path).unwrap());
    let fairness = [Dimension::Fairness];
    let versions = bytes.clone().map(|bytes| {
        replace(&dataset.path, &bytes);
        let mut driven = streamed(&matrix);
        driven.run(&fairness);
        driven.outcome(Dimension::Fairness).metrics.clone()
    });
    assert_ne!(versions[0], versions[1]);
    replace(&dataset.path, &bytes[0]);
    let mut driven = streamed(&matrix);
    driven.begin(&fairness);
    driven.until(begins_to_score);
    replace(&dataset.path, &bytes[1]);
    driven.finish_run();
    let outcome = driven.outcome(Dimension::Fairness);
    assert_eq!(outcome.status, DimensionStatus::Ok);
    assert!(versions.contains(&outcome.metrics), "of no version");
    driven.run(&fairness);
    assert_eq!(driven.outcome(Dimension::Fairness).metrics, versions[1]);
}

#[test]
fn a_file_that_shrinks_in_mid_stream_is_named() {
    let matrix = Matrix::new();
    in_row_groups(&matrix, 16);
    let path = &matrix.experiment.dataset.path;
    let length = fs::metadata(path).unwrap().len();
    let whole = {
        let mut driven = streamed(&matrix);
        driven.run(&[Dimension::Fairness]);
        driven.outcome(Dimension::Fairness).metrics.clone()
    };
    let mut driven = streamed(&matrix);
    driven.begin(&[Dimension::Fairness]);
    driven.until(begins_to_score);
    let file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.set_len(length / 2).unwrap();
    driven.finish_run();
    let outcome = driven.outcome(Dimension::Fairness);
    match &outcome.error {
        Some(problem) => assert!(
            problem.to_string().contains("adult_test.parquet"),
            "{problem}"
        ),
        // It was over before.
        None => assert_eq!(outcome.metrics, whole),
    }
}

#[test]
fn groups_are_gathered_from_the_file_and_nothing_of_the_columns_is_held() {
    let matrix = Matrix::new();
    in_row_groups(&matrix, 16);
    let mut driven = streamed(&matrix);
    driven.run(&[Dimension::Fairness]);
    let of = |name: &str| driven.ledger.resource(&name.into()).unwrap().clone();
    let groups = of("protected_attributes");
    assert_eq!(groups.detail, "2 attributes, 6 groups, streamed");
    // A byte for each row and attribute, and the names of the groups.
    assert_eq!(
        groups.bytes.map(|(bytes, _)| bytes > 240 && bytes < 300),
        Some(true)
    );
    assert!(groups.working_bytes > 0);
    let columns = of("columns:dataset[protected]");
    assert_eq!(columns.loads, 0);
    assert_eq!(columns.way, Some(Way::StreamedAsTold { passes: 2 }));
}

/// The dataset as a text file that is too large to be held for the sake of some columns: each row ends
/// with a long text that nobody reads.
fn as_large_text(matrix: &mut Matrix) {
    let dataset = &mut matrix.experiment.dataset;
    let mut rows = ParquetReader::new(File::open(&dataset.path).unwrap())
        .finish()
        .unwrap();
    let mut text = Vec::new();
    CsvWriter::new(&mut text).finish(&mut rows).unwrap();
    let text = String::from_utf8(text).unwrap();
    let padding = "x".repeat((34 << 20) / rows.height());
    let mut lines = text.lines();
    let mut large = format!("{},padding\n", lines.next().unwrap());
    for line in lines {
        writeln!(large, "{line},{padding}").unwrap();
    }
    dataset.path.set_extension("csv");
    fs::write(&dataset.path, large).unwrap();
}

#[test]
fn a_large_text_file_is_streamed_into_the_model() {
    let mut matrix = Matrix::new();
    as_large_text(&mut matrix);
    let fairness = [Dimension::Fairness];
    let ran = |columns, chunk_rows| {
        let mut driven = matrix.session(|engine| {
            engine.columns = columns;
            engine.chunk_rows = chunk_rows;
            engine.strategy = Strategy::LazyAll;
        });
        driven.run(&fairness);
        let outcome = driven.outcome(Dimension::Fairness).clone();
        assert_eq!(outcome.status, DimensionStatus::Ok, "{:?}", outcome.error);
        let scores = "predictions:rf_e005_d08_l25@dataset";
        let scores = driven.ledger.resource(&scores.into()).unwrap();
        (outcome.metrics, scores.detail.clone(), scores.digest)
    };
    let (expected, detail, id) = ran(Columns::Hold, 10_000);
    assert_eq!(detail, "120 rows");
    for chunk_rows in [1, 10_000] {
        let (metrics, detail, own) = ran(Columns::Stream, chunk_rows);
        assert_eq!(detail, "120 rows, streamed");
        assert!(metrics == expected, "chunks of {chunk_rows}");
        assert_eq!(
            own, id,
            "what it stands for does not depend on how it is read"
        );
    }
}
