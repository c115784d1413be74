//! Commands that texts suggest: whoever named a configuration gets them with that configuration, so that they act on the same
//! tenant when they are pasted.

use std::borrow::Cow;
use std::sync::OnceLock;

use clap::CommandFactory;

use super::args::{Arguments, Command};
use super::text::typed;

/// What is added behind the command's name.
static OPTION: OnceLock<String> = OnceLock::new();
/// Commands that read no configuration.
const WITHOUT: [&str; 4] = ["help", "completions", "schema", "man"];

/// Takes down which configuration the command line names.
pub(super) fn name(arguments: &Arguments) {
    let own = matches!(
        arguments.command,
        Command::Help(_) | Command::Man(_) | Command::Completions(_) | Command::Schema | Command::Init(_)
    );
    let named = arguments.global.config.display().to_string();
    let usual = std::env::var("PHOTOSYNCD_CONFIG").unwrap_or_else(|_| super::args::CONFIG.to_owned());
    if !own && !arguments.global.json && named != usual {
        // Set once; a second command line in one process does not come.
        _ = OPTION.set(format!(" --config {}", typed(&named)));
    }
}

/// The text with complete commands.
pub(super) fn complete(text: &str) -> Cow<'_, str> {
    OPTION.get().map_or(Cow::Borrowed(text), |option| with(text, option).into())
}

fn with(text: &str, option: &str) -> String {
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
        let span = after.split(['`', '\n']).next().unwrap_or_default();
        // A command stands by itself, or in marks.
        let stands = before.is_empty() || before.ends_with(['`', ' ', '\n']);
        if stands && gap > 0 && is_command(word) && !span.contains("--config") {
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

fn is_command(word: &str) -> bool {
    static NAMES: OnceLock<Vec<String>> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        let commands = Arguments::command();
        commands.get_subcommands().map(|command| command.get_name().to_owned()).collect()
    });
    !WITHOUT.contains(&word) && names.iter().any(|name| name == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_get_the_configuration_and_nothing_else_does() {
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
            assert_eq!(with(text, " --config c.yaml"), shown);
        }
    }
}
