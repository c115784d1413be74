//! One run of one client in one weather, and its line in the table.

use std::fmt;
use std::process::{Command, Stdio};

use photosyncd::testing::clock::Clock;
use photosyncd::testing::emulator::Running;

use crate::photos::Directory;
use crate::tenant::{BURST, RATE, in_place};

/// A line of the table.
pub(crate) struct Row {
    weather: &'static str,
    column: &'static str,
    seconds: f64,
    photos: usize,
    stored: usize,
    at_least: Option<u32>,
    refused: u64,
    calls: u64,
    early: u64,
    exit: Option<i32>,
}

impl Row {
    pub(crate) const HEAD: &'static str = "| weather | run | seconds | stored | share | wanted | 429 | early calls | lost | exit |\n| --- | --- | --- | --- | --- | \
         --- | --- | --- | --- | --- |";

    /// Of what the bucket let through, 0 to 1.
    fn share(&self) -> f64 {
        float(self.stored) / (f64::from(BURST) + RATE * self.seconds)
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = 100.0 * self.share();
        let wanted = match self.at_least {
            None => "-".to_owned(),
            Some(least) if share >= f64::from(least) => format!("{least} %"),
            Some(least) => format!("**{least} %**"),
        };
        write!(
            f,
            "| {} | {} | {:.1} | {} | {share:.1} % | {wanted} | {} of {} | {} | {} | {} |",
            self.weather,
            self.column,
            self.seconds,
            self.stored,
            self.refused,
            self.calls,
            self.early,
            self.photos - self.stored,
            self.exit.map_or_else(|| "killed".to_owned(), |code| code.to_string()),
        )
    }
}

/// Runs a command to its end and counts what came of it.
pub(crate) async fn run(
    weather: &'static str,
    column: &'static str,
    at_least: Option<u32>,
    directory: &Directory,
    running: &Running,
    mut command: Command,
) -> Row {
    let clock = Clock::system();
    let (begun, before) = (clock.now(), running.counters());
    let puts = |running: &Running| running.requests().iter().filter(|request| &*request.method == "PUT").count();
    let put_before = puts(running);
    let log = std::fs::File::create(directory.path().join("log")).unwrap();
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    let status = tokio::task::spawn_blocking(move || command.status()).await.unwrap().unwrap();
    let seconds = clock.now().since(begun).as_secs_f64();
    let after = running.counters();
    Row {
        weather,
        column,
        seconds,
        photos: directory.photos,
        stored: in_place(running, directory),
        at_least,
        refused: after.refused - before.refused,
        calls: (puts(running) - put_before) as u64,
        early: after.early - before.early,
        exit: status.code(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand")]
pub(crate) const fn float(count: usize) -> f64 {
    count as f64
}
