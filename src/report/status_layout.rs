//! Lays the status page out.

use askama::Template;
use askama::filters::Safe;

use super::filters;
use super::html::{Time, hash, own, part, time};
use super::plot::Plot;
use super::status::{StatusPage, Tone};
use crate::model::{Stopped, TargetKind, Timestamp};
use crate::status::{Cause, Causes, HeldItem, PassEnd, PassLine};

const STYLE: &str = include_str!("status.css");
const SCRIPT: &str = include_str!("status.js");

/// The Content-Security-Policy under which the page is served.
pub(crate) fn policy() -> String {
    format!(
        "default-src 'none'; style-src {}; script-src {}; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

/// The page's template.
#[derive(Template)]
#[template(path = "status.html")]
struct StatusLayout<'a> {
    status: &'a StatusPage,
    plot: Option<Safe<Plot>>,
    held: Result<Vec<HeldPart<'a>>, &'a str>,
}

/// What is held and how grave that is.
struct HeldPart<'a> {
    title: &'static str,
    groups: Vec<HeldGroup<'a>>,
}

/// What is held for one reason.
struct HeldGroup<'a> {
    /// Groups of one reason stay in order: what a reader has opened is found again.
    id: String,
    cause: &'a Cause,
    /// Those that can be told from others, by object id or by name.
    items: Vec<&'a HeldItem>,
    names: bool,
}

impl StatusPage {
    /// The page as HTML.
    pub(crate) fn html(&self) -> String {
        let plot = Plot::of(&self.samples, self.now, &self.zone).map(part);
        let held = self.held.as_ref().map(|causes| parts(causes, self.names)).map_err(String::as_str);
        StatusLayout { status: self, plot, held }.to_string()
    }
}

/// What is held, in parts; none if nothing is.
fn parts(Causes(all): &Causes, names: bool) -> Vec<HeldPart<'_>> {
    [(Tone::Bad, "Needs a person"), (Tone::Warn, "Waiting, tried again by itself"), (Tone::Plain, "Left as it is")]
        .into_iter()
        .map(|(tone, title)| {
            let of_tone = all.iter().enumerate().filter(|(_, cause)| cause.tone() == tone);
            HeldPart { title, groups: of_tone.map(|(number, cause)| HeldGroup::new(cause, &all[..number], names)).collect() }
        })
        .filter(|part| !part.groups.is_empty())
        .collect()
}

impl Cause {
    fn tone(&self) -> Tone {
        match () {
            () if self.needs_person() => Tone::Bad,
            () if self.reason.may_stand() => Tone::Plain,
            () => Tone::Warn,
        }
    }
}

impl<'a> HeldGroup<'a> {
    fn new(cause: &'a Cause, before: &[Cause], names: bool) -> Self {
        let alike = |other: &&Cause| (other.reason, other.waits) == (cause.reason, cause.waits);
        let waits = if cause.waits { "waits-" } else { "" };
        let id = format!("{waits}{}-{}", cause.reason, before.iter().filter(alike).count());
        let items = cause.examples.iter().filter(|item| names || item.object_id().is_some()).collect();
        Self { id, cause, items, names }
    }

    /// How many are not shown.
    fn more(&self) -> u64 {
        u64::from(self.cause.count).saturating_sub(self.items.len() as u64)
    }
}

impl HeldItem {
    fn kind_word(&self) -> &'static str {
        self.kind.map_or("", TargetKind::as_str)
    }

    /// What Graph answered: status, code, request id.
    fn answer(&self) -> String {
        let status = self.status.map(|status| status.to_string());
        let words: Vec<&str> = [&status, &self.code, &self.request_id].into_iter().flatten().map(String::as_str).collect();
        words.join(" ")
    }

    /// Whom and which file it is about, and what was found: only where names are asked for.
    fn who_and_why(&self) -> String {
        let who: Vec<&str> = [&self.path, &self.label].into_iter().flatten().map(String::as_str).collect();
        format!("{}: {}", who.join(" → "), self.detail)
    }
}

impl StatusLayout<'_> {
    const STYLE: Safe<&'static str> = own(STYLE);
    const SCRIPT: Safe<&'static str> = own(SCRIPT);

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
    fn time(&self, at: &Timestamp) -> Safe<Time> {
        time(*at, self.status.now, &self.status.zone)
    }

    /// `UTC+02:00`
    fn zone_words(&self) -> String {
        let now = jiff::Timestamp::from_millisecond(self.status.now.millis());
        let minutes = now.map_or(0, |now| self.status.zone.to_offset(now).seconds()) / 60;
        if minutes == 0 {
            return "UTC".to_owned();
        }
        let sign = if minutes < 0 { '-' } else { '+' };
        format!("UTC{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
    }
}

impl PassLine {
    fn seconds(&self) -> String {
        #[expect(clippy::cast_precision_loss, reason = "a span of time, to the millisecond")]
        let seconds = self.elapsed_ms.map(|elapsed| elapsed as f64 / 1000.0);
        seconds.map(|seconds| format!("{seconds:.1} s")).unwrap_or_default()
    }

    const fn counts(&self) -> [Option<u32>; 4] {
        [self.scanned, self.unmatched, self.due, self.blocked]
    }

    /// What came of it.
    fn result(&self) -> String {
        match (&self.end, self.end.stopped()) {
            (PassEnd::Halted(guard), _) => format!("halted by the guard ({guard})"),
            (PassEnd::Stopped(_), Some(Stopped::SignIn)) => "sign-in failed, or a permission is missing".to_owned(),
            (PassEnd::Stopped(_), Some(Stopped::Directory)) => "the directory could not be asked".to_owned(),
            (PassEnd::Stopped(word), _) => format!("ended early ({word})"),
            (PassEnd::Open, _) => "not ended".to_owned(),
            (PassEnd::Whole, _) => "done".to_owned(),
        }
    }
}

#[cfg(test)]
#[path = "status_layout_tests.rs"]
mod tests;
