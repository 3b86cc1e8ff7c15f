//! What is wrong with a file, in exact words.

use std::fs;

use lazydebugger::experiment::Experiment;

use crate::experiment::{WHOLE, folder, problems};

#[test]
fn all_problems_are_told_at_once() {
    let text = r#"nam = "x"
[dataset]
tagret = "y"
path = 3
alternative = "a.csv"
positive = { a = 1 }
[protectd]
[model]
path = ""
threshold = "high"
features = ["a", 1]
output = "probability"
[[alternative_models]]
pth = "a.onnx"
[protected]
sex = "category"
age = [25, "old"]
town = true
[hyperparameters]
[gates]
fairnes.x = { min = 1 }
"robustness.a" = 0.8
"robustness.b" = { least = 3 }
"robustness.c" = {}
"robustness.d" = { min = 2, max = 1 }
"robustness.e" = { max = nan }
[gates.baseline]
max_flip = 3
sides = "both"
"robustness.f" = { margin = -1 }
[engine]
strategy = "lazy"
preset = "fast"
seed = -1
cache_entries = 1.5
cache_bytes = "2G"
memory_budget = "lots"
threads = 0
chunk_rows = "all"
colour = "red"
"#;
    let expected = [
        "line 1: unknown key `nam`; did you mean `name`?",
        "line 2: `dataset.target` is missing: give the column to predict",
        "line 3: unknown key `dataset.tagret`; did you mean `target`?",
        "line 4: `dataset.path`: expected the path of a file, in quotes, found 3",
        "line 5: `dataset.alternative`: expected a list, each item the path of a file, in quotes, found \"a.csv\"",
        "line 6: `dataset.positive`: expected a label of the target (text, number, true or false), found a table",
        "line 7: unknown key `protectd`; did you mean `protected`?",
        "line 9: `model.path`: expected the path of a file, in quotes, found \"\"",
        "line 10: `model.threshold`: expected a number, found \"high\"",
        "line 11: `model.features`: expected a list, each item text in quotes, not empty, found 1 in it",
        "line 12: `model.output`: expected one of probabilities, logit, margin, labels, found \"probability\"; did you mean `probabilities`?",
        "line 13: `alternative_models.1.path` is missing: give the model's file (.onnx)",
        "line 14: unknown key `alternative_models.1.pth`; did you mean `path`?",
        "line 16: `protected.sex`: expected \"categories\", or a list of cut points such as [25, 45, 65], found \"category\"; did you mean `categories`?",
        "line 17: `protected.age`: expected a list, each item a number, found \"old\" in it",
        "line 18: `protected.town`: expected \"categories\", or a list of cut points such as [25, 45, 65], found true",
        "line 19: `hyperparameters.path` is missing: give the file with the variants (.json)",
        "line 21: `gates.fairnes`: expected a metric that begins with one of robustness, fairness, uncertainty, resilience, hyperparameters, found \"fairnes\"; did you mean `fairness`?",
        "line 22: `gates.robustness.a`: expected bounds such as { min = 0.8 }, found 0.8",
        "line 23: unknown key `gates.robustness.b.least`; known here: min, max",
        "line 24: `gates.robustness.c`: give `min`, `max` or both, such as { min = 0.8 }",
        "line 25: `gates.robustness.d`: min is above max: nothing can pass",
        "line 26: `gates.robustness.e.max`: expected a number, found NaN",
        "line 28: `gates.baseline.max_flip`: expected a metric that begins with one of robustness, fairness, uncertainty, resilience, hyperparameters, or one of max_flips, level, sides, correction, found \"max_flip\"; did you mean `max_flips`?",
        "line 29: `gates.baseline.sides`: expected one of one, two, found \"both\"",
        "line 30: `gates.baseline.robustness.f`: by how much it may be worse is a number from 0 on",
        "line 32: `engine.strategy`: expected one of eager-core, lazy-all, adaptive, eager, found \"lazy\"; did you mean `lazy-all`?",
        "line 33: `engine.preset`: expected one of quick, medium, full, found \"fast\"",
        "line 34: `engine.seed`: expected a whole number, zero or more, found -1",
        "line 35: `engine.cache_entries`: expected a whole number, zero or more, found 1.5",
        "line 36: `engine.cache_bytes`: expected a size such as \"256MB\", \"1.5GiB\" or a number of bytes, found \"2G\"",
        "line 37: `engine.memory_budget`: expected a size such as \"256MB\", \"1.5GiB\" or a number of bytes, found \"lots\"",
        "line 38: `engine.threads`: expected a whole number, one or more, found 0",
        "line 39: `engine.chunk_rows`: expected a whole number, one or more, found \"all\"",
        "line 40: unknown key `engine.colour`; known here: backend, device, strategy, preload, prefetch, preset, seed, cache_policy, cache_entries, cache_bytes, ttl, compress, memory_budget, device_memory_budget, threads, chunk_rows, columns",
    ];
    assert_eq!(problems(text), expected);
}

#[test]
fn sections_that_are_missing_or_no_sections_are_told() {
    assert_eq!(
        problems(""),
        [
            "`dataset` is missing: give a [dataset] with `path` and `target`",
            "`model` is missing: give a [model] with `path`",
        ]
    );
    assert_eq!(
        problems(
            "dataset = 1\nmodel = []\ngates = 'x'\nprotected = 2020-01-01\nalternative_models = {}"
        ),
        [
            "line 1: `dataset`: expected a table, found 1",
            "line 2: `model`: expected a table, found an empty list",
            "line 3: `gates`: expected a table, found \"x\"",
            "line 4: `protected`: expected a table, found a date",
            "line 5: `alternative_models`: expected a list, found a table",
        ]
    );
}

#[test]
fn what_cannot_be_meant_is_told() {
    let text = "
[dataset]
path = 'd.csv'
target = 'y'
positive = ['a']
alternative = ['a/x.csv', 'b/x.parquet']
[protected]
y = 'categories'
age = [45, 25]
size = []
[model]
path = 'm.onnx'
threshold = 1.5
features = ['a', 'b', 'a']
[[alternative_models]]
path = 'old/m.onnx'
[engine]
memory_budget = 0
";
    assert_eq!(
        problems(text),
        [
            "`alternative_models`: two models are called `m`; give each a `name` of its own",
            "`dataset.alternative`: two files are called `x`; their metrics would clash, so rename one",
            "`dataset.positive`: a list names all classes, two or more; for one positive class give it alone",
            "`protected.y`: this is the target; groups come from other columns",
            "`protected.age`: cut points must increase, such as [25, 45, 65]",
            "`protected.size`: give at least one cut point, or \"categories\"",
            "`model.features`: `a` is there twice",
            "`model.threshold`: expected a number from 0 to 1, found 1.5",
            "`engine.memory_budget`: nothing fits in no memory; leave it out for no limit",
        ]
    );
}

#[test]
fn broken_toml_is_told_by_line_and_column() {
    let errors = problems("name = \nb = 3\n[dataset\npath = 1");
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(
        errors[0].starts_with("line 1, column 8: not valid TOML: string values must be quoted")
    );
    assert!(errors[1].starts_with("line 3, column 9: not valid TOML: unclosed table"));
    let twice = problems("[model]\npath = 'a'\npath = 'b'\n");
    assert_eq!(twice, ["line 3, column 1: not valid TOML: duplicate key"]);
}

#[test]
fn one_problem_is_one_line() {
    let (_folder, path) = folder(&WHOLE.replace("seed", "sed"));
    let shown = Experiment::from_file(&path).unwrap_err().to_string();
    let line = 1 + WHOLE.lines().position(|line| line == "seed = 7").unwrap();
    let words = "unknown key `engine.sed`; did you mean `seed`?";
    assert_eq!(shown, format!("{}, line {line}: {words}", path.display()));
}

#[test]
fn files_that_are_no_experiments_are_explained() {
    let (folder, path) = folder(WHOLE);
    let put = |name: &str, bytes: &[u8]| {
        fs::write(folder.path().join(name), bytes).unwrap();
        folder.path().join(name)
    };
    for (path, words) in [
        (
            put("m.onnx", b""),
            "m.onnx: this is a model, not an experiment: use --model",
        ),
        (
            put("d.Parquet", b""),
            "this is a table, not an experiment: use --data",
        ),
        (put("d.csv", b""), "this is a table"),
        (
            put("run.jsonl", b""),
            "this is a recorded session: use `lazydebugger replay`",
        ),
        (
            put("latin1.toml", b"name = \"\xe9\""),
            "this is not UTF-8 text; save it as UTF-8",
        ),
        (
            folder.path().join("experimnt.toml"),
            "no such file; did you mean `",
        ),
        (folder.path().join("other.toml"), "other.toml: no such file"),
        (
            folder.path().to_owned(),
            "this is a folder; name a file in it, such as `",
        ),
        (put("empty.toml", b"").join("x.toml"), "it cannot be read: "),
    ] {
        let error = Experiment::from_file(&path).unwrap_err().to_string();
        assert!(error.contains(words), "`{words}` is not in: {error}");
    }
    assert!(Experiment::from_file(&path).is_ok());
    let marked = put("marked.toml", format!("\u{feff}{WHOLE}").as_bytes());
    assert!(
        Experiment::from_file(&marked).is_ok(),
        "a byte order mark is no harm"
    );
}
