//! A resource explained: what it is, why it was loaded and why it went, what it is made from and
//! what needs it.

use super::changes::{chain, change_sentence};
use super::consequences::content_change_words;
use super::owners::{asker, chains, holders};
use super::plans::planned_words;
use super::progress::Progress;
use super::reasons::{lookup_account, lookup_word, miss_account, miss_sentence};
use super::{Tone, tiers};
use crate::display;
use crate::ledger::{Ledger, LookupRecord, PackedRecord, ResourceRecord, ResourceState};
use crate::vocabulary::{Lookup, ResourceName, TierName};

/// Names listed of what a resource is related to; the rest is counted.
const MOST_RELATED: usize = 6;

/// Something that is told, under a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What it is about; empty where it goes on about the one before.
    pub label: &'static str,
    /// The words.
    pub words: String,
    /// What they mean.
    pub tone: Tone,
}

impl Fact {
    pub(super) fn new(label: &'static str, words: impl Into<String>, tone: Tone) -> Self {
        Self {
            label,
            words: words.into(),
            tone,
        }
    }

    fn plain(label: &'static str, words: impl Into<String>) -> Self {
        Self::new(label, words, Tone::Plain)
    }
}

/// What it is, what it costs and, at this time, how far its load is.
pub fn identity(resource: &ResourceRecord, now: f64) -> Vec<Fact> {
    let mut facts = vec![Fact::plain("size", size_words(resource))];
    if let Some(packed) = &resource.packed {
        facts.push(Fact::plain("packed", packed_words(packed)));
    }
    if let Some(backend) = &resource.backend {
        facts.push(Fact::plain("backend", backend.to_string()));
    }
    if let Some(way) = &resource.way {
        facts.push(Fact::plain("taken", way.to_string()));
    }
    if resource.working_bytes > 0 {
        let words = format!(
            "~{} while it loads: its columns are streamed",
            display::bytes(resource.working_bytes)
        );
        facts.push(Fact::plain("works with", words));
    }
    if let Some(progress) = Progress::of(resource, now) {
        facts.push(Fact::plain("loading", progress.words()));
    }
    if let Some(seconds) = resource.load_seconds {
        let seconds = display::seconds(seconds);
        let words = match resource.loads {
            1 => format!("{seconds}, loaded once"),
            loads => format!("{seconds}, loaded {loads} times"),
        };
        facts.push(Fact::plain("last load", words));
    }
    if let Some((tier, lookup)) = &resource.below {
        let label = match tier {
            TierName::Parts => "in parts",
            TierName::Disk => "on disk",
            TierName::Shared => "shared",
        };
        facts.push(Fact::plain(label, tiers::lookup_words(lookup)));
    }
    if let Some(digest) = &resource.digest {
        facts.push(Fact::new("digest", digest.to_string(), Tone::Faint));
    }
    facts
}

fn size_words(resource: &ResourceRecord) -> String {
    let size = match (resource.bytes, resource.estimated_bytes) {
        (Some((bytes, true)), _) => format!("{} (measured)", display::bytes(bytes)),
        (Some((bytes, false)), _) => {
            format!("~{} (estimate of a loaded model)", display::bytes(bytes))
        }
        (None, Some(bytes)) => format!("~{} (estimate before loading)", display::bytes(bytes)),
        (None, None) => "unknown until it is loaded".to_owned(),
    };
    match resource.mapped_bytes {
        0 => size,
        mapped => format!("{size}, and {} of a mapped file", display::bytes(mapped)),
    }
}

/// What became of a resource that only the cache holds.
fn packed_words(packed: &PackedRecord) -> String {
    let (before, now) = (
        display::bytes(packed.from_bytes),
        display::bytes(packed.bytes),
    );
    if packed.bytes >= packed.from_bytes {
        return format!("{} makes its {before} no smaller", packed.codec);
    }
    format!(
        "{before} to {now} by {}, {:.1}x smaller, restored in {:.1} ms",
        packed.codec,
        packed.from_bytes as f64 / packed.bytes.max(1) as f64,
        1e3 * packed.restore_seconds
    )
}

/// What one request found and what that means, after a sign for it.
pub fn lookup(record: &LookupRecord, sign: &str) -> Vec<Fact> {
    let found = &record.lookup;
    let words = format!(
        "{sign} {} at {:.2} s for {}: {}",
        lookup_word(found),
        record.t,
        asker(&record.by),
        lookup_account(found)
    );
    let mut facts = vec![Fact::new("this lookup", words, lookup_tone(found))];
    if let Lookup::Miss(reason) = found {
        facts.push(Fact::plain("that means", miss_sentence(reason)));
    }
    facts
}

/// What a request found, for a face to paint.
pub const fn lookup_tone(lookup: &Lookup) -> Tone {
    match lookup {
        Lookup::Hit { .. } => Tone::Good,
        Lookup::Coalesced => Tone::Active,
        Lookup::Miss(reason) if reason.is_new() => Tone::Plain,
        Lookup::Miss(_) => Tone::Warning,
    }
}

/// Why it was loaded, why it is out of date or gone, who holds it and who asked for it. An arrow
/// leads from one who asked to the next.
pub fn story(ledger: &Ledger, resource: &ResourceRecord, arrow: &str) -> Vec<Fact> {
    let mut facts = Vec::new();
    match &resource.last_miss {
        Some(reason) => {
            let words = format!("{}: {}", miss_account(reason), miss_sentence(reason));
            facts.push(Fact::plain("why loaded", words));
        }
        None if resource.requests == 0 => {
            facts.push(Fact::plain("plan", planned_words(resource.planned)));
        }
        None => {}
    }
    if let Some(chain) = chain(ledger, resource) {
        let parts: Vec<&str> = chain.iter().map(|part| &*part.0).collect();
        facts.push(Fact::plain(
            "changed",
            change_sentence(&resource.name.0, &parts),
        ));
    }
    if let Some(change) = resource.change.as_ref().filter(|_| resource.is_stale()) {
        let words = format!(
            "since {:.2} s: {}. It stays in memory; the next request loads it anew",
            change.t,
            content_change_words(change, &resource.name)
        );
        facts.push(Fact::new("out of date", words, Tone::Warning));
    }
    match &resource.state {
        ResourceState::Failed(problem) => {
            facts.push(Fact::new("error", problem.to_string(), Tone::Bad));
        }
        ResourceState::GivenUp(failed) => {
            facts.push(Fact::new(
                "given up",
                given_up_words(ledger, failed),
                Tone::Warning,
            ));
        }
        _ => {}
    }
    if resource.evictions + resource.refusals > 0 {
        let words = format!(
            "evictions {}, refusals {}",
            resource.evictions, resource.refusals
        );
        facts.push(Fact::plain("in the cache", words));
    }
    facts.push(Fact::plain("held by", holders(resource)));
    let mut label = "asked by";
    for chain in chains(ledger, resource, arrow) {
        facts.push(Fact::plain(label, chain));
        label = "";
    }
    facts
}

/// What failed, and why, as far as that is still so.
fn given_up_words(ledger: &Ledger, failed: &ResourceName) -> String {
    match ledger.resource(failed).map(|resource| &resource.state) {
        Some(ResourceState::Failed(problem)) => format!("{failed} failed: {problem}"),
        _ => format!("{failed} had failed"),
    }
}

/// Which dimensions need it, what it is made from, and what is made from it.
pub fn relations(ledger: &Ledger, resource: &ResourceRecord) -> Vec<Fact> {
    let needed = |derived, words: &str| {
        let needs = resource.needs.iter();
        let matching = needs.filter(move |need| need.derived == derived);
        let told = matching.map(|need| format!("{}{words}", need.dimension));
        told.collect::<Vec<_>>()
    };
    let mut needed_by = needed(false, "");
    needed_by.extend(needed(true, " (indirectly)"));
    let made_from = resource.inputs.iter().map(ToString::to_string).collect();
    let related = [
        ("needed by", needed_by),
        ("made from", made_from),
        ("goes into", goes_into(ledger, resource)),
    ];
    let told = related.into_iter().filter(|(_, names)| !names.is_empty());
    told.map(|(label, names)| Fact::plain(label, listed(names)))
        .collect()
}

/// What is made from it, the members of another group told as one.
fn goes_into(ledger: &Ledger, resource: &ResourceRecord) -> Vec<String> {
    let mut counted: Vec<(String, usize)> = Vec::new();
    let fed = |other: &&ResourceRecord| other.inputs.contains(&resource.name);
    for other in ledger.resources().iter().filter(fed) {
        let group = other.group.clone();
        let group = group.filter(|_| other.group != resource.group);
        let told = group.unwrap_or_else(|| other.name.to_string());
        match counted.iter_mut().find(|(known, _)| *known == told) {
            Some((_, times)) => *times += 1,
            None => counted.push((told, 1)),
        }
    }
    let told = counted.into_iter().map(|(told, times)| match times {
        1 => told,
        times => format!("{told} ({times} of them)"),
    });
    told.collect()
}

fn listed(names: Vec<String>) -> String {
    let more = names.len().saturating_sub(MOST_RELATED);
    let words: Vec<String> = names.into_iter().take(MOST_RELATED).collect();
    let words = words.join(", ");
    if more > 0 {
        format!("{words} and {more} more")
    } else {
        words
    }
}
