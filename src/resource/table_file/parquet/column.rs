//! One column of a file: what it is to be read as, and its row groups, decoded one by one.

use std::io::{Cursor, Read as _, Seek, SeekFrom};

use polars_arrow::datatypes::{ArrowSchema, Field};
use polars_buffer::Buffer;
use polars_parquet::read::{
    BasicDecompressor, ColumnChunkMetadata, FileMetadata, Filter, PageReader, RowGroupMetadata,
    column_iter_to_arrays,
};

use super::super::arrow_type::{column_type, type_name};
use super::super::guard::{Fault, guarded_read};
use super::super::taker::Taker;
use super::super::{Read, Wanted};
use super::{dictionary, pages, schema};
use crate::resource::matching::missing_column;
use crate::resource::source::Source;
use crate::resource::table::ColumnType;
use crate::vocabulary::{Problem, TableOptions};

/// A column that is read.
pub(super) struct Column<'a> {
    pub(super) source: &'a Source,
    pub(super) metadata: &'a FileMetadata,
    pub(super) wanted: &'a Wanted,
    options: &'a TableOptions,
    /// With the type that it is stored as.
    field: Field,
    of: ColumnType,
    type_name: String,
}

impl<'a> Column<'a> {
    pub(super) fn find(
        source: &'a Source,
        metadata: &'a FileMetadata,
        fields: &ArrowSchema,
        wanted: &'a Wanted,
        options: &'a TableOptions,
    ) -> Result<Self, Problem> {
        let name = wanted.0.as_str();
        let mut parquet = metadata.schema().fields().iter();
        let is_there = parquet.any(|field| field.name() == name);
        let Some(field) = fields.get(name).filter(|_| is_there) else {
            return Err(missing_column(name, &schema(source)?));
        };
        let dtype = field.dtype.to_storage().clone();
        Ok(Self {
            source,
            metadata,
            wanted,
            options,
            field: Field::new(field.name.clone(), dtype, true),
            of: column_type(&field.dtype),
            type_name: type_name(&field.dtype),
        })
    }

    pub(super) fn taker(&self) -> Result<Taker<'a>, Problem> {
        let (name, reading) = self.wanted;
        Taker::new(name, *reading, self.of, &self.type_name, self.options)
    }

    pub(super) fn read(&self, rows: Option<usize>) -> Result<Read, Problem> {
        let mut taker = self.taker()?;
        taker.expect(rows.unwrap_or(usize::MAX).min(self.metadata.num_rows))?;
        for place in 0..self.metadata.row_groups.len() {
            let left = rows.map(|rows| rows - taker.rows());
            if left == Some(0) {
                break;
            }
            self.take_group(place, left, &mut taker)?;
        }
        taker.finish()
    }

    /// Takes the first `left` rows of a row group, or all.
    pub(super) fn take_group(
        &self,
        place: usize,
        left: Option<usize>,
        taker: &mut Taker<'_>,
    ) -> Result<(), Problem> {
        let groups = &self.metadata.row_groups;
        let group = &groups[place];
        let before = taker.rows();
        let read = guarded_read(|| self.read_group(group, left, taker));
        let damaged = || self.damaged(place, groups.len());
        read.map_err(|fault| fault.told(damaged))?;
        let expected = left.map_or(group.num_rows(), |left| left.min(group.num_rows()));
        if taker.rows() - before != expected {
            return Err(damaged());
        }
        Ok(())
    }

    /// Takes the dictionary of a row group, and says whether it holds all of its values.
    pub(super) fn take_dictionary(
        &self,
        place: usize,
        taker: &mut Taker<'_>,
    ) -> Result<bool, Problem> {
        let groups = &self.metadata.row_groups;
        let read = guarded_read(|| {
            let (chunk, bytes) = self.chunk_and_bytes(&groups[place])?;
            let Some((pages, values)) = dictionary::pages(&bytes, chunk) else {
                return Ok(false);
            };
            self.decode(pages, chunk, None, taker)?;
            (taker.rows() == values)
                .then_some(true)
                .ok_or(Fault::Damaged)
        });
        read.map_err(|fault| fault.told(|| self.damaged(place, groups.len())))
    }

    fn read_group(
        &self,
        group: &RowGroupMetadata,
        left: Option<usize>,
        taker: &mut Taker<'_>,
    ) -> Result<(), Fault> {
        let (chunk, bytes) = self.chunk_and_bytes(group)?;
        pages::check(&bytes, chunk, group.num_rows()).ok_or(Fault::Damaged)?;
        let pages = PageReader::new(Cursor::new(bytes), chunk, Vec::new(), usize::MAX);
        let pages = BasicDecompressor::new(pages, Vec::new());
        let filter = left.filter(|left| *left < group.num_rows());
        self.decode(pages, chunk, filter.map(Filter::new_limited), taker)
    }

    pub(super) fn decode(
        &self,
        pages: BasicDecompressor,
        chunk: &ColumnChunkMetadata,
        filter: Option<Filter>,
        taker: &mut Taker<'_>,
    ) -> Result<(), Fault> {
        let kind = &chunk.descriptor().descriptor.primitive_type;
        let (arrays, _) =
            column_iter_to_arrays(vec![pages], vec![kind], self.field.clone(), filter)?;
        for array in arrays {
            taker.take(array.as_ref()).map_err(Fault::Unfit)?;
        }
        Ok(())
    }

    /// A row group, if there is such a one.
    pub(super) fn group(&self, place: usize) -> Result<&'a RowGroupMetadata, Fault> {
        self.metadata.row_groups.get(place).ok_or(Fault::Damaged)
    }

    /// The only chunk of the column in a row group.
    pub(super) fn chunk<'g>(
        &self,
        group: &'g RowGroupMetadata,
    ) -> Result<&'g ColumnChunkMetadata, Fault> {
        let mut chunks = group
            .columns_under_root_iter(&self.wanted.0)
            .into_iter()
            .flatten();
        match (chunks.next(), chunks.next()) {
            (Some(chunk), None) => Ok(chunk),
            _ => Err(Fault::Damaged),
        }
    }

    /// The same, and its bytes.
    fn chunk_and_bytes<'g>(
        &self,
        group: &'g RowGroupMetadata,
    ) -> Result<(&'g ColumnChunkMetadata, Buffer<u8>), Fault> {
        let chunk = self.chunk(group)?;
        Ok((chunk, self.bytes(chunk).ok_or(Fault::Damaged)?))
    }

    /// The bytes of a column in a row group, where all of them are in the file.
    fn bytes(&self, chunk: &ColumnChunkMetadata) -> Option<Buffer<u8>> {
        let range = chunk.byte_range();
        let length = range.end.checked_sub(range.start)?;
        if range.end > self.source.bytes().ok()? {
            return None;
        }
        let mut reader = self.source.reader();
        reader.seek(SeekFrom::Start(range.start)).ok()?;
        let mut bytes = Vec::with_capacity(usize::try_from(length).ok()?);
        reader.take(length).read_to_end(&mut bytes).ok()?;
        (bytes.len() as u64 == length).then(|| bytes.into())
    }

    pub(super) fn damaged(&self, group: usize, groups: usize) -> Problem {
        let name = &self.wanted.0;
        let place = match groups {
            1 => String::new(),
            _ => format!(" in row group {group} (counted from 0)"),
        };
        Problem::new(format!(
            "the column `{name}` ({}) cannot be decoded{place}: the file is damaged, or written in \
             a way that is not known here",
            self.type_name
        ))
        .in_column(name)
        .remedy("write or download it again")
    }
}
