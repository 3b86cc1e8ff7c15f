//! `config`: the user's own settings of the screen, where they are and what is wrong with them.

use std::fs;

use crate::cli::desk::Desk;

#[test]
fn what_is_printed_is_a_file_without_problems() {
    let desk = Desk::new();
    let told = desk.run(&["config"]);
    assert_eq!(told.code, Some(0), "{}", told.stderr);
    let (path, words) = told.stdout.split_once(": ").unwrap();
    assert!(words.starts_with("there is none"), "{words}");
    let printed = desk.run(&["config", "--print"]).stdout;
    assert!(
        printed.contains("[keys]\n") && printed.contains("run_selected = \"r\"\n"),
        "{printed}"
    );
    let folder = std::path::Path::new(path).parent().unwrap();
    fs::create_dir_all(folder).unwrap();
    let changed = printed.replace("run_selected = \"r\"", "run_selected = \"f5\"");
    fs::write(path, &changed).unwrap();
    let told = desk.run(&["config"]).stdout;
    assert!(told.ends_with("nothing is wrong with it\n"), "{told}");
    assert_eq!(desk.run(&["config", "--print"]).stdout, changed);
    let keys = desk.run(&["config", "--keys"]).stdout;
    assert!(
        keys.contains("| `f5` | everywhere | Run the selected"),
        "{keys}"
    );
    fs::write(path, "\n[keys]\nrun_selectd = \"x\"\n").unwrap();
    for arguments in [
        &["config"][..],
        &["config", "--print"],
        &["config", "--keys"],
    ] {
        let refused = desk.run(arguments);
        assert_eq!((refused.code, &*refused.stdout), (Some(2), ""));
        for words in ["config.toml", "line 3", "did you mean `run_selected`?"] {
            assert!(
                refused.stderr.contains(words),
                "{words} in {}",
                refused.stderr
            );
        }
    }
}
