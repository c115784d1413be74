//! Commands that texts suggest, spelled for this instance: with the configuration that it works by, where that is not the one
//! that a shell would take. Whoever pastes them acts on the same tenant.

use std::borrow::Cow;
use std::sync::OnceLock;

/// What is added behind a command's name, and the commands that take it.
static NAMED: OnceLock<(String, Vec<String>)> = OnceLock::new();

/// From now on these commands take this behind their names. Set once; a second command line in one process does not come.
pub(crate) fn spell_with(option: String, commands: Vec<String>) {
    _ = NAMED.set((option, commands));
}

/// The text with complete commands; one that is complete stays as it is.
pub(crate) fn spelled(text: &str) -> Cow<'_, str> {
    NAMED.get().map_or(Cow::Borrowed(text), |(option, commands)| with(text, option, commands).into())
}

fn with(text: &str, option: &str, commands: &[String]) -> String {
    let program = "photosyncd";
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(program) {
        let (before, after) = (&rest[..at], &rest[at + program.len()..]);
        shown.push_str(before);
        shown.push_str(program);
        let gap = after.len() - after.trim_start().len();
        let word: &str = after[gap..].split(|letter: char| !letter.is_ascii_lowercase()).next().unwrap_or_default();
        let end = gap + word.len();
        let span = after[gap..].split(['`', '\n']).next().unwrap_or_default();
        // A command stands by itself, or in marks.
        let stands = before.is_empty() || before.ends_with(['`', ' ', '\n']);
        if stands && gap > 0 && commands.iter().any(|command| command == word) && !span.contains("--config") {
            shown.push_str(&after[..end]);
            shown.push_str(option);
            rest = &after[end..];
        } else {
            rest = after;
        }
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_get_the_configuration_and_nothing_else_does() {
        let commands = ["reconcile", "status", "explain", "plan", "check", "run"].map(str::to_owned);
        for (text, shown) in [
            ("run `photosyncd reconcile --force` once", "run `photosyncd reconcile --config c.yaml --force` once"),
            (
                "More: photosyncd status --all, photosyncd explain NAME",
                "More: photosyncd status --config c.yaml --all, photosyncd explain --config c.yaml NAME",
            ),
            ("`photosyncd\n  plan`", "`photosyncd\n  plan --config c.yaml`"),
            ("`photosyncd check --config my.yaml`", "`photosyncd check --config my.yaml`"),
            ("see `photosyncd help config`", "see `photosyncd help config`"),
            ("photosyncd: the disk is full", "photosyncd: the disk is full"),
            ("photosyncd statuses", "photosyncd statuses"),
            ("/usr/bin/photosyncd run", "/usr/bin/photosyncd run"),
            ("photosyncd", "photosyncd"),
        ] {
            assert_eq!(with(text, " --config c.yaml", &commands), shown);
            assert_eq!(with(shown, " --config c.yaml", &commands), shown);
        }
    }
}
