use std::fs::{Permissions, metadata, read_to_string, set_permissions, write};
use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

fn mode(path: &Path) -> u32 {
    metadata(path).unwrap().permissions().mode() & 0o7777
}

fn page(text: &str) -> String {
    format!("<!doctype html>\n<html lang=\"en\">\n<head>\n{MARK}\n{text}")
}

#[test]
fn what_is_made_is_private_and_an_opened_directory_is_its_groups() {
    let world = tempfile::tempdir().unwrap();
    let made = world.path().join("a/b");
    OutputFolder::open(&made).unwrap().write("index.html", page("1").as_bytes()).unwrap();
    assert_eq!((mode(&made), mode(&made.join("index.html"))), (0o700, 0o600));
    for (directory, file) in [(0o750, 0o640), (0o2750, 0o640), (0o755, 0o600), (0o700, 0o600), (0o777, 0o600)] {
        set_permissions(&made, Permissions::from_mode(directory)).unwrap();
        OutputFolder::open(&made).unwrap().write("index.html", page("2").as_bytes()).unwrap();
        assert_eq!((mode(&made), mode(&made.join("index.html"))), (directory, file));
    }
    assert_eq!(std::fs::read_dir(&made).unwrap().count(), 1, "nothing else is left behind");
}

#[test]
fn nothing_is_written_through_a_link_or_over_what_others_made() {
    let world = tempfile::tempdir().unwrap();
    let (out, prey) = (world.path().join("out"), world.path().join("prey"));
    std::fs::create_dir(&out).unwrap();
    write(&prey, "precious").unwrap();
    symlink(&prey, out.join("index.html")).unwrap();
    symlink(&prey, out.join(".people-a.html.new")).unwrap();
    symlink(world.path().join("nowhere"), out.join("people-b.html")).unwrap();
    std::fs::create_dir(out.join("people-c.html")).unwrap();
    write(out.join("people.csv"), "file,kind,property,value\n").unwrap();
    let folder = OutputFolder::open(&out).unwrap();
    for name in ["index.html", "people-b.html", "people-c.html", "people.csv"] {
        let refused = folder.write(name, page("x").as_bytes()).unwrap_err();
        assert!(matches!(&refused, FolderError::Foreign(path) if path.ends_with(name)), "{refused}");
    }
    folder.write("people-a.html", page("x").as_bytes()).unwrap();
    folder.remove_others(&["people-", "index"], &HashSet::new()).unwrap();
    assert!(!out.join("people-a.html").exists() && out.join("people-b.html").is_symlink());
    assert_eq!((read_to_string(&prey).unwrap(), world.path().join("nowhere").exists()), ("precious".to_owned(), false));
    for link in [world.path().join("link"), world.path().join("link/")] {
        _ = symlink(&out, world.path().join("link"));
        assert!(matches!(OutputFolder::open(&link).unwrap_err(), FolderError::Link(_)), "{}", link.display());
    }
    assert!(matches!(OutputFolder::open(&prey).unwrap_err(), FolderError::Io { .. }));
}

#[test]
fn one_at_a_time_and_ours_is_replaced() {
    let world = tempfile::tempdir().unwrap();
    let folder = OutputFolder::open(world.path()).unwrap();
    assert!(matches!(OutputFolder::open(world.path()).unwrap_err(), FolderError::InUse(_)));
    drop(folder);
    let file = world.path().join("one.html");
    for text in ["1", "2"] {
        let (folder, name) = OutputFolder::of_file(&file).unwrap();
        folder.write(&name, page(text).as_bytes()).unwrap();
    }
    assert_eq!(read_to_string(&file).unwrap(), page("2"));
    write(world.path().join("people-9.html"), page("old")).unwrap();
    write(world.path().join("people-me.html"), "mine").unwrap();
    let folder = OutputFolder::open(world.path()).unwrap();
    folder.remove_others(&["people-"], &HashSet::new()).unwrap();
    assert!(!world.path().join("people-9.html").exists() && world.path().join("people-me.html").exists());
}
