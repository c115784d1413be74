//! Settings that are one word out of a few.

use crate::mapping::AccountPolicy;
use crate::model::DriftPolicy;
use crate::photo::Crop;
use crate::plan::ConflictPolicy;
use crate::source::WatchMode;

/// A setting that is one of a few words.
pub(super) trait Word: Copy + 'static {
    /// Every word with its meaning, in the order of the documentation.
    const WORDS: &'static [(&'static str, Self)];
}

impl Word for Crop {
    const WORDS: &'static [(&'static str, Self)] =
        &[("face", Self::Face), ("upper", Self::Upper), ("center", Self::Center), ("none", Self::None)];
}

impl Word for ConflictPolicy {
    const WORDS: &'static [(&'static str, Self)] = &[("hold", Self::Hold), ("newest", Self::Newest)];
}

impl Word for DriftPolicy {
    const WORDS: &'static [(&'static str, Self)] =
        &[("report", Self::Report), ("hr_wins", Self::HrWins), ("user_wins", Self::UserWins)];
}

impl Word for AccountPolicy {
    const WORDS: &'static [(&'static str, Self)] = &[("hold", Self::Hold), ("deliver", Self::Deliver)];
}

impl Word for WatchMode {
    const WORDS: &'static [(&'static str, Self)] =
        &[("auto", Self::Auto), ("native", Self::Native), ("poll", Self::Poll), ("off", Self::Off)];
}

/// Defines such a setting: the enum, its words, and the ways between them.
macro_rules! words {
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

        impl $crate::config::words::Word for $name {
            const WORDS: &'static [(&'static str, Self)] = &[$(($word, Self::$variant)),+];
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                $crate::config::words::choose(text)
            }
        }
    };
}
pub(super) use words;

/// The meaning of a word, or the words there are.
pub(super) fn choose<T: Word>(text: &str) -> Result<T, String> {
    if let Some((_, meaning)) = T::WORDS.iter().find(|(word, _)| *word == text) {
        return Ok(*meaning);
    }
    let known: Vec<&str> = T::WORDS.iter().map(|(word, _)| *word).collect();
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
