#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

use std::fs;

use super::*;

/// A folder with an empty library of that name in it.
fn with_library(folder: &Path, name: &str) -> PathBuf {
    fs::create_dir_all(folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, b"").unwrap();
    path
}

fn library(version: &str) -> String {
    if cfg!(target_os = "macos") {
        format!("libonnxruntime.{version}.dylib")
    } else {
        format!("libonnxruntime.so.{version}")
    }
}

fn outcomes(surroundings: &Surroundings) -> Vec<Outcome> {
    search(surroundings)
        .into_iter()
        .map(|candidate| candidate.outcome)
        .collect()
}

/// Every place but the variable has a library; each test takes away what it wants to.
fn furnished(root: &Path) -> Surroundings {
    let new = library("1.31.1");
    with_library(&root.join("program"), &new);
    with_library(&root.join("data/onnxruntime-1.31.1"), &new);
    let python = root.join("python/bin");
    fs::create_dir_all(&python).unwrap();
    fs::write(
        python.join(format!("python3{}", env::consts::EXE_SUFFIX)),
        b"\x7fELF",
    )
    .unwrap();
    with_library(
        &root.join("python/lib/python3.12/site-packages/onnxruntime/capi"),
        &new,
    );
    with_library(&root.join("system"), &new);
    Surroundings {
        variable: None,
        executable_folder: Some(root.join("program")),
        data_folder: Some(root.join("data")),
        path: python.into_os_string(),
        python_path: OsString::new(),
        home: None,
        loader_folders: vec![root.join("nowhere"), root.join("system")],
    }
}

#[test]
fn the_places_are_tried_in_order() {
    let root = tempfile::tempdir().unwrap();
    let mut surroundings = furnished(root.path());
    let mut expected = Vec::new();
    let mut next = |surroundings: &Surroundings| {
        let usable = first_usable(surroundings).unwrap();
        expected.push(usable.place);
        usable.path
    };
    surroundings.variable = Some(root.path().join("system").join(library("1.31.1")));
    next(&surroundings);
    surroundings.variable = None;
    for _ in 0..4 {
        fs::remove_file(next(&surroundings)).unwrap();
    }
    assert_eq!(expected, Place::ALL);
}

#[test]
fn later_places_are_shown_as_not_needed() {
    let root = tempfile::tempdir().unwrap();
    let found = search(&furnished(root.path()));
    assert_eq!(found[0].outcome, Outcome::NotFound("not set".into()));
    assert_eq!(found[1].outcome, Outcome::Used);
    assert_eq!(found[1].version.as_deref(), Some("1.31.1"));
    for candidate in &found[2..] {
        assert_eq!(candidate.outcome, Outcome::Skipped, "{candidate:?}");
        assert!(candidate.path.is_some(), "{candidate:?}");
    }
}

#[test]
fn an_old_version_is_passed_over_and_named() {
    let root = tempfile::tempdir().unwrap();
    let mut surroundings = furnished(root.path());
    let old = root.path().join("old");
    with_library(&old, &library("1.17.3"));
    surroundings.executable_folder = Some(old.clone());
    assert_eq!(
        outcomes(&surroundings)[1],
        Outcome::WrongVersion {
            found: "1.17.3".into()
        }
    );
    assert_eq!(
        first_usable(&surroundings).unwrap().place,
        Place::DataFolder
    );

    let only_old = Surroundings {
        executable_folder: Some(old),
        ..Surroundings::default()
    };
    let error = first_usable(&only_old).unwrap_err().to_string();
    assert!(error.contains("ONNX Runtime 1.17.3"), "{error}");
    assert!(error.contains("1.24 or newer"), "{error}");
    assert!(
        error.contains("lazydebugger doctor --install-runtime"),
        "{error}"
    );
}

#[test]
fn a_wrong_setting_is_an_error_and_never_passed_over() {
    let root = tempfile::tempdir().unwrap();
    let old = with_library(&root.path().join("old"), &library("1.17.3"));
    let folder = root.path().join("program");
    for (path, words) in [
        (root.path().join("missing.so"), "does not exist"),
        (folder, "set it to the file"),
        (
            root.path().to_path_buf(),
            "has no ONNX Runtime library in it",
        ),
        (old, "has version 1.17.3"),
    ] {
        let mut surroundings = furnished(root.path());
        surroundings.variable = Some(path);
        let error = first_usable(&surroundings).unwrap_err().to_string();
        assert!(error.starts_with("ORT_DYLIB_PATH is set to"), "{error}");
        assert!(error.contains(words), "{error}");
        let all = outcomes(&surroundings);
        assert!(matches!(all[0], Outcome::Wrong(_)), "{all:?}");
        assert!(!all.contains(&Outcome::Used), "{all:?}");
    }
}

#[test]
fn nothing_anywhere_tells_where_it_looked_and_what_to_do() {
    let error = first_usable(&Surroundings::default()).unwrap_err();
    assert!(error.can_be_installed(), "{error}");
    let error = error.to_string();
    assert!(error.contains("no python3 on the PATH"), "{error}");
    assert!(
        error.contains("lazydebugger doctor --install-runtime"),
        "{error}"
    );
}

#[test]
fn the_newest_of_several_is_taken() {
    let root = tempfile::tempdir().unwrap();
    for version in ["1.24.4", "1.31.1", "1.9.0"] {
        with_library(
            &root.path().join(format!("onnxruntime-{version}")),
            &library(version),
        );
    }
    with_library(&root.path().join(".installing-1"), &library("1.99.0"));
    let surroundings = Surroundings {
        data_folder: Some(root.path().into()),
        ..Surroundings::default()
    };
    let usable = first_usable(&surroundings).unwrap();
    assert!(usable.path.ends_with(library("1.31.1")), "{usable:?}");
}

#[test]
fn a_virtual_environment_hides_the_system_packages() {
    let root = tempfile::tempdir().unwrap();
    let mut surroundings = furnished(root.path());
    surroundings.executable_folder = None;
    surroundings.data_folder = None;
    let environment = root.path().join("venv");
    fs::create_dir_all(environment.join("bin")).unwrap();
    fs::create_dir_all(environment.join("lib/python3.12/site-packages")).unwrap();
    fs::write(environment.join("bin/python3"), b"\x7fELF").unwrap();
    fs::write(environment.join("pyvenv.cfg"), "home = /usr/bin\n").unwrap();
    let outer = surroundings.path.clone();
    surroundings.path = env::join_paths([environment.join("bin"), PathBuf::from(outer)]).unwrap();
    assert_eq!(
        first_usable(&surroundings).unwrap().place,
        Place::SystemLoader
    );
    let inside = environment.join("lib/python3.12/site-packages/onnxruntime/capi");
    let expected = with_library(&inside, &library("1.30.0"));
    assert_eq!(first_usable(&surroundings).unwrap().path, expected);
}

/// pyenv and asdf put scripts on the PATH: those have to be asked.
#[cfg(unix)]
#[test]
fn a_python_that_is_a_script_is_asked() {
    use std::os::unix::fs::PermissionsExt;

    let root = tempfile::tempdir().unwrap();
    let package = root.path().join("elsewhere/onnxruntime");
    let expected = with_library(&package.join("capi"), &library("1.31.1"));
    let shims = root.path().join("shims");
    fs::create_dir_all(&shims).unwrap();
    let script = shims.join("python3");
    fs::write(&script, format!("#!/bin/sh\necho {}\n", package.display())).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let surroundings = Surroundings {
        path: shims.into_os_string(),
        ..Surroundings::default()
    };
    assert_eq!(first_usable(&surroundings).unwrap().path, expected);
}

#[test]
fn a_package_tells_the_version_of_a_library_without_one() {
    let root = tempfile::tempdir().unwrap();
    let name = if cfg!(target_os = "macos") {
        "libonnxruntime.dylib"
    } else {
        "libonnxruntime.so"
    };
    let path = with_library(&root.path().join("onnxruntime/capi"), name);
    fs::create_dir(root.path().join("onnxruntime_gpu-1.28.0.dist-info")).unwrap();
    assert_eq!(version::of_library(&path).as_deref(), Some("1.28.0"));
}
