//! The terminal: one progress bar at the bottom of stderr, and log lines that go above it.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::ProgressForm;
use super::out::{log_line, tell};
use super::text;
use crate::delivery::Progress;
use crate::telemetry;

/// The terminal. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Screen(Arc<Shared>);

#[derive(Default)]
struct Shared {
    form: ProgressForm,
    bar: OnceLock<ProgressBar>,
    /// The last progress told as JSON: its second, and whether all was done.
    told: Mutex<Option<(u64, bool)>>,
}

impl Screen {
    /// Shows progress in this form.
    pub(super) fn new(form: ProgressForm) -> Self {
        Self(Arc::new(Shared { form, ..Shared::default() }))
    }

    /// Shows how far a run is, if somebody wants to see it.
    pub(super) fn show(&self, progress: Progress) {
        // Asked once: it is a system call, and this is called for every step of the queue.
        static SEEN: OnceLock<bool> = OnceLock::new();
        match self.0.form {
            ProgressForm::Json => self.tell(progress),
            ProgressForm::Auto if *SEEN.get_or_init(|| io::stderr().is_terminal()) => {
                let bar = self.0.bar.get_or_init(|| {
                    let style =
                        ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner());
                    ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(5)).with_style(style)
                });
                bar.set_message(words(progress));
                bar.tick();
            }
            ProgressForm::Auto | ProgressForm::Off => {}
        }
    }

    /// One line of JSON a second, and one when all is done.
    fn tell(&self, progress: Progress) {
        let now = (progress.elapsed_ms / 1_000, progress.delivered + progress.blocked >= progress.total);
        let mut told = self.0.told.lock().unwrap_or_else(PoisonError::into_inner);
        if *told != Some(now) {
            *told = Some(now);
            tell!("{}", text::json_line(&progress));
        }
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        if let Some(bar) = self.0.bar.get() {
            bar.finish_and_clear();
        }
    }

    /// A writer for one log line.
    pub(super) fn writer(&self) -> ProgressLine {
        ProgressLine(self.clone())
    }
}

/// How far it is, for a person: done of total, speed, what waits, time left.
fn words(progress: Progress) -> String {
    let Progress { delivered, waiting, blocked, total, per_second, allowed_per_second, .. } = progress;
    let mut words = format!("{delivered} of {total} delivered · {per_second:.1} of {allowed_per_second:.1} allowed per second");
    for (number, what) in [(waiting, "waiting"), (blocked, "to look at")] {
        if number > 0 {
            _ = write!(words, " · {number} {what}");
        }
    }
    if progress.unreachable_s > 0 {
        _ = write!(words, " · Microsoft 365 can't be reached since {}, probing", text::span(progress.unreachable_s));
    } else if progress.paused_s > 0 {
        _ = write!(words, " · paused for {}, as Microsoft 365 asked", text::span(progress.paused_s));
    }
    if let Some(left) = progress.left_s.filter(|_| delivered + blocked < total) {
        _ = write!(words, " · {} left", text::span(left));
    }
    words
}

/// Writes above the bar.
pub(super) struct ProgressLine(Screen);

impl Write for ProgressLine {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // The formatter hands over a whole line at a time.
        let line = log_line(bytes, telemetry::colours());
        let write = || io::stderr().write_all(&line).map(|()| bytes.len());
        match self.0.0.bar.get().filter(|bar| !bar.is_finished()) {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_how_far_it_is() {
        let progress = Progress {
            delivered: 312,
            waiting: 4,
            total: 2_000,
            per_second: 18.34,
            allowed_per_second: 20.0,
            left_s: Some(92),
            ..Progress::default()
        };
        assert_eq!(words(progress), "312 of 2000 delivered · 18.3 of 20.0 allowed per second · 4 waiting · 1 min 32 s left");
        let paused = Progress { paused_s: 40, left_s: Some(3_700), ..progress };
        assert!(words(paused).ends_with(" · paused for 40 s, as Microsoft 365 asked · 1 h 1 min left"), "{}", words(paused));
        let down = Progress { unreachable_s: 61, left_s: None, ..progress };
        assert!(words(down).ends_with(" · Microsoft 365 can't be reached since 1 min 1 s, probing"), "{}", words(down));
        let done = Progress { delivered: 2_000, waiting: 0, left_s: Some(0), ..progress };
        assert_eq!(words(done), "2000 of 2000 delivered · 18.3 of 20.0 allowed per second");
    }
}
