//! Predicting in chunks holds one chunk of what lies between a table and its scores, whatever the
//! table's size.

use std::path::Path;
use std::sync::Arc;

use lazydebugger::engine::{CancelToken, LoadContext, Workload};
use lazydebugger::experiment::Experiment;
use lazydebugger::resource::directly::{load, understand};
use lazydebugger::resource::{Key, LoadSettings, Resource, TableId};
use lazydebugger::vocabulary::Backend;

use crate::counting::{alone, peak_of_process};

/// Bytes that one pass over the dataset takes at its peak, the scores left out.
fn peak_of_a_pass(chunk_rows: usize) -> usize {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data/adult/experiment.toml");
    let mut experiment = Experiment::from_file(&file).unwrap();
    experiment.engine.backend = Backend::Native;
    experiment.engine.chunk_rows = chunk_rows;
    let settings = LoadSettings::of(&experiment);
    let mut catalogue = understand(experiment, settings).unwrap();
    let context = LoadContext {
        cancel: CancelToken::default(),
        progress: &|_, _| {},
    };
    let key = Key::predictions(catalogue.validated(), TableId::Dataset);
    let inputs = catalogue.inputs(&key);
    let loaded = load(&mut catalogue, &inputs, &|_, _| {}).unwrap();
    let inputs: Vec<Arc<Resource>> = inputs.iter().map(|key| loaded[key].clone()).collect();
    let (predictions, peak) = peak_of_process(|| catalogue.load(&key, &inputs, &context).unwrap());
    peak - usize::try_from(predictions.bytes).unwrap()
}

#[test]
fn a_pass_holds_one_chunk_of_intermediate_data() {
    const ROWS: usize = 9769;
    let _alone = alone();
    let (chunk, whole) = (peak_of_a_pass(512), peak_of_a_pass(ROWS));
    // 20 chunks: were they kept, or the table fed as a whole, the two would be about the same. The
    // model's own workspace is in both.
    assert!(whole > 500_000, "{whole}");
    assert!(chunk * 3 < whole, "{chunk} of {whole}");
}
