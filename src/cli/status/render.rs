//! The screen of `status`: who, verdict, sum, causes, where the lists are.

use std::fmt::Write;

use crate::cli::terminal::{Color, TextStyle};
use crate::cli::{causes, text};
use crate::model::Stopped;
use crate::plan::Holds;
use crate::status::{ConditionKind, Instance, Overview, PassLine, ServiceStatus, Uncounted, WatchMethod};

/// What the screen shows.
pub(super) struct View<'a> {
    pub(super) instance: &'a Instance,
    pub(super) overview: &'a Overview,
    pub(super) last: Option<&'a PassLine>,
    pub(super) service: Option<&'a ServiceStatus>,
    /// Who holds the ledger and does not answer.
    pub(super) silent: Option<&'a str>,
}

/// Names told as examples.
const NAMED: usize = 2;
/// Where more is told.
const MORE: &str = "More: photosyncd status --reason CODE | --all | --csv, photosyncd explain NAME";

/// The screen. It has as many lines for a hundred thousand photos as for ten.
pub(super) fn screen(view: &View<'_>, style: TextStyle) -> String {
    let View { instance, overview, last, service, silent } = *view;
    let sum = &overview.standing.sum;
    let mut screen = style.color(Color::Faint, style.line(&instance.title()).trim_end()) + "\n";
    for (color, words) in alarms(view) {
        let told = style.paragraph("", &words);
        screen += &(style.color(color, told.trim_end()) + "\n");
    }
    let uncounted = uncounted(view);
    let verdict = uncounted.map_or_else(|| sum.verdict(), |what| sum.verdict_before(what));
    let color = if sum.need_person > 0 || uncounted.is_some() { Color::Warning } else { Color::Good };
    screen += &(style.color(color, style.paragraph("", &verdict).trim_end()) + "\n");
    screen += &style.paragraph("", &format!("{}.", sum.parts().join(", ")));
    screen += &causes::table(&overview.standing, style);
    screen += &rest(overview, style);
    screen += &running(service, silent, last, style);
    if sum.photos() > sum.up_to_date || sum.unmatched > 0 {
        screen += &style.color(Color::Faint, style.line(MORE).trim_end());
        screen.push('\n');
    }
    screen
}

/// Why the sum is not of today, if it is not.
fn uncounted(view: &View<'_>) -> Option<Uncounted> {
    let View { overview, last, service, .. } = *view;
    let is_halted = overview.halted.as_ref().is_some_and(|halt| halt.holds() == Holds::Everything);
    let unseen = last.is_some_and(|last| last.looked == Some(false)) || service.is_some_and(ServiceStatus::is_dated);
    is_halted.then_some(Uncounted::Halted).or_else(|| unseen.then_some(Uncounted::Unseen))
}

/// What concerns everything, and is to be looked at first.
fn alarms(view: &View<'_>) -> Vec<(Color, String)> {
    let View { overview, last, service, silent, .. } = *view;
    let mut alarms = Vec::new();
    alarms.extend(silent.map(|words| (Color::Bad, format!("The service does not answer: {words}."))));
    if let Some(halt) = &overview.halted {
        let what = if halt.holds() == Holds::Removals { "Removals were halted" } else { "Everything was halted" };
        alarms.push((Color::Bad, format!("{what} by the guard ({}) in pass {}: {}.", halt.guard(), halt.pass(), halt.message())));
    }
    for (kind, message, since) in service.map(ServiceStatus::conditions).unwrap_or_default() {
        let outage;
        let (color, words) = match kind {
            ConditionKind::Halted(_) if overview.halted.is_some() => continue,
            ConditionKind::Ledger => (Color::Bad, "The ledger can't be written, and nothing is sent,"),
            ConditionKind::LedgerGone => (Color::Bad, "The running service has lost its ledger, and nothing is sent,"),
            ConditionKind::Halted(_) => (Color::Bad, "It is halted by the guard"),
            ConditionKind::SourceAway => (Color::Bad, "The directory with the photos is away"),
            ConditionKind::SignIn => (Color::Bad, "Sign-in fails"),
            ConditionKind::Forbidden => (Color::Bad, "A permission is missing"),
            ConditionKind::TableUnusable => (Color::Bad, "The table can't be used, and no pass can be made,"),
            ConditionKind::TableChanging => (Color::Warning, "The table is being changed"),
            ConditionKind::NoPass => (Color::Bad, "No pass can be made"),
            ConditionKind::Unreachable => {
                outage = format!("Microsoft 365 {}", service.map_or("", ServiceStatus::outage_words));
                (Color::Warning, outage.as_str())
            }
            ConditionKind::ReloadRefused => (Color::Bad, "The changed configuration was refused"),
            ConditionKind::PagesUnserved => (Color::Warning, "The pages are not served"),
            ConditionKind::NotifyFailing => (Color::Warning, "Not everybody can be told of what happens,"),
        };
        alarms.push((color, format!("{words} since {} ({}): {message}.", text::local(since), kind.name())));
    }
    if let Some(last) = last.filter(|_| service.is_none() && silent.is_none()) {
        let what = match last.end.stopped() {
            Some(Stopped::SignIn) => "Sign-in failed or a permission was missing, so not everything could be sent.",
            _ if last.unreachable => "Microsoft 365 could not be reached in the last pass, so nothing could be sent.",
            Some(Stopped::Directory) => "Microsoft 365 did not answer as it should in the last pass, so nothing could be sent.",
            _ => "",
        };
        let told = last.problems.iter().map(|item| format!("{} → {}", item.detail, item.cure));
        let told: Vec<String> = Some(what.to_owned()).filter(|what| !what.is_empty()).into_iter().chain(told).collect();
        alarms.extend((!told.is_empty()).then(|| (Color::Bad, told.join(" "))));
    }
    alarms.extend(text::set_aside(&overview.set_aside).map(|words| (Color::Warning, words)));
    alarms
}

/// Photos whose files are gone, and photos that the tenant shows in the place of ours: how many, and two of them.
fn rest(overview: &Overview, style: TextStyle) -> String {
    let mut rest = String::new();
    if !overview.gone.is_empty() {
        let some: Vec<&str> = overview.gone.iter().take(NAMED).map(|gone| gone.path.as_str()).collect();
        let words = format!(
            "{} whose files are gone, removed later: {}; `photosyncd plan` says when.",
            text::count(overview.gone.len() as u64, "photo"),
            some.join(", ")
        );
        rest += &style.line(&words);
        if let Some(why) = &overview.removals_held {
            rest += &style.paragraph("", &format!("None of them is removed while {why}"));
        }
    }
    if !overview.drifted.is_empty() {
        let gone = overview.drifted.iter().filter(|row| row.drift == "gone").count();
        let some: Vec<&str> = overview.drifted.iter().take(NAMED).map(|row| row.target.as_str()).collect();
        let words = format!(
            "The tenant shows another photo than ours for {}, and none for {gone}: {}.",
            overview.drifted.len() - gone,
            some.join(", ")
        );
        rest += &style.line(&words);
    }
    rest
}

/// Whether a service runs, what it does, and the newest pass.
fn running(service: Option<&ServiceStatus>, silent: Option<&str>, last: Option<&PassLine>, style: TextStyle) -> String {
    let mut words = match (service, silent) {
        (Some(service), _) => at_work(service),
        (None, Some(_)) => "What it does now is not known.".to_owned(),
        (None, None) => "No service is running.".to_owned(),
    };
    let pass = match last {
        None => " No pass was made yet.".to_owned(),
        Some(PassLine { pass, cause, ended_at: None, started_at, .. }) => {
            format!(" Pass {pass} ({cause}) began at {} and has not ended.", text::local(*started_at))
        }
        Some(PassLine { pass, cause, ended_at: Some(at), .. }) => {
            format!(" Last pass: {pass} ({cause}), {}.", text::local(*at))
        }
    };
    words.push_str(&pass);
    style.color(Color::Faint, style.paragraph("", &words).trim_end()) + "\n"
}

/// What the running service does.
fn at_work(service: &ServiceStatus) -> String {
    let watch = match service.watch.state {
        WatchMethod::Native => "watching the directory",
        WatchMethod::Polling => "polling the directory",
        WatchMethod::Off => "not watching the directory (source.watch: off)",
        WatchMethod::Away => "waiting for the directory, which is away",
        WatchMethod::Starting => "starting",
    };
    let why = service.watch.detail.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
    let since = text::local(service.started_at);
    let mut words = format!(
        "The service runs as process {} since {since}, {watch}{why}, at up to {:.1} photos per second.",
        service.pid, service.rate_per_second
    );
    if let Some(until) = service.paused_until {
        _ = write!(words, " Microsoft 365 asked to wait until {}.", text::local(until));
    }
    if let Some(at) = service.next_full_pass {
        _ = write!(words, " Next full pass by {}.", text::clock(at));
    }
    words
}
