//! A resource explained: why it was loaded, who asked and by what chain, what it is made from, who
//! holds it, and every request for it.

use ratatui::style::Style;

use super::cache;
use super::overlay::{Line, labelled};
use super::resources;
use crate::display;
use crate::ledger::{Ledger, LookupRecord, PackedRecord, Planned, ResourceRecord, ResourceState};
use crate::tui::screen::Screen;
use crate::tui::text;
use crate::vocabulary::{Dimension, MEMORY_BUDGET, MissReason, Owner, ReleaseCause, ResourceName};

/// Columns of the labels.
const LABEL: usize = 13;
/// Requests listed; the newest ones.
const REQUESTS: usize = 12;
/// A chain of requests is never longer than this.
const LONGEST_CHAIN: usize = 8;

pub(super) fn lines(
    screen: &Screen,
    name: &ResourceName,
    lookup: Option<usize>,
    columns: usize,
) -> Vec<Line> {
    let ledger = screen.ledger();
    let Some(resource) = ledger.resource(name) else {
        return vec![vec![("no such resource".to_owned(), screen.theme().bad)]];
    };
    let mut page = Page {
        screen,
        columns,
        lines: Vec::new(),
    };
    page.head(resource);
    if let Some(record) = lookup.and_then(|at| ledger.lookups.get(at)) {
        page.blank();
        page.this_lookup(record);
    }
    page.blank();
    page.story(resource);
    page.relations(resource);
    page.requests(name, lookup);
    page.lines
}

struct Page<'a> {
    screen: &'a Screen,
    columns: usize,
    lines: Vec<Line>,
}

impl Page<'_> {
    fn blank(&mut self) {
        self.lines.push(Line::new());
    }

    fn say(&mut self, label: &str, words: &str, style: Style) {
        let label = (label, LABEL, self.screen.theme().dim);
        self.lines
            .extend(labelled(label, words, self.columns, style));
    }

    fn head(&mut self, resource: &ResourceRecord) {
        let theme = self.screen.theme();
        let dot = self.screen.glyphs().dot;
        let (sign, word, _) = resources::state(self.screen, resource);
        let style = match resource.state {
            _ if resource.is_stale() => theme.warn,
            ResourceState::Resident => theme.good,
            ResourceState::Failed(_) => theme.bad,
            _ => theme.accent,
        };
        let mut words = format!(" {dot} {}", resource.kind.name());
        if !resource.detail.is_empty() {
            words = format!("{words} {dot} {}", resource.detail);
        }
        self.lines
            .push(vec![(format!("{sign} {word}"), style), (words, theme.dim)]);
        let size = match (resource.bytes, resource.estimated_bytes) {
            (Some((bytes, true)), _) => format!("{} (measured)", display::bytes(bytes)),
            (Some((bytes, false)), _) => {
                format!("~{} (estimate of a loaded model)", display::bytes(bytes))
            }
            (None, Some(bytes)) => format!("~{} (estimate before loading)", display::bytes(bytes)),
            (None, None) => "unknown until it is loaded".to_owned(),
        };
        let size = match resource.mapped_bytes {
            0 => size,
            mapped => format!("{size}, and {} of a mapped file", display::bytes(mapped)),
        };
        self.say("size", &size, theme.text);
        if let Some(packed) = &resource.packed {
            self.say("packed", &packed_words(packed), theme.text);
        }
        if let Some(backend) = &resource.backend {
            self.say("backend", &backend.to_string(), theme.text);
        }
        if let Some(seconds) = resource.load_seconds {
            let times = if resource.loads == 1 { "once" } else { "times" };
            let loads = if resource.loads == 1 {
                String::new()
            } else {
                format!("{} ", resource.loads)
            };
            let words = format!("{}, loaded {loads}{times}", display::seconds(seconds));
            self.say("last load", &words, theme.text);
        }
        if let Some(digest) = &resource.digest {
            self.say("digest", &digest.to_string(), theme.dim);
        }
    }

    fn this_lookup(&mut self, record: &LookupRecord) {
        let theme = self.screen.theme();
        let (sign, word, style) = cache::outcome(self.screen, &record.lookup);
        let words = format!(
            "{sign} {word} at {:.2} s for {}: {}",
            record.t,
            asker(&record.by),
            cache::consequence(&record.lookup)
        );
        self.say("this lookup", &words, style);
        if let crate::vocabulary::Lookup::Miss(reason) = &record.lookup {
            self.say("that means", explain(reason), theme.text);
        }
    }

    fn story(&mut self, resource: &ResourceRecord) {
        let theme = self.screen.theme();
        let never_asked = resource.requests == 0;
        match (&resource.last_miss, &resource.state) {
            (Some(reason), _) => {
                self.say(
                    "why loaded",
                    &format!("{reason}: {}", explain(reason)),
                    theme.text,
                );
            }
            (None, _) if never_asked => {
                let (first, later) = (
                    "the strategy loads it before the first dimension",
                    "when a dimension asks for it",
                );
                let words = match resource.planned {
                    Planned::First => first,
                    Planned::Later => later,
                    Planned::Avoided => "nothing that is selected needs it: not loaded",
                };
                self.say("plan", words, theme.text);
            }
            (None, _) => {}
        }
        if let Some(change) = resource.change.as_ref().filter(|_| resource.is_stale()) {
            let words = format!(
                "since {:.2} s: {}. It stays in memory; the next request loads it anew",
                change.t,
                change.words(&resource.name)
            );
            self.say("out of date", &words, theme.warn);
        }
        match &resource.state {
            ResourceState::Gone(cause) => self.say("why gone", &left(cause), theme.warn),
            ResourceState::Failed(error) => self.say("error", &error.to_string(), theme.bad),
            _ => {}
        }
        if resource.evictions + resource.refusals > 0 {
            let words = format!(
                "evictions {}, refusals {}",
                resource.evictions, resource.refusals
            );
            self.say("in the cache", &words, theme.text);
        }
        let owners: Vec<_> = resource.owners.iter().map(ToString::to_string).collect();
        let holders = if owners.is_empty() {
            "nobody".to_owned()
        } else {
            owners.join(", ")
        };
        self.say("held by", &holders, theme.text);
        let mut label = "asked by";
        for chain in chains(self.screen, resource) {
            self.say(label, &chain, theme.text);
            label = "";
        }
    }

    fn relations(&mut self, resource: &ResourceRecord) {
        let theme = self.screen.theme();
        let ledger = self.screen.ledger();
        let join = |names: Vec<String>| {
            let more = names.len().saturating_sub(6);
            let mut words = names.into_iter().take(6).collect::<Vec<_>>().join(", ");
            if more > 0 {
                words = format!("{words} and {more} more");
            }
            words
        };
        let needs = |derived| {
            let matching = resource
                .needs
                .iter()
                .filter(move |need| need.derived == derived);
            matching
                .map(|need| need.dimension)
                .collect::<Vec<Dimension>>()
        };
        let direct = needs(false)
            .into_iter()
            .map(|dimension| dimension.to_string());
        let indirect = needs(true)
            .into_iter()
            .map(|dimension| format!("{dimension} (indirectly)"));
        let needed: Vec<_> = direct.chain(indirect).collect();
        let inputs: Vec<_> = resource.inputs.iter().map(ToString::to_string).collect();
        let fed = |other: &&ResourceRecord| other.inputs.contains(&resource.name);
        let mut feeds: Vec<(String, usize)> = Vec::new();
        for other in ledger.resources().iter().filter(fed) {
            let group = other
                .group
                .clone()
                .filter(|_| other.group != resource.group);
            let told = group.unwrap_or_else(|| other.name.to_string());
            match feeds.iter_mut().find(|(known, _)| *known == told) {
                Some((_, times)) => *times += 1,
                None => feeds.push((told, 1)),
            }
        }
        let feeds: Vec<_> = feeds
            .into_iter()
            .map(|(told, times)| match times {
                1 => told,
                times => format!("{told} ({times} of them)"),
            })
            .collect();
        if !(needed.is_empty() && inputs.is_empty() && feeds.is_empty()) {
            self.blank();
        }
        for (label, names) in [
            ("needed by", needed),
            ("made from", inputs),
            ("goes into", feeds),
        ] {
            if !names.is_empty() {
                self.say(label, &join(names), theme.text);
            }
        }
    }

    fn requests(&mut self, name: &ResourceName, shown: Option<usize>) {
        let theme = self.screen.theme();
        let lookups = &self.screen.ledger().lookups;
        let of_it: Vec<_> = lookups
            .numbered()
            .filter(|(_, l)| l.name == *name)
            .collect();
        if of_it.is_empty() {
            return;
        }
        self.blank();
        let skipped = of_it.len().saturating_sub(REQUESTS);
        let title = if skipped > 0 {
            format!("last {REQUESTS} of {} requests", of_it.len())
        } else {
            "requests".to_owned()
        };
        self.lines.push(vec![(title, theme.strong)]);
        for (at, record) in of_it.into_iter().skip(skipped) {
            let (sign, word, style) = cache::outcome(self.screen, &record.lookup);
            let here = if shown == Some(at) {
                self.screen.glyphs().focus
            } else {
                " "
            };
            let who = text::fit_middle(&asker(&record.by), 34, self.screen.glyphs().ellipsis)
                .into_owned();
            self.lines.push(vec![
                (format!("{here} {:>7.2} s  ", record.t), theme.dim),
                (format!("{sign} {word:<5}"), style),
                (format!("{who:<35}"), theme.text),
                (cache::consequence(&record.lookup), theme.dim),
            ]);
        }
    }
}

/// Who asked.
fn asker(owner: &Owner) -> String {
    match owner {
        Owner::User => "you".to_owned(),
        owner => owner.to_string(),
    }
}

/// Every way in which it was asked for, from whoever asked first; the same way through several
/// members of a group is told once.
fn chains(screen: &Screen, resource: &ResourceRecord) -> Vec<String> {
    let mut counted: Vec<(Vec<String>, usize)> = Vec::new();
    for owner in &resource.requested_by {
        let chain = chain(screen.ledger(), owner);
        match counted.iter_mut().find(|(known, _)| *known == chain) {
            Some((_, times)) => *times += 1,
            None => counted.push((chain, 1)),
        }
    }
    let arrow = format!(" {} ", screen.glyphs().arrow);
    let told = counted.into_iter().map(|(chain, times)| match times {
        1 => chain.join(&arrow),
        times => format!("{} ({times} of them)", chain.join(&arrow)),
    });
    told.collect()
}

/// From whoever asked first down to what asked for the resource itself.
fn chain(ledger: &Ledger, owner: &Owner) -> Vec<String> {
    let mut chain = Vec::new();
    let mut next = Some(owner);
    while let Some(owner) = next {
        match owner {
            Owner::Load { load: name } if chain.len() < LONGEST_CHAIN => {
                let resource = ledger.resource(name);
                let group = resource.and_then(|r| r.group.clone());
                chain.push(group.unwrap_or_else(|| name.to_string()));
                next = resource.and_then(|r| r.requested_by.first());
            }
            owner => {
                chain.push(asker(owner));
                next = None;
            }
        }
    }
    chain.reverse();
    chain
}

/// A reason in a sentence.
fn explain(reason: &MissReason) -> &'static str {
    match reason {
        MissReason::FirstTouch => "nobody had asked for it before",
        MissReason::Evicted { policy, .. } if policy == MEMORY_BUDGET => {
            "it had been given up to stay within the memory budget"
        }
        MissReason::Evicted { .. } => "the cache had given it up to make room",
        MissReason::Released { .. } => "nobody held it any more, so its memory was freed",
        MissReason::Expired => "it was older than it may be",
        MissReason::Cleared { .. } => "it was freed on request",
        MissReason::InputChanged { .. } => "it was made from something that has changed since",
        MissReason::TooLarge => "it weighs more than the cache may hold, so it is not kept",
        MissReason::CorruptEntry => "the stored entry failed its check",
        MissReason::TierDown => "the store that holds it does not answer",
        MissReason::CacheDisabled => "the cache is switched off",
        MissReason::RetryAfterError => "the last attempt failed or was cancelled",
    }
}

/// Why it left memory, in a sentence.
fn left(cause: &ReleaseCause) -> String {
    match cause {
        ReleaseCause::LastOwner { owner } => format!("its last owner let it go: {owner}"),
        ReleaseCause::Evicted { policy, for_name } if policy == MEMORY_BUDGET => {
            format!("given up within the memory budget, to make room for {for_name}")
        }
        ReleaseCause::Evicted { policy, for_name } => {
            format!("the cache ({policy}) gave it up to make room for {for_name}")
        }
        ReleaseCause::Cleared { by } => format!("freed on request: {}", by.describe()),
        ReleaseCause::Stale { part } => format!("{part} has changed since"),
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
