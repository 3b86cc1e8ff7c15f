//! The second session of an experiment.

use std::fs;

use super::{ANSWERED, age, desk, disk, found, kept, made, run, run_at};

#[test]
fn an_unchanged_experiment_is_answered_from_the_disk() {
    let desk = desk();
    let first = run(&desk, &[]);
    assert_eq!(kept(&first), [""; 0]);
    assert!(disk(&first)["writes"].as_u64() > Some(0), "{first}");
    let second = run(&desk, &[]);
    assert_eq!(kept(&second), ANSWERED);
    assert_eq!(found(&second), found(&first), "to the last bit");
    assert_eq!(
        made(&second),
        [""; 0],
        "nothing is opened, hashed or scored"
    );
    assert_eq!(disk(&second)["misses"], 0);
    assert_eq!(disk(&second)["writes"], 0);
    assert!(disk(&second)["seconds_saved"].as_f64() > Some(0.0));
    let robustness = &second["dimensions"]["robustness"]["kept"];
    assert_eq!(robustness["tier"], "disk");
    assert!(robustness["seconds"].as_f64() > Some(0.0), "{robustness}");
}

#[test]
fn without_the_disk_cache_nothing_is_read_or_kept() {
    let desk = desk();
    let first = run(&desk, &["--no-disk-cache"]);
    assert!(!desk.path("kept").exists());
    assert!(disk(&first).is_null());
    run(&desk, &[]);
    let files = || fs::read_dir(desk.path("kept/v1/ac")).unwrap().count();
    let before = files();
    let third = run(&desk, &["--no-disk-cache"]);
    assert_eq!((kept(&third).len(), files()), (0, before));
    assert_eq!(found(&third), found(&first));
}

#[test]
fn touching_files_changes_nothing() {
    let desk = desk();
    let first = run(&desk, &[]);
    for name in ["data.csv", "model.onnx", "other.onnx"] {
        age(&desk.path("work").join(name), 2);
    }
    let second = run(&desk, &[]);
    assert_eq!(kept(&second), ANSWERED);
    assert_eq!(found(&second), found(&first));
    let made = made(&second);
    let is_look = |name: &String| {
        name.starts_with("file:") || name.starts_with("header:") || name == "dataset"
    };
    assert!(
        made.iter().all(is_look),
        "only looked at once more: {made:?}"
    );
    assert_eq!(
        super::made(&run(&desk, &[])),
        [""; 0],
        "and that is known now"
    );
}

#[test]
fn a_folder_that_is_moved_is_the_same_experiment() {
    let desk = desk();
    let first = run(&desk, &[]);
    fs::rename(desk.path("work"), desk.path("elsewhere")).unwrap();
    let second = run_at(&desk, "elsewhere/experiment.toml", &[]);
    assert_eq!(kept(&second), ANSWERED);
    assert_eq!(found(&second), found(&first));
}

/// The validated model is named by its file; no dimension says its name where it stands alone.
#[test]
fn a_model_that_is_renamed_is_the_same_model() {
    let desk = desk();
    let first = run(&desk, &[]);
    let work = desk.path("work");
    fs::copy(work.join("model.onnx"), work.join("champion.onnx")).unwrap();
    age(&work.join("champion.onnx"), 1);
    let renamed = super::EXPERIMENT
        .replace("path = \"model.onnx\"", "path = \"champion.onnx\"")
        .replace("name = \"other\"", "name = \"challenger\"");
    desk.write("work/experiment.toml", renamed);
    let second = run(&desk, &[]);
    assert_eq!(kept(&second), ANSWERED);
    assert_eq!(found(&second), found(&first));
    let opened = made(&second);
    let opened = opened
        .iter()
        .find(|name| !name.starts_with("file:") && !name.starts_with("header:"));
    assert_eq!(opened, None);
}

/// Where models are set side by side their names are results: these are told anew, out of what is kept.
#[test]
fn names_that_are_told_are_told_as_they_are_now() {
    let desk = desk();
    let medium = ["--dimensions", "robustness", "--preset", "medium"];
    run(&desk, &medium);
    let renamed = super::EXPERIMENT.replace("name = \"other\"", "name = \"challenger\"");
    desk.write("work/experiment.toml", renamed);
    let second = run(&desk, &[&medium[..], &["--trace", "trace.jsonl"]].concat());
    assert_eq!(kept(&second), [""; 0]);
    let made = made(&second);
    let scores = |name: &&String| name.starts_with("model:") || name.starts_with("predictions:");
    assert_eq!(made.iter().find(scores), None, "{made:?}");
    let alone = run(&desk, &[&medium[..], &["--no-disk-cache"]].concat());
    for part in ["metrics", "tables", "notes"] {
        let of = |report: &serde_json::Value| report["dimensions"]["robustness"][part].clone();
        assert_eq!(of(&second), of(&alone), "{part}");
    }
    let metrics = second["dimensions"]["robustness"]["metrics"].to_string();
    assert!(metrics.contains("model.challenger.") && !metrics.contains("model.other."));
    let trace = fs::read_to_string(desk.path("trace.jsonl")).unwrap();
    let mut lines = trace.lines();
    let asked =
        lines.find(|l| l.contains("\"tier_asked\"") && l.contains("\"outcome:robustness\""));
    assert!(asked.unwrap().contains("\"part\":\"names\""), "{asked:?}");
}

#[test]
fn a_changed_model_has_its_cone_run_again_and_nothing_else() {
    let desk = desk();
    run(&desk, &[]);
    let path = desk.path("work/other.onnx");
    fs::copy(crate::cli::desk::zoo("lgbm_onnxmltools.onnx"), &path).unwrap();
    age(&path, 3);
    let second = run(&desk, &[]);
    // The quick preset disturbs no other models: only variants use it.
    assert_eq!(kept(&second), &ANSWERED[..4]);
    let made = made(&second);
    assert!(made.contains(&"model:b".to_owned()), "{made:?}");
    let of_model = |name: &&String| name.starts_with("predictions:a@");
    assert_eq!(made.iter().find(of_model), None, "{made:?}");
    let reasons = &disk(&second)["miss_reasons"];
    assert!(reasons["input_changed"].as_u64() > Some(0), "{reasons}");
}

/// What changed is told by name, in the log and so on the screen.
#[test]
fn the_part_that_changed_is_told() {
    let desk = desk();
    run(&desk, &[]);
    let path = desk.path("work/other.onnx");
    fs::copy(crate::cli::desk::zoo("lgbm_onnxmltools.onnx"), &path).unwrap();
    age(&path, 3);
    run(&desk, &["--trace", "trace.jsonl"]);
    let trace = fs::read_to_string(desk.path("trace.jsonl")).unwrap();
    let asked = trace
        .lines()
        .find(|line| line.contains("\"tier_asked\"") && line.contains("\"predictions:b@dataset\""));
    let asked = asked.expect("the tier is asked for the predictions");
    assert!(
        asked.contains(r#""reason":"input_changed","part":"model:b""#),
        "{asked}"
    );
    let outcome = trace.lines().find(|line| {
        line.contains("\"tier_asked\"") && line.contains("\"outcome:hyperparameters\"")
    });
    assert!(
        outcome.unwrap().contains(r#""part":"model:b""#),
        "{outcome:?}"
    );
}

#[test]
fn predictions_that_are_kept_open_no_model() {
    let desk = desk();
    let first = run(&desk, &["--dimensions", "fairness"]);
    // Another threshold: another outcome of the same predictions.
    let second = run(&desk, &["--dimensions", "fairness", "--threshold", "0.4"]);
    assert_eq!(kept(&second), [""; 0]);
    let made = made(&second);
    let opens = |name: &&String| name.starts_with("model:") || name.starts_with("predictions:");
    assert_eq!(made.iter().find(opens), None, "{made:?}");
    assert_ne!(
        first["dimensions"]["fairness"]["metrics"],
        second["dimensions"]["fairness"]["metrics"]
    );
    let alone = run(
        &desk,
        &[
            "--dimensions",
            "fairness",
            "--threshold",
            "0.4",
            "--no-disk-cache",
        ],
    );
    assert_eq!(
        alone["dimensions"]["fairness"]["metrics"],
        second["dimensions"]["fairness"]["metrics"]
    );
    assert_eq!(
        alone["dimensions"]["fairness"]["notes"],
        second["dimensions"]["fairness"]["notes"]
    );
}

#[test]
fn gates_are_judged_anew() {
    let desk = desk();
    run(&desk, &[]);
    let gated = format!(
        "{}[gates]\n\"fairness.accuracy\" = {{ min = 2.0 }}\n",
        super::EXPERIMENT
    );
    desk.write("work/experiment.toml", gated);
    let all = ["run", "--format", "json", "work/experiment.toml"];
    let outcome = desk.run_with(&all, |command| {
        command.env("LAZYDEBUGGER_CACHE_DIR", desk.path("kept"));
    });
    let report = outcome.report(1);
    assert_eq!(kept(&report), ANSWERED);
    assert_eq!(report["gates"][0]["passed"], false);
}
