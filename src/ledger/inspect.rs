//! Looks at a ledger and the place it lies in, and changes nothing: for a check before anything runs.

use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::Access;

use super::identity::Identity;
use super::lock::holder;
use super::open::{is_not_of_another, on_shared_file_system, open_to_read};
use super::open_error::OpenError;

/// What a look came to.
#[derive(Debug)]
pub(crate) struct Inspection {
    /// The nearest directory that exists, and why nothing can be written there, if so.
    pub directory: (PathBuf, Option<io::Error>),
    /// Bytes that are free there for whoever asks.
    pub free_bytes: Option<u64>,
    /// Who holds the ledger just now, as the lock file says.
    pub holder: Option<String>,
    /// Whether the ledger there can be used; [`OpenError::None`] if there is none yet.
    pub ledger: Result<(), OpenError>,
}

/// Looks at the ledger that a configuration names.
pub(crate) fn inspect(path: &Path, configured: &Identity) -> Inspection {
    let wanted = path.parent().unwrap_or(Path::new("."));
    let directory = wanted.ancestors().find(|directory| directory.is_dir()).unwrap_or(Path::new("/")).to_owned();
    let refused = rustix::fs::access(&directory, Access::WRITE_OK | Access::EXEC_OK).err().map(io::Error::from);
    let free_bytes = rustix::fs::statvfs(&directory).ok().map(|found| found.f_bavail.saturating_mul(found.f_frsize));
    let shared = on_shared_file_system(&directory);
    let ledger = if shared { Err(OpenError::FileSystem(path.to_owned())) } else { usable(path, configured) };
    Inspection { directory: (directory, refused), free_bytes, holder: holder(path), ledger }
}

fn usable(path: &Path, configured: &Identity) -> Result<(), OpenError> {
    let connection = open_to_read(path)?;
    is_not_of_another(path, &connection, configured).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Ledger;
    use crate::model::Timestamp;

    #[test]
    fn tells_who_holds_it_and_whose_it_is_and_makes_nothing() {
        let state = tempfile::tempdir().unwrap();
        let path = state.path().join("deep/ledger.db");
        let mine = Identity { cloud: "global".into(), tenant: "a".into() };
        let found = inspect(&path, &mine);
        assert!(matches!(found.ledger, Err(OpenError::None(_))) && found.holder.is_none());
        assert_eq!(found.directory.0, state.path());
        assert!(!path.parent().unwrap().exists());
        assert!(found.free_bytes.is_some());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let ledger = Ledger::open(&path, &mine, Timestamp::from_millis(0)).unwrap();
            let found = inspect(&path, &mine);
            assert!(found.ledger.is_ok());
            assert!(found.holder.unwrap().contains(&std::process::id().to_string()));
            let other = Identity { tenant: "b".into(), ..mine.clone() };
            assert!(matches!(inspect(&path, &other).ledger, Err(OpenError::OtherTenant { .. })));
            drop(ledger);
        });
    }
}
