-- What is counted in each pass is counted without a look at every target: whoever is not in step, and here whoever stands
-- in none of the usual states, and whoever was never given a photo. The rest is a difference.
CREATE INDEX targets_elsewhere ON targets (state) WHERE state NOT IN ('in_step', 'due', 'waiting', 'blocked');
CREATE INDEX targets_undelivered ON targets (state) WHERE delivered_digest IS NULL;
