package sqlite

import (
	"context"
	"database/sql"
	"strings"
)

// manyRows inserts rows into a table, several with one statement: of small rows the statement is most of what they cost. It
// ends with its transaction.
type manyRows struct {
	into       string // table and columns
	columns    int
	statements [maxRows + 1]*sql.Stmt // by their number of rows
}

// maxRows is how many rows a statement takes.
const maxRows = 32

// insert inserts rows, whose values stand one behind the other, and returns their numbers: those of one statement follow
// each other, in a table that has any.
func (m *manyRows) insert(ctx context.Context, tx *sql.Tx, values []any) (ids []int64, err error) {
	for len(values) > 0 {
		n := min(len(values)/m.columns, maxRows)
		if m.statements[n] == nil {
			row := "(" + strings.Repeat("?, ", m.columns-1) + "?)"
			m.statements[n], err = tx.PrepareContext(ctx, "INSERT INTO "+m.into+" VALUES "+row+strings.Repeat(", "+row, n-1)) //nolint:sqlclosecheck,gosec // the transaction ends it; the text is our own
			if err != nil {
				return nil, err
			}
		}
		result, err := m.statements[n].ExecContext(ctx, values[:n*m.columns]...)
		if err != nil {
			return nil, err
		}
		last, err := result.LastInsertId()
		if err != nil {
			return nil, err
		}
		for i := range n {
			ids = append(ids, last-int64(n-1-i))
		}
		values = values[n*m.columns:]
	}
	return ids, nil
}
