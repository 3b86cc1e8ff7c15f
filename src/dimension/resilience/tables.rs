//! The tables that resilience looks at: those with labels, and those without.

use crate::dimension::Inputs;
use crate::dimension::outcome::{Measures, Outcome, pick};
use crate::resource::{Catalogue, TableId};
use crate::vocabulary::Problem;

pub(super) fn alternatives(catalogue: &Catalogue) -> Vec<TableId> {
    let ids = catalogue.tables().map(|(id, _)| id.clone());
    ids.filter(|id| matches!(id, TableId::Alternative(_)))
        .collect()
}

/// A table with its scores, and with its outcomes where it has labels.
pub(super) enum Seen {
    Labelled(Scored),
    Unlabelled(Unlabelled),
}

impl Seen {
    pub(super) fn of(inputs: &Inputs<'_>, id: TableId) -> Result<Self, Problem> {
        if inputs.has_labels(&id)? {
            return Ok(Self::Labelled(Scored::of(inputs, id)?));
        }
        Ok(Self::Unlabelled(Unlabelled {
            name: name(&id),
            scores: inputs.scores(id.clone())?,
            id,
        }))
    }

    pub(super) fn id(&self) -> &TableId {
        match self {
            Self::Labelled(table) => &table.id,
            Self::Unlabelled(table) => &table.id,
        }
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::Labelled(table) => &table.name,
            Self::Unlabelled(table) => &table.name,
        }
    }

    pub(super) fn scores(&self) -> &[f64] {
        match self {
            Self::Labelled(table) => &table.scores,
            Self::Unlabelled(table) => &table.scores,
        }
    }

    pub(super) fn labelled(&self) -> Option<&Scored> {
        match self {
            Self::Labelled(table) => Some(table),
            Self::Unlabelled(_) => None,
        }
    }

    pub(super) fn unlabelled(&self) -> Option<&Unlabelled> {
        match self {
            Self::Labelled(_) => None,
            Self::Unlabelled(table) => Some(table),
        }
    }
}

/// What its metrics begin with.
fn name(id: &TableId) -> String {
    match id {
        TableId::Alternative(stem) => stem.to_string(),
        _ => "base".to_owned(),
    }
}

/// A table without its target.
pub(super) struct Unlabelled {
    id: TableId,
    pub(super) name: String,
    scores: Vec<f64>,
}

/// A table with its outcomes and scores.
pub(super) struct Scored {
    id: TableId,
    pub(super) name: String,
    pub(super) outcome: Outcome,
    pub(super) scores: Vec<f64>,
    pub(super) measures: Measures,
}

impl Scored {
    fn of(inputs: &Inputs<'_>, id: TableId) -> Result<Self, Problem> {
        let outcome = inputs.outcome(&id)?;
        let scores = inputs.scores(id.clone())?;
        Ok(Self {
            name: name(&id),
            id,
            measures: outcome.performance(&scores),
            outcome,
            scores,
        })
    }

    /// The metrics on some of the rows.
    pub(super) fn of_rows(&self, rows: &[u32]) -> Measures {
        let scores = pick(&self.scores, self.outcome.columns(), rows);
        self.outcome.of_rows(rows).performance(&scores)
    }

    /// The heads of a table of [`super::measures_row`]s.
    pub(super) fn heads(&self, first: &'static str) -> Vec<String> {
        let names = self.measures.iter().map(|(name, _)| name.replace('_', " "));
        let first = [first, "n"].map(str::to_owned).into_iter();
        first.chain(names).collect()
    }
}
