//! Tables that the program writes hold what was given, in either format.

use lazydebugger::table_writer::{Block, BlockValues, TableFormat, TableWriter};
use polars_core::prelude::AnyValue::{self, Float32, Float64, Int64, Null, UInt64};
use polars_core::prelude::DataFrame;
use polars_io::prelude::{ParquetReader, SerReader};

fn block(first: u64) -> Block<'static> {
    Block {
        columns: vec![
            ("row", BlockValues::Counts(vec![first, u64::MAX])),
            ("whole", BlockValues::Integers(vec![-3, i64::MIN])),
            ("number", BlockValues::Numbers(vec![0.1, 2.0])),
            ("score", BlockValues::Scores(vec![Some(0.1), None])),
            (
                "a \"text\", quoted",
                BlockValues::Texts(vec![Some("one, \"two\"\nthree"), None]),
            ),
            ("empty", BlockValues::Texts(vec![Some(""), Some("é")])),
        ],
    }
}

fn written(format: TableFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = TableWriter::new(format, &mut bytes, &block(0)).unwrap();
    writer.write(&block(0)).unwrap();
    writer.write(&block(7)).unwrap();
    writer.finish().unwrap();
    bytes
}

#[test]
fn csv_quotes_what_needs_it_and_tells_nothing_from_an_empty_text() {
    let text = String::from_utf8(written(TableFormat::Csv)).unwrap();
    assert_eq!(
        text,
        "row,whole,number,score,\"a \"\"text\"\", quoted\",empty\n\
         0,-3,0.1,0.1,\"one, \"\"two\"\"\nthree\",\"\"\n\
         18446744073709551615,-9223372036854775808,2.0,,,é\n\
         7,-3,0.1,0.1,\"one, \"\"two\"\"\nthree\",\"\"\n\
         18446744073709551615,-9223372036854775808,2.0,,,é\n"
    );
}

#[test]
fn parquet_is_read_by_others_a_row_group_a_block() {
    let bytes = written(TableFormat::Parquet);
    let mut reader = ParquetReader::new(std::io::Cursor::new(bytes));
    assert_eq!(reader.get_metadata().unwrap().row_groups.len(), 2);
    let table: DataFrame = reader.finish().unwrap();
    let values = |name: &str| {
        let column = table.column(name).unwrap();
        let values = (0..4).map(|row| column.get(row).unwrap().into_static());
        values.collect::<Vec<_>>()
    };
    let of = |one: AnyValue<'static>, other: AnyValue<'static>| vec![one, other];
    assert_eq!(
        values("row"),
        [
            of(UInt64(0), UInt64(u64::MAX)),
            of(UInt64(7), UInt64(u64::MAX))
        ]
        .concat()
    );
    assert_eq!(values("whole")[..2], of(Int64(-3), Int64(i64::MIN)));
    assert_eq!(values("number")[..2], of(Float64(0.1), Float64(2.0)));
    assert_eq!(values("score")[2..], of(Float32(0.1), Null));
    let texts = values("a \"text\", quoted");
    assert_eq!(texts[0].get_str(), Some("one, \"two\"\nthree"));
    assert_eq!(texts[1], Null);
    assert_eq!(values("empty")[2].get_str(), Some(""));
}
