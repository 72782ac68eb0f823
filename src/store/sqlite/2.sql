-- What was told by the configuration file that `memo` names, so that it need not be read to show what is known.
CREATE TABLE memo (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    file TEXT NOT NULL,
    told TEXT NOT NULL
) STRICT;
CREATE TABLE terms (
    site TEXT PRIMARY KEY,
    terms TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The boards of orgs.
CREATE TABLE board (
    org TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    board TEXT NOT NULL
) STRICT;
CREATE INDEX board_revision ON board (revision);

-- `risk` sorts as SiteRow::risk does; lines of before have none until they are kept again.
ALTER TABLE verdict ADD COLUMN risk BLOB;
DROP INDEX verdict_risk;
CREATE INDEX verdict_risk ON verdict (health, risk, site);

-- Who is near whom: by the user, by the token, and orgs by the id that they have or had.
CREATE INDEX latest_user ON latest (
    CASE WHEN json_valid(state) THEN json_extract(state, '$.last_connection.value.org') END,
    CASE WHEN json_valid(state) THEN json_extract(state, '$.last_connection.value.user') END
);
CREATE INDEX latest_token ON latest (
    CASE WHEN json_valid(state) THEN json_extract(state, '$.last_connection.value.refresh') END
);
CREATE INDEX latest_org ON latest (
    CASE WHEN json_valid(state) THEN json_extract(state, '$.organization.value.yes.id') END
);
CREATE INDEX latest_former ON latest (
    CASE WHEN json_valid(state) THEN json_extract(state, '$.former_id') END
);
