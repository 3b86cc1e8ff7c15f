//! An allocator that counts the bytes that are held, by each thread and by the process.
#![allow(
    unsafe_code,
    reason = "an allocator that counts can only be written as an unsafe trait; it hands everything \
              to the system's and adds up sizes"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static THREAD_HELD: Cell<usize> = const { Cell::new(0) };
    static THREAD_PEAK: Cell<usize> = const { Cell::new(0) };
}

fn count(more: usize, less: usize) {
    let change = more.wrapping_sub(less);
    let held = HELD
        .fetch_add(change, Ordering::Relaxed)
        .wrapping_add(change);
    PEAK.fetch_max(held, Ordering::Relaxed);
    // What another thread had allocated may be freed here.
    let held = THREAD_HELD.get().saturating_add(more).saturating_sub(less);
    THREAD_HELD.set(held);
    THREAD_PEAK.set(THREAD_PEAK.get().max(held));
}

/// Counts what was given; nothing where there was not so much.
fn counted(place: *mut u8, more: usize, less: usize) -> *mut u8 {
    if !place.is_null() {
        count(more, less);
    }
    place
}

// SAFETY: every call is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the contract.
        counted(unsafe { System.alloc(layout) }, layout.size(), 0)
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the contract.
        counted(unsafe { System.alloc_zeroed(layout) }, layout.size(), 0)
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller keeps the contract.
        let place = unsafe { System.realloc(place, layout, size) };
        counted(place, size, layout.size())
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        count(0, layout.size());
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(place, layout) }
    }
}

/// Keeps the other tests waiting: what they allocate would be counted for the process too.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The bytes that this thread holds.
pub(crate) fn held_by_thread() -> usize {
    THREAD_HELD.get()
}

/// What comes of some work of this thread alone, and the most bytes that it held meanwhile.
pub(crate) fn peak_of_thread<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = THREAD_HELD.get();
    THREAD_PEAK.set(before);
    let made = work();
    (made, THREAD_PEAK.get().saturating_sub(before))
}

/// What comes of some work of many threads, and the most bytes that they held meanwhile.
pub(crate) fn peak_of_process<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = HELD.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let made = work();
    (made, PEAK.load(Ordering::Relaxed) - before)
}
