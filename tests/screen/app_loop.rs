//! The loop with an app that misbehaves, in a real terminal.
//!
//! Each test starts this very test program again, in a pseudo-terminal and for the one ignored test
//! `child`, which shows the app.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what is printed is what is tested"
)]

use std::thread;
use std::time::Duration;

use crossbeam_channel::unbounded;
use crossterm::event::KeyCode;
use lazydebugger::event::{Event, EventKind};
use lazydebugger::experiment::{Experiment, bundled};
use lazydebugger::history::History;
use lazydebugger::ledger::Ledger;
use lazydebugger::log::LogWriter;
use lazydebugger::report;
use lazydebugger::session::Session;
use lazydebugger::tui::app_loop::{App, Exit, Flow, Input, Options, Orders, Wire, run};
use lazydebugger::tui::terminal::Capabilities;
use lazydebugger::tui::{self, screen};

use crate::pty::{Pty, count, has};

const SIZE: (u16, u16) = (80, 24);

/// Counts its keys; some of them are traps.
#[derive(Default)]
struct Trap {
    keys: usize,
    is_dirty: bool,
    is_moving: bool,
    pasted: String,
}

impl App for Trap {
    fn on_event(&mut self, _: &Event) {}

    fn on_input(&mut self, input: Input) -> Flow {
        self.is_dirty = true;
        let key = match input {
            Input::Key(key) => key.code,
            Input::Paste(text) => {
                self.pasted = text;
                return Flow::Continue;
            }
            Input::Signal(_) => loop {
                thread::park();
            },
            Input::Mouse(_) | Input::Resize(..) | Input::Shown => return Flow::Continue,
        };
        self.keys += 1;
        match key {
            KeyCode::Char('p') => panic!("on the thread that draws"),
            KeyCode::Char('o') => {
                let other = thread::spawn(|| panic!("on another thread"));
                assert!(other.join().is_err());
            }
            KeyCode::Char('e') => {
                println!("written to standard output");
                eprintln!("written to standard error");
            }
            KeyCode::Char('a') => {
                eprintln!("last words");
                std::process::abort();
            }
            KeyCode::Char('s') => println!("{}", endless(1)),
            KeyCode::Char('m') => self.is_moving = !self.is_moving,
            KeyCode::Char('y') => return Flow::Copy("hit".to_owned()),
            KeyCode::Char('l') => return Flow::Repaint,
            KeyCode::Char('M') => return Flow::ToggleMouse,
            KeyCode::Char('q') => return Flow::Quit,
            _ => {}
        }
        Flow::Continue
    }

    fn draw(&mut self, frame: &mut ratatui::Frame<'_>) {
        self.is_dirty = false;
        let text = format!("keys {}; pasted {:?}", self.keys, self.pasted);
        frame.render_widget(text, frame.area());
    }

    fn is_dirty(&self) -> bool {
        self.is_dirty
    }

    fn next_tick(&self) -> Option<Duration> {
        self.is_moving.then_some(Duration::from_millis(1))
    }

    fn on_tick(&mut self) {
        self.keys += 1;
        self.is_dirty = true;
    }
}

/// More than any stack holds.
fn endless(depth: u64) -> u64 {
    if depth == 0 {
        return 0;
    }
    endless(std::hint::black_box(depth + 1)) + std::hint::black_box(depth)
}

#[test]
#[ignore = "the app that the other tests look at"]
fn child() {
    let options = Options {
        paste: true,
        ..Options::default()
    };
    // A log that nobody writes to, and that is not over.
    let writer = LogWriter::new();
    let wire = Wire {
        events: writer.log().subscribe(),
        commands: None,
        config: None,
    };
    let exit = run(&mut Trap::default(), wire, options).unwrap();
    assert_eq!(exit, Exit::Quit);
}

/// The screen of a session that dies of the first command that it is given.
#[test]
#[ignore = "the screen that another test looks at"]
fn dying_session() {
    let writer = LogWriter::new();
    let (sender, commands) = unbounded();
    let (_obeying, obeyed) = unbounded();
    let wire = Wire {
        events: writer.log().subscribe(),
        commands: Some(Orders { sender, obeyed }),
        config: None,
    };
    let session = thread::spawn(move || {
        let command = commands.recv();
        drop(writer);
        command.unwrap();
    });
    let capabilities = Capabilities::detect();
    let options = screen::Options::for_terminal(&capabilities);
    let left = tui::run(
        wire,
        screen::Source::Session,
        options,
        capabilities.options(),
    )
    .unwrap();
    session.join().unwrap();
    let refused = left.refused.unwrap();
    assert!(refused.crashed && !refused.runtime_missing);
    for problem in refused.problems {
        println!("{problem}");
    }
}

/// The screen of a real session inside which something fails once it runs.
#[test]
#[ignore = "the screen that another test looks at"]
fn failing_session() {
    let experiment = Experiment::from_file(&bundled().unwrap()).unwrap();
    let history = History::of_this_session();
    let opened = Session::open_heard(experiment, history, |kind| {
        assert!(
            !matches!(kind, EventKind::RunStarted { .. }),
            "nobody has thought of this"
        );
    });
    let (session, events) = opened.unwrap();
    let orders = Orders {
        sender: session.commands(),
        obeyed: session.obeyed(),
    };
    let wire = Wire {
        events,
        commands: Some(orders),
        config: None,
    };
    let capabilities = Capabilities::detect();
    let options = screen::Options::for_terminal(&capabilities);
    let left = tui::run(
        wire,
        screen::Source::Session,
        options,
        capabilities.options(),
    )
    .unwrap();
    let refused = left.refused.unwrap();
    // What `run` makes of the same log.
    let mut ledger = Ledger::default();
    for event in session.log().subscribe() {
        ledger.apply(&event);
    }
    assert_eq!(ledger.refused.as_ref(), Some(&refused));
    assert_eq!(report::exit_code(&ledger), 2);
    drop(session);
    for problem in refused.problems {
        println!("{problem}");
    }
    assert!(refused.crashed);
    // It can be opened again.
    let experiment = Experiment::from_file(&bundled().unwrap()).unwrap();
    let (session, mut events) = Session::open(experiment).unwrap();
    assert!(events.any(|event| matches!(event.kind, EventKind::Understood(_))));
    drop(session);
    println!("and open again");
}

#[test]
fn a_session_that_fails_inside_says_so_and_can_be_opened_again() {
    let program = std::env::current_exe().unwrap();
    let args = [
        "--exact",
        "app_loop::failing_session",
        "--ignored",
        "--nocapture",
    ];
    let mut pty = Pty::start(&program, &args, SIZE, &[]);
    pty.wait_for("dimensions");
    pty.send("ar");
    let ended = pty.ended_with_terminal_restored();
    for said in [
        "the session has failed inside the program: nobody has thought of this",
        "open it again, and report this",
        "and open again",
    ] {
        assert!(ended.text.contains(said), "no {said}: {}", ended.text);
    }
    assert_eq!(ended.code, 0, "{}", ended.text);
}

fn started() -> Pty {
    let program = std::env::current_exe().unwrap();
    let args = ["--exact", "app_loop::child", "--ignored", "--nocapture"];
    let mut pty = Pty::start(&program, &args, SIZE, &[]);
    pty.wait_for("keys 0");
    pty
}

#[test]
fn a_session_that_dies_ends_its_screen_and_is_told_of() {
    let program = std::env::current_exe().unwrap();
    let args = [
        "--exact",
        "app_loop::dying_session",
        "--ignored",
        "--nocapture",
    ];
    let mut pty = Pty::start(&program, &args, SIZE, &[]);
    pty.wait_for("dimensions");
    pty.send("s");
    let ended = pty.ended_with_terminal_restored();
    let said = "the session has ended of its own accord: open it again";
    assert!(ended.text.contains(said), "{}", ended.text);
    assert_eq!(ended.code, 0, "{}", ended.text);
}

#[test]
fn a_panic_is_printed_on_the_restored_terminal() {
    let mut pty = started();
    pty.send("p");
    let ended = pty.ended_with_terminal_restored();
    assert_eq!(ended.code, 101);
    let said = "on the thread that draws";
    assert!(ended.text.contains(said), "{}", ended.text);
}

#[test]
fn an_abort_and_a_fault_restore_the_terminal_too() {
    for (key, said) in [("a", "last words"), ("s", "overflow")] {
        let mut pty = started();
        pty.send(key);
        let ended = pty.ended_with_terminal_restored();
        assert_ne!(ended.code, 0);
        assert!(ended.text.contains(said), "no {said}: {}", ended.text);
    }
}

#[test]
fn what_others_print_waits_until_the_terminal_is_restored() {
    let mut pty = started();
    pty.send("eo");
    pty.wait_for("keys 2");
    assert_eq!(pty.contents().trim_end(), "keys 2; pasted \"\"");
    pty.send("q");
    let ended = pty.ended_with_terminal_restored();
    assert_eq!(ended.code, 0);
    for said in ["standard output", "standard error", "on another thread"] {
        assert!(ended.text.contains(said), "no {said}: {}", ended.text);
    }
}

#[test]
fn a_second_signal_does_not_wait() {
    let mut pty = started();
    pty.signal("TERM");
    // The app never answers; its thread is parked.
    pty.settle(Duration::from_millis(200));
    pty.signal("TERM");
    assert_eq!(pty.ended_with_terminal_restored().code, 143);
}

#[test]
fn an_app_that_does_not_close_is_ended_with_its_terminal() {
    let lived = started().hang_up();
    assert!(lived < Duration::from_secs(1), "it lived for {lived:?}");
}

#[test]
fn at_most_thirty_frames_in_a_second() {
    let mut pty = started();
    pty.send("m");
    let before = pty.raw.len();
    pty.idle_bytes(Duration::from_secs(1));
    let frames = count(&pty.raw[before..], "\x1b[?2026h");
    assert!((10..=30).contains(&frames), "{frames} frames");
    pty.send("mq");
    pty.ended_with_terminal_restored();
}

#[test]
fn keys_that_come_together_share_frames_and_none_is_lost() {
    let mut pty = started();
    let before = pty.raw.len();
    pty.send(&"x".repeat(3_000));
    pty.wait_for("keys 3000");
    assert!(count(&pty.raw[before..], "\x1b[?2026h") <= 30);
    pty.send("q");
    pty.ended_with_terminal_restored();
}

#[test]
fn copy_paste_repaint_and_mouse() {
    let mut pty = started();
    pty.send("y\x1b[200~quit\x1b[201~");
    pty.wait_for("pasted \"quit\"");
    pty.wait_until("copy", |pty| has(&pty.raw, "\x1b]52;c;aGl0\x07"));
    let before = pty.raw.len();
    pty.send("l");
    pty.wait_until("repaint", |pty| has(&pty.raw[before..], "\x1b[2J"));
    pty.send("M");
    pty.wait_until("mouse", |pty| has(&pty.raw[before..], "\x1b[?1000h"));
    pty.send("q");
    assert_eq!(pty.ended_with_terminal_restored().code, 0);
}
