//! What kinds of photo slots there are.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What kind of photo slot a target is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TargetKind {
    /// A user's profile photo.
    User,
    /// A Microsoft 365 group's photo.
    Group,
    /// A team's photo. A team and its group share one object id but have a slot each.
    Team,
    /// The photo of a contact in somebody's mailbox.
    Contact,
    /// The signed-in user, with delegated sign-in only.
    Me,
}

impl TargetKind {
    /// Every kind, in the order people read them.
    pub const ALL: [Self; 5] = [Self::User, Self::Group, Self::Team, Self::Contact, Self::Me];

    /// The lower-case word used in JSON, YAML and the ledger.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Team => "team",
            Self::Contact => "contact",
            Self::Me => "me",
        }
    }
}

impl fmt::Display for TargetKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for TargetKind {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| format!("no target kind is called {text:?}; give user, group, team, contact or me"))
    }
}
