//! The last hour as a plot: photos sent per second against the pace that was allowed. And the same as a table, for those
//! who can't see it.

use std::fmt::Write;

use askama::Template;
use jiff::tz::TimeZone;

use super::html::clock_time;
use crate::model::Timestamp;

/// What happened between two readings.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Sample {
    /// When it ended.
    pub at: Timestamp,
    /// How long it was, seconds.
    pub span: f64,
    /// Photos that Microsoft 365 accepted in it.
    pub delivered: u64,
    /// Tries in it that did not deliver a photo.
    pub failed: u64,
    /// How often Microsoft 365 asked to slow down in it.
    pub throttled: u64,
    /// Photos allowed per second at its end.
    pub allowed: f64,
}

impl Sample {
    /// So many of this in a second.
    fn rate(&self, count: u64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "drawn to a tenth")]
        let count = count as f64;
        if self.span > 0.0 { count / self.span } else { 0.0 }
    }
}

/// What is shown, minutes: the whole hour, or less while the service is young.
const SPANS: [i64; 3] = [10, 30, 60];
/// Milliseconds.
const MINUTE: i64 = 60_000;
/// A row of the table, milliseconds.
const ROW: i64 = 5 * MINUTE;
/// The drawing's size and its margins: left for numbers, below for times.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 150.0;
const LEFT: f64 = 40.0;
const RIGHT: f64 = 8.0;
const TOP: f64 = 22.0;
const BELOW: f64 = 24.0;

/// The time that is shown, up to `now`.
#[derive(Clone, Copy)]
struct Window {
    from: i64,
    minutes: i64,
}

/// A heading, the drawing and the table.
#[derive(Template)]
#[template(path = "plot.html")]
pub(super) struct Plot {
    /// `hour`, or `30 minutes`.
    span: String,
    grid: [GridLine; 3],
    times: [TimeMark; 5],
    /// By the class of their style, as SVG draws them.
    paths: Vec<(&'static str, String)>,
    rows: Vec<TableRow>,
}

/// A line across, with its value.
struct GridLine {
    height: String,
    foot: String,
    value: f64,
}

/// A time below the drawing.
struct TimeMark {
    x: String,
    anchor: &'static str,
    words: String,
}

/// Five minutes in numbers.
struct TableRow {
    until: String,
    sent: u64,
    failed: u64,
    rate: String,
    allowed: String,
    slowed: u64,
}

impl Plot {
    /// `samples` are in order of time; those older than an hour are left out. None if there is nothing to show.
    pub(super) fn of(samples: &[Sample], now: Timestamp, zone: &TimeZone) -> Option<Self> {
        let within = |sample: &&Sample| (0..=60 * MINUTE).contains(&(now.millis() - sample.at.millis()));
        let shown: Vec<&Sample> = samples.iter().filter(within).collect();
        let age = now.millis() - shown.first()?.at.millis();
        let minutes = SPANS.into_iter().find(|minutes| minutes * MINUTE > age).unwrap_or(60);
        let window = Window { from: now.millis() - minutes * MINUTE, minutes };
        let most = |most: f64, sample: &&Sample| most.max(sample.rate(sample.delivered + sample.failed)).max(sample.allowed);
        let top = scale_end(shown.iter().fold(0.0, most));
        Some(Self {
            span: if minutes == 60 { "hour".to_owned() } else { format!("{minutes} minutes") },
            grid: [0.0, 0.5, 1.0].map(|part| {
                let height = y(top * part, top);
                GridLine { height: format!("{height:.1}"), foot: format!("{:.1}", height + 4.0), value: top * part }
            }),
            times: [(0, "start"), (1, "middle"), (2, "middle"), (3, "middle"), (4, "end")].map(|(quarter, anchor)| {
                let at = window.from + minutes * MINUTE / 4 * quarter;
                TimeMark { x: format!("{:.1}", window.x(at)), anchor, words: clock_time(Timestamp::from_millis(at), zone) }
            }),
            paths: paths(&shown, window, top),
            rows: rows(&shown, window, zone),
        })
    }
}

impl Window {
    fn x(self, millis: i64) -> f64 {
        let all = self.minutes * MINUTE;
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of an hour")]
        let share = (millis - self.from).clamp(0, all) as f64 / all as f64;
        LEFT + (WIDTH - LEFT - RIGHT) * share
    }
}

/// The height of a value on a scale that ends at `top`.
fn y(value: f64, top: f64) -> f64 {
    TOP + (HEIGHT - TOP - BELOW) * (1.0 - value / top)
}

fn paths(shown: &[&Sample], window: Window, top: f64) -> Vec<(&'static str, String)> {
    let (mut sent, mut failed, mut allowed, mut throttled) = (String::new(), String::new(), String::new(), String::new());
    let y = |value| y(value, top);
    for sample in shown {
        #[expect(clippy::cast_possible_truncation, reason = "seconds between two readings")]
        let begun = window.x(sample.at.millis() - (sample.span * 1000.0) as i64);
        let (ended, base) = (window.x(sample.at.millis()), y(0.0));
        if sample.delivered > 0 {
            _ = write!(sent, "M{begun:.1} {base:.1}V{:.1}H{ended:.1}V{base:.1}Z", y(sample.rate(sample.delivered)));
        }
        if sample.failed > 0 {
            // On top of what was sent.
            let (foot, top) = (y(sample.rate(sample.delivered)), y(sample.rate(sample.delivered + sample.failed)));
            _ = write!(failed, "M{begun:.1} {foot:.1}V{top:.1}H{ended:.1}V{foot:.1}Z");
        }
        let join = if allowed.is_empty() { 'M' } else { 'L' };
        _ = write!(allowed, "{join}{begun:.1} {0:.1}H{ended:.1}", y(sample.allowed));
        if sample.throttled > 0 {
            _ = write!(throttled, "M{ended:.1} {TOP}v10");
        }
    }
    let all = [("sent", sent), ("failed", failed), ("allowed", allowed), ("throttled", throttled)];
    all.into_iter().filter(|(_, path)| !path.is_empty()).collect()
}

fn rows(shown: &[&Sample], window: Window, zone: &TimeZone) -> Vec<TableRow> {
    let row = |row: i64| {
        let (begin, end) = (window.from + row * ROW, window.from + (row + 1) * ROW);
        let within: Vec<_> = shown.iter().filter(|sample| (begin + 1..=end).contains(&sample.at.millis())).collect();
        let last = within.last()?;
        let sum = |count: fn(&Sample) -> u64| within.iter().map(|sample| count(sample)).sum::<u64>();
        let sent = sum(|one| one.delivered);
        let span: f64 = within.iter().map(|sample| sample.span).sum();
        Some(TableRow {
            until: clock_time(last.at, zone),
            sent,
            failed: sum(|one| one.failed),
            rate: format!("{:.1}", Sample { span, ..***last }.rate(sent)),
            allowed: format!("{:.1}", last.allowed),
            slowed: sum(|one| one.throttled),
        })
    };
    (0..window.minutes * MINUTE / ROW).rev().filter_map(row).collect()
}

/// Where the scale ends: the next of 1, 2, 4, 10, 20, 40 … at or above.
fn scale_end(highest: f64) -> f64 {
    let mut end = 1.0;
    for step in [2.0, 2.0, 2.5].iter().cycle().take(24) {
        if end >= highest {
            break;
        }
        end *= step;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn ago(seconds: i64, delivered: u64, allowed: f64) -> Sample {
        let at = Timestamp::from_millis(NOW.millis() - seconds * 1000);
        Sample { at, span: 15.0, delivered, failed: 0, throttled: 0, allowed }
    }

    fn drawn(samples: &[Sample]) -> String {
        Plot::of(samples, NOW, &TimeZone::UTC).map(|plot| plot.to_string()).unwrap_or_default()
    }

    #[test]
    fn the_scale_ends_at_a_round_number() {
        let ends = [0.0, 1.0, 1.1, 3.0, 5.0, 20.0, 21.0, 100.0].map(scale_end);
        assert!(
            ends.iter().zip([1.0, 1.0, 2.0, 4.0, 10.0, 20.0, 40.0, 100.0]).all(|(end, want)| (end - want).abs() < 1e-9),
            "{ends:?}"
        );
    }

    #[test]
    fn an_hour_is_shown_and_told_in_numbers() {
        assert_eq!(drawn(&[]), "");
        assert_eq!(drawn(&[ago(3601, 9, 5.0)]), "", "it is too old");
        let page = drawn(&[ago(600, 30, 5.0), ago(20, 15, 6.0), Sample { throttled: 2, failed: 7, ..ago(5, 45, 4.0) }]);
        // 60 photos in 30 seconds, 4 allowed at the end, asked twice to slow down.
        assert!(page.contains("<td>60</td><td>7</td><td>2.0</td><td>4.0</td><td>2</td>"), "{page}");
        assert_eq!(page.matches("<tr>").count(), 3, "a head and two rows: {page}");
        assert_eq!(page.matches("<path class=\"throttled\"").count(), 1);
        assert!(page.contains(">10</text>") && page.contains(">22:13</text>"), "{page}");
        // Half an hour ago is in the middle, 5 of 10 at half the height.
        let page = drawn(&[ago(1800, 0, 5.0)]);
        assert!(!page.contains("class=\"sent\" d"), "nothing was sent: {page}");
        assert!(page.contains("in the last hour</h2>") && page.contains("74.0H376.0"), "{page}");
        assert!(drawn(&[ago(300, 0, 5.0)]).contains("in the last 10 minutes</h2>"), "a young service");
    }
}
