//! The one owner of the terminal: enter, leave, suspend, resume, panic, signals, hang-up.
//!
//! Three threads serve it, none of which wakes up without a reason: `input` reads, `output` writes,
//! `signals` listens. They tell the loop with [`Notice`]s. Of the terminal nothing is asked,
//! but over a network whether it has shown the last frame.

mod ansi;
mod brush;
mod burst;
mod canvas;
mod capabilities;
mod capture;
mod clipboard;
mod colour;
mod crash;
mod frames;
mod hold;
mod input;
mod link;
mod look;
mod output;
pub(crate) mod pace;
mod parse;
mod scroll;
mod signals;
mod surface;
mod sys;

use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;
use ratatui::Frame;
use ratatui::layout::Size;
use thiserror::Error;

use frames::Frames;
use hold::Hold;
use input::Reader;
use link::Link;
use output::Output;

pub use ansi::ansi;
pub use capabilities::Capabilities;
pub use colour::{ColourDepth, map};
pub use input::Input;
pub use link::LinkFigures;

/// The alternate screen with the cursor hidden.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l";
/// Buttons, drags and the wheel with coordinates of any size; not 1003, which reports every move.
const MOUSE_ON: &[u8] = b"\x1b[?1000h\x1b[?1002h\x1b[?1006h";
const MOUSE_OFF: &[u8] = b"\x1b[?1006l\x1b[?1002l\x1b[?1000l";
const PASTE_ON: &[u8] = b"\x1b[?2004h";
/// For a terminal that does not tell its size.
const USUAL_SIZE: (u16, u16) = (80, 24);
/// Within which the rest of a key's sequence follows its Esc over a network.
const REMOTE_ESCAPE_WAIT: Duration = Duration::from_millis(30);

/// How long the answer to the last frame is waited for before the terminal is given back.
const LAST_ANSWER: Duration = Duration::from_millis(500);

/// Why the terminal cannot be used.
#[derive(Debug, Error)]
pub enum TerminalError {
    /// Standard output leads elsewhere.
    #[error(
        "standard output is not a terminal; `lazydebugger run` gives the same results without one"
    )]
    NotATerminal,
    /// It cannot move its cursor.
    #[error(
        "this terminal cannot show a screen (TERM=dumb); `lazydebugger run` gives the same results \
         in plain lines"
    )]
    Dumb,
    /// A call failed.
    #[error("cannot use the terminal: {0}")]
    Io(#[from] io::Error),
}

/// How the terminal is to be used; see [`Capabilities::options`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Deeper colours are mapped to the nearest ones that exist.
    pub depth: ColourDepth,
    /// Report clicks, drags and the wheel.
    pub mouse: bool,
    /// Report pasted text as one [`Input::Paste`] instead of as keys.
    pub paste: bool,
    /// The keys come over a network, where a key's sequence may arrive in pieces.
    pub is_remote: bool,
}

/// Has every fatal signal end the process, the terminal restored if it is ours.
pub fn heed_fatal_signals() {
    crash::install();
}

/// Something that the loop must know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    Input(Input),
    Resized,
    /// Somebody asks the process to stop (SIGTSTP).
    StopRequested,
    /// Somebody stopped it without asking (SIGSTOP), and it goes on.
    Continued,
    /// This signal arrived, or the terminal is gone (SIGHUP).
    Ending(i32),
    /// A write failed: the terminal is gone.
    Broken,
    /// Everything is written, and the loop had asked for it.
    Writable,
}

/// The terminal while it is ours. Dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Tty {
    options: Options,
    terminal: File,
    frames: Frames,
    output: Arc<Output>,
    hold: Arc<Hold>,
    reader: Option<Reader>,
    notices: Receiver<Notice>,
    /// The modes have yet to be set; the next frame does it.
    is_entering: bool,
    needs_repaint: bool,
    link: Link,
}

impl Tty {
    /// Takes the terminal. Nothing shows until the first [`Tty::draw`].
    pub(crate) fn enter(options: Options) -> Result<Self, TerminalError> {
        if !io::stdout().is_terminal() {
            return Err(TerminalError::NotATerminal);
        }
        let terminal = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        let (sender, notices) = crossbeam_channel::unbounded();
        let output = Output::start(terminal.try_clone()?, sender.clone())?;
        let hold = Hold::new(terminal.try_clone()?, Arc::clone(&output), sender);
        let (columns, rows) = sys::window_size(terminal.as_fd()).unwrap_or(USUAL_SIZE);
        let tty = Self {
            options,
            terminal,
            frames: Frames::new(Size::new(columns, rows), options.depth),
            output,
            hold,
            reader: None,
            notices,
            is_entering: true,
            needs_repaint: true,
            link: Link::new(options.is_remote),
        };
        signals::install()?;
        tty.hold.take()?;
        Ok(tty)
    }

    /// Starts to read the keyboard.
    pub(crate) fn listen(&mut self) -> io::Result<()> {
        let wait = if self.options.is_remote {
            REMOTE_ESCAPE_WAIT
        } else {
            Duration::ZERO
        };
        self.reader = Some(Reader::start(Arc::clone(&self.hold), wait)?);
        Ok(())
    }

    pub(crate) const fn notices(&self) -> &Receiver<Notice> {
        &self.notices
    }

    /// Is the last frame out? If not, a [`Notice::Writable`] follows.
    pub(crate) fn is_free(&self) -> bool {
        self.output.is_free()
    }

    /// Until when the next frame waits for the terminal to have shown the last, if it does.
    pub(crate) fn busy_until(&mut self, now: Instant) -> Option<Instant> {
        self.link.busy_until(now)
    }

    /// The terminal has shown the last frame.
    pub(crate) fn answered(&mut self) {
        self.link.answered(Instant::now());
    }

    /// What the link to it does.
    pub(crate) fn link(&mut self) -> LinkFigures {
        self.link.figures(Instant::now())
    }

    /// An answer that comes when the terminal is no longer ours would be typed into the shell.
    fn wait_for_answer(&mut self) {
        let until = Instant::now() + LAST_ANSWER;
        while self.link.is_awaited() && self.reader.is_some() {
            match self.notices.recv_deadline(until) {
                Ok(Notice::Input(Input::Shown)) => self.link.answered(Instant::now()),
                Ok(_) => {}
                Err(_) => return,
            }
        }
    }

    pub(crate) const fn needs_repaint(&self) -> bool {
        self.needs_repaint
    }

    /// Is a part of the last frame still to be drawn?
    pub(crate) fn is_behind(&self) -> bool {
        self.frames.is_behind()
    }

    /// Draws every cell anew with the next frame.
    pub(crate) const fn repaint(&mut self) {
        self.needs_repaint = true;
    }

    /// Draws a frame: what has changed, in one `write`; over a slow link as much of it as that carries in
    /// a moment.
    pub(crate) fn draw(&mut self, render: impl FnOnce(&mut Frame<'_>)) {
        let began = Instant::now();
        let mut before = Vec::new();
        if std::mem::take(&mut self.is_entering) {
            before.extend_from_slice(ENTER);
            if self.options.mouse {
                before.extend_from_slice(MOUSE_ON);
            }
            if self.options.paste {
                before.extend_from_slice(PASTE_ON);
            }
        }
        if std::mem::take(&mut self.needs_repaint) {
            self.frames.forget();
        }
        let most = self.link.most_bytes();
        if let Some(bytes) = self.frames.draw(&before, most, render) {
            bytes.extend_from_slice(self.link.question());
            self.link.sent(began, Instant::now(), bytes.len());
            self.output.commit(bytes);
        }
    }

    /// The new size, if it is one; the next frame is then drawn for it.
    pub(crate) fn resized(&mut self) -> Option<(u16, u16)> {
        let (columns, rows) = sys::window_size(self.terminal.as_fd())?;
        let size = Size::new(columns, rows);
        if self.frames.size() == size {
            return None;
        }
        self.frames.set_size(size);
        self.needs_repaint = true;
        Some((columns, rows))
    }

    /// Gives the terminal back, stops as a shell expects it, and takes the terminal again when the
    /// process goes on.
    pub(crate) fn suspend(&mut self, whole_job: bool) {
        self.while_away(|| sys::stop(whole_job));
    }

    /// Takes the terminal again after somebody else has used it unasked.
    pub(crate) fn reclaim(&mut self) {
        self.while_away(|| {});
    }

    /// The terminal is gone; a [`Notice::Ending`] follows.
    pub(crate) fn hang_up(&self) {
        self.hold.hang_up();
    }

    fn while_away(&mut self, act: impl FnOnce()) {
        self.wait_for_answer();
        // The thread must have ended before the shell reads its keys.
        self.reader = None;
        self.hold.restore();
        act();
        self.is_entering = true;
        self.needs_repaint = true;
        if self.hold.take().and_then(|()| self.listen()).is_err() {
            self.hold.hang_up();
        }
    }

    /// Puts `text` on the user's clipboard.
    pub(crate) fn copy(&self, text: &str) {
        self.output.commit(&mut clipboard::copy_sequence(text));
    }

    /// Switches mouse reports on or off.
    pub(crate) fn toggle_mouse(&mut self) {
        self.options.mouse = !self.options.mouse;
        let sequence = if self.options.mouse {
            MOUSE_ON
        } else {
            MOUSE_OFF
        };
        self.output.commit(&mut sequence.to_vec());
    }
}

/// A terminal that nobody sees, to measure what frames cost.
#[derive(Debug)]
pub struct Offscreen(Frames);

impl Offscreen {
    /// Of this size, with 256 colours.
    pub fn new(columns: u16, rows: u16) -> Self {
        Self(Frames::new(
            Size::new(columns, rows),
            ColourDepth::default(),
        ))
    }

    /// Draws a frame; the bytes that would go to the terminal.
    pub fn draw(&mut self, render: impl FnOnce(&mut Frame<'_>)) -> Vec<u8> {
        self.draw_within(usize::MAX, render)
    }

    /// The same of a frame that is cut where it takes more than about so many bytes.
    pub fn draw_within(&mut self, most: usize, render: impl FnOnce(&mut Frame<'_>)) -> Vec<u8> {
        let bytes = self.0.draw(&[], most, render);
        bytes.map_or_else(Vec::new, std::mem::take)
    }

    /// Is a part of the last frame still to be drawn?
    pub fn is_behind(&self) -> bool {
        self.0.is_behind()
    }
}

impl Drop for Tty {
    fn drop(&mut self) {
        self.wait_for_answer();
        self.reader = None;
        self.hold.release();
    }
}
