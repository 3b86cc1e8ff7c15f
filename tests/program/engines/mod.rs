//! Runs on engines that exist: Ray, for which a real one is named, and one that is played; Slurm, started
//! here where it is installed; manifests against their schemas.
#![allow(
    clippy::print_stdout,
    reason = "what was left out, since there is no server for it"
)]

mod manifests;
mod played;
mod played_ray;
mod ray;
mod slurm;

use std::fs;
use std::path::Path;

/// The number of a process of this machine whose command line, its words apart by spaces, is one.
fn process(is_it: impl Fn(&str) -> bool) -> Option<u32> {
    let numbers = fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let name = entry.ok()?.file_name();
        name.to_str()?.parse().ok()
    });
    numbers.filter(|number| is_it(&command_line(*number))).min()
}

fn command_line(process: u32) -> String {
    let bytes = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).replace('\0', " ")
}

/// Who started a process.
fn parent(process: u32) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("PPid:"))?;
    line.trim().parse().ok()
}

fn kill(process: u32) {
    let killed = std::process::Command::new("kill")
        .args(["-9", &process.to_string()])
        .status();
    assert!(killed.unwrap().success());
}

/// Is a program on the `PATH`, or where Debian has programs of its administrators?
fn find(program: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let usual = ["/usr/sbin", "/usr/local/sbin"].map(std::path::PathBuf::from);
    let folders = std::env::split_paths(&path).chain(usual);
    let found = folders.map(|folder| folder.join(program));
    found.into_iter().find(|path| Path::is_file(path))
}
