//! Files of the service's own directories, replaced whole or not at all. What lies at a name is never followed.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::OFlags;

use super::deadline::{Patience, Progress, run_in_time};

/// How long removing what is old may take.
const PRUNING: Patience = Patience { still: Duration::from_secs(10), whole: Duration::from_secs(60) };

/// Who may read a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Audience {
    /// This user alone. It is on the disk before the old one is gone, and its directory is made if it is missing.
    Owner,
    /// Whoever may enter the directory, whatever the umask. It is written anew all the time, so the disk may take its time.
    Everybody,
}

impl Audience {
    const fn mode(self) -> u32 {
        match self {
            Self::Owner => 0o600,
            Self::Everybody => 0o644,
        }
    }
}

/// Replaces a file.
pub(crate) fn replace(path: &Path, bytes: &[u8], audience: Audience) -> io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if audience == Audience::Owner {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    }
    let unfinished = unfinished(path);
    // A leftover of a crash could have other permissions, and be a link by now.
    _ = std::fs::remove_file(&unfinished);
    let written = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(audience.mode()).open(&unfinished)?;
        file.set_permissions(Permissions::from_mode(audience.mode()))?;
        file.write_all(bytes)?;
        if audience == Audience::Owner {
            file.sync_all()?;
        }
        std::fs::rename(&unfinished, path)
    })();
    match written {
        Ok(()) if audience == Audience::Owner => File::open(directory)?.sync_all(),
        Ok(()) => Ok(()),
        // On a full disk the place that the old one takes still serves what nobody relies on.
        Err(error) if error.kind() == io::ErrorKind::StorageFull && audience == Audience::Everybody => {
            _ = std::fs::remove_file(&unfinished);
            overwrite(path, bytes)
        }
        Err(error) => {
            // A full disk is not to be filled with halves.
            _ = std::fs::remove_file(&unfinished);
            Err(error)
        }
    }
}

/// Removes the files of a directory that are to go by their names; a link goes itself, not what it leads to. No directory,
/// nothing to remove. Blocks, within a minute.
pub(crate) fn prune(directory: &Path, goes: impl Fn(&str) -> bool + Send + 'static) -> io::Result<()> {
    let own = directory.to_owned();
    let removing = move |progress: &Progress| {
        let entries = match std::fs::read_dir(own) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            if progress.step() && entry.file_name().to_str().is_some_and(&goes) {
                std::fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    };
    run_in_time(directory, PRUNING, removing).unwrap_or_else(|silent| Err(io::Error::other(silent)))
}

/// A name of its own, so that two processes don't write into each other's.
fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    PathBuf::from(name)
}

/// Writes over what is there, in one go, so that a reader hardly ever sees half of it; whose it is and who may read it
/// stays.
pub(crate) fn overwrite(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let mut file = OpenOptions::new().write(true).custom_flags(flags).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is not a regular file"));
    }
    file.write_all(bytes)?;
    file.set_len(bytes.len() as u64)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn what_lies_there_is_replaced_and_never_followed() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        for (audience, wanted) in [(Audience::Owner, 0o600), (Audience::Everybody, 0o644)] {
            std::fs::write(at("victim"), "mine").unwrap();
            symlink(at("victim"), at("file")).unwrap();
            // A name that could be guessed.
            symlink(at("victim"), unfinished(&at("file"))).unwrap();
            replace(&at("file"), b"ours", audience).unwrap();
            assert_eq!(std::fs::read_to_string(at("victim")).unwrap(), "mine");
            assert!(std::fs::symlink_metadata(at("file")).unwrap().is_file());
            assert_eq!((std::fs::read_to_string(at("file")).unwrap().as_str(), mode(&at("file"))), ("ours", wanted));
            assert!(std::fs::symlink_metadata(unfinished(&at("file"))).is_err());
            prune(place.path(), |name| name == "file").unwrap();
            assert!(!at("file").exists() && at("victim").exists());
        }
        replace(&at("new/file"), b"ours", Audience::Owner).unwrap();
        assert_eq!(mode(&at("new")), 0o700);
        assert!(replace(&at("none/file"), b"ours", Audience::Everybody).is_err());
        // A directory stays one.
        std::fs::create_dir_all(at("taken/x")).unwrap();
        assert!(replace(&at("taken"), b"ours", Audience::Owner).is_err());
        assert!(at("taken/x").is_dir() && !unfinished(&at("taken")).exists());
    }

    #[test]
    fn a_full_disk_leads_to_no_link_either() {
        let place = tempfile::tempdir().unwrap();
        let (victim, link, file) = (place.path().join("victim"), place.path().join("link"), place.path().join("file"));
        std::fs::write(&victim, "mine").unwrap();
        std::fs::write(&file, "longer than before").unwrap();
        symlink(&victim, &link).unwrap();
        assert!(overwrite(&link, b"ours").is_err());
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "mine");
        overwrite(&file, b"ours").unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "ours");
    }
}
