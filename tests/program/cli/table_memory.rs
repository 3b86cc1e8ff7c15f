//! Small files that hold much: what they would take is counted before it is taken. A process of its own
//! reads each, with less room than what is in it would need.

use std::fmt::Write;
#[cfg(target_os = "linux")]
use std::fs::File;
use std::path::Path;
use std::process::{Command, Output};
#[cfg(target_os = "linux")]
use std::{env, thread};

#[cfg(target_os = "linux")]
use polars_io::prelude::{ParquetReader, ParquetWriter, SerReader};

use crate::cli::desk::{Desk, text};

fn of_tables(name: &str) -> String {
    let tables = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tables");
    text(&tables.join(name))
}

/// What the program does with so many kilobytes of addresses.
fn within(desk: &Desk, kilobytes: u32, arguments: &[&str]) -> Output {
    let script = format!("ulimit -v {kilobytes}; exec \"$0\" \"$@\"");
    let mut command = Command::new("/bin/sh");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_lazydebugger")]);
    // Each thread's own heap reserves addresses that it does not use.
    command.env("MALLOC_ARENA_MAX", "1");
    desk.prepare(command.args(arguments));
    command.output().unwrap()
}

/// Tells the process that it is the one.
#[cfg(target_os = "linux")]
const ALONE: &str = "LAZYDEBUGGER_TEST_ALONE";

/// Is this a process with this test alone? Otherwise the test is run in one: what a process had before it
/// became another counts as memory of that, and here all other tests had theirs.
#[cfg(target_os = "linux")]
fn is_alone() -> bool {
    if env::var_os(ALONE).is_some() {
        return true;
    }
    let name = thread::current().name().unwrap().to_owned();
    let output = Command::new(env::current_exe().unwrap())
        .args([&*name, "--exact", "--nocapture"])
        .env(ALONE, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    false
}

/// What a run comes to, and the most memory that it had at any time, in bytes: as the system counts it,
/// not as the program does.
#[cfg(target_os = "linux")]
#[allow(
    clippy::zombie_processes,
    reason = "it is waited for by the system's own call"
)]
fn measured(desk: &Desk, arguments: &[&str]) -> (Option<i32>, u64) {
    use std::os::unix::process::ExitStatusExt;
    use std::process::{ExitStatus, Stdio};

    let mut command = Command::new(env!("CARGO_BIN_EXE_lazydebugger"));
    desk.prepare(command.args(arguments));
    let child = command.stdout(Stdio::null()).stderr(Stdio::null());
    let child = child.spawn().unwrap();
    let process = libc::pid_t::try_from(child.id()).unwrap();
    let (mut status, mut usage) = (0, std::mem::MaybeUninit::<libc::rusage>::zeroed());
    #[allow(unsafe_code, reason = "the standard library tells no usage of a child")]
    // SAFETY: both are ours and are written to before the call is over; the child is waited for by nobody
    // else.
    let waited = unsafe { libc::wait4(process, &raw mut status, 0, usage.as_mut_ptr()) };
    assert_eq!(waited, process);
    #[allow(unsafe_code, reason = "all of its bytes are set")]
    // SAFETY: it is made of numbers, and was zeros before it was filled in.
    let usage = unsafe { usage.assume_init() };
    let code = ExitStatus::from_raw(status).code();
    (code, usage.ru_maxrss.cast_unsigned() * 1024)
}

/// Reserved addresses are one thing, and memory that is had another.
#[cfg(target_os = "linux")]
#[test]
fn small_files_that_hold_much_take_no_memory_beyond_the_budget() {
    const BUDGET: u64 = 300_000_000;
    /// The program itself, its threads and what is under way.
    const OWN: u64 = 150_000_000;
    if !is_alone() {
        return;
    }
    let desk = Desk::new();
    let model = of_tables("tensor.onnx");
    for (file, dimension, protected) in [
        ("many_rows.parquet", "robustness", &[][..]),
        ("long_texts.parquet", "fairness", &["--protected", "text"]),
        ("long_texts.arrow", "fairness", &["--protected", "text"]),
    ] {
        let data = of_tables(file);
        let table = ["--data", &data, "--target", "y", "--features", "a,b"];
        let model = ["--model", &model, "--backend", "native"];
        let shared = [&table[..], &model, protected].concat();
        let (code, peak) = measured(&desk, &[&["check"], &shared[..]].concat());
        assert!(
            code.is_some() && peak < BUDGET + OWN,
            "check {file}: {peak}"
        );
        let run = ["--dimensions", dimension, "--memory-budget", "300MB"];
        let (code, peak) = measured(&desk, &[&["run"], &shared[..], &run].concat());
        assert_eq!(code, Some(2), "{file}");
        assert!(peak < BUDGET + OWN, "run {file}: {peak}");
    }
}

/// The bundled rows, so many times, as a Parquet file; each run is a process of its own.
#[cfg(target_os = "linux")]
fn many_rows(desk: &Desk, times: usize) -> String {
    let rows = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data/adult/adult_test.parquet");
    let rows = ParquetReader::new(File::open(rows).unwrap())
        .finish()
        .unwrap();
    let mut all = rows.clone();
    for _ in 1..times {
        all.vstack_mut(&rows).unwrap();
    }
    all.rechunk_mut();
    let path = desk.path("many.parquet");
    let writer = ParquetWriter::new(File::create(&path).unwrap());
    writer
        .with_row_group_size(Some(50_000))
        .finish(&mut all)
        .unwrap();
    text(&path)
}

/// The promise of the budget: what the system counts is not much more.
#[cfg(target_os = "linux")]
#[test]
fn a_run_takes_no_more_than_its_budget_and_a_little() {
    const BUDGET: u64 = 25_000_000;
    const BESIDE: u64 = 60_000_000;
    if !is_alone() {
        return;
    }
    let desk = Desk::new();
    let data = many_rows(&desk, 50);
    let model =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data/adult/logistic_regression.onnx");
    let model = text(&model);
    let run = |budget: &str| {
        [
            "run",
            "--data",
            &data,
            "--target",
            "income",
            "--positive",
            ">50K",
            "--protected",
            "sex,race",
            "--model",
            &model,
            "--backend",
            "native",
            "--dimensions",
            "fairness",
            "--memory-budget",
            budget,
        ]
        .map(str::to_owned)
    };
    let (_, baseline) = measured(&desk, &["--version"]);
    let arguments = run("25MB");
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (code, peak) = measured(&desk, &arguments);
    assert_eq!(code, Some(0));
    let more = peak - baseline;
    assert!(more <= BUDGET + BESIDE, "{more} more than {baseline}");
    // What does not fit is told before anything of it is loaded.
    let arguments = run("2MB");
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = desk.run(&arguments);
    assert_eq!(outcome.code, Some(2), "{}", outcome.stderr);
    let told = outcome
        .stderr
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    assert!(
        told.contains("within the memory budget: needs about"),
        "{told}"
    );
}

fn words(output: &Output) -> String {
    let both = [&output.stdout[..], &output.stderr[..]].concat();
    let words = String::from_utf8_lossy(&both).into_owned();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// 200 million rows in 33 kB: as numbers, the target alone would take 1.6 GB.
#[cfg(target_os = "linux")]
#[test]
fn many_rows_are_checked_without_reading_them() {
    let desk = Desk::new();
    let (data, model) = (of_tables("many_rows.parquet"), of_tables("tensor.onnx"));
    let table = ["--data", &data, "--target", "y", "--features", "a,b"];
    let model = ["--model", &model, "--backend", "native"];
    let output = within(&desk, 1_200_000, &[&["check"], &table[..], &model].concat());
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));
    assert!(words(&output).contains("`1` is taken for the positive class"));
    assert!(words(&output).contains("too many to be looked at before a run"));
    // Within a budget, a run says what does not fit in place of reading it.
    let budget = ["--dimensions", "robustness", "--memory-budget", "300MB"];
    let run = [&["run"], &table[..], &model, &budget].concat();
    let output = within(&desk, 1_200_000, &run);
    let words = words(&output);
    assert_eq!(output.status.code(), Some(2), "{words}");
    assert!(words.contains("memory budget of 300 MB"), "{words}");
}

/// 800 MB of texts in 32 kB.
#[cfg(target_os = "linux")]
#[test]
fn texts_that_unpack_to_more_than_the_budget_are_not_unpacked() {
    let desk = Desk::new();
    let model = of_tables("tensor.onnx");
    for file in ["long_texts.parquet", "long_texts.arrow"] {
        let data = of_tables(file);
        let arguments = [
            "run",
            "--data",
            &data,
            "--target",
            "y",
            "--features",
            "a,b",
            "--protected",
            "text",
            "--model",
            &model,
            "--backend",
            "native",
            "--dimensions",
            "fairness",
            "--memory-budget",
            "300MB",
        ];
        let output = within(&desk, 1_000_000, &arguments);
        let words = words(&output);
        assert_eq!(output.status.code(), Some(2), "{file}: {words}");
        assert!(words.contains("memory budget of 300 MB"), "{file}: {words}");
    }
}

#[test]
fn more_groups_than_can_be_compared_are_refused_before_they_are_made() {
    let desk = Desk::new();
    let mut rows = "a,b,y,code,name\n".to_owned();
    for row in 0..12_000 {
        writeln!(rows, "{},1,{},{row},n{row}", row % 7, row % 2).unwrap();
    }
    desk.write("groups.csv", rows);
    let model = of_tables("tensor.onnx");
    for (column, way_out) in [("code", "cut points"), ("name", "fewer groups")] {
        let arguments = [
            "run",
            "--data",
            "groups.csv",
            "--target",
            "y",
            "--features",
            "a,b",
            "--protected",
            column,
            "--model",
            &model,
            "--backend",
            "native",
            "--dimensions",
            "fairness",
        ];
        let outcome = desk.run(&arguments);
        assert_eq!(outcome.code, Some(2), "{}", outcome.stderr);
        let told = outcome.stdout + &outcome.stderr;
        let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
        for word in [column, "more than 10000 groups", way_out] {
            assert!(told.contains(word), "{told}");
        }
    }
}

#[test]
fn more_trials_than_can_be_looked_at_are_refused() {
    let desk = Desk::new();
    let mut trials = "score,depth\n".to_owned();
    for row in 0..500_001 {
        writeln!(trials, "0.5,{}", row % 9).unwrap();
    }
    desk.write("trials.csv", trials);
    let model = of_tables("tensor.onnx");
    let file = desk.write(
        "e.toml",
        format!(
            "[dataset]\npath = 'good.csv'\ntarget = 'income'\npositive = '>50K'\n[model]\npath = \
             '{model}'\nfeatures = ['age', 'education_num']\n[hyperparameters]\npath = 'trials.csv'\n"
        ),
    );
    let outcome = desk.run(&["check", &text(&file)]);
    let words = "more than 500000 rows, and a trial is one";
    assert!(outcome.stderr.contains(words), "{}", outcome.stderr);
}
