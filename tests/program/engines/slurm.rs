//! The manifest for Slurm on a Slurm of this machine, which is started for as long as the test lasts.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::find;
use crate::kept::{desk, found};
use crate::shared::servers::{free_port, is_missing, within};

const EXPERIMENT: &str = "work/experiment.toml";
/// How long the array and the merge may take together.
const JOBS: Duration = Duration::from_mins(3);

/// Slurm's daemons on one machine, with what they keep in a folder.
struct Slurm {
    daemons: Vec<Child>,
    folder: TempDir,
}

impl Slurm {
    fn start() -> Option<Self> {
        let programs = ["munged", "slurmctld", "slurmd", "sbatch"].map(find);
        let [Some(munged), Some(controller), Some(node), Some(_)] = programs else {
            return is_missing("Slurm is not installed (apt: slurm-wlm, munge)");
        };
        let mut slurm = Self {
            daemons: Vec::new(),
            folder: tempfile::tempdir().unwrap(),
        };
        slurm.write_settings();
        let at = |name: &str| slurm.folder.path().join(name).display().to_string();
        let munge = [
            "--foreground".to_owned(),
            format!("--key-file={}", at("key")),
            format!("--socket={}", at("socket")),
            format!("--pid-file={}", at("munged.pid")),
            format!("--log-file={}", at("munged.log")),
            format!("--seed-file={}", at("seed")),
            "--force".to_owned(),
        ];
        let settings = at("slurm.conf");
        let begin = |program: &std::path::Path, arguments: &[String]| {
            let log = fs::File::create(slurm.folder.path().join("daemons.log"));
            Command::new(program)
                .args(arguments)
                .stdout(Stdio::null())
                .stderr(log.unwrap())
                .spawn()
                .unwrap()
        };
        let in_front = |more: &[&str]| {
            let all = ["-D", "-f", &settings].into_iter();
            let all = all.chain(more.iter().copied());
            all.map(str::to_owned).collect::<Vec<_>>()
        };
        let munged = begin(&munged, &munge);
        let controller = begin(&controller, &in_front(&[]));
        let node = begin(&node, &in_front(&["-N", &host()]));
        slurm.daemons = vec![munged, controller, node];
        within(JOBS, "Slurm's node is idle", || {
            let told = slurm.command("sinfo").args(["-h", "-o", "%T"]).output();
            let text = String::from_utf8(told.unwrap().stdout).unwrap();
            (text.trim() == "idle").then_some(())
        });
        Some(slurm)
    }

    fn write_settings(&self) {
        let folder = self.folder.path();
        let key = folder.join("key");
        let mut bytes = [0; 256];
        let mut random = fs::File::open("/dev/urandom").unwrap();
        random.read_exact(&mut bytes).unwrap();
        fs::write(&key, bytes).unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        for name in ["state", "spool"] {
            fs::create_dir(folder.join(name)).unwrap();
        }
        let (at, host) = (folder.display(), host());
        let user = String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout);
        let user = user.unwrap();
        let user = user.trim();
        let (controller, node) = (free_port(), free_port());
        // More processors and memory than there may be, as much as the manifest asks for; no control
        // groups, which a container may not have.
        let text = format!(
            "ClusterName=test\n\
             SlurmctldHost={host}(127.0.0.1)\n\
             SlurmUser={user}\n\
             SlurmdUser={user}\n\
             SlurmctldPort={controller}\n\
             SlurmdPort={node}\n\
             AuthType=auth/munge\n\
             AuthInfo=socket={at}/socket\n\
             StateSaveLocation={at}/state\n\
             SlurmdSpoolDir={at}/spool\n\
             SlurmctldPidFile={at}/slurmctld.pid\n\
             SlurmdPidFile={at}/slurmd.pid\n\
             SlurmctldLogFile={at}/slurmctld.log\n\
             SlurmdLogFile={at}/slurmd.log\n\
             ProctrackType=proctrack/linuxproc\n\
             TaskPlugin=task/none\n\
             JobAcctGatherType=jobacct_gather/none\n\
             AccountingStorageType=accounting_storage/none\n\
             SelectType=select/cons_tres\n\
             SelectTypeParameters=CR_Core\n\
             MpiDefault=none\n\
             SlurmdParameters=config_overrides\n\
             NodeName={host} NodeAddr=127.0.0.1 CPUs=8 RealMemory=16000 State=UNKNOWN\n\
             PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP\n"
        );
        fs::write(folder.join("slurm.conf"), text).unwrap();
    }

    /// A program that sees this Slurm and ours.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let ours = std::path::Path::new(env!("CARGO_BIN_EXE_lazydebugger"));
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(ours.parent().unwrap().to_owned());
        let folders = folders.chain(std::env::split_paths(&path));
        command
            .env("SLURM_CONF", self.folder.path().join("slurm.conf"))
            .env("PATH", std::env::join_paths(folders).unwrap());
        command
    }

    fn logs(&self) -> String {
        let names = ["slurmctld.log", "slurmd.log", "munged.log", "daemons.log"];
        let texts = names.map(|name| fs::read_to_string(self.folder.path().join(name)));
        texts.into_iter().flatten().collect()
    }
}

impl Drop for Slurm {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("{}", self.logs());
        }
        // The controller before those whom it would miss.
        for daemon in self.daemons.iter_mut().rev() {
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
    }
}

/// The name of this machine, as Slurm has it.
fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    name.trim().split('.').next().unwrap().to_owned()
}

#[test]
fn slurm_runs_its_manifest_to_the_report_of_one_machine() {
    let Some(slurm) = Slurm::start() else {
        return;
    };
    let desk = desk();
    let written = desk.run(&[
        "shard", "manifest", "--for", "slurm", "--shards", "3", EXPERIMENT, "--", "--preset",
        "quick",
    ]);
    assert_eq!(written.code, Some(0), "{}", written.stderr);
    desk.write("run.sh", &written.stdout);
    let mut submit = slurm.command("sh");
    submit.arg("run.sh");
    desk.prepare(&mut submit);
    // Slurm hands the environment on; the program is told the rest by its words.
    let submitted = submit.env("REPORT", "report.json").output().unwrap();
    assert!(
        submitted.status.success(),
        "{submitted:?}\n{}",
        slurm.logs()
    );
    let report = within(JOBS, "the merge ends", || {
        // A report is there when it is whole.
        let text = fs::read_to_string(desk.path("report.json")).ok()?;
        Some(serde_json::from_str(&text).unwrap())
    });
    let whole = desk.report(0, &[EXPERIMENT, "--preset", "quick"]);
    assert_eq!(found(&report), found(&whole));
    for shard in 1..=3 {
        assert!(desk.path(&format!("parts/part-{shard}.lzd")).is_file());
    }
}
