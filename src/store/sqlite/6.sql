-- Authorizations that are watched, as JSON of Authorization: another process goes on where one was killed.
CREATE TABLE watch (
    id TEXT PRIMARY KEY,
    site TEXT NOT NULL,
    authorization TEXT NOT NULL
) STRICT, WITHOUT ROWID;
