//! `init --force`: what of a configuration that is there it keeps, and what it refuses to touch.

use std::os::unix::fs::symlink;
use std::path::Path;

use crate::world::{World, photosyncd, portrait};

/// A world in which two photos lead to somebody, with this configuration.
fn world(text: &str) -> World {
    let world = World::new();
    for (at, name) in ["anna@contoso.com", "ben@contoso.com"].iter().enumerate() {
        world.write(&format!("{name}.jpg"), &portrait(u32::try_from(at).unwrap()));
    }
    std::fs::write(world.path("config.yaml"), text).unwrap();
    world
}

fn read(world: &World, name: &str) -> String {
    std::fs::read_to_string(world.path(name)).unwrap()
}

/// The names of the files beside the configuration, but the ledger's.
fn files(world: &World) -> Vec<String> {
    let entries = std::fs::read_dir(world.path("")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = entries.filter(|name| name.contains(".yaml")).collect();
    names.sort();
    names
}

#[test]
fn every_other_key_stays_as_it_is() {
    let text = "# mine\nsource:\n  directory: photos   # the share\n  settle: 3s\n\nmapping:\n  # Guests are welcome.\n  guests: deliver\n  disabled: deliver\n  rules:\n    - { files: \"old/{upn}.{ext}\", user: { userPrincipalName: \"{upn}\" }, deliver: only_where_missing }\n    - { files: \"{upn}.{ext}\", user: { userPrincipalName: \"{upn}\" }, drift: report }\n  on_conflict: newest\n\nphoto: { quality: 70 }\n# the end\n";
    let world = world(text);
    let dropped = "deliver: only_where_missing of the old rule \"old/{upn}.{ext}\" is not kept for all of its files";
    world.run(&["init"]).exits(2).says(&[dropped]);
    assert_eq!(read(&world, "config.yaml"), text);
    let outcome = world.run(&["init", "--force"]).exits(0);
    let outcome = outcome.says(&[dropped, "kept as", "config.yaml.before-init.", "drift: report }"]);
    assert!(!outcome.stdout.contains("drift: report of the old rule"), "{}", outcome.stdout);
    let (before, rest) = text.split_once("    - {").unwrap();
    let (_, after) = rest.split_once("  on_conflict").unwrap();
    let new = read(&world, "config.yaml");
    let (head, _) = before.rsplit_once("  rules:").unwrap();
    assert!(new.starts_with(head) && new.ends_with(&format!("  on_conflict{after}")), "{new}");
    assert!(new.contains("\"{upn}.{ext}\", user: { userPrincipalName: \"{upn}\" }, drift: report }"), "{new}");
    assert!(!new.contains("old/"), "{new}");
    // The same as JSON, and for a directory that is named.
    std::fs::write(world.path("config.yaml"), text).unwrap();
    let json = world.run(&["init", "photos", "--force", "--json"]).exits(0).json();
    let wanted = serde_json::json!([{ "rule": "old/{upn}.{ext}", "key": "deliver", "value": "only_where_missing" }]);
    assert_eq!(json["settings_dropped"], wanted, "{json:#}");
    assert!(json["copy"].as_str().unwrap().ends_with("config.yaml.before-init-2"), "{json:#}");
    assert_eq!(read(&world, "config.yaml"), new);
}

#[test]
fn no_copy_is_written_over() {
    let texts: Vec<String> =
        (60..64).map(|quality| format!("source: {{ directory: photos }}\nphoto: {{ quality: {quality} }}\n")).collect();
    let world = world("");
    for text in &texts {
        std::fs::write(world.path("config.yaml"), text).unwrap();
        world.run(&["init", "--force"]).exits(0);
    }
    for (text, number) in texts.iter().zip(["", "-2", "-3", "-4"]) {
        assert_eq!(&read(&world, &format!("config.yaml.before-init{number}")), text);
    }
    // A link that leads nowhere is a name that is taken.
    symlink("nowhere", world.path("config.yaml.before-init-5")).unwrap();
    let json = world.run(&["init", "--force", "--json"]).exits(0).json();
    assert!(json["copy"].as_str().unwrap().ends_with("-6"), "{json:#}");
}

#[test]
fn what_is_kept_comes_from_the_file_that_is_written() {
    let world = world("source: { directory: photos }\nphoto: { quality: 71 }\n");
    let own = "# a\nlog: { level: debug }\n\nmapping: { guests: deliver }\n";
    for config in ["none.yaml", "config.yaml"] {
        std::fs::write(world.path("a.yaml"), own).unwrap();
        let mut command = photosyncd();
        command.args(["init", "photos", "--out", "a.yaml", "--force", "--config", config]).current_dir(world.path(""));
        let output = command.output().unwrap();
        assert!(
            output.status.success(),
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        let new = read(&world, "a.yaml");
        assert!(new.starts_with("# a\nlog: { level: debug }\n\n") && new.contains("guests: deliver"), "{config}: {new}");
        assert!(new.contains("\"{upn}.{ext}\"") && new.contains("directory:") && !new.contains("71"), "{config}: {new}");
    }
    assert_eq!(read(&world, "config.yaml"), "source: { directory: photos }\nphoto: { quality: 71 }\n");
    // Into a new file go the settings of the configuration.
    world.run(&["init", "--out", "b.yaml"]).exits(0);
    assert!(read(&world, "b.yaml").contains("quality: 71"));
    // Without a configuration, the one that is written is asked where photos are.
    std::fs::remove_file(world.path("config.yaml")).unwrap();
    world.run(&["init", "--out", "a.yaml", "--force"]).exits(0).says(&["2 pictures below"]);
    assert_eq!(files(&world).len(), 5, "{:?}", files(&world));
}

/// However a file is written, what `init` leaves there is either the old one or one that can be used and keeps all else.
#[test]
fn no_way_of_writing_leads_to_a_file_that_check_refuses() {
    let rule = "{ files: \"{upn}.{ext}\", user: { userPrincipalName: \"{upn}\" } }";
    let faults = [
        format!("\"source\": {{ directory: photos }}\n\"mapping\":\n  \"rules\":\n    - {rule}\n  guests: deliver\nphoto: {{ quality: 77 }}\n"),
        format!("{{ source: {{ directory: photos }}, mapping: {{ guests: deliver, rules: [{rule}] }}, photo: {{ quality: 77 }} }}\n"),
        "{\n  \"source\": { \"directory\": \"photos\" },\n  \"mapping\": { \"guests\": \"deliver\" },\n  \"photo\": { \"quality\": 77 }\n}\n".to_owned(),
        "{ \"source\": { \"directory\": \"photos\" }, \"photo\": { \"quality\": 77 } }".to_owned(),
        format!("source: {{ directory: photos }}\n'mapping' :\n  'rules': [{rule},\n    {rule}]\n  guests: deliver\nphoto: {{ quality: 77 }}"),
        "  source:\n    directory: photos\n  mapping:\n    guests: deliver\n  photo:\n    quality: 77\n".to_owned(),
        "---\nsource: { directory: photos }\nphoto: { quality: 77 }\n...\n".to_owned(),
        "? mapping\n: { guests: deliver }\nsource: { directory: photos }\nphoto: { quality: 77 }\n".to_owned(),
        "scope: { include_groups: &g [] }\nsource: { directory: photos }\nmapping: { rules: &r [] }\nphoto: { quality: 77 }\n".to_owned(),
        "source: { directory: photos }\r\nmapping:\r\n  guests: deliver\r\nphoto: { quality: 77 }\r\n".to_owned(),
        "\u{feff}source: { directory: photos }\nphoto: { quality: 77 }\n".to_owned(),
    ];
    let mut refused = Vec::new();
    for text in &faults {
        let world = world(text);
        if world.run(&["check", "--without-secret"]).code != Some(0) {
            continue;
        }
        let outcome = world.run(&["init", "--force"]);
        let new = read(&world, "config.yaml");
        if outcome.code == Some(78) {
            assert_eq!((&new, files(&world).len()), (text, 1));
            _ = outcome.says(&["can't be put into", "Nothing was changed", "--out FILE"]);
            refused.push(text.clone());
            continue;
        }
        assert_eq!(outcome.code, Some(0), "{text}\n{new}\n{}\n{}", outcome.stdout, outcome.stderr);
        world.run(&["check", "--without-secret"]).exits(0);
        assert_eq!(text.contains("deliver"), new.contains("deliver"), "{new}");
        assert!(new.contains("77") && new.contains("{upn}.{ext}"), "{new}");
        assert_eq!(world.run(&["plan", "--json"]).exits(0).json()["sum"]["to_send"], 2, "{new}");
        assert_eq!(&read(&world, "config.yaml.before-init"), text);
    }
    assert!(refused.len() <= 1, "{refused:#?}");
    // What is no YAML is not touched either.
    for text in [
        "source: [\n",
        "- a\n",
        "source: { directory: photos }\nmapping: *x\n",
        "source: { directory: &d photos }\nledger: { path: *d }\n",
    ] {
        let world = world(text);
        // Another directory than the one that is named.
        let elsewhere = tempfile::tempdir().unwrap();
        std::fs::write(elsewhere.path().join("ben@contoso.com.jpg"), portrait(1)).unwrap();
        let outcome = world.run(&["init", elsewhere.path().to_str().unwrap(), "--force", "--offline"]);
        assert!(outcome.code != Some(0), "{text}: {}", outcome.stdout);
        assert_eq!((read(&world, "config.yaml").as_str(), files(&world).len()), (text, 1));
    }
}

#[test]
fn a_link_is_told_before_a_copy_is_made() {
    let text = "source: { directory: photos }\n";
    let world = world("");
    std::fs::remove_file(world.path("config.yaml")).unwrap();
    std::fs::write(world.path("real.yaml"), text).unwrap();
    symlink("real.yaml", world.path("config.yaml")).unwrap();
    world.run(&["init"]).exits(2).says(&["exists and was left as it is"]);
    world.run(&["init", "--force"]).exits(78).says(&["config.yaml is a symbolic link", "nothing was changed", "real.yaml"]);
    // One that leads nowhere is no free name.
    symlink("gone.yaml", world.path("dangling.yaml")).unwrap();
    world.run(&["init", "photos", "--out", "dangling.yaml"]).exits(78).says(&["is a symbolic link"]);
    assert_eq!(
        (read(&world, "real.yaml").as_str(), files(&world)),
        (text, ["config.yaml", "dangling.yaml", "real.yaml"].map(str::to_owned).to_vec())
    );
    assert!(
        std::fs::symlink_metadata(world.path("dangling.yaml")).unwrap().is_symlink()
            && !Path::new(&world.path("gone.yaml")).exists()
    );
    world.run(&["init", "--force", "--out", "real.yaml"]).exits(0);
}

#[test]
fn a_table_that_is_configured_stays_as_it_is() {
    let table = "  table:   # of HR\n    file: hr.csv\n    columns: { file: Foto, value: Konto }\n    kind: user\n    property: mailNickname\n";
    let world = world(&format!("source: {{ directory: photos }}\nmapping:\n{table}  guests: deliver\n"));
    world.write("IMG_1.jpg", &portrait(3));
    std::fs::write(world.path("hr.csv"), "Foto;Konto;Mail\nIMG_1.jpg;clara;clara@contoso.com\n").unwrap();
    let json = world.run(&["init", "--force", "--json"]).exits(0).json();
    assert_eq!((&json["table"]["files"], &json["rules"][0]["files"]), (&1.into(), &2.into()), "{json:#}");
    assert!(read(&world, "config.yaml").contains(table), "{}", read(&world, "config.yaml"));
    // One that names no file stays too; one that is given takes its place, and nothing else's.
    std::fs::write(world.path("hr.csv"), "Foto;Konto;Mail\nIMG_9.jpg;clara;clara@contoso.com\n").unwrap();
    world.run(&["init", "--force"]).says(&["names none of these files; it stays as it is"]);
    assert!(read(&world, "config.yaml").contains(table), "{}", read(&world, "config.yaml"));
    std::fs::write(world.path("new.csv"), "Foto;Mail\nIMG_1.jpg;clara@contoso.com\n").unwrap();
    world.run(&["init", "--force", "--table", "new.csv"]).exits(0);
    let new = read(&world, "config.yaml");
    assert!(new.contains("new.csv") && !new.contains("hr.csv") && new.contains("\n  guests: deliver\n"), "{new}");
    world.run(&["init", "--force"]).exits(0);
    assert_eq!(read(&world, "config.yaml"), new);
}

/// However the earlier rules spelled the files: what they said of them is said by the rule that takes these files now.
#[test]
fn policies_stay_with_the_files_however_rules_spell_them() {
    let policies = "drift: hr_wins, deliver: only_where_missing";
    let user = "user: { userPrincipalName: \"{upn}\" }";
    for rule in [
        format!("{{ files: \"{{upn}}.{{ext}}\", {user}, {policies} }}"),
        format!("{{ files: '{{name}}.{{ext}}', user: {{ userPrincipalName: \"{{name}}\" }}, {policies} }}"),
        format!("{{ files: \"**/{{upn}}.{{ext}}\", {user}, {policies}, ignore_case: true }}"),
        format!("{{ files: \"{{a}}@{{b}}.*\", user: {{ userPrincipalName: \"{{a}}@{{b}}\" }}, {policies} }}"),
        format!("{{ regex: '(?<upn>.+)\\.jpg', {user}, {policies} }}"),
        "{ \"files\": \"*.jpg\", user: { mail: anna@contoso.com }, \"drift\": \"hr_wins\", deliver: 'only_where_missing' }"
            .to_owned(),
        format!(
            "{{ files: \"anna*.{{ext}}\", user: {{ mail: a@b.c }}, {policies} }}, {{ files: \"{{upn}}.{{ext}}\", {user}, {policies} }}"
        ),
        // The second one never had a rule: it is no reason to say less of the first.
        format!("{{ files: \"anna*.{{ext}}\", user: {{ mail: a@b.c }}, {policies} }}"),
    ] {
        let home = world(&format!("source: {{ directory: photos }}\nmapping: {{ rules: [{rule}] }}\n"));
        home.run(&["check"]).exits(0);
        let json = home.run(&["init", "--force", "--json"]).exits(0).json();
        let new = json["rules"][0]["rule"].as_str().unwrap();
        assert!(new.contains(", drift: hr_wins") && new.contains(", deliver: only_where_missing"), "{rule}: {new}");
        assert_eq!(new.contains("ignore_case: true"), rule.contains("ignore_case"), "{rule}: {new}");
        assert_eq!((json["rules"].as_array().unwrap().len(), &json["settings_dropped"]), (1, &serde_json::json!([])), "{json:#}");
        home.run(&["check"]).exits(0);
        assert!(read(&home, "config.yaml").contains(new));
    }
    // Of two that differ, none is chosen; both are told.
    let one = "{ files: \"anna*.{ext}\", user: { mail: a@b.c }, drift: hr_wins }";
    let home = world(&format!(
        "source: {{ directory: photos }}\nmapping: {{ rules: [{one}, {{ files: \"{{upn}}.{{ext}}\", {user}, drift: user_wins }}] }}\n"
    ));
    let json = home.run(&["init", "--force", "--json"]).exits(0).json();
    assert_eq!(json["settings_dropped"].as_array().unwrap().len(), 2, "{json:#}");
    assert!(!read(&home, "config.yaml").contains("drift"));
    // Of a configuration that can't be used yet, rules count by their words.
    let rule = format!("{{ files: \"{{upn}}.{{ext}}\", {user}, {policies} }}");
    let faulty = format!("source: {{ directory: photos }}\nnonsense: 3\nmapping: {{ rules: [{rule}] }}\n");
    std::fs::write(home.path("config.yaml"), faulty).unwrap();
    home.run(&["init", "photos", "--force", "--json"]).exits(0);
    let new = read(&home, "config.yaml");
    assert!(new.contains("only_where_missing") && new.contains("hr_wins") && new.contains("nonsense: 3"), "{new}");
}
