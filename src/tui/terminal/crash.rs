//! The way out that nobody can catch: an abort or a fault, in a C++ library for example, leaves the
//! terminal usable and what was printed last on it.
#![allow(
    unsafe_code,
    reason = "a handler of fatal signals may only make plain system calls"
)]

use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr;
use std::sync::Once;
use std::sync::atomic::{AtomicI32, AtomicPtr, Ordering};

const FATAL: [libc::c_int; 5] = [
    libc::SIGABRT,
    libc::SIGBUS,
    libc::SIGFPE,
    libc::SIGILL,
    libc::SIGSEGV,
];
/// The most that is shown of what was captured.
const SHOWN_BYTES: libc::off_t = 4096;

/// Descriptor of the terminal while it is ours, otherwise -1.
static TERMINAL: AtomicI32 = AtomicI32::new(-1);
/// Descriptor of the file that captures what others print.
static CAPTURED: AtomicI32 = AtomicI32::new(-1);
/// The terminal as it was found. Never freed, like those below: a handler may read them any time.
static TERMIOS: AtomicPtr<libc::termios> = AtomicPtr::new(ptr::null_mut());
/// Who handled the fatal signals before.
static BEFORE: [AtomicPtr<libc::sigaction>; FATAL.len()] =
    [const { AtomicPtr::new(ptr::null_mut()) }; FATAL.len()];

/// Notes how the terminal is now, and installs the handler; once in a process.
pub(super) fn prepare(terminal: BorrowedFd<'_>) {
    static PREPARED: Once = Once::new();
    PREPARED.call_once(|| {
        // SAFETY: all-zero bytes are valid for both structures; the kernel fills them.
        unsafe {
            let mut termios = MaybeUninit::<libc::termios>::zeroed().assume_init();
            if libc::tcgetattr(terminal.as_raw_fd(), &raw mut termios) != 0 {
                return;
            }
            TERMIOS.store(Box::into_raw(Box::new(termios)), Ordering::SeqCst);
            for (signal, before) in FATAL.into_iter().zip(&BEFORE) {
                let old = Box::into_raw(Box::new(
                    MaybeUninit::<libc::sigaction>::zeroed().assume_init(),
                ));
                libc::sigaction(signal, ptr::null(), old);
                before.store(old, Ordering::SeqCst);
                let mut ours = MaybeUninit::<libc::sigaction>::zeroed().assume_init();
                ours.sa_sigaction = on_fatal_signal as extern "C" fn(libc::c_int) as usize;
                // A stack that overflowed has no room for the handler.
                ours.sa_flags = libc::SA_ONSTACK;
                libc::sigaction(signal, &raw const ours, ptr::null_mut());
            }
        }
    });
}

/// From now on a crash must restore the terminal.
pub(super) fn arm(terminal: BorrowedFd<'_>, captured: BorrowedFd<'_>) {
    CAPTURED.store(captured.as_raw_fd(), Ordering::SeqCst);
    TERMINAL.store(terminal.as_raw_fd(), Ordering::SeqCst);
}

/// The terminal is restored.
pub(super) fn disarm() {
    TERMINAL.store(-1, Ordering::SeqCst);
}

extern "C" fn on_fatal_signal(signal: libc::c_int) {
    let terminal = TERMINAL.swap(-1, Ordering::SeqCst);
    // SAFETY: these calls are async-signal-safe, and the pointers are null or valid for ever.
    unsafe {
        if terminal >= 0 {
            write(terminal, super::hold::LEAVE);
            libc::tcsetattr(
                terminal,
                libc::TCSANOW,
                TERMIOS.load(Ordering::SeqCst).cast_const(),
            );
            show_captured(terminal);
            // What is said on the way down goes where it can be read.
            libc::dup2(terminal, libc::STDERR_FILENO);
        }
        for (fatal, before) in FATAL.into_iter().zip(&BEFORE) {
            if fatal == signal {
                libc::sigaction(signal, before.load(Ordering::SeqCst), ptr::null_mut());
            }
        }
        // A fault happens again on return, and meets the handler before us; an abort may not.
        if signal == libc::SIGABRT {
            libc::raise(signal);
        }
    }
}

/// SAFETY: async-signal-safe, and `terminal` is an open descriptor.
unsafe fn show_captured(terminal: libc::c_int) {
    let captured = CAPTURED.load(Ordering::SeqCst);
    let mut bytes = [0_u8; SHOWN_BYTES as usize];
    // SAFETY: the buffer is as long as said.
    unsafe {
        let end = libc::lseek(captured, 0, libc::SEEK_END);
        let start = (end - SHOWN_BYTES).max(0);
        let read = libc::pread(captured, bytes.as_mut_ptr().cast(), bytes.len(), start);
        write(terminal, &bytes[..usize::try_from(read).unwrap_or(0)]);
    }
}

/// SAFETY: async-signal-safe, and `terminal` is an open descriptor.
unsafe fn write(terminal: libc::c_int, bytes: &[u8]) {
    // SAFETY: the buffer is as long as said. Nothing can be done about a failure.
    unsafe { libc::write(terminal, bytes.as_ptr().cast(), bytes.len()) };
}
