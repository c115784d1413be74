-- When Microsoft 365 made the account, group or team, where it said so: what is blocked at a young one is looked at every hour.
ALTER TABLE targets ADD COLUMN account_created INTEGER;
-- Targets that are blocked for want of a permission, kind by kind: one is tried for all.
CREATE INDEX targets_not_permitted ON targets (kind) WHERE state = 'blocked' AND reason = 'not_permitted';
