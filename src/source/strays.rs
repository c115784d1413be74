//! Processes that a converter left behind outside of its process group: one that began a session of its own is in no group
//! of ours. It is known by what it was given, the private directory that its environment names or that it works in.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

/// Looks: who is killed may just be starting another.
const LOOKS: usize = 10;

/// Kills whatever runs on for this directory.
pub(super) fn kill(directory: &Path) {
    for _ in 0..LOOKS {
        let strays = of(directory);
        if strays.is_empty() {
            return;
        }
        for pid in strays {
            // Held by its descriptor before it is looked at once more: its number may be somebody else's by now.
            let Ok(process) = pidfd_open(pid, PidfdFlags::empty()) else { continue };
            if is_of(pid, directory) {
                _ = pidfd_send_signal(process, Signal::KILL);
            }
        }
    }
}

fn of(directory: &Path) -> Vec<Pid> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.filter_map(Pid::from_raw).filter(|pid| is_of(*pid, directory)).collect()
}

/// A process that has ended has neither.
fn is_of(pid: Pid, directory: &Path) -> bool {
    let place = Path::new("/proc").join(pid.as_raw_nonzero().to_string());
    let works_there = || std::fs::read_link(place.join("cwd")).is_ok_and(|at| at.starts_with(directory));
    let names_it = |variable: &[u8]| variable.strip_prefix(b"TMPDIR=").is_some_and(|at| OsStr::from_bytes(at) == directory);
    let environment = || std::fs::read(place.join("environ")).unwrap_or_default();
    works_there() || environment().split(|byte| *byte == 0).any(names_it)
}
