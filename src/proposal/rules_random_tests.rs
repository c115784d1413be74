//! Directories and trees by chance, of which is known whose each file is: whatever rules are proposed, nobody gets another's
//! picture, and ordinary namings get rules that serve nearly all. `PHOTOSYNCD_SEEDS=1000` runs more.

use fastrand::Rng;

use super::random_company::{Person, asked, company, led};
use super::{MappingProposal, Sample, propose};
use crate::mapping::plain_letters;
use crate::model::SourcePath;

/// How files are called.
struct Naming {
    /// `{first}`, `{last}`, `{alias}`, `{mail}`, `{number}`; `{any}`: a number of nobody's own, `{hash}`: signs by chance.
    form: &'static str,
    /// Of a hundred people without namesakes, so many are served.
    served: usize,
    /// Namesakes can be told apart by it.
    is_certain: bool,
}

const fn naming(form: &'static str, served: usize, is_certain: bool) -> Naming {
    Naming { form, served, is_certain }
}

const NAMINGS: [Naming; 20] = [
    naming("{first} {last}", 90, false),
    naming("{last}_{first}", 90, false),
    naming("{first}.{last}", 60, false),
    naming("{last}, {first}", 90, false),
    naming("Passbild {first} {last}", 90, false),
    naming("{first} {last}, Raum {any}", 90, false),
    naming("{first} {last} ({any})", 90, false),
    naming("{last}_{first}_{any}", 90, false),
    naming("{any} {first} {last}", 90, false),
    naming("{last} {any}", 0, false),
    naming("{hash}", 0, false),
    naming("{any}-{hash}", 0, false),
    naming("{mail}", 95, true),
    naming("{alias}", 95, true),
    naming("{number}", 95, true),
    naming("Foto_{number}", 95, true),
    naming("{last}, {first} ({number})", 95, true),
    naming("{number} {last}", 95, true),
    naming("{last}_{number}_2023", 95, true),
    naming("{number}_{hash}", 0, true),
];

/// The trees' people: those whose pictures are there.
struct Tree {
    people: Vec<Person>,
    /// By file, whose it is; none if he has left.
    own: Vec<Option<usize>>,
    paths: Vec<SourcePath>,
    /// The files' names have no marks, unlike the directory's.
    is_plain: bool,
}

fn tree(rng: &mut Rng, naming: &Naming, namesakes: bool) -> Tree {
    let size = rng.usize(24..70);
    let people = company(rng, size, namesakes);
    let (count, turn) = (people.len(), rng.usize(1..people.len()));
    let leavers = leavers(rng, &people);
    let is_plain = rng.u8(..4) == 0;
    let mut own = Vec::new();
    let mut taken = std::collections::HashSet::new();
    let mut paths = Vec::new();
    let mut order: Vec<usize> = (0..count + leavers.len()).collect();
    rng.shuffle(&mut order);
    for at in order {
        let person = people.get(at).unwrap_or_else(|| &leavers[at - count]);
        let name = |name: &str| if is_plain { plain_letters(name).unwrap() } else { name.to_owned() };
        let hash = format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            rng.u32(..),
            rng.u16(..),
            rng.u16(..),
            rng.u16(..),
            rng.u64(..1 << 48)
        );
        let parts = [
            ("{first}", name(person.first)),
            ("{last}", name(person.last)),
            ("{alias}", person.alias().to_owned()),
            ("{mail}", person.mail().to_owned()),
            ("{number}", person.number().to_owned()),
            ("{any}", people[(at * 7 + turn) % count].number().to_owned()),
            ("{hash}", hash),
        ];
        let stem = parts.iter().fold(naming.form.to_owned(), |stem, (name, value)| stem.replace(name, value));
        // Of namesakes with one name of file, one has a picture.
        if taken.insert(stem.to_lowercase()) {
            own.push(Some(at).filter(|at| *at < count));
            paths.push(SourcePath::new(&format!("{stem}.jpg")).unwrap());
        }
    }
    let mut both: Vec<(SourcePath, Option<usize>)> = paths.into_iter().zip(own).collect();
    both.sort();
    let (paths, own) = both.into_iter().unzip();
    Tree { people, own, paths, is_plain }
}

/// People who have left, and whose pictures are still there.
fn leavers(rng: &mut Rng, people: &[Person]) -> Vec<Person> {
    let names = [("Xaver", "Quist"), ("Ylva", "Zander"), ("Ubbe", "Yde"), ("Anna", "Quist"), ("Xaver", "Berg")];
    let leaver = |at: usize, (first, last): (&'static str, &'static str)| {
        let mut object = people[0].object.clone();
        let alias = format!("{first}.{last}").to_lowercase();
        object.mail = Some(format!("{alias}@contoso.com"));
        object.mail_nickname = Some(alias);
        object.employee_id = Some((900_000 + at).to_string());
        Person { first, last, object }
    };
    let count = if rng.bool() { rng.usize(1..=names.len()) } else { 0 };
    names.into_iter().take(count).enumerate().map(|(at, name)| leaver(at, name)).collect()
}

fn proposed(tree: &Tree) -> (MappingProposal, Vec<Option<usize>>) {
    let proposal = propose(&Sample::new(tree.paths.clone()), Some(&asked(&tree.people)), None);
    let led = led(&tree.people, &proposal, &tree.paths);
    (proposal, led)
}

fn told(proposal: &MappingProposal) -> Vec<String> {
    let rules = proposal.rules.iter().map(|rule| format!("{:?} {:?}", rule.spec.paths, rule.spec.target));
    rules.chain(proposal.doubts.iter().map(|doubt| format!("{doubt:?}"))).collect()
}

#[test]
fn random_rules_give_nobody_a_wrong_face() {
    let mut certain: u64 = 0;
    let seeds = std::env::var("PHOTOSYNCD_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(60);
    for seed in 0..seeds {
        let mut rng = Rng::with_seed(seed);
        let naming = &NAMINGS[usize::try_from(seed).unwrap() % NAMINGS.len()];
        let namesakes = rng.bool();
        let tree = tree(&mut rng, naming, namesakes);
        let (proposal, led) = proposed(&tree);
        let wrong: Vec<String> = led
            .iter()
            .enumerate()
            .filter(|(at, whom)| whom.is_some() && **whom != tree.own[*at])
            .map(|(at, _)| tree.paths[at].to_string())
            .collect();
        assert!(wrong.is_empty(), "seed {seed} {}: {wrong:?} by {:#?}", naming.form, told(&proposal));
        let served = led.iter().flatten().count() * 100 / tree.own.iter().flatten().count();
        // Names without their marks are found by sign-in names only, which know no namesakes.
        let less = [0, if tree.is_plain { 50 } else { 20 }][usize::from(namesakes && !naming.is_certain)];
        let least = naming.served.saturating_sub(less);
        assert!(served >= least, "seed {seed} {}: {served} of a hundred by {:#?}", naming.form, told(&proposal));
        // Where names stand beside the numbers, they speak for them.
        let by_number = ["{number}", "Foto_{number}"].contains(&naming.form);
        let alone = proposal.rules.iter().filter(|rule| rule.by_number_alone).count();
        assert!(alone == 0 || !naming.form.contains("{last}"), "seed {seed} {}: {:#?}", naming.form, told(&proposal));
        assert!(alone > 0 || !by_number, "seed {seed} {}: {:#?}", naming.form, told(&proposal));
        certain += u64::from(served >= 95);
    }
    assert!(certain * 4 > seeds, "{certain}");
}

/// In one folder the numbers are people's own, in the other they are others' for some.
#[test]
fn random_numbers_that_disagree_with_names_in_one_folder_hold_back_no_other() {
    for seed in 0..20 {
        let mut rng = Rng::with_seed(seed);
        let size = rng.usize(40..90);
        let people = company(&mut rng, size, false);
        let turn = rng.usize(1..people.len());
        let mut files: Vec<(SourcePath, usize)> = Vec::new();
        for (at, person) in people.iter().enumerate() {
            let is_good = at % 2 == 0;
            let of = if is_good || rng.u8(..10) < 7 { at } else { (at + turn) % people.len() };
            let folder = if is_good { "plant" } else { "office" };
            files.push((SourcePath::new(&format!("{folder}/{} {}.jpg", people[of].number(), person.last)).unwrap(), at));
        }
        files.sort();
        files.dedup_by(|one, other| one.0 == other.0);
        let paths: Vec<SourcePath> = files.iter().map(|(path, _)| path.clone()).collect();
        let proposal = propose(&Sample::new(paths.clone()), Some(&asked(&people)), None);
        let led = led(&people, &proposal, &paths);
        let right = files.iter().zip(&led).filter(|((_, own), whom)| **whom == Some(*own)).count();
        let wrong = led.iter().flatten().count() - right;
        let good = files.iter().filter(|(path, _)| path.as_str().starts_with("plant/")).count();
        assert!(
            wrong == 0 && right * 100 >= good * 95,
            "seed {seed}: {right} of {good}, {wrong} wrong by {:#?}",
            told(&proposal)
        );
    }
}
