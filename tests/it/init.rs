//! `init`: what it makes of namings that it was not written for, and what it leaves alone.

use std::fmt::Write as _;

use serde_json::Value;

use crate::world::{Outcome, World, portrait};
use photosyncd::testing::emulator::Settings;

/// First name, last name, sign-in name, employee number, account.
const PEOPLE: [[&str; 5]; 12] = [
    ["Anna", "Berg", "anna.berg", "004201", "aberg"],
    ["Lars", "Holm", "lars.holm", "004202", "lholm"],
    ["Maria", "Smith", "maria.smith", "004203", "msmith"],
    ["John", "Smith", "john.smith", "004204", "jsmith"],
    ["José", "García", "jose.garcia", "004205", "jgarcia"],
    ["Zoë", "Novák", "zoe.novak", "004206", "znovak"],
    ["Émile", "Durand", "emile.durand", "004207", "edurand"],
    ["Jürgen", "Müller", "juergen.mueller", "004208", "jmueller"],
    ["Peter", "Long", "peter.long", "004209", "plong"],
    ["Karin", "Vogel", "karin.vogel", "004210", "kvogel"],
    ["Tom", "Baker", "tom.baker", "004211", "tbaker"],
    ["Eva", "Lind", "eva.lind", "004212", "elind"],
];

/// A naming: of each person, a path and, where HR has a list, its row.
struct Naming {
    name: &'static str,
    /// `{first}`, `{last}`, `{upn}`, `{number}`, `{account}`, `{short}` (the number without zeros), `{n}` (1, 2, …).
    path: &'static str,
    /// Another path for every second person.
    other: Option<&'static str>,
    /// Header and row.
    table: Option<(&'static str, &'static str)>,
    /// How many files lead to somebody, and how many more would without leading zeros.
    matched: u64,
    more: u64,
}

const fn naming(name: &'static str, path: &'static str) -> Naming {
    Naming { name, path, other: None, table: None, matched: 12, more: 0 }
}

const NAMINGS: [Naming; 33] = [
    naming("sign-in name", "{upn}@contoso.com.jpg"),
    naming("sign-in name without domain", "{upn}.JPG"),
    naming("mail address", "mail/{account}@fabrikam.com.png"),
    naming("employee number", "{number}.jpg"),
    Naming { matched: 0, more: 12, ..naming("employee number without zeros", "staff/{short}.jpg") },
    naming("number behind a word", "Foto_{number}.jpg"),
    naming("number behind letters", "P{number}.jpg"),
    naming("First.Last", "{first}.{last}.jpg"),
    naming("Last_First", "{last}_{first}.jpg"),
    naming("Last, First (number)", "{last}, {first} ({number}).jpg"),
    naming("First Last", "{first} {last}.jpeg"),
    naming("first-last in small letters behind a date", "2023-05-17-{upn}.jpg"),
    naming("number_Last_First_year", "{number}_{last}_{first}_2023.jpg"),
    naming("Last_First_number", "{last}_{first}_{number}.jpg"),
    naming("account", "{account}.png"),
    naming("DOMAIN_account", "CONTOSO_{account}.jpg"),
    naming("sign-in name with its @ spelled", "{upn}_at_contoso.com.jpg"),
    naming("object id", "{id}.jpg"),
    naming("initials before the number", "{last} - {number} - 2024-01-31.jpg"),
    naming("account with a suffix", "{account}_photo.png"),
    Naming { other: Some("Research/{account}.jpg"), ..naming("a folder for each department", "Sales/{account}.jpg") },
    Naming { other: Some("Paris/2023/{number}.jpg"), ..naming("a folder for each site and year", "Berlin/2022/{number}.jpg") },
    Naming { other: Some("users/{upn}@contoso.com.jpg"), ..naming("a mixed tree", "badges/{number}.jpg") },
    Naming { other: Some("{number}_2023.jpg"), ..naming("a suffix here and there", "{number}.jpg") },
    Naming { other: Some("{last} {first}.jpg"), ..naming("numbers and names in one folder", "{number}.jpg") },
    naming("a folder for each person", "{last} {first}/portrait.jpg"),
    naming("a folder for each number", "people/{number}/IMG_{n}.jpg"),
    Naming {
        table: Some(("Login;Bild", "CONTOSO\\{account};IMG_100{n}.jpg")),
        ..naming("DOMAIN\\user in a table", "IMG_100{n}.jpg")
    },
    Naming {
        table: Some(("Personalnummer;Nachname;Vorname;PLZ;Foto", "{number};{last};{first};10{n}15;Porträt ({n}).jpg")),
        ..naming("HR's own columns, semicolons", "Porträt ({n}).jpg")
    },
    Naming {
        table: Some(("Card,Email address,Department", "77{n}1,{account}@fabrikam.com,Sales")),
        ..naming("card numbers and a list", "cards/77{n}1.jpg")
    },
    Naming {
        table: Some(("Path\tUPN\tPhone", "\\\\hr\\share\\{last}\\DSC0{n}.JPG\t{upn}@contoso.com\t+49 30 {n}")),
        ..naming("paths of a Windows share, tabs", "{last}/DSC0{n}.JPG")
    },
    Naming {
        table: Some(("file,kind,property,value", "{account}-pic.jpg,user,employeeId,{number}")),
        ..naming("the plain table", "{account}-pic.jpg")
    },
    Naming { matched: 0, ..naming("cameras' names without a table", "IMG_2{n}34.jpg") },
];

fn tenant() -> String {
    let mut yaml = "users:\n".to_owned();
    for [first, last, upn, number, account] in PEOPLE {
        writeln!(
            yaml,
            "  - {{ id: 00000000-0000-4000-8000-000000{number}, userPrincipalName: {upn}@contoso.com, displayName: '{first} {last}', mail: {account}@fabrikam.com, \
             employeeId: '{number}', onPremisesSamAccountName: {account} }}"
        )
        .unwrap();
    }
    yaml.push_str(
        "groups:\n  - { mailNickname: sales, displayName: Sales Team }\n  - { mailNickname: lab, displayName: Research Lab }\n  - { \
         mailNickname: moon, displayName: Moon Shot, team: marked }\n",
    );
    yaml
}

fn filled(text: &str, at: usize) -> String {
    let [first, last, upn, number, account] = PEOPLE[at];
    [("{first}", first), ("{last}", last), ("{upn}", upn), ("{number}", number), ("{account}", account)]
        .iter()
        .fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
        .replace("{id}", &format!("00000000-0000-4000-8000-000000{number}"))
        .replace("{short}", number.trim_start_matches('0'))
        .replace("{n}", &(at + 1).to_string())
}

/// A world in which everybody has a photo that is named so.
fn world_of(naming: &Naming) -> World {
    let world = World::with(&tenant(), Settings::default());
    let mut rows = String::new();
    for at in 0..PEOPLE.len() {
        let path = naming.other.filter(|_| at % 2 == 1).unwrap_or(naming.path);
        world.write(&filled(path, at), &portrait(u32::try_from(at).unwrap()));
        if let Some((_, row)) = naming.table {
            rows = format!("{rows}{}\r\n", filled(row, at));
        }
    }
    if let Some((header, _)) = naming.table {
        std::fs::write(world.path("people.csv"), format!("{header}\r\n{rows}")).unwrap();
    }
    world
}

fn init(world: &World, naming: &Naming, more: &[&str]) -> Outcome {
    let mut arguments = vec!["init"];
    if naming.table.is_some() {
        arguments.extend(["--table", "people.csv"]);
    }
    arguments.extend(more);
    world.run(&arguments)
}

fn parts(json: &Value) -> Vec<&Value> {
    json["rules"].as_array().unwrap().iter().chain([&json["table"]].into_iter().filter(|table| !table.is_null())).collect()
}

/// Each naming is understood, and a plan by the configuration that was written finds as many people as were promised.
#[test]
fn namings_that_it_was_not_written_for_lead_to_people() {
    let mut faults = Vec::new();
    println!("| naming | example | proposed | matched | more without leading zeros |\n| --- | --- | --- | --- | --- |");
    for naming in &NAMINGS {
        let world = world_of(naming);
        let json = init(&world, naming, &["--force", "--json"]).exits(0).json();
        let sum = |of: &dyn Fn(&Value) -> u64| parts(&json).into_iter().map(of).sum::<u64>();
        let matched = sum(&|part| part["matched"].as_u64().unwrap());
        let more = sum(&|part| {
            part["without_leading_zeros"]["matched"]
                .as_u64()
                .unwrap_or_default()
                .saturating_sub(part["matched"].as_u64().unwrap())
        });
        let rules: Vec<String> = parts(&json).into_iter().map(|part| format!("`{}`", part["rule"].as_str().unwrap())).collect();
        println!("| {} | `{}` | {} | {matched} of 12 | {more} |", naming.name, filled(naming.path, 2), rules.join("<br>"));
        let plan = world.run(&["plan", "--json"]).json();
        if (matched, more) != (naming.matched, naming.more) || plan["sum"]["to_send"] != matched {
            faults.push(format!("{}: {matched} matched, {more} more, {} to send: {json:#}", naming.name, plan["sum"]["to_send"]));
        }
        // Whoever a file leads to is the person it was written for.
        for row in plan["rows"].as_array().unwrap().iter().filter(|row| row["action"] == "deliver") {
            let path = row["path"].as_str().unwrap();
            let at = (0..PEOPLE.len()).find(|at| {
                let own = naming.other.filter(|_| at % 2 == 1).unwrap_or(naming.path);
                filled(own, *at) == path
            });
            let id = row["object_id"].as_str().unwrap_or_default();
            let upn = format!("{}@contoso.com", PEOPLE[at.unwrap()][2]);
            let wanted = world.emulator().with_tenant(|tenant| {
                let property = photosyncd::testing::model::Property::UserPrincipalName;
                tenant.find(photosyncd::testing::emulator::EntryKind::User, property, &upn).first().unwrap().id.to_string()
            });
            if !id.ends_with(&wanted) {
                faults.push(format!("{}: {path} leads to {id}, not to {wanted}", naming.name));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn groups_and_teams_are_told_from_people() {
    let world = World::with(&tenant(), Settings::default());
    for (at, path) in
        ["groups/sales.png", "groups/lab.png", "teams/moon.jpg", "staff/004201.jpg", "staff/004202.jpg"].iter().enumerate()
    {
        world.write(path, &portrait(u32::try_from(at).unwrap()));
    }
    let outcome = world.run(&["init", "--force"]).exits(0);
    outcome.says(&[
        "5 pictures below",
        "compared with 12 accounts of the directory",
        "{ files: \"staff/{number}.{ext}\", user: { employeeId: \"{number}\" } }",
        "2 of 2 files lead to one account or group each.",
        "staff/004201.jpg → Anna Berg (anna.berg@contoso.com)",
        "groups/sales.png → Sales Team (sales)",
        "Are these the right people?",
        "The configuration",
        "5 to send",
    ]);
}

#[test]
fn what_only_zeros_keep_apart_is_told_and_not_done() {
    let world = World::with(&tenant(), Settings::default());
    for (at, number) in ["4201", "4202", "9999"].iter().enumerate() {
        world.write(&format!("{number}.jpg"), &portrait(u32::try_from(at).unwrap()));
    }
    world.run(&["init", "--force"]).exits(3).says(&[
        "0 of 3 files lead",
        "2 more would match if leading zeros were ignored. If that is right, use this rule in its place:",
        "{number|pad:6:0}",
    ]);
    let text = std::fs::read_to_string(world.path("config.yaml")).unwrap();
    let (used, told): (Vec<&str>, Vec<&str>) =
        text.lines().filter(|line| line.contains("{number")).partition(|line| !line.contains('#'));
    assert_eq!((used.len(), told.len()), (1, 1), "{text}");
    assert!(!used[0].contains("pad") && told[0].contains("pad:6:0"), "{text}");
    // Who takes the advice gets what was promised.
    let line = told[0].trim_start().trim_start_matches("# ");
    let advised = text.replace(used[0].trim_start(), line);
    std::fs::write(world.path("config.yaml"), advised).unwrap();
    assert_eq!(world.run(&["plan", "--json"]).exits(3).json()["sum"]["to_send"], 2);
}

/// What is wrong with a tree of ten thousand is told in a few lines, and a coincidence makes no rule.
#[test]
fn leavers_and_strays_make_no_rules() {
    let world = World::with(&tenant(), Settings::default());
    for [_, _, upn, _, _] in PEOPLE {
        world.write(&format!("{upn}@contoso.com.jpg"), b"x");
    }
    for leaver in 0..20 {
        world.write(&format!("left{leaver}@contoso.com.jpg"), b"x");
    }
    // One of them happens to hold somebody's number.
    for stray in ["scan 004203 final", "holiday", "party 2019", "logo"] {
        world.write(&format!("old/{stray}.jpg"), b"x");
    }
    world.write("old/notes.txt", b"x");
    let json = world.run(&["init", "--force", "--json"]).exits(0).json();
    let rules = json["rules"].as_array().unwrap();
    assert_eq!((rules.len(), &rules[0]["matched"], &rules[0]["files"]), (1, &12.into(), &32.into()), "{json:#}");
    assert_eq!((&json["pictures"], &json["unmatched"]), (&36.into(), &4.into()));
}

#[test]
fn a_configuration_that_is_there_is_only_touched_when_told_to() {
    let world = World::with(&tenant(), Settings::default());
    world.write("004201.jpg", &portrait(1));
    let path = world.path("config.yaml");
    let before = format!("# mine\n{}\n# the end\n", std::fs::read_to_string(&path).unwrap());
    std::fs::write(&path, &before).unwrap();
    world.run(&["init"]).exits(2).says(&[
        "1 of 1 file leads to one account",
        "exists and was left as it is",
        "--force",
        "--out FILE",
    ]);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), before);
    world.run(&["init", "--out", "new.yaml"]).exits(0).says(&["Written to new.yaml", "1 to send"]);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), before);
    world.run(&["init", "--force"]).exits(0);
    let after = std::fs::read_to_string(&path).unwrap();
    assert!(after.starts_with("# mine\n") && after.contains("\n# the end\n") && after.contains("upload:"), "{after}");
    assert_eq!(std::fs::read_to_string(world.path("config.yaml.before-init")).unwrap(), before);
    assert_eq!(std::fs::read_to_string(world.path("new.yaml")).unwrap(), after);
    // A second time nothing but the same is proposed.
    world.run(&["init", "--force"]).exits(0);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), after);
}

#[test]
fn a_newcomer_without_a_tenant_gets_a_configuration_that_runs() {
    let world = World::new();
    std::fs::remove_file(world.path("config.yaml")).unwrap();
    world.run(&["init"]).exits(2).says(&["name the directory with the photos, for example photosyncd init /srv/photos"]);
    for (at, path) in ["users/anna@contoso.com.jpg", "users/ben@contoso.com.jpg", "badges/0042_Berg.jpg", "badges/0043_Holm.jpg"]
        .iter()
        .enumerate()
    {
        world.write(path, &portrait(u32::try_from(at).unwrap()));
    }
    world.run(&["init", "photos"]).exits(0).says(&[
        "no directory was asked, so only the form of the names counts",
        "{ files: \"users/{upn}.{ext}\", user: { userPrincipalName: \"{upn}\" } }",
        "badges/{number}_*.{ext}",
        "Only your directory can tell whom these names mean",
        "photosyncd check --config",
        "photosyncd plan --config",
        "4 to send",
    ]);
    world.run(&["rehearse"]).exits(0).says(&["4 photos delivered"]);
    // Names that cameras give are nobody's, and no name is a number.
    world.write("cards/IMG_2211.JPG", &portrait(5));
    world.write("cards/Holm_Lars_1043.png", &portrait(6));
    world.write("cards/Berg_Anna_1044.png", &portrait(7));
    world.run(&["init", "photos", "--out", "z.yaml"]).says(&[
        "cards/*_*_{number}.{ext}",
        "cards/Holm_Lars_1043.png → employeeId 1043",
        "No rule is proposed for 1 file, such as cards/IMG_2211.JPG",
    ]);
    // A directory that is not there, and a configuration that is broken, are told.
    world.run(&["init", "nowhere", "--out", "x.yaml"]).exits(78).says(&["nowhere does not exist"]);
    std::fs::write(world.path("config.yaml"), "source: [\n").unwrap();
    world.run(&["init"]).exits(78).says(&["config.yaml"]);
    world.run(&["init", "photos", "--out", "y.yaml"]).exits(0).says(&["can't be used yet"]);
}

#[test]
fn a_directory_that_cannot_be_asked_is_told_and_names_are_judged_alone() {
    let mut world = World::with(&tenant(), Settings::default());
    world.write("004201.jpg", &portrait(1));
    world.write("004202.jpg", &portrait(2));
    world.unplug();
    let outcome = world.run(&["init", "--force"]);
    assert_eq!(outcome.code, Some(69), "{}\n{}", outcome.stdout, outcome.stderr);
    outcome.says(&["the directory could not be asked", "2 of 2 files have a valid name", "Written to"]);
    world.run(&["init", "--offline", "--force", "--json"]).exits(0);
}

/// Sign-in names that are made of people's names in the ways of several countries; nobody has a display name.
#[test]
fn sign_in_names_made_of_names_are_recognised() {
    for people in [
        &[("Jürgen", "Müller", "juergen.mueller"), ("Anna", "Groß", "anna.gross"), ("Björn", "Östlund", "bjoern.oestlund")][..],
        &[("Søren", "Ågård", "soeren.aagaard"), ("Åse", "Bøgh", "aase.boegh"), ("Jens", "Holm", "jens.holm")],
        &[("José", "García", "jose.garcia"), ("Zoë", "Novák", "zoe.novak"), ("Łukasz", "Nowak", "lukasz.nowak")],
        &[("Maria", "Smith", "msmith"), ("Tom", "Baker", "tbaker"), ("Zoë", "Novák", "znovak")],
        &[("Anna-Lena", "Meier", "annalena.meier"), ("Eva", "Kurz-Lang", "eva.kurzlang"), ("Jan", "Behn", "jan.behn")],
        &[("Maria", "O'Neil", "oneil_maria"), ("Tom", "de la Vega", "delavega_tom"), ("Jan", "Behn", "behn_jan")],
    ] {
        let users = people.iter().map(|(_, _, upn)| format!("  - {{ userPrincipalName: {upn}@contoso.com }}\n"));
        let world = World::with(&format!("users:\n{}", users.collect::<String>()), Settings::default());
        for (at, (first, last, _)) in people.iter().enumerate() {
            world.write(&format!("Fotos/{last}_{first}.jpg"), &portrait(u32::try_from(at).unwrap()));
        }
        let json = world.run(&["init", "--force", "--json"]).exits(0).json();
        assert_eq!(json["rules"][0]["matched"], 3, "{json:#}");
        assert_eq!(world.run(&["plan", "--json"]).exits(0).json()["sum"]["to_send"], 3, "{json:#}");
    }
}

#[test]
fn a_table_that_is_not_used_says_why_in_text_and_json() {
    let world = World::with(&tenant(), Settings::default());
    world.write("IMG_1.jpg", &portrait(1));
    world.write("IMG_2.jpg", &portrait(2));
    for (table, why) in [
        ("Foto;Raum\r\nIMG_1.jpg;Nord\r\nIMG_2.jpg;Süd\r\n", "its column \"Foto\" names the files"),
        ("Raum;Etage\r\nNord;erste\r\nSüd;zweite\r\n", "none of its columns (Raum, Etage) names these files"),
    ] {
        // As Excel saves it: with a mark, and in two bytes a letter.
        let in_two: Vec<u8> = "\u{feff}Liste, Stand heute\r\n".chars().chain(table.chars()).flat_map(two_bytes).collect();
        for bytes in [table.as_bytes().to_vec(), in_two] {
            std::fs::write(world.path("people.csv"), bytes).unwrap();
            let arguments = ["init", "photos", "--table", "people.csv", "--out", "x.yaml", "--force"];
            world.run(&arguments).says(&["people.csv is not used", why]);
            let json = world.run(&[&arguments[..], &["--json"]].concat()).json();
            assert!(json["table"].is_null() && json["table_note"].as_str().unwrap().contains(why), "{json:#}");
        }
    }
}

fn two_bytes(letter: char) -> Vec<u8> {
    let mut units = [0; 2];
    letter.encode_utf16(&mut units).iter().flat_map(|unit| unit.to_le_bytes()).collect()
}
