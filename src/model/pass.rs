//! A pass in words: what set it off, and why it ended early.

use super::named;

named! {
    /// What set a pass off.
    pub enum PassCause {
        /// The service started, or works with a changed configuration.
        Start = "start",
        /// It was time for a full look, or for asking the directory again.
        Timer = "timer",
        /// The watcher told of a change.
        Hint = "hint",
        /// The table changed.
        Table = "table",
        /// A command asked for it, or a file that changed on its way.
        Command = "command",
        /// The pass before could not be made, was halted, or left something unanswered.
        Again = "again",
        /// The grace time of a removal is over.
        Grace = "grace",
        /// Files that may have been half written are whole by now.
        Settle = "settle",
        /// `photosyncd reconcile`.
        Reconcile = "reconcile",
        /// `photosyncd rehearse`.
        Rehearse = "rehearse",
        /// Delivered photos are compared with the tenant.
        Verify = "verify",
        /// One kept photo goes back.
        Restore = "restore",
        /// All that a pass overwrote goes back.
        Undo = "undo",
    }
}

named! {
    /// Why a pass ended early.
    pub enum Stopped {
        /// Sign-in fails, or a permission is missing.
        SignIn = "sign_in",
        /// The directory, or Graph as such, gives no answer.
        Directory = "directory",
        /// The time given is over.
        MaxDuration = "max_duration",
        /// The number of deliveries given is reached.
        Limit = "limit",
        /// A signal came.
        Signal = "signal",
        /// A group named in the settings is not there.
        Group = "group",
    }
}

impl Stopped {
    /// Whether whoever started it had it end there, whatever was left to do.
    pub fn is_cut_short(self) -> bool {
        matches!(self, Self::MaxDuration | Self::Signal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words are a contract with scripts, and stand in ledgers.
    #[test]
    fn words_are_the_same_in_json_and_text() {
        let words = ["sign_in", "directory", "max_duration", "limit", "signal", "group"];
        assert_eq!(Stopped::ALL.iter().map(|stopped| stopped.as_str()).collect::<Vec<_>>(), words);
        assert_eq!(serde_json::to_value(Stopped::ALL).unwrap(), serde_json::json!(words));
        let causes: Vec<&str> = PassCause::ALL.iter().map(|cause| cause.as_str()).collect();
        let words = "start timer hint table command again grace settle reconcile rehearse verify restore undo";
        assert_eq!(causes.join(" "), words);
        assert_eq!(serde_json::from_value::<Vec<PassCause>>(serde_json::json!(causes)).unwrap(), PassCause::ALL);
    }
}
