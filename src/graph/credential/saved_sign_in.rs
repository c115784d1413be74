//! Where a person's sign-in is kept between runs: the refresh token, and whose it is.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::super::{Class, Failure};
use crate::files::{Audience, Bounds, aside, read, replace};

/// Longest that is kept, in bytes; a refresh token has one or two thousand.
const MAX_BYTES: u64 = 256 * 1024;

/// Where a person's sign-in is kept. Cheap to clone; clones share what memory keeps.
#[derive(Clone)]
pub(crate) struct SavedSignIn(Storage);

#[derive(Clone)]
enum Storage {
    File(PathBuf),
    Memory(Arc<Mutex<SavedTokens>>),
}

/// What is kept.
#[derive(Clone)]
pub(super) struct SavedTokens {
    pub(super) refresh: SecretString,
    /// Object id of the person.
    pub(super) person: String,
}

/// As it stands in the file.
#[derive(Serialize, Deserialize)]
struct Written {
    refresh_token: String,
    person: String,
}

impl SavedSignIn {
    /// In a file that only its owner can read, replaced whole.
    pub(crate) const fn in_file(path: PathBuf) -> Self {
        Self(Storage::File(path))
    }

    /// In memory, for a pretended tenant that lives as long as this process.
    pub(crate) fn in_memory(refresh: String) -> Self {
        Self(Storage::Memory(Arc::new(Mutex::new(SavedTokens { refresh: SecretString::from(refresh), person: String::new() }))))
    }

    /// What is kept; none if nobody has signed in.
    pub(super) async fn read(&self) -> Result<Option<SavedTokens>, Failure> {
        let file = match &self.0 {
            Storage::File(file) => file,
            Storage::Memory(saved) => return Ok(Some(saved.lock().unwrap_or_else(PoisonError::into_inner).clone())),
        };
        let fault = |why: String| {
            let cause = format!("the kept sign-in {} can't be read: {why}", file.display());
            Failure::local(
                Class::SignIn,
                cause,
                "Run as the service's user; or remove the file and run `photosyncd login` again.",
            )
        };
        let own = file.clone();
        let text = match aside(move || read(&own, Bounds::small(MAX_BYTES).unlinked())).await {
            Ok(file) => file.bytes,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(fault(error.to_string())),
        };
        // The parser's words could quote the token.
        let written: Written = serde_json::from_slice(&text).map_err(|_| fault("it is damaged".to_owned()))?;
        Ok(Some(SavedTokens { refresh: SecretString::from(written.refresh_token), person: written.person }))
    }

    /// Keeps a sign-in in place of the one before.
    pub(super) async fn write(&self, saved: SavedTokens) -> Result<(), Failure> {
        let file = match &self.0 {
            Storage::File(file) => file.clone(),
            Storage::Memory(place) => {
                *place.lock().unwrap_or_else(PoisonError::into_inner) = saved;
                return Ok(());
            }
        };
        let written = tokio::task::spawn_blocking(move || {
            let written = Written { refresh_token: saved.refresh.expose_secret().to_owned(), person: saved.person };
            replace(&file, &serde_json::to_vec(&written)?, Audience::Owner)
                .map_err(|error| std::io::Error::new(error.kind(), format!("{}: {error}", file.display())))
        });
        match written.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Failure::local(
                Class::SignIn,
                format!("the sign-in can't be kept in {error}"),
                "Let the service's user write the state directory, then run `photosyncd login` again.",
            )),
            Err(_) => Err(Failure::local(Class::Bug, "keeping the sign-in was interrupted", "Run `photosyncd login` again.")),
        }
    }
}

impl std::fmt::Debug for SavedSignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Storage::File(file) => write!(f, "SavedSignIn({})", file.display()),
            Storage::Memory(_) => f.write_str("SavedSignIn(in memory)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[tokio::test]
    async fn it_is_the_owners_alone_and_replaced_whole() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("state/photosyncd.login");
        let saved = SavedSignIn::in_file(file.clone());
        assert!(saved.read().await.unwrap().is_none());
        for token in ["r1", "r2"] {
            saved.write(SavedTokens { refresh: SecretString::from(token), person: "p".into() }).await.unwrap();
            let read = saved.read().await.unwrap().unwrap();
            assert_eq!((read.refresh.expose_secret(), read.person.as_str()), (token, "p"));
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(std::fs::metadata(file.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(std::fs::read_dir(file.parent().unwrap()).unwrap().count(), 1, "nothing is left beside it");
        std::fs::write(&file, "{\"refresh_token\": \"r3").unwrap();
        let failure = saved.read().await.err().unwrap();
        assert!(failure.cause.contains("damaged") && !failure.cause.contains("r3"), "{}", failure.cause);
        let nowhere = SavedSignIn::in_file(file.join("x"));
        let failure = nowhere.write(SavedTokens { refresh: SecretString::from("r"), person: String::new() }).await.unwrap_err();
        assert!(failure.cause.contains("can't be kept") && failure.cure.to_string().contains("state directory"), "{failure:?}");
    }
}
