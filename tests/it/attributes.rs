//! People, groups and contacts named by whatever Microsoft 365 lets an application read of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use photosyncd::testing::emulator::Settings;
use photosyncd::testing::model::Property;

use crate::world::{World, person, portrait};

const BADGE: &str = "extension_0123456789abcdef0123456789abcdef_badge";

/// Requests to the directory since `from`.
fn asked(world: &World, from: usize) -> Vec<String> {
    let requests = world.requests();
    let asked = requests[from..].iter().filter(|request| &*request.method == "GET" && request.target.contains("/users"));
    asked.map(|request| request.target.to_string()).collect()
}

/// Uploads by the id of the user that they went to.
fn uploads(world: &World) -> BTreeMap<String, usize> {
    let mut uploads = BTreeMap::new();
    for put in world.puts() {
        let id = put.target.split("/users/").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
        *uploads.entry(id.to_owned()).or_default() += 1;
    }
    uploads
}

fn id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// A value that can be of such a property, and how a file spells it.
fn value(property: Property, number: usize) -> (String, String) {
    match property.as_str() {
        "userPrincipalName" => (person(number), person(number)),
        "mail" | "otherMails" | "onPremisesUserPrincipalName" => {
            (format!("Alias{number}@contoso.com"), format!("alias{number}@contoso.com"))
        }
        "proxyAddresses" => (format!("smtp:Alias{number}@contoso.com"), format!("alias{number}@contoso.com")),
        "onPremisesImmutableId" => (format!("AbC{number}=="), format!("AbC{number}==")),
        _ => (format!("Wert {number} Ä"), format!("wert {number} ä")),
    }
}

#[test]
fn every_property_of_a_user_can_name_one() {
    let custom: Property = BADGE.parse().unwrap();
    let properties: Vec<Property> = Property::all().chain([custom]).filter(|property| named_by(*property)).collect();
    let mut users = "users:\n".to_owned();
    let mut rules = String::new();
    for (number, property) in properties.iter().enumerate() {
        // A second person has the value of somebody else.
        let (text, _) = value(*property, number);
        let text = if property.is_list() { format!("['{text}', 'x{number}@contoso.com']") } else { format!("'{text}'") };
        let own = if property.as_str() == "userPrincipalName" { String::new() } else { format!(", {property}: {text}") };
        writeln!(users, "  - {{ userPrincipalName: {}, id: {}{own} }}", person(number), id(number)).unwrap();
        write!(rules, "{{ files: '{property}/{{v}}.jpg', user: {{ {property}: '{{v}}' }} }}, ").unwrap();
    }
    let mut world = World::with(&users, Settings::default());
    world.set("mapping", &format!("{{ rules: [{rules}] }}"));
    for (number, property) in properties.iter().enumerate() {
        let face = portrait(u32::try_from(number).unwrap());
        world.write(&format!("{property}/{}.jpg", value(*property, number).1), &face);
    }
    let outcome = world.run(&["reconcile", "--json"]).exits(0).json();
    assert_eq!(outcome["delivered"], properties.len(), "{outcome}");
    let each: BTreeMap<String, usize> = (0..properties.len()).map(|number| (id(number), 1)).collect();
    assert_eq!(uploads(&world), each, "each to the one who has the value");
    // No request was refused: each was asked the way that is documented.
    assert!(world.requests().iter().all(|request| request.status < 400 || request.status == 404), "{:?}", world.requests());
    let from = world.so_far();
    world.run(&["reconcile"]).exits(0);
    assert!(asked(&world, from).is_empty(), "an answer serves for a while");
}

/// Those that users have.
fn named_by(property: Property) -> bool {
    !matches!(property.as_str(), "id" | "onPremisesNetBiosName" | "description" | "classification")
}

const NAMESAKES: &str = "
users:
  - { userPrincipalName: a1@contoso.com, id: 00000000-0000-4000-8000-000000000001, givenName: Anna, surname: Berg, department: Sales }
  - { userPrincipalName: a2@contoso.com, id: 00000000-0000-4000-8000-000000000002, givenName: anna, surname: BERG, department: HR }
  - { userPrincipalName: a3@contoso.com, id: 00000000-0000-4000-8000-000000000003, givenName: Ánna, surname: Berg, department: Sales }
  - { userPrincipalName: b1@contoso.com, id: 00000000-0000-4000-8000-000000000004, givenName: Bo, surname: Dahl, department: HR }
  - { userPrincipalName: b2@contoso.com, id: 00000000-0000-4000-8000-000000000005, givenName: Bo, surname: Dahl, department: HR }
  - { userPrincipalName: c1@contoso.com, id: 00000000-0000-4000-8000-000000000006, surname: Dahl, department: HR, employeeId: '7' }
";

#[test]
fn several_properties_must_all_match_and_namesakes_are_held() {
    let mut world = World::with(NAMESAKES, Settings::default());
    world.set(
        "mapping",
        "{ rules: [{ files: 'nr/{n}_{last}.jpg', user: { employeeId: '{n}', surname: '{last}' } }, \
         { files: '{folder}/{first}_{last}.jpg', user: { givenName: '{first}', surname: '{last}', department: '{folder}' } }] }",
    );
    for (at, name) in (0..).zip(["Sales/Anna_Berg", "HR/Anna_Berg", "HR/Bo_Dahl", "Sales/Bo_Dahl", "nr/7_Dahl", "nr/7_Berg"]) {
        world.write(&format!("{name}.jpg"), &portrait(at));
    }
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    assert_eq!(outcome.json()["delivered"], 3);
    assert_eq!(uploads(&world).into_keys().collect::<Vec<_>>(), [id(1), id(2), id(6)]);
    assert_eq!(outcome.problem("HR/Bo_Dahl.jpg")["reason"], "target_ambiguous");
    assert_eq!(outcome.problem("Sales/Bo_Dahl.jpg")["reason"], "target_missing");
    assert_eq!(outcome.problem("nr/7_Berg.jpg")["reason"], "target_missing");
    // One question for the three of a form, and what is not found is asked about alone.
    assert!(
        asked(&world, 0).iter().any(|line| line.contains("givenName%20eq%20%27Anna%27%20and%20surname")),
        "{:?}",
        asked(&world, 0)
    );
    world
        .run(&["explain", "anna berg sales"])
        .says(&["Sales/Anna_Berg.jpg", "user givenName anna, surname berg, department sales"]);
    let json = world.run(&["explain", "anna berg sales", "--json"]).json();
    assert_eq!(json["files"][0]["reference"], "user:givenName:anna + surname:berg + department:sales", "{json:#}");
    // A namesake who moves into the department: nobody's face changes.
    world.emulator().change_tenant(|tenant| {
        assert!(tenant.change(&id(2), |user| user.set("department".parse().unwrap(), "Sales")));
    });
    world.write("Sales/Anna_Berg.jpg", &portrait(50));
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    assert_eq!(outcome.problem("Sales/Anna_Berg.jpg")["reason"], "target_ambiguous");
}

/// As many people as are swept, named by an attribute that changes are to be heard of.
#[test]
fn a_crowd_named_by_other_properties_is_swept_and_their_changes_are_heard() {
    const MANY: usize = 800;
    let mut users = "users:\n".to_owned();
    for number in 0..MANY {
        writeln!(
            users,
            "  - {{ userPrincipalName: {}, id: {}, extensionAttribute3: 'A{number}', city: Oslo }}",
            person(number),
            id(number)
        )
        .unwrap();
    }
    let mut world = World::with(&users, Settings::default());
    world.set("upload", "{ per_second: 100000, max_per_second: 100000, concurrency: 16 }");
    let rule = |properties: &str| format!("{{ rules: [{{ files: '{{city}}/{{n}}.jpg', user: {{ {properties} }} }}] }}");
    world.set("mapping", &rule("extensionAttribute3: '{n}', city: '{city}'"));
    let face = portrait(1);
    for number in 0..MANY {
        world.write(&format!("oslo/a{number}.jpg"), &face);
    }
    let outcome = world.run(&["reconcile", "--json"]).exits(0).json();
    assert_eq!(outcome["delivered"], MANY);
    assert_eq!(asked(&world, 0).len(), 2, "a link and a page: {:?}", asked(&world, 0));
    // Somebody's number goes to somebody else; no file is touched.
    let number: Property = "extensionAttribute3".parse().unwrap();
    world.emulator().change_tenant(|tenant| {
        assert!(tenant.change(&id(7), |user| user.set(number, "A-old")));
        assert!(tenant.change(&id(8), |user| user.set(number, "A7")));
    });
    let puts = world.puts().len();
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    assert_eq!(outcome.problem("oslo/a7.jpg")["reason"], "identity_changed");
    assert_eq!(outcome.problem("oslo/a8.jpg")["reason"], "target_missing");
    assert_eq!((outcome.json()["unchanged"].as_u64(), world.puts().len()), (Some(MANY as u64 - 2), puts));
    // A link that does not tell of the property that names people now is not followed.
    world.set("mapping", &rule("extensionAttribute3: '{n}', city: '{city}', usageLocation: 'NO'"));
    let from = world.so_far();
    world.run(&["reconcile"]);
    assert!(
        !asked(&world, from).iter().any(|line| line.contains("deltatoken=") && !line.contains("latest")),
        "{:?}",
        asked(&world, from)
    );
}

/// A directory extension that only the table names: people are found by it, and its changes are heard, in every process.
#[test]
fn a_crowd_that_a_table_names_by_a_directory_extension_is_swept_and_its_changes_are_heard() {
    const MANY: usize = 1_500;
    let (mut users, mut table) = ("users:\n".to_owned(), "file,kind,property,value\n".to_owned());
    for number in 0..MANY {
        writeln!(users, "  - {{ userPrincipalName: {}, id: {}, {BADGE}: 'A{number}' }}", person(number), id(number)).unwrap();
        writeln!(table, "{number}.jpg,user,{BADGE},a{number}").unwrap();
    }
    let mut world = World::with(&users, Settings::default());
    world.set("upload", "{ per_second: 100000, max_per_second: 100000, concurrency: 16 }");
    world.set("mapping", "{ table: people.csv, rules: [] }");
    std::fs::write(world.path("people.csv"), table).unwrap();
    let face = portrait(1);
    for number in 0..MANY {
        world.write(&format!("{number}.jpg"), &face);
    }
    assert_eq!(world.run(&["reconcile", "--json"]).exits(0).json()["delivered"], MANY);
    let lines = asked(&world, 0);
    assert!(lines.iter().any(|line| line.contains("/users/delta?") && line.contains(BADGE)), "{lines:?}");
    let badge: Property = BADGE.parse().unwrap();
    world.emulator().change_tenant(|tenant| {
        assert!(tenant.change(&id(7), |user| user.set(badge, "A-old")));
        assert!(tenant.change(&id(8), |user| user.set(badge, "A7")));
    });
    let (from, puts) = (world.so_far(), world.puts().len());
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    assert_eq!(outcome.problem("7.jpg")["reason"], "identity_changed");
    assert_eq!(outcome.problem("8.jpg")["reason"], "target_missing");
    assert_eq!((outcome.json()["unchanged"].as_u64(), world.puts().len()), (Some(MANY as u64 - 2), puts));
    assert!(asked(&world, from).iter().any(|line| line.contains("deltatoken=")), "{:?}", asked(&world, from));
}

#[test]
fn groups_are_named_by_their_other_properties_too() {
    let tenant = format!(
        "groups:
  - {{ mailNickname: sales, id: {}, description: The sales people, proxyAddresses: ['SMTP:sales@contoso.com', 'smtp:verkauf@contoso.com'] }}
  - {{ mailNickname: space, id: {}, team: marked, {BADGE}: S1, onPremisesSamAccountName: space-sam }}
",
        id(51),
        id(52)
    );
    let mut world = World::with(&tenant, Settings::default());
    world.set(
        "mapping",
        &format!(
            "{{ rules: [{{ files: 'g/{{a}}.jpg', group: {{ proxyAddresses: '{{a}}@contoso.com' }} }}, \
             {{ files: 't/{{a}}.jpg', team: {{ {BADGE}: '{{a}}', onPremisesSamAccountName: space-sam }} }}] }}"
        ),
    );
    world.write("g/verkauf.jpg", &portrait(1));
    world.write("t/s1.jpg", &portrait(2));
    let outcome = world.run(&["reconcile", "--json"]).exits(0).json();
    assert_eq!(outcome["delivered"], 2);
    let put: Vec<String> = world.puts().iter().map(|put| put.target.to_string()).collect();
    assert!(put.iter().any(|line| line.contains(&format!("/groups/{}/photo", id(51)))), "{put:?}");
    assert!(put.iter().any(|line| line.contains(&format!("/teams/{}/photo", id(52)))), "{put:?}");
}

const CONTACTS: &str = "
users:
  - { userPrincipalName: anna@contoso.com, id: 00000000-0000-4000-8000-00000000000a }
contacts:
  - { owner: anna@contoso.com, folder: Suppliers/North, emailAddresses: [fred@example.com], id: north-fred }
  - { owner: anna@contoso.com, folder: Suppliers/South, emailAddresses: [fred@example.com], id: south-fred }
  - { owner: anna@contoso.com, folder: Friends/Old/North, emailAddresses: [gina@example.com], id: old-gina }
  - { owner: anna@contoso.com, folder: Friends, emailAddresses: [hugo@example.com], id: hugo }
";

#[test]
fn contacts_lie_in_folders_within_folders() {
    let mut world = World::with(CONTACTS, Settings::default());
    let contact = |files: &str, folder: &str| {
        format!("{{ files: '{files}', contact: {{ owner: anna@contoso.com, mail: '{{m}}@example.com', folder: '{folder}' }} }}")
    };
    let rules = [contact("{a}/{b}/{m}.jpg", "{a}/{b}"), contact("by-name/{m}@{b}.jpg", "{b}")];
    world.set("mapping", &format!("{{ rules: [{}] }}", rules.join(", ")));
    world.write("Suppliers/north/fred.jpg", &portrait(1));
    world.write("Suppliers/West/fred.jpg", &portrait(2));
    world.write("by-name/hugo@friends.jpg", &portrait(3));
    world.write("by-name/gina@Old.jpg", &portrait(4));
    world.write("by-name/gina@North.jpg", &portrait(5));
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    let mut put: Vec<String> = world
        .puts()
        .iter()
        .map(|put| put.target.split("/contacts/").nth(1).unwrap().split('/').next().unwrap().to_owned())
        .collect();
    put.sort();
    assert_eq!(put, ["hugo", "north-fred", "old-gina"]);
    assert_eq!(outcome.problem("Suppliers/West/fred.jpg")["reason"], "target_missing");
    assert_eq!(outcome.problem("by-name/gina@Old.jpg")["reason"], "target_missing", "not in that folder itself");
}

#[test]
fn too_many_folders_to_search_are_told_to_a_person() {
    let folder = |number: usize| {
        format!("  - {{ owner: anna@contoso.com, folder: F{number}, emailAddresses: [x@example.com], id: x{number} }}\n")
    };
    let tenant =
        format!("users:\n  - {{ userPrincipalName: anna@contoso.com }}\ncontacts:\n{}", (0..205).map(folder).collect::<String>());
    let mut world = World::with(&tenant, Settings::default());
    world.set(
        "mapping",
        "{ rules: [{ files: '{b}/{m}.jpg', contact: { owner: anna@contoso.com, mail: '{m}@example.com', folder: '{b}' } }] }",
    );
    world.write("North/x.jpg", &portrait(1));
    world.write("F7/x.jpg", &portrait(2));
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    assert_eq!(outcome.json()["delivered"], 1, "a folder at the top needs no search");
    let problem = outcome.problem("North/x.jpg");
    assert_eq!(problem["reason"], "target_missing");
    assert!(problem.to_string().contains("more than 200 contact folders") && problem.to_string().contains("Suppliers/North"));
}

#[test]
fn a_rehearsal_finds_somebody_for_every_file_of_such_rules() {
    let mut world = World::people(1);
    world.set("graph", "{ cloud: emulator }");
    world.set(
        "mapping",
        "{ rules: [{ files: '{d}/{f}_{l}.jpg', user: { givenName: '{f}', surname: '{l}', department: '{d}' } }, \
         { files: 'x/{a}.jpg', user: { proxyAddresses: '{a}@contoso.com' } }, \
         { files: 'c/{a}/{b}/{m}.jpg', contact: { owner: o@contoso.com, folder: '{a}/{b}', mail: '{m}@contoso.com' } }] }",
    );
    for (at, name) in (0..).zip(["Sales/Anna_Berg", "HR/Anna_Berg", "x/anna", "c/Suppliers/North/fred"]) {
        world.write(&format!("{name}.jpg"), &portrait(at));
    }
    world.run(&["rehearse"]).exits(0).says(&["4 "]);
    assert_eq!(world.run(&["reconcile", "--json"]).exits(0).json()["delivered"], 4);
}

#[test]
fn a_property_that_nobody_has_is_refused_with_what_was_meant() {
    let mut world = World::people(1);
    for (target, says) in [
        ("user: { givenname: '{v}' }", "did you mean givenName?"),
        ("user: { extensionAttribute16: '{v}' }", "unknown key; there are extensionAttribute1 to extensionAttribute15"),
        ("user: { extensionAttribute0: '{v}' }", "unknown key; there are extensionAttribute1 to extensionAttribute15"),
        ("user: { extensionattribute7: '{v}' }", "did you mean extensionAttribute7?"),
        ("user: { extension_12_badge: '{v}' }", "unknown key; a directory extension is extension_APPID_NAME"),
        ("team: { extension_badge: '{v}' }", "32 hexadecimal digits without hyphens, then its name"),
        ("group: { givenName: '{v}' }", "unknown key; a group can't be named by givenName; give one of id, mail, mailNickname"),
        ("group: { extensionAttribute3: '{v}' }", "a group can't be named by extensionAttribute3"),
        ("contact: { owner: a@b.c, displayName: '{v}' }", "a contact can't be named by displayName; give one of id, mail"),
        ("user: { shoeSize: '{v}' }", "unknown key; known here: id, userPrincipalName, employeeId, mail, mailNickname"),
        ("user: { shoeSize: '{v}' }", "(or givenName, surname, extensionAttribute1"),
        ("user: {}", "names no property; give one of id, userPrincipalName"),
        ("contact: { owner: a@b.c, mail: '{v}', id: '{v}' }", "names two properties"),
    ] {
        world.set("mapping", &format!("{{ rules: [{{ files: '{{v}}.jpg', {target} }}] }}"));
        world.run(&["check"]).exits(78).says(&[says]);
    }
    // The same in a table: for every row, and in a row.
    world
        .set("mapping", "{ table: { file: t.csv, columns: { file: f, value: v }, kind: user, property: extensionAttribute16 } }");
    world.run(&["check"]).exits(78).says(&["no property is called \"extensionAttribute16\": there are extensionAttribute1 to"]);
    world.set("mapping", "{ table: t.csv }");
    for (kind, property, says) in [
        ("user", "extensionAttribute16", "there are extensionAttribute1 to extensionAttribute15"),
        ("user", "extension_badge", "a directory extension is extension_APPID_NAME"),
        ("group", "surname", "a group can't be named by surname; give one of id, mail"),
        ("user", "birthday", "no property of a user is called \"birthday\"; give one of id, userPrincipalName"),
        ("contact", "displayName", "a contact can't be named by displayName; give one of id, mail"),
    ] {
        std::fs::write(world.path("t.csv"), format!("file,kind,property,value\na.jpg,{kind},{property},x\n")).unwrap();
        world.write("a.jpg", &portrait(1));
        let outcome = world.run(&["plan", "--json"]);
        assert!(outcome.stdout.contains(&says.replace('"', "\\\"")), "{says}: {}", outcome.stdout);
    }
}
