//! `man`: the manual pages, made from the same words as `--help`.

use std::path::Path;

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use super::args::{self, Arguments};
use super::exit::{CliError, Exit};
use super::out::put;
use crate::files::Output;

/// What `--help` doesn't say. Roff: a line that starts with a dot is an instruction.
const MORE: &str = r#".SH "EXIT STATUS"
.TP
\fB0\fR
all in step; files that no rule claims don't change that
.TP
\fB1\fR
internal error
.TP
\fB2\fR
the command line can't be understood
.TP
\fB3\fR
done, but something is held, blocked or waiting, or a photo can't be used
.TP
\fB4\fR
halted by the guard
.TP
\fB5\fR
sign\-in or permission
.TP
\fB75\fR
another instance holds the ledger
.TP
\fB78\fR
configuration or state that needs a person
.SH FILES
.TP
\fI/etc/photosyncd/config.yaml\fR
the configuration; every key with its default stands in config.example.yaml
.TP
\fI/var/lib/photosyncd\fR
the ledger and the status of the packaged service
.SH ENVIRONMENT
.TP
\fBPHOTOSYNCD_CONFIG\fR
the configuration file, if \fB\-\-config\fR names none
.TP
\fBSTATE_DIRECTORY\fR
where a relative ledger.path begins; systemd sets it
.TP
\fBHTTPS_PROXY\fR, \fBHTTP_PROXY\fR, \fBNO_PROXY\fR
the way to Microsoft 365
"#;

/// The end of a command's page.
const LESS: &str = r#".SH "SEE ALSO"
\fBphotosyncd\fR(1)
"#;

pub(super) fn run(options: &args::ManArgs) -> Result<Exit, CliError> {
    let mut program = Arguments::command().disable_help_subcommand(true);
    // Gives commands their full names and the global options.
    program.build();
    match &options.out {
        None => put!("{}", page(&program, MORE)?),
        Some(directory) => write_all(&program, directory)?,
    }
    Ok(Exit::InStep)
}

fn write_all(program: &Command, directory: &Path) -> Result<(), CliError> {
    let mut output = Output::create(directory)?;
    output.write("photosyncd.1", page(program, MORE)?.as_bytes())?;
    for command in program.get_subcommands() {
        let name = format!("photosyncd-{}.1", command.get_name());
        output.write(&name, page(command, LESS)?.as_bytes())?;
    }
    Ok(())
}

/// The page of the program or of one of its commands, and what comes at its end.
fn page(command: &Command, end: &str) -> Result<String, CliError> {
    let source = format!("photosyncd {}", env!("CARGO_PKG_VERSION"));
    let mut roff = Vec::new();
    let made = Man::new(command.clone()).source(source).manual("photosyncd").render(&mut roff);
    made.map_err(|error| CliError::internal("the manual page can't be made", error))?;
    Ok(format!("{}{end}", String::from_utf8_lossy(&roff)))
}
