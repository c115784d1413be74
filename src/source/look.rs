//! A look at a few files by name: what a walk through everything would say of each, where that is plain.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::scan::{PATIENCE, ScanError, ScannedFile, check_root};
use super::{RootId, SourceSettings};
use crate::files::{fingerprint, run_in_time};
use crate::model::SourcePath;

/// What a look at one path saw.
#[derive(Debug)]
pub(crate) enum Sight {
    /// A regular file below real directories.
    File(ScannedFile),
    /// Nothing, or what the settings pass over.
    Nothing,
    /// A link, a directory, what can't be looked at: only a walk tells what that comes to.
    Other,
}

/// Looks at these paths. Says which directory the root is, and what stands at each path, in their order. Blocks, but never
/// for long without an answer.
pub(crate) fn look(settings: &SourceSettings, paths: &[SourcePath]) -> Result<(RootId, Vec<Sight>), ScanError> {
    let (own, paths) = (settings.clone(), paths.to_vec());
    let looked = run_in_time(&settings.root, PATIENCE, move |progress| {
        check_root(&own)?;
        let root = RootId::read(&own.root).map_err(|error| ScanError::Unreadable(own.root.clone(), error))?;
        let sights = paths.iter().take_while(|_| progress.step()).map(|path| at(&own, path));
        Ok((root, sights.collect()))
    });
    looked.unwrap_or_else(|silent| Err(ScanError::NoAnswer(settings.root.clone(), silent)))
}

fn at(settings: &SourceSettings, path: &SourcePath) -> Sight {
    if settings.ignore.matches_within(path.as_str()) {
        return Sight::Nothing;
    }
    let below = Path::new(path.as_str());
    let folders = below.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
    for folder in folders {
        match fs::symlink_metadata(settings.root.join(folder)) {
            Ok(found) if found.is_dir() => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Sight::Nothing,
            Ok(_) | Err(_) => return Sight::Other,
        }
    }
    match fs::symlink_metadata(settings.root.join(below)) {
        Ok(found) if found.is_file() => {
            Sight::File(ScannedFile { path: path.clone(), fingerprint: fingerprint(&found), problem: None })
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Sight::Nothing,
        Ok(_) | Err(_) => Sight::Other,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::source::{IgnoreList, scan};

    #[test]
    fn what_it_sees_is_what_a_walk_sees() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("photos");
        fs::create_dir_all(root.join("users/old")).unwrap();
        for file in ["a.jpg", "users/b.jpg", "users/old/c.jpg", "users/.d.jpg", "skip.txt"] {
            fs::write(root.join(file), file).unwrap();
        }
        symlink("users", root.join("linked")).unwrap();
        symlink("a.jpg", root.join("link.jpg")).unwrap();
        let ignore = IgnoreList::new(&["**/.*".into(), "*.txt".into()], true).unwrap();
        let settings = SourceSettings { root, ignore, follow_symlinks: false, require: None, max_bytes: 1_000 };
        let walked = scan(&settings).unwrap();
        let names = [
            "a.jpg",
            "gone.jpg",
            "link.jpg",
            "linked/b.jpg",
            "nowhere/x.jpg",
            "skip.txt",
            "users",
            "users/.d.jpg",
            "users/b.jpg",
            "users/old/c.jpg",
        ];
        let paths = names.map(|name| SourcePath::new(name).unwrap());
        let (root, sights) = look(&settings, &paths).unwrap();
        assert_eq!(root, walked.root);
        let mut plain = 0;
        for (path, sight) in paths.iter().zip(sights) {
            let seen = walked.files.iter().find(|seen| seen.path == *path);
            match sight {
                Sight::File(file) => {
                    assert_eq!(Some(file.fingerprint), seen.map(|seen| seen.fingerprint), "{path}");
                    plain += 1;
                }
                Sight::Nothing => assert!(seen.is_none(), "{path}"),
                Sight::Other => assert!(["link.jpg", "linked/b.jpg", "users"].contains(&path.as_str()), "{path}"),
            }
        }
        assert_eq!(plain, 3);
        fs::remove_dir_all(&settings.root).unwrap();
        assert!(matches!(look(&settings, &paths), Err(ScanError::Missing(_))));
    }
}
