package convert

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"strconv"

	"github.com/parquet-go/parquet-go"

	"loradex/internal/fault"
)

// batchRows is how many rows of a Parquet file are decoded at a time.
const batchRows = 64

// eachParquetRow calls f with every row of a Parquet file. Top-level columns that are strings, numbers, or lists of
// strings are read; others are passed over. The library panics over some damaged files: that becomes an error.
func eachParquetRow(path string, f func(Row) error) (err error) {
	file, err := os.Open(path) //nolint:gosec // the user names it
	if err != nil {
		return openError(err, path)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return openError(err, path)
	}
	var inner error // of f, which must not count as damage
	defer func() {
		if r := recover(); r != nil && err == nil {
			err = fault.New(fault.Invalid, "%s is a damaged Parquet file: %v", path, r)
		}
	}()
	table, err := parquet.OpenFile(file, info.Size())
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "%s is not a Parquet file", path)
	}
	names := map[int]string{} // of the top-level field of each leaf
	for _, leaf := range table.Schema().Columns() {
		if column, ok := table.Schema().Lookup(leaf...); ok {
			names[column.ColumnIndex] = leaf[0]
		}
	}
	rows := parquet.NewReader(table)
	defer func() { err = errors.Join(err, rows.Close()) }()
	batch := make([]parquet.Row, batchRows)
	for {
		n, readErr := rows.ReadRows(batch)
		for _, values := range batch[:n] {
			if inner = f(parquetRow(values, names)); inner != nil {
				return inner
			}
		}
		if errors.Is(readErr, io.EOF) {
			return nil
		}
		if readErr != nil {
			return fault.Wrap(fault.Invalid, readErr, "%s is damaged", path)
		}
	}
}

// parquetRow gathers the values of a row by field. A field with several values, or repeated ones, is a list.
func parquetRow(values parquet.Row, names map[int]string) Row {
	row := Row{}
	for _, v := range values {
		name, known := names[v.Column()]
		if !known || v.IsNull() {
			continue
		}
		var decoded any
		switch v.Kind() {
		case parquet.ByteArray, parquet.FixedLenByteArray:
			decoded = string(v.ByteArray())
		case parquet.Int32, parquet.Int64:
			decoded = json.Number(strconv.FormatInt(v.Int64(), 10))
		case parquet.Float:
			decoded = json.Number(strconv.FormatFloat(float64(v.Float()), 'g', -1, 32))
		case parquet.Double:
			decoded = json.Number(strconv.FormatFloat(v.Double(), 'g', -1, 64))
		default:
			continue
		}
		if v.RepetitionLevel() > 0 {
			list, ok := row[name].([]any)
			if !ok {
				list = []any{row[name]}
			}
			row[name] = append(list, decoded)
			continue
		}
		row[name] = decoded
	}
	return row
}
