#!/usr/bin/env python3
"""parquet_to_csv.py FILE.parquet OUT.csv: a Parquet file as CSV, exactly: prices with the shortest digits that give the same
number, decimals as they are, times with a zone in UTC. mthost data import calls it. Uses pyarrow, else duckdb; exit 3 when
neither is installed."""
import sys


def with_pyarrow(source, target):
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet
    file = pyarrow.parquet.ParquetFile(source)
    schema = file.schema_arrow
    fields = []
    for field in schema:
        kind = field.type
        if pa.types.is_timestamp(kind) and kind.tz:
            kind = pa.timestamp(kind.unit, "UTC")
        elif pa.types.is_dictionary(kind):
            kind = kind.value_type
        # the index of a table that had no name of its own
        name = "" if field.name.startswith("__index_level_") else field.name
        fields.append(pa.field(name, kind))
    wanted = pa.schema(fields)
    with pyarrow.csv.CSVWriter(target, wanted) as writer:
        for batch in file.iter_batches(batch_size=65536):
            columns = [column.cast(field.type) for column, field in zip(batch.columns, wanted)]
            writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=wanted))


def with_duckdb(source, target):
    import duckdb
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    quoted = [name.replace("'", "''") for name in (source, target)]
    connection.execute(f"COPY (SELECT * FROM read_parquet('{quoted[0]}')) TO '{quoted[1]}' (HEADER, DELIMITER ',')")


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    for convert in (with_pyarrow, with_duckdb):
        try:
            convert(sys.argv[1], sys.argv[2])
            return 0
        except ModuleNotFoundError:
            continue
        except Exception as error:      # of the library: whatever it is, the file could not be read
            print(str(error).replace("\n", " "), file=sys.stderr)
            return 1
    return 3


sys.exit(main())
