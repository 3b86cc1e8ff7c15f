//! The machine that figures are of: without it they say little.

use serde::Serialize;

use crate::event::TOOL;
use crate::process::{processor_name, total_memory_bytes};

/// What was measured on.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// The processor's name, where the system tells it.
    pub processor: Option<String>,
    /// Cores that the program may use.
    pub cores: usize,
    /// Main memory.
    pub memory_bytes: Option<u64>,
    /// Operating system and architecture.
    pub system: String,
    /// The program and its version.
    pub program: &'static str,
    /// Is it a debug build, whose times say little?
    pub debug_build: bool,
}

impl Machine {
    pub(in crate::bench) fn here() -> Self {
        Self {
            processor: processor_name(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_bytes: total_memory_bytes(),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            program: TOOL,
            debug_build: cfg!(debug_assertions),
        }
    }

    /// In a sentence.
    pub(in crate::bench) fn words(&self) -> String {
        let processor = self.processor.as_deref().unwrap_or("unknown processor");
        let memory = self.memory_bytes.map_or_else(
            || "unknown memory".to_owned(),
            |bytes| format!("{:.0} GiB of memory", bytes as f64 / f64::from(1 << 30)),
        );
        let debug = if self.debug_build {
            ", a debug build: its times say little"
        } else {
            ""
        };
        format!(
            "{processor}, {} cores, {memory}, {}; {}{debug}",
            self.cores, self.system, self.program
        )
    }
}
