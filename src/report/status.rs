//! The status page: how the service stands, for a person who asks from a browser.
//!
//! Everything is on the page: no other file, no other host. Its own script asks for the same page again every few seconds
//! and puts in what changed; without a script the browser loads it anew each minute. Both stand under a policy that lets
//! nothing else run, and no attribute is a script or a style, whatever a name on the page holds.

use jiff::tz::TimeZone;

use super::plot::Sample;
use crate::model::Timestamp;
use crate::status::{Causes, PassLine};

/// How good or bad it is. Words say it too: colour alone tells nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Tone {
    /// As it should be.
    Good,
    /// Worth knowing.
    Plain,
    /// Somebody should look.
    Warn,
    /// Somebody has to act.
    Bad,
}

impl Tone {
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Plain => "plain",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }
}

/// All in one sentence. It is read aloud when it changes, so it has no numbers that change all the time.
#[derive(Clone, Debug)]
pub(crate) struct Headline {
    /// How good it is.
    pub tone: Tone,
    /// The sentence.
    pub words: String,
}

/// Something about the whole.
#[derive(Clone, Debug)]
pub(crate) struct Notice {
    /// How bad it is.
    pub tone: Tone,
    /// What.
    pub title: String,
    /// What was found and what to do, with what to type between backticks.
    pub words: String,
    /// Since when.
    pub since: Option<Timestamp>,
}

/// How far the sending is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ProgressLine {
    /// Sent, or settled otherwise.
    pub done: u32,
    /// Of so many.
    pub total: u32,
    /// How much time is left, or why nobody can say.
    pub words: String,
    /// A time that ends the sentence.
    pub at: Option<Timestamp>,
}

/// A line of plain facts.
#[derive(Clone, Debug)]
pub(crate) struct Fact {
    /// What about.
    pub name: &'static str,
    /// How it is.
    pub words: String,
    /// A time that ends the sentence.
    pub at: Option<Timestamp>,
}

/// How the service stands.
#[derive(Clone, Debug)]
pub(crate) struct StatusPage {
    /// The program's version.
    pub version: &'static str,
    /// Which installation it is: the tenant, and all of it.
    pub tenant: String,
    /// The machine and the directory, too.
    pub instance: String,
    /// As of when.
    pub now: Timestamp,
    /// Whose times are shown.
    pub zone: TimeZone,
    /// All in one sentence.
    pub verdict: Headline,
    /// What is about the whole.
    pub notices: Vec<Notice>,
    /// How far the sending is, if there is anything to send.
    pub progress: Option<ProgressLine>,
    /// Photos by where they stand, and how that looks.
    pub counts: Vec<(&'static str, u32, Tone)>,
    /// The last hour.
    pub samples: Vec<Sample>,
    /// What is held, or why nobody can say.
    pub held: Result<Causes, String>,
    /// Whether the page names people and files.
    pub names: bool,
    /// The last passes, newest first.
    pub passes: Vec<PassLine>,
    /// The rest.
    pub facts: Vec<Fact>,
}
