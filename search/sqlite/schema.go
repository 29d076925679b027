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
	formatVersion = 5
)

// schema is format 5.
//
// IDs come from AUTOINCREMENT: one that is used twice would make a derived file point at the wrong chunk.
//
// files are versions of files: what a path holds in one tree or in many. Which tree has which is in members, as ranges of
// numbers. A version is not changed while several trees have it, and goes with the last of them. stats are for trees whose
// stat data the database keeps.
//
// chunks_filter repeats what filters, and the search for texts without vectors, ask of a chunk, 18 bytes each: they ask
// it of many chunks, and in the table itself the answers lie a page of text apart.
const schema = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE migrations (version INTEGER PRIMARY KEY, applied INTEGER NOT NULL);
CREATE TABLE generations (id INTEGER PRIMARY KEY, stamp INTEGER NOT NULL);
CREATE TABLE kinds (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE);
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
` + versions + members + versionIndexes + symbols

// symbols is the table that format 3 brought: the symbols of chunks, in their order.
const symbols = `
CREATE TABLE symbols (
	chunk_id INTEGER NOT NULL, place INTEGER NOT NULL,
	name TEXT NOT NULL, kind TEXT NOT NULL, start_line INTEGER NOT NULL, end_line INTEGER NOT NULL,
	PRIMARY KEY (chunk_id, place)
) WITHOUT ROWID;
`

// versions are the tables that format 2 brought: files of several trees.
const versions = `
CREATE TABLE trees (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	repo TEXT NOT NULL, branch TEXT NOT NULL, rev TEXT NOT NULL,
	body TEXT NOT NULL,
	UNIQUE (repo, branch, rev)
);
CREATE TABLE files (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	path TEXT NOT NULL, language TEXT NOT NULL, blob TEXT NOT NULL, chunker TEXT NOT NULL,
	chunks INTEGER NOT NULL,
	generation INTEGER NOT NULL
);
`

// memberRows is what members were up to format 4: a row for each file.
const memberRows = `
CREATE TABLE members (
	tree_id INTEGER NOT NULL,
	file_id INTEGER NOT NULL,
	stat_size INTEGER NOT NULL, stat_mtime INTEGER NOT NULL, stat_inode INTEGER NOT NULL, stat_mode INTEGER NOT NULL,
	PRIMARY KEY (tree_id, file_id)
) WITHOUT ROWID;
CREATE INDEX members_file ON members (file_id);
`

// members are the tables that format 5 brought.
const members = `
CREATE TABLE members (tree_id INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (tree_id, first)) WITHOUT ROWID;
CREATE TABLE stats (
	tree_id INTEGER NOT NULL, file_id INTEGER NOT NULL,
	size INTEGER NOT NULL, mtime INTEGER NOT NULL, inode INTEGER NOT NULL, mode INTEGER NOT NULL,
	PRIMARY KEY (tree_id, file_id)
) WITHOUT ROWID;
`

const versionIndexes = `
CREATE INDEX files_path ON files (path, blob);
CREATE INDEX files_generation ON files (generation);
CREATE INDEX chunks_filter ON chunks (id, file_id, kind_id, text_id);
`

// migrations bring an older format to the next one; row i leads from format i+1 to i+2. All run in one transaction, so
// one that is killed has not begun.
var migrations = []string{
	// 1 to 2: the files of the one repository become those of the zero tree. Numbers stay, for the derived files, and so
	// does the counter that they come from.
	`ALTER TABLE files RENAME TO files_1;
	DROP INDEX files_generation;
	DROP INDEX chunks_filter;` + versions + memberRows + `
	INSERT INTO trees (id, repo, branch, rev, body) VALUES (1, '', '', '', coalesce((SELECT value FROM meta WHERE key = 'repo'), ''));
	INSERT INTO meta (key, value) SELECT 'languages', json_extract(value, '$.languages') FROM meta
		WHERE key = 'repo' AND json_extract(value, '$.languages') IS NOT NULL;
	INSERT INTO files (id, path, language, blob, chunker, chunks, generation) SELECT id, path, language, blob,
		coalesce((SELECT json_extract(value, '$.chunker') FROM meta WHERE key = 'repo'), ''), chunks, generation FROM files_1;
	INSERT INTO members SELECT 1, id, stat_size, stat_mtime, stat_inode, stat_mode FROM files_1;
	DELETE FROM sqlite_sequence WHERE name = 'files';
	INSERT INTO sqlite_sequence (name, seq) SELECT 'files', seq FROM sqlite_sequence WHERE name = 'files_1';
	DELETE FROM meta WHERE key = 'repo';
	DROP TABLE files_1;` + versionIndexes,
	// 2 to 3: chunks have symbols. Of old ones only the names are known, joined, which get the lines of their chunk until the
	// next run cuts the file anew.
	symbols + `WITH RECURSIVE parts (id, place, name, rest) AS (
		SELECT id, -1, '', symbol || ', ' FROM chunks WHERE symbol <> ''
		UNION ALL
		SELECT id, place + 1, substr(rest, 1, instr(rest, ', ') - 1), substr(rest, instr(rest, ', ') + 2) FROM parts WHERE rest <> '')
	INSERT INTO symbols SELECT p.id, p.place, p.name, k.name, c.start_line, c.end_line
		FROM parts p JOIN chunks c ON c.id = p.id JOIN kinds k ON k.id = c.kind_id WHERE p.name NOT IN ('', '…');`,
	// 3 to 4: words lie in files beside the database, which the next search or run makes.
	`DROP TABLE fts_terms; DROP TABLE fts; DROP TABLE common_terms;
	DELETE FROM meta WHERE key = 'common_terms';`,
	// 4 to 5: members are ranges. Files without stat data have zeros.
	`ALTER TABLE members RENAME TO members_4;` + members + `
	INSERT INTO members SELECT tree_id, min(file_id), max(file_id) FROM (
		SELECT tree_id, file_id, file_id - row_number() OVER (PARTITION BY tree_id ORDER BY file_id) AS place FROM members_4)
		GROUP BY tree_id, place;
	INSERT INTO stats SELECT tree_id, file_id, stat_size, stat_mtime, stat_inode, stat_mode FROM members_4
		WHERE stat_size <> 0 OR stat_mtime <> 0 OR stat_inode <> 0 OR stat_mode <> 0;
	DROP TABLE members_4;`,
}

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
		version = formatVersion
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
