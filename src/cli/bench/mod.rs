//! `lazydebugger bench`: the tables of the documentation and of the paper, measured on this machine; a
//! table a file.

mod adaptive;
mod dimensions;
mod footprint;
mod inference;
mod memory;
mod overhead;
mod paper;
mod peers;

use clap::{Args, Subcommand};

use super::output::Failure;

/// Arguments of `bench`.
#[derive(Args)]
pub(super) struct BenchArgs {
    #[command(subcommand)]
    table: Table,
}

#[derive(Subcommand)]
enum Table {
    /// The paper's tables, each figure beside the paper's: set-up, memory, cache, ablation, overhead,
    /// scaling, fifty workflows, a build
    #[command(after_help = paper::EXAMPLES)]
    Paper(paper::PaperArgs),
    /// What other libraries take for the same, in a Python of yours: whole dimensions, and trees
    Peers(peers::PeersArgs),
    /// The native backend beside ONNX Runtime at its best: speed, opening, memory, differences
    Inference(inference::InferenceArgs),
    /// Lazy loading beside eager when all five dimensions are run: what laziness costs
    Overhead(Box<overhead::OverheadArgs>),
    /// How long each dimension takes under each preset, from cold caches
    Dimensions(Box<dimensions::DimensionsArgs>),
    /// Whether loading ahead by what history teaches pays, for users with habits and one without
    Adaptive(adaptive::AdaptiveArgs),
    /// What a run takes in memory under each strategy, beside eager, each in a process of its own
    Memory(Box<memory::MemoryArgs>),
    /// What one model adds to the memory of a fresh process
    #[command(hide = true)]
    Footprint(footprint::FootprintArgs),
}

pub(super) fn bench(args: &BenchArgs) -> Result<u8, Failure> {
    match &args.table {
        Table::Paper(args) => paper::paper(args),
        Table::Peers(args) => peers::peers(args),
        Table::Inference(args) => inference::inference(args),
        Table::Overhead(args) => overhead::overhead(args),
        Table::Dimensions(args) => dimensions::dimensions(args),
        Table::Adaptive(args) => adaptive::adaptive(args),
        Table::Memory(args) => memory::memory(args),
        Table::Footprint(args) => footprint::footprint(args),
    }
}
