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
-- Another picture may have taken the place of what was delivered, or it may have been taken out, though nobody heard of
-- it: the wish for that was let go before its outcome was known.
ALTER TABLE targets ADD COLUMN unsure INTEGER NOT NULL DEFAULT 0 CHECK (unsure IN (0, 1));
-- A photo of ours may be there though no answer said so: the connection broke, Graph failed, or the program ended while
-- it was on its way. What is found there later is either that one or somebody else's, and nobody can tell which.
ALTER TABLE targets ADD COLUMN unheard INTEGER NOT NULL DEFAULT 0 CHECK (unheard IN (0, 1));
