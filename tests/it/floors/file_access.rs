//! Who may touch the file system: every file that others made is read in one way, and every file for others is written in
//! one way, by the room `files`. What stands here has a reason to do it itself.

use super::paths::{code, named};
use super::{is_test, sources};

/// Files and folders below `src/` that touch the file system themselves, and why.
const ENTRUSTED: [(&str, &str); 15] = [
    ("clock.rs", "the kernel's name for this start of the machine, which nothing can hold up"),
    ("files/", "the one way"),
    ("ledger/", "its own directory, under its lock: SQLite opens the files itself"),
    ("source/scan.rs", "walks the source, within a time"),
    ("source/look.rs", "looks at files of the source by name, within a time"),
    ("source/source_file.rs", "opens below the root of the source only, within a time"),
    ("source/root_id.rs", "asks which directory the root is"),
    ("source/root_info.rs", "asks what the root lies on; its callers have a time limit"),
    ("source/watch/thread.rs", "sets watches, on a thread that may hang"),
    ("source/watch/mounts.rs", "asks the kernel what is mounted, which nothing can hold up"),
    ("source/watch_limits.rs", "counts directories, within doctor's time limit, and reads the kernel's limits"),
    ("source/converter.rs", "writes into a private directory of its own, and looks for the program"),
    ("source/strays.rs", "asks the kernel about processes, which nothing can hold up"),
    ("daemon/control/server.rs", "its own socket beside the ledger"),
    ("config/secret.rs", "asks whether systemd's directory of credentials is there"),
];

/// Modules whose functions open, read or change files.
const MODULES: [[&str; 2]; 4] = [["std", "fs"], ["tokio", "fs"], ["rustix", "fs"], ["tempfile", ""]];
/// Methods of paths that ask the file system, and may wait for it.
const METHODS: [&str; 13] = [
    ".exists()",
    ".try_exists()",
    ".is_file()",
    ".is_dir()",
    ".is_symlink()",
    ".metadata()",
    ".symlink_metadata()",
    ".canonicalize()",
    ".read_dir()",
    ".read_link()",
    ".persist(",
    "std::fs::",
    "tokio::fs::",
];
/// Commands are started by the converter only: what they write nobody holds to anything.
const COMMANDS: [&str; 2] = ["Command::new(", "process::Command"];

fn faults(path: &str, text: &str) -> Vec<String> {
    if is_test(path) || ENTRUSTED.iter().any(|(entrusted, _)| path.starts_with(entrusted)) {
        return Vec::new();
    }
    let own: Vec<String> = MODULES.iter().map(|[root, _]| (*root).to_owned()).collect();
    let touches = |segments: &[String]| {
        MODULES.iter().any(|[root, module]| {
            let mut segments = segments.iter().map(String::as_str);
            segments.next() == Some(root) && (module.is_empty() || segments.next() == Some(module))
        })
    };
    let mut faults: Vec<String> = named(text, &own)
        .into_iter()
        .filter(|named| touches(&named.path))
        .map(|named| format!("{path}:{}: {} belongs to the room files", named.line, named.path.join("::")))
        .collect();
    for (number, line) in (1..).zip(code(text).lines()) {
        // The file's own tests stand at its end.
        if line.trim().starts_with("mod tests") {
            break;
        }
        let words = METHODS.iter().chain(&COMMANDS).filter(|word| line.contains(**word));
        faults.extend(words.map(|word| format!("{path}:{number}: {word} belongs to the room files")));
    }
    faults
}

#[test]
fn files_of_others_are_read_and_written_in_one_way() {
    let found: Vec<_> = sources().iter().flat_map(|(path, text)| faults(path, text)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// What is entrusted and does not need it any more is struck out.
#[test]
fn nobody_is_entrusted_in_vain() {
    let sources = sources();
    for (entrusted, _) in ENTRUSTED {
        let touching = |(path, text): (&String, &String)| {
            path.starts_with(entrusted) && !faults(&format!("-{}", path.replace('/', "-")), text).is_empty()
        };
        assert!(sources.iter().any(touching), "{entrusted} touches no file");
    }
}

#[test]
fn a_sibling_that_reads_for_itself_is_seen() {
    for text in [
        "fn f() { std::fs::read(\"x\"); }",
        "use std::fs;\nfn f() {}",
        "use std::{fs, io};",
        "use std::{io, fs::{read_to_string as take}};",
        "use std::fs::File as Handle;",
        "fn f() { ::std::fs::write(a, b) }",
        "async fn f() { tokio::fs::read(a).await }",
        "use tokio::fs::OpenOptions;",
        "use rustix::fs::{CWD, openat};",
        "fn f() { tempfile::tempdir() }",
        "fn f(path: &Path) -> bool { path.exists() }",
        "fn f(path: &Path) -> bool {\n    path\n        .is_file()\n}",
        "fn f() { std::process::Command::new(\"cat\") }",
    ] {
        assert!(!faults("cli/plan.rs", text).is_empty(), "{text}");
        assert!(faults("files/read.rs", text).is_empty(), "{text}");
    }
    for text in
        ["// std::fs::read", "let words = \"std::fs::read\";", "use std::io;", "#[cfg(test)]\nmod tests {\n    use std::fs;\n}"]
    {
        assert!(faults("cli/plan.rs", text).is_empty(), "{text}");
    }
}
