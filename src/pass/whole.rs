//! What a pass waits for before it decides anything: files and a table that may still be being written.

use std::time::Duration;

/// Says what is waited for, where no line on a terminal does.
pub(super) fn tell(what: &str, span: Duration) {
    tracing::info!("Waiting {} s for {what}: changed a moment ago, so perhaps still being written", span.as_secs_f64());
}

/// So many files, in words.
pub(super) fn count_of(files: usize) -> String {
    if files == 1 { "1 file".to_owned() } else { format!("{files} files") }
}
