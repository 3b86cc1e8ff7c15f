//! The program in a real terminal: it leaves it as it found it, on every way out.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::pty::{Pty, count, has};

const SIZE: (u16, u16) = (120, 40);
const CTRL_C: &str = "\x03";
const CTRL_Z: &str = "\x1a";

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_lazydebugger"))
}

/// The program with its first screen.
fn started() -> Pty {
    started_with(&[])
}

fn started_with(env: &[(&str, &str)]) -> Pty {
    let mut pty = Pty::start(program(), &[], SIZE, env);
    pty.wait_for("dimensions");
    assert!(pty.screen.screen().alternate_screen());
    assert!(pty.screen.screen().hide_cursor());
    pty
}

#[test]
fn q_and_ctrl_c_restore_the_terminal() {
    for key in ["q", CTRL_C] {
        let mut pty = started();
        pty.send(key);
        assert_eq!(pty.ended_with_terminal_restored().code, 0, "{key:?}");
    }
}

#[test]
fn ending_signals_restore_the_terminal_and_show_in_the_exit_code() {
    for (name, code) in [("TERM", 143), ("INT", 130), ("HUP", 129), ("QUIT", 131)] {
        let pty = started();
        pty.signal(name);
        assert_eq!(pty.ended_with_terminal_restored().code, code, "SIG{name}");
    }
}

#[test]
fn a_closed_terminal_ends_the_program() {
    let lived = started().hang_up();
    assert!(lived < Duration::from_secs(1), "it lived for {lived:?}");
}

#[test]
fn ctrl_z_gives_the_terminal_to_the_shell_and_fg_repaints() {
    // `-m`: the shell gives each program a process group of its own, as an interactive one does.
    let script = format!(
        "{}; echo is stopped; read line; fg; echo code $?",
        program().display()
    );
    let mut pty = Pty::start(Path::new("/bin/sh"), &["-mc", &script], SIZE, &[]);
    pty.wait_for("dimensions");
    pty.send(CTRL_Z);
    pty.wait_for("is stopped");
    assert!(!pty.screen.screen().alternate_screen());
    assert!(!pty.screen.screen().hide_cursor());
    pty.resize(100, 30);
    // Read by the shell, not by us.
    pty.send("go on\r");
    pty.wait_until("repaint", |pty| {
        pty.screen.screen().alternate_screen()
            && pty.contents().to_lowercase().contains("dimensions")
    });
    pty.send("q");
    pty.wait_for("code 0");
    assert_eq!(pty.ended_with_terminal_restored().code, 0);
}

#[test]
fn a_stop_that_could_not_be_noticed_is_repaired_too() {
    let mut pty = started();
    let before = pty.raw.len();
    pty.signal("STOP");
    pty.signal("CONT");
    pty.wait_until("second entry", |pty| has(&pty.raw[before..], "\x1b[?1049h"));
    pty.wait_for("dimensions");
    pty.send("q");
    assert_eq!(pty.ended_with_terminal_restored().code, 0);
}

#[test]
fn a_resize_is_drawn_for_the_new_size() {
    let mut pty = started();
    pty.settle(Duration::from_millis(200));
    for (columns, rows) in [(100, 30), (80, 24), (200, 50)] {
        let before = pty.raw.len();
        pty.resize(columns, rows);
        pty.wait_until("repaint", |pty| has(&pty.raw[before..], "\x1b[2J"));
        pty.wait_for("dimensions");
    }
    pty.send("q");
    assert_eq!(pty.ended_with_terminal_restored().code, 0);
}

#[test]
fn an_idle_screen_writes_nothing() {
    let mut pty = started();
    pty.settle(Duration::from_millis(500));
    assert_eq!(pty.idle_bytes(Duration::from_secs(2)), 0);
    pty.send("q");
    pty.ended_with_terminal_restored();
}

#[test]
fn nothing_is_asked_of_the_terminal_and_every_frame_is_whole() {
    let mut pty = started();
    pty.send("j");
    pty.settle(Duration::from_millis(200));
    pty.send("q");
    let ended = pty.ended_with_terminal_restored();
    for query in ["\x1b[6n", "\x1b[c", "\x1b[>c", "\x1b[?u", "$p", "\x1b]11;?"] {
        assert!(!has(&ended.raw, query), "asked {}", query.escape_debug());
    }
    assert!(!has(&ended.raw, "\x1b[?1003h"), "reports every mouse move");
    let frames = count(&ended.raw, "\x1b[?2026h");
    assert!(frames >= 1);
    // Leaving ends a frame that may have been cut off, so there is one end more.
    assert_eq!(count(&ended.raw, "\x1b[?2026l"), frames + 1);
}

#[test]
fn no_mouse_over_ssh() {
    for (env, is_on) in [(&[][..], true), (&[("SSH_TTY", "/dev/pts/9")], false)] {
        let mut pty = started_with(env);
        pty.send("q");
        let ended = pty.ended_with_terminal_restored();
        assert_eq!(has(&ended.raw, "\x1b[?1000h"), is_on, "{env:?}");
    }
}

#[test]
fn no_colour_is_sent_when_none_is_wanted() {
    let mut pty = started_with(&[("NO_COLOR", "1"), ("COLORTERM", "truecolor")]);
    pty.send("j");
    pty.settle(Duration::from_millis(200));
    let rows = 0..SIZE.1;
    let mut cells = rows.flat_map(|y| (0..SIZE.0).map(move |x| (y, x)));
    let coloured = cells.find(|(y, x)| {
        let cell = pty.screen.screen().cell(*y, *x).unwrap();
        cell.fgcolor() != vt100::Color::Default || cell.bgcolor() != vt100::Color::Default
    });
    assert_eq!(coloured, None);
    pty.send("q");
    pty.ended_with_terminal_restored();
}

#[test]
fn without_a_terminal_it_names_the_command_that_needs_none() {
    let output = Command::new(program())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(output.stdout.is_empty());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("lazydebugger run"), "{said}");
}

#[test]
fn keys_that_come_together_act_on_what_is_true_then() {
    let mut pty = started();
    pty.wait_for("binary");
    // `a` selects all, and only then is there something for `r` to run; during the run `q` asks.
    pty.send("arq");
    pty.wait_for("quit?");
    // How long the whole run takes is another matter: with `n` it goes on, and `x` stops it.
    pty.send("nx");
    pty.wait_for("run 1 cancelled");
    assert!(!pty.contents().contains("[ ]"), "{}", pty.contents());
    pty.send("q");
    assert_eq!(pty.ended_with_terminal_restored().code, 0);
}

#[test]
fn letters_of_pasted_text_are_no_keys() {
    let mut pty = started();
    pty.wait_for("binary");
    assert!(pty.screen.screen().bracketed_paste());
    for text in ["\x1b[200~see q column\x1b[201~", "see q column"] {
        pty.send(text);
        pty.wait_for("pasted text ignored: 12 characters");
        pty.send("t");
        pty.wait_for("theme");
    }
    // One that never ends: the keys are back after a moment, and Ctrl-C at once.
    pty.send("\x1b[200~see q");
    pty.wait_for("pasted text ignored: 5 characters");
    pty.send("\x1b[200~see q column\x03");
    assert_eq!(pty.ended_with_terminal_restored().code, 0);
}

#[test]
fn the_hidden_cursor_stands_on_the_row_under_the_cursor() {
    let mut pty = started();
    pty.wait_for("binary");
    for (key, panel, rows) in [
        ("j", "robustness", 1),
        ("\tj", "Tables", 1),
        ("?", "Keys", 1),
    ] {
        pty.send(key);
        pty.settle(Duration::from_millis(300));
        let contents = pty.contents();
        let first = contents.lines().position(|line| line.contains(panel));
        let (row, column) = pty.screen.screen().cursor_position();
        assert_eq!(
            usize::from(row),
            first.unwrap() + rows,
            "{key:?}: {contents}"
        );
        assert!(column < SIZE.0 / 2 && pty.screen.screen().hide_cursor());
    }
    pty.send(CTRL_C);
    pty.ended_with_terminal_restored();
}

#[test]
fn on_a_dumb_terminal_there_are_plain_lines_only() {
    let dumb = [("TERM", "dumb")];
    let pty = Pty::start(program(), &[], SIZE, &dumb);
    let ended = pty.ended_with_terminal_restored();
    assert_eq!(ended.code, 2);
    assert!(ended.text.contains("lazydebugger run"), "{}", ended.text);
    assert!(!has(&ended.raw, "\x1b"), "{}", ended.raw.escape_ascii());
    let args = ["run", "--dimensions", "fairness"];
    let ended = Pty::start(program(), &args, SIZE, &dumb).ended_with_terminal_restored();
    assert_eq!(ended.code, 0);
    assert!(has(&ended.raw, "Fairness"), "{}", ended.raw.escape_ascii());
    assert!(!has(&ended.raw, "\x1b"), "{}", ended.raw.escape_ascii());
}

#[test]
fn a_model_that_changes_on_disk_is_shown_with_what_rests_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data/adult");
    for name in ["adult_test.parquet", "random_forest.onnx"] {
        std::fs::copy(sample.join(name), folder.path().join(name)).unwrap();
    }
    let data = folder.path().join("adult_test.parquet");
    let model = folder.path().join("random_forest.onnx");
    let args = [
        "--data",
        data.to_str().unwrap(),
        "--model",
        model.to_str().unwrap(),
        "--target",
        "income",
        "--positive",
        ">50K",
        "--protected",
        "sex",
    ];
    let mut pty = Pty::start(program(), &args, SIZE, &[]);
    pty.wait_for("16 columns · binary");
    pty.send("j ");
    pty.wait_for("[x] fairness");
    pty.send("r");
    pty.wait_for("run 1 finished");
    // As programs save: a new file takes the name of the old one.
    let new = folder.path().join("random_forest.new");
    std::fs::copy(sample.join("xgboost.onnx"), &new).unwrap();
    std::fs::rename(new, &model).unwrap();
    pty.wait_for("random_forest.onnx changed: fairness is out of date");
    pty.wait_for("≠ stale");
    pty.send("r");
    pty.wait_for("run 2 finished");
    assert!(!pty.contents().contains("stale"), "{}", pty.contents());
    pty.send("q");
    let ended = pty.ended_with_terminal_restored();
    assert_eq!(ended.code, 0);
    // What is left in the scrollback.
    let lines: Vec<&str> = ended.text.lines().collect();
    assert!(lines.len() <= 10, "{}", ended.text);
    for words in [
        ": 2 runs, eager-core, ",
        "fairness        ok, ",
        "loaded          lazy has loaded ",
        "memory          peak RSS ",
    ] {
        assert!(ended.text.contains(words), "no {words}: {}", ended.text);
    }
}

#[test]
fn a_fatal_signal_from_outside_restores_the_terminal_and_ends_the_program() {
    for name in ["SEGV", "BUS", "FPE", "ABRT"] {
        let pty = started();
        pty.signal(name);
        let ended = pty.ended_with_terminal_restored();
        assert_ne!(ended.code, 0, "SIG{name}");
    }
}

/// ONNX Runtime never finishes to open this model, and cannot be told to stop.
#[test]
fn what_cannot_be_stopped_does_not_hold_up_the_end() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let data = root.join("tests/zoo/adult_500_ordinal.csv");
    let model = root.join("tests/data/hostile/loop_endless.onnx");
    let mut args = vec!["--data", data.to_str().unwrap()];
    args.extend(["--model", model.to_str().unwrap(), "--target", "income"]);
    args.extend(["--features", "age,education_num,hours_per_week"]);
    let library = std::env::var("ORT_DYLIB_PATH").unwrap_or_default();
    let home = std::env::var("HOME").unwrap_or_default();
    for signal in ["TERM", "INT"] {
        let env = [("ORT_DYLIB_PATH", &*library), ("HOME", &home)];
        let mut pty = Pty::start(program(), &args, SIZE, &env);
        pty.wait_for("dimensions");
        pty.send("ar");
        pty.signal(signal);
        let code = pty.ended_with_terminal_restored().code;
        // A file that is refused at once has ended it already.
        assert!(matches!(code, 2 | 130 | 143), "{signal}: {code}");
    }
}
