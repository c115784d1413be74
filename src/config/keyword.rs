//! Settings that are one word out of a few.

use tracing_subscriber::filter::LevelFilter;

use crate::mapping::AccountPolicy;
use crate::model::{DeliverPolicy, DriftPolicy};
use crate::photo::{Crop, SeveralFaces};
use crate::plan::ConflictPolicy;
use crate::report::Language;
use crate::source::WatchMode;

/// A setting that is one of a few words.
pub(super) trait Keyword: Copy + 'static {
    /// Every word with its meaning, in the order of the documentation.
    const KEYWORDS: &'static [(&'static str, Self)];
}

impl Keyword for Crop {
    const KEYWORDS: &'static [(&'static str, Self)] =
        &[("face", Self::Face), ("upper", Self::Upper), ("center", Self::Center), ("none", Self::None)];
}

impl Keyword for SeveralFaces {
    const KEYWORDS: &'static [(&'static str, Self)] = &[("hold", Self::Hold), ("largest", Self::Largest)];
}

impl Keyword for ConflictPolicy {
    const KEYWORDS: &'static [(&'static str, Self)] = &[("hold", Self::Hold), ("newest", Self::Newest)];
}

impl Keyword for DriftPolicy {
    const KEYWORDS: &'static [(&'static str, Self)] =
        &[("report", Self::Report), ("hr_wins", Self::HrWins), ("user_wins", Self::UserWins)];
}

impl Keyword for DeliverPolicy {
    const KEYWORDS: &'static [(&'static str, Self)] = &[("always", Self::Always), ("only_where_missing", Self::OnlyWhereMissing)];
}

impl Keyword for AccountPolicy {
    const KEYWORDS: &'static [(&'static str, Self)] = &[("hold", Self::Hold), ("deliver", Self::Deliver)];
}

impl Keyword for Language {
    const KEYWORDS: &'static [(&'static str, Self)] = &[("en", Self::English), ("de", Self::German)];
}

impl Keyword for WatchMode {
    const KEYWORDS: &'static [(&'static str, Self)] =
        &[("auto", Self::Auto), ("native", Self::Native), ("poll", Self::Poll), ("off", Self::Off)];
}

impl Keyword for LevelFilter {
    const KEYWORDS: &'static [(&'static str, Self)] =
        &[("error", Self::ERROR), ("warn", Self::WARN), ("info", Self::INFO), ("debug", Self::DEBUG), ("trace", Self::TRACE)];
}

/// Defines such a setting: the enum, its words, and the ways between them.
macro_rules! keywords {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub(crate) enum $name { $($(#[$about])* $variant,)+ }

        impl $name {
            /// The word in the configuration.
            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl $crate::config::keyword::Keyword for $name {
            const KEYWORDS: &'static [(&'static str, Self)] = &[$(($word, Self::$variant)),+];
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                $crate::config::keyword::parse_keyword(text)
            }
        }
    };
}
pub(super) use keywords;

keywords! {
    /// What happens to a photo in the tenant that nobody asks for any more.
    KeepOrDelete {
        /// It stays.
        Keep = "keep",
        /// It is taken out.
        Delete = "delete",
    }
}

/// The meaning of a word, or the words there are.
pub(super) fn parse_keyword<T: Keyword>(text: &str) -> Result<T, String> {
    if let Some((_, meaning)) = T::KEYWORDS.iter().find(|(word, _)| *word == text) {
        return Ok(*meaning);
    }
    let known: Vec<&str> = T::KEYWORDS.iter().map(|(word, _)| *word).collect();
    Err(format!("{text:?} is not known here; give {}", one_of(&known)))
}

/// `a, b or c`.
pub(super) fn one_of(words: &[&str]) -> String {
    match words.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}
