//! The photosyncd command: parse, run, exit code.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    photosyncd::cli::run(photosyncd::cli::Arguments::parse()).into()
}
