-- Whom the name of a file that is held for that leads to now, as it is told: a person's yes is to that object alone.
ALTER TABLE files ADD COLUMN moved_to TEXT;
-- What waits and what is blocked, by its time: however many are, only those whose time has come are looked at.
CREATE INDEX targets_by_time ON targets (due_at) WHERE state IN ('waiting', 'blocked');
