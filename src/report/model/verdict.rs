//! How a whole run went, in one line.

use super::RunReport;
use super::document::Said;
use super::words::count;
use crate::event::DimensionStatus;
use crate::explain::Tone;

impl RunReport<'_> {
    /// The first thing to say: whether all is well, and what is not.
    pub fn verdict(&self) -> Said {
        let of = |status| self.dimensions.iter().filter(move |d| d.status == status);
        let names = |status| {
            let names = of(status).map(|d| d.dimension.name());
            names.collect::<Vec<_>>().join(", ")
        };
        match self.exit_code() {
            0 => {
                let ran = of(DimensionStatus::Ok).count() as u64;
                let gates = self.gates().count() as u64;
                let ran = count(ran, "dimension", "dimensions");
                let words = match gates {
                    0 => format!("passed: {ran}, no gates"),
                    _ => format!("passed: {ran}, {}", count(gates, "gate", "gates")),
                };
                Said::new(Tone::Good, words)
            }
            1 => {
                let failed = self.gates().filter(|gate| !gate.passed).count();
                let all = self.gates().count() as u64;
                let words = format!("FAILED: {failed} of {}", count(all, "gate", "gates"));
                Said::new(Tone::Bad, words)
            }
            130 => Said::new(Tone::Warning, "cancelled"),
            _ => match names(DimensionStatus::Error) {
                none if none.is_empty() => Said::new(Tone::Bad, "ERROR: nothing ran"),
                names => Said::new(Tone::Bad, format!("ERROR: {names} could not run")),
            },
        }
    }
}
