-- One row a name that led to a target by a file which is gone since, or which goes by another name: should the same name
-- lead to another object when a file comes back, it is held as if it had never been away. `path`, `rule` and `label`: the
-- file's, as it was seen last. A person's yes to the other object ends it.
CREATE TABLE former_bindings (
    reference TEXT NOT NULL,
    target    TEXT NOT NULL,
    path      TEXT NOT NULL,
    rule      TEXT,
    label     TEXT,
    since     INTEGER NOT NULL,
    PRIMARY KEY (reference, target)
) STRICT, WITHOUT ROWID;
CREATE INDEX former_bindings_path ON former_bindings (path);
