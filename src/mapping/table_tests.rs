//! Tables as people save them.

use super::{BoundTable, Table, TableError, TableForm};
use crate::model::{Property, SourcePath, TargetKind};

fn parse(text: &str) -> Result<Table, TableError> {
    Table::parse(text.as_bytes(), &TableForm::default())
}

fn bound(text: &str, files: &[&str]) -> BoundTable {
    let files: Vec<SourcePath> = files.iter().map(|file| SourcePath::new(file).unwrap()).collect();
    parse(text).unwrap_or_else(|error| panic!("{error}\n{text}")).bind(files.iter(), true)
}

fn look(table: &BoundTable, path: &str) -> Option<String> {
    table.find(&SourcePath::new(path).unwrap()).map(|found| match found {
        Ok(found) => format!("{} by {}", found.reference, found.rule),
        Err(problem) => problem.to_string(),
    })
}

/// What the table makes of each of the files: `3` for its line, `-` for nothing, `held` with the line.
fn verdicts(text: &str, files: &[&str]) -> Vec<String> {
    let table = bound(text, files);
    let line = |said: &str| said.split("line ").nth(1).unwrap().chars().take_while(char::is_ascii_digit).collect::<String>();
    let verdict = |file: &&str| match look(&table, file) {
        None => "-".to_owned(),
        Some(said) if said.starts_with("table_row") => format!("held {}", line(&said)),
        Some(said) => line(&said),
    };
    files.iter().map(verdict).collect()
}

const HEAD: &str = "file,kind,property,value,note\n";

/// A row for a person.
fn row(file: &str, number: u32) -> String {
    format!("{file},user,employeeId,{number:04},\n")
}

#[test]
fn reads_comma_semicolon_bom_and_quotes() {
    for text in [
        "file,kind,property,value\nx/a.jpg,user,mail,a@b.c\n",
        "\u{feff}File;Kind;Property;Value\r\nx\\a.jpg;User;Mail;a@b.c\r\n",
        "kind,value,property,file\nuser,\"a@b.c\",mail,\"x/a.jpg\"",
        "file\tkind\tproperty\tvalue\nx/a.jpg\tuser\tmail\ta@b.c\n",
        "file|kind|property|value\nx/a.jpg|user|mail|a@b.c\n",
    ] {
        let table = bound(text, &["x/a.jpg"]);
        assert_eq!(look(&table, "x/a.jpg").as_deref(), Some("user mail a@b.c by table, line 2"), "{text:?}");
    }
    for end in ["\n", "\r\n", "\r"] {
        let text = format!("sep=;{end}file;kind;property;value{end}x/a.jpg;user;mail;a@b.c{end}");
        assert_eq!(verdicts(&text, &["x/a.jpg"]), ["3"]);
        assert_eq!(parse(&text).unwrap().summary(), "read as UTF-8, separated by ;, 1 row");
    }
}

#[test]
fn bad_rows_have_lines_and_hold_their_file() {
    let text = "file,kind,property,value,owner\na.jpg,robot,mail,x,\nb.jpg,group,employeeId,1,\n/,user,mail,x,\nd.jpg,user,mail,x@y.z,\nd.jpg,user,mail,z@y.z,\ne.jpg,contact,mail,z,\nf.jpg,user,mail,,\nok.jpg,user,mail,q@y.z,\n";
    let table = bound(text, &["a.jpg", "b.jpg", "d.jpg", "e.jpg", "f.jpg", "ok.jpg", "none.jpg"]);
    let lines: Vec<u64> = table.table().faults().iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [2, 3, 4, 6, 7, 8]);
    assert_eq!(look(&table, "ok.jpg").as_deref(), Some("user mail q@y.z by table, line 9"));
    assert_eq!(
        look(&table, "d.jpg").as_deref(),
        Some("table_row: table, line 5: lines 5 and 6 say different things about this file")
    );
    assert_eq!(look(&table, "none.jpg"), None);
}

#[test]
fn a_table_that_cant_be_used_says_why() {
    for (text, words) in [
        ("", "file is missing"),
        ("file,kind,value\n", "property is missing; the columns there are file, kind, value"),
        ("file,file,kind,property,value\n", "two columns \"file\""),
        ("file,kind,property,value\na.jpg,user,mail,\"x@y.z\nb.jpg,user,mail,b@y.z\n", "line 2: a quote is opened"),
        ("file,kind,property,value\n\"a.jpg,user,mail,x@y.z\n\"b.jpg,user,mail,b@y.z\n", "line 3: text stands behind"),
        ("file,kind,property,value\na.jpg,user,mail,\"x@y.z\nb.jpg,user,mail,b@y.z\"\n", "line 2: a cell holds a line break"),
        ("file,kind,property,value\na.jpg,user,mail,x@y.z\nb.jpg,us", "line 3: the table ends in the middle of a row"),
        ("<html><body>sign in</body></html>", "a web page"),
    ] {
        let said = parse(text).unwrap_err().to_string();
        assert!(said.contains(words), "{said}\n{text}");
    }
}

#[test]
fn quotes_hold_what_they_may_have_swallowed() {
    let files = ["a.jpg", "b.jpg", "c.jpg", "q7.jpg", "other.jpg"];
    let rows =
        |a: &str, b: &str| format!("{HEAD}a.jpg,user,employeeId,1,{a}\nb.jpg,user,employeeId,2,{b}\nc.jpg,user,employeeId,3,\n");
    assert_eq!(verdicts(&rows("5\" x 7\"", "7\""), &files[..4]), ["2", "3", "4", "-"], "inch marks in remarks");
    assert_eq!(verdicts(&rows("\"two\nlines, and more\"", ""), &files), ["2", "4", "5", "-", "-"], "a remark of two lines");
    // Opened in one row and closed in the next: whatever lies between is held, with the row itself.
    assert_eq!(verdicts(&rows("\"5 x 7", "late\""), &files), ["held 2", "held 2", "4", "-", "-"]);
    assert_eq!(
        verdicts(&format!("{HEAD}\"a.jpg,user\",employeeId,1,\nb.jpg,user,employeeId,2,\n"), &files[..2]),
        ["held 2", "3"]
    );
    assert_eq!(verdicts(&format!("{HEAD}a\".jpg,user,employeeId,1,\nb.jpg,user,employeeId,2,\n"), &files[..2]), ["held 2", "3"]);
}

#[test]
fn torn_and_joined_rows_hold_what_they_may_concern() {
    let files = ["a.jpg", "anna.jpg", "b.jpg", "na.jpg", "other.jpg"];
    let text = |middle: &str| format!("{HEAD}{}{middle}{}", row("a.jpg", 1), row("b.jpg", 2));
    assert_eq!(verdicts(&text("anna.jpg,user,employeeId,00\n42,x\n"), &files), ["2", "held 3", "held 5", "held 3", "-"]);
    assert_eq!(verdicts(&text("an\nna.jpg,user,employeeId,0042,x\n"), &files), ["held 2", "held 4", "5", "held 4", "-"]);
    assert_eq!(
        verdicts(&text("anna.jpg,user,employeeId,0042na.jpg,user,employeeId,7,\n"), &files),
        ["2", "held 3", "4", "held 3", "-"]
    );
    // Cells at the end that nobody needs may be left out, as people do who write a table by hand.
    let short = "file,kind,property,value,owner,folder\na.jpg,user,employeeId,1\nb.jpg,user,employeeId,2\n";
    assert_eq!(verdicts(short, &["a.jpg", "b.jpg"]), ["2", "3"]);
}

#[test]
fn cells_find_their_file_by_case_place_and_ending() {
    let files = ["users/anna.jpg", "2024/IMG_1.JPG", "2025/IMG_1.JPG", "x.jpg", "deep/x.jpg", "Jose\u{301}.jpg", "Müller.png"];
    let of = |cell: &str| verdicts(&format!("{HEAD}\"{cell}\",user,employeeId,1,\n"), &files);
    for cell in [
        "Users/ANNA.jpg",
        r"C:\photos\users\anna.jpg",
        r"\\server\share\users\anna.jpg",
        "./users/anna.jpg",
        "/users/anna.jpg",
        "file:///srv/users/anna.jpg",
        r"users\anna",
        "anna.jpg",
        " anna ",
    ] {
        assert_eq!(of(cell), ["2", "-", "-", "-", "-", "-", "-"], "{cell}");
    }
    assert_eq!(of(r"P:\2024\img_1.jpg"), ["-", "2", "-", "-", "-", "-", "-"]);
    assert_eq!(of("IMG_1"), ["-", "held 2", "held 2", "-", "-", "-", "-"]);
    assert_eq!(of("2023/IMG_1.jpg"), ["-", "held 2", "held 2", "-", "-", "-", "-"], "it may have moved");
    assert_eq!(of("x.jpg"), ["-", "-", "-", "2", "-", "-", "-"], "exactly so");
    assert_eq!(of("X.jpg"), ["-", "-", "-", "2", "-", "-", "-"]);
    assert_eq!(of(r"C:\deep\x.jpg"), ["-", "-", "-", "held 2", "held 2", "-", "-"]);
    assert_eq!(of("x.png"), ["-", "-", "-", "held 2", "held 2", "-", "-"]);
    assert_eq!(of("josé.jpg"), ["-", "-", "-", "-", "-", "2", "-"]);
    for spoilt in ["M?ller.png", "MÃ¼ller.png", "Muller.png", "M\u{fffd}ller.png"] {
        assert_eq!(of(spoilt), ["-", "-", "-", "-", "-", "-", "held 2"], "{spoilt}");
    }
}

#[test]
fn rows_that_could_mean_one_file_and_disagree_hold_it() {
    let text = |cells: [(&str, u32); 2]| format!("{HEAD}{}{}", row(cells[0].0, cells[0].1), row(cells[1].0, cells[1].1));
    assert_eq!(verdicts(&text([("C:/p/a.jpg", 1), ("D:/q/a.jpg", 2)]), &["a.jpg"]), ["held 2"]);
    assert_eq!(verdicts(&text([("C:/p/a.jpg", 1), ("D:/q/a.jpg", 1)]), &["a.jpg"]), ["2"]);
    for other in ["D:/q/a.jpg", "A.JPG", "a", "q/a.jpg", "./A.jpg"] {
        assert_eq!(verdicts(&text([("a.jpg", 1), (other, 2)]), &["a.jpg"]), ["held 2"], "{other}");
        assert_eq!(verdicts(&text([("a.jpg", 1), (other, 1)]), &["a.jpg"]), ["2"], "{other}");
    }
    for other in ["D:/q/a.jpg", "q/a.jpg"] {
        assert_eq!(verdicts(&text([("a.jpg", 1), (other, 2)]), &["a.jpg", "q/a.jpg"])[0], "2", "{other} is or may be the other");
    }
    assert_eq!(verdicts(&text([("u/a.jpg", 1), ("a.jpg", 2)]), &["u/a.jpg", "v/a.jpg"]), ["2", "held 3"]);
    assert_eq!(verdicts(&text([("C:/u/a.jpg", 1), ("a.jpg", 2)]), &["u/a.jpg", "v/a.jpg"]), ["held 2", "held 3"]);
}

#[test]
fn a_row_that_almost_spells_a_file_keeps_the_rules_from_it() {
    for (cell, file) in [
        ("Anna\u{a0}Berg.jpg", "Anna Berg.jpg"),
        ("Mary O\u{2019}Neil.jpg", "Mary O'Neil.jpg"),
        ("1001.0", "1001.jpg"),
        ("42", "0042.jpg"),
        ("https://hr.contoso.com/img/1001.jpg?size=2", "1001.jpg"),
        ("\"1001.jpg, 1002.jpg\"", "1002.jpg"),
        ("1001.jpg.jpg", "b/1001.jpg"),
        ("„1001.jpg“", "1001.jpg"),
        ("1001.jpg (https://hr.contoso.com/at/1001x.jpg)", "1001.jpg"),
        ("1001.jpg / neu.jpg", "1001.jpg"),
        ("\"HR/1001.jpg, HR/neu.jpg\"", "HR/1001.jpg"),
        ("1.001E+03_Gross-Meyer.jpg", "1001_Gross-Meyer.jpg"),
    ] {
        assert_eq!(verdicts(&format!("{HEAD}{cell},user,employeeId,7,\n"), &[file, "other.jpg"]), ["held 2", "-"], "{cell}");
    }
    // Beside a file that is there, as well.
    assert_eq!(verdicts(&format!("{HEAD}1001.jpg / b.jpg,user,employeeId,7,\n"), &["1001.jpg", "b.jpg", "c.jpg"])[0], "held 2");
    // Another name is no part of it, and rows whose files are all there keep no rule from any.
    for (cell, file) in [("IMG_1001.jpg", "1001.jpg"), ("1001/a.jpg", "1001.jpg"), ("a.b@contoso.com.jpg", "b@contoso.com.jpg")] {
        assert_eq!(verdicts(&format!("{HEAD}{cell},user,employeeId,7,\n"), &[file]), ["-"], "{cell}");
    }
    let there = ["Anna Berg.jpg", "Berg.jpg", "1001_2.jpg", "1001.jpg", "hr/1001.png", "hr.png"];
    let rows: String = there.iter().step_by(2).map(|file| row(&file.to_uppercase(), 7)).collect();
    assert_eq!(verdicts(&format!("{HEAD}{rows}"), &there), ["2", "-", "3", "-", "4", "-"]);
    // The cells of a row have moved by one: its file is what looks like its value.
    let moved = format!("{HEAD}Anna,user,employeeId,1001,2001\n{}", row("b.jpg", 2));
    assert_eq!(verdicts(&moved, &["1001.jpg", "b.jpg", "1002.jpg"]), ["held 2", "3", "-"]);
    let twice = format!("{HEAD}Anna,user,employeeId,1001,2001\nAnna,user,employeeId,1002,2002\n");
    assert_eq!(verdicts(&twice, &["1001.jpg", "1002.jpg", "1003.jpg"]), ["held 2", "held 3", "-"]);
}

#[test]
fn another_header_in_the_middle_makes_the_table_unusable_if_it_renames_columns() {
    let form =
        TableForm { every_kind: Some(TargetKind::User), every_property: Some(Property::EmployeeId), ..TableForm::default() };
    let error = |second: &str| Table::parse(format!("file,value,note\na.jpg,1,x\n{second}\n2,b.jpg,x\n").as_bytes(), &form).err();
    assert_eq!(error("value,file,note"), Some(TableError::SecondHeader { line: 3 }));
    assert_eq!(error("Note,File,Value"), Some(TableError::SecondHeader { line: 3 }));
    assert_eq!((error("file,value,note"), error("note.jpg,file,x"), error("note,7,x")), (None, None, None));
}

#[test]
fn a_place_that_could_not_be_looked_at_may_hold_another_file() {
    let files = [SourcePath::new("users/anna.jpg").unwrap()];
    let of = |cell: &str| {
        let table = parse(&format!("{HEAD}{}", row(cell, 1))).unwrap().bind(files.iter(), false);
        table.find(&files[0]).unwrap().is_ok()
    };
    assert_eq!((of("users/anna.jpg"), of("USERS/anna.jpg"), of("anna.jpg")), (true, true, false));
}

#[test]
fn without_a_last_line_end_no_rule_decides_and_a_cell_that_may_be_cut_is_not_used() {
    let held = |text: &str| {
        let table = bound(text, &["a.jpg", "b.jpg"]);
        (look(&table, "b.jpg").is_some_and(|said| said.starts_with("table_row")), table.bars_rules().is_some())
    };
    let plain = "file,kind,property,value\n";
    for (property, one, other, is_held) in [
        ("employeeId", "0041", "0042", false),
        ("employeeId", "0041", "004", true),
        ("mail", "a@contoso.com", "b@contoso.com", false),
        ("mail", "a@contoso.com", "b@contoso.co", true),
        ("mailNickname", "anna", "ben", true),
        ("mailNickname", "anna", "\"ben\"", false),
    ] {
        let rows = format!("{plain}a.jpg,user,{property},{one}\nb.jpg,user,{property},{other}");
        assert_eq!(held(&rows), (is_held, true), "{rows}");
        assert_eq!(held(&format!("{rows}\n")), (false, false), "{rows}");
    }
    let noted = format!("{HEAD}{}b.jpg,user,mailNickname,ben,a remark that may go on", row("a.jpg", 1));
    assert_eq!(held(&noted), (false, true));
}

#[test]
fn hr_s_own_columns_are_used_by_name() {
    let form = TableForm {
        file: Some("Foto".to_owned()),
        value: Some("Personalnummer".to_owned()),
        every_kind: Some(TargetKind::User),
        every_property: Some(Property::EmployeeId),
        ..TableForm::default()
    };
    let read = |text: &str| Table::parse(text.as_bytes(), &form);
    let table = read("Personalnummer;Nachname; FOTO \n0042;Berg;a.jpg\n0043;Ohne Bild;\n=\"0044\";Cole;c.jpg\n#N/A;Dorn;d.jpg\na.jpg;Ems;0045\n").unwrap();
    let faults: Vec<u64> = table.faults().iter().map(|fault| fault.line).collect();
    assert_eq!(faults, [5, 6], "somebody without a photo is no fault");
    let files = ["a.jpg", "c.jpg", "d.jpg"].map(|file| SourcePath::new(file).unwrap());
    let table = table.bind(files.iter(), true);
    assert_eq!(look(&table, "a.jpg").as_deref(), Some("user employeeId 0042 by table, line 2"));
    assert_eq!(look(&table, "c.jpg").as_deref(), Some("user employeeId 0044 by table, line 4"));
    assert!(look(&table, "d.jpg").unwrap().contains("#N/A"));
    let said = read("Nummer;Foto\n").unwrap_err().to_string();
    assert_eq!(
        said,
        "the table has no column \"Personalnummer\" (mapping.table.columns.value); the columns there are Nummer, Foto"
    );
    assert_eq!(read("Foto;Personalnummer;foto\n").unwrap_err(), TableError::DoubleColumn { name: "Foto".to_owned() });
}

#[test]
fn titles_above_the_header_are_left_out_and_rows_there_hold_their_files() {
    let titles = "Mitarbeiterliste\r\n\r\nStand: 1. November;;\r\nfile;kind;property;value\r\na.jpg;user;employeeId;0042\r\n";
    let table = parse(titles).unwrap();
    assert_eq!((table.len(), table.bad()), (1, 0));
    assert_eq!(table.summary(), "read as UTF-8, separated by ;, 1 row below 2 lines above the header");
    assert_eq!(verdicts(titles, &["a.jpg", "november.jpg"]), ["5", "-"]);
    // More than a title may be a row, or name a file.
    let rows = format!("b.jpg,user,employeeId,0043,\nc.jpg\nErika,Dorn\n{HEAD}{}", row("a.jpg", 1));
    assert_eq!(verdicts(&rows, &["a.jpg", "b.jpg", "c.jpg", "dorn.jpg", "zoe.jpg"]), ["5", "held 1", "held 2", "held 3", "-"]);
    let faults: Vec<u64> = parse(&rows).unwrap().faults().iter().map(|fault| fault.line).collect();
    assert_eq!(faults, [1, 2]);
    // A row in the place of a header, below a title or not, is not told: errors go to the log.
    for title in ["", "Titel\n"] {
        let said = parse(&format!("{title}anna.jpg;Anna Berg;42\n")).unwrap_err().to_string();
        assert!(!said.contains("Anna"), "{said}");
    }
    // Not any number of rows is looked for it.
    let said = parse(&format!("{}{HEAD}", "Titel\n".repeat(11))).unwrap_err().to_string();
    assert!(said.contains("; the columns there are Titel"), "{said}");
}

#[test]
fn values_nobody_can_have_and_cells_too_many_hold_their_file() {
    let text = "file,kind,property,value,note\na.jpg,user,id,42,\nb.jpg,user,displayName,Berg, Anna,x\nc.jpg,user,displayName,\"Berg, Anna\",\nd.jpg,user,onPremisesSamAccountName,CONTOSO\\jdoe,\ne.jpg,team,ID,12345678-90AB-cdef-1234-567890abcdef,\n";
    let table = bound(text, &["a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg"]);
    let faults: Vec<_> = table.table().faults().iter().map(|fault| format!("{}: {}", fault.line, fault.message)).collect();
    assert_eq!(
        faults,
        [
            "2: the id \"42\" is not an object id, which is a GUID such as 12345678-90ab-cdef-1234-567890abcdef",
            "3: there are more cells than columns: put a text that holds the separator in quotes",
        ]
    );
    assert_eq!(look(&table, "c.jpg").as_deref(), Some("user displayName Berg, Anna by table, line 4"));
    assert!(look(&table, "b.jpg").is_some_and(|said| said.starts_with("table_row: table, line 3")));
    assert_eq!(look(&table, "d.jpg").as_deref(), Some("user onPremisesSamAccountName jdoe by table, line 5"));
    assert!(look(&table, "e.jpg").is_some_and(|said| said.ends_with("by table, line 6")));
}

/// `CONTOSO\jdoe` is the account jdoe, unless it could be that of another domain.
#[test]
fn accounts_with_their_domain_are_read_where_there_is_one_domain() {
    let row = |file: &str, account: &str| format!("{file}.jpg,user,onPremisesSamAccountName,{account}\n");
    let header = "file,kind,property,value\n";
    let one = format!("{header}{}{}{}", row("a", r"CONTOSO\jdoe"), row("b", r"contoso\asmith"), row("c", "bkent"));
    let said = |text: &str, file: &str| look(&bound(text, &["a.jpg", "b.jpg", "c.jpg", "d.jpg"]), file).unwrap();
    for (file, account, line) in [("a.jpg", "jdoe", 2), ("b.jpg", "asmith", 3), ("c.jpg", "bkent", 4)] {
        assert_eq!(said(&one, file), format!("user onPremisesSamAccountName {account} by table, line {line}"));
    }
    let two = format!("{one}{}", row("d", r"FABRIKAM\jdoe"));
    for file in ["a.jpg", "b.jpg", "d.jpg"] {
        assert!(said(&two, file).contains("several domains (contoso, fabrikam)"), "{}", said(&two, file));
    }
    assert!(said(&two, "c.jpg").contains("bkent"));
    for odd in [r"\jdoe", r"A\B\jdoe", r"CONTOSO\"] {
        assert!(said(&format!("{header}{}", row("a", odd)), "a.jpg").starts_with("table_row"), "{odd}");
    }
}

#[test]
fn lines_are_an_editors_whatever_stands_between() {
    let rows = "\n\nfile,kind,property,value,note\n\n\na.jpg,user,mail,a@b.c,\"two\nlines\"\nb.jpg,user,mail,b@b.c,\n\n  \nc.jpg,user,mail,c@b.c,\n\"d.jpg\",user,mail,d@b.c,\"\n\n\"\ne.jpg,user,mail,e@b.c,";
    let files = ["a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg"];
    for text in [rows.to_owned(), rows.replace('\n', "\r\n"), rows.replace('\n', "\r")] {
        assert_eq!(parse(&text).unwrap().faults(), []);
        assert_eq!(verdicts(&text, &files), ["6", "8", "11", "12", "15"]);
    }
}

#[test]
fn rows_without_their_file_are_told_by_line() {
    let text = "file;kind;property;value\nz.jpg;user;mail;z@b.c\nhere.jpg;user;mail;h@b.c\nJosé.jpg;user;mail;j@b.c\nHere.jpg;user;mail;h@b.c\n";
    let table = bound(text, &["here.jpg", "Jose\u{301}.jpg"]);
    let said: Vec<_> = table.absent().iter().map(|fault| format!("{}: {}", fault.line, fault.message)).collect();
    assert_eq!(said, ["2: the file \"z.jpg\" is not in the source directory"]);
    assert_eq!(look(&table, "Jose\u{301}.jpg").as_deref(), Some("user mail j@b.c by table, line 4"));
}

#[test]
fn fifty_thousand_rows_are_read_and_half_a_million_are_the_limit() {
    let rows = |count: u32| {
        let rows = (0..count).map(|n| format!("badges/{n}.jpg,user,employeeId,{n:06}\n"));
        std::iter::once("file,kind,property,value\n".to_owned()).chain(rows).collect::<String>()
    };
    let table = bound(&rows(50_000), &["badges/49999.jpg"]);
    assert_eq!((table.table().len(), table.table().bad()), (50_000, 0));
    assert_eq!(look(&table, "badges/49999.jpg").as_deref(), Some("user employeeId 049999 by table, line 50001"));
    let many = format!("{HEAD}{}", "x,,,,\n".repeat(500_001));
    assert_eq!(parse(&many).unwrap_err(), TableError::TooLong);
}

#[test]
fn many_files_and_rows_of_one_name_cost_no_square_of_their_number() {
    // A folder each, all photos of one name, all rows with a drive before it; and then without the folder.
    let paths: Vec<String> = (0..4_000).map(|n| format!("{n}/photo.jpg")).collect();
    let files: Vec<&str> = paths.iter().map(String::as_str).collect();
    let text: String =
        std::iter::once(HEAD.to_owned()).chain((0..4_000).map(|n| row(&format!("C:/hr/{n}/photo.jpg"), n))).collect();
    let table = bound(&text, &files);
    assert_eq!(look(&table, "7/photo.jpg").as_deref(), Some("user employeeId 0007 by table, line 9"));
    let text: String = std::iter::once(HEAD.to_owned()).chain((0..4_000).map(|n| row("photo", n))).collect();
    assert!(look(&bound(&text, &files), "7/photo.jpg").unwrap().starts_with("table_row"));
    // No row can be read: each file is searched for in all of them.
    let text: String = std::iter::once(HEAD.to_owned()).chain((0..4_000).map(|n| format!("{n}/photo.jpg\n"))).collect();
    assert!(look(&bound(&text, &files), "7/photo.jpg").unwrap().starts_with("table_row"));
}

#[test]
fn the_table_of_the_readme_says_what_it_seems_to() {
    let text = "file,kind,property,value,owner,folder
users/IMG_2041.jpg,user,employeeId,0042,,
\"Berg, Anna.jpg\",user,userPrincipalName,anna.berg@contoso.com,,
photos\\team.png,team,mailNickname,project-x,,
friends/bo.jpg,contact,mail,bo@fabrikam.com,anna@contoso.com,Suppliers
x.jpg,user,id,12345678-90ab-cdef-1234-567890abcdef,,
";
    let wanted = [
        ("users/IMG_2041.jpg", "user employeeId 0042 by table, line 2"),
        ("Berg, Anna.jpg", "user userPrincipalName anna.berg@contoso.com by table, line 3"),
        ("photos/team.png", "team mailNickname project-x by table, line 4"),
        ("friends/bo.jpg", "contact mail anna@contoso.com → Suppliers → bo@fabrikam.com by table, line 5"),
        ("x.jpg", "user id 12345678-90ab-cdef-1234-567890abcdef by table, line 6"),
    ];
    let table = bound(text, &wanted.map(|(path, _)| path));
    assert_eq!(table.table().faults(), []);
    for (path, wanted) in wanted {
        assert_eq!(look(&table, path).as_deref(), Some(wanted));
    }
}
