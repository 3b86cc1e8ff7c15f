//! `lazydebugger cache why`: which part of a resource is not what it was, down to the file or setting.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::output::Failure;
use crate::disk_cache::{DiskCache, NamedParts, Seen, SeenContent};
use crate::display::marked;
use crate::event::EventKind;
use crate::log::file;
use crate::settings::nearest;
use crate::vocabulary::{ContentId, Problem};

/// Deeper than any chain of inputs.
const MOST_DEPTH: usize = 16;

/// Arguments of `cache why`.
#[derive(Args)]
pub(in crate::cli) struct WhyArgs {
    /// A resource, such as predictions:random_forest@dataset, or outcome:fairness
    #[arg(value_name = "KEY")]
    key: String,
    /// Hold it against what it was in this recorded session [default: against what it was before]
    #[arg(long, value_name = "TRACE")]
    against: Option<PathBuf>,
}

/// What a name stands for, and what it stood for then.
struct Pair<'s> {
    now: &'s SeenContent,
    then: Option<(ContentId, Option<&'s NamedParts>)>,
}

pub(super) fn why(args: &WhyArgs, disk: &DiskCache) -> Result<String, Failure> {
    let all = disk.all_seen();
    let seen = all.iter().find(|seen| seen.names.contains_key(&args.key));
    let Some(seen) = seen else {
        return Err(unknown(&args.key, &all).into());
    };
    let recorded = args.against.as_deref().map(contents_in).transpose()?;
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "{} in {}",
        marked(&args.key),
        marked(&seen.experiment)
    );
    let pair = pair(seen, &args.key, recorded.as_deref());
    match &pair {
        Some(Pair { now, then: None }) => {
            let _ = writeln!(
                text,
                "  {} now; nothing is known of what it was before",
                now.content.short()
            );
        }
        Some(Pair {
            now,
            then: Some((then, _)),
        }) if *then == now.content => {
            let _ = writeln!(
                text,
                "  {} then and now: it is the same",
                now.content.short()
            );
        }
        Some(_) => tell(&mut text, seen, &args.key, recorded.as_deref(), 1),
        None => {}
    }
    Ok(text)
}

/// What a name stands for last, with what it stood for in a recording or else before.
fn pair<'s>(
    seen: &'s Seen,
    name: &str,
    recorded: Option<&[(String, ContentId)]>,
) -> Option<Pair<'s>> {
    let name_seen = seen.names.get(name)?;
    let now = &name_seen.last;
    let before = name_seen.before.as_ref();
    let then = match recorded {
        None => before.map(|before| (before.content, Some(&before.parts))),
        Some(recorded) => {
            let found = recorded.iter().rev().find(|(recorded, _)| recorded == name);
            found.map(|(_, content)| {
                let known = [Some(now), before].into_iter().flatten();
                let mut same = known.filter(|known| known.content == *content);
                (*content, same.next().map(|known| &known.parts))
            })
        }
    };
    Some(Pair { now, then })
}

fn tell(
    text: &mut String,
    seen: &Seen,
    name: &str,
    recorded: Option<&[(String, ContentId)]>,
    depth: usize,
) {
    let indent = "  ".repeat(depth);
    let Some(Pair {
        now,
        then: Some((then, parts)),
    }) = pair(seen, name, recorded)
    else {
        return;
    };
    if then == now.content || depth > MOST_DEPTH {
        return;
    }
    let Some(parts) = parts else {
        if depth > 1 {
            return;
        }
        let _ = writeln!(
            text,
            "{indent}{} then, {} now; what it was made from then is not known any more",
            then.short(),
            now.content.short()
        );
        return;
    };
    let mut is_any = false;
    for (part, id) in now.parts.iter().filter(|part| !parts.contains(part)) {
        is_any = true;
        let before = parts.iter().find(|(name, _)| name == part);
        let was = before.map_or_else(|| "not there".to_owned(), |(_, id)| id.short());
        let _ = writeln!(
            text,
            "{indent}{} was {was}, is {}",
            marked(part),
            id.short()
        );
        if part != name {
            tell(text, seen, part, recorded, depth + 1);
        }
    }
    for (part, _) in parts {
        if !now.parts.iter().any(|(name, _)| name == part) {
            is_any = true;
            let _ = writeln!(text, "{indent}{} is no part of it any more", marked(part));
        }
    }
    if !is_any {
        let _ = writeln!(
            text,
            "{indent}made from the same by another version of the program"
        );
    }
}

/// What every name stood for when it was asked for in a recording, in order.
fn contents_in(path: &Path) -> Result<Vec<(String, ContentId)>, Failure> {
    let trace = file::read(path).map_err(Failure::input)?;
    let mut contents = Vec::new();
    for event in trace.log.subscribe() {
        if let EventKind::Requested { name, content, .. } = &event.kind {
            contents.push((name.0.to_string(), *content));
        }
    }
    Ok(contents)
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
