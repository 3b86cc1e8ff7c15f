//! Where the folder lies: a disk without room, one that is read only, folders of others.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cli::desk::{Desk, Outcome};

use super::{ANSWERED, KEPT, desk, found, kept, run};

/// A small file system of its own, for as long as it is wanted.
struct Mount(PathBuf);

impl Mount {
    /// None where this user may not mount one.
    fn of(path: &Path, kilobytes: u32) -> Option<Self> {
        fs::create_dir_all(path).unwrap();
        let size = format!("size={kilobytes}k,mode=0700");
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", &size, "none"]).arg(path);
        let mounted = command.output().is_ok_and(|output| output.status.success());
        if !mounted {
            println!("left out: only root can mount a small disk, and not everywhere");
        }
        mounted.then(|| Self(path.to_owned()))
    }

    fn make_read_only(&self) {
        let mut command = Command::new("mount");
        command.args(["-o", "remount,ro"]).arg(&self.0);
        assert!(command.status().unwrap().success());
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn verifies(desk: &Desk) {
    let verified = desk.run_with(&["cache", "verify"], |command| {
        command.env("LAZYDEBUGGER_CACHE_DIR", desk.path(KEPT));
    });
    assert_eq!(verified.code, Some(0), "{}", verified.stdout);
}

#[test]
fn a_disk_without_room_keeps_what_fits_and_changes_no_answer() {
    let desk = desk();
    let alone = found(&run(&desk, &["--no-disk-cache"]));
    for kilobytes in [16, 64, 160, 400] {
        let Some(_mount) = Mount::of(&desk.path(KEPT), kilobytes) else {
            return;
        };
        for _ in 0..3 {
            let report = run(&desk, &[]);
            assert_eq!(found(&report), alone, "{kilobytes} kB");
        }
        verifies(&desk);
    }
}

#[test]
fn a_data_folder_without_room_stops_no_run() {
    let desk = desk();
    let Some(_mount) = Mount::of(&desk.path("data"), 32) else {
        return;
    };
    for _ in 0..3 {
        run(&desk, &[]);
    }
}

#[test]
fn a_disk_that_is_read_only_is_read() {
    let desk = desk();
    let alone = found(&run(&desk, &["--no-disk-cache"]));
    let Some(mount) = Mount::of(&desk.path(KEPT), 10_000) else {
        return;
    };
    run(&desk, &["--dimensions", "fairness,uncertainty"]);
    mount.make_read_only();
    let second = run(&desk, &[]);
    assert_eq!(kept(&second), ["fairness", "uncertainty"]);
    assert_eq!(found(&second), alone);
    verifies(&desk);
}

/// Runs the program as a user without rights; none where that cannot be done here.
fn as_nobody(desk: &Desk, arguments: &[&str]) -> Option<Outcome> {
    let program = desk.path("program");
    if !program.exists() {
        fs::copy(env!("CARGO_BIN_EXE_lazydebugger"), &program).unwrap();
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
    command.arg(program).args(arguments);
    desk.prepare(&mut command);
    command.env("LAZYDEBUGGER_CACHE_DIR", desk.path(KEPT));
    let output = command.output().ok()?;
    let is_refused = String::from_utf8_lossy(&output.stderr).contains("setpriv:");
    if is_refused {
        println!("left out: only root can become another user");
    }
    (!is_refused).then(|| Outcome::of(&output))
}

fn give_to_nobody(path: &Path) -> bool {
    let mut command = Command::new("chown");
    command.args(["-R", "65534:65534"]).arg(path);
    command.output().is_ok_and(|output| output.status.success())
}

#[test]
fn without_rights_it_is_read_where_it_can_be_and_done_without_where_not() {
    let desk = desk();
    let alone = found(&run(&desk, &["--no-disk-cache"]));
    run(&desk, &["--dimensions", "fairness"]);
    let root = desk.path("");
    let is_given = give_to_nobody(&root);
    if !is_given {
        println!("left out: only root can give files away");
        return;
    }
    let json = ["run", "--format", "json", "work/experiment.toml"];
    let is_as_alone = |outcome: &Outcome| assert_eq!(found(&outcome.report(0)), alone);
    let folders = ["", "v1", "v1/ac", "v1/cas", "v1/tmp", "v1/seen", "v1/aside"];
    let set = |mode: u32| {
        for folder in folders {
            let path = desk.path(KEPT).join(folder);
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    // It can be read, and not written to.
    set(0o500);
    let Some(second) = as_nobody(&desk, &json) else {
        return;
    };
    assert_eq!(kept(&second.report(0)), ["fairness"]);
    is_as_alone(&second);
    // It cannot even be looked into.
    set(0);
    let third = as_nobody(&desk, &json).unwrap();
    assert_eq!(kept(&third.report(0)), [""; 0]);
    is_as_alone(&third);
    // It belongs to somebody else.
    set(0o700);
    let mut command = Command::new("chown");
    command.args(["-R", "0:0"]).arg(desk.path(KEPT));
    assert!(command.status().unwrap().success());
    let fourth = as_nobody(&desk, &json).unwrap();
    assert_eq!(kept(&fourth.report(0)), [""; 0]);
    is_as_alone(&fourth);
    // It could be written to by all: nothing is taken from it.
    assert!(give_to_nobody(&desk.path(KEPT)));
    set(0o777);
    let fifth = as_nobody(&desk, &json).unwrap();
    assert_eq!(kept(&fifth.report(0)), [""; 0]);
    assert!(
        fifth.stderr.contains("others may write to it"),
        "{}",
        fifth.stderr
    );
    is_as_alone(&fifth);
    // And once it is as it should be, all is kept.
    set(0o700);
    as_nobody(&desk, &json).unwrap();
    let last = as_nobody(&desk, &json).unwrap();
    assert_eq!(kept(&last.report(0)), ANSWERED);
}
