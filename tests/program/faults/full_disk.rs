//! A disk that is full at any byte, as a limit on what may be written.

use super::play;
use super::stage::{REPORT, Stage, TRACE};

#[test]
fn a_full_disk_costs_nothing_that_was_there() {
    play("full disk", |chance| {
        let stage = Stage::of_any_format(chance);
        stage.with_old_outputs(chance);
        // In blocks of 512 bytes; a report has some hundred, a trace some more.
        let limits = format!("ulimit -f {} &&", chance.below(800));
        let outputs = ["--output", REPORT, "--trace", TRACE];
        let run = ["run", "experiment.toml", "--format", "json"];
        let arguments = match chance.below(4) {
            0 => vec!["generate", "--rows", "2000", "--output", "new"],
            1 => [&run[..], &outputs[..2]].concat(),
            2 => [&run[..], &outputs[2..]].concat(),
            _ => [&run[..], &outputs].concat(),
        };
        let ended = stage.start(&limits, &arguments).wait();
        stage.holds(&ended, &[0, 1, 2]);
    });
}
