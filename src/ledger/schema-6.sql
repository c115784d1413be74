-- How many targets there are: each is counted when it comes or goes, since to count them all takes a look at every one.
CREATE TABLE counted (
    name   TEXT PRIMARY KEY,
    number INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counted (name, number) SELECT 'targets', count(*) FROM targets;
CREATE TRIGGER targets_come AFTER INSERT ON targets BEGIN
    UPDATE counted SET number = number + 1 WHERE name = 'targets';
END;
CREATE TRIGGER targets_go AFTER DELETE ON targets BEGIN
    UPDATE counted SET number = number - 1 WHERE name = 'targets';
END;
