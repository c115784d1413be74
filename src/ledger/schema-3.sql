-- Columns that say what they hold: the version wanted beside the one delivered, what Graph called either photo.
ALTER TABLE targets RENAME COLUMN digest TO desired_digest;
ALTER TABLE targets RENAME COLUMN recipe TO desired_recipe;
ALTER TABLE targets RENAME COLUMN etag TO delivered_etag;
ALTER TABLE targets RENAME COLUMN seen_etag TO baseline_etag;
ALTER TABLE targets RENAME COLUMN sent TO sent_digest;
ALTER TABLE targets RENAME COLUMN note TO picture_note;
ALTER TABLE targets RENAME COLUMN unsure TO delivered_uncertain;
ALTER TABLE targets RENAME COLUMN unheard TO upload_unconfirmed;
-- Whether the photo that was kept was overwritten by ours since: 0 surely not, 1 perhaps, 2 surely; and whether it may
-- itself be one of ours.
ALTER TABLE backups RENAME COLUMN sent TO overwritten;
ALTER TABLE backups RENAME COLUMN doubtful TO may_be_ours;

-- The kind of a target, by which the queue takes turns.
ALTER TABLE targets ADD COLUMN kind TEXT GENERATED ALWAYS AS (substr(target, 1, instr(target || ':', ':') - 1)) VIRTUAL;
DROP INDEX targets_due;
CREATE INDEX targets_due ON targets (kind, desired_at) WHERE state = 'due';
DROP INDEX targets_restless;
CREATE INDEX targets_not_in_step ON targets (state) WHERE state IN ('due', 'waiting', 'blocked');
