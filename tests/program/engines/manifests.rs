//! Manifests against the schemas of those who read them: `check-jsonschema` has GitHub's from
//! SchemaStore (Apache-2.0), `kubernetes-validate` those of Kubernetes (Apache-2.0).

use std::process::Command;

use super::find;
use crate::cli::desk::Desk;
use crate::shared::servers::is_missing;

fn manifest(desk: &Desk, runner: &str) -> String {
    let arguments = [
        "shard",
        "manifest",
        "--for",
        runner,
        "--shards",
        "12",
        "it's mine.toml",
    ];
    let flags = ["--", "--preset", "full", "--features", "a b,${{ c }}"];
    let written = desk.run(&[&arguments[..], &flags].concat());
    assert_eq!(written.code, Some(0), "{}", written.stderr);
    written.stdout
}

/// Does a program find a file sound? None where there is no such program.
fn is_sound(program: &str, arguments: &[&str], desk: &Desk, text: &str) -> Option<bool> {
    let Some(program) = find(program) else {
        return is_missing(&format!(
            "there is no {program} on the PATH (pip install {program})"
        ));
    };
    let file = desk.write("manifest.yml", text);
    let told = Command::new(program)
        .args(arguments)
        .arg(file)
        .output()
        .unwrap();
    println!("{}", String::from_utf8_lossy(&told.stdout));
    Some(told.status.success())
}

#[test]
fn kubernetes_would_take_its_jobs() {
    let desk = Desk::new();
    let text = manifest(&desk, "kubernetes");
    let check = |text: &str| is_sound("kubernetes-validate", &["--strict"], &desk, text);
    let Some(is_good) = check(&text) else {
        return;
    };
    assert!(is_good, "{text}");
    for (good, bad) in [
        ("completionMode: Indexed", "completionMode: [Indexed]"),
        ("backoffLimitPerIndex", "backoffLimitPerPod"),
        (
            "restartPolicy: Never\n",
            "restartPolicy: Never\n      volume: 1\n",
        ),
    ] {
        assert!(text.contains(good));
        assert_eq!(check(&text.replace(good, bad)), Some(false), "{bad}");
    }
}

#[test]
fn github_would_take_its_workflow() {
    let desk = Desk::new();
    let text = manifest(&desk, "github");
    let schema = ["--builtin-schema", "vendor.github-workflows"];
    let check = |text: &str| is_sound("check-jsonschema", &schema, &desk, text);
    let Some(is_good) = check(&text) else {
        return;
    };
    assert!(is_good, "{text}");
    for (good, bad) in [
        ("runs-on: ubuntu-latest", "runs-at: ubuntu-latest"),
        ("needs: shard", "needs: {shard: 1}"),
    ] {
        assert!(text.contains(good));
        assert_eq!(check(&text.replace(good, bad)), Some(false), "{bad}");
    }
}
