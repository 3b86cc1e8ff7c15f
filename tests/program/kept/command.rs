//! `lazydebugger cache`.

use std::fs;

use lazydebugger::explain::why::story;

use crate::cli::desk::Desk;

use super::{KEPT, age, desk, run};

fn cache(desk: &Desk, arguments: &[&str], code: i32) -> String {
    let all = [&["cache"], arguments].concat();
    let outcome = desk.run_with(&all, |command| {
        command.env("LAZYDEBUGGER_CACHE_DIR", desk.path(KEPT));
    });
    assert_eq!(
        outcome.code,
        Some(code),
        "{}{}",
        outcome.stdout,
        outcome.stderr
    );
    outcome.stdout
}

#[test]
fn it_is_shown_listed_verified_pruned_and_forgotten() {
    let desk = desk();
    run(&desk, &[]);
    let path = cache(&desk, &["path"], 0);
    assert_eq!(path.trim(), desk.path(KEPT).to_str().unwrap());
    let status = cache(&desk, &["status"], 0);
    assert!(
        status.contains("predictions") && status.contains("outcome"),
        "{status}"
    );
    let list = cache(&desk, &["list"], 0);
    assert!(list.contains("outcome:fairness"), "{list}");
    let json = cache(&desk, &["list", "--format", "json"], 0);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let entries = json["entries"].as_array().unwrap();
    assert_eq!(entries.len() + 1, list.lines().count());
    let verified = cache(&desk, &["verify"], 0);
    assert_eq!(verified, format!("{} entries whole\n", entries.len()));
    cache(&desk, &["prune", "--to", "200KB"], 0);
    let left = cache(&desk, &["list"], 0).lines().count() - 1;
    assert!(left < entries.len() && left > 0, "{left}");
    let cleared = cache(&desk, &["clear"], 0);
    assert!(cleared.contains(&format!("{left} entr")), "{cleared}");
    assert_eq!(cache(&desk, &["list"], 0).lines().count(), 1);
}

#[test]
fn damage_is_told() {
    let desk = desk();
    run(&desk, &[]);
    let shelf = fs::read_dir(desk.path("kept/v1/ac"))
        .unwrap()
        .next()
        .unwrap();
    let file = fs::read_dir(shelf.unwrap().path()).unwrap().next().unwrap();
    fs::write(file.unwrap().path(), "no entry").unwrap();
    let verified = cache(&desk, &["verify"], 1);
    assert!(verified.contains("damaged: "), "{verified}");
    cache(&desk, &["verify"], 0);
}

#[test]
fn why_goes_down_the_chain_to_what_changed() {
    let desk = desk();
    run(&desk, &["--trace", "before.jsonl"]);
    let same = cache(&desk, &["why", "predictions:b@dataset"], 0);
    assert!(
        same.contains("nothing is known of what it was before"),
        "{same}"
    );
    let path = desk.path("work/other.onnx");
    fs::copy(crate::cli::desk::zoo("lgbm_onnxmltools.onnx"), &path).unwrap();
    age(&path, 3);
    run(&desk, &["--trace", "after.jsonl"]);
    let why = cache(&desk, &["why", "predictions:b@dataset"], 0);
    let lines: Vec<&str> = why.lines().collect();
    assert_eq!(lines[0], "predictions:b@dataset in small");
    let sentence =
        "predictions:b@dataset is not what it was: model:b has changed, with file:other.onnx";
    assert_eq!(lines[1], format!("  {sentence}"));
    assert!(lines[2].starts_with("    model:b was "), "{why}");
    assert!(lines[3].starts_with("      file:other.onnx was "), "{why}");
    // The screen says the same.
    let trace = lazydebugger::log::file::read(&desk.path("after.jsonl")).unwrap();
    let ledger = trace.log.ledger();
    let name = "predictions:b@dataset".into();
    let told = story(&ledger, ledger.resource(&name).unwrap(), ">");
    assert!(told.iter().any(|fact| fact.words == sentence), "{told:?}");
    let against = ["why", "predictions:b@dataset", "--against", "before.jsonl"];
    assert_eq!(cache(&desk, &against, 0), why);
    let same = cache(
        &desk,
        &[
            "why",
            "predictions:model@dataset",
            "--against",
            "before.jsonl",
        ],
        0,
    );
    assert!(same.contains("it is the same"), "{same}");
    run(&desk, &["--seed", "7"]);
    let seed = cache(&desk, &["why", "outcome:uncertainty"], 0);
    assert!(seed.contains("  seed was "), "{seed}");
    // The sessions are kept, too: the first of them is number 1.
    let against = ["why", "outcome:hyperparameters", "--against", "1"];
    let outcome = cache(&desk, &against, 0);
    assert!(
        outcome.contains("model:b has changed, with file:other.onnx"),
        "{outcome}"
    );
    let against = ["why", "outcome:uncertainty", "--against", "2"];
    assert!(cache(&desk, &against, 0).contains("uncertainty is not what it was: seed has changed"));
    let against = ["why", "outcome:uncertainty", "--against", "9"];
    cache(&desk, &against, 2);
}

#[test]
fn an_unknown_key_is_told_with_what_may_be_meant() {
    let desk = desk();
    run(&desk, &["--dimensions", "fairness"]);
    let outcome = desk.run_with(&["cache", "why", "outcome:fairnes"], |command| {
        command.env("LAZYDEBUGGER_CACHE_DIR", desk.path(KEPT));
    });
    outcome.refuses("why", &["did you mean `outcome:fairness`"]);
}
