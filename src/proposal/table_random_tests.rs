//! Lists of HR by chance, with columns of managers and deputies: whatever columns are proposed, nobody gets another's picture.

use fastrand::Rng;

use super::random_company::{Person, asked, company, given};
use super::table::propose;
use super::{People, Sample};
use crate::mapping::Table;
use crate::model::SourcePath;

/// Header and cells.
type Column = (&'static str, Vec<String>);

/// Columns of people's own; at least one has no gaps.
fn own_columns(rng: &mut Rng, people: &[Person]) -> Vec<Column> {
    let mut columns: Vec<Column> = vec![
        ("UPN", cells(people, |one| one.mail().to_owned())),
        ("E-Mail", cells(people, |one| one.mail().to_owned())),
        ("Personalnummer", cells(people, |one| one.number().to_owned())),
        ("Login", cells(people, |one| one.alias().to_owned())),
    ];
    rng.shuffle(&mut columns);
    columns.truncate(rng.usize(1..=4));
    for (_, cells) in columns.iter_mut().skip(1) {
        for cell in cells.iter_mut().filter(|_| rng.u8(..10) == 0) {
            cell.clear();
        }
    }
    columns
}

fn cells(people: &[Person], cell: impl Fn(&Person) -> String) -> Vec<String> {
    people.iter().map(cell).collect()
}

/// Columns of somebody else's, and whether their headers or their values tell it.
fn others_columns(rng: &mut Rng, people: &[Person]) -> (Vec<Column>, bool) {
    let size = people.len();
    let (mut columns, mut is_told): (Vec<Column>, bool) = (Vec::new(), true);
    for _ in 0..rng.usize(0..3) {
        let bosses = rng.usize(2..size / 2);
        let shift = rng.usize(1..size);
        let is_boss = rng.bool();
        let whom: Vec<usize> = (0..size).map(|at| if is_boss { rng.usize(..bosses) } else { (at + shift) % size }).collect();
        let told = ["Manager", "Manager mail", "Vorgesetzter", "HR partner", "Stellvertretung", "Supérieur"];
        let untold = ["Kontakt", "Person 2"];
        let header = if rng.u8(..3) > 0 { *rng.choice(told).as_ref().unwrap() } else { *rng.choice(untold).as_ref().unwrap() };
        if columns.iter().any(|(known, _)| *known == header) {
            continue;
        }
        is_told &= is_boss || told.contains(&header);
        let is_number = rng.u8(..4) == 0;
        let cell = |at: &usize| if is_number { people[*at].number().to_owned() } else { people[*at].mail().to_owned() };
        columns.push((header, whom.iter().map(cell).collect()));
    }
    (columns, is_told)
}

#[test]
fn random_columns_of_others_give_nobody_a_wrong_face() {
    let (mut chosen, mut refused) = (0, 0);
    for seed in 0..600 {
        let mut rng = Rng::with_seed(seed);
        let people = company(&mut rng, 20 + usize::try_from(seed % 30).unwrap(), seed % 3 == 0);
        let naming = rng.u8(..3);
        let stems: Vec<String> = people
            .iter()
            .enumerate()
            .map(|(at, one)| match naming {
                0 => format!("{}", 9_001_000 + at),
                1 => one.alias().to_owned(),
                _ => format!("IMG_{}", 3000 + at),
            })
            .collect();
        let mut columns = own_columns(&mut rng, &people);
        let (others, is_told) = others_columns(&mut rng, &people);
        columns.extend(others);
        columns.push(("Foto", stems.iter().map(|stem| format!("{stem}.jpg")).collect()));
        columns.push(("Ort", people.iter().map(|_| "Berlin".to_owned()).collect()));
        rng.shuffle(&mut columns);
        let line = |cell: &dyn Fn(&Column) -> String| columns.iter().map(cell).collect::<Vec<_>>().join(";") + "\r\n";
        let rows: String = (0..people.len()).map(|at| line(&|column| column.1[at].clone())).collect();
        let text = line(&|column| column.0.to_owned()) + &rows;
        let paths: Vec<SourcePath> = stems.iter().map(|stem| SourcePath::new(&format!("{stem}.jpg")).unwrap()).collect();
        let known: People = asked(&people);
        let found = propose(text.as_bytes(), None, &Sample::new(paths.clone()), Some(&known)).unwrap();
        let Ok(found) = found else {
            assert!(!is_told, "seed {seed}: nothing chosen of\n{text}");
            refused += 1;
            continue;
        };
        let table = Table::parse(text.as_bytes(), &found.form).unwrap();
        let bound = table.bind(paths.iter(), true);
        let led = paths.iter().map(|path| bound.find(path).and_then(Result::ok).and_then(|row| given(&people, &row.reference)));
        let led: Vec<Option<usize>> = led.collect();
        let wrong = led.iter().enumerate().find(|(at, whom)| whom.is_some_and(|whom| whom != *at));
        assert!(wrong.is_none(), "seed {seed}: {wrong:?} by {:?} of\n{text}", found.form);
        let served = led.iter().flatten().count();
        assert!(served * 10 >= people.len() * 7, "seed {seed}: {served} by {:?} of\n{text}", found.form);
        chosen += 1;
    }
    assert!(chosen > 400 && refused > 20, "{chosen} {refused}");
}
