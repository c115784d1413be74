//! What a run did, and how everything stands after it.

use std::fmt::Write;

use super::terminal::{Color, TextStyle};
use super::{causes, text};
use crate::model::{Reason, Stopped};
use crate::pass::{PassExtent, Summary};
use crate::plan::Holds;
use crate::status::{Cause, Causes, HeldItem, Standing};

/// Examples of each cause.
const EXAMPLES: usize = 2;
/// Where more is told.
const MORE: &str = "More: photosyncd status --reason CODE | --all, photosyncd explain NAME";

/// The run as text. `kept`: there is a ledger that `status` reads after it.
pub(super) fn summary(summary: &Summary, kept: bool, style: TextStyle) -> String {
    let mut text = String::new();
    for halt in &summary.forced {
        text += &style.paragraph("", &format!("Guard overridden (--force, {}): {}.", halt.guard, halt.message));
    }
    text += &halts(summary, style);
    if summary.halted.as_ref().is_some_and(|halt| halt.holds == Holds::Everything) {
        return text + "Nothing was uploaded.\n";
    }
    let (systemic, rest) = systemic(summary);
    if let Some((words, cure)) = systemic {
        text += &(style.color(Color::Bad, style.paragraph("", &words).trim_end()) + "\n");
        text += &style.paragraph("→ ", &cure);
    }
    text += &style.paragraph("", &done(summary));
    text += &style.paragraph("", &verdict(summary));
    // Of photos nothing new is known where nobody could be asked.
    if !summary.is_out_of_reach() {
        text += &causes::rows(&rest.causes, style);
        text += &causes::rows(&unlisted(summary), style);
    }
    text += &remarks(summary, style);
    if kept && !rest.causes.0.is_empty() {
        text += &(style.color(Color::Faint, style.line(MORE).trim_end()) + "\n");
    }
    text
}

/// What this run sent and asked.
fn done(summary: &Summary) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
    let seconds = summary.elapsed_ms as f64 / 1000.0;
    let mut words = format!(
        "{} delivered ({}), {} unchanged",
        text::count(summary.delivered, "photo"),
        text::bytes(summary.bytes_sent),
        summary.unchanged
    );
    if summary.removed > 0 {
        _ = write!(words, ", {} removed", text::count(summary.removed, "photo"));
    }
    if summary.due > 0 {
        _ = write!(words, ", {} still queued", summary.due);
    }
    _ = write!(words, "; {} ({} throttled) in {seconds:.1} s.", text::count(summary.requests, "request"), summary.throttled);
    words
}

/// How everything stands; of what was not selected nothing is said.
fn verdict(summary: &Summary) -> String {
    let nothing = if summary.delivered == 0 && summary.removed == 0 { " Nothing had to be sent." } else { "" };
    let is_done = summary.is_in_step() && summary.stopped.is_none() && summary.halted.is_none();
    let nothing = if is_done { nothing } else { "" };
    if summary.extent == PassExtent::Selection {
        let what = if is_done {
            "The files selected (--only) are up to date."
        } else {
            "Not all of the files selected (--only) are up to date."
        };
        return format!("{what}{nothing}");
    }
    let sum = &summary.standing.sum;
    format!("{} {}.{nothing}", sum.verdict(), sum.parts().join(", "))
}

/// What can't be used and is no photo: rows of the table, folders.
fn unlisted(summary: &Summary) -> Causes {
    let unusable = |item: &&HeldItem| item.thing.is_empty() && item.path.is_some() && !item.reason.may_stand();
    Causes::of(summary.problems.iter().filter(unusable).cloned(), EXAMPLES)
}

/// What is worth a word beside that.
fn remarks(summary: &Summary, style: TextStyle) -> String {
    let mut text = String::new();
    match summary.same_picture {
        0 => {}
        1 => {
            text += &style.paragraph(
                "",
                "1 file holds the same picture as another one for the same target; `photosyncd plan --all` names it.",
            );
        }
        some => {
            let words = format!(
                "{some} files hold the same picture as another one for the same target; `photosyncd plan --all` names them."
            );
            text += &style.paragraph("", &words);
        }
    }
    let is_left = |item: &&HeldItem| item.reason == Reason::FileChanging && item.path.is_none() && item.label.is_none();
    for left in summary.problems.iter().filter(is_left) {
        text += &style.paragraph("", &format!("{}.", left.detail));
    }
    if summary.pending_removals > 0 {
        let photos = text::count(summary.pending_removals as u64, "photo");
        text +=
            &style.paragraph("", &format!("{photos} to be removed later, as the files are gone; `photosyncd plan` names them."));
    }
    if let Some(until) = summary.not_waited_for {
        let until = text::local(until);
        text += &style
            .paragraph("", &format!("Not waited for (--patience): Microsoft 365 asked to wait until {until}; run again then."));
    }
    let stopped = match summary.stopped {
        Some(Stopped::MaxDuration) => "Stopped: --max-duration is over; run again to continue.",
        Some(Stopped::Limit) => "Stopped: --limit is reached; run again to continue.",
        Some(Stopped::Signal) => "Stopped by a signal; run again to continue.",
        // Told in front.
        Some(Stopped::SignIn | Stopped::Directory | Stopped::Group) | None => return text,
    };
    text + &style.paragraph("", stopped)
}

/// What keeps everything from being sent, and what to do; and the rest of what stands.
fn systemic(summary: &Summary) -> (Option<(String, String)>, Standing) {
    let mut rest = summary.standing.clone();
    if summary.extent == PassExtent::Selection {
        let held = summary.problems.iter().filter(|item| !item.is_of_all()).cloned();
        rest = Standing { causes: Causes::of(held, EXAMPLES), ..Standing::default() };
    }
    let of_all = summary.problems.iter().find(|item| item.is_of_all());
    let silent = summary.out_of_reach.is_some() || summary.unreachable || summary.stopped == Some(Stopped::Directory);
    if !silent && summary.stopped != Some(Stopped::SignIn) {
        return (of_all.map(|item| words(item, false, 0)), rest);
    }
    let behind = |cause: &Cause| match cause.reason {
        Reason::Transient | Reason::Throttled => silent,
        Reason::SignIn => true,
        _ => false,
    };
    let waiting: u32 = rest.causes.0.iter().filter(|cause| behind(cause)).map(|cause| cause.count).sum();
    let example = rest.causes.0.iter().filter(|cause| behind(cause)).flat_map(|cause| &cause.examples).next().cloned();
    // What a photo met says more than that nobody answered.
    let item = if silent { example.or(of_all.cloned()) } else { of_all.cloned().or(example) };
    let Some(item) = item else { return (None, rest) };
    let told = words(&item, summary.unreachable, waiting + summary.due);
    rest.causes.0.retain(|cause| !behind(cause));
    (Some(told), rest)
}

fn words(item: &HeldItem, unreachable: bool, waiting: u32) -> (String, String) {
    let what = match item.reason {
        Reason::SignIn => "Sign-in failed",
        Reason::NotPermitted => "A permission is missing",
        _ if unreachable => "Microsoft 365 can't be reached",
        _ => "Microsoft 365 does not answer as it should",
    };
    let waits = match waiting {
        0 => String::new(),
        1 => " 1 photo waits for this.".to_owned(),
        some => format!(" {some} photos wait for this."),
    };
    (format!("{what}: {}.{waits}", item.detail.trim_end_matches('.')), item.cure.clone())
}

/// What the guard has against the run.
fn halts(summary: &Summary, style: TextStyle) -> String {
    let mut text = String::new();
    for halt in summary.halts() {
        let what = if halt.holds == Holds::Everything { "Halted" } else { "Removals were halted" };
        let words = style.paragraph("", &format!("{what} by the guard ({}): {}.", halt.guard, halt.message));
        text += &(style.color(Color::Bad, words.trim_end()) + "\n");
    }
    if summary.beyond_force {
        text += &style
            .paragraph("", "`--force` overrides only what the last run told, and no more than that; this was not told yet.");
    }
    text
}
