//! What the operating system says of this process: when it began, what memory it takes; and giving
//! freed memory back to it.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

use crate::event::MemorySample;

/// The process as it was before it read anything.
#[derive(Clone, Copy, Debug)]
pub struct ProcessStart {
    /// When it began, as near as the system tells.
    pub began: Instant,
    /// Its memory then.
    pub memory: MemorySample,
}

static START: OnceLock<ProcessStart> = OnceLock::new();

/// The start of the process. Whoever owns `main` asks first thing; later, the memory is that of the
/// first question.
pub fn start() -> &'static ProcessStart {
    START.get_or_init(|| {
        let now = Instant::now();
        let began = now.checked_sub(time_before_main()).unwrap_or(now);
        ProcessStart {
            began,
            memory: MemoryMeter::default().sample(),
        }
    })
}

/// Loading the program takes milliseconds before its first line: the time that the process has been
/// on a processor, or has waited for one.
fn time_before_main() -> Duration {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let mut fields = text.split_ascii_whitespace();
    let mut next = || fields.next().and_then(|field| field.parse().ok());
    match (next(), next()) {
        (Some(running), Some(waiting)) => {
            Duration::from_nanos(running) + Duration::from_nanos(waiting)
        }
        _ => Duration::ZERO,
    }
}

/// Reads the process's memory; keeps what makes the next reading cheap.
pub struct MemoryMeter {
    system: System,
    pid: Option<Pid>,
    peak_rss_bytes: u64,
    sampled: Option<Instant>,
    /// Does the system remember the peak?
    peak_is_told: bool,
}

/// Where the system remembers the peak, samples in a row are not taken quicker than this.
const LEAST_INTERVAL: Duration = Duration::from_millis(10);

impl Default for MemoryMeter {
    fn default() -> Self {
        Self {
            system: System::new(),
            pid: sysinfo::get_current_pid().ok(),
            peak_rss_bytes: 0,
            sampled: None,
            peak_is_told: false,
        }
    }
}

impl MemoryMeter {
    /// Would another sample tell something new?
    pub fn is_due(&self) -> bool {
        let is_fresh = |sampled: Instant| sampled.elapsed() < LEAST_INTERVAL;
        !(self.peak_is_told && self.sampled.is_some_and(is_fresh))
    }

    /// The process now.
    pub fn sample(&mut self) -> MemorySample {
        self.sampled = Some(Instant::now());
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let field = |name| status_field(&status, name);
        // Where there is such a file it says all; asking for a process takes many more.
        let rss_bytes = field("VmRSS:").unwrap_or_else(|| self.resident_set());
        let peak = field("VmHWM:");
        self.peak_is_told = peak.is_some();
        self.peak_rss_bytes = self.peak_rss_bytes.max(rss_bytes).max(peak.unwrap_or(0));
        MemorySample {
            rss_bytes,
            anonymous_bytes: field("RssAnon:"),
            file_bytes: field("RssFile:"),
            peak_rss_bytes: self.peak_rss_bytes,
        }
    }

    fn resident_set(&mut self) -> u64 {
        let Some(pid) = self.pid else {
            return 0;
        };
        self.system.refresh_processes_specifics(
            ProcessesToUpdate::Some(&[pid]),
            false,
            ProcessRefreshKind::nothing().with_memory(),
        );
        self.system.process(pid).map_or(0, sysinfo::Process::memory)
    }
}

/// From now on the peak of this process's memory is that of what follows; does the system do that?
pub fn forget_peak() -> bool {
    std::fs::write("/proc/self/clear_refs", "5").is_ok()
}

/// Main memory of the machine, where the system tells it.
pub fn total_memory_bytes() -> Option<u64> {
    let mut system = System::new();
    system.refresh_memory();
    Some(system.total_memory()).filter(|bytes| *bytes > 0)
}

/// The processor's name, where the system tells it.
pub fn processor_name() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let names = text.lines().filter(|line| line.starts_with("model name"));
    let mut names = names.filter_map(|line| Some(line.split_once(':')?.1.trim().to_owned()));
    names.next()
}

/// The signals that this process was told to ignore when it was started, a bit each; none where the
/// system does not tell.
pub fn ignored_signals() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|l| l.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}

/// A size line of `/proc/self/status`, in bytes.
fn status_field(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|l| l.strip_prefix(name))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// Gives freed heap back to the operating system. glibc keeps freed small blocks, so without this
/// the resident set does not follow what was freed; elsewhere it does nothing.
pub fn give_back_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        #[allow(unsafe_code, reason = "malloc_trim has no safe binding")]
        // SAFETY: malloc_trim takes a plain number, locks the heap itself and may be called from
        // any thread at any time.
        unsafe {
            libc::malloc_trim(0);
        }
    }
}
