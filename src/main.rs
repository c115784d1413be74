//! The photosyncd command: parse, run, exit code.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    if photosyncd::cli::complete() {
        return ExitCode::SUCCESS;
    }
    photosyncd::cli::run(photosyncd::cli::Arguments::parse()).into()
}
