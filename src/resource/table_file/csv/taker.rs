//! A column of a text file being read: as what it is wanted, whatever its values look like.

use super::number::{Parsed, parse};
use super::records::Batch;
use crate::resource::reading::Reading;
use crate::resource::table::{Column, ColumnType, MISSING, NumberKind};
use crate::resource::table_file::options::is_missing;
use crate::resource::table_file::texts::Texts;
use crate::resource::table_file::{Read, numbers};
use crate::vocabulary::{DecimalSign, Problem, TableOptions};

/// How much of a value that is no number is shown.
const SHOWN: usize = 40;

/// A column so far.
pub(super) struct Taker<'a> {
    name: &'a str,
    place: usize,
    reading: Reading,
    options: &'a TableOptions,
    decimal: DecimalSign,
    numbers: Option<Numbers>,
    texts: Option<Texts>,
    names: Option<Names<'a>>,
    /// The first value that cannot be taken, by its row.
    wrong: Option<(usize, Problem)>,
}

impl<'a> Taker<'a> {
    pub(super) fn new(
        name: &'a str,
        place: usize,
        reading: Reading,
        options: &'a TableOptions,
        decimal: DecimalSign,
    ) -> Self {
        let names = reading.names && !reading.texts;
        Self {
            name,
            place,
            reading,
            options,
            decimal,
            numbers: reading.numbers.map(|_| Numbers::default()),
            texts: reading.texts.then(Texts::default),
            names: names.then(|| Names::new(options, decimal)),
            wrong: None,
        }
    }

    /// Adds the first of a batch's records, the first of which is this row of the table.
    pub(super) fn take(&mut self, batch: &Batch, records: usize, first: usize) {
        if self.wrong.is_some() {
            return;
        }
        for record in 0..records {
            let field = batch.field(record, self.place).unwrap_or_default();
            if let Err(problem) = self.push(&field) {
                let row = first + record;
                let problem = self.place(problem, row, batch.line(record));
                self.wrong = Some((row, problem));
                return;
            }
        }
    }

    /// The first value that cannot be taken, by its row.
    pub(super) fn wrong(&self) -> Option<&(usize, Problem)> {
        self.wrong.as_ref()
    }

    fn push(&mut self, field: &[u8]) -> Result<(), Wrong> {
        if let Some(numbers) = &mut self.numbers {
            if is_missing(field.trim_ascii(), self.options) {
                numbers.values.push(f64::NAN);
            } else {
                let parsed = parse(field, self.decimal);
                let parsed = parsed.ok_or_else(|| Wrong::NoNumber(shown(field)))?;
                numbers
                    .push(parsed)
                    .ok_or_else(|| Wrong::Mixed(shown(field)))?;
            }
        }
        if self.texts.is_none() && self.names.is_none() {
            return Ok(());
        }
        let text = std::str::from_utf8(field).map_err(|_| Wrong::NoUtf8(shown(field)))?;
        if let Some(texts) = &mut self.texts {
            texts.push((!text.is_empty()).then_some(text));
        }
        if let Some(names) = &mut self.names {
            names.push(text);
        }
        Ok(())
    }

    fn place(&self, wrong: Wrong, row: usize, line: u64) -> Problem {
        let name = self.name;
        let place = format!("row {row} (counted from 0; line {line})");
        let problem = match wrong {
            Wrong::NoNumber(value) => {
                let is_other = |other| super::number::is_fraction(value.as_bytes(), other);
                let remedy = match self.decimal {
                    DecimalSign::Point if is_other(DecimalSign::Comma) => {
                        "set `decimal` under [dataset] to \",\""
                    }
                    DecimalSign::Comma if value.contains('.') => {
                        "decimal commas and points are both in the file: write one of them, and \
                         nothing between thousands"
                    }
                    _ => {
                        "name the words for what is missing in `missing` under [dataset], and \
                         encode texts as for training"
                    }
                };
                Problem::new(format!(
                    "the column `{name}` holds `{value}` in {place}, which is no number"
                ))
                .remedy(remedy)
            }
            Wrong::Mixed(value) => Problem::new(format!(
                "the column `{name}` holds `{value}` in {place}, and both numbers and truth values \
                 in all"
            ))
            .remedy("write one of them"),
            Wrong::NoUtf8(value) => Problem::new(format!(
                "the column `{name}` holds `{value}` in {place}, which is not UTF-8"
            ))
            .remedy("save the file as UTF-8, or set `encoding` under [dataset]"),
        };
        problem.in_column(name).in_row(row)
    }

    /// The rows since this was called last, of which the first is this row of the table. What they were
    /// like is remembered, so that later ones go with them. There are no names of classes in it: what
    /// those are, only all rows tell.
    pub(super) fn take_out(&mut self, first_row: usize) -> Result<Read, Problem> {
        if let Some((_, problem)) = &self.wrong {
            return Err(problem.clone());
        }
        let texts = self.texts.as_mut().map(std::mem::take);
        let mut read = Read {
            numbers: None,
            texts: texts.map(Texts::finish),
        };
        if let Some(numbers) = &mut self.numbers {
            let kind = numbers.kind();
            let mut values = std::mem::take(&mut numbers.values);
            numbers::forget(&mut values, &self.options.missing_numbers());
            numbers::check(self.name, &values, self.reading, first_row)?;
            let values = values.into();
            read.numbers = Some(Column::Numbers { values, kind });
        }
        Ok(read)
    }

    /// The column.
    pub(super) fn finish(self) -> Result<Read, Problem> {
        if let Some((_, problem)) = self.wrong {
            return Err(problem);
        }
        let mut read = Read {
            numbers: None,
            texts: self.texts.map(Texts::finish),
        };
        match self.names.map(Names::finish) {
            Some(names @ Column::Texts { .. }) => read.texts = Some(names),
            // The same numbers, if they are wanted as such too.
            Some(numbers) => read.numbers = Some(numbers),
            None => {}
        }
        if let Some(mut taken) = self.numbers {
            numbers::forget(&mut taken.values, &self.options.missing_numbers());
            numbers::check(self.name, &taken.values, self.reading, 0)?;
            read.numbers = Some(taken.finish());
        }
        Ok(read)
    }
}

enum Wrong {
    NoNumber(String),
    Mixed(String),
    NoUtf8(String),
}

fn shown(field: &[u8]) -> String {
    let text = String::from_utf8_lossy(field);
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// Numbers, or truth values; missing ones are NaN.
pub(super) struct Numbers {
    values: Vec<f64>,
    are_whole: bool,
    has_any: bool,
    has_truth: bool,
}

impl Default for Numbers {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            are_whole: true,
            has_any: false,
            has_truth: false,
        }
    }
}

impl Numbers {
    /// Adds a row; none where it does not go with those before it.
    fn push(&mut self, parsed: Parsed) -> Option<()> {
        match parsed {
            Parsed::Truth(_) => self.has_truth = true,
            Parsed::Whole(_) => self.has_any = true,
            Parsed::Fraction(_) => {
                self.has_any = true;
                self.are_whole = false;
            }
        }
        self.values.push(parsed.value());
        (!self.has_any || !self.has_truth).then_some(())
    }

    fn kind(&self) -> NumberKind {
        match (self.has_truth, self.has_any && self.are_whole) {
            (true, _) => NumberKind::Boolean,
            (false, true) => NumberKind::Integer,
            (false, false) => NumberKind::Float,
        }
    }

    fn finish(mut self) -> Column {
        self.values.shrink_to_fit();
        Column::Numbers {
            kind: self.kind(),
            values: self.values.into(),
        }
    }
}

/// Names of classes or groups: numbers as long as each is written as a number is, texts from the
/// first on that is not.
struct Names<'a> {
    numbers: Numbers,
    texts: Option<Texts>,
    options: &'a TableOptions,
    decimal: DecimalSign,
}

impl<'a> Names<'a> {
    fn new(options: &'a TableOptions, decimal: DecimalSign) -> Self {
        Self {
            numbers: Numbers::default(),
            texts: None,
            options,
            decimal,
        }
    }

    fn push(&mut self, text: &str) {
        if let Some(texts) = &mut self.texts {
            texts.push((!text.is_empty()).then_some(text));
            return;
        }
        if text.is_empty() {
            self.numbers.values.push(f64::NAN);
        } else if let Some(number) = plain(text) {
            self.numbers.push(number);
        } else {
            let mut texts = Texts::default();
            for value in &self.numbers.values {
                let text = (!value.is_nan()).then(|| value.to_string());
                texts.push(text.as_deref());
            }
            texts.push(Some(text));
            self.texts = Some(texts);
        }
    }

    fn finish(self) -> Column {
        let Some(texts) = self.texts else {
            return self.numbers.finish();
        };
        let parsed = |text: &str| parse(text.as_bytes(), self.decimal);
        let is_absent = |text: &str| is_missing(text.as_bytes(), self.options);
        let are_numbers = texts
            .distinct()
            .all(|text| is_absent(text) || parsed(text).is_some());
        if !are_numbers || texts.distinct().all(is_absent) {
            return texts.finish();
        }
        let value = |text: &str| parsed(text).map_or(f64::NAN, Parsed::value);
        let by_value = |one: &str, other: &str| {
            let order = value(one).total_cmp(&value(other));
            order.then_with(|| one.cmp(other))
        };
        let texts = texts.without(is_absent);
        // A fraction with a comma names no class.
        let is_fraction = |text: &str| text.contains(',');
        let has_commas = self.decimal == DecimalSign::Comma && texts.distinct().any(is_fraction);
        let texts = texts.finish_by(by_value);
        let numbers = if has_commas {
            numbers_of(&texts, parsed)
        } else {
            numbers_of(&texts, plain)
        };
        numbers.unwrap_or(texts)
    }
}

/// A number that is written as numbers are written here.
fn plain(text: &str) -> Option<Parsed> {
    match parse(text.as_bytes(), DecimalSign::Point)? {
        Parsed::Truth(_) => None,
        number => (number.value().to_string() == text).then_some(number),
    }
}

/// Texts as numbers, where all of them are read as such.
fn numbers_of(texts: &Column, parse: impl Fn(&str) -> Option<Parsed>) -> Option<Column> {
    let Column::Texts { categories, codes } = texts else {
        return None;
    };
    let parsed = categories.iter().map(|text| parse(text));
    let parsed: Vec<Parsed> = parsed.collect::<Option<_>>()?;
    let mut numbers = Numbers::default();
    for number in &parsed {
        numbers.push(*number);
    }
    numbers.values = codes
        .iter()
        .map(|code| match *code {
            MISSING => f64::NAN,
            code => parsed[code as usize].value(),
        })
        .collect();
    Some(numbers.finish())
}

/// What a column looks like by its first rows, for those who must know before it is read.
#[derive(Default)]
pub(super) struct Look {
    numbers: Numbers,
    /// The first value that is no number: its row, its line, and what it is.
    pub(super) text: Option<(usize, u64, String)>,
}

impl Look {
    pub(super) fn at(
        &mut self,
        field: &[u8],
        (row, line): (usize, u64),
        options: &TableOptions,
        decimal: DecimalSign,
    ) {
        if self.text.is_some() || is_missing(field.trim_ascii(), options) {
            return;
        }
        let parsed = parse(field, decimal);
        let fits = parsed.and_then(|parsed| self.numbers.push(parsed));
        self.numbers.values.clear();
        if fits.is_none() {
            self.text = Some((row, line, shown(field)));
        }
    }

    /// What the column is by the look of it.
    pub(super) fn column_type(&self) -> ColumnType {
        if self.text.is_some() {
            ColumnType::Text
        } else if self.numbers.has_any || self.numbers.has_truth {
            ColumnType::Number(self.numbers.kind())
        } else {
            ColumnType::Nothing
        }
    }
}
