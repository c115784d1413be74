//! What others than the service's user may change, and so decide whose face is shown: a warning, since somebody may mean it.

use std::path::Path;
use std::time::Duration;

use crate::config::Config;
use crate::files::access;
use crate::source::Converter;

/// What isn't told of within this time is not told of.
const PATIENCE: Duration = Duration::from_secs(3);

/// What was found, and what to do.
pub(super) fn open_files(config: &Config, file: &Path) -> Vec<(String, String)> {
    let mut open: Vec<(String, String)> = Vec::new();
    let ledger = &config.ledger.path;
    let table = config.mapping.table.as_ref().map(|table| table.path.as_path());
    let converter = config.converter.as_ref().and_then(Converter::program);
    let places = [
        ("the configuration", Some(file)),
        ("the directory of the configuration", file.parent()),
        ("the table", table),
        ("the state directory", ledger.parent()),
        ("the ledger", Some(ledger.as_path())),
        ("the directory of backups", Some(config.backup.directory.as_path())),
        ("the converter", converter.as_deref()),
    ];
    for (what, path) in places.into_iter().filter_map(|(what, path)| Some((what, path?))) {
        // A bare name lies in the directory of whoever runs this.
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        let may = access(path, PATIENCE);
        open.extend(writable(what, path, may.all_write, may.group_writes));
    }
    let root = &config.source.root;
    // Often it is a group's to write, and meant to be.
    open.extend(writable("the source directory", root, access(root, PATIENCE).all_write, false));
    if access(ledger, PATIENCE).others_read {
        let found = format!("the ledger {} names people, and others may read it", ledger.display());
        open.push((found, format!("Run: chmod 600 {}", ledger.display())));
    }
    open
}

fn writable(what: &str, path: &Path, by_all: bool, by_group: bool) -> Option<(String, String)> {
    let (who, mode) = match (by_all, by_group) {
        (true, _) => ("every user of this machine", "o-w"),
        (false, true) => ("a group", "g-w"),
        (false, false) => return None,
    };
    let found = format!("{what} {} can be changed by {who}, who could so decide whose photo is shown", path.display());
    Some((found, format!("Run: chmod {mode} {}", path.display())))
}
