//! Plans for files that are not any more what they were when they were looked at.

use std::fs::{self, File};
use std::path::Path;

use lazydebugger::experiment::Experiment;
use lazydebugger::history::History;
use lazydebugger::resource::LoadSettings;
use lazydebugger::resource::directly::understand;
use lazydebugger::vocabulary::Dimension;

use super::planner_with;

#[test]
fn a_dataset_that_has_been_cut_claims_nothing_for_other_tables() {
    let folder = tempfile::tempdir().unwrap();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data/adult");
    for entry in sample.read_dir().unwrap().flatten() {
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
        }
    }
    let experiment = Experiment::from_file(&folder.path().join("experiment.toml")).unwrap();
    let settings = LoadSettings::of(&experiment);
    let catalogue = understand(experiment, settings).unwrap();
    let planner = planner_with(catalogue, History::of_this_session());
    for length in [1, 0] {
        let file = File::options()
            .write(true)
            .open(folder.path().join("adult_test.parquet"));
        file.unwrap().set_len(length).unwrap();
        let (forecasts, _) = planner.compare(&Dimension::ALL);
        assert!(!forecasts.is_empty());
    }
}
