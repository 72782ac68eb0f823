-- What was told last of each site's health, as JSON of Judged; of a site of which nothing was told, what the next change
-- begins with.
CREATE TABLE told (
    site TEXT PRIMARY KEY,
    judged TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Changes of health that are still to be told. Numbers are never given twice: who tells one may be slow.
CREATE TABLE change (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    site TEXT NOT NULL,
    at INTEGER NOT NULL,
    -- How often somebody began to tell it. One that nobody began to tell may still be replaced, or go.
    tries INTEGER NOT NULL,
    retry_at INTEGER,
    change TEXT NOT NULL
) STRICT;
CREATE INDEX change_site ON change (site, number);
CREATE UNIQUE INDEX change_waiting ON change (site) WHERE tries = 0;
