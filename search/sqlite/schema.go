package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"loradex/internal/fault"
)

// This file defines the database's format and its versions.

const (
	// applicationID marks the file as ours ("LRDX").
	applicationID = 0x4c524458
	// formatVersion is what this build writes, in PRAGMA user_version. Raise it together with a row in migrations.
	formatVersion = 1
)

// schema is format 1.
//
// IDs come from AUTOINCREMENT: one that is used twice would make a derived file point at the wrong chunk.
// chunks_filter repeats what filters ask of a chunk, 15 bytes each: a word search asks it of every match, and in the
// table itself the answers lie a page of text apart.
const schema = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE migrations (version INTEGER PRIMARY KEY, applied INTEGER NOT NULL);
CREATE TABLE generations (id INTEGER PRIMARY KEY, stamp INTEGER NOT NULL);
CREATE TABLE kinds (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE);
CREATE TABLE files (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	path TEXT NOT NULL UNIQUE,
	language TEXT NOT NULL,
	blob TEXT NOT NULL,
	chunks INTEGER NOT NULL,
	generation INTEGER NOT NULL,
	stat_size INTEGER NOT NULL, stat_mtime INTEGER NOT NULL, stat_inode INTEGER NOT NULL, stat_mode INTEGER NOT NULL
);
CREATE INDEX files_generation ON files (generation);
CREATE TABLE texts (id INTEGER PRIMARY KEY AUTOINCREMENT, digest BLOB NOT NULL UNIQUE, text TEXT);
CREATE TABLE chunks (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	file_id INTEGER NOT NULL,
	text_id INTEGER NOT NULL,
	kind_id INTEGER NOT NULL,
	start_line INTEGER NOT NULL, end_line INTEGER NOT NULL,
	symbol TEXT NOT NULL, doc TEXT NOT NULL, signature TEXT NOT NULL,
	body TEXT NOT NULL
);
CREATE INDEX chunks_file ON chunks (file_id, start_line);
CREATE INDEX chunks_text ON chunks (text_id);
CREATE INDEX chunks_filter ON chunks (id, file_id, kind_id);
CREATE TABLE spaces (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	name TEXT NOT NULL UNIQUE,
	dims INTEGER NOT NULL,
	is_default INTEGER NOT NULL,
	body TEXT NOT NULL
);
CREATE TABLE vectors (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	space_id INTEGER NOT NULL,
	text_id INTEGER NOT NULL,
	vector BLOB NOT NULL,
	UNIQUE (space_id, text_id)
);
CREATE TABLE chunk_lists (
	blob TEXT NOT NULL, language TEXT NOT NULL, chunker TEXT NOT NULL, list BLOB NOT NULL,
	PRIMARY KEY (blob, language, chunker)
);
CREATE TABLE common_terms (term TEXT PRIMARY KEY, chunks INTEGER NOT NULL) WITHOUT ROWID;
CREATE VIRTUAL TABLE fts USING fts5 (symbol, path, doc, body,
	content='', contentless_delete=1, tokenize='ascii');
CREATE VIRTUAL TABLE fts_terms USING fts5vocab (fts, row);
`

// migrations bring an older format to the next one; row i leads from format i+1 to i+2.
var migrations = []string{}

// prepare creates the schema in a new database and brings an older one up to date.
func prepare(ctx context.Context, db *sql.DB, path string) error {
	version, err := checkFormat(ctx, db, path)
	if err != nil || version == formatVersion {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it does nothing
	// Another process may have been faster: look again, now that the write lock is ours.
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if version == 0 {
		if _, err := tx.ExecContext(ctx, schema); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d", applicationID)); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO generations VALUES (0, 0)"); err != nil {
			return err
		}
		version = 1
	}
	for ; version < formatVersion; version++ {
		if _, err := tx.ExecContext(ctx, migrations[version-1]); err != nil {
			return fmt.Errorf("migrate to format %d: %w", version+1, err)
		}
	}
	if _, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO migrations VALUES (?, ?)", formatVersion, time.Now().Unix()); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", formatVersion)); err != nil {
		return err
	}
	return tx.Commit()
}

// checkFormat returns the format of a database, 0 for an empty one, and refuses what is not ours or too new.
func checkFormat(ctx context.Context, db *sql.DB, path string) (int, error) {
	var app, version, objects int
	err := db.QueryRowContext(ctx, `SELECT a.application_id, v.user_version, (SELECT count(*) FROM sqlite_schema)
		FROM pragma_application_id a, pragma_user_version v`).Scan(&app, &version, &objects)
	switch {
	case err != nil:
		return 0, err
	case app == 0 && version == 0 && objects == 0:
		return 0, nil
	case app != applicationID:
		return 0, fault.New(fault.Corrupt, "%s is a database, but not an index of Loradex", path).
			WithHint("move it away, then run `loradex index`")
	case version > formatVersion:
		return 0, fault.New(fault.Unsupported, "%s has index format %d, this loradex reads formats up to %d", path, version, formatVersion).
			WithHint("use a newer loradex, or run `loradex clean` and `loradex index`")
	}
	return version, nil
}
