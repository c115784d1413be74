//! A directory for work that is soon done: nobody else looks into it, whatever the umask of whoever runs a command.

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt;

use tempfile::{Builder, TempDir};

/// Makes one; it goes with its handle.
pub(crate) fn workplace() -> io::Result<TempDir> {
    Builder::new().prefix("photosyncd-").permissions(Permissions::from_mode(0o700)).tempdir()
}
