//! The last hour as a plot: photos sent per second against the pace that was allowed. And the same as a table, for those
//! who can't see it.

use std::fmt::Write;

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
const HEIGHT: f64 = 200.0;
const LEFT: f64 = 40.0;
const RIGHT: f64 = 8.0;
const TOP: f64 = 14.0;
const BELOW: f64 = 24.0;

/// The time that is shown, up to `now`.
#[derive(Clone, Copy)]
struct Window {
    from: i64,
    minutes: i64,
}

/// A heading, the drawing and the table. `samples` are in order of time; those older than an hour are left out.
pub(super) fn plot(page: &mut String, samples: &[Sample], now: Timestamp, zone: &TimeZone) {
    let within = |sample: &&Sample| (0..=60 * MINUTE).contains(&(now.millis() - sample.at.millis()));
    let shown: Vec<&Sample> = samples.iter().filter(within).collect();
    let Some(first) = shown.first() else {
        page.push_str("<h2>Photos sent</h2><p>Nothing was measured yet; the first point comes within a minute.</p>");
        return;
    };
    let age = now.millis() - first.at.millis();
    let minutes = SPANS.into_iter().find(|minutes| minutes * MINUTE > age).unwrap_or(60);
    let window = Window { from: now.millis() - minutes * MINUTE, minutes };
    _ = write!(page, "<h2>Photos sent in the last {}</h2>", words(window));
    draw(page, &shown, window, zone);
    table(page, &shown, window, zone);
}

fn words(window: Window) -> String {
    if window.minutes == 60 { "hour".to_owned() } else { format!("{} minutes", window.minutes) }
}

fn draw(page: &mut String, shown: &[&Sample], window: Window, zone: &TimeZone) {
    let (from, all) = (window.from, window.minutes * MINUTE);
    let highest =
        shown.iter().fold(0.0_f64, |most, sample| most.max(sample.rate(sample.delivered + sample.failed)).max(sample.allowed));
    let top = scale_end(highest);
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of an hour")]
    let x = |millis: i64| LEFT + (WIDTH - LEFT - RIGHT) * ((millis - from).clamp(0, all) as f64) / (all as f64);
    let y = |value: f64| TOP + (HEIGHT - TOP - BELOW) * (1.0 - value / top);
    _ = write!(
        page,
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-labelledby=\"plot-title\"><title id=\"plot-title\">Photos sent per \
         second in the last {}, and how many were allowed; the table below has the numbers</title>",
        words(window)
    );
    for part in [0.0, 0.5, 1.0] {
        let (value, height) = (top * part, y(top * part));
        _ = write!(
            page,
            "<path class=\"grid\" d=\"M{LEFT} {height:.1}H{}\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{value}</text>",
            WIDTH - RIGHT,
            LEFT - 6.0,
            height + 4.0
        );
    }
    for quarter in 0..=4 {
        let at = from + all / 4 * quarter;
        let anchor = ["start", "middle", "middle", "middle", "end"][usize::try_from(quarter).unwrap_or(0)];
        let time = clock_time(Timestamp::from_millis(at), zone);
        _ = write!(page, "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"{anchor}\">{time}</text>", x(at), HEIGHT - 6.0);
    }
    let (mut sent, mut failed, mut allowed, mut throttled) = (String::new(), String::new(), String::new(), String::new());
    for sample in shown {
        #[expect(clippy::cast_possible_truncation, reason = "seconds between two readings")]
        let begun = x(sample.at.millis() - (sample.span * 1000.0) as i64);
        let (ended, base) = (x(sample.at.millis()), y(0.0));
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
    for (class, path) in [("sent", sent), ("failed", failed), ("allowed", allowed), ("throttled", throttled)] {
        if !path.is_empty() {
            _ = write!(page, "<path class=\"{class}\" d=\"{path}\"/>");
        }
    }
    page.push_str(
        "</svg><ul class=\"legend\" aria-hidden=\"true\"><li class=\"sent\">sent</li><li class=\"failed\">failed tries</li><li class=\"allowed\">allowed</li>\
         <li class=\"throttled\">asked to slow down</li></ul>",
    );
}

fn table(page: &mut String, shown: &[&Sample], window: Window, zone: &TimeZone) {
    let from = window.from;
    page.push_str(
        "<details id=\"numbers\"><summary id=\"numbers-summary\">The numbers, five minutes a row</summary><table><thead><tr><th scope=\"col\">Until</th>\
         <th scope=\"col\">Photos sent</th><th scope=\"col\">Failed tries</th><th scope=\"col\">Sent per second</th><th scope=\"col\">Allowed per second</th>\
         <th scope=\"col\">Asked to slow down</th></tr></thead><tbody>",
    );
    for row in (0..window.minutes * MINUTE / ROW).rev() {
        let (begin, end) = (from + row * ROW, from + (row + 1) * ROW);
        let within: Vec<_> = shown.iter().filter(|sample| (begin + 1..=end).contains(&sample.at.millis())).collect();
        let Some(last) = within.last() else { continue };
        let sum = |count: fn(&Sample) -> u64| within.iter().map(|sample| count(sample)).sum::<u64>();
        let (sent, failed, slowed) = (sum(|one| one.delivered), sum(|one| one.failed), sum(|one| one.throttled));
        let span: f64 = within.iter().map(|sample| sample.span).sum();
        let rate = Sample { span, ..***last }.rate(sent);
        _ = write!(
            page,
            "<tr><th scope=\"row\">{}</th><td>{sent}</td><td>{failed}</td><td>{rate:.1}</td><td>{:.1}</td><td>{slowed}</td></tr>",
            clock_time(last.at, zone),
            last.allowed
        );
    }
    page.push_str("</tbody></table></details>");
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
        let mut page = String::new();
        plot(&mut page, samples, NOW, &TimeZone::UTC);
        page
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
        assert!(drawn(&[]).contains("Nothing was measured"));
        assert!(drawn(&[ago(3601, 9, 5.0)]).contains("Nothing was measured"), "it is too old");
        let page = drawn(&[ago(600, 30, 5.0), ago(20, 15, 6.0), Sample { throttled: 2, failed: 7, ..ago(5, 45, 4.0) }]);
        // 60 photos in 30 seconds, 4 allowed at the end, asked twice to slow down.
        assert!(page.contains("<td>60</td><td>7</td><td>2.0</td><td>4.0</td><td>2</td>"), "{page}");
        assert_eq!(page.matches("<tr>").count(), 3, "a head and two rows: {page}");
        assert_eq!(page.matches("<path class=\"throttled\"").count(), 1);
        assert!(page.contains(">10</text>") && page.contains(">22:13</text>"), "{page}");
        // Half an hour ago is in the middle, 5 of 10 at half the height.
        let page = drawn(&[ago(1800, 0, 5.0)]);
        assert!(!page.contains("class=\"sent\" d"), "nothing was sent: {page}");
        assert!(page.contains("in the last hour</h2>") && page.contains("95.0H376.0"), "{page}");
        assert!(drawn(&[ago(300, 0, 5.0)]).contains("in the last 10 minutes</h2>"), "a young service");
    }
}
