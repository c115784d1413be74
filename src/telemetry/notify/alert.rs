//! What a person should know, and in which words.

use serde::{Deserialize, Serialize};

use crate::ledger::Counts;
use crate::model::Timestamp;
use crate::plan::Guard;

/// What a person should know.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
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
    /// No permission is missing any more.
    KindAllowed,
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
        name: String,
    },
    /// It is over.
    ConditionEnded {
        /// Which condition.
        name: String,
        /// How long it lasted, seconds.
        lasted_s: u64,
    },
    /// Something began and was over before anybody could be told.
    Missed {
        /// The event that it began with.
        was: String,
        /// A few words about it.
        title: String,
        /// When it began.
        from: Timestamp,
        /// When it was over.
        to: Timestamp,
    },
    /// How things stand, once a day.
    Digest {
        /// All in one sentence, as `status` has it.
        verdict: String,
        /// How good that is.
        tone: Tone,
        /// What is wrong with the service as a whole, by name.
        conditions: Vec<String>,
        /// The counts are as of the last pass that could look.
        dated: bool,
        /// Targets by where they stand.
        targets: Counts,
        /// Photos delivered since the last digest, or since the service started.
        delivered: u64,
        /// Photos removed since the last digest, or since the service started.
        removed: u64,
    },
}

impl Alert {
    /// Its name, as a webhook gets it.
    pub(super) const fn event(&self) -> &'static str {
        match self {
            Self::Halted { .. } => "halted",
            Self::HaltEnded { .. } => "halt_ended",
            Self::SignIn { .. } => "sign_in",
            Self::SignInWorks => "sign_in_works",
            Self::KindForbidden { .. } => "kind_forbidden",
            Self::KindAllowed => "kind_allowed",
            Self::OutageBegan => "outage_began",
            Self::OutageEnded { .. } => "outage_ended",
            Self::ConditionBegan { .. } => "condition_began",
            Self::ConditionEnded { .. } => "condition_ended",
            Self::Missed { .. } => "missed",
            Self::Digest { .. } => "digest",
        }
    }

    /// Whether it stands until other news say that it is over.
    pub(super) const fn is_beginning(&self) -> bool {
        match self {
            Self::Halted { .. }
            | Self::SignIn { .. }
            | Self::KindForbidden { .. }
            | Self::OutageBegan
            | Self::ConditionBegan { .. } => true,
            Self::HaltEnded { .. }
            | Self::SignInWorks
            | Self::KindAllowed
            | Self::OutageEnded { .. }
            | Self::ConditionEnded { .. }
            | Self::Missed { .. }
            | Self::Digest { .. } => false,
        }
    }

    /// What it is about, if that begins and ends.
    pub(super) fn subject(&self) -> Option<&str> {
        match self {
            Self::Halted { .. } | Self::HaltEnded { .. } => Some("halt"),
            Self::SignIn { .. } | Self::SignInWorks => Some("sign_in"),
            Self::KindForbidden { .. } | Self::KindAllowed => Some("permission"),
            Self::OutageBegan | Self::OutageEnded { .. } => Some("outage"),
            Self::ConditionBegan { name } | Self::ConditionEnded { name, .. } => Some(name),
            Self::Digest { .. } => Some("digest"),
            Self::Missed { .. } => None,
        }
    }

    /// What it is, at `now`, together with what waits before it, if it takes that one's place: as its end, or as what is so
    /// since.
    pub(super) fn in_place_of(&self, (at, before): &(Timestamp, Self), now: Timestamp) -> Option<Self> {
        let mut joined = self.clone();
        if let (Self::Digest { delivered: more, removed: gone, .. }, Self::Digest { delivered, removed, .. }) =
            (before, &mut joined)
        {
            (*delivered, *removed) = (*delivered + more, *removed + gone);
            return Some(joined);
        }
        if !before.is_beginning() || self.subject().is_none() || self.subject() != before.subject() {
            return None;
        }
        if self.is_beginning() {
            return Some(joined);
        }
        Some(Self::Missed { was: before.event().to_owned(), title: before.title(), from: *at, to: now })
    }

    /// One line for people; most chat services show a field of this name.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Halted { pass, guard } => {
                format!("photosyncd stopped pass {pass} before any harm ({guard}); `photosyncd status` says what to do.")
            }
            Self::HaltEnded { pass } => format!("photosyncd continues: pass {pass} was not stopped."),
            Self::SignIn { .. } => "photosyncd can't sign in to Microsoft 365; `photosyncd status` says what to do.".to_owned(),
            Self::SignInWorks => "photosyncd can sign in to Microsoft 365 again.".to_owned(),
            Self::KindForbidden { blocked: 0, .. } => "photosyncd lacks a permission; `photosyncd status` names it.".to_owned(),
            Self::KindForbidden { blocked: 1, .. } => {
                "photosyncd lacks a permission; 1 photo is held or blocked. `photosyncd status` names the permission.".to_owned()
            }
            Self::KindAllowed => "photosyncd lacks no permission any more.".to_owned(),
            Self::KindForbidden { blocked, .. } => format!(
                "photosyncd lacks a permission; {blocked} photos are held or blocked. `photosyncd status` names the permission."
            ),
            Self::OutageBegan => "Microsoft 365 can't be reached, or serves nobody; photosyncd resumes by itself.".to_owned(),
            Self::OutageEnded { lasted_s } => format!("Microsoft 365 serves photosyncd again, after {lasted_s} s."),
            Self::ConditionBegan { name } => {
                format!("photosyncd needs a person ({name}); `photosyncd status` says what to do.")
            }
            Self::ConditionEnded { name, lasted_s } => format!("photosyncd: {name} is over, after {lasted_s} s."),
            Self::Missed { title, from, to, .. } => {
                format!("photosyncd could tell nobody of this, and it is over ({title}): from {from} to {to}.")
            }
            Self::Digest { verdict, targets, delivered, removed, dated, .. } => format!(
                "photosyncd: {verdict} {}: {} in step, {} due, {} waiting, {} held or blocked; {delivered} delivered and {removed} removed since the last digest, or the start.",
                if *dated { "As of the last pass that could look" } else { "In numbers" },
                targets.in_step,
                targets.due,
                targets.waiting,
                targets.blocked
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
            Self::KindAllowed => "No permission is missing any more".to_owned(),
            Self::OutageBegan => "Outage of Microsoft 365".to_owned(),
            Self::OutageEnded { .. } => "The outage of Microsoft 365 is over".to_owned(),
            Self::ConditionBegan { name } => format!("A person is needed: {name}"),
            Self::ConditionEnded { name, .. } => format!("Over: {name}"),
            Self::Missed { title, .. } => format!("Over by now: {title}"),
            Self::Digest { conditions, .. } if conditions.is_empty() => "How the photos stand".to_owned(),
            Self::Digest { conditions, .. } => format!("How the photos stand: {}", conditions.join(", ")),
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
            Self::HaltEnded { .. }
            | Self::SignInWorks
            | Self::KindAllowed
            | Self::OutageEnded { .. }
            | Self::ConditionEnded { .. } => Tone::Good,
            Self::Digest { tone, .. } => *tone,
            Self::Missed { .. } => Tone::Plain,
        }
    }

    /// Its numbers, with what they count.
    pub(super) fn numbers(&self) -> Vec<(&'static str, u64)> {
        let pass = |pass: i64| ("Pass", u64::try_from(pass).unwrap_or_default());
        match self {
            Self::Halted { pass: number, .. } | Self::HaltEnded { pass: number } => vec![pass(*number)],
            Self::SignIn { pass: number } => number.map(pass).into_iter().collect(),
            Self::KindForbidden { pass: number, blocked } => {
                let held = (*blocked > 0).then_some(("Held or blocked", u64::from(*blocked)));
                number.map(pass).into_iter().chain(held).collect()
            }
            Self::OutageEnded { lasted_s } | Self::ConditionEnded { lasted_s, .. } => vec![("Seconds", *lasted_s)],
            Self::Digest { targets, delivered, removed, .. } => vec![
                ("Up to date", u64::from(targets.in_step)),
                ("Queued", u64::from(targets.due)),
                ("Waiting", u64::from(targets.waiting)),
                ("Held or blocked", u64::from(targets.blocked)),
                ("Delivered since the last digest", *delivered),
                ("Removed since the last digest", *removed),
            ],
            Self::SignInWorks | Self::KindAllowed | Self::OutageBegan | Self::ConditionBegan { .. } | Self::Missed { .. } => {
                Vec::new()
            }
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
            Self::Digest { targets, conditions, .. } if targets.blocked > 0 || !conditions.is_empty() => {
                Some("Run `photosyncd status` on the machine: it lists what is wrong, and what to do.")
            }
            Self::Digest { .. }
            | Self::HaltEnded { .. }
            | Self::SignInWorks
            | Self::KindAllowed
            | Self::OutageEnded { .. }
            | Self::ConditionEnded { .. }
            | Self::Missed { .. } => None,
        }
    }
}

/// How news are meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Tone {
    /// A person is needed, or something does not work.
    Bad,
    /// Something does not work, and resumes by itself, or concerns few.
    Warn,
    /// Something works again.
    Good,
    /// How things stand.
    Plain,
}
