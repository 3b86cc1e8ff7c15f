//! A run in shards: whatever their number and order, whoever makes them and however often, their parts
//! merge to the bits that one machine finds alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lazydebugger::event::{DimensionStatus, EventKind};
use lazydebugger::experiment::Experiment;
use lazydebugger::session::Earlier;
use lazydebugger::shard::{Part, PartWriter, Parts};
use lazydebugger::vocabulary::{Columns, Dimension, EngineSettings, Shard};
use serde_json::Value;
use tempfile::TempDir;

use super::driven::Driven;
use super::same_answers::{Matrix, answers};

/// Runs a shard, and leaves its part.
fn leave_part(experiment: Experiment, shard: Shard, path: &Path) {
    let file = experiment.file.clone();
    let writer = PartWriter::create(path, shard, file.as_deref(), &Dimension::ALL).unwrap();
    let writer = Arc::new(writer);
    let earlier = Earlier {
        part: Some(writer.clone()),
        ..Earlier::default()
    };
    let mut driven = Driven::open_with(experiment, earlier);
    driven.run(&Dimension::ALL);
    for dimension in Dimension::ALL {
        let outcome = driven.ledger.dimension(dimension).outcome.as_ref().unwrap();
        assert_eq!(outcome.status, DimensionStatus::Ok, "{:?}", outcome.error);
        assert!(outcome.metrics.is_empty());
    }
    writer.finish().unwrap();
}

/// The matrix's experiment, set otherwise.
fn set(matrix: &Matrix, set: impl FnOnce(&mut EngineSettings)) -> Experiment {
    let mut experiment = matrix.small();
    set(&mut experiment.engine);
    experiment
}

/// All shards of a run, each set otherwise: that must not show.
fn leave_parts(matrix: &Matrix, of: u32, folder: &TempDir) -> Vec<PathBuf> {
    let parts = Shard::all(of).map(|shard| {
        let path = folder
            .path()
            .join(format!("part-{}-{of}.lzd", shard.number()));
        let number = shard.number() as usize;
        let experiment = set(matrix, |engine| {
            engine.threads = 1 + number % 3;
            engine.chunk_rows = [1, 7, 65_536][number % 3];
            engine.columns = [Columns::Auto, Columns::Stream, Columns::Hold][number % 3];
        });
        leave_part(experiment, shard, &path);
        path
    });
    parts.collect()
}

/// What the parts come to, made without a model.
fn merged(experiment: Experiment, paths: &[PathBuf]) -> Value {
    let parts = Parts::open(paths).unwrap();
    let earlier = Earlier {
        parts: Some(Arc::new(parts)),
        ..Earlier::default()
    };
    let mut driven = Driven::open_with(experiment, earlier);
    driven.run(&Dimension::ALL);
    let is_model = |kind: &EventKind| match kind {
        EventKind::LoadStarted { name, .. } => name.0.starts_with("model:"),
        _ => false,
    };
    assert!(!driven.log.iter().any(|event| is_model(&event.kind)));
    answers(&driven)
}

#[test]
fn any_number_of_shards_in_any_order_comes_to_the_same_bits() {
    let matrix = Matrix::new();
    let expected = matrix.answers(|_| {});
    for of in [1, 7, 64] {
        let folder = tempfile::tempdir().unwrap();
        let mut paths = leave_parts(&matrix, of, &folder);
        assert_eq!(merged(matrix.small(), &paths), expected, "{of} shards");
        // In another order, one of them retried, one of them twice.
        let last = paths.len() - 1;
        fs::remove_file(&paths[last]).unwrap();
        assert!(Parts::open(&paths).is_err());
        leave_part(matrix.small(), Shard::new(of, of).unwrap(), &paths[last]);
        let again = folder.path().join("again.lzd");
        leave_part(matrix.small(), Shard::new(1, of).unwrap(), &again);
        paths.rotate_left(of as usize / 2);
        paths.push(again.clone());
        let retried = Parts::open(&paths).unwrap().retried;
        assert_eq!(retried.len(), 1);
        let streamed = set(&matrix, |engine| engine.columns = Columns::Stream);
        assert_eq!(merged(streamed, &paths), expected, "{of} shards");
    }
}

#[test]
fn a_part_is_small_but_for_its_scores() {
    let matrix = Matrix::new();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("part.lzd");
    leave_part(matrix.small(), Shard::new(1, 1).unwrap(), &path);
    let part = Part::open(&path).unwrap();
    let scores: usize = part
        .predictions()
        .values()
        .map(|found| found.rows.rows * found.columns * size_of::<f32>())
        .sum();
    assert!(
        part.predictions().len() > 40,
        "{}",
        part.predictions().len()
    );
    let bytes = fs::metadata(&path).unwrap().len();
    let most = scores as u64 + lazydebugger::shard::most_head(part.predictions().len());
    assert!(bytes <= most, "{bytes} bytes of which {scores} are scores");
}

#[test]
fn no_byte_of_a_part_can_change_unseen() {
    let matrix = Matrix::new();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("part.lzd");
    leave_part(matrix.small(), Shard::new(1, 1).unwrap(), &path);
    let bytes = fs::read(&path).unwrap();
    let changed = folder.path().join("changed.lzd");
    let is_seen = |bytes: &[u8]| {
        fs::write(&changed, bytes).unwrap();
        match Part::open(&changed) {
            Err(_) => true,
            Ok(part) => part
                .predictions()
                .values()
                .any(|found| part.read(found).is_err()),
        }
    };
    assert!(!is_seen(&bytes));
    for at in (0..bytes.len())
        .step_by(97)
        .chain(bytes.len() - 60..bytes.len())
    {
        let mut one = bytes.clone();
        one[at] ^= 1 << (at % 8);
        assert!(is_seen(&one), "byte {at} of {}", bytes.len());
        assert!(is_seen(&bytes[..at]), "cut at {at}");
    }
}
