//! The columns of a table for those who look at one after the other, and keep little of each: held, or
//! in the file, from where one is read at a time by each worker and let go of.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::catalogue::Catalogue;
use super::key::{ModelId, TableId};
use super::source::Source;
use super::table::{Column, Table};
use super::table_file::{Wanted, with_batches, with_columns_apart};
use crate::engine::{CancelToken, LoadError};
use crate::vocabulary::{Problem, TableOptions};

/// Where the columns of a table are.
pub(super) enum ColumnSource {
    /// In memory.
    Held(Table),
    /// In a file.
    InFile(FileColumns),
}

/// Columns of a file.
pub(super) struct FileColumns {
    source: Source,
    options: TableOptions,
    /// As what each is read.
    wanted: BTreeMap<String, Wanted>,
}

impl ColumnSource {
    /// Those of a table's file.
    pub(super) fn in_file(
        catalogue: &Catalogue,
        table: &TableId,
        (model, names): (Option<&ModelId>, &[String]),
    ) -> Result<Self, Problem> {
        let wanted = catalogue.wanted_as_held(model, table, names);
        Ok(Self::InFile(FileColumns {
            source: catalogue.files.source(catalogue.table_path(table)?)?,
            options: catalogue.table_options(table),
            wanted: wanted.into_iter().map(|w| (w.0.clone(), w)).collect(),
        }))
    }

    /// Looks at each of these columns, several side by side; what comes of them is in their order. Of
    /// several that fail, the first is told.
    pub(super) fn each<T: Send>(
        &self,
        names: &[String],
        cancel: &CancelToken,
        look: impl Fn(&str, &Column) -> Result<T, Problem> + Sync,
    ) -> Result<Vec<T>, LoadError> {
        self.each_then(names, cancel, look, |_, found| Ok(found))
    }

    /// The same, and goes on with what was found once the column is let go of.
    pub(super) fn each_then<P, T: Send>(
        &self,
        names: &[String],
        cancel: &CancelToken,
        look: impl Fn(&str, &Column) -> Result<P, Problem> + Sync,
        then: impl Fn(&str, P) -> Result<T, LoadError> + Sync,
    ) -> Result<Vec<T>, LoadError> {
        match self {
            Self::Held(table) => {
                let found = names.par_iter().with_max_len(1).map(|name| {
                    cancel.check()?;
                    then(name, look(name, table.column(name)?)?)
                });
                first_error(found.collect())
            }
            Self::InFile(file) => {
                let wanted = file.wanted(names)?;
                with_columns_apart(&file.source, &wanted, &file.options, |columns| {
                    let places = wanted.par_iter().enumerate().with_max_len(1);
                    let found = places.map(|(place, (name, _))| {
                        let read = columns.column(place, &|| cancel.check())?;
                        let looked = look(name, read.column(name)?)?;
                        drop(read);
                        then(name, looked)
                    });
                    first_error(found.collect())
                })
            }
        }
    }

    /// Looks at one column.
    pub(super) fn one<T>(
        &self,
        name: &String,
        cancel: &CancelToken,
        look: impl FnOnce(&Column) -> T,
    ) -> Result<T, LoadError> {
        match self {
            Self::Held(table) => Ok(look(table.column(name)?)),
            Self::InFile(file) => {
                let wanted = file.wanted(std::slice::from_ref(name))?;
                with_columns_apart(&file.source, &wanted, &file.options, |columns| {
                    let read = columns.column(0, &|| cancel.check())?;
                    Ok(look(read.column(name)?))
                })
            }
        }
    }

    /// Hands out these columns some rows at a time, in order: at most `most`, or all where they are
    /// held.
    pub(super) fn batches(
        &self,
        names: &[String],
        most: usize,
        cancel: &CancelToken,
        mut take: impl FnMut(&Table) -> Result<(), Problem>,
    ) -> Result<(), LoadError> {
        match self {
            Self::Held(table) => Ok(take(table)?),
            Self::InFile(file) => {
                let wanted = file.wanted(names)?;
                with_batches(&file.source, &wanted, &file.options, |batches| {
                    while let Some(batch) = batches.next(most, &|| cancel.check())? {
                        take(&batch)?;
                    }
                    Ok(())
                })
            }
        }
    }
}

impl FileColumns {
    fn wanted(&self, names: &[String]) -> Result<Vec<Wanted>, Problem> {
        let wanted = names.iter().map(|name| {
            let wanted = self.wanted.get(name).cloned();
            wanted.ok_or_else(|| Problem::new(format!("the column `{name}` was not asked for")))
        });
        wanted.collect()
    }
}

fn first_error<T>(found: Vec<Result<T, LoadError>>) -> Result<Vec<T>, LoadError> {
    found.into_iter().collect()
}

/// What came of columns in memory: nobody stops that, and it takes no room that is asked for.
pub(super) fn in_words<T>(found: Result<T, LoadError>) -> Result<T, Problem> {
    found.map_err(|error| match error {
        LoadError::Failed(problem) => problem,
        LoadError::Changed(problem) => *problem,
        LoadError::Cancelled | LoadError::NeverFits { .. } | LoadError::NoRoom(_) => {
            Problem::new("stopped")
        }
    })
}
