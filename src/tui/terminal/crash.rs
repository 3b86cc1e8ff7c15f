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

use crate::files;

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

/// Installs the handler; once in a process. Until a terminal is [armed](arm) it only sees to it that
/// a signal ends the process, whoever sends it.
pub(super) fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        for (signal, before) in FATAL.into_iter().zip(&BEFORE) {
            // SAFETY: all-zero bytes are valid for the structure; the kernel fills the old one, which
            // is never freed, and copies the new one.
            unsafe {
                let old = Box::into_raw(Box::new(
                    MaybeUninit::<libc::sigaction>::zeroed().assume_init(),
                ));
                libc::sigaction(signal, ptr::null(), old);
                before.store(old, Ordering::SeqCst);
                let mut ours = MaybeUninit::<libc::sigaction>::zeroed().assume_init();
                ours.sa_sigaction = on_fatal_signal as Handler as usize;
                // A stack that overflowed has no room for the handler.
                ours.sa_flags = libc::SA_ONSTACK | libc::SA_SIGINFO;
                libc::sigaction(signal, &raw const ours, ptr::null_mut());
            }
        }
    });
}

/// Notes how the terminal is now; once in a process.
pub(super) fn prepare(terminal: BorrowedFd<'_>) {
    static PREPARED: Once = Once::new();
    install();
    PREPARED.call_once(|| {
        // SAFETY: all-zero bytes are valid for the structure; the kernel fills it.
        unsafe {
            let mut termios = MaybeUninit::<libc::termios>::zeroed().assume_init();
            if libc::tcgetattr(terminal.as_raw_fd(), &raw mut termios) == 0 {
                TERMIOS.store(Box::into_raw(Box::new(termios)), Ordering::SeqCst);
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

type Handler = extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void);

extern "C" fn on_fatal_signal(
    signal: libc::c_int,
    info: *mut libc::siginfo_t,
    _: *mut libc::c_void,
) {
    // SAFETY: the system gives a valid description to a handler of this signal.
    if signal == libc::SIGBUS && unsafe { files::fill_gap(info) } {
        // A mapped file was cut short: whoever reads it says so.
        return;
    }
    let terminal = TERMINAL.swap(-1, Ordering::SeqCst);
    // SAFETY: these calls are async-signal-safe, and the pointers are null or valid for ever.
    unsafe {
        if terminal >= 0 {
            write(terminal, super::hold::LEAVE);
            let termios = TERMIOS.load(Ordering::SeqCst).cast_const();
            if !termios.is_null() {
                libc::tcsetattr(terminal, libc::TCSANOW, termios);
            }
            show_captured(terminal);
            // What is said on the way down goes where it can be read.
            libc::dup2(terminal, libc::STDERR_FILENO);
        }
        if is_sent((*info).si_code) {
            // Nothing makes it happen again on return, and whoever handled it before us takes it
            // for a fault that will: only the system ends the process.
            let mut system = MaybeUninit::<libc::sigaction>::zeroed().assume_init();
            system.sa_sigaction = libc::SIG_DFL;
            libc::sigaction(signal, &raw const system, ptr::null_mut());
            libc::raise(signal);
            return;
        }
        // A fault happens again on return, and meets the handler before us.
        for (fatal, before) in FATAL.into_iter().zip(&BEFORE) {
            if fatal == signal {
                libc::sigaction(signal, before.load(Ordering::SeqCst), ptr::null_mut());
            }
        }
    }
}

/// Does the signal come from a process (an abort is one's own), and not from a fault?
const fn is_sent(code: libc::c_int) -> bool {
    code <= 0 || code == libc::SI_USER
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
        let read = usize::try_from(read).unwrap_or(0);
        make_harmless(&mut bytes[..read]);
        write(terminal, &bytes[..read]);
    }
}

/// Takes out what the terminal would obey: controls, and in UTF-8 those of one byte more.
fn make_harmless(bytes: &mut [u8]) {
    let mut before = 0;
    for byte in bytes {
        let is_long_control = before == 0xc2 && (0x80..0xa0).contains(byte);
        before = *byte;
        if is_long_control || byte.is_ascii_control() && !matches!(*byte, b'\n' | b'\t') {
            *byte = b'?';
        }
    }
}

/// SAFETY: async-signal-safe, and `terminal` is an open descriptor.
unsafe fn write(terminal: libc::c_int, bytes: &[u8]) {
    // SAFETY: the buffer is as long as said. Nothing can be done about a failure.
    unsafe { libc::write(terminal, bytes.as_ptr().cast(), bytes.len()) };
}
