//! Where log lines go and what they look like. Always stderr or the journal: stdout is for what was asked.

use std::io::{self, IsTerminal};

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry};

/// What log lines look like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LogOutput {
    /// The journal under systemd, text elsewhere.
    Auto,
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
    /// Fields in the journal.
    Journald,
}

/// Starts logging for the whole process. `writer` takes the lines that don't go to the journal.
pub(crate) fn start<W>(output: LogOutput, level: LevelFilter, writer: W)
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let journal = match output {
        LogOutput::Journald => true,
        LogOutput::Auto => is_journalled(),
        LogOutput::Text | LogOutput::Json => false,
    };
    // Without a journal to talk to, text on stderr is still heard.
    let layer = match journal.then(tracing_journald::layer).and_then(Result::ok) {
        Some(layer) => layer.boxed(),
        None if output == LogOutput::Json => tracing_subscriber::fmt::layer().json().with_writer(writer).boxed(),
        None => tracing_subscriber::fmt::layer().with_target(false).with_ansi(colours()).with_writer(writer).boxed(),
    };
    let layer: Box<dyn Layer<Registry> + Send + Sync> = layer;
    // Libraries speak only from warnings up; their debug lines may hold header values.
    let ours = tracing_subscriber::filter::Targets::new()
        .with_target("photosyncd", level)
        // Says for each try what our own failure says once, and in fewer words.
        .with_target("rustls_platform_verifier", LevelFilter::OFF)
        .with_default(level.min(LevelFilter::WARN));
    // A second start (in tests) is no fault.
    _ = tracing_subscriber::registry().with(layer.with_filter(ours)).try_init();
}

/// Whether stderr leads to the journal: systemd names its stream to those of whom that is so.
pub(crate) fn is_journalled() -> bool {
    std::env::var_os("JOURNAL_STREAM").is_some() && !io::stderr().is_terminal()
}

/// Whether log lines have colours.
pub(crate) fn colours() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}
