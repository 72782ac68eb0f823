-- `rank` sorts as OrgBoard::rank does; boards of before come first until they are kept again.
ALTER TABLE board ADD COLUMN rank INTEGER NOT NULL DEFAULT 0;
CREATE INDEX board_rank ON board (rank, org);

-- For the counts: a fifth of the pages of verdict_risk.
CREATE INDEX verdict_health ON verdict (health);
