//! What a native model says that it takes is what the allocator was asked for.
//!
//! One test only: the allocator counts for the whole process.
#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]
#![allow(
    unsafe_code,
    reason = "an allocator that counts has to be an allocator"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use lazydebugger::inference::{inspect, native};

struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn models() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    [
        "sample_data/adult",
        "sample_data/adult/sweep",
        "tests/zoo",
        "tests/zoo/exported",
        "tests/zoo/operators",
    ]
    .iter()
    .flat_map(|folder| fs::read_dir(root.join(folder)).unwrap())
    .map(|entry| entry.unwrap().path())
    .filter(|path| path.extension().is_some_and(|e| e == "onnx"))
    .collect()
}

#[test]
fn a_native_model_counts_its_memory_to_the_byte() {
    let mut counted = 0;
    for path in models() {
        let Ok(signature) = inspect(&path) else {
            continue;
        };
        // What the model was asked to keep beside what it made: its signature and its path.
        let kept = (signature.clone(), path.clone());
        let before_signature = LIVE.load(Ordering::Relaxed);
        let again = kept.clone();
        let keeps = LIVE.load(Ordering::Relaxed) - before_signature;
        drop(again);

        let before = LIVE.load(Ordering::Relaxed);
        let Ok(model) = native::open(&kept.1, kept.0.clone(), 1) else {
            continue;
        };
        let live = LIVE.load(Ordering::Relaxed) - before;

        let memory = model.memory();
        assert!(memory.exact, "{}", path.display());
        assert_eq!(memory.bytes as usize + keeps, live, "{}", path.display());
        counted += 1;
    }
    assert!(counted >= 300, "{counted} models were counted");
}
