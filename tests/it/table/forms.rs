//! Tables as HR saves them: encodings, separators, its own columns, spoilt numbers; and what is no table.

use super::{HEAD, table, tabled};
use crate::world::{World, portrait};

const NUMBERS: &str = "
users:
  - { userPrincipalName: anna@contoso.com, id: 00000000-0000-4000-8000-00000000000a, employeeId: '004203' }
  - { userPrincipalName: ben@contoso.com, id: 00000000-0000-4000-8000-00000000000b, employeeId: '002001' }
  - { userPrincipalName: cleo@contoso.com, id: 00000000-0000-4000-8000-00000000000c, employeeId: '2001' }
  - { userPrincipalName: dora@contoso.com, id: 00000000-0000-4000-8000-00000000000d, employeeId: '2000' }
";
const OWN: &str = "{ table: { file: people.csv, columns: { file: Foto, value: Personalnummer }, kind: user, property: employeeId }, rules: [] }";

#[test]
fn every_encoding_and_separator_is_read_and_said() {
    let text = "sep=;\r\nfile;kind;property;value\r\nMüller.jpg;user;userPrincipalName;anna@contoso.com\r\n";
    let wide = |bytes: fn(u16) -> [u8; 2]| format!("\u{feff}{text}").encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let latin: Vec<u8> = text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect();
    let tabs = text.split_once('\n').unwrap().1.replace(';', "\t");
    for (bytes, words) in [
        (text.as_bytes().to_vec(), "read as UTF-8, separated by ;, 1 row"),
        (format!("\u{feff}{text}").into_bytes(), "read as UTF-8, separated by ;, 1 row"),
        (wide(u16::to_le_bytes), "read as UTF-16 (little-endian), separated by ;, 1 row"),
        (wide(u16::to_be_bytes), "read as UTF-16 (big-endian), separated by ;, 1 row"),
        (latin, "read as Windows-1252, separated by ;, 1 row"),
        (tabs.into_bytes(), "read as UTF-8, separated by tabs, 1 row"),
    ] {
        let world = tabled("");
        std::fs::write(world.path("people.csv"), bytes).unwrap();
        world.write("Müller.jpg", &portrait(1));
        world.run(&["check"]).exits(0).says(&["can be used", words]);
        world.run(&["doctor", "--offline"]).says(&["every row can be used", words]);
        world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
        assert_eq!(world.user_photo("anna@contoso.com").unwrap().body, portrait(1));
    }
}

#[test]
fn what_is_no_table_is_named_in_bounded_time() {
    let world = tabled("");
    let path = world.path("people.csv");
    // A command that hangs fails the test.
    let refused = |words: &str| {
        for command in [&["reconcile"][..], &["check"], &["check", "--without-secret"], &["doctor", "--offline"]] {
            world.run(command).exits(78).says(&["people.csv", words]);
        }
        if path.is_dir() { std::fs::remove_dir(&path).unwrap() } else { std::fs::remove_file(&path).unwrap() }
    };
    std::fs::write(&path, b"PK\x03\x04\x14\0\x06\0").unwrap();
    refused("an Excel workbook (.xlsx)");
    std::fs::write(&path, "<!DOCTYPE html><title>Sign in</title>").unwrap();
    refused("a web page");
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0).unwrap();
    refused("a named pipe (FIFO)");
    std::fs::create_dir(&path).unwrap();
    refused("a directory");
    std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
    refused("a device");
    std::fs::File::create(&path).unwrap().set_len(2_000_000_000).unwrap();
    refused("2000000000 bytes; at most 64000000 are read");
    std::fs::write(&path, format!("{HEAD}{}", "a,user,mail,a@b.c\n".repeat(3_000_000))).unwrap();
    refused("more than 500000 rows");
}

#[test]
fn hr_s_own_columns_are_named_in_the_configuration() {
    let mut world = World::with(NUMBERS, photosyncd::testing::emulator::Settings::default());
    world.set("mapping", OWN);
    table(&world, "Personalnummer;Nachname;Foto\n004203;Berg;IMG_1.jpg\n002001;Cole;\n");
    world.write("IMG_1.jpg", &portrait(1));
    world.run(&["check"]).exits(0).says(&["1 row"]);
    world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
    assert_eq!(world.user_photo("anna@contoso.com").unwrap().body, portrait(1));
    table(&world, "PersNr;Nachname;Foto\n004203;Berg;IMG_1.jpg\n");
    world.run(&["check"]).exits(78).says(&["no column \"Personalnummer\"", "PersNr, Nachname, Foto"]);
    world.set("mapping", "{ table: { file: people.csv, colums: { file: Foto } } }");
    world.run(&["check"]).exits(78).says(&["mapping.table.colums", "did you mean columns?"]);
}

#[test]
fn spoilt_numbers_are_told_with_the_nearest_one_that_there_is() {
    let mut world = World::with(NUMBERS, photosyncd::testing::emulator::Settings::default());
    world.set("mapping", OWN);
    table(&world, "Foto;Personalnummer\na.jpg;4203\nb.jpg;2,00E+03\nc.jpg;'2001\nd.jpg;=\"002001\"\ne.jpg;#REF!\nf.jpg;99\n");
    for (seed, file) in (1..).zip(["a", "b", "c", "d", "e", "f"]) {
        world.write(&format!("{file}.jpg"), &portrait(seed));
    }
    world.run(&["check"]).exits(0).says(&[
        "line 3: a spreadsheet has shortened",
        "line 4: it begins with an apostrophe",
        "line 6: the value is \"#REF!\"",
    ]);
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    let detail = |file: &str| outcome.problem(file)["detail"].as_str().unwrap().to_owned();
    assert!(
        detail("a.jpg").ends_with("employeeId 4203: leading zeros may be lost or too many; it has 004203"),
        "{}",
        detail("a.jpg")
    );
    assert!(detail("b.jpg").contains("its last digits are lost; it has 2000"), "{}", detail("b.jpg"));
    assert!(detail("c.jpg").contains("apostrophe") && detail("c.jpg").ends_with("it has 2001"), "{}", detail("c.jpg"));
    assert!(detail("e.jpg").contains("a formula failed"));
    assert!(!detail("f.jpg").contains("it has"));
    assert_eq!(world.puts().len(), 1);
    assert_eq!(world.user_photo("ben@contoso.com").unwrap().body, portrait(4));
    // A rule's numbers are looked at likewise.
    world.set("mapping", "{ rules: [ { files: '{number}.{ext}', user: { employeeId: '{number}' } } ] }");
    world.write("4203.jpg", &portrait(9));
    let problem = world.run(&["reconcile", "--json"]).exits(3).problem("4203.jpg");
    assert!(problem["detail"].as_str().unwrap().ends_with("it has 004203"), "{problem}");
}

#[test]
fn rulers_and_headers_between_rows_hold_nobody() {
    let mut world = World::people(3);
    world.set(
        "mapping",
        "{ table: { file: people.csv, columns: { file: Foto, value: UPN }, kind: user, property: userPrincipalName } }",
    );
    let row = |number: u32| {
        world.write(&format!("p{number}.jpg"), &portrait(number));
        format!("|p{number}.jpg|p{number:03}@contoso.com |\n")
    };
    let (ruler, header) = ("---------------------------\n", "|Foto  |UPN              |\n");
    let rows = [row(0), row(1), row(2)];
    table(&world, &format!("{ruler}{header}{ruler}{}{}{ruler}{header}|------+----|\n{}{ruler}", rows[0], rows[1], rows[2]));
    world.run(&["check"]).exits(0).says(&["3 rows below 1 line above the header"]);
    world.run(&["reconcile"]).exits(0).says(&["3 photos delivered"]);
    // A line that is cut may be any line.
    table(&world, &format!("{ruler}{header}{ruler}{}-----", rows.concat()));
    world.run(&["check"]).exits(0).says(&["line 7 has no line end"]);
}
