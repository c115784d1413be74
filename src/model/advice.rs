//! Errors that know what to do about them.

use std::error::Error;

use super::spelled;

/// An error that says what is wrong, and apart from that what a person can do.
pub(crate) trait Advice: Error + Sized {
    /// What to do, as the end of a sentence; none if the error says all there is.
    fn hint(&self) -> Option<String>;

    /// One line for a log or a terminal: what is wrong, why, and what to do.
    fn advice(&self) -> String {
        let words = chain(self);
        match self.hint() {
            Some(hint) => spelled(&format!("{words}; {hint}")).into_owned(),
            None => spelled(&words).into_owned(),
        }
    }
}

/// An error and its causes, each said once.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !words.contains(&text) {
            words.push_str(": ");
            words.push_str(&text);
        }
        cause = error.source();
    }
    words
}
