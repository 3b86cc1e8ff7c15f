//! Runs a program in a pseudo-terminal and looks at it as a person would.

use std::io::{Read, Write};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long anything may take before a test fails. Generous: machines that test are busy.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// The running program and its terminal.
pub(crate) struct Pty {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    reader: JoinHandle<()>,
    stop_reading: Arc<AtomicBool>,
    termios_before: String,
    /// The emulated screen.
    pub(crate) screen: vt100::Parser,
    /// Every byte that the program wrote.
    pub(crate) raw: Vec<u8>,
}

/// What a program did to its terminal, and how it ended.
pub(crate) struct Ended {
    pub(crate) code: u32,
    pub(crate) raw: Vec<u8>,
    pub(crate) text: String,
}

impl Pty {
    /// Starts `program` on a terminal of `columns` x `rows`. Only `env` and PATH are in its
    /// environment, beside a locale and a TERM as most people have.
    pub(crate) fn start(
        program: &Path,
        args: &[&str],
        (columns, rows): (u16, u16),
        env: &[(&str, &str)],
    ) -> Self {
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.env_clear();
        command.env("PATH", std::env::var("PATH").unwrap_or_default());
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env("LAZYDEBUGGER_CACHE_DIR", "");
        for (name, value) in env {
            command.env(name, value);
        }
        let termios_before = termios(&*pair.master);
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut from_program = pair.master.try_clone_reader().unwrap();
        let (sender, output) = mpsc::channel();
        let stop_reading = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&stop_reading);
        let reader = thread::spawn(move || {
            let mut bytes = vec![0; 65536];
            while let Ok(n @ 1..) = from_program.read(&mut bytes) {
                if sender.send(bytes[..n].to_vec()).is_err() || stop.load(Ordering::SeqCst) {
                    return;
                }
            }
        });
        Self {
            child,
            keyboard: pair.master.take_writer().unwrap(),
            master: pair.master,
            output,
            reader,
            stop_reading,
            termios_before,
            screen: vt100::Parser::new(rows, columns, 0),
            raw: Vec::new(),
        }
    }

    /// Takes in what comes within `at_most`; false when the program has closed the terminal.
    fn take_in(&mut self, at_most: Duration) -> bool {
        match self.output.recv_timeout(at_most) {
            Ok(bytes) => {
                self.screen.process(&bytes);
                self.raw.extend(bytes);
                true
            }
            Err(RecvTimeoutError::Timeout) => true,
            Err(RecvTimeoutError::Disconnected) => false,
        }
    }

    /// Types `keys`.
    pub(crate) fn send(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    /// The text on the screen.
    pub(crate) fn contents(&self) -> String {
        self.screen.screen().contents()
    }

    /// Waits until `text` is on the screen, in any case.
    pub(crate) fn wait_for(&mut self, text: &str) {
        let wanted = text.to_lowercase();
        self.wait_until(text, |pty| pty.contents().to_lowercase().contains(&wanted));
    }

    /// Waits until `holds`; `what` is for the message otherwise.
    pub(crate) fn wait_until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let until = Instant::now() + DEADLINE;
        while !holds(self) {
            let left = until.saturating_duration_since(Instant::now());
            let is_open = self.take_in(left);
            assert!(
                holds(self) || (is_open && !left.is_zero()),
                "no {what} on the screen:\n{}\nraw: {}",
                self.contents(),
                self.raw.escape_ascii()
            );
        }
    }

    /// Waits until nothing has come for `quiet`.
    pub(crate) fn settle(&mut self, quiet: Duration) {
        let until = Instant::now() + DEADLINE;
        loop {
            let before = self.raw.len();
            let is_open = self.take_in(quiet);
            if !is_open || self.raw.len() == before {
                return;
            }
            assert!(Instant::now() < until, "it never stops writing");
        }
    }

    /// How many bytes come within `time`.
    pub(crate) fn idle_bytes(&mut self, time: Duration) -> usize {
        let before = self.raw.len();
        let until = Instant::now() + time;
        while Instant::now() < until && self.take_in(until - Instant::now()) {}
        self.raw.len() - before
    }

    /// Gives the terminal another size, of which the program gets a signal.
    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        self.screen.screen_mut().set_size(rows, columns);
        self.master.resize(size(columns, rows)).unwrap();
    }

    /// The process id of the program.
    pub(crate) fn id(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Sends the signal with this name, such as TERM.
    pub(crate) fn signal(&self, name: &str) {
        signal(self.id(), name);
    }

    /// Waits for the end of the program, and checks that the terminal is as it was found.
    pub(crate) fn ended_with_terminal_restored(mut self) -> Ended {
        let until = Instant::now() + DEADLINE;
        while self.take_in(until.saturating_duration_since(Instant::now())) {
            assert!(
                Instant::now() < until,
                "it does not end:\n{}",
                self.contents()
            );
        }
        let code = self.child.wait().unwrap().exit_code();
        let screen = self.screen.screen();
        let shown = self.raw.escape_ascii();
        assert!(!screen.alternate_screen(), "alternate screen: {shown}");
        assert!(!screen.hide_cursor(), "hidden cursor: {shown}");
        assert!(!screen.bracketed_paste(), "bracketed paste: {shown}");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        assert_eq!(termios(&*self.master), self.termios_before);
        Ended {
            code,
            text: self.contents(),
            raw: self.raw,
        }
    }

    /// Closes the terminal under the program, as a dropped link does; how long it lives then.
    pub(crate) fn hang_up(mut self) -> Duration {
        // The reading thread has the terminal open too: let it read something, and then go.
        self.stop_reading.store(true, Ordering::SeqCst);
        self.resize(90, 20);
        self.reader.join().unwrap();
        let (keyboard, master) = (self.keyboard, self.master);
        drop(keyboard);
        drop(master);
        let start = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            if start.elapsed() > DEADLINE {
                self.child.kill().unwrap();
                panic!("it lives on without a terminal");
            }
            thread::yield_now();
        }
        start.elapsed()
    }
}

/// Sends the signal with this name to a process.
pub(crate) fn signal(id: u32, name: &str) {
    let kill = Command::new("kill")
        .args([&format!("-{name}"), &id.to_string()])
        .status();
    assert!(kill.unwrap().success());
}

/// Does `raw` have `part`?
pub(crate) fn has(raw: &[u8], part: &str) -> bool {
    raw.windows(part.len()).any(|w| w == part.as_bytes())
}

/// How often `raw` has `part`.
pub(crate) fn count(raw: &[u8], part: &str) -> usize {
    raw.windows(part.len())
        .filter(|w| *w == part.as_bytes())
        .count()
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols: columns,
        pixel_width: 0,
        pixel_height: 0,
    }
}

fn termios(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios())
}
