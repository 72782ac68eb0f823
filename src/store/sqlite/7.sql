-- Changes of sites that can be taken back, as JSON of Undoable.
CREATE TABLE undo (
    id TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    operation TEXT NOT NULL,
    change TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX undo_at ON undo (at);

-- Sites that the last run of an operation over many has not done: those that failed, and those that it did not come to.
CREATE TABLE batch (
    operation TEXT NOT NULL,
    site TEXT NOT NULL,
    PRIMARY KEY (operation, site)
) STRICT, WITHOUT ROWID;
