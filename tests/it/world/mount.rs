//! File systems of a test's own.

fn mounts(arguments: &[&str]) -> bool {
    let quiet = std::process::Stdio::null;
    std::process::Command::new(arguments[0])
        .args(&arguments[1..])
        .stdout(quiet())
        .stderr(quiet())
        .status()
        .is_ok_and(|done| done.success())
}

/// A file system in memory, mounted for a test; none where that is not permitted.
pub(crate) struct Mount(std::path::PathBuf);

impl Mount {
    pub(crate) fn new(place: &std::path::Path, size: &str) -> Option<Self> {
        let path = place.to_str().unwrap();
        let done = mounts(&["mount", "-t", "tmpfs", "-o", &format!("size={size}"), "photosyncd-test", path]);
        if !done {
            println!("skipped: mounting is not permitted here");
        }
        done.then(|| Self(place.to_owned()))
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        mounts(&["umount", "-l", self.0.to_str().unwrap()]);
    }
}
