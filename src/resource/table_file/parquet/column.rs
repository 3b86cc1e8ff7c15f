//! One column of a file: what it is to be read as, and its row groups, decoded one by one.

use std::io::{Read as _, Seek, SeekFrom};

use polars_arrow::datatypes::{ArrowDataType, ArrowSchema, Field};
use polars_buffer::Buffer;
use polars_parquet::read::{
    BasicDecompressor, ColumnChunkMetadata, FileMetadata, Filter, RowGroupMetadata,
    column_iter_to_arrays,
};

use super::super::arrow_type::{column_type, type_name};
use super::super::guard::{Fault, IS_DAMAGED, guarded_read};
use super::super::taker::Taker;
use super::super::{Read, Wanted};
use super::cursor::Cursor;
use super::{dictionary, schema};
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
        let dtype = match field.dtype.to_storage() {
            // The reader makes one of the texts of all rows, each of which it reads to its end.
            ArrowDataType::Dictionary(_, values, _) if **values == ArrowDataType::Utf8View => {
                ArrowDataType::Utf8View
            }
            dtype => dtype.clone(),
        };
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

    /// The first `rows` rows, or all.
    pub(super) fn read(&self, rows: Option<usize>) -> Result<Read, Problem> {
        let rows = rows.unwrap_or(usize::MAX).min(self.metadata.num_rows);
        self.read_on(&mut Cursor::default(), 0, rows, &|| Ok(()))
    }

    /// The next rows from a place on, of which the first is this row of the file.
    pub(super) fn read_on<E: From<Problem>>(
        &self,
        cursor: &mut Cursor,
        first: usize,
        rows: usize,
        stop: &dyn Fn() -> Result<(), E>,
    ) -> Result<Read, E> {
        let mut taker = self.taker()?.beginning_at(first);
        taker.expect(rows)?;
        cursor.take(self, rows, stop, &mut taker)?;
        Ok(taker.finish()?)
    }

    /// All values of a row group, each as often as it comes or less often.
    pub(super) fn values_of_group(&self, place: usize) -> Result<Read, Problem> {
        let mut taker = self.taker()?;
        if !self.take_dictionary(place, &mut taker)? {
            let rows = self.metadata.row_groups[place].num_rows();
            let mut cursor = Cursor::at_group(place);
            cursor.take::<Problem>(self, rows, &|| Ok(()), &mut taker)?;
        }
        taker.finish()
    }

    /// Takes the dictionary of a row group, and says whether it holds all of its values.
    fn take_dictionary(&self, place: usize, taker: &mut Taker<'_>) -> Result<bool, Problem> {
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
        read.map_err(|fault| fault.told(|| self.damaged(place)))
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

    /// That a row group cannot be decoded.
    pub(super) fn damaged(&self, group: usize) -> Problem {
        let name = &self.wanted.0;
        let place = match self.metadata.row_groups.len() {
            1 => String::new(),
            _ => format!(" in row group {group} (counted from 0)"),
        };
        Problem::new(format!(
            "the column `{name}` ({}) cannot be decoded{place}{IS_DAMAGED}, or written in a way that is \
             not known here",
            self.type_name
        ))
        .in_column(name)
        .remedy("write or download it again")
    }
}
