//! What is said, and what can be done, where others have put their hands on the ledger: by whoever has it open, and by who
//! can't open it.

/// What to do about a program that holds the ledger.
pub(super) fn unlocked(path: impl std::fmt::Display) -> String {
    format!(
        "the service tries again by itself, and a command can be run again; if it lasts, `sudo fuser -v {path}` names the program: end it"
    )
}

/// What became of a file that a process has open.
pub(super) const fn gone(replaced: bool) -> &'static str {
    if replaced {
        "is another file than the one that is open: it was moved or copied over it, and what is written down is lost"
    } else {
        "is gone while it is open: it was deleted or moved away, and what is written down is lost"
    }
}

/// How it is put right.
pub(super) const fn back(replaced: bool) -> &'static str {
    if replaced {
        "put the former file back, or `systemctl restart photosyncd` (a service without systemd: stop it and start it again): it goes by the files that lie there then, if they are this tenant's"
    } else {
        "put it back if it was moved away; else `systemctl restart photosyncd` (a service without systemd: stop it and start it again): without a ledger a new one is begun, photos are sent once more, and none is removed for 24 hours"
    }
}
