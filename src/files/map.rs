//! Files that are mapped: pages are read when they are looked at.
//!
//! A page that is not there any more, since the file was cut short or its disk is gone, raises a
//! signal that ends the process. Here a handler puts zeros in its place, and in the place of all that
//! follows it, and notes that the map is not whole: whoever has read it asks [`Map::check`] before
//! what was read counts. That a file was written over in place no signal tells: its stamp does.
#![allow(
    unsafe_code,
    reason = "mapping a file has no safe form, nor has the handler of a signal"
)]

use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::ops::Deref;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};
use std::sync::{Once, OnceLock};

use memmap2::Mmap;

/// Files that are mapped at a time; more are refused, and read instead.
const MOST_MAPS: usize = 1024;

/// Where a map lies: what the handler knows of it.
struct Range {
    /// Is it somebody's?
    is_taken: AtomicBool,
    start: AtomicUsize,
    /// The byte after it; zero while there is none.
    end: AtomicUsize,
    has_gaps: AtomicBool,
}

static RANGES: [Range; MOST_MAPS] = [const {
    Range {
        is_taken: AtomicBool::new(false),
        start: AtomicUsize::new(0),
        end: AtomicUsize::new(0),
        has_gaps: AtomicBool::new(false),
    }
}; MOST_MAPS];
static PAGE: OnceLock<usize> = OnceLock::new();
/// Who handled the signal before. Never freed: the handler may read it any time.
static BEFORE: AtomicPtr<libc::sigaction> = AtomicPtr::new(ptr::null_mut());

/// A mapped file. Its bytes may change while it is looked at: nothing may rest on two looks being
/// alike.
#[derive(Debug)]
pub struct Map {
    bytes: Mmap,
    /// Its place among the ranges.
    place: usize,
}

/// Values that are nothing but their bytes.
///
/// # Safety
///
/// Whatever the bytes are, they are a value, and none of them is left unused between its parts.
pub unsafe trait Plain: Copy + Send + Sync + 'static {}

macro_rules! plain_numbers {
    ($($number:ty),+) => {
        $(
            // SAFETY: any bits are a number, and it has no others.
            unsafe impl Plain for $number {}
        )+
    };
}
plain_numbers!(u8, u16, u32, u64, f32, f64);

/// The bytes of values, as they are in memory.
pub fn bytes_of<T: Plain>(values: &[T]) -> &[u8] {
    // SAFETY: by the contract of the type all of its bytes are written.
    unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), size_of_val(values)) }
}

/// A part of a mapped file is not there any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it was cut short while it was used, or a part of it cannot be read")]
pub struct Gone;

impl Map {
    /// Maps a file as long as it is now, to be read only.
    pub fn of(file: &File) -> io::Result<Self> {
        install();
        let free = |range: &Range| !range.is_taken.swap(true, Ordering::SeqCst);
        let place = RANGES.iter().position(free);
        let place = place.ok_or(io::ErrorKind::OutOfMemory)?;
        let range = &RANGES[place];
        // SAFETY: the map is read only. What of the file goes missing is replaced by zeros; what
        // changes is any bytes, and is taken for such by all who read it.
        let bytes = match unsafe { Mmap::map(file) } {
            Ok(bytes) => bytes,
            Err(error) => {
                range.is_taken.store(false, Ordering::SeqCst);
                return Err(error);
            }
        };
        let start = bytes.as_ptr() as usize;
        range.has_gaps.store(false, Ordering::SeqCst);
        range.start.store(start, Ordering::SeqCst);
        range.end.store(start + bytes.len(), Ordering::SeqCst);
        Ok(Self { bytes, place })
    }

    /// Was all that was looked at so far in the file?
    pub fn check(&self) -> Result<(), Gone> {
        if RANGES[self.place].has_gaps.load(Ordering::SeqCst) {
            Err(Gone)
        } else {
            Ok(())
        }
    }

    /// The 64-bit numbers that lie from this byte on; none where they do not lie within the file, or
    /// not as the machine wants them.
    pub fn numbers(&self, start: usize, count: usize) -> Option<&[f64]> {
        self.list(start, count)
    }

    /// The values that lie from this byte on; none where they do not lie within the file, or not as the
    /// machine wants them.
    pub fn list<T: Plain>(&self, start: usize, count: usize) -> Option<&[T]> {
        let end = start.checked_add(count.checked_mul(size_of::<T>())?)?;
        let bytes = self.bytes.get(start..end)?;
        // SAFETY: any bytes are values of a plain type.
        let (before, list, after) = unsafe { bytes.align_to::<T>() };
        (before.is_empty() && after.is_empty()).then_some(list)
    }
}

impl Deref for Map {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        // It is unmapped after this; nobody looks at it meanwhile.
        let range = &RANGES[self.place];
        range.end.store(0, Ordering::SeqCst);
        range.start.store(0, Ordering::SeqCst);
        range.is_taken.store(false, Ordering::SeqCst);
    }
}

/// Installs the handler; once in a process.
fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        // SAFETY: all-zero bytes are valid for the structure; the system fills the old one, which is
        // never freed, and copies the new one.
        unsafe {
            let page = libc::sysconf(libc::_SC_PAGESIZE);
            let _ = PAGE.set(usize::try_from(page).unwrap_or(4096));
            let old = Box::into_raw(Box::new(
                MaybeUninit::<libc::sigaction>::zeroed().assume_init(),
            ));
            libc::sigaction(libc::SIGBUS, ptr::null(), old);
            BEFORE.store(old, Ordering::SeqCst);
            let mut ours = MaybeUninit::<libc::sigaction>::zeroed().assume_init();
            ours.sa_sigaction = on_bus_error as Handler as usize;
            ours.sa_flags = libc::SA_ONSTACK | libc::SA_SIGINFO;
            libc::sigaction(libc::SIGBUS, &raw const ours, ptr::null_mut());
        }
    });
}

type Handler = extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void);

extern "C" fn on_bus_error(
    signal: libc::c_int,
    info: *mut libc::siginfo_t,
    context: *mut libc::c_void,
) {
    // SAFETY: the system gives a valid description, and the pointer to the handler before is valid
    // for ever; one that is a function and wants more than the signal takes what we were given.
    // These calls are async-signal-safe.
    unsafe {
        if fill_gap(info) {
            return;
        }
        // It happens again, and meets the handler before us.
        let before = BEFORE.load(Ordering::SeqCst);
        libc::sigaction(signal, before, ptr::null_mut());
        if (*info).si_code > 0 {
            return;
        }
        // What somebody has sent does not happen again by itself, on which Rust's own handler counts.
        let is_function = !matches!((*before).sa_sigaction, libc::SIG_DFL | libc::SIG_IGN);
        if is_function && (*before).sa_flags & libc::SA_SIGINFO != 0 {
            let handle = std::mem::transmute::<usize, Handler>((*before).sa_sigaction);
            handle(signal, info, context);
        }
        libc::signal(signal, libc::SIG_DFL);
        libc::raise(signal);
    }
}

/// Puts zeros where a mapped file has nothing any more; false when the signal is about something
/// else. For handlers of fatal signals: it makes plain system calls only.
///
/// # Safety
///
/// `info` is what the system has given to a handler of `SIGBUS`.
pub unsafe fn fill_gap(info: *const libc::siginfo_t) -> bool {
    // SAFETY: by the contract. The mapping replaces pages of a map of ours, which is as long as
    // that, by others that are as readable: who looks at them finds other bytes, as with any change
    // of the file.
    unsafe {
        if (*info).si_code != libc::BUS_ADRERR {
            return false;
        }
        let address = (*info).si_addr() as usize;
        let Some(page) = PAGE.get() else {
            return false;
        };
        for range in &RANGES {
            let end = range.end.load(Ordering::SeqCst);
            // The last page is whole in memory.
            let end = end.next_multiple_of(*page);
            if address < end && address >= range.start.load(Ordering::SeqCst) {
                range.has_gaps.store(true, Ordering::SeqCst);
                let start = address - address % page;
                let mapped = libc::mmap(
                    start as *mut libc::c_void,
                    end - start,
                    libc::PROT_READ,
                    libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED,
                    -1,
                    0,
                );
                return mapped != libc::MAP_FAILED;
            }
        }
        false
    }
}
