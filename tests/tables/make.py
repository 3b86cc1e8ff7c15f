"""Writes the tables of this folder: pyarrow 26.0.1, pandas 3.1.1.

The models take: `named.onnx` the columns age, income and city; `tensor.onnx` two numbers; `zip.onnx` the text
zip and the number x; `flag.onnx` the text flag and the number x; `whole.onnx` age as int64 and income.
"""
import datetime
import decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

N = 24
age = [20 + 3 * (row % 20) for row in range(N)]
income = [round(100 + 37.25 * row, 2) for row in range(N)]
city = ["Oslo" if row % 3 else "Köln" for row in range(N)]
y = [int(row % 4 == 1) for row in range(N)]
plain = pa.table({"age": age, "income": income, "city": city, "y": y})
moment = datetime.datetime(2024, 2, 29, 12)

# Types that nobody uses, before and after the columns that are used.
odd = {
    "decimal128": pa.array([decimal.Decimal(row) / 100 for row in range(N)], pa.decimal128(18, 2)),
    "decimal256": pa.array([decimal.Decimal(row) / 100 for row in range(N)], pa.decimal256(50, 2)),
    "list": pa.array([[1, 2]] * N),
    "fixed_list": pa.array([[1.0, 2.0]] * N, pa.list_(pa.float32(), 2)),
    "map": pa.array([[("a", 1)]] * N, pa.map_(pa.string(), pa.int64())),
    "struct": pa.array([{"a": 1, "b": [{"c": 2}]}] * N),
    "binary": pa.array([b"\xff\x00"] * N),
    "fixed_binary": pa.array([b"ab"] * N, pa.binary(2)),
    "null": pa.nulls(N),
    "int8": pa.array([1] * N, pa.int8()),
    "zoned": pa.array([moment] * N, pa.timestamp("us", "Europe/Berlin")),
    "time": pa.array([1] * N, pa.time64("ns")),
    "duration": pa.array([1] * N, pa.duration("ns")),
    "uuid": pa.ExtensionArray.from_storage(pa.uuid(), pa.array([b"0" * 16] * N, pa.binary(16))),
}
in_arrow_only = {
    "interval": pa.array([pa.MonthDayNano([1, 2, 3])] * N),
    "string_view": pa.array(["a"] * N, pa.string_view()),
    "binary_view": pa.array([b"a"] * N, pa.binary_view()),
    "sparse_union": pa.UnionArray.from_sparse(pa.array([0] * N, pa.int8()), [pa.array([1] * N)]),
    "dense_union": pa.UnionArray.from_dense(
        pa.array([0] * N, pa.int8()), pa.array(range(N), pa.int32()), [pa.array([1] * N)]
    ),
    "runs": pa.RunEndEncodedArray.from_arrays([N // 2, N], [1.5, 2.5]),
    "list_view": pa.array([[1, 2]] * N, pa.list_view(pa.int64())),
    "large_list_view": pa.array([["a", None]] * N, pa.large_list_view(pa.string_view())),
    "inside": pa.array([{"a": [1.5]}] * N, pa.struct([("a", pa.list_view(pa.float64()))])),
}


def around(columns):
    columns = list(columns.items())
    half = len(columns) // 2
    used = [(name, plain[name]) for name in plain.column_names]
    return pa.table(dict(columns[:half] + used + columns[half:]))


pq.write_table(around(odd), "unused.parquet", row_group_size=10)
for name, opened in [("unused.arrow", pa.ipc.new_file), ("stream.arrow", pa.ipc.new_stream)]:
    table = around(odd | in_arrow_only)
    with opened(name, table.schema) as to:
        to.write_table(table, max_chunksize=10)

# The same, packed: views have buffers of their own, and as many as they like.
for codec in ["lz4", "zstd"]:
    options = pa.ipc.IpcWriteOptions(compression=codec)
    table = around(odd | in_arrow_only)
    with pa.ipc.new_file(f"unused_{codec}.arrow", table.schema, options=options) as to:
        to.write_table(table, max_chunksize=10)

# With what tells damage: checksums of pages, and two ways to write them.
told = {
    "x": [None if row % 7 == 0 else row / 8 for row in range(N)],
    "n": [row * row for row in range(N)],
    "word": [None if row % 5 == 0 else f"word {row % 4}" for row in range(N)],
    "flag": [row % 3 == 0 for row in range(N)],
    "y": y,
}
for name, version, codec in [("checked", "1.0", "snappy"), ("checked_2", "2.0", "zstd")]:
    pq.write_table(pa.table(told), f"{name}.parquet", row_group_size=N // 2, compression=codec,
                   data_page_version=version, write_page_checksum=True, use_dictionary=["word", "n"])
pq.write_table(pa.table(told), "unchecked.parquet", compression="none", use_dictionary=["word"])
for codec in [None, "lz4"]:
    table = pa.table(told)
    options = pa.ipc.IpcWriteOptions(compression=codec)
    with pa.ipc.new_file(f"told_{codec or 'plain'}.arrow", table.schema, options=options) as to:
        to.write_table(table)

# Numbers of every type, and what is none.
numbers = {name: pa.array(age, getattr(pa, name)()) for name in
           "int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64".split()}
numbers |= {
    "decimal128": pa.array([decimal.Decimal(value) for value in age], pa.decimal128(18, 2)),
    "decimal256": pa.array([decimal.Decimal(value) for value in age], pa.decimal256(50, 2)),
    "dictionary": pa.array(age).dictionary_encode(),
    "date": pa.array([moment.date()] * N),
    "timestamp": pa.array([moment] * N, pa.timestamp("us")),
    "duration": pa.array([1] * N, pa.duration("ns")),
    "list": pa.array([[1, 2]] * N),
    "texts": pa.array(["20"] * N),
    "income": pa.array(income),
    "y": pa.array(y),
    "y_bool": pa.array([value == 1 for value in y]),
}
pq.write_table(pa.table(numbers), "numbers.parquet")
# As a writer that knows nothing of Arrow has it.
pq.write_table(pa.table(numbers), "foreign.parquet", store_schema=False, data_page_version="2.0")

# What feeds an input of texts and is none.
flags = [row % 2 == 0 for row in range(N)]
x = [row / 8 - 1 for row in range(N)]
pq.write_table(pa.table({"flag": flags, "x": x, "y": y}), "flags.parquet")

# A shuffled part of a table, with the index that it came with.
frame = pd.DataFrame({"age": age, "income": income, "y": y}).sample(frac=1, random_state=1)
frame.to_parquet("index.parquet")

# Small files that hold much: 200 million rows, and a gigabyte of texts, packed in two ways.
M = 4_000_000
few = pa.table({"a": np.zeros(M, np.float32), "b": np.ones(M, np.float32), "y": np.arange(M) // (M // 2)})
with pq.ParquetWriter("many_rows.parquet", few.schema, compression="zstd", data_page_size=1 << 30,
                      write_batch_size=M, max_rows_per_page=M) as to:
    for _ in range(50):
        to.write_table(few, row_group_size=M)
K = 400
long = pa.table({"a": np.zeros(K, np.float32), "b": np.ones(K, np.float32), "y": np.arange(K) % 2,
                 "text": ["a" * 2_000_000 + str(row) for row in range(K)]})
pq.write_table(long, "long_texts.parquet", compression="zstd", compression_level=19,
               dictionary_pagesize_limit=1 << 31 - 1, data_page_size=1 << 30)
options = pa.ipc.IpcWriteOptions(compression=pa.Codec("zstd", 19))
with pa.ipc.new_file("long_texts.arrow", long.schema, options=options) as to:
    to.write_table(long)

# Two texts of a million bytes that a million rows share.
K = 1_000_000
ends = pa.array(["a" * 1_000_000, "b" * 1_000_000])
shared = pa.table({"text": pa.DictionaryArray.from_arrays(pa.array(np.arange(K) * 2 // K, pa.int8()), ends)})
pq.write_table(shared, "shared_texts.parquet", compression="zstd", compression_level=19)
with pa.ipc.new_file("shared_texts.arrow", shared.schema, options=options) as to:
    to.write_table(shared)

# Views that are used: short ones have no buffer of their own, and packed buffers may be without a byte.
viewed = {
    "age": age, "income": income, "city": pa.array(city, pa.string_view()), "y": y,
    "long": pa.array([f"{name}, and more than a view holds" for name in city], pa.string_view()),
    "blank": pa.array([""] * N),
}
# Dictionaries of types that nobody uses.
keys = pa.array([row % 2 for row in range(N)], pa.int8())
nested = {
    "lists": pa.DictionaryArray.from_arrays(keys, pa.array([[1, 2], [3]])),
    "structs": pa.DictionaryArray.from_arrays(keys, pa.array([{"a": 1}, {"a": 2}])),
    "runs": pa.DictionaryArray.from_arrays(keys, pa.RunEndEncodedArray.from_arrays([1, 2], [1.5, 2.5])),
    "views": pa.DictionaryArray.from_arrays(keys, pa.array(["a", "b"], pa.string_view())),
}
# Dictionaries that grow from batch to batch.
words = [["Köln"], ["Köln", "Oslo"]]
parts = [slice(0, 1), slice(1, N)]
grown = [
    pa.record_batch({
        "age": pa.array(age[part]), "income": pa.array(income[part]), "y": pa.array(y[part]),
        "city": pa.DictionaryArray.from_arrays(
            pa.array([known.index(name) for name in city[part]], pa.int32()), pa.array(known)),
    })
    for part, known in zip(parts, words)
]
for codec in [None, "lz4", "zstd"]:
    options = pa.ipc.IpcWriteOptions(compression=codec, emit_dictionary_deltas=True)
    for ending, opened in [("arrow", pa.ipc.new_file), ("arrows", pa.ipc.new_stream)]:
        name = codec or "plain"
        table = pa.table(viewed | nested)
        with opened(f"views_{name}.{ending}", table.schema, options=options) as to:
            to.write_table(table)
        with opened(f"grown_{name}.{ending}", grown[0].schema, options=options) as to:
            for batch in grown:
                to.write_batch(batch)
