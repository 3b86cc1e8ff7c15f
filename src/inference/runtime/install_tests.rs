#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

use super::*;

#[test]
fn every_wheel_is_pinned() {
    for wheel in &WHEELS {
        assert_eq!(wheel.sha256.len(), 64, "{wheel:?}");
        assert_eq!(wheel_for(wheel.os, wheel.arch), Some(wheel));
    }
    assert_eq!(wheel_for("plan9", "mips"), None);
}

#[test]
fn what_pip_says_becomes_what_to_do() {
    for (errors, reason, remedy) in [
        (
            "/usr/bin/python3: No module named pip\n",
            "has no pip",
            "ensurepip",
        ),
        (
            "WARNING: Retrying ... NewConnectionError('...: Temporary failure in name resolution')\nERROR: No matching distribution found",
            "could not be reached",
            "network",
        ),
        (
            "OSError: [Errno 28] No space left on device",
            "disk is full",
            "make room",
        ),
        (
            "ERROR: No matching distribution found for onnxruntime==1.31.1\n\n",
            "No matching distribution found for onnxruntime==1.31.1",
            "update pip",
        ),
        ("", "no reason", "update pip"),
    ] {
        let text = explain_pip(errors).to_string();
        assert!(
            text.starts_with("ONNX Runtime was not installed: "),
            "{text}"
        );
        assert!(text.contains(reason), "{text}");
        assert!(text.contains(remedy), "{text}");
    }
}

#[cfg(unix)]
mod with_a_python_of_our_own {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A `python3` that does what the script says, and a data folder.
    fn surroundings(root: &Path, script: &str) -> Surroundings {
        let bin = root.join("bin");
        fs::create_dir_all(&bin).unwrap();
        let python = bin.join("python3");
        fs::write(&python, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&python, fs::Permissions::from_mode(0o755)).unwrap();
        Surroundings {
            path: bin.into_os_string(),
            data_folder: Some(root.join("data/runtime")),
            ..Surroundings::default()
        }
    }

    /// What is in a folder, but for the lock that stays.
    fn left_in(folder: &Path) -> Vec<PathBuf> {
        folder
            .read_dir()
            .unwrap()
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| !path.ends_with(LOCK))
            .collect()
    }

    /// The last argument of `pip download` is the folder to put the wheel into.
    const FORGED: &str =
        r#"for last; do :; done; mkdir -p "$last"; echo forged > "$last/onnxruntime.whl""#;

    #[test]
    fn a_package_with_another_digest_is_not_installed() {
        let root = tempfile::tempdir().unwrap();
        let surroundings = surroundings(root.path(), FORGED);
        let mut steps = Vec::new();
        let error = install_into(&surroundings, &mut |step| steps.push(step)).unwrap_err();
        assert!(
            error.to_string().contains("not the expected one"),
            "{error}"
        );
        assert!(
            error.to_string().contains("nothing was installed"),
            "{error}"
        );
        assert_eq!(steps.last(), Some(&InstallStep::Checking));
        assert_eq!(
            left_in(&root.path().join("data/runtime")),
            Vec::<PathBuf>::new()
        );
    }

    #[test]
    fn a_python_without_pip_is_told() {
        let root = tempfile::tempdir().unwrap();
        let script = "echo 'python3: No module named pip' >&2; exit 1";
        let error = install_into(&surroundings(root.path(), script), &mut |_| {}).unwrap_err();
        assert!(error.to_string().contains("has no pip"), "{error}");
        assert_eq!(
            left_in(&root.path().join("data/runtime")),
            Vec::<PathBuf>::new()
        );
    }

    #[test]
    fn no_python_is_told() {
        let root = tempfile::tempdir().unwrap();
        let surroundings = Surroundings {
            data_folder: Some(root.path().into()),
            ..Surroundings::default()
        };
        let error = install_into(&surroundings, &mut |_| {}).unwrap_err();
        assert!(
            error.to_string().contains("no python3 on the PATH"),
            "{error}"
        );
    }

    #[test]
    fn an_earlier_installation_is_replaced_as_a_whole() {
        let root = tempfile::tempdir().unwrap();
        let (ready, target) = (root.path().join("ready"), root.path().join("target"));
        for (folder, name) in [(&ready, "new"), (&target, "old")] {
            fs::create_dir(folder).unwrap();
            fs::write(folder.join(name), name).unwrap();
        }
        let scratch = Scratch::inside(root.path(), INSTALLING).unwrap();
        put_in_place(&ready, &target, scratch.path()).unwrap();
        drop(scratch);
        assert_eq!(left_in(&target), [target.join("new")]);
        assert_eq!(left_in(root.path()), [target]);
    }

    #[test]
    fn what_killed_installations_left_is_swept() {
        let root = tempfile::tempdir().unwrap();
        let data = root.path().join("data/runtime");
        for name in [".installing-42", ".installing-0123456789abcdef"] {
            fs::create_dir_all(data.join(name).join("download")).unwrap();
        }
        install_into(&surroundings(root.path(), "exit 1"), &mut |_| {}).unwrap_err();
        assert_eq!(left_in(&data), Vec::<PathBuf>::new());
    }

    #[test]
    fn python_runs_isolated_in_an_empty_folder() {
        let root = tempfile::tempdir().unwrap();
        let script = r#"test "$1" = -I && test -z "$(ls -A)" || exit 1; "#;
        let surroundings = surroundings(root.path(), &format!("{script}{FORGED}"));
        let error = install_into(&surroundings, &mut |_| {}).unwrap_err();
        assert!(
            error.to_string().contains("not the expected one"),
            "{error}"
        );
    }
}
