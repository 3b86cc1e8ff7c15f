//! How the engine is set: every setting of `[engine]`, each declared once.

use super::plain::plain;
use super::{Backend, CachePolicy, Codec, Columns, Device, Preset, Strategy};

/// More workers than any machine that this runs on has cores would only cost memory.
pub(crate) const MOST_THREADS: usize = 256;

/// Hands the settings of `[engine]` to a macro, which makes of them what its room needs: the struct
/// below, or in `settings` keys, flags, help and documentation.
///
/// Before the arrow is what a user writes: the key, its values, the flag with the name of its value,
/// and in words what holds where nothing is written. After it is how that is held, and the value
/// where nothing is written.
macro_rules! engine_settings {
    ($make:ident { $($head:tt)* }) => {
        $make! { $($head)* {
            /// Who is to run the models
            backend: Backend, flag "backend" "BACKEND", default "auto"
                => backend: Backend = Backend::Auto;

            /// What the models run on that ONNX Runtime runs: cpu, or a CUDA device such as cuda:0
            device: Device, flag "device" "DEVICE", default "cpu"
                => device: Device = Device::Cpu;

            /// When resources are loaded
            strategy: Strategy, flag "strategy" "STRATEGY", default "eager-core"
                => strategy: Strategy = Strategy::EagerCore;

            /// Load these first and keep them whatever the strategy, by name, such as
            /// dataset,model:forest; `shared`: what two or more of the selected dimensions need
            preload: Vec<String>, flag "preload" "NAMES"
                => preload: Vec<String> = Vec::new();

            /// Load ahead what history says will be needed, while nobody waits; only where a screen is
            /// open, and only where history teaches anything
            prefetch: On, flag "no-prefetch" "", default "true"
                => prefetch: bool = true;

            /// How thorough a run is
            preset: Preset, flag "preset" "PRESET", default "quick"
                => preset: Preset = Preset::Quick;

            /// Seed of everything random
            seed: u64, flag "seed" "N", default "42"
                => seed: u64 = 42;

            /// What the prediction cache gives up when there is no room for all
            cache_policy: CachePolicy, flag "cache-policy" "POLICY", default "quick"
                => cache_policy: CachePolicy = CachePolicy::Quick;

            /// Most entries of the prediction cache; 0 switches it off
            cache_entries: usize, flag "cache-entries" "N", default "128"
                => cache_entries: usize = 128;

            /// Most bytes of the prediction cache; 0 switches it off
            cache_bytes: Size, flag "cache-bytes" "SIZE", default "256MiB"
                => cache_bytes: u64 = 256 << 20;

            /// How old an entry of the prediction cache may be that nobody works with, such as 10m; an
            /// older one is made anew
            ttl: Span, flag "ttl" "TIME", default "no limit"
                => ttl_seconds: Option<f64> = None;

            /// Pack cached predictions while nobody works with them; exactly restored
            compress: Codec, flag "compress" "CODEC", default "not"
                => compress: Option<Codec> = None;

            /// Most bytes that resources may take together, by estimate, such as 2GB
            memory_budget: Size, flag "memory-budget" "SIZE", default "no limit"
                => memory_budget_bytes: Option<u64> = None;

            /// The same in the memory of each device
            device_memory_budget: Size, flag "device-memory-budget" "SIZE", default "no limit"
                => device_memory_budget_bytes: Option<u64> = None;

            /// Threads in all
            threads: Threads, flag "threads" "N", default "one a core"
                => threads: usize = one_a_core();

            /// Rows a prediction chunk
            chunk_rows: NonZeroUsize, flag "chunk-rows" "N", default "10000"
                => chunk_rows: usize = 10_000;

            /// How columns that only predictions pass over reach the models: as a whole, or batch by
            /// batch from the file
            columns: Columns, flag "columns" "COLUMNS", default "auto"
                => columns: Columns = Columns::Auto;
        } }
    };
}
pub(crate) use engine_settings;

engine_settings!(plain {
    /// How the engine is set. A log without one of these means what holds where nothing is written.
    EngineSettings
});

fn one_a_core() -> usize {
    let cores = std::thread::available_parallelism();
    cores.map_or(1, usize::from).min(MOST_THREADS)
}
