-- Times are nanoseconds since 1970 UTC: exact, so that a state folded again from its history is the same state.
-- JSON is that of the model's types.

CREATE TABLE target (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('site', 'org')),
    name TEXT NOT NULL,
    UNIQUE (kind, name)
) STRICT;

-- Spans in which a subject was seen unchanged. Append-only, but for the end of an open span.
CREATE TABLE observation (
    id INTEGER PRIMARY KEY,
    target INTEGER NOT NULL REFERENCES target,
    subject TEXT NOT NULL,
    since INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    -- Whether seen_at may still move: the newest span of its subject.
    open INTEGER NOT NULL CHECK (open IN (0, 1)),
    fact TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX observation_open ON observation (target, subject) WHERE open = 1;
CREATE INDEX observation_history ON observation (target, subject);
CREATE INDEX observation_retention ON observation (seen_at) WHERE open = 0;

-- Folded states.
CREATE TABLE latest (
    target INTEGER PRIMARY KEY REFERENCES target,
    revision INTEGER NOT NULL,
    state TEXT NOT NULL
) STRICT;
CREATE INDEX latest_revision ON latest (revision);

-- The lines of sites, with what an index needs of them. `health` is Health::rank.
CREATE TABLE verdict (
    site TEXT PRIMARY KEY,
    health INTEGER NOT NULL CHECK (health BETWEEN 0 AND 6),
    cause TEXT,
    valid_until INTEGER,
    revision INTEGER NOT NULL,
    line TEXT NOT NULL
) STRICT;
CREATE INDEX verdict_risk ON verdict (health, site);
CREATE INDEX verdict_revision ON verdict (revision);

-- Sites whose line was taken away, for those who read along.
CREATE TABLE forgotten (
    site TEXT PRIMARY KEY,
    revision INTEGER NOT NULL
) STRICT;

CREATE TABLE counter (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    revision INTEGER NOT NULL
) STRICT;
INSERT INTO counter (one, revision) VALUES (1, 0);

CREATE TABLE lease (
    kind TEXT NOT NULL CHECK (kind IN ('site', 'org', 'poller')),
    name TEXT NOT NULL,
    holder TEXT NOT NULL,
    taken_at INTEGER NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    class TEXT NOT NULL CHECK (class IN ('look', 'spend', 'write')),
    action TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('site', 'org')),
    name TEXT NOT NULL,
    outcome TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is never changed'); END;
CREATE TRIGGER audit_undeleted BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is never shortened'); END;
