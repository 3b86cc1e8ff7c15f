//! What belongs to the key of an outcome: every setting is tried.

use lazydebugger::settings;

use super::{desk, kept, run};

/// What another value of a setting does to what is kept.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Belongs {
    /// Nothing: the same outcome is found, whatever it is.
    No,
    /// The outcome is another one.
    Yes,
    /// It names a file, a column or an experiment of its own: what that holds belongs to the key.
    Names,
}

use Belongs::{Names, No, Yes};

/// Every setting, whether it belongs to the key, and another value of it.
const SETTINGS: &[(&str, Belongs, &[&str])] = &[
    ("dataset.path", Names, &[]),
    ("dataset.target", Names, &[]),
    ("dataset.positive", Yes, &["--positive", "<=50K"]),
    ("dataset.missing_text", Yes, &["--missing-text", "none"]),
    ("dataset.missing", Yes, &["--missing", "17"]),
    ("dataset.separator", Yes, &["--separator", ","]),
    ("dataset.decimal", Yes, &["--decimal", "."]),
    ("dataset.encoding", Yes, &["--encoding", "utf-8"]),
    ("dataset.spelling", Yes, &["--spelling", "arrow"]),
    ("dataset.calibration", Names, &[]),
    ("dataset.alternative", Names, &[]),
    ("protected", Yes, &["--protected", "age:30"]),
    ("model.path", Names, &[]),
    ("model.predictions", Names, &[]),
    ("model.threshold", Yes, &["--threshold", "0.4"]),
    ("model.features", Names, &[]),
    ("model.output", Yes, &["--model-output", "probabilities"]),
    ("model.score_output", Names, &[]),
    ("model.quantiles", Names, &[]),
    ("model.expected", Names, &[]),
    ("engine.backend", No, &["--backend", "native"]),
    ("engine.strategy", No, &["--strategy", "lazy-all"]),
    ("engine.preload", No, &["--preload", "dataset"]),
    ("engine.preset", Yes, &["--preset", "medium"]),
    ("engine.seed", Yes, &["--seed", "7"]),
    ("engine.cache_policy", No, &["--cache-policy", "lru"]),
    ("engine.cache_entries", No, &["--cache-entries", "1"]),
    ("engine.cache_bytes", No, &["--cache-bytes", "0"]),
    ("engine.compress", No, &["--compress", "zstd"]),
    ("engine.memory_budget", No, &["--memory-budget", "1GB"]),
    ("engine.threads", No, &["--threads", "1"]),
    ("engine.chunk_rows", No, &["--chunk-rows", "7"]),
    ("engine.columns", No, &["--columns", "stream"]),
    ("cache.disk", No, &[]),
    ("cache.disk_bytes", No, &["--disk-cache-bytes", "50MB"]),
];

#[test]
fn every_setting_is_in_the_list() {
    let known: Vec<String> = settings::all().map(settings::Setting::name).collect();
    let listed: Vec<&str> = SETTINGS.iter().map(|(name, ..)| *name).collect();
    assert_eq!(
        listed, known,
        "say of a new setting whether it belongs to the key"
    );
}

#[test]
fn a_setting_belongs_to_the_key_or_changes_no_answer() {
    let desk = desk();
    let only = ["--dimensions", "fairness"];
    let first = run(&desk, &only);
    for (name, belongs, flags) in SETTINGS {
        if flags.is_empty() {
            continue;
        }
        let other = run(&desk, &[&only[..], flags].concat());
        let is_kept = !kept(&other).is_empty();
        assert_eq!(is_kept, *belongs == No, "{name}: {flags:?}");
        if is_kept {
            let metrics =
                |report: &serde_json::Value| report["dimensions"]["fairness"]["metrics"].clone();
            assert_eq!(metrics(&other), metrics(&first), "{name}");
        }
        // Either way, what the setting stands for is found the next time.
        assert!(
            !kept(&run(&desk, &[&only[..], flags].concat())).is_empty(),
            "{name}"
        );
    }
}
