//! `lazydebugger why`: a resource of a recorded session explained, as the screen does.

use std::path::PathBuf;

use clap::Args;

use super::output::{self, Failure};
use crate::explain::why::{Fact, identity, relations, story};
use crate::explain::{evidence, names};
use crate::ledger::{Ledger, ResourceRecord};
use crate::log::file;
use crate::settings::nearest;
use crate::vocabulary::{Problem, ResourceName};

/// Columns of the labels.
const LABEL: usize = 14;

/// Arguments of `why`.
#[derive(Args)]
pub(super) struct WhyArgs {
    /// The recording that `--trace` made
    #[arg(value_name = "TRACE")]
    trace: PathBuf,
    /// The resource, such as predictions:forest@dataset; without it, all are listed
    #[arg(value_name = "RESOURCE")]
    resource: Option<String>,
}

pub(super) fn why(args: &WhyArgs) -> Result<u8, Failure> {
    let trace = file::read(&args.trace).map_err(Failure::input)?;
    let ledger = trace.log.ledger();
    let Some(name) = &args.resource else {
        let lines = ledger.resources().iter();
        let lines = lines.map(|r| format!("{:<10} {}\n", r.state.name(), r.name));
        output::page(&lines.collect::<String>())?;
        return Ok(0);
    };
    let resource = find(&ledger, name).ok_or_else(|| unknown(&ledger, name, args))?;
    let mut facts = identity(resource, ledger.now);
    facts.extend(story(&ledger, resource, "->"));
    facts.extend(evidence::facts(&ledger, resource));
    facts.extend(relations(&ledger, resource));
    let lines = facts.iter().map(line);
    output::page(&format!("{}\n{}", resource.name, lines.collect::<String>()))?;
    Ok(0)
}

/// By its name, or by its name without its kind.
fn find<'a>(ledger: &'a Ledger, name: &str) -> Option<&'a ResourceRecord> {
    let whole = ledger.resource(&ResourceName::from(name));
    let mut all = ledger.resources().iter();
    whole.or_else(|| all.find(|resource| names::short_name(&resource.name.0) == name))
}

fn unknown(ledger: &Ledger, name: &str, args: &WhyArgs) -> Problem {
    let known = ledger.resources().iter().map(|resource| &*resource.name.0);
    let problem = Problem::new(format!("there is no resource `{name}`")).in_file(&args.trace);
    match nearest(name, known) {
        Some(near) => problem.remedy(format!("did you mean `{near}`?")),
        None => problem.remedy("without a name, all of them are listed"),
    }
}

fn line(fact: &Fact) -> String {
    format!("{:<LABEL$}{}\n", fact.label, fact.words)
}
