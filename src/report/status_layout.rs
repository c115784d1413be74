//! Lays the status page out.

use askama::Template;
use askama::filters::Safe;

use super::filters;
use super::html::{Time, hash, own, part, time};
use super::plot::Plot;
use super::status::{HeldCause, HeldLine, PassEntry, StatusPage, Tone};
use crate::model::Timestamp;

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
    cause: &'a HeldCause,
    /// Those by which somebody can be told.
    lines: Vec<&'a HeldLine>,
}

impl StatusPage {
    /// The page as HTML.
    pub(crate) fn html(&self) -> String {
        let plot = Plot::of(&self.samples, self.now, &self.zone).map(part);
        let held = self.held.as_deref().map(parts).map_err(String::as_str);
        StatusLayout { status: self, plot, held }.to_string()
    }
}

/// What is held, in parts; none if nothing is.
fn parts(all: &[HeldCause]) -> Vec<HeldPart<'_>> {
    [(Tone::Bad, "Needs a person"), (Tone::Warn, "Waiting, tried again by itself"), (Tone::Plain, "Left as it is")]
        .into_iter()
        .map(|(tone, title)| {
            let of_tone = all.iter().enumerate().filter(|(_, cause)| cause.tone == tone);
            HeldPart { title, groups: of_tone.map(|(number, cause)| HeldGroup::new(cause, &all[..number])).collect() }
        })
        .filter(|part| !part.groups.is_empty())
        .collect()
}

impl<'a> HeldGroup<'a> {
    fn new(cause: &'a HeldCause, before: &[HeldCause]) -> Self {
        let alike = |other: &&HeldCause| (other.code, other.until.is_some()) == (cause.code, cause.until.is_some());
        let waits = if cause.until.is_some() { "waits-" } else { "" };
        let id = format!("{waits}{}-{}", cause.code, before.iter().filter(alike).count());
        let lines = cause.lines.iter().filter(|line| line.object_id.is_some() || line.name.is_some()).collect();
        Self { id, cause, lines }
    }

    fn has_names(&self) -> bool {
        self.lines.iter().any(|line| line.name.is_some())
    }

    /// How many are not shown.
    fn more(&self) -> u64 {
        u64::from(self.cause.count).saturating_sub(self.lines.len() as u64)
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

impl PassEntry {
    fn seconds(&self) -> String {
        self.took.map(|took| format!("{took:.1} s")).unwrap_or_default()
    }

    const fn counts(&self) -> [Option<u32>; 4] {
        [self.scanned, self.unmatched, self.due, self.blocked]
    }
}

#[cfg(test)]
#[path = "status_layout_tests.rs"]
mod tests;
