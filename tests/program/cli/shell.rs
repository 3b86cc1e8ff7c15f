//! Completions and manuals: of all that the program can be asked.

use std::fmt::Write;
use std::process::{Command, Stdio};

use super::desk::{Desk, library, needs_runtime};

/// The sub-commands, as the help names them.
fn subcommands(desk: &Desk) -> Vec<String> {
    let help = desk.run(&["--help"]).stdout;
    let (_, after) = help.split_once("Commands:\n").unwrap();
    let lines = after.lines().take_while(|line| !line.trim().is_empty());
    let names = lines.filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next());
    let starts_name = |name: &&str| name.starts_with(|c: char| c.is_ascii_lowercase());
    let names: Vec<String> = names.filter(starts_name).map(str::to_owned).collect();
    assert!(names.len() > 10, "{help}");
    names
}

#[test]
fn completions_know_every_command_and_a_shell_takes_them() {
    let desk = Desk::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let outcome = desk.run(&["completions", shell]);
        assert_eq!(outcome.code, Some(0), "{shell}: {}", outcome.stderr);
        for name in ["run", "compare", "whatif", "memory-budget"] {
            assert!(outcome.stdout.contains(name), "{shell}: no {name}");
        }
    }
    let script = desk.run(&["completions", "bash"]).stdout;
    let file = desk.write("completions.bash", script);
    let words = "source completions.bash && COMP_WORDS=(lazydebugger '') COMP_CWORD=1 \
                 && _lazydebugger lazydebugger '' lazydebugger && echo ${COMPREPLY[@]}";
    let bash = Command::new("bash")
        .args(["-c", words])
        .current_dir(file.parent().unwrap())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let offered = String::from_utf8(bash.stdout).unwrap();
    for name in subcommands(&desk) {
        assert!(
            offered.split_whitespace().any(|word| word == name),
            "{name}: {offered}"
        );
    }
}

#[test]
fn the_manual_has_a_page_for_every_command() {
    let desk = Desk::new();
    let page = desk.run(&["man"]).stdout;
    assert!(page.contains(".TH lazydebugger 1"), "{page}");
    std::fs::create_dir(desk.path("man1")).unwrap();
    let outcome = desk.run(&["man", "--output-dir", "man1"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    for name in subcommands(&desk).into_iter().filter(|name| name != "help") {
        let file = desk.path(&format!("man1/lazydebugger-{name}.1"));
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains(".SH SYNOPSIS"), "{name}: {text}");
        assert!(page.contains(&name), "{name}");
    }
    for nested in ["bench-paper", "shard-plan", "cache-list"] {
        let file = desk.path(&format!("man1/lazydebugger-{nested}.1"));
        let text = std::fs::read_to_string(&file).unwrap();
        let title = format!(".TH lazydebugger-{nested} 1");
        assert!(text.contains(&title), "{nested}: {text}");
    }
    let outcome = desk.run(&["man", "--output-dir", "none"]);
    outcome.refuses("no folder", &["none"]);
}

/// Each help ends with what the command is good for, in flags that it has.
#[test]
fn every_help_has_examples() {
    let desk = Desk::new();
    for name in subcommands(&desk).into_iter().filter(|name| name != "help") {
        let help = desk.run(&[name.as_str(), "--help"]).stdout;
        let (flags, examples) = help.split_once("Examples:\n").expect(&name);
        let lines = examples.lines().take_while(|line| !line.is_empty());
        let own = format!("lazydebugger {name}");
        let lines = lines.filter_map(|line| line.split_once(&own));
        let lines: Vec<&str> = lines.map(|(_, arguments)| arguments).collect();
        assert!(!lines.is_empty(), "{help}");
        for arguments in lines {
            // Those of commands below this one stand in their own help.
            let has_own = !flags.contains("\nCommands:\n");
            let words = arguments.split_whitespace().take_while(|word| *word != "|");
            for flag in words.filter(|word| has_own && word.starts_with("--")) {
                assert!(flags.contains(flag), "{name}: {flag}");
            }
        }
    }
}

/// What a manual page says in plain letters.
fn plain(line: &str) -> String {
    let mut line = line.to_owned();
    for (mark, letter) in [
        ("\\-", "-"),
        ("\\fB", ""),
        ("\\fI", ""),
        ("\\fR", ""),
        ("\\*(Aq", "'"),
    ] {
        line = line.replace(mark, letter);
    }
    line.trim().to_owned()
}

/// The flags and arguments of a page.
fn entries(page: &str) -> Vec<String> {
    let lines = page.lines().zip(page.lines().skip(1));
    let tagged = lines.filter(|(mark, _)| *mark == ".TP");
    let named = tagged.filter(|(_, line)| line.starts_with(['[', '<']) || line.starts_with("\\fB"));
    named.map(|(_, line)| plain(line)).collect()
}

/// Manual, completions and what stands in the snapshot are one.
#[test]
fn manual_and_completions_tell_every_flag_of_every_command() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("man1")).unwrap();
    let outcome = desk.run(&["man", "--output-dir", "man1"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let pages = std::fs::read_dir(desk.path("man1")).unwrap();
    let mut pages: Vec<_> = pages.map(|page| page.unwrap().path()).collect();
    pages.sort_by_key(|page| page.file_stem().map(std::ffi::OsStr::to_owned));
    let (mut text, mut flags) = (String::new(), std::collections::BTreeSet::new());
    for page in pages {
        let name = page.file_stem().unwrap().to_string_lossy();
        writeln!(text, "{name}").unwrap();
        for entry in entries(&std::fs::read_to_string(&page).unwrap()) {
            writeln!(text, "  {entry}").unwrap();
            let words = entry.split([' ', ',']);
            let long = words.filter_map(|word| word.strip_prefix("--"));
            flags.extend(long.map(str::to_owned));
        }
    }
    assert!(flags.len() > 50, "{flags:?}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = desk.run(&["completions", shell]).stdout;
        for flag in &flags {
            assert!(script.contains(flag.as_str()), "{shell}: no --{flag}");
        }
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_snapshot_path("../snapshots");
    settings.bind(|| insta::assert_snapshot!("commands", text));
}

/// Nor where the library lies whose file does not tell its version.
#[test]
fn a_report_for_others_tells_no_path_of_a_library_without_a_version() {
    needs_runtime();
    let desk = Desk::new();
    let found = library().expect("it was found");
    let copy = desk.path("libonnxruntime.so");
    std::fs::copy(found, &copy).unwrap();
    let outcome = desk.run_with(&["doctor", "--report"], |command| {
        command.env("ORT_DYLIB_PATH", &copy);
    });
    let text = outcome.stdout;
    assert!(text.contains("of unknown version"), "{text}");
    let folder = desk.path("").display().to_string();
    assert!(!text.contains(folder.trim_end_matches('/')), "{text}");
}

/// What goes into a bug report names no folder and no value of a variable.
#[test]
fn a_report_for_others_tells_no_paths() {
    let desk = Desk::new();
    let outcome = desk.run_with(&["doctor", "--report"], |command| {
        command
            .env("LAZYDEBUGGER_SHARED_PASSWORD", "secret-of-mine")
            .env("HOME", "/home/ada-lovelace");
    });
    let text = outcome.stdout;
    let version = env!("CARGO_PKG_VERSION");
    for word in [
        version,
        "LAZYDEBUGGER_SHARED_PASSWORD",
        "ONNX Runtime",
        "cores",
        "colours",
    ] {
        assert!(text.contains(word), "no {word} in {text}");
    }
    let folder = desk.path("").display().to_string();
    for secret in [
        "secret-of-mine",
        "ada-lovelace",
        folder.trim_end_matches('/'),
    ] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert!(!text.lines().any(|line| line.contains("  /")), "{text}");
}
