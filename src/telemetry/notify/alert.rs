//! What a person should know, and in which words.

use serde::Serialize;

use crate::ledger::Counts;
use crate::plan::Guard;

/// What a person should know.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Alert {
    /// The guard stopped a pass.
    Halted {
        /// The pass.
        pass: i64,
        /// Which brake.
        guard: Guard,
    },
    /// Passes are not stopped any more.
    HaltEnded {
        /// The pass.
        pass: i64,
    },
    /// Nobody can sign in.
    SignIn {
        /// The pass; none if the first has not ended yet.
        pass: Option<i64>,
    },
    /// Somebody can again.
    SignInWorks,
    /// The application may not do something to a whole kind of targets.
    KindForbidden {
        /// The pass; none if the first has not ended yet.
        pass: Option<i64>,
        /// Targets held or blocked now.
        blocked: u32,
    },
    /// Microsoft 365 can't be reached.
    OutageBegan,
    /// It can again.
    OutageEnded {
        /// How long it lasted, seconds.
        lasted_s: u64,
    },
    /// Something else is wrong with the service as a whole.
    ConditionBegan {
        /// Which condition.
        name: &'static str,
    },
    /// It is over.
    ConditionEnded {
        /// Which condition.
        name: &'static str,
        /// How long it lasted, seconds.
        lasted_s: u64,
    },
    /// How things stand, once a day.
    Digest {
        /// Targets by where they stand.
        targets: Counts,
        /// Photos delivered since the last digest, or since the service started.
        delivered: u64,
        /// Photos removed since the last digest, or since the service started.
        removed: u64,
    },
}

impl Alert {
    /// One line for people; most chat services show a field of this name.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Halted { pass, guard } => {
                format!("photosyncd stopped pass {pass} before any harm ({guard}); `photosyncd status` says what to do.")
            }
            Self::HaltEnded { pass } => format!("photosyncd continues: pass {pass} was not stopped."),
            Self::SignIn { .. } => "photosyncd can't sign in to Microsoft 365; `photosyncd status` says what to do.".to_owned(),
            Self::SignInWorks => "photosyncd can sign in to Microsoft 365 again.".to_owned(),
            Self::KindForbidden { blocked, .. } => format!(
                "photosyncd lacks a permission; {blocked} photos are held or blocked. `photosyncd status` names the permission."
            ),
            Self::OutageBegan => "Microsoft 365 can't be reached, or serves nobody; photosyncd resumes by itself.".to_owned(),
            Self::OutageEnded { lasted_s } => format!("Microsoft 365 serves photosyncd again, after {lasted_s} s."),
            Self::ConditionBegan { name } => {
                format!("photosyncd needs a person ({name}); `photosyncd status` says what to do.")
            }
            Self::ConditionEnded { name, lasted_s } => format!("photosyncd: {name} is over, after {lasted_s} s."),
            Self::Digest { targets, delivered, removed } => format!(
                "photosyncd: {} in step, {} due, {} waiting, {} held or blocked; {delivered} delivered and {removed} removed since the last digest, or the start.",
                targets.in_step, targets.due, targets.waiting, targets.blocked
            ),
        }
    }

    /// A few words.
    pub(super) fn title(&self) -> String {
        match self {
            Self::Halted { guard, .. } => format!("Stopped by the guard: {guard}"),
            Self::HaltEnded { .. } => "Not stopped any more".to_owned(),
            Self::SignIn { .. } => "Sign-in to Microsoft 365 fails".to_owned(),
            Self::SignInWorks => "Sign-in to Microsoft 365 works again".to_owned(),
            Self::KindForbidden { .. } => "A permission is missing".to_owned(),
            Self::OutageBegan => "Outage of Microsoft 365".to_owned(),
            Self::OutageEnded { .. } => "The outage of Microsoft 365 is over".to_owned(),
            Self::ConditionBegan { name } => format!("A person is needed: {name}"),
            Self::ConditionEnded { name, .. } => format!("Over: {name}"),
            Self::Digest { .. } => "How the photos stand".to_owned(),
        }
    }

    /// Whether it is bad news, good news, or none of both.
    pub(super) const fn tone(&self) -> Tone {
        match self {
            Self::Halted { .. }
            | Self::SignIn { .. }
            | Self::KindForbidden { .. }
            | Self::OutageBegan
            | Self::ConditionBegan { .. } => Tone::Bad,
            Self::HaltEnded { .. } | Self::SignInWorks | Self::OutageEnded { .. } | Self::ConditionEnded { .. } => Tone::Good,
            Self::Digest { .. } => Tone::Plain,
        }
    }

    /// Its numbers, with what they count.
    pub(super) fn numbers(&self) -> Vec<(&'static str, u64)> {
        let pass = |pass: i64| ("Pass", u64::try_from(pass).unwrap_or_default());
        match self {
            Self::Halted { pass: number, .. } | Self::HaltEnded { pass: number } => vec![pass(*number)],
            Self::SignIn { pass: number } => number.map(pass).into_iter().collect(),
            Self::KindForbidden { pass: number, blocked } => {
                number.map(pass).into_iter().chain([("Held or blocked", u64::from(*blocked))]).collect()
            }
            Self::OutageEnded { lasted_s } | Self::ConditionEnded { lasted_s, .. } => vec![("Seconds", *lasted_s)],
            Self::Digest { targets, delivered, removed } => vec![
                ("Up to date", u64::from(targets.in_step)),
                ("Queued", u64::from(targets.due)),
                ("Waiting", u64::from(targets.waiting)),
                ("Held or blocked", u64::from(targets.blocked)),
                ("Delivered since the last digest", *delivered),
                ("Removed since the last digest", *removed),
            ],
            Self::SignInWorks | Self::OutageBegan | Self::ConditionBegan { .. } => Vec::new(),
        }
    }

    /// What a person does about it.
    pub(super) const fn cure(&self) -> Option<&'static str> {
        match self {
            Self::Halted { .. } => {
                Some("Nothing was changed. Run `photosyncd status` on the machine: it says what was found and how to go on.")
            }
            Self::SignIn { .. } => {
                Some("Run `photosyncd status` on the machine: it says what is wrong with the credential and where to renew it.")
            }
            Self::KindForbidden { .. } => Some("Run `photosyncd status` on the machine: it names the permission to grant."),
            Self::ConditionBegan { .. } => Some("Run `photosyncd status` on the machine: it says what to do."),
            Self::OutageBegan => Some("Nothing: it resumes by itself."),
            Self::Digest { targets, .. } if targets.blocked > 0 => {
                Some("Run `photosyncd status` on the machine: it lists the causes with their cures.")
            }
            Self::Digest { .. }
            | Self::HaltEnded { .. }
            | Self::SignInWorks
            | Self::OutageEnded { .. }
            | Self::ConditionEnded { .. } => None,
        }
    }
}

/// How news are meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Tone {
    /// A person is needed, or something does not work.
    Bad,
    /// Something works again.
    Good,
    /// How things stand.
    Plain,
}
