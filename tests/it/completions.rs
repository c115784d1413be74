//! What a shell completes: its script asks the program, which knows the targets and files of the ledger.

use std::process::Command;

use crate::world::{Spawned, World, photosyncd};

/// What is proposed for the last of these words.
fn proposed(world: &World, words: &[&str]) -> Vec<String> {
    let index = words.len().to_string();
    let mut command = photosyncd();
    command.env("PHOTOSYNCD_COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", index).env("_CLAP_IFS", "\n");
    command.args(["--", "photosyncd"]).args(words).current_dir(world.path(""));
    let outcome = Spawned::start(&mut command).finish().exits(0);
    outcome.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn targets_files_reasons_topics_and_commands() {
    let world = World::people(3);
    world.portraits(0, 3, 0);
    world.write("users/Foto 100%.jpg", b"no picture");
    world.run(&["reconcile"]).exits(3);
    let ledger = std::fs::read(world.path(".photosyncd/photosyncd.db")).unwrap();
    let people = ["p000@contoso.com", "p001@contoso.com", "p002@contoso.com"];
    for command in ["explain", "retry", "accept", "restore", "verify", "history"] {
        assert_eq!(proposed(&world, &["--config", "config.yaml", command, "P0"]), people, "{command}");
    }
    assert_eq!(proposed(&world, &["plan", "-c", "config.yaml", "--only", "users/p002"]), ["users/p002@contoso.com.jpg"]);
    assert_eq!(proposed(&world, &["explain", "--config=config.yaml", "users/Foto 100%"]), ["users/Foto 100%.jpg"]);
    assert_eq!(proposed(&world, &["explain", "--config=config.yaml", "p%"]), [""; 0]);
    assert_eq!(proposed(&world, &["status", "--reason", "photo_too"]), ["photo_too_small", "photo_too_large"]);
    assert_eq!(proposed(&world, &["help", "op"]), ["operations"]);
    assert_eq!(proposed(&world, &["recon"]), ["reconcile"]);
    // Without a configuration or a ledger there is nothing to propose, and nothing is said.
    for config in ["nowhere.yaml", "users", "/dev/null"] {
        assert_eq!(proposed(&world, &["--config", config, "explain", "p"]), [""; 0], "{config}");
    }
    assert_eq!(std::fs::read(world.path(".photosyncd/photosyncd.db")).unwrap(), ledger, "it is only read");
}

#[test]
fn each_shell_has_a_script_that_asks_the_program() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        Spawned::start(photosyncd().args(["completions", shell])).finish().exits(0).says(&["photosyncd", "PHOTOSYNCD_COMPLETE"]);
    }
    Spawned::start(photosyncd().args(["completions", "cmd"])).finish().exits(2);
}

#[test]
fn bash_gets_names_with_blanks_as_one_word() {
    let world = World::people(1);
    world.write("users/Foto von Zoe.jpg", b"no picture");
    world.run(&["reconcile"]).exits(3);
    let program = photosyncd();
    let place = std::path::Path::new(program.get_program()).parent().unwrap();
    let path = format!("{}:{}", place.display(), std::env::var("PATH").unwrap_or_default());
    let asked = "source <(photosyncd completions bash)
        COMP_WORDS=(photosyncd explain users/F) COMP_CWORD=2
        _photosyncd photosyncd users/F explain
        printf '%s\\n' \"${COMPREPLY[@]}\"";
    let mut bash = Command::new("bash");
    bash.args(["--norc", "-c", asked]).env("PATH", &path).env("PHOTOSYNCD_CONFIG", world.path("config.yaml"));
    let outcome = Spawned::start(&mut bash).finish().exits(0);
    assert_eq!(outcome.stdout, "users/Foto\\ von\\ Zoe.jpg\n");
    // A name that a shell would act on is typed as a name.
    for (at, name) in
        ["$(touch made)", "`touch made`", "a|touch made", "a>made", "*", "~", "a\\b", "a!b", "{a,b}"].iter().enumerate()
    {
        world.write(&format!("users/{at}{name}.jpg"), b"no picture");
    }
    world.write("users/x\u{1b}[2J.jpg", b"no picture");
    world.run(&["reconcile"]).exits(3);
    let asked = "source <(photosyncd completions bash)
        for begin in 0 1 2 3 4 5 6 7 8 x; do
            COMP_WORDS=(photosyncd explain users/$begin) COMP_CWORD=2
            _photosyncd photosyncd users/$begin explain
            [[ ${#COMPREPLY[@]} == 0 ]] || eval \"printf '%s\\n' ${COMPREPLY[0]}\"
        done";
    let mut bash = Command::new("bash");
    bash.args(["--norc", "-c", asked]).env("PATH", path).env("PHOTOSYNCD_CONFIG", world.path("config.yaml"));
    let outcome = Spawned::start(bash.current_dir(world.path(""))).finish().exits(0);
    let typed: Vec<&str> = outcome.stdout.lines().collect();
    let wanted = [
        "users/0$(touch made).jpg",
        "users/1`touch made`.jpg",
        "users/2a|touch made.jpg",
        "users/3a>made.jpg",
        "users/4*.jpg",
        "users/5~.jpg",
        "users/6a\\b.jpg",
        "users/7a!b.jpg",
        "users/8{a,b}.jpg",
    ];
    assert_eq!(typed, wanted);
    assert!(!world.path("made").exists());
}
