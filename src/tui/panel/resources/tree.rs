//! The resources as a tree: kinds, groups that fold, and the resources themselves.

use std::collections::BTreeSet;

use super::family::families;
use super::order::Order;
use crate::explain::names::label;
use crate::explain::owners::asker;
use crate::explain::reasons::miss_words;
use crate::explain::states::ResourceStanding;
use crate::ledger::{Ledger, ResourceRecord};
use crate::tui::find::{Candidate, Filter};
use crate::tui::panel::list::List;
use crate::vocabulary::{ResourceKind, ResourceName};

const KINDS: [ResourceKind; 8] = [
    ResourceKind::Table,
    ResourceKind::Model,
    ResourceKind::Predictions,
    ResourceKind::Survey,
    ResourceKind::ProtectedAttributes,
    ResourceKind::Parity,
    ResourceKind::Constraints,
    ResourceKind::HyperparameterConfig,
];

/// What is known of files, which others rest on: small, and of little interest by itself.
const FACTS: [ResourceKind; 5] = [
    ResourceKind::File,
    ResourceKind::Header,
    ResourceKind::TargetValues,
    ResourceKind::ScoreSample,
    ResourceKind::Runtime,
];

/// What a row stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RowId {
    /// All resources of a kind.
    Kind(ResourceKind),
    /// All that is known of files.
    Facts,
    /// All resources of a kind whose names begin alike.
    Family(ResourceKind, String),
    /// All resources of a kind under one heading.
    Group(ResourceKind, String),
    /// One resource.
    Leaf(ResourceName),
}

impl RowId {
    /// Can it be folded?
    pub(super) fn is_group(&self) -> bool {
        !matches!(self, Self::Leaf(_))
    }
}

/// A row in sight.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// What it stands for.
    pub id: RowId,
    /// How far it is indented.
    pub depth: u16,
    /// Is it a group that is open?
    pub open: bool,
    /// Does nothing above it say a part of its name?
    pub is_alone: bool,
    /// What it is called, where that is not its name.
    pub called: Option<String>,
    /// The resources that it stands for, by their place in the ledger.
    pub members: Vec<usize>,
}

/// The rows, the cursor, and which groups are open.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// The cursor.
    pub list: List,
    rows: Vec<Row>,
    /// Groups that the user opened or folded: they are not as they would be.
    toggled: BTreeSet<RowId>,
    /// Groups that are open because there is room for all their rows.
    roomy: BTreeSet<RowId>,
    /// Rows in sight and resources, when `roomy` was found.
    fitted: (usize, usize),
    /// What had been declared when the rows were built.
    declarations: u64,
    /// What the rows are filtered by.
    filter: Filter,
    /// How they are sorted, where they are no tree.
    order: Option<Order>,
}

impl Tree {
    /// The rows that are not hidden in folded groups.
    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The row under the cursor.
    pub(super) fn selected(&self) -> Option<&Row> {
        self.rows.get(self.list.selected)
    }

    /// Takes in what has been declared since.
    pub(super) fn follow(&mut self, ledger: &Ledger) {
        if self.declarations != ledger.declarations {
            self.declarations = ledger.declarations;
            self.rebuild(ledger);
        }
    }

    /// Takes in what has happened since, where that decides which rows there are.
    pub(super) fn refresh(&mut self, ledger: &Ledger) {
        if !self.filter.is_empty() || self.order.is_some() {
            self.rebuild(ledger);
        }
    }

    /// What the rows are filtered by.
    pub(super) fn filter(&self) -> &Filter {
        &self.filter
    }

    /// How the rows are sorted; none where they are a tree.
    pub(super) fn order(&self) -> Option<Order> {
        self.order
    }

    /// Filters the rows from now on.
    pub(super) fn find(&mut self, filter: Filter, ledger: &Ledger) {
        self.filter = filter;
        self.rebuild(ledger);
    }

    /// Sorts the rows from now on.
    pub(super) fn sort(&mut self, order: Option<Order>, ledger: &Ledger) {
        self.order = order;
        self.rebuild(ledger);
        self.list.put(0);
    }

    /// How many of the rows are resources.
    pub(super) fn found(&self) -> usize {
        self.rows.iter().filter(|row| !row.id.is_group()).count()
    }

    /// Puts the cursor on a resource; what hides it is opened.
    pub(super) fn go_to(&mut self, name: &ResourceName, ledger: &Ledger) {
        let is_it = |row: &Row| matches!(&row.id, RowId::Leaf(own) if own == name);
        if !self.rows.iter().any(is_it) {
            self.find(Filter::default(), ledger);
        }
        // Its kind, then its family, then its group.
        for _ in 0..3 {
            if self.rows.iter().any(is_it) {
                break;
            }
            let place = ledger.resources().iter().position(|r| r.name == *name);
            let around = self.rows.iter().rfind(|row| {
                let has_it = place.is_some_and(|place| row.members.contains(&place));
                row.id.is_group() && !row.open && has_it
            });
            if let Some(id) = around.map(|row| row.id.clone()) {
                self.toggle(&id, ledger);
            }
        }
        if let Some(row) = self.rows.iter().position(is_it) {
            self.list.put(row);
        }
    }

    /// Opens or folds a group.
    pub(super) fn toggle(&mut self, id: &RowId, ledger: &Ledger) {
        if !self.toggled.remove(id) {
            self.toggled.insert(id.clone());
        }
        self.rebuild(ledger);
    }

    /// Opens the group under the cursor, or steps into it.
    pub(super) fn expand(&mut self, ledger: &Ledger) {
        let Some(row) = self.selected().filter(|row| row.id.is_group()) else {
            return;
        };
        if row.open {
            self.list.selected += 1;
        } else {
            self.toggle(&row.id.clone(), ledger);
        }
    }

    /// Folds the group under the cursor, or steps out to the one around it.
    pub(super) fn collapse(&mut self, ledger: &Ledger) {
        let Some(row) = self.selected() else {
            return;
        };
        if row.open {
            self.toggle(&row.id.clone(), ledger);
            return;
        }
        let depth = row.depth;
        let above = self.rows[..self.list.selected].iter();
        if let Some(parent) = above.clone().rposition(|above| above.depth < depth) {
            self.list.selected = parent;
        }
    }

    /// Opens as many groups as there is room for, unless the user folded them.
    pub(super) fn fit(&mut self, height: usize, ledger: &Ledger) {
        let seen = (height, ledger.resources().len());
        if self.fitted == seen {
            return;
        }
        self.fitted = seen;
        let toggled = std::mem::take(&mut self.toggled);
        self.roomy.clear();
        self.rebuild(ledger);
        let mut used = self.rows.len();
        for row in &self.rows {
            let group = matches!(row.id, RowId::Group(..) | RowId::Facts);
            if group && used + row.members.len() <= height {
                used += row.members.len();
                self.roomy.insert(row.id.clone());
            }
        }
        self.toggled = toggled;
        self.rebuild(ledger);
    }

    /// Builds the rows anew; the cursor stays on what it was on.
    fn rebuild(&mut self, ledger: &Ledger) {
        let under_cursor = self.selected().map(|row| row.id.clone());
        self.rows.clear();
        let all = ledger.resources();
        let found = all.iter().enumerate();
        let found = found.filter(|(_, resource)| is_found(&self.filter, resource, ledger));
        let mut found: Vec<usize> = found.map(|(place, _)| place).collect();
        if let Some(order) = self.order {
            found.sort_by(|one, other| order.compare(&all[*one], &all[*other]));
            for place in found {
                self.push_leaf(place, 0, all);
            }
        } else {
            for kind in KINDS {
                self.push_part(RowId::Kind(kind), &[kind], &found, all);
            }
            self.push_part(RowId::Facts, &FACTS, &found, all);
        }
        let found = self
            .rows
            .iter()
            .position(|row| Some(&row.id) == under_cursor.as_ref());
        let last = self.rows.len().saturating_sub(1);
        self.list.selected = found.unwrap_or(self.list.selected.min(last));
    }

    /// Resources of some kinds under one heading.
    fn push_part(
        &mut self,
        id: RowId,
        kinds: &[ResourceKind],
        found: &[usize],
        resources: &[ResourceRecord],
    ) {
        let of_it = |i: &usize| kinds.contains(&resources[*i].kind);
        let members: Vec<usize> = found.iter().copied().filter(of_it).collect();
        match members[..] {
            [] => return,
            [only] if resources[only].group.is_none() => {
                self.push_leaf(only, 0, resources);
                return;
            }
            _ => {}
        }
        if !self.push_group(id, 0, members.clone()) {
            return;
        }
        let mut leaves: Vec<(usize, &str)> = Vec::new();
        let mut groups: Vec<(&str, &str)> = Vec::new();
        for i in &members {
            match resources[*i].group.as_deref() {
                None => leaves.push((*i, label(&resources[*i]))),
                Some(group) if !groups.contains(&(group, group)) => groups.push((group, group)),
                Some(_) => {}
            }
        }
        let kind = kinds[0];
        let (apart, found) = families(&leaves);
        for i in apart {
            self.push_leaf(i, 1, resources);
        }
        for family in found {
            let id = RowId::Family(kind, family.head);
            let of_it = family.members.iter().map(|(i, _)| *i).collect();
            if self.push_named(id, 1, of_it, Some(family.title)) {
                for (i, called) in family.members {
                    self.push_leaf(i, 2, resources);
                    self.call_last(called);
                }
            }
        }
        let (apart, found) = families(&groups);
        for group in apart {
            self.push_members(group, None, 1, &members, resources);
        }
        for family in found {
            let is_of_it = |i: &&usize| {
                let group = resources[**i].group.as_deref();
                family.members.iter().any(|(own, _)| Some(*own) == group)
            };
            let of_it = members.iter().filter(is_of_it).copied().collect();
            let id = RowId::Family(kind, family.head);
            if self.push_named(id, 1, of_it, Some(family.title)) {
                for (group, called) in family.members {
                    self.push_members(group, Some(called), 2, &members, resources);
                }
            }
        }
    }

    /// A group, and what is in it where it is open.
    fn push_members(
        &mut self,
        group: &str,
        called: Option<String>,
        depth: u16,
        all: &[usize],
        resources: &[ResourceRecord],
    ) {
        let in_group = |i: &&usize| resources[**i].group.as_deref() == Some(group);
        let members: Vec<_> = all.iter().filter(in_group).copied().collect();
        let id = RowId::Group(resources[members[0]].kind, group.to_owned());
        if self.push_named(id, depth, members.clone(), called) {
            for i in members {
                self.push_leaf(i, depth + 1, resources);
            }
        }
    }

    fn call_last(&mut self, called: String) {
        if let Some(row) = self.rows.last_mut() {
            row.called = Some(called);
        }
    }

    /// Returns whether the group is open.
    fn push_group(&mut self, id: RowId, depth: u16, members: Vec<usize>) -> bool {
        self.push_named(id, depth, members, None)
    }

    /// The same under another name.
    fn push_named(
        &mut self,
        id: RowId,
        depth: u16,
        members: Vec<usize>,
        called: Option<String>,
    ) -> bool {
        let is_searched = !self.filter.is_empty();
        let at_first = matches!(id, RowId::Kind(_)) || self.roomy.contains(&id) || is_searched;
        let open = at_first != self.toggled.contains(&id);
        self.rows.push(Row {
            id,
            depth,
            open,
            is_alone: false,
            called,
            members,
        });
        open
    }

    fn push_leaf(&mut self, i: usize, depth: u16, resources: &[ResourceRecord]) {
        self.rows.push(Row {
            id: RowId::Leaf(resources[i].name.clone()),
            depth,
            open: false,
            is_alone: self.order.is_some(),
            called: None,
            members: vec![i],
        });
    }
}

/// Is this a resource that is looked for?
fn is_found(filter: &Filter, resource: &ResourceRecord, ledger: &Ledger) -> bool {
    if filter.is_empty() {
        return true;
    }
    let standing = ResourceStanding::of(resource, ledger).words();
    let miss = resource.last_miss.as_ref().map(miss_words);
    let askers: Vec<String> = resource.requested_by.iter().map(asker).collect();
    let owners: Vec<String> = resource.owners.iter().map(ToString::to_string).collect();
    let mut words = vec![&*resource.name.0, resource.kind.name(), &standing];
    if let Some(miss) = &miss {
        words.extend(["miss", miss]);
    }
    if resource.evictions + resource.budget_evictions > 0 {
        words.push("evicted");
    }
    words.extend(resource.group.as_deref());
    words.extend(owners.iter().map(String::as_str));
    let needs = resource.needs.iter().map(|need| need.dimension.name());
    filter.holds(&Candidate {
        words,
        bytes: resource.bytes_or_estimate(),
        by: askers.iter().map(String::as_str).chain(needs).collect(),
    })
}
