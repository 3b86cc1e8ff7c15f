//! `why`: a resource of a recording explained with the evidence.

use crate::cli::desk::Desk;

fn session() -> String {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("sample_data/adult/session.jsonl");
    path.to_str().unwrap().to_owned()
}

#[test]
fn the_session_that_comes_with_the_program_can_be_asked() {
    let desk = Desk::new();
    let session = session();
    let done = desk.run(&["why", &session, "predictions:random_forest@dataset"]);
    assert_eq!((done.code, &*done.stderr), (Some(0), ""));
    for words in [
        "because       your run at ",
        "why so slow   ",
        " scored",
        "why so large  ",
        " bytes a row",
        "why gone      ",
        "the cache (quick) gave it up to make room for ",
    ] {
        assert!(done.stdout.contains(words), "{words} in {}", done.stdout);
    }
    // Of what is still held, what would free it and what that would cost.
    let held = desk.run(&["why", &session, "model:random_forest"]).stdout;
    for words in ["to free it    ", "to lose it    ", " to make it again"] {
        assert!(held.contains(words), "{words} in {held}");
    }
    // By its name without its kind; and what was not loaded says why.
    let short = desk.run(&["why", &session, "random_forest@dataset"]);
    assert_eq!(short.stdout, done.stdout);
    let spared = "predictions:random_forest@alternative:adult_shifted";
    let spared = desk.run(&["why", &session, spared]).stdout;
    let words = "why not       only resilience would need it, and is not selected";
    assert!(spared.contains(words), "{spared}");
    let wrong = desk.run(&["why", &session, "predictions:random_forset@dataset"]);
    wrong.refuses(
        "no such resource",
        &["did you mean `predictions:random_forest@dataset`?"],
    );
    let all = desk.run(&["why", &session]).stdout;
    assert!(all.lines().count() > 50 && all.contains("absent     model:xgboost"));
}

#[test]
fn the_session_that_comes_with_the_program_names_no_place_of_its_maker() {
    let text = std::fs::read_to_string(session()).unwrap();
    for place in ["\"/", "/home/", "/root/"] {
        assert!(!text.contains(place), "{place}");
    }
}
