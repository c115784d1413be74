//! The terminal while something takes long: one line at the bottom of stderr that says how far it is. Log lines go above it;
//! those of retries, which it counts, are left out while it is there.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

use super::args::ProgressForm;
use super::out::{log_line, tell};
use super::text;
use crate::clock::Clock;
use crate::delivery::Progress;
use crate::telemetry;

/// What is done sooner shows no progress.
const AFTER: Duration = Duration::from_millis(500);
const SECOND: Duration = Duration::from_secs(1);
/// Before this nobody can say how long it will take.
const SURE: Duration = Duration::from_secs(2);
/// The line is drawn so many times a second at most.
const HZ: u8 = 5;
/// What has a known end is a bar; what has none says how long it takes.
const BAR: &str = "[{bar:20}] {pos}/{len} · {wide_msg}";
const SETTLING: &str = "Waiting for files that were changed a moment ago";
const SPINNER: &str = "{spinner} {wide_msg}";
/// The rooms that send and ask, whose accidents are counted in the line.
const SENDERS: [&str; 5] =
    ["photosyncd::pass::whole", "photosyncd::delivery", "photosyncd::graph", "photosyncd::lookup", "photosyncd::flow"];

/// The terminal. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Screen(Arc<Shared>);

/// How long a pause lasts still that directory questions were asked to make.
type AskedPause = Box<dyn Fn() -> Duration + Send + Sync>;

struct Shared {
    form: ProgressForm,
    clock: Clock,
    /// When the command began.
    began: Duration,
    asked_pause: OnceLock<AskedPause>,
    line: Mutex<Option<ProgressBar>>,
    /// Progress is shown, or will be if it takes longer.
    at_work: AtomicBool,
    /// The last progress of a run, and how many seconds ago that was.
    last: Mutex<Option<(Progress, u64)>>,
    /// The last progress told as JSON: its second, and whether all was done.
    told: Mutex<Option<(u64, bool)>>,
}

impl Default for Shared {
    fn default() -> Self {
        let clock = Clock::system();
        Self {
            form: ProgressForm::default(),
            began: clock.elapsed(),
            clock,
            asked_pause: OnceLock::new(),
            line: Mutex::default(),
            at_work: AtomicBool::default(),
            last: Mutex::default(),
            told: Mutex::default(),
        }
    }
}

impl Screen {
    /// Shows progress in this form.
    pub(super) fn new(form: ProgressForm) -> Self {
        Self(Arc::new(Shared { form, ..Shared::default() }))
    }

    /// Says from now on that directory questions pause, which comes before there is any progress.
    pub(super) fn tell_pauses(&self, asked_pause: impl Fn() -> Duration + Send + Sync + 'static) {
        _ = self.0.asked_pause.set(Box::new(asked_pause));
    }

    /// Whether somebody can see a line.
    fn is_seen(&self) -> bool {
        // Asked once: it is a system call, and this is asked for every step of the queue.
        static SEEN: OnceLock<bool> = OnceLock::new();
        let able = || io::stderr().is_terminal() && std::env::var_os("TERM").is_some_and(|term| term != "dumb");
        self.0.form == ProgressForm::Auto && *SEEN.get_or_init(able)
    }

    /// Does something that may take long, and says so. What it shows itself takes the place of these words; all is wiped at
    /// the end.
    pub(super) async fn during<T>(&self, what: &'static str, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        if self.0.form == ProgressForm::Json {
            return loop {
                tokio::select! {
                    done = &mut work => break done,
                    () = tokio::time::sleep(self.next_second()) => self.tell_again(),
                }
            };
        }
        if !self.is_seen() {
            return work.await;
        }
        self.0.at_work.store(true, Ordering::Relaxed);
        let done = tokio::select! {
            done = &mut work => Some(done),
            () = tokio::time::sleep(AFTER) => None,
        };
        let done = if let Some(done) = done {
            done
        } else {
            if !self.draw() {
                // Since uploads may be shown already.
                self.line(|| spinner(what)).enable_steady_tick(Duration::from_millis(200));
            }
            loop {
                // Nothing is heard of during a pause, which gets shorter all the same.
                tokio::select! {
                    done = &mut work => break done,
                    () = tokio::time::sleep(SECOND) => self.age(what),
                }
            }
        };
        self.clear();
        done
    }

    /// Shows how far a run is, if somebody wants to see it.
    pub(super) fn show(&self, progress: Progress) {
        match self.0.form {
            ProgressForm::Json => {
                self.tell(&progress);
                *self.last() = Some((progress, self.elapsed().as_secs()));
            }
            ProgressForm::Auto if self.is_seen() && progress.settling => {
                let line = self.line(|| spinner(SETTLING));
                line.set_message(format!("{SETTLING} …"));
            }
            ProgressForm::Auto if self.is_seen() => {
                self.0.at_work.store(true, Ordering::Relaxed);
                let late = u128::from(progress.elapsed_ms) >= AFTER.as_millis();
                *self.last() = (progress.total > 0).then_some((progress, 0));
                if late || self.shown().is_some() {
                    self.draw();
                }
            }
            ProgressForm::Auto | ProgressForm::Off => {}
        }
    }

    /// Draws what was heard last; false if nothing was.
    fn draw(&self) -> bool {
        let Some((progress, age)) = self.last().clone() else { return false };
        let line = self.line(|| ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(HZ)));
        line.set_style(style(BAR));
        line.set_length(progress.total);
        line.set_position((progress.delivered + progress.blocked).min(progress.total));
        line.set_message(words(&aged(progress, age)));
        true
    }

    /// A second has passed since.
    fn age(&self, what: &'static str) {
        if let Some((_, age)) = &mut *self.last() {
            *age += 1;
        }
        if let (false, Some(line)) = (self.draw(), self.shown()) {
            line.set_message(match self.asked_pause() {
                0 => format!("{what} …"),
                pause => format!("{what} · {}", paused(pause)),
            });
        }
    }

    /// Seconds until directory questions may be asked again.
    fn asked_pause(&self) -> u64 {
        let pause = self.0.asked_pause.get().map_or(Duration::ZERO, |pause| pause());
        pause.as_secs() + u64::from(pause.subsec_nanos() > 0)
    }

    /// For how long the command runs.
    fn elapsed(&self) -> Duration {
        self.0.clock.elapsed().saturating_sub(self.0.began)
    }

    fn next_second(&self) -> Duration {
        SECOND.saturating_sub(Duration::from_nanos(self.elapsed().subsec_nanos().into()))
    }

    /// Tells as JSON how far it is by now, where nothing was heard in this second.
    fn tell_again(&self) {
        let heard = self.last().clone();
        let now = self.elapsed().as_secs();
        self.tell(&match heard {
            Some((progress, at)) if !progress.settling => aged(progress, now.saturating_sub(at)),
            _ => Progress { paused_s: self.asked_pause(), ..Progress::default() },
        });
    }

    fn last(&self) -> MutexGuard<'_, Option<(Progress, u64)>> {
        self.0.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows how many are done of what takes long, once it is shown at all.
    pub(super) fn count(&self, what: &'static str, done: usize, total: usize) {
        let Some(line) = self.shown() else { return };
        line.set_style(style(BAR));
        line.set_length(total as u64);
        line.set_position(done as u64);
        line.set_message(counted(what, line.elapsed() + AFTER, done, total));
    }

    /// One line of JSON a second, and one when all is done.
    fn tell(&self, progress: &Progress) {
        let elapsed = self.elapsed();
        let is_done = progress.total > 0 && progress.delivered + progress.blocked >= progress.total;
        let now = (elapsed.as_secs(), is_done);
        let mut told = self.0.told.lock().unwrap_or_else(PoisonError::into_inner);
        if *told != Some(now) {
            *told = Some(now);
            let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
            tell!("{}", text::json_line(&Progress { elapsed_ms, ..progress.clone() }));
        }
    }

    /// Takes the line away.
    pub(super) fn clear(&self) {
        *self.last() = None;
        if let Some(line) = self.lock().take() {
            line.finish_and_clear();
        }
        self.0.at_work.store(false, Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, Option<ProgressBar>> {
        self.0.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shown(&self) -> Option<ProgressBar> {
        self.lock().clone()
    }

    /// The line, made if there is none.
    fn line(&self, make: impl FnOnce() -> ProgressBar) -> ProgressBar {
        self.lock().get_or_insert_with(make).clone()
    }
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.progress_chars("=> ")
}

fn spinner(what: &'static str) -> ProgressBar {
    let line = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(HZ));
    line.set_style(style(SPINNER));
    line.set_message(format!("{what} …"));
    line
}

/// What was heard so many seconds ago, as it is by now.
fn aged(progress: Progress, age: u64) -> Progress {
    Progress {
        paused_s: progress.paused_s.saturating_sub(age),
        left_s: progress.left_s.map(|left| if left > age { left - age } else { left.min(1) }),
        unreachable_s: if progress.unreachable_s > 0 { progress.unreachable_s + age } else { 0 },
        ..progress
    }
}

/// How far something is that takes the same time for each.
fn counted(what: &str, spent: Duration, done: usize, total: usize) -> String {
    if done >= total {
        return what.to_owned();
    }
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let left = spent.as_secs_f64() * total.saturating_sub(done) as f64 / done.max(1) as f64;
    // At the start nobody can tell.
    let known = done > 2 && spent >= SURE;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive, and rounded up")]
    let left = if known { text::span(left.ceil() as u64) } else { "-".to_owned() };
    format!("{left} left · {what}")
}

/// How far it is beside the bar: time left, speed, what is retried; what matters most is not cut off.
fn words(progress: &Progress) -> String {
    let Progress { delivered, waiting, blocked, total, per_second, allowed_per_second, .. } = *progress;
    let mut words = Vec::new();
    if progress.unreachable_s > 0 {
        let how = if progress.outage.is_some() { "serves nobody" } else { "can't be reached" };
        words.push(format!("Microsoft 365 {how} since {}, probing", text::span(progress.unreachable_s)));
    } else if progress.paused_s > 0 {
        words.push(paused(progress.paused_s));
    }
    if delivered + blocked < total {
        words.push(format!("{} left", progress.left_s.map_or_else(|| "-".to_owned(), text::span)));
    }
    let waiting = waiting.saturating_sub(progress.unfinished);
    for (number, what) in [(progress.unfinished, "still being written"), (waiting, "to retry"), (blocked, "not sent")] {
        if number > 0 {
            words.push(format!("{number} {what}"));
        }
    }
    if progress.unreachable_s == 0 && progress.paused_s == 0 {
        words.push(format!("{per_second:.1}/s of {allowed_per_second:.1}"));
    }
    words.join(" · ")
}

fn paused(seconds: u64) -> String {
    format!("paused for {}, as Microsoft 365 asked", text::span(seconds))
}

/// A writer for one log line.
pub(super) enum LogLine {
    /// Above the line that shows progress, if there is one.
    Above(Screen),
    /// Nowhere: the line says it.
    Counted,
}

impl MakeWriter<'_> for Screen {
    type Writer = LogLine;

    fn make_writer(&self) -> LogLine {
        LogLine::Above(self.clone())
    }

    fn make_writer_for(&self, about: &Metadata<'_>) -> LogLine {
        let is_counted = *about.level() > Level::ERROR && SENDERS.iter().any(|room| about.target().starts_with(room));
        if is_counted && self.0.at_work.load(Ordering::Relaxed) { LogLine::Counted } else { self.make_writer() }
    }
}

impl Write for LogLine {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Self::Above(screen) = self else { return Ok(bytes.len()) };
        // The formatter hands over a whole line at a time.
        let text = log_line(bytes, telemetry::colours());
        let write = || io::stderr().write_all(&text).map(|()| bytes.len());
        match screen.shown() {
            Some(line) => line.suspend(write),
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
    fn says_how_long_an_even_pace_takes() {
        let said = |millis, done| counted("Preparing pictures", Duration::from_millis(millis), done, 300);
        assert_eq!(said(700, 20), "- left · Preparing pictures");
        assert_eq!(said(3_000, 1), "- left · Preparing pictures");
        assert_eq!(said(3_000, 100), "6 s left · Preparing pictures");
        assert_eq!(said(9_000, 300), "Preparing pictures");
    }

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
        assert_eq!(words(&progress), "1 min 32 s left · 4 to retry · 18.3/s of 20.0");
        let paused = Progress { paused_s: 40, left_s: Some(3_700), ..progress.clone() };
        assert_eq!(words(&paused), "paused for 40 s, as Microsoft 365 asked · 1 h 1 min left · 4 to retry");
        let down = Progress { unreachable_s: 61, left_s: None, ..progress.clone() };
        assert_eq!(words(&down), "Microsoft 365 can't be reached since 1 min 1 s, probing · - left · 4 to retry");
        let refused = Progress { outage: Some("503".into()), ..down.clone() };
        assert_eq!(words(&refused), "Microsoft 365 serves nobody since 1 min 1 s, probing · - left · 4 to retry");
        assert_eq!(words(&aged(paused.clone(), 30)), "paused for 10 s, as Microsoft 365 asked · 1 h 1 min left · 4 to retry");
        assert_eq!(aged(paused.clone(), 4_000).left_s, Some(1), "not over before it is heard to be");
        assert_eq!(aged(down, 9).unreachable_s, 70);
        let done = Progress { delivered: 2_000, waiting: 0, left_s: Some(0), ..progress };
        assert_eq!(words(&done), "18.3/s of 20.0");
    }
}
