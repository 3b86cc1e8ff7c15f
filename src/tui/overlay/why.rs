//! A resource explained: why it was loaded, who asked and by what chain, what it is made from, who
//! holds it, and every request for it.

use ratatui::style::Style;

use super::{Line, labelled};
use crate::explain::evidence;
use crate::explain::owners::asker;
use crate::explain::reasons::{lookup_account, lookup_word};
use crate::explain::states::ResourceStanding;
use crate::explain::why::{self, Fact};
use crate::ledger::{LookupRecord, ResourceRecord};
use crate::tui::draw::{View, signs, text};
use crate::vocabulary::ResourceName;

/// Columns of the labels.
const LABEL: usize = 13;
/// Columns of who asked.
const ASKER: usize = 35;
/// Requests listed; the newest ones.
const REQUESTS: usize = 12;

pub(super) fn lines(
    view: &View<'_>,
    name: &ResourceName,
    lookup: Option<usize>,
    columns: usize,
) -> Vec<Line> {
    let ledger = view.ledger;
    let Some(resource) = ledger.resource(name) else {
        return vec![vec![("no such resource".to_owned(), view.theme.bad)]];
    };
    let mut page = Page {
        view,
        columns,
        lines: Vec::new(),
    };
    page.head(resource);
    page.tell(why::identity(resource, view.ledger.now));
    if let Some(record) = lookup.and_then(|at| ledger.lookups.get(at)) {
        page.blank();
        page.tell(why::lookup(record, signs::lookup(view, &record.lookup)));
    }
    page.blank();
    page.tell(why::story(ledger, resource, view.glyphs.arrow));
    page.tell(evidence::facts(ledger, resource));
    let relations = why::relations(ledger, resource);
    if !relations.is_empty() {
        page.blank();
    }
    page.tell(relations);
    page.requests(name, lookup);
    page.lines
}

struct Page<'a> {
    view: &'a View<'a>,
    columns: usize,
    lines: Vec<Line>,
}

impl Page<'_> {
    fn blank(&mut self) {
        self.lines.push(Line::new());
    }

    fn tell(&mut self, facts: Vec<Fact>) {
        for fact in facts {
            let label = (fact.label, LABEL, self.view.theme.dim);
            let style = signs::tone(self.view, fact.tone);
            self.lines
                .extend(labelled(label, &fact.words, self.columns, style));
        }
    }

    fn head(&mut self, resource: &ResourceRecord) {
        let theme = self.view.theme;
        let dot = self.view.glyphs.dot;
        let standing = ResourceStanding::of(resource, self.view.ledger);
        let (sign, _) = signs::resource(self.view, standing);
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
        let lookups = self.view.ledger.lookups.numbered();
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
        self.lines.push(vec![(title, self.view.theme.strong)]);
        for (at, record) in of_it.into_iter().skip(skipped) {
            self.request(record, shown == Some(at));
        }
    }

    fn request(&mut self, record: &LookupRecord, is_shown: bool) {
        let (theme, glyphs) = (self.view.theme, self.view.glyphs);
        let here = if is_shown { glyphs.focus } else { " " };
        let found = &record.lookup;
        let sign = signs::lookup(self.view, found);
        let style: Style = signs::tone(self.view, why::lookup_tone(found));
        let who = asker(&record.by);
        let who = text::fit_middle(&who, ASKER - 1, glyphs.ellipsis);
        self.lines.push(vec![
            (format!("{here} {:>7.2} s  ", record.t), theme.dim),
            (format!("{sign} {:<5}", lookup_word(found)), style),
            (format!("{who:<ASKER$}"), theme.text),
            (lookup_account(found), theme.dim),
        ]);
    }
}
