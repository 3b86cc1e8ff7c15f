//! Predicting in chunks holds one chunk of what lies between a table and its scores, whatever the
//! table's size.
#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lazydebugger::engine::graph::closure;
use lazydebugger::engine::{CancelToken, LoadContext, Workload};
use lazydebugger::experiment::Experiment;
use lazydebugger::resource::{Key, LoadSettings, Resource, TableId, bind};
use lazydebugger::vocabulary::Backend;

/// Counts the bytes that are allocated, and the most that ever were since the peak was reset.
struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[allow(unsafe_code, reason = "an allocator has no safe form")]
// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let held = HELD.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(held, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Bytes that one pass over the dataset takes at its peak, the scores left out.
fn peak_of_a_pass(chunk_rows: usize) -> usize {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data/adult/experiment.toml");
    let mut experiment = Experiment::from_file(&file).unwrap();
    experiment.engine.backend = Backend::Native;
    experiment.engine.chunk_rows = chunk_rows;
    let settings = LoadSettings::of(&experiment);
    let catalogue = bind(experiment, settings).unwrap();
    let context = LoadContext {
        cancel: CancelToken::default(),
        progress: &|_, _| {},
    };
    let key = Key::predictions(catalogue.validated(), TableId::Dataset);
    let mut loaded: Vec<(Key, Arc<Resource>)> = Vec::new();
    let inputs = |loaded: &Vec<(Key, Arc<Resource>)>, key: &Key| -> Vec<Arc<Resource>> {
        let inputs = catalogue.inputs(key).into_iter();
        inputs
            .map(|input| loaded.iter().find(|(k, _)| *k == input).unwrap().1.clone())
            .collect()
    };
    for needed in closure(&catalogue, &catalogue.inputs(&key)).unwrap() {
        let value = catalogue
            .load(&needed, &inputs(&loaded, &needed), &context)
            .unwrap()
            .value;
        loaded.push((needed, Arc::new(value)));
    }
    let inputs = inputs(&loaded, &key);
    let before = HELD.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let predictions = catalogue.load(&key, &inputs, &context).unwrap();
    let peak = PEAK.load(Ordering::Relaxed) - before;
    peak - usize::try_from(predictions.bytes).unwrap()
}

#[test]
fn a_pass_holds_one_chunk_of_intermediate_data() {
    const ROWS: usize = 9769;
    let (chunk, whole) = (peak_of_a_pass(512), peak_of_a_pass(ROWS));
    // 20 chunks: were they kept, or the table fed as a whole, the two would be about the same. The
    // model's own workspace is in both.
    assert!(whole > 500_000, "{whole}");
    assert!(chunk * 3 < whole, "{chunk} of {whole}");
}
