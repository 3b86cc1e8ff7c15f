//! `lazydebugger cache`: what is kept on this disk for later sessions.

mod changes;
mod recorded;
mod why;

use std::fmt::Write;
use std::time::SystemTime;

use clap::{Args, Subcommand};
use serde_json::json;

use super::output::{self, Failure, Format};
use crate::disk_cache::{self, DiskCache, ListedEntry};
use crate::display::{age, bytes, count, marked, seconds};
use crate::settings::Size;
use crate::vocabulary::Problem;

/// Exit code where entries were damaged.
const DAMAGED: u8 = 1;

/// Arguments of `cache`.
#[derive(Args)]
pub(super) struct CacheArgs {
    #[command(subcommand)]
    command: CacheCommand,
}

#[derive(Subcommand)]
enum CacheCommand {
    /// Show what is kept, and how much room it takes
    Status,
    /// List all entries, the last used first
    List {
        /// How to list
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Check every entry; damaged ones are set aside (exit 1)
    Verify,
    /// Give up the oldest entries that save least until the rest fits
    Prune {
        /// Into so many bytes [default: the quota]
        #[arg(long, value_name = "SIZE")]
        to: Option<Size>,
    },
    /// Forget everything that is kept
    Clear,
    /// Print the folder
    Path,
    /// Show which part of a resource is not what it was: which file or which setting
    Why(why::WhyArgs),
}

pub(super) fn cache(args: &CacheArgs) -> Result<u8, Failure> {
    let place = disk_cache::place().ok_or_else(|| {
        let problem = Problem::new("there is no disk cache: no folder for data is known");
        Failure::from(problem.remedy("set LAZYDEBUGGER_CACHE_DIR to a folder"))
    })?;
    if matches!(args.command, CacheCommand::Path) {
        output::data(&format!("{}\n", marked(&place.to_string_lossy())))?;
        return Ok(0);
    }
    let disk = DiskCache::open(&place, None)?;
    match &args.command {
        CacheCommand::Status => output::data(&status(&disk))?,
        CacheCommand::List { format } => {
            let entries = disk.entries();
            let text = match format {
                Format::Text => list(&entries),
                Format::Json => output::json(&list_json(&entries)),
            };
            output::data(&text)?;
        }
        CacheCommand::Verify => return verify(&disk),
        CacheCommand::Prune { to } => {
            let pruned = disk.prune(to.map_or(disk.quota(), u64::from));
            told(
                &format!("{} given up", counted(pruned.entries)),
                pruned.bytes,
            )?;
        }
        CacheCommand::Clear => {
            let cleared = disk.clear();
            told(
                &format!("{} forgotten", counted(cleared.entries)),
                cleared.bytes,
            )?;
        }
        CacheCommand::Path => {}
        CacheCommand::Why(args) => output::data(&why::why(args, &disk)?)?,
    }
    Ok(0)
}

fn told(words: &str, freed: u64) -> Result<(), Failure> {
    output::data(&format!("{words}, {} freed\n", bytes(freed)))
}

fn counted(entries: u64) -> String {
    let noun = if entries == 1 { "entry" } else { "entries" };
    format!("{} {noun}", count(entries))
}

/// What an entry is, by its name: `predictions`, `outcome`, `header` and the like.
fn kind(entry: &ListedEntry) -> &str {
    let name = entry.entry.name.as_str();
    name.split(':').next().unwrap_or(name)
}

fn status(disk: &DiskCache) -> String {
    let usage = disk.usage();
    let entries = disk.entries();
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "folder   {}", marked(&disk.path().to_string_lossy()));
    let _ = writeln!(
        text,
        "takes    {} of {}, {}",
        bytes(usage.bytes),
        bytes(disk.quota()),
        counted(usage.entries)
    );
    if usage.aside > 0 {
        let _ = writeln!(text, "aside    {} damaged", counted(usage.aside));
    }
    let mut kinds: Vec<(&str, u64, u64, f64)> = Vec::new();
    for entry in &entries {
        let known = kinds.iter_mut().find(|(name, ..)| *name == kind(entry));
        match known {
            Some((_, number, bytes, saves)) => {
                *number += 1;
                *bytes += entry.bytes;
                *saves += entry.entry.seconds;
            }
            None => kinds.push((kind(entry), 1, entry.bytes, entry.entry.seconds)),
        }
    }
    kinds.sort_by_key(|(_, _, bytes, _)| std::cmp::Reverse(*bytes));
    for (name, number, taken, saves) in kinds {
        let _ = writeln!(
            text,
            "  {:<22}{:>8}{:>12}  {} to make",
            marked(name),
            count(number),
            bytes(taken),
            seconds(saves)
        );
    }
    text
}

/// How long ago something was.
fn since(time: SystemTime) -> u64 {
    let age = SystemTime::now().duration_since(time);
    age.map_or(0, |age| age.as_secs())
}

fn stored_since(entry: &ListedEntry) -> u64 {
    since(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(entry.entry.stored_at))
}

fn list(entries: &[ListedEntry]) -> String {
    let mut text = String::from("key             bytes     saves      kept      used  name\n");
    for entry in entries {
        let _ = writeln!(
            text,
            "{}{:>12}{:>10}{:>10}{:>10}  {}",
            entry.key.short(),
            bytes(entry.bytes),
            seconds(entry.entry.seconds),
            age(stored_since(entry)),
            age(since(entry.used)),
            marked(&entry.entry.name)
        );
    }
    text
}

fn list_json(entries: &[ListedEntry]) -> serde_json::Value {
    let entries = entries.iter().map(|entry| {
        json!({
            "key": entry.key.to_string(),
            "name": entry.entry.name,
            "detail": entry.entry.detail,
            "bytes": entry.bytes,
            "seconds": entry.entry.seconds,
            "stored_at": entry.entry.stored_at,
            "used_seconds_ago": since(entry.used),
        })
    });
    json!({ "schema": crate::event::SCHEMA, "entries": entries.collect::<Vec<_>>() })
}

fn verify(disk: &DiskCache) -> Result<u8, Failure> {
    let verified = disk.verify();
    let mut text = format!("{} whole\n", counted(verified.whole));
    if verified.without_body > 0 {
        let _ = writeln!(text, "{} without a body", counted(verified.without_body));
    }
    for (key, damage) in &verified.damaged {
        let _ = writeln!(text, "{} damaged: {damage}; set aside", key.short());
    }
    output::data(&text)?;
    Ok(if verified.damaged.is_empty() {
        0
    } else {
        DAMAGED
    })
}
