//! Brings a ledger to the format of this version: numbered steps, all that are missing in one transaction.

use rusqlite::Connection;

/// The steps, in order: step `n` (from 1) leads to format `n`. Steps are added, never changed.
const STEPS: &[&str] = &[
    include_str!("schema-1.sql"),
    include_str!("schema-2.sql"),
    include_str!("schema-3.sql"),
    include_str!("schema-4.sql"),
    include_str!("schema-5.sql"),
    include_str!("schema-6.sql"),
    include_str!("schema-7.sql"),
    include_str!("schema-8.sql"),
];

/// The newest format this version knows.
pub(super) fn newest() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// Applies what is missing.
pub(super) fn migrate(connection: &mut Connection, from: i64) -> rusqlite::Result<()> {
    if from == newest() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for (step, sql) in (1_i64..).zip(STEPS).filter(|(step, _)| *step > from) {
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", step)?;
    }
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ledger as the step before leaves it, with rows.
    fn of_format(format: usize, rows: &str) -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        for (step, sql) in (1_i64..).zip(&STEPS[..format]) {
            connection.execute_batch(sql).unwrap();
            connection.pragma_update(None, "user_version", step).unwrap();
        }
        connection.execute_batch(rows).unwrap();
        migrate(&mut connection, i64::try_from(format).unwrap()).unwrap();
        let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        assert_eq!(found, newest());
        connection
    }

    #[test]
    fn from_the_first_format_removals_still_count_and_targets_stay() {
        let connection = of_format(
            1,
            "INSERT INTO meta VALUES ('cloud', 'global'), ('removed_since', '1700000000000'), ('removed_count', '7');
             INSERT INTO targets (target, label, generation, desired_at, etag, state, since)
                VALUES ('user:a', 'a', 3, 1, 'W/\"1\"', 'in_step', 1), ('user:b', 'b', 1, 1, NULL, 'due', 1);",
        );
        let one = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
        assert_eq!(one("SELECT at || ' ' || count FROM removals"), "1700000000000 7");
        assert_eq!(one("SELECT group_concat(name) FROM meta"), "cloud");
        assert_eq!(
            one("SELECT target || delivered_etag || coalesce(baseline_etag, '-') FROM targets WHERE generation = 3"),
            "user:aW/\"1\"-"
        );
        assert_eq!(one("SELECT CAST(count(*) AS TEXT) FROM targets"), "2");
        assert_eq!(one("SELECT CAST(number AS TEXT) FROM counted WHERE name = 'targets'"), "2");
        connection.execute("DELETE FROM targets WHERE target = (SELECT min(target) FROM targets)", []).unwrap();
        assert_eq!(one("SELECT CAST(number AS TEXT) FROM counted WHERE name = 'targets'"), "1");
        // A ledger that never removed anything.
        let connection = of_format(1, "");
        let counted: i64 = connection.query_row("SELECT count(*) FROM removals", [], |row| row.get(0)).unwrap();
        assert_eq!(counted, 0);
    }

    #[test]
    fn from_the_seventh_format_bindings_are_remembered_from_now_on() {
        let connection = of_format(
            7,
            "INSERT INTO files (path, size, mtime_ns, ctime_ns, inode, device, read_at, reference, target)
                VALUES ('a.jpg', 1, 1, 1, 1, 1, 1, 'user:employeeId:1', 'user:a');",
        );
        let path = crate::model::SourcePath::new("a.jpg").unwrap();
        super::super::files::forget(&connection, &path, crate::model::Timestamp::from_millis(5)).unwrap();
        let one = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
        assert_eq!(
            one("SELECT reference || ' ' || target || ' ' || path || ' ' || since FROM former_bindings"),
            "user:employeeId:1 user:a a.jpg 5"
        );
        assert_eq!(one("SELECT CAST(count(*) AS TEXT) FROM files"), "0");
    }

    #[test]
    fn from_the_third_format_nobody_knows_how_old_an_account_is() {
        let connection = of_format(
            3,
            "INSERT INTO targets (target, label, generation, desired_at, state, since, reason)
                VALUES ('user:a', 'a', 1, 1, 'blocked', 7, 'not_permitted'), ('user:b', 'b', 1, 1, 'due', 1, NULL);",
        );
        let one = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(one("SELECT count(*) FROM targets WHERE account_created IS NULL"), 2);
        let indexed = "SELECT since FROM targets INDEXED BY targets_not_permitted
            WHERE state = 'blocked' AND reason = 'not_permitted' AND kind = 'user'";
        assert_eq!(one(indexed), 7);
    }

    #[test]
    fn a_step_that_fails_changes_nothing() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(STEPS[0]).unwrap();
        connection.pragma_update(None, "user_version", 1).unwrap();
        // Something is in the way of the second.
        connection.execute_batch("CREATE TABLE removals (a)").unwrap();
        assert!(migrate(&mut connection, 1).is_err());
        let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        assert_eq!(found, 1);
        assert!(connection.prepare("SELECT seen_etag FROM targets").is_err());
    }
}
