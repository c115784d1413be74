//! Which configuration the commands name that texts suggest: the one that the command line names.

use clap::CommandFactory;

use super::args::{Arguments, CONFIG, Command};
use super::text::typed;
use crate::model::spell_with;
use crate::telemetry::is_journalled;

/// Commands that read no configuration.
const WITHOUT: [&str; 4] = ["help", "completions", "schema", "man"];

/// Takes down which configuration the command line names.
pub(super) fn name(arguments: &Arguments) {
    let own = matches!(
        arguments.command,
        Command::Help(_) | Command::Man(_) | Command::Completions(_) | Command::Schema | Command::Init(_)
    );
    // What a service or a unit says is read by somebody whose shell has neither its environment nor its directory.
    let is_service = matches!(arguments.command, Command::Run(_)) || is_journalled();
    let config = &arguments.global.config;
    let place = if is_service { std::path::absolute(config).unwrap_or_else(|_| config.clone()) } else { config.clone() };
    let named = place.display().to_string();
    let of_shell = std::env::var("PHOTOSYNCD_CONFIG").ok().filter(|_| !is_service);
    if !own && !arguments.global.json && named != of_shell.as_deref().unwrap_or(CONFIG) {
        let commands = Arguments::command();
        let takers = commands.get_subcommands().map(|command| command.get_name().to_owned());
        spell_with(format!(" --config {}", typed(&named)), takers.filter(|name| !WITHOUT.contains(&name.as_str())).collect());
    }
}
