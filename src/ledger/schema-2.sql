-- Removals that passes decided by themselves, without force: a row a pass, forgotten after a day.
CREATE TABLE removals (
    at    INTEGER NOT NULL,
    count INTEGER NOT NULL
) STRICT;

INSERT INTO removals (at, count)
    SELECT CAST(since.value AS INTEGER), CAST(counted.value AS INTEGER) FROM meta AS since, meta AS counted
        WHERE since.name = 'removed_since' AND counted.name = 'removed_count';
DELETE FROM meta WHERE name IN ('removed_since', 'removed_count');

-- What Graph calls a photo that was there when it was compared for the first time, and that nobody had asked about when
-- ours went up: enough to tell whether it changes from then on, no proof that it is ours.
ALTER TABLE targets ADD COLUMN seen_etag TEXT;
