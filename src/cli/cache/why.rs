//! `lazydebugger cache why`: which part of a resource is not what it was, down to the file or setting.

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;

use super::changes::{Before, Change, Names};
use super::recorded::Recorded;
use crate::cli::kept_session::recording;
use crate::cli::output::Failure;
use crate::disk_cache::{DiskCache, Seen};
use crate::display::marked;
use crate::explain::changes::change_sentence;
use crate::settings::nearest;
use crate::vocabulary::{ContentId, Problem};

/// Arguments of `cache why`.
#[derive(Args)]
pub(in crate::cli) struct WhyArgs {
    /// A resource, such as predictions:random_forest@dataset, or outcome:fairness
    #[arg(value_name = "KEY")]
    key: String,
    /// Hold it against what it was in this session: a recording, or the number of one that was kept
    /// [default: against what it was before]
    #[arg(long, value_name = "TRACE|N")]
    against: Option<PathBuf>,
}

pub(super) fn why(args: &WhyArgs, disk: &DiskCache) -> Result<String, Failure> {
    let recorded = match &args.against {
        Some(named) => Some(Recorded::read(&recording(named)?)?),
        None => None,
    };
    let seen = seen(args, disk, recorded.as_ref())?;
    let names = Names {
        disk,
        seen: &seen,
        recorded: recorded.as_ref(),
    };
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "{} in {}",
        marked(&args.key),
        marked(&seen.experiment)
    );
    let now = seen.names.get(&args.key).map(|name| name.last.content);
    match (now, names.before(&args.key)) {
        (Some(now), Before::Unknown) => {
            let _ = writeln!(
                text,
                "  {} now; nothing is known of what it was before",
                now.short()
            );
        }
        (Some(now), Before::Known(then, _)) if then == now => {
            let _ = writeln!(text, "  {} then and now: it is the same", now.short());
        }
        (Some(now), Before::Known(then, _)) => {
            tell(&mut text, &args.key, (then, now), &names.changes(&args.key));
        }
        (None, _) => {}
    }
    Ok(text)
}

/// What is remembered of the experiment that is meant: that of the recording, or else the one opened last
/// that has such a name.
fn seen(args: &WhyArgs, disk: &DiskCache, recorded: Option<&Recorded>) -> Result<Seen, Failure> {
    let has_name = |seen: &Seen| seen.names.contains_key(&args.key);
    let is_recorded = |seen: &Seen| {
        has_name(seen) && recorded.is_none_or(|recorded| recorded.experiment == seen.experiment)
    };
    let found = disk
        .find_seen(is_recorded)
        .or_else(|| disk.find_seen(has_name));
    found.ok_or_else(|| unknown(&args.key, &disk.all_seen()).into())
}

fn tell(text: &mut String, key: &str, (then, now): (ContentId, ContentId), changes: &[Change]) {
    let mut chain = Vec::new();
    let mut at = changes;
    while let Some(first) = at.first() {
        chain.push(first.part.as_str());
        at = &first.within;
    }
    if chain.is_empty() {
        let _ = writeln!(
            text,
            "  {} then, {} now; what it was made from then is not known any more",
            then.short(),
            now.short()
        );
        return;
    }
    let _ = writeln!(text, "  {}", marked(&change_sentence(key, &chain)));
    list(text, changes, 2);
}

fn list(text: &mut String, changes: &[Change], depth: usize) {
    let indent = "  ".repeat(depth);
    for change in changes {
        let part = marked(&change.part);
        let _ = match (change.was, change.is) {
            (Some(was), Some(is)) => {
                writeln!(
                    text,
                    "{indent}{part} was {}, is {}",
                    was.short(),
                    is.short()
                )
            }
            (None, Some(is)) => writeln!(text, "{indent}{part} was not there, is {}", is.short()),
            (_, None) => writeln!(text, "{indent}{part} is no part of it any more"),
        };
        list(text, &change.within, depth + 1);
    }
}

fn unknown(key: &str, all: &[Seen]) -> Problem {
    let names = all.iter().flat_map(|seen| seen.names.keys());
    let names: Vec<&str> = names.map(String::as_str).collect();
    let problem = Problem::new(format!("no session that was kept has asked for `{key}`"));
    match nearest(key, names.iter().copied()) {
        Some(near) => problem.remedy(format!("did you mean `{near}`?")),
        None => problem.remedy("`lazydebugger cache list` names what is kept"),
    }
}
