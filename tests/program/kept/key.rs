//! What belongs to the key of an outcome: every setting and every flag is tried.

use std::collections::BTreeSet;

use lazydebugger::settings;
use serde_json::Value;

use crate::cli::desk::Desk;

use super::{KEPT, age, desk, kept};

/// What another value of a setting does to what is kept.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Belongs {
    /// Nothing: the same outcome is found, whatever it is.
    No,
    /// The outcome is another one.
    Yes,
    /// It cannot be shown with the experiment of the desk.
    Elsewhere(&'static str),
}

use Belongs::{Elsewhere, No, Yes};

const FEATURES: &str = "age,workclass,education,education_num,marital_status,occupation,relationship,\
                        race,sex,capital_gain,capital_loss,hours_per_week,native_country";
const OTHERWISE: &str = "workclass,age,education,education_num,marital_status,occupation,relationship,\
                         race,sex,capital_gain,capital_loss,hours_per_week,native_country";

/// Another value of a setting, whether it belongs to the key of this dimension's outcome, and the flags
/// that say it.
type Tried = (&'static str, Belongs, &'static str, &'static [&'static str]);

/// A bucket that nobody serves.
const NOWHERE: &[&str] = &[
    "--shared-cache-bucket",
    "s3://nowhere",
    "--shared-cache-endpoint",
    "http://127.0.0.1:1",
];

/// Every setting; one that names a file has a file of the same content, too.
const SETTINGS: &[Tried] = &[
    (
        "dataset.path",
        Yes,
        "fairness",
        &["--data", "work/drifted.csv"],
    ),
    (
        "dataset.path",
        No,
        "fairness",
        &["--data", "work/again.csv"],
    ),
    (
        "dataset.target",
        Yes,
        "fairness",
        &[
            "--data",
            "work/twice.csv",
            "--target",
            "again",
            "--features",
            FEATURES,
        ],
    ),
    (
        "dataset.positive",
        Yes,
        "fairness",
        &["--positive", "<=50K"],
    ),
    (
        "dataset.missing_text",
        Yes,
        "fairness",
        &["--missing-text", "none"],
    ),
    ("dataset.missing", Yes, "fairness", &["--missing", "17"]),
    ("dataset.separator", Yes, "fairness", &["--separator", ","]),
    ("dataset.decimal", Yes, "fairness", &["--decimal", "."]),
    (
        "dataset.encoding",
        Yes,
        "fairness",
        &["--encoding", "utf-8"],
    ),
    (
        "dataset.spelling",
        Yes,
        "fairness",
        &["--spelling", "arrow"],
    ),
    // Which tables there are belongs to every outcome: notes may say that there is none.
    (
        "dataset.calibration",
        Yes,
        "fairness",
        &["--calibration", "work/drifted.csv"],
    ),
    (
        "dataset.calibration",
        Yes,
        "uncertainty",
        &["--calibration", "work/drifted.csv"],
    ),
    (
        "dataset.alternative",
        Yes,
        "resilience",
        &["--alternative", "work/again.csv"],
    ),
    ("protected", Yes, "fairness", &["--protected", "age:30"]),
    (
        "model.path",
        Yes,
        "fairness",
        &["--model", "work/other.onnx"],
    ),
    (
        "model.path",
        No,
        "fairness",
        &["--model", "work/again.onnx"],
    ),
    (
        "model.predictions",
        Yes,
        "fairness",
        &["--predictions", "scores.csv"],
    ),
    ("model.threshold", Yes, "fairness", &["--threshold", "0.4"]),
    (
        "model.features",
        Yes,
        "fairness",
        &["--features", OTHERWISE],
    ),
    (
        "model.output",
        Yes,
        "fairness",
        &["--model-output", "probabilities"],
    ),
    (
        "model.score_output",
        Yes,
        "fairness",
        &["--score-output", "probabilities"],
    ),
    (
        "model.quantiles",
        Elsewhere("a regression has them"),
        "",
        &[],
    ),
    (
        "model.expected",
        Yes,
        "fairness",
        &["--parity", "scores.csv"],
    ),
    ("engine.backend", No, "fairness", &["--backend", "native"]),
    // Native models run on the processor all the same.
    ("engine.device", No, "fairness", &["--device", "cuda:0"]),
    (
        "engine.strategy",
        No,
        "fairness",
        &["--strategy", "lazy-all"],
    ),
    ("engine.strategy", No, "fairness", &["--strategy", "eager"]),
    (
        "engine.strategy",
        No,
        "fairness",
        &["--strategy", "adaptive"],
    ),
    ("engine.preload", No, "fairness", &["--preload", "dataset"]),
    ("engine.prefetch", No, "fairness", &["--no-prefetch"]),
    ("engine.preset", Yes, "fairness", &["--preset", "medium"]),
    ("engine.seed", Yes, "fairness", &["--seed", "7"]),
    (
        "engine.cache_policy",
        No,
        "fairness",
        &["--cache-policy", "lru"],
    ),
    (
        "engine.cache_entries",
        No,
        "fairness",
        &["--cache-entries", "1"],
    ),
    (
        "engine.cache_bytes",
        No,
        "fairness",
        &["--cache-bytes", "0"],
    ),
    ("engine.ttl", No, "fairness", &["--ttl", "1h"]),
    ("engine.compress", No, "fairness", &["--compress", "zstd"]),
    (
        "engine.memory_budget",
        No,
        "fairness",
        &["--memory-budget", "1GB"],
    ),
    (
        "engine.device_memory_budget",
        No,
        "fairness",
        &["--device-memory-budget", "1GB"],
    ),
    ("engine.threads", No, "fairness", &["--threads", "1"]),
    ("engine.chunk_rows", No, "fairness", &["--chunk-rows", "7"]),
    ("engine.columns", No, "fairness", &["--columns", "stream"]),
    (
        "lints.misses",
        Elsewhere("it has no flag, and only lints look at it"),
        "",
        &[],
    ),
    (
        "lints.bytes",
        Elsewhere("it has no flag, and only lints look at it"),
        "",
        &[],
    ),
    (
        "lints.estimate_off",
        Elsewhere("it has no flag, and only lints look at it"),
        "",
        &[],
    ),
    (
        "lints.growth",
        Elsewhere("it has no flag, and only lints look at it"),
        "",
        &[],
    ),
    (
        "lints.wait",
        Elsewhere("it has no flag, and only lints look at it"),
        "",
        &[],
    ),
    (
        "lints.wasted",
        Elsewhere("it has no flag, and only lints look at it"),
        "",
        &[],
    ),
    (
        "cache.disk",
        Elsewhere("without it nothing is kept"),
        "",
        &[],
    ),
    (
        "cache.disk_bytes",
        No,
        "fairness",
        &["--disk-cache-bytes", "50MB"],
    ),
    (
        "cache.shared.url",
        No,
        "fairness",
        &["--shared-cache", "redis://127.0.0.1:1"],
    ),
    ("cache.shared.bucket", No, "fairness", NOWHERE),
    ("cache.shared.endpoint", No, "fairness", NOWHERE),
    (
        "cache.shared.region",
        Elsewhere("it has no flag, and says where a bucket is"),
        "",
        &[],
    ),
    (
        "cache.shared.prefix",
        Elsewhere("it has no flag, and says how entries are called"),
        "",
        &[],
    ),
    (
        "cache.shared.mode",
        No,
        "fairness",
        &["--shared-cache-mode", "read-write"],
    ),
];

/// Every flag of a run that is no setting's.
const FLAGS: &[Tried] = &[
    (
        "--allow-commands",
        No,
        "fairness",
        &["--allow-commands", "--listen", "a.sock"],
    ),
    ("--auto-tune", No, "fairness", &["--auto-tune"]),
    ("--deny", No, "fairness", &["--deny", "loaded-again"]),
    (
        "--baseline",
        Elsewhere("a comparison is made anew each time"),
        "",
        &[],
    ),
    (
        "--dimensions",
        No,
        "fairness",
        &["--dimensions", "uncertainty"],
    ),
    ("--format", Elsewhere("all of these ask for JSON"), "", &[]),
    ("--help", Elsewhere("it runs nothing"), "", &[]),
    ("--lint", No, "fairness", &["--lint"]),
    ("--listen", No, "fairness", &["--listen", "b.sock"]),
    ("--no-history", No, "fairness", &["--no-history"]),
    ("--output", No, "fairness", &["--output", "report.json"]),
    ("--plain", No, "fairness", &["--plain"]),
    (
        "--shard",
        Elsewhere("a shard leaves scores, and no outcome"),
        "",
        &[],
    ),
    (
        "--on",
        Elsewhere("shards that others run are merged to the bits of one machine"),
        "",
        &[],
    ),
    (
        "--parts",
        Elsewhere("where the parts of shards lie"),
        "",
        &[],
    ),
    (
        "--shards",
        Elsewhere("how many there are changes no bit of what they merge to"),
        "",
        &[],
    ),
    ("--workers", Elsewhere("who runs the shards"), "", &[]),
    ("--trace", No, "fairness", &["--trace", "trace.jsonl"]),
];

/// The flags that a help lists.
fn flags_of(help: &str) -> BTreeSet<String> {
    let words = help.lines().filter(|line| line.starts_with("  "));
    let words = words.filter_map(|line| {
        let mut words = line.split_whitespace();
        words.by_ref().take(2).find(|word| word.starts_with("--"))
    });
    let names = words.map(|word| word.trim_end_matches(','));
    names.map(str::to_owned).collect()
}

#[test]
fn every_setting_and_every_flag_is_in_the_list() {
    let known: Vec<String> = settings::all().map(settings::Setting::name).collect();
    let mut listed: Vec<&str> = SETTINGS.iter().map(|(name, ..)| *name).collect();
    listed.dedup();
    assert_eq!(
        listed, known,
        "say of a new setting whether it belongs to the key"
    );
    let of_settings = settings::all().filter_map(|setting| setting.flag);
    let of_settings = of_settings.map(|flag| format!("--{}", flag.name));
    let listed: BTreeSet<String> = FLAGS
        .iter()
        .map(|(name, ..)| (*name).to_owned())
        .chain(of_settings)
        .collect();
    let desk = Desk::new();
    let known = flags_of(&desk.run(&["run", "--help"]).stdout);
    assert_eq!(
        listed, known,
        "say of a new flag whether it belongs to the key"
    );
    let of_screen = flags_of(&desk.run(&["--help"]).stdout);
    let more: Vec<&String> = of_screen.difference(&known).collect();
    assert_eq!(more, ["--version"]);
}

/// The JSON report of a run, wherever it went.
fn run(desk: &Desk, arguments: &[&str]) -> Value {
    let all = [
        &["run", "--format", "json", "work/experiment.toml"],
        arguments,
    ]
    .concat();
    let outcome = desk.run_with(&all, |command| {
        command.env("LAZYDEBUGGER_CACHE_DIR", desk.path(KEPT));
    });
    assert_eq!(outcome.code, Some(0), "{arguments:?}: {}", outcome.stderr);
    let text = if arguments.contains(&"--output") {
        std::fs::read_to_string(desk.path("report.json")).unwrap()
    } else {
        outcome.stdout
    };
    serde_json::from_str(&text).unwrap()
}

/// The desk with files of the same content as others, and of other contents.
fn desk_with_copies() -> Desk {
    let desk = desk();
    let work = desk.path("work");
    let table = std::fs::read_to_string(work.join("data.csv")).unwrap();
    desk.write("work/again.csv", &table);
    std::fs::copy(work.join("model.onnx"), work.join("again.onnx")).unwrap();
    let twice = table.lines().enumerate().map(|(row, line)| match row {
        0 => format!("{line},again\n"),
        _ => format!("{line},{}\n", if row % 3 == 0 { ">50K" } else { "<=50K" }),
    });
    desk.write("work/twice.csv", twice.collect::<String>());
    let outcome = desk.run(&["predict", "work/experiment.toml", "--output", "scores.csv"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    for name in [
        "work/again.csv",
        "work/again.onnx",
        "work/twice.csv",
        "scores.csv",
    ] {
        age(&desk.path(name), 1);
    }
    desk
}

#[test]
fn what_belongs_to_the_key_is_another_outcome_and_all_else_the_same() {
    let desk = desk_with_copies();
    let dimensions = ["fairness", "uncertainty", "resilience"];
    let first = run(&desk, &["--dimensions", &dimensions.join(",")]);
    for (name, belongs, dimension, flags) in SETTINGS.iter().chain(FLAGS) {
        if let Elsewhere(_) = belongs {
            continue;
        }
        let with_flags = [&["--dimensions", dimension], *flags].concat();
        let found = |report: &Value| report["dimensions"][dimension]["metrics"].clone();
        let other = run(&desk, &with_flags);
        let is_kept = kept(&other).contains(dimension);
        assert_eq!(is_kept, *belongs == No, "{name}: {flags:?}");
        if is_kept {
            assert_eq!(found(&other), found(&first), "{name}");
            continue;
        }
        // What the setting stands for is found the next time.
        let again = run(&desk, &with_flags);
        assert!(kept(&again).contains(dimension), "{name}");
        assert_eq!(found(&again), found(&other), "{name}");
    }
}
