//! Words for a person: reads the command line, runs one command, prints what came of it.
//!
//! One file a command. Only here may anything be printed.
mod accept;
mod args;
mod causes;
mod check;
mod completions;
mod doctor;
#[cfg(feature = "emulator")]
mod emulate;
mod emulate_args;
mod exit;
mod explain;
mod export;
mod export_args;
mod help;
mod history;
#[cfg(test)]
mod impossible_values_tests;
mod init;
mod login;
mod man;
mod named;
mod open_files;
mod out;
mod plan;
mod preview;
mod reconcile;
#[cfg(feature = "emulator")]
mod rehearse;
mod report;
mod restore;
mod retry;
mod run;
mod schema;
mod screen;
mod setup;
mod status;
mod suggested;
mod summary;
mod terminal;
mod text;
mod values;
mod verify;

use std::pin::Pin;

pub use args::Arguments;
pub use completions::complete;
pub use exit::Exit;

use args::Command;
use exit::CliError;

/// Threads for disk and pictures at most. Each keeps memory of its own; more would not read or decode quicker.
const BLOCKING: usize = 32;

/// Runs the command that the arguments name. What goes wrong is told here, once.
pub fn run(arguments: Arguments) -> Exit {
    suggested::name(&arguments);
    let as_json = arguments.global.json && arguments.command.has_document();
    let runtime = match tokio::runtime::Builder::new_current_thread().max_blocking_threads(BLOCKING).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return tell(&CliError::internal("the runtime can't be started", error), as_json),
    };
    // Behind a pointer, or every command would be compiled once for each way in which the runtime waits.
    let work: Pin<Box<dyn Future<Output = Result<Exit, CliError>>>> = Box::pin(command(arguments));
    let outcome = runtime.block_on(work);
    // Threads that read a hung share must not hold the process.
    runtime.shutdown_background();
    match outcome.unwrap_or_else(|trouble| tell(&trouble, as_json)) {
        // What a script goes on with would be cut off.
        Exit::InStep | Exit::Held if out::is_cut() => Exit::Configuration,
        exit => exit,
    }
}

async fn command(arguments: Arguments) -> Result<Exit, CliError> {
    match arguments.command {
        Command::Run(options) => run::run(&arguments.global, &options).await,
        Command::Reconcile(options) => reconcile::run(&arguments.global, options).await,
        Command::Plan(options) => plan::run(&arguments.global, options).await,
        Command::Init(options) => Box::pin(init::run(&arguments.global, options)).await,
        Command::Preview(options) => preview::run(&arguments.global, options).await,
        #[cfg(feature = "emulator")]
        Command::Rehearse(options) => rehearse::run(&arguments.global, options).await,
        Command::Status(options) => status::run(&arguments.global, &options).await,
        Command::Doctor(options) => doctor::run(&arguments.global, options).await,
        Command::Report(options) => Box::pin(report::run(&arguments.global, options)).await,
        Command::Export(options) => export::run(&arguments.global, options).await,
        Command::Explain(options) => explain::run(&arguments.global, &options).await,
        Command::Retry(options) => retry::run(&arguments.global, options).await,
        Command::Accept(options) => accept::run(&arguments.global, options).await,
        Command::Login => login::run(&arguments.global).await,
        Command::Restore(options) => restore::restore(&arguments.global, options).await,
        Command::Undo(options) => restore::undo(&arguments.global, options).await,
        Command::Verify(options) => verify::run(&arguments.global, options).await,
        Command::History(options) => history::run(&arguments.global, &options),
        #[cfg(feature = "emulator")]
        Command::Emulate(options) => emulate::run(&arguments.global, options).await,
        #[cfg(not(feature = "emulator"))]
        Command::Rehearse(_) | Command::Emulate(_) => Err(CliError::new(
            Exit::Usage,
            "this build of photosyncd has no emulator, which `rehearse` and `emulate` need; install a build with the \
             feature \"emulator\", which is on by default",
        )),
        Command::Check(options) => check::run(&arguments.global, &options).await,
        Command::Completions(options) => completions::run(&options),
        Command::Schema => schema::run(),
        Command::Man(options) => man::run(&options),
        Command::Help(options) => help::run(&options),
    }
}

/// Says what went wrong; to a program as well, unless it has its document already.
fn tell(trouble: &CliError, as_json: bool) -> Exit {
    out::tell!("photosyncd: {trouble}");
    if as_json && !out::is_begun() {
        out::say!("{}", trouble.document());
    }
    trouble.exit
}
