//! What can be done about a failure.

use std::borrow::Cow;
use std::fmt;

/// True whoever asked: a command that has ended tries nothing again.
const AGAIN: &str = "The service tries again by itself; a command can be run again.";

/// What a person does, and whether it is tried again by itself meanwhile. `Display` is for while it waits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Cure {
    /// This.
    Act(Cow<'static, str>),
    /// This, and then it is tried again by itself.
    ActAndWait(&'static str),
    /// Nothing: it is tried again by itself; if it lasts, this.
    WaitThenAct(&'static str),
    /// Nothing: it is tried again by itself.
    Wait,
}

impl Cure {
    /// Sentences that say what to do.
    pub(crate) const fn act(advice: &'static str) -> Self {
        Self::Act(Cow::Borrowed(advice))
    }

    /// What a person does; empty if nothing.
    fn advice(&self) -> &str {
        match self {
            Self::Act(advice) => advice,
            Self::ActAndWait(advice) | Self::WaitThenAct(advice) => advice,
            Self::Wait => "",
        }
    }

    /// What to do when the tries are used up: nothing promises any more than what happens then.
    pub(crate) fn when_given_up(&self) -> String {
        let advice = self.advice();
        let blank = if advice.is_empty() { "" } else { " " };
        let rest = if advice.contains("photosyncd retry") { "" } else { " `photosyncd retry TARGET` tries at once." };
        format!("{advice}{blank}It was tried several times, and is tried again about once a day.{rest}")
    }
}

impl fmt::Display for Cure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Act(advice) => f.write_str(advice),
            Self::ActAndWait(advice) => write!(f, "{advice} {AGAIN}"),
            Self::WaitThenAct(advice) => write!(f, "Nothing: it passes. {AGAIN} {advice}"),
            Self::Wait => write!(f, "Nothing: it passes. {AGAIN}"),
        }
    }
}

impl From<&'static str> for Cure {
    fn from(advice: &'static str) -> Self {
        Self::act(advice)
    }
}

impl From<String> for Cure {
    fn from(advice: String) -> Self {
        Self::Act(Cow::Owned(advice))
    }
}
