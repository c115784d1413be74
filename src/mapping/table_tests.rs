//! Tables as people save them.

use super::{Table, TableError};
use crate::model::SourcePath;

fn look(table: &Table, path: &str) -> Option<String> {
    table.find(&SourcePath::new(path).unwrap()).map(|found| match found {
        Ok(found) => format!("{} by {}", found.reference, found.rule),
        Err(problem) => problem.to_string(),
    })
}

#[test]
fn reads_comma_semicolon_bom_and_quotes() {
    for text in [
        "file,kind,property,value\nx/a.jpg,user,mail,a@b.c\n",
        "\u{feff}File;Kind;Property;Value\r\nx\\a.jpg;User;Mail;a@b.c\r\n",
        "kind,value,property,file\nuser,\"a@b.c\",mail,\"x/a.jpg\"",
    ] {
        let table = Table::parse(text.as_bytes()).unwrap();
        assert_eq!(look(&table, "x/a.jpg").as_deref(), Some("user mail a@b.c by table, line 2"), "{text:?}");
    }
}

#[test]
fn bad_rows_have_lines_and_hold_their_file() {
    let table = Table::parse(b"file,kind,property,value,owner\na.jpg,robot,mail,x\nb.jpg,group,employeeId,1\n../c,user,mail,x\nd.jpg,user,mail,x@y.z\nd.jpg,user,mail,z@y.z\ne.jpg,contact,mail,z\nf.jpg,user,mail,\nok.jpg,user,mail,q@y.z\n").unwrap();
    let lines: Vec<u64> = table.faults().iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [2, 3, 4, 6, 7, 8]);
    assert_eq!(look(&table, "ok.jpg").as_deref(), Some("user mail q@y.z by table, line 9"));
    assert_eq!(
        look(&table, "d.jpg").as_deref(),
        Some("table_row: table, line 6: lines 5 and 6 say different things about this file")
    );
    assert_eq!(look(&table, "none.jpg"), None);
}

#[test]
fn a_table_without_its_header_is_refused() {
    assert_eq!(Table::parse(b"").unwrap_err(), TableError::Header("file"));
    assert_eq!(Table::parse(b"file,kind,value\n").unwrap_err(), TableError::Header("property"));
    assert_eq!(Table::parse(&[0xff, 0xfe, 0x41]).unwrap_err(), TableError::NotUtf8);
}

#[test]
fn values_nobody_can_have_and_cells_too_many_hold_their_file() {
    let table = "file,kind,property,value,note\na.jpg,user,id,42\nb.jpg,user,displayName,Berg, Anna,x\nc.jpg,user,displayName,\"Berg, Anna\"\nd.jpg,user,onPremisesSamAccountName,CONTOSO\\jdoe\ne.jpg,team,ID,12345678-90AB-cdef-1234-567890abcdef\n";
    let table = Table::parse(table.as_bytes()).unwrap();
    let faults: Vec<_> = table.faults().iter().map(|fault| format!("{}: {}", fault.line, fault.message)).collect();
    assert_eq!(
        faults,
        [
            "2: the id \"42\" is no object id: that is a GUID such as 12345678-90ab-cdef-1234-567890abcdef",
            "3: there are more cells than columns: put a text that holds the separator in quotes",
            "5: the onPremisesSamAccountName \"CONTOSO\\\\jdoe\" holds a \\",
        ]
    );
    assert_eq!(look(&table, "c.jpg").as_deref(), Some("user displayName Berg, Anna by table, line 4"));
    assert!(look(&table, "b.jpg").is_some_and(|said| said.starts_with("table_row: table, line 3")));
    assert!(look(&table, "e.jpg").is_some_and(|said| said.ends_with("by table, line 6")));
}

#[test]
fn lines_are_an_editors_whatever_stands_between() {
    let rows = "\n\nfile,kind,property,value,note\n\n\na.jpg,user,mail,a@b.c,\"two\nlines\"\nb.jpg,user,mail,b@b.c,\n\n  \nc.jpg,user,mail,c@b.c,\n\"d.jpg\",user,mail,d@b.c,\"\n\n\"\ne.jpg,user,mail,e@b.c";
    for text in [rows.to_owned(), rows.replace('\n', "\r\n"), rows.replace('\n', "\r")] {
        let table = Table::parse(text.as_bytes()).unwrap();
        assert_eq!(table.faults(), []);
        let mut lines: Vec<_> = table.files().map(|(file, line)| (line, file.as_str())).collect();
        lines.sort_unstable();
        assert_eq!(lines, [(6, "a.jpg"), (8, "b.jpg"), (11, "c.jpg"), (12, "d.jpg"), (15, "e.jpg")]);
    }
}

#[test]
fn rows_without_their_file_are_told_by_line() {
    let table = "file;kind;property;value\nz.jpg;user;mail;z@b.c\nhere.jpg;user;mail;h@b.c\nJosé.jpg;user;mail;j@b.c\nHere.jpg;user;mail;i@b.c\n";
    let table = Table::parse(table.as_bytes()).unwrap();
    let absent = table.absent(|path| ["here.jpg", "Jose\u{301}.jpg"].contains(&path.as_str()));
    let said: Vec<_> = absent.iter().map(|fault| format!("{}: {}", fault.line, fault.message)).collect();
    assert_eq!(
        said,
        ["2: the file \"z.jpg\" is not in the source directory", "5: the file \"Here.jpg\" is not in the source directory"]
    );
    assert_eq!(look(&table, "Jose\u{301}.jpg").as_deref(), Some("user mail j@b.c by table, line 4"));
}

#[test]
fn thousands_of_rows_are_read_at_once() {
    let rows = (0..50_000).map(|n| format!("badges/{n}.jpg,user,employeeId,{n:06}\n"));
    let text: String = std::iter::once("file,kind,property,value\n".to_owned()).chain(rows).collect();
    let table = Table::parse(text.as_bytes()).unwrap();
    assert_eq!((table.len(), table.faults().len()), (50_000, 0));
    assert_eq!(look(&table, "badges/49999.jpg").as_deref(), Some("user employeeId 049999 by table, line 50001"));
    assert_eq!(table.absent(|_| true), []);
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
    let table = Table::parse(text.as_bytes()).unwrap();
    assert_eq!(table.faults(), []);
    for (path, wanted) in [
        ("users/IMG_2041.jpg", "user employeeId 0042 by table, line 2"),
        ("Berg, Anna.jpg", "user userPrincipalName anna.berg@contoso.com by table, line 3"),
        ("photos/team.png", "team mailNickname project-x by table, line 4"),
        ("friends/bo.jpg", "contact mail anna@contoso.com → Suppliers → bo@fabrikam.com by table, line 5"),
        ("x.jpg", "user id 12345678-90ab-cdef-1234-567890abcdef by table, line 6"),
    ] {
        assert_eq!(look(&table, path).as_deref(), Some(wanted));
    }
}
