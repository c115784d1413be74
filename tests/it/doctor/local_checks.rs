//! Faults of the machine: configuration, files, the source, the ledger.

use super::*;

pub(super) const ROWS: &[Row] = &[
    Row {
        name: "a key that nobody knows",
        plant: |world| world.set("upload", "{ per_secnd: 5 }"),
        check: "configuration",
        verdict: "fault",
        words: &["config.yaml:", "upload.per_secnd", "per_second"],
        exit: 78,
        cure: |world| world.set("upload", "{ per_second: 5 }"),
    },
    Row {
        name: "a value out of its range",
        plant: |world| world.set("photo", "{ quality: 400 }"),
        check: "configuration",
        verdict: "fault",
        words: &["photo.quality", "30 to 100"],
        exit: 78,
        cure: |world| world.set("photo", "{ quality: 90 }"),
    },
    Row {
        name: "a rule that can't be understood",
        plant: |world| {
            world.set("mapping", "{ rules: [{ files: 'users/{upn}.{ext}', user: { userPrincipalName: '{nobody}' } }] }");
        },
        check: "configuration",
        verdict: "fault",
        words: &["mapping.rules[0]", "nobody"],
        exit: 78,
        cure: mapped,
    },
    Row {
        name: "me where an application signs in",
        plant: |world| world.set("mapping", "{ rules: [{ files: 'me.{ext}', me: {} }] }"),
        check: "rules",
        verdict: "fault",
        words: &["mapping.rules[0]", "photosyncd login"],
        exit: 78,
        cure: mapped,
    },
    Row {
        name: "a table that is not there",
        plant: |world| world.set("mapping", "{ table: people.csv }"),
        check: "table",
        verdict: "fault",
        words: &["people.csv", "mapping.table"],
        exit: 78,
        cure: mapped,
    },
    Row {
        name: "a row of the table that names nobody",
        plant: |world| {
            std::fs::write(world.path("people.csv"), "file,kind,property,value\nusers/anna@contoso.com.jpg,usr,mail,x@y.z\n")
                .unwrap();
            world.set(
                "mapping",
                "{ table: people.csv, rules: [{ files: '*/**', user: { userPrincipalName: 'anna@contoso.com' } }] }",
            );
        },
        check: "table",
        verdict: "warning",
        words: &["people.csv:2", "usr", "Correct those lines"],
        exit: 0,
        cure: mapped,
    },
    Row {
        name: "a secret that everybody can read",
        plant: |world| mode(world, "secret", 0o644),
        check: "credential",
        verdict: "fault",
        words: &["mode 0644", "chmod 600"],
        exit: 78,
        cure: |world| mode(world, "secret", 0o600),
    },
    Row {
        name: "a secret in a variable that is not set",
        plant: |world| world.sign_in_by("{ client_secret: { env: NOBODY_SETS_THIS } }"),
        check: "credential",
        verdict: "fault",
        words: &["NOBODY_SETS_THIS", "not set"],
        exit: 78,
        cure: secret,
    },
    Row {
        name: "a secret in a variable",
        plant: |world| world.sign_in_by("{ client_secret: { env: PHOTOSYNCD_TEST_SECRET } }"),
        check: "credential",
        verdict: "warning",
        words: &["PHOTOSYNCD_TEST_SECRET", "child processes", "0600"],
        exit: 0,
        cure: secret,
    },
    Row {
        name: "a key of another certificate",
        plant: |world| certificate(world, OTHER),
        check: "credential",
        verdict: "fault",
        words: &["does not belong to the certificate"],
        exit: 78,
        cure: |world| certificate(world, CERTIFICATE),
    },
    Row {
        name: "nobody has signed in",
        plant: |world| world.sign_in_by("{ device_code: {} }"),
        check: "credential",
        verdict: "fault",
        words: &["nobody has signed in", "photosyncd login"],
        exit: 5,
        cure: secret,
    },
    Row {
        name: "a converter that is not installed",
        plant: |world| world.set("photo", "{ heic_converter: [nobody-has-this, '{input}', '{output}'] }"),
        check: "heic_converter",
        verdict: "warning",
        words: &["nobody-has-this", "HEIC and AVIF pictures are held"],
        exit: 0,
        cure: |world| world.set("photo", "{ heic_converter: [sh, '{input}', '{output}'] }"),
    },
    Row {
        name: "a service that was killed",
        plant: |world| {
            let service = world.spawn(&["run"]);
            let socket = world.path(".photosyncd/control.sock");
            world.until("the service listens", || world.puts().len() == 4 && socket.exists());
            service.kill();
        },
        check: "service",
        verdict: "warning",
        words: &["left its socket behind", "systemctl restart"],
        exit: 0,
        cure: |world| {
            let service = world.spawn(&["run"]);
            world.until("the service listens", || world.run(&["doctor", "--offline"]).stdout.contains("it runs as process"));
            service.terminate();
            service.finish();
        },
    },
    Row {
        name: "no source",
        plant: |world| std::fs::rename(world.photos(), world.path("elsewhere")).unwrap(),
        check: "source",
        verdict: "fault",
        words: &["photos", "No such file", "Mount the share"],
        exit: 3,
        cure: |world| std::fs::rename(world.path("elsewhere"), world.photos()).unwrap(),
    },
    Row {
        name: "an empty source",
        plant: |world| {
            std::fs::rename(world.photos(), world.path("elsewhere")).unwrap();
            std::fs::create_dir(world.photos()).unwrap();
        },
        check: "source",
        verdict: "fault",
        words: &["holds no files", "Mount the share"],
        exit: 3,
        cure: |world| {
            std::fs::remove_dir(world.photos()).unwrap();
            std::fs::rename(world.path("elsewhere"), world.photos()).unwrap();
        },
    },
    Row {
        name: "no marker",
        plant: |world| world.set("source", "{ directory: photos, require: .mounted }"),
        check: "source",
        verdict: "fault",
        words: &[".mounted", "Mount the share"],
        exit: 3,
        cure: |world| world.write(".mounted", b""),
    },
    Row {
        name: "a file name that is no text",
        plant: |world| {
            use std::os::unix::ffi::OsStrExt as _;
            std::fs::write(world.photos().join(std::ffi::OsStr::from_bytes(b"users/\xff.jpg")), b"x").unwrap();
        },
        check: "source",
        verdict: "fault",
        words: &["users/\\xff.jpg", "UTF-8"],
        exit: 3,
        cure: |world| {
            use std::os::unix::ffi::OsStrExt as _;
            std::fs::remove_file(world.photos().join(std::ffi::OsStr::from_bytes(b"users/\xff.jpg"))).unwrap();
        },
    },
    Row {
        name: "files that no rule claims",
        plant: |world| world.write("holiday.jpg", b"x"),
        check: "coverage",
        verdict: "warning",
        words: &["4 of 5 files match; 1 unmatched, such as holiday.jpg", "source.ignore"],
        exit: 0,
        cure: |world| std::fs::remove_file(world.photos().join("holiday.jpg")).unwrap(),
    },
    Row {
        name: "rules that fit no file",
        plant: |world| world.set("mapping", "{ rules: [{ files: 'staff/{upn}.{ext}', user: { userPrincipalName: '{upn}' } }] }"),
        check: "coverage",
        verdict: "fault",
        words: &["0 of 4 files match", "mapping.rules"],
        exit: 78,
        cure: mapped,
    },
    Row {
        name: "a name that nobody can have",
        plant: |world| world.write("users/anna.jpg", b"x"),
        check: "coverage",
        verdict: "warning",
        words: &["users/anna.jpg", "1 held, such as"],
        exit: 0,
        cure: |world| std::fs::remove_file(world.photos().join("users/anna.jpg")).unwrap(),
    },
    Row {
        name: "another tenant's ledger",
        plant: |world| {
            world.run(&["reconcile"]).exits(0);
            world.ledger_belongs_to("fabrikam.com");
        },
        check: "ledger",
        verdict: "fault",
        words: &["fabrikam.com", "contoso.com", "Set ledger.path"],
        exit: 78,
        cure: no_ledger,
    },
    Row {
        name: "a newer ledger",
        plant: |world| {
            world.run(&["reconcile"]).exits(0);
            world.ledger_has_format(99);
        },
        check: "ledger",
        verdict: "fault",
        words: &["format 99", "Install the newer version"],
        exit: 78,
        cure: no_ledger,
    },
    Row {
        name: "a file that is no ledger",
        plant: |world| {
            std::fs::create_dir(world.path(".photosyncd")).unwrap();
            std::fs::write(world.ledger(), "x".repeat(5_000)).unwrap();
        },
        check: "ledger",
        verdict: "fault",
        words: &["not a photosyncd ledger", "Move it away"],
        exit: 78,
        cure: no_ledger,
    },
    Row {
        name: "a damaged ledger",
        plant: |world| {
            world.run(&["reconcile"]).exits(0);
            world.empty_the_log();
            let mut bytes = std::fs::read(world.ledger()).unwrap();
            let from = bytes.len() / 2;
            bytes[from..].fill(0x5a);
            std::fs::write(world.ledger(), bytes).unwrap();
        },
        check: "ledger",
        verdict: "warning",
        words: &["damaged", "photosyncd reconcile", "moves it aside"],
        exit: 0,
        cure: |world| drop(world.run(&["reconcile"]).exits(0)),
    },
];
