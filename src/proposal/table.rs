//! The columns of HR's list: which names the photos, and which the people.

use std::cmp::Reverse;
use std::collections::HashSet;

use super::columns::{PREFERRED, is_own, keys, rows_of, score};
use super::found::{Matches, TableProposal, UnfitTable};
use super::people::People;
use super::rivals::{Rivals, closer};
use super::sample::Sample;
use crate::mapping::{Sheet, Table, TableError, TableForm};
use crate::model::{Property, TargetKind};

/// The columns that lead most files to somebody, or why there are none. With columns that are `given`, how these do.
pub(crate) fn propose(
    bytes: &[u8],
    given: Option<&TableForm>,
    sample: &Sample,
    people: Option<&People>,
) -> Result<Result<TableProposal, UnfitTable>, TableError> {
    let mut rivals = Vec::new();
    let form = if let Some(form) = given {
        form.clone()
    } else {
        let sheet = Sheet::read(bytes)?;
        if is_plain(&sheet) {
            TableForm::default()
        } else if let Some(form) = own_form(&sheet, sample, people) {
            let form = closer(&form, &sheet, sample, people).unwrap_or(form);
            let others = Rivals::of(&form, &sheet, sample, people);
            if !others.equal.is_empty() {
                let undecided = form.value.into_iter().chain(others.equal).collect();
                return Ok(Err(UnfitTable { headers: sheet.headers, file: form.file, undecided }));
            }
            rivals = others.near;
            form
        } else {
            let file = file_column(&sheet, sample).map(|column| sheet.headers[column].clone());
            return Ok(Err(UnfitTable { headers: sheet.headers, file, undecided: Vec::new() }));
        }
    };
    let table = Table::parse(bytes, &form)?;
    let bound = table.bind(sample.files.iter().map(|file| &file.path), sample.is_whole());
    let mut files = HashSet::new();
    let mut rows = Vec::new();
    for (at, file) in sample.files.iter().enumerate() {
        if let Some(found) = bound.find(&file.path) {
            files.insert(at);
            rows.push((file.path.to_string(), found.ok().map(|found| found.reference)));
        }
    }
    let matches = Matches::of_table(people, rows);
    if files.is_empty() {
        return Ok(Err(UnfitTable { headers: Vec::new(), file: None, undecided: Vec::new() }));
    }
    Ok(Ok(TableProposal { form, matches, rivals, files }))
}

fn is_plain(sheet: &Sheet) -> bool {
    ["file", "kind", "property", "value"].iter().all(|name| sheet.headers.iter().any(|header| header.eq_ignore_ascii_case(name)))
}

/// Of all pairs of a column that names files and one that names people, the one that leads most files to somebody. What
/// it depends on is never the order of the columns. One that somebody else stands in is none of them.
fn own_form(sheet: &Sheet, sample: &Sample, people: Option<&People>) -> Option<TableForm> {
    let files = keys(sample);
    let columns: Vec<usize> = (0..sheet.headers.len()).filter(|column| is_own(sheet, *column)).collect();
    let mut found: Vec<(Rank<'_>, TableForm)> = Vec::new();
    for file in &columns {
        let rows = rows_of(sheet, *file, &files);
        for value in columns.iter().filter(|column| *column != file) {
            for (place, property) in PREFERRED.into_iter().enumerate() {
                let worth = score(&rows, *value, &sheet.headers[*value], property, people);
                let (file, value) = (&sheet.headers[*file], &sheet.headers[*value]);
                let rank = (!worth.repeats, worth.score, Reverse((place, file.as_str(), value.as_str())));
                if worth.score > 0 {
                    found.push((rank, form(file, value, property)));
                }
            }
        }
    }
    // What leads a few to somebody does so by accident.
    let most = found.iter().map(|(rank, _)| rank.1).max()?;
    found.retain(|(rank, _)| rank.1 * 3 >= most);
    found.into_iter().max_by(|(one, _), (other, _)| one.cmp(other)).map(|(_, form)| form)
}

/// The column that names most of the files.
fn file_column(sheet: &Sheet, sample: &Sample) -> Option<usize> {
    let files = keys(sample);
    let worth = |column: &usize| rows_of(sheet, *column, &files).iter().map(|(_, weight)| weight).sum::<usize>();
    (0..sheet.headers.len()).filter(|column| worth(column) > 0).max_by_key(|column| (worth(column), Reverse(*column)))
}

/// Whether the values differ, what the pair is worth, how much its property is preferred, then the headers.
type Rank<'s> = (bool, usize, Reverse<(usize, &'s str, &'s str)>);

fn form(file: &str, value: &str, property: Property) -> TableForm {
    TableForm {
        file: Some(file.to_owned()),
        value: Some(value.to_owned()),
        every_kind: Some(TargetKind::User),
        every_property: Some(property),
        ..TableForm::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DirectoryObject, SourcePath};

    const ROWS: usize = 6;
    const NAMES: [&str; ROWS] = ["Anna Berg", "Lars Holm", "Maria Smith", "Zoë Novák", "Tom Baker", "Eva Lind"];

    /// Header and cells of a column, of the photos by their stems.
    type Column = (&'static str, fn(usize) -> String);
    /// The path of a person's photo.
    type PathOf = fn(usize) -> String;

    const CODE: Column = ("Pers.-Nr.", |at| format!("P-{}", 1000 + at));
    const NUMBER: Column = ("Personalnummer", |at| (1000 + at).to_string());
    const LOGIN: Column = ("Login", |at| format!("user{at}"));
    const DOMAIN: Column = ("Account", |at| format!("CONTOSO\\user{at}"));
    const NAME: Column = ("Name", |at| NAMES[at].to_owned());
    const MAIL: Column = ("E-Mail", |at| format!("user{at}@contoso.com"));
    const TOWN: Column = ("Ort", |_| "Berlin".to_owned());

    fn people() -> People {
        let users = (0..ROWS).map(|at| DirectoryObject {
            id: format!("id{at}"),
            display_name: Some(NAMES[at].to_owned()),
            mail: Some((MAIL.1)(at)),
            employee_id: Some((NUMBER.1)(at)),
            on_premises_sam_account_name: Some((LOGIN.1)(at)),
            ..DirectoryObject::default()
        });
        People::new(users.collect(), Vec::new())
    }

    fn permutations(columns: &[Column]) -> Vec<Vec<Column>> {
        if columns.is_empty() {
            return vec![Vec::new()];
        }
        let mut all = Vec::new();
        for at in 0..columns.len() {
            let mut rest = columns.to_vec();
            let first = rest.remove(at);
            all.extend(permutations(&rest).into_iter().map(|rest| [vec![first], rest].concat()));
        }
        all
    }

    /// In whatever order its columns stand, a table leads every photo to the same person by the same columns.
    #[test]
    fn the_order_of_the_columns_is_no_matter() {
        let with_ending: [(Column, PathOf); 4] = [
            (("Foto", |at| format!("{}.jpg", 1000 + at)), |at| format!("{}.jpg", 1000 + at)),
            (("Foto", |at| format!("user{at}.JPG")), |at| format!("user{at}.JPG")),
            (("Bild", |at| format!("\\\\hr\\x\\{}.jpg", NAMES[at])), |at| format!("x/{}.jpg", NAMES[at])),
            (("Zeichnung", |at| format!("user{at}@contoso.com.png")), |at| format!("user{at}@contoso.com.png")),
        ];
        let bare: [(Column, PathOf); 2] = [
            (("Foto", |at| (1000 + at).to_string()), |at| format!("{}.jpg", 1000 + at)),
            (("Zeichnung", |at| format!("user{at}")), |at| format!("user{at}.jpg")),
        ];
        let sets: [&[Column]; 9] = [
            &[LOGIN],
            &[NUMBER],
            &[DOMAIN],
            &[MAIL],
            &[NUMBER, NAME],
            &[NUMBER, LOGIN, TOWN],
            &[NAME, MAIL, TOWN],
            &[NUMBER, LOGIN, NAME, MAIL],
            &[DOMAIN, NUMBER, TOWN, NAME],
        ];
        let people = people();
        let mut counted = 0;
        for (photo, path) in with_ending.into_iter().chain(bare) {
            let is_bare = photo.1(0).starts_with(|letter: char| letter != '\\') && !photo.1(0).contains('.');
            let sample = Sample::new((0..ROWS).map(|at| SourcePath::new(&path(at)).unwrap()).collect());
            for (set, asked) in sets.iter().flat_map(|set| [(set, Some(&people)), (set, None)]) {
                let mut forms = HashSet::new();
                for columns in permutations(&[&[photo][..], set].concat()) {
                    let line = |cell: &dyn Fn(&Column) -> String| columns.iter().map(cell).collect::<Vec<_>>().join(";") + "\r\n";
                    let rows = (0..ROWS).map(|at| line(&|column| column.1(at))).collect::<String>();
                    let text = line(&|column| column.0.to_owned()) + &rows;
                    let found = propose(text.as_bytes(), None, &sample, asked).unwrap();
                    let found = found.unwrap_or_else(|unfit| panic!("no columns found: {text} {unfit:?}"));
                    assert_eq!((found.matches.taken, found.matches.found), (ROWS, ROWS), "{text}: {:?}", found.form);
                    if !is_bare {
                        assert_eq!(found.form.file.as_deref(), Some(photo.0), "{text}");
                    }
                    for (path, whom) in &found.matches.examples {
                        let at = (0..ROWS).find(|at| SourcePath::new(path).unwrap() == sample.files[*at].path);
                        let mut wanted: Vec<String> =
                            set.iter().map(|column| (column.1)(at.unwrap()).replace("CONTOSO\\", "")).collect();
                        wanted.push(NAMES[at.unwrap()].to_owned());
                        assert!(wanted.iter().any(|wanted| whom.contains(wanted)), "{text}: {path} {whom}");
                    }
                    forms.insert(format!("{:?}", found.form));
                    counted += 1;
                }
                assert_eq!(forms.len(), 1, "{forms:?}");
            }
        }
        assert!(counted > 1_000, "{counted}");
    }

    fn of_photos() -> Sample {
        Sample::new(NAMES.iter().map(|name| SourcePath::new(&format!("Werk/{name}.jpg")).unwrap()).collect())
    }

    fn text(columns: &[Column], separator: &str) -> String {
        let line = |cell: &dyn Fn(&Column) -> String| columns.iter().map(cell).collect::<Vec<_>>().join(separator) + "\r\n";
        line(&|column| column.0.to_owned()) + &(0..ROWS).map(|at| line(&|column| column.1(at))).collect::<String>()
    }

    /// What an export puts above the header, and what separates the cells, is no matter either.
    #[test]
    fn the_header_is_found_below_titles() {
        let photo: Column = ("Bild", |at| format!("{}.jpg", NAMES[at]));
        let titles =
            ["", "Mitarbeiterliste\r\n", "Stand: 1.11.2026, Werk Süd;;;\r\n\r\n", "Firma;ACME;;\r\n;;;\r\nStand;1.11.;;\r\n"];
        for (title, separator) in titles.iter().flat_map(|title| [",", ";", "\t", "|"].map(|separator| (title, separator))) {
            let title = title.replace(';', separator);
            for columns in permutations(&[CODE, NAME, TOWN, photo]) {
                let text = title.clone() + &text(&columns, separator);
                let found = propose(text.as_bytes(), None, &of_photos(), None).unwrap();
                let found = found.unwrap_or_else(|unfit| panic!("{text}: {unfit:?}"));
                assert_eq!(found.form, form("Bild", "Pers.-Nr.", Property::EmployeeId), "{text}");
                assert_eq!((found.matches.taken, found.matches.found), (ROWS, ROWS), "{text}");
            }
        }
    }

    #[test]
    fn beside_a_table_that_nobody_can_check_no_rule_takes_a_few() {
        let photo: Column = ("Bild", |at| format!("{}.jpg", NAMES[at]));
        let mut paths: Vec<SourcePath> = of_photos().files.iter().map(|file| file.path.clone()).collect();
        paths.push(SourcePath::new("Gruppenfoto 2024.jpg").unwrap());
        let sample = Sample::new(paths);
        let table = propose(text(&[CODE, photo], ";").as_bytes(), None, &sample, None).unwrap();
        let proposal = super::super::propose(&sample, None, Some(table));
        assert_eq!((proposal.rules.len(), proposal.left), (0, 1));
        assert_eq!(proposal.left_examples, ["Gruppenfoto 2024.jpg"]);
    }

    #[test]
    fn columns_that_name_others_as_well_are_told() {
        let photo: Column = ("Bild", |at| format!("{}.jpg", NAMES[at]));
        let deputy: Column = ("Vertretung", |at| format!("user{}@contoso.com", (at + 1) % ROWS));
        let former: Column = ("Alte Personalnummer", |at| (2000 + at).to_string());
        let rivals = |columns: &[Column], people: Option<&People>| {
            propose(text(columns, ";").as_bytes(), None, &of_photos(), people).unwrap().unwrap().rivals
        };
        let people = people();
        let own: Column = ("Bild", |at| format!("x/user{at}.jpg"));
        let sample = Sample::new((0..ROWS).map(|at| SourcePath::new(&format!("user{at}.jpg")).unwrap()).collect());
        for asked in [Some(&people), None] {
            let found = propose(text(&[deputy, own, MAIL], ";").as_bytes(), None, &sample, asked).unwrap().unwrap();
            assert_eq!((found.form.value.as_deref(), &found.rivals[..]), (Some("E-Mail"), &["Vertretung".to_owned()][..]));
            assert_eq!(rivals(&[photo, MAIL, deputy], asked).len(), 1, "{}", asked.is_some());
            assert!(rivals(&[photo, MAIL, NUMBER, LOGIN, NAME], asked).is_empty(), "they name the same people");
        }
        let second: Column = ("Kartennummer", |at| (2000 + at).to_string());
        assert_eq!(rivals(&[former, photo, NUMBER], None), ["Alte Personalnummer"], "a former number is nobody's own");
        let unfit = propose(text(&[second, photo, NUMBER], ";").as_bytes(), None, &of_photos(), None).unwrap().unwrap_err();
        assert_eq!(unfit.undecided, ["Kartennummer", "Personalnummer"], "which of them it is, nobody here knows");
        assert!(rivals(&[former, photo, NUMBER], Some(&people)).is_empty(), "the directory knows none of the former ones");
    }

    #[test]
    fn what_a_table_lacks_is_known() {
        let photo: Column = ("Bild", |at| format!("{}.jpg", NAMES[at]));
        let unfit = |columns: &[Column]| propose(text(columns, ";").as_bytes(), None, &of_photos(), None).unwrap().unwrap_err();
        let without_people = unfit(&[TOWN, photo]);
        assert_eq!(without_people.file.as_deref(), Some("Bild"));
        assert_eq!(without_people.headers, ["Ort", "Bild"]);
        assert_eq!(unfit(&[CODE, TOWN]).file, None);
    }
}
