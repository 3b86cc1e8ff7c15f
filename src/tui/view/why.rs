//! A resource explained: why it was loaded, who asked and by what chain, what it is made from, who
//! holds it, and every request for it.

use ratatui::style::Style;

use super::overlay::{Line, labelled};
use super::signs;
use crate::explain::owners::asker;
use crate::explain::reasons::{lookup_word, lookup_words};
use crate::explain::states::ResourceStanding;
use crate::explain::why::{self, Fact};
use crate::ledger::{LookupRecord, ResourceRecord};
use crate::tui::screen::Screen;
use crate::tui::text;
use crate::vocabulary::ResourceName;

/// Columns of the labels.
const LABEL: usize = 13;
/// Columns of who asked.
const ASKER: usize = 35;
/// Requests listed; the newest ones.
const REQUESTS: usize = 12;

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
    page.tell(why::identity(resource));
    if let Some(record) = lookup.and_then(|at| ledger.lookups.get(at)) {
        page.blank();
        page.tell(why::lookup(record, signs::lookup(screen, &record.lookup)));
    }
    page.blank();
    page.tell(why::story(ledger, resource, screen.glyphs().arrow));
    let relations = why::relations(ledger, resource);
    if !relations.is_empty() {
        page.blank();
    }
    page.tell(relations);
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

    fn tell(&mut self, facts: Vec<Fact>) {
        for fact in facts {
            let label = (fact.label, LABEL, self.screen.theme().dim);
            let style = signs::tone(self.screen, fact.tone);
            self.lines
                .extend(labelled(label, &fact.words, self.columns, style));
        }
    }

    fn head(&mut self, resource: &ResourceRecord) {
        let theme = self.screen.theme();
        let dot = self.screen.glyphs().dot;
        let standing = ResourceStanding::of(resource, self.screen.ledger());
        let (sign, _) = signs::resource(self.screen, standing);
        let style = match standing {
            ResourceStanding::Stale => theme.warn,
            ResourceStanding::Resident => theme.good,
            ResourceStanding::Failed => theme.bad,
            _ => theme.accent,
        };
        let mut words = format!(" {dot} {}", resource.kind.name());
        if !resource.detail.is_empty() {
            words = format!("{words} {dot} {}", resource.detail);
        }
        self.lines.push(vec![
            (format!("{sign} {}", standing.words()), style),
            (words, theme.dim),
        ]);
    }

    fn requests(&mut self, name: &ResourceName, shown: Option<usize>) {
        let lookups = self.screen.ledger().lookups.iter().enumerate();
        let of_it: Vec<_> = lookups.filter(|(_, l)| l.name == *name).collect();
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
        self.lines.push(vec![(title, self.screen.theme().strong)]);
        for (at, record) in of_it.into_iter().skip(skipped) {
            self.request(record, shown == Some(at));
        }
    }

    fn request(&mut self, record: &LookupRecord, is_shown: bool) {
        let (theme, glyphs) = (self.screen.theme(), self.screen.glyphs());
        let here = if is_shown { glyphs.focus } else { " " };
        let found = &record.lookup;
        let sign = signs::lookup(self.screen, found);
        let style: Style = signs::tone(self.screen, why::lookup_tone(found));
        let who = asker(&record.by);
        let who = text::fit_middle(&who, ASKER - 1, glyphs.ellipsis);
        self.lines.push(vec![
            (format!("{here} {:>7.2} s  ", record.t), theme.dim),
            (format!("{sign} {:<5}", lookup_word(found)), style),
            (format!("{who:<ASKER$}"), theme.text),
            (lookup_words(found), theme.dim),
        ]);
    }
}
