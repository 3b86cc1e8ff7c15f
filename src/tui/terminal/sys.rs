//! The few system calls that the standard library lacks. The only unsafe code of the UI.
#![allow(
    unsafe_code,
    reason = "poll, dup2, TIOCGWINSZ and sigaction have no safe wrapper in our dependencies"
)]

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::ptr;
use std::time::Duration;

/// What came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ready {
    /// There is something to read.
    Input,
    /// The other descriptor asks us to stop.
    Woken,
    /// The terminal is gone.
    HangUp,
    /// Nothing within the time.
    TimedOut,
}

/// Waits for `input`, for `wake` or for the end of the terminal; for ever without a `timeout`.
pub(super) fn wait(
    input: BorrowedFd<'_>,
    wake: BorrowedFd<'_>,
    timeout: Option<Duration>,
) -> io::Result<Ready> {
    let mut watched = [watch(wake, libc::POLLIN), watch(input, libc::POLLIN)];
    poll(&mut watched, timeout)?;
    let [wake, input] = watched.map(|w| w.revents);
    Ok(if wake != 0 {
        Ready::Woken
    } else if input & (libc::POLLHUP | libc::POLLERR | libc::POLLNVAL) != 0 {
        Ready::HangUp
    } else if input != 0 {
        Ready::Input
    } else {
        Ready::TimedOut
    })
}

/// Waits until `output` takes bytes again.
pub(super) fn wait_writable(output: BorrowedFd<'_>) -> io::Result<()> {
    poll(&mut [watch(output, libc::POLLOUT)], None)
}

fn watch(fd: BorrowedFd<'_>, events: libc::c_short) -> libc::pollfd {
    libc::pollfd {
        fd: fd.as_raw_fd(),
        events,
        revents: 0,
    }
}

fn poll(watched: &mut [libc::pollfd], timeout: Option<Duration>) -> io::Result<()> {
    let millis = timeout.map_or(-1, |t| libc::c_int::try_from(t.as_millis()).unwrap_or(-1));
    loop {
        // SAFETY: the slice is valid for the whole call, and its length goes with it.
        let n = unsafe { libc::poll(watched.as_mut_ptr(), watched.len() as _, millis) };
        if n >= 0 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

/// Columns and rows of the terminal. crossterm would start `tput` when the answer fails.
pub(super) fn window_size(terminal: BorrowedFd<'_>) -> Option<(u16, u16)> {
    let mut size = MaybeUninit::<libc::winsize>::zeroed();
    // SAFETY: the kernel fills a `winsize`, for which all-zero bytes are a value already.
    let size = unsafe {
        if libc::ioctl(terminal.as_raw_fd(), libc::TIOCGWINSZ, size.as_mut_ptr()) != 0 {
            return None;
        }
        size.assume_init()
    };
    (size.ws_col > 0 && size.ws_row > 0).then_some((size.ws_col, size.ws_row))
}

/// Makes descriptor `target` (1 or 2) stand for `to`; returns what it stood for.
pub(super) fn redirect(target: RawFd, to: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    // SAFETY: 1 and 2 stay open for the life of the process, so borrowing them is sound.
    let before = unsafe { BorrowedFd::borrow_raw(target) }.try_clone_to_owned()?;
    point(target, to)?;
    Ok(before)
}

/// Makes descriptor `target` (1 or 2) stand for `to`.
pub(super) fn point(target: RawFd, to: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: dup2 replaces the target in one step; nobody owns 1 and 2 in Rust's sense.
    if unsafe { libc::dup2(to.as_raw_fd(), target) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// A file without a name that goes away with its last descriptor.
pub(super) fn scratch_file() -> io::Result<OwnedFd> {
    // SAFETY: `tmpfile` returns null or a stream whose descriptor is open; the descriptor is
    // duplicated before the stream is closed, and only the duplicate leaves.
    unsafe {
        let stream = libc::tmpfile();
        if stream.is_null() {
            return Err(io::Error::last_os_error());
        }
        let copy = libc::fcntl(libc::fileno(stream), libc::F_DUPFD_CLOEXEC, 3);
        let error = io::Error::last_os_error();
        libc::fclose(stream);
        if copy < 0 {
            return Err(error);
        }
        Ok(OwnedFd::from_raw_fd(copy))
    }
}

/// Stops this process as the shell expects it, and returns when it goes on. With `group` the rest
/// of the job stops too, as a Ctrl-Z typed outside raw mode does it: a wrapper such as `cargo run`
/// would otherwise keep the terminal.
///
/// SIGTSTP and SIGCONT have their default actions meanwhile. That way a process which no shell
/// could wake again (an orphaned group) is not stopped, and our own return leaves no SIGCONT behind.
pub(super) fn stop(group: bool) {
    let before = [libc::SIGTSTP, libc::SIGCONT].map(|s| (s, set_action(s, &action(libc::SIG_DFL))));
    // SAFETY: `kill` and `raise` touch no memory of ours. `raise` signals this very thread, so the
    // stop is over when it returns.
    unsafe {
        if group {
            // Ignored here meanwhile: a second stop of ours would need a second `fg`.
            set_action(libc::SIGTSTP, &action(libc::SIG_IGN));
            libc::kill(0, libc::SIGTSTP);
            set_action(libc::SIGTSTP, &action(libc::SIG_DFL));
        }
        libc::raise(libc::SIGTSTP);
    }
    for (signal, before) in before {
        set_action(signal, &before);
    }
}

/// `SIG_DFL` or `SIG_IGN`, with no flags and nothing masked.
fn action(handler: libc::sighandler_t) -> libc::sigaction {
    // SAFETY: all-zero bytes are a `sigaction`.
    let mut action = unsafe { MaybeUninit::<libc::sigaction>::zeroed().assume_init() };
    action.sa_sigaction = handler;
    action
}

/// Returns the action that was in place.
fn set_action(signal: libc::c_int, new: &libc::sigaction) -> libc::sigaction {
    let mut before = action(libc::SIG_DFL);
    // SAFETY: both point to a `sigaction`, for the whole call. What is installed is `SIG_DFL`,
    // `SIG_IGN` or what was installed before.
    unsafe { libc::sigaction(signal, ptr::from_ref(new), &raw mut before) };
    before
}
