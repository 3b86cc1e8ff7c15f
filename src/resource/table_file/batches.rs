//! Tables in parts, of which nothing is kept: batch by batch, rows in their order, or column by column.

use std::path::Path;

use super::guard::IS_DAMAGED;
use super::{
    Format, Wanted, arrow, csv, format_of, is_large_text, masquerade, parquet, read_any_rows,
};
use crate::engine::LoadError;
use crate::resource::source::Source;
use crate::resource::table::Table;
use crate::vocabulary::{Problem, TableOptions};

/// A table of fewer bytes is never taken batch by batch unless the user says so.
pub(super) const WORTH_TAKING_APART: usize = 8 << 20;

/// Rows that are passed over at a time.
pub(super) const SKIPPED_ROWS: usize = 1 << 16;

/// Looked at every few milliseconds: an error ends the reading.
pub(in crate::resource) type Stop<'a> = &'a (dyn Fn() -> Result<(), LoadError> + Sync);

/// The rows of a table, batch by batch.
pub(in crate::resource) trait Batches {
    /// Rows in all; of a text file, an estimate by those that have come.
    fn rows(&self) -> usize;

    /// The next rows: as many as are asked for, or all that are left; none at the end. Columns are
    /// decoded side by side on the threads of the pool that this is called in.
    fn next(&mut self, most: usize, stop: Stop<'_>) -> Result<Option<Table>, LoadError>;

    /// Passes over the next rows.
    fn skip(&mut self, rows: usize, stop: Stop<'_>) -> Result<(), LoadError> {
        let mut left = rows;
        while left > 0 {
            match self.next(left.min(SKIPPED_ROWS), stop)? {
                Some(batch) => left -= batch.rows,
                None => break,
            }
        }
        Ok(())
    }
}

/// Can the columns of this file be taken batch by batch?
pub(in crate::resource) fn is_read_in_batches(path: &Path) -> bool {
    match format_of(path) {
        Ok(Format::Parquet | Format::Arrow) => true,
        Ok(Format::Csv) => is_large_text(path),
        Err(_) => false,
    }
}

/// Hands the batches of these columns to `work`. What came of a file that is written to meanwhile does
/// not count.
pub(in crate::resource) fn with_batches<T>(
    source: &Source,
    columns: &[Wanted],
    options: &TableOptions,
    work: impl FnOnce(&mut dyn Batches) -> Result<T, LoadError>,
) -> Result<T, LoadError> {
    unchanged(source, |format| match format {
        Format::Parquet => parquet::with_batches(source, columns, options, work),
        Format::Arrow => arrow::with_batches(source, columns, options, work),
        Format::Csv => csv::with_batches(source, columns, options, work),
    })
}

/// What comes of a file, if nobody writes to it meanwhile.
fn unchanged<T>(
    source: &Source,
    read: impl FnOnce(Format) -> Result<T, LoadError>,
) -> Result<T, LoadError> {
    let in_file = |problem: Problem| problem.in_file(&source.path);
    let format = format_of(&source.path).map_err(in_file)?;
    masquerade::check(source, format).map_err(in_file)?;
    let version = || source.version().ok();
    let before = version();
    let outcome = read(format);
    let now = version();
    if before == now {
        return outcome;
    }
    let lengths = before.zip(now).map(|((before, _), (now, _))| (before, now));
    let changed = |failed| LoadError::Changed(Box::new(in_file(changed(lengths, failed))));
    match outcome {
        Ok(_) => Err(changed(None)),
        Err(LoadError::Failed(problem)) => Err(changed(Some(&problem))),
        Err(error) => Err(error),
    }
}

/// That a file was written to while it was read: what had come of it says nothing of it as it is now.
fn changed(lengths: Option<(u64, u64)>, failed: Option<&Problem>) -> Problem {
    let lengths = lengths.filter(|(before, now)| before != now);
    let lengths = lengths.map(|(before, now)| format!(", from {before} to {now} bytes"));
    let failed = failed.map(|problem| {
        let cause = &*problem.cause;
        let seen = cause.split_once(IS_DAMAGED).map_or(cause, |(seen, _)| seen);
        format!(": {seen}")
    });
    Problem::new(format!(
        "changed while it was read{}{}",
        lengths.unwrap_or_default(),
        failed.unwrap_or_default()
    ))
    .remedy(
        "run again once it is whole; a new version that is written beside it and then takes its name \
         does no harm",
    )
}

/// The columns of a table, each as a whole and by itself.
pub(in crate::resource) trait Apart: Sync {
    /// The column at a place among those that are wanted.
    fn column(&self, place: usize, stop: Stop<'_>) -> Result<Table, LoadError>;
}

/// Hands these columns to `work`, one at a time. What came of a file that is written to meanwhile does not
/// count.
pub(in crate::resource) fn with_columns_apart<T>(
    source: &Source,
    columns: &[Wanted],
    options: &TableOptions,
    work: impl FnOnce(&dyn Apart) -> Result<T, LoadError>,
) -> Result<T, LoadError> {
    unchanged(source, |format| match format {
        Format::Parquet => parquet::with_columns_apart(source, columns, options, work),
        Format::Arrow | Format::Csv => work(&ReadAnew {
            source,
            columns,
            options,
        }),
    })
}

/// A file that is opened anew for each column.
struct ReadAnew<'a> {
    source: &'a Source,
    columns: &'a [Wanted],
    options: &'a TableOptions,
}

impl Apart for ReadAnew<'_> {
    fn column(&self, place: usize, stop: Stop<'_>) -> Result<Table, LoadError> {
        stop()?;
        let wanted = std::slice::from_ref(&self.columns[place]);
        Ok(read_any_rows(self.source, wanted, self.options)?)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test is a panic")]
mod tests {
    use std::cell::Cell;
    use std::fmt::Write;
    use std::fs;
    use std::path::PathBuf;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::{Batches, with_batches};
    use crate::engine::LoadError;
    use crate::resource::reading::Reading;
    use crate::resource::source::Source;
    use crate::resource::table::{Column, Table};
    use crate::resource::table_file::{Wanted, read_table};
    use crate::vocabulary::{Problem, TableOptions};

    const ROWS: usize = 1_000;
    const NUMBERS: Reading = Reading::NUMBERS;

    /// A text file with numbers, texts, fields in quotes over two lines, and what is missing.
    fn text_file(folder: &tempfile::TempDir) -> PathBuf {
        let mut text = "number,word,\"long \"\"text\"\"\"\n".to_owned();
        for row in 0..ROWS {
            let number = match row % 7 {
                0 => String::new(),
                1 => row.to_string(),
                _ => format!("{}.5", row * 3),
            };
            let word = ["one", "two", "", "thrée"][row % 4];
            write!(text, "{number},{word},\"a, {row}\nb\"\r\n").unwrap();
        }
        let path = folder.path().join("rows.csv");
        fs::write(&path, text).unwrap();
        path
    }

    fn wanted() -> Vec<Wanted> {
        let texts = Reading::feeding(crate::inference::ElementType::Text);
        vec![
            ("number".to_owned(), NUMBERS),
            ("word".to_owned(), texts),
            ("long \"text\"".to_owned(), texts),
        ]
    }

    /// The values of a table, as they can be told apart.
    fn values(table: &Table) -> Vec<(String, Vec<String>)> {
        let columns = table.columns().map(|(name, column)| {
            let values: Vec<String> = match column {
                Column::Numbers { values, .. } => values
                    .iter()
                    .map(|v| format!("{:x}", v.to_bits()))
                    .collect(),
                Column::Texts { categories, codes } => {
                    let text = |code: &u32| categories.get(*code as usize).cloned();
                    codes
                        .iter()
                        .map(|code| format!("{:?}", text(code)))
                        .collect()
                }
            };
            (name.to_owned(), values)
        });
        columns.collect()
    }

    #[expect(clippy::unnecessary_wraps, reason = "some are told to stop")]
    fn go_on() -> Result<(), LoadError> {
        Ok(())
    }

    #[test]
    fn batches_of_a_text_file_are_its_rows_whatever_their_size() {
        let folder = tempfile::tempdir().unwrap();
        let source = Source::open(&text_file(&folder)).unwrap();
        let (wanted, options) = (wanted(), TableOptions::default());
        let whole = values(&read_table(&source, &wanted, &options).unwrap());
        for most in [1, 7, 333, ROWS, 2 * ROWS] {
            let mut all: Vec<(String, Vec<String>)> = Vec::new();
            let read = with_batches(&source, &wanted, &options, |batches| {
                let mut done = 0;
                while let Some(table) = batches.next(most, &go_on)? {
                    assert_eq!(
                        (table.first_row(), table.rows),
                        (done, most.min(ROWS - done))
                    );
                    done += table.rows;
                    let part = values(&table);
                    if all.is_empty() {
                        all = part;
                    } else {
                        for ((_, all), (_, part)) in all.iter_mut().zip(part) {
                            all.extend(part);
                        }
                    }
                }
                Ok(batches.rows())
            });
            assert_eq!(read.unwrap(), ROWS);
            assert_eq!(all, whole, "{most} rows at a time");
        }
    }

    #[test]
    fn a_value_that_does_not_go_with_those_before_it_is_told_in_its_row() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mixed.csv");
        fs::write(&path, "number\n1\n2\n3\ntrue\n5\n").unwrap();
        let source = Source::open(&path).unwrap();
        let wanted = vec![("number".to_owned(), NUMBERS)];
        let read = with_batches(&source, &wanted, &TableOptions::default(), |batches| {
            while batches.next(2, &go_on)?.is_some() {}
            Ok(())
        });
        let Err(LoadError::Failed(problem)) = read else {
            panic!("{read:?}");
        };
        let told = problem.to_string();
        for words in ["mixed.csv", "`true` in row 3 (counted from 0; line 5)"] {
            assert!(told.contains(words), "{told}");
        }
    }

    #[test]
    fn a_file_that_is_written_to_meanwhile_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let path = text_file(&folder);
        let source = Source::open(&path).unwrap();
        let (wanted, options) = (wanted(), TableOptions::default());
        let grow = |batches: &mut dyn Batches| {
            batches.next(10, &go_on)?;
            let text = fs::read_to_string(&path).unwrap();
            fs::write(&path, text + "1,one,end\n").unwrap();
            while batches.next(10, &go_on)?.is_some() {}
            Ok(())
        };
        let Err(LoadError::Changed(problem)) = with_batches(&source, &wanted, &options, grow)
        else {
            panic!("what came of two versions was taken");
        };
        let told = problem.to_string();
        for words in ["rows.csv", "changed while it was read, from ", "run again"] {
            assert!(told.contains(words), "{told}");
        }
        // Another name for it, or another file under its own, is no change of it.
        let renamed = with_batches(&source, &wanted, &options, |batches| {
            batches.next(10, &go_on)?;
            fs::rename(&path, path.with_extension("old")).unwrap();
            Ok(())
        });
        renamed.unwrap();
    }

    #[test]
    fn no_more_is_read_once_a_load_is_to_stop() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("long.csv");
        // Several blocks.
        fs::write(&path, format!("number\n{}", "12345678\n".repeat(500_000))).unwrap();
        let source = Source::open(&path).unwrap();
        let wanted = vec![("number".to_owned(), NUMBERS)];
        let asked = AtomicUsize::new(0);
        let stop = || {
            // The user stops it after the first block.
            if asked.fetch_add(1, Ordering::Relaxed) == 1 {
                return Err(LoadError::Cancelled);
            }
            Ok(())
        };
        let (before, after) = (Cell::new(0), Cell::new(0));
        let read = with_batches(&source, &wanted, &TableOptions::default(), |batches| {
            before.set(batches.rows());
            let read = batches.next(usize::MAX, &stop);
            after.set(batches.rows());
            read.map(|_| ())
        });
        assert_eq!(read, Err(LoadError::Cancelled));
        assert_eq!(asked.load(Ordering::Relaxed), 2, "it was asked again");
        // Nothing was handed out.
        assert_eq!(before.get(), after.get());
    }

    #[test]
    fn what_fails_in_a_file_that_changed_is_told_as_that() {
        let failed = Problem::new(
            "the column `x` cannot be decoded in row group 3: the file is damaged, or so",
        );
        let told = super::changed(Some((200, 100)), Some(&failed)).to_string();
        for words in [
            "changed while it was read, from 200 to 100 bytes: the column `x` cannot be decoded in row \
             group 3",
            "run again once it is whole",
        ] {
            assert!(told.contains(words), "{told}");
        }
        assert!(!told.contains("damaged"), "{told}");
    }
}
