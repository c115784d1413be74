//! The terminal: one progress bar at the bottom of stderr, and log lines that go above it.

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, OnceLock};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::engine::Progress;

/// The terminal. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Screen(Arc<OnceLock<ProgressBar>>);

impl Screen {
    /// Shows how far a run is, if somebody can see it.
    pub(super) fn show(&self, progress: Progress) {
        if !io::stderr().is_terminal() {
            return;
        }
        let bar = self.0.get_or_init(|| {
            let style = ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner());
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(5)).with_style(style)
        });
        let Progress { delivered, failed, total, rate, paused_s, unreachable_s } = progress;
        let pause = if unreachable_s > 0 {
            format!(" · Microsoft 365 can't be reached since {unreachable_s} s, probing")
        } else if paused_s > 0 {
            format!(" · paused for {paused_s} s, as Microsoft 365 asked")
        } else {
            String::new()
        };
        bar.set_message(format!("{delivered} of {total} delivered · {failed} to look at · up to {rate:.1} per second{pause}"));
        bar.tick();
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        if let Some(bar) = self.0.get() {
            bar.finish_and_clear();
        }
    }

    /// A writer for one log line.
    pub(super) fn writer(&self) -> Line {
        Line(self.clone())
    }
}

/// Writes above the bar.
pub(super) struct Line(Screen);

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.0.get().filter(|bar| !bar.is_finished()) {
            Some(bar) => bar.suspend(|| io::stderr().write(bytes)),
            None => io::stderr().write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
