//! The status page: how the service stands, for a person who asks from a browser.
//!
//! Everything is on the page: no other file, no other host. Its own script asks for the same page again every few seconds
//! and puts in what changed; without a script the browser loads it anew each minute. Both stand under a policy that lets
//! nothing else run, and no attribute is a script or a style, whatever a name on the page holds.

use jiff::tz::TimeZone;

use super::plot::Sample;
use crate::model::Timestamp;

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

/// All that is held for one reason.
#[derive(Clone, Debug)]
pub(crate) struct HeldCause {
    /// `Bad`: a person has to act; `Warn`: it is tried again by itself; `Plain`: it may stay so.
    pub tone: Tone,
    /// The stable code.
    pub code: &'static str,
    /// The same in words.
    pub meaning: &'static str,
    /// How many.
    pub count: u32,
    /// Since when the first.
    pub since: Timestamp,
    /// When the next is tried.
    pub until: Option<Timestamp>,
    /// What to do.
    pub cure: String,
    /// Some of them, newest first.
    pub lines: Vec<HeldLine>,
}

/// One thing that is held.
#[derive(Clone, Debug, Default)]
pub(crate) struct HeldLine {
    /// `user`, `group`, `team`, `contact` or `me`.
    pub kind: Option<&'static str>,
    /// As Graph names it.
    pub object_id: Option<String>,
    /// Since when.
    pub since: Timestamp,
    /// When it is tried.
    pub until: Option<Timestamp>,
    /// What Graph answered: status, code, request id.
    pub answer: String,
    /// Whom or which file it is about and what was found; shown only where names are.
    pub name: Option<String>,
}

/// A pass.
#[derive(Clone, Debug)]
pub(crate) struct PassEntry {
    /// Its number.
    pub pass: i64,
    /// What set it off.
    pub cause: String,
    /// When it began.
    pub started_at: Timestamp,
    /// Seconds it took.
    pub took: Option<f64>,
    /// Files seen.
    pub scanned: Option<u32>,
    /// Files that no rule claims.
    pub unmatched: Option<u32>,
    /// Photos that were to be sent when it ended.
    pub due: Option<u32>,
    /// Held or blocked when it ended.
    pub blocked: Option<u32>,
    /// What came of it.
    pub result: String,
}

/// How the service stands.
#[derive(Clone, Debug)]
pub(crate) struct StatusPage {
    /// The program's version.
    pub version: &'static str,
    /// As of when.
    pub now: Timestamp,
    /// Whose times are shown.
    pub zone: TimeZone,
    /// All in one sentence.
    pub verdict: Headline,
    /// What is about the whole.
    pub notices: Vec<Notice>,
    /// Photos by where they stand.
    pub counts: Vec<(&'static str, u32)>,
    /// The last hour.
    pub samples: Vec<Sample>,
    /// What is held, or why nobody can say.
    pub held: Result<Vec<HeldCause>, String>,
    /// The last passes, newest first.
    pub passes: Vec<PassEntry>,
    /// The rest.
    pub facts: Vec<Fact>,
}
