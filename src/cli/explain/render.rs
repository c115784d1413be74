//! The story for a person: one screen, from the file to what to do.

use crate::cli::terminal::{Color, TextStyle};
use crate::cli::text;
use crate::cli::text::typed;
use crate::model::{Problem, Reason, Reference, TargetKind, Timestamp, is_named_in_vain};
use crate::status::{DriftStory, FileStory, GoneStory, HeldItem, SourceFile, Stories, TargetStory};

/// Tries that are told; `--json` and `history` have more.
const TRIES: usize = 6;
/// After this, whoever still sees the old photo has it from a cache.
const SHOWN_EVERYWHERE_MS: i64 = 36 * 3_600_000;

/// What becomes of a photo that is not ours any more.
const DRIFTED: &str = "Nothing, if people may choose their photo. With drift.policy: hr_wins the HR photo is sent again, with \
                       user_wins the person's photo is kept.";

/// Lays stories out.
#[derive(Clone, Copy)]
pub(super) struct Renderer {
    pub(super) style: TextStyle,
    pub(super) now: Timestamp,
}

impl Renderer {
    /// Everything that was found: each target with its file, then the files that lead to none of them.
    pub(super) fn all(self, stories: &Stories) -> String {
        let mut told = Vec::new();
        for target in &stories.targets {
            let path = target.path.as_ref().or(target.gone.as_ref().map(|gone| &gone.path));
            told.push(self.target(target, stories.files.iter().find(|file| Some(&file.path) == path)));
        }
        let alone = |file: &&FileStory| !stories.targets.iter().any(|target| target.path.as_ref() == Some(&file.path));
        told.extend(stories.files.iter().filter(alone).map(|file| self.file(file, stories.carrier_of(file))));
        if let Some(now) = &stories.now {
            told.push(self.now(now, stories.files.iter().any(|file| file.path == now.path)));
        }
        told.join("\n")
    }

    /// One line each, where several were found.
    pub(super) fn list(self, stories: &Stories) -> String {
        let mut lines: Vec<(String, String)> = Vec::new();
        for target in &stories.targets {
            let path = target.path.as_deref().unwrap_or("no file");
            lines.push((target.target.clone(), format!("{}, {path}, {}", state(target), target.id)));
        }
        for file in stories.files.iter().filter(|file| !stories.targets.iter().any(|one| one.path.as_ref() == Some(&file.path))) {
            let other = if stories.carrier_of(file).is_some() { "another file is sent" } else { "not planned yet" };
            let held = file.held.as_ref().map_or(other, |held| held.reason.as_str());
            lines.push((file.target.clone().unwrap_or_else(|| "nobody".to_owned()), format!("{held}, {}", file.path)));
        }
        let mut list = self.style.paragraph("", &format!("{} found. Name one of them, by its name, file or id:", lines.len()));
        for (name, rest) in lines {
            list.push_str(&self.style.paragraph("  ", &format!("{name}: {rest}")));
        }
        list
    }

    fn target(self, target: &TargetStory, file: Option<&FileStory>) -> String {
        let mut story = self.heading(&target.target, state(target));
        match (file, &target.path) {
            (Some(file), _) => self.of_file(&mut story, file),
            (None, Some(path)) => self.line(&mut story, "file", path),
            (None, None) => self.line(&mut story, "file", "no file identifies it"),
        }
        if let Some(gone) = &target.gone {
            self.line(&mut story, "", &self.gone(gone));
        }
        if file.and_then(|file| file.bound_to.as_ref()) != Some(&target.id) {
            self.line(&mut story, "object", &target.id.to_string());
        }
        if let Some(note) = &target.note {
            self.line(&mut story, "picture", note);
        }
        self.line(&mut story, "versions", &versions(target, file, self));
        self.line(&mut story, "state", &self.state(target));
        if target.state == "in_step"
            && target.drift.is_none()
            && let Some(delivered) = &target.delivered
        {
            self.line(&mut story, "visibility", &shown(target, delivered.at, self.now));
        }
        if let Some(words) = self.in_tenant(target) {
            self.line(&mut story, "in tenant", &words);
        }
        for (at, row) in target.backups.iter().enumerate() {
            let what = match &row.file {
                Some(file) => format!("kept as {file}, {}", text::bytes(row.bytes)),
                None => "there was no photo".to_owned(),
            };
            let doubt = if row.doubtful { "; it may be one that photosyncd sent" } else { "" };
            let words = format!("before pass {}, {}: {what}{doubt}", row.pass, self.at(row.at));
            self.line(&mut story, if at == 0 { "backups" } else { "" }, &words);
        }
        if !target.backups.is_empty() {
            self.line(&mut story, "", &format!("to put it back: photosyncd restore {}", typed(&target.target)));
        }
        for (at, row) in target.tries.iter().take(TRIES).enumerate() {
            let status = row.status.map(|status| format!(", HTTP {status}")).unwrap_or_default();
            let code = row.code.as_ref().map(|code| format!(" {code}")).unwrap_or_default();
            let request = row.request_id.as_ref().map(|id| format!(", request {id}")).unwrap_or_default();
            let words = format!("{} {}{status}{code}{request} (pass {})", self.at(row.at), row.outcome, row.pass);
            self.line(&mut story, if at == 0 { "tries" } else { "" }, &words);
        }
        // What the file is held for comes first: nothing else matters before that.
        match (file.and_then(|file| file.held.as_ref()), &target.problem) {
            (Some(held), _) | (None, Some(held)) => self.held(&mut story, &target.target, held),
            (None, None) if target.drift.is_some() => self.line(&mut story, "to do", DRIFTED),
            (None, None) => {}
        }
        story
    }

    fn file(self, file: &FileStory, carrier: Option<&FileStory>) -> String {
        let state = match (&file.held, &file.reference) {
            (Some(_), _) => "held",
            (None, None) => "no rule matches",
            (None, Some(_)) if carrier.is_some() => "not sent",
            (None, Some(_)) => "not planned yet",
        };
        let name = file.target.as_deref().filter(|name| !name.is_empty()).unwrap_or(&file.path);
        let mut story = self.heading(name, state);
        self.of_file(&mut story, file);
        match &file.held {
            Some(held) => self.held(&mut story, file.target.as_deref().unwrap_or(&file.path), held),
            None if file.reference.is_none() => self.held(&mut story, "", &unmatched()),
            None if carrier.is_some() => {
                let same = carrier.is_some_and(|carrier| carrier.digest == file.digest);
                let path = carrier.map_or("", |carrier| carrier.path.as_str());
                let words = if same {
                    format!("the same picture as {path}, which is the one that is sent")
                } else {
                    format!("{path} is newer and identifies the same target")
                };
                self.line(&mut story, "state", &words);
            }
            None => self.line(&mut story, "state", "not planned yet; the next pass includes it"),
        }
        story
    }

    fn now(self, now: &SourceFile, seen: bool) -> String {
        let state = match (&now.problem, &now.target) {
            _ if now.ignored => "passed over",
            (Some(_), _) => "will be held",
            (None, None) => "no rule matches",
            (None, Some(_)) if seen => "by the present rules",
            (None, Some(_)) => "not seen yet",
        };
        let mut story = self.heading(now.target.as_deref().unwrap_or(&now.path), state);
        self.line(&mut story, "file", &format!("{}, {}", now.path, text::bytes(now.size)));
        match (&now.ignored_by, &now.rule, &now.target) {
            (Some(why), ..) => self.line(&mut story, "rule", &format!("passed over: {why}")),
            (None, Some(rule), Some(target)) => self.line(&mut story, "rule", &format!("{rule} matches: {target}")),
            _ if now.problem.is_none() => self.line(&mut story, "rule", "none matches"),
            _ => {}
        }
        match &now.problem {
            Some(held) => self.held(&mut story, &now.path, held),
            None if now.ignored => self.line(&mut story, "to do", "Nothing, if that is meant; otherwise move or rename the file, or change that setting."),
            None if now.target.is_none() => self.held(&mut story, "", &unmatched()),
            None if seen => {}
            None => self.line(&mut story, "to do", "Nothing: the next pass sees it. `photosyncd reconcile` makes one now, a running service within source.full_pass_every."),
        }
        story
    }

    fn of_file(self, story: &mut String, file: &FileStory) {
        self.line(story, "file", &format!("{}, {}, read {}", file.path, text::bytes(file.size), self.at(file.read_at)));
        match (&file.rule, &file.reference) {
            (Some(rule), Some(key)) => {
                let named = Reference::from_key(key).map_or_else(|| Reference::shown_key(key), |reference| reference.to_string());
                let words = match (is_named_in_vain(key), file.has_lost_row) {
                    (true, true) => "named this file, until that row was gone".to_owned(),
                    (true, false) => "names this file".to_owned(),
                    (false, true) => format!("matched, until that row was gone: {named}"),
                    (false, false) => format!("matches: {named}"),
                };
                self.line(story, "rule", &format!("{rule} {words}"));
            }
            _ => self.line(story, "rule", "none matches"),
        }
        if let (Some(object), Some(at)) = (&file.bound_to, file.bound_at) {
            self.line(story, "directory", &format!("resolved to {object} at {}", self.at(at)));
        }
    }

    /// What the last comparison with the tenant found.
    fn in_tenant(self, target: &TargetStory) -> Option<String> {
        Some(match (&target.drift, target.checked_at) {
            (Some(DriftStory { found, since }), _) if found == "gone" => {
                format!("the tenant shows no photo any more, known since {}", self.at(*since))
            }
            (Some(DriftStory { since, .. }), _) => format!("the tenant shows another photo, known since {}", self.at(*since)),
            (None, Some(at)) => format!("the tenant still showed our photo at {}", self.at(at)),
            (None, None) => return None,
        })
    }

    fn gone(self, GoneStory { path, since, due_at, held_back }: &GoneStory) -> String {
        if let Some(why) = held_back {
            let since = self.at(*since);
            return format!("{path} has been gone since {since}; its photo would be removed by now, and is held back: {why}");
        }
        match due_at {
            Some(due_at) => format!(
                "{path} has been gone since {}; if it does not come back, the first pass after {} removes its photo from the tenant",
                self.at(*since),
                self.at(*due_at)
            ),
            None => format!(
                "{path} has been gone since {}; the photo in the tenant stays (removal.when_file_disappears: keep)",
                self.at(*since)
            ),
        }
    }

    fn state(self, target: &TargetStory) -> String {
        let since = self.at(target.since);
        let tries = match target.attempts {
            0 => String::new(),
            count => format!(", after {}", if count == 1 { "1 failed try".to_owned() } else { format!("{count} failed tries") }),
        };
        match (target.state, target.until) {
            ("in_step", _) if target.drift.is_some() => format!("delivered; nothing to send since {since}"),
            ("in_step", _) => format!("up to date since {since}"),
            ("due", _) if target.desired.is_none() => {
                "queued: its photo is removed from the tenant as soon as the rate limit allows".to_owned()
            }
            ("due", _) if target.restoring => "queued: a backup is to be put back".to_owned(),
            ("due", _) => {
                "queued: sent as soon as the rate limit allows, by the running service or `photosyncd reconcile`".to_owned()
            }
            ("waiting", Some(until)) if until <= self.now => {
                format!(
                    "waiting{tries}; due for another try since {}, by the running service or `photosyncd reconcile`",
                    self.at(until)
                )
            }
            ("waiting", Some(until)) => {
                format!(
                    "waiting{tries}; tried again at {} ({} from now)",
                    self.at(until),
                    text::span(until.since(self.now).as_secs())
                )
            }
            ("released", _) if target.tries.first().is_some_and(|row| row.outcome == "removed") => {
                format!("no file identifies it; its photo was removed from the tenant at {since}")
            }
            ("released", _) if target.gone.is_some() => format!("no file identifies it since {since}"),
            ("released", _) if target.delivered.is_none() => {
                format!("no file identifies it since {since}; no photo of ours is known to be in the tenant")
            }
            ("released", _) => format!("no file identifies it since {since}; the photo in the tenant stays"),
            ("blocked", Some(look)) => {
                format!("blocked since {since}{tries}; tried again by itself at {} at the earliest", self.at(look))
            }
            (state, _) => format!("{state} since {since}{tries}; not tried again until you act"),
        }
    }

    /// Why, and what to do, with the name to type where the cure says TARGET.
    fn held(self, story: &mut String, name: &str, held: &HeldItem) {
        let since = held.since.map(|since| format!(", since {}", self.at(since))).unwrap_or_default();
        self.line(story, "why", &format!("{}: {}{since}", held.reason, held.detail));
        self.line(story, "to do", &held.cure.replace("TARGET", &typed(name)));
    }

    fn heading(self, name: &str, state: &str) -> String {
        let name = crate::model::plain(name);
        format!("{}: {state}\n", self.style.color(Color::Strong, &name))
    }

    /// A name for the line, then its words.
    fn line(self, story: &mut String, name: &str, words: &str) {
        story.push_str(&self.style.paragraph(&format!("  {name:<11}"), words));
    }

    fn at(self, at: Timestamp) -> String {
        self.style.time(at)
    }
}

fn unmatched() -> HeldItem {
    HeldItem::new(&Problem::new(Reason::Unmatched, "no rule matches this file"))
}

/// The state in two words at most.
fn state(target: &TargetStory) -> &'static str {
    match target.state {
        "in_step" if target.drift.as_ref().is_some_and(|drift| drift.found == "gone") => "no photo in the tenant",
        "in_step" if target.drift.is_some() => "another photo in the tenant",
        "in_step" => "up to date",
        "due" => "queued",
        "released" => "no file",
        "blocked" => "held",
        state => state,
    }
}

/// Which picture is where: on disk, wanted, and in the tenant.
fn versions(target: &TargetStory, file: Option<&FileStory>, renderer: Renderer) -> String {
    let held = file.and_then(|file| file.digest.as_ref());
    let (wanted, delivered) = (target.desired.as_ref(), target.delivered.as_ref());
    if let (Some(held), Some(wanted), Some(delivered)) = (held, wanted, delivered)
        && *held == wanted.digest
        && wanted.digest == delivered.digest
    {
        return format!("file, desired and delivered are the same, {held:.12}; delivered {}", renderer.at(delivered.at));
    }
    let mut words: Vec<String> = held.map(|digest| format!("file {digest:.12}")).into_iter().collect();
    words.extend(wanted.map(|wanted| format!("desired {:.12} since {}", wanted.digest, renderer.at(wanted.at))));
    words.push(match delivered {
        Some(delivered) => format!("delivered {:.12} at {}", delivered.digest, renderer.at(delivered.at)),
        None => "delivered: none".to_owned(),
    });
    words.join("; ")
}

/// How long clients may show the old photo.
fn shown(target: &TargetStory, delivered: Timestamp, now: Timestamp) -> String {
    let first = if target.id.kind() == TargetKind::Group { "from half an hour on" } else { "within a few hours" };
    if now.millis().saturating_sub(delivered.millis()) < SHOWN_EVERYWHERE_MS {
        format!("Microsoft 365 shows a new photo {first}, nearly everywhere by the next day; nothing can speed this up")
    } else {
        "should be everywhere by now; whoever still sees the old one has it cached: sign out of that app and in again".to_owned()
    }
}

#[cfg(test)]
#[path = "render_tests.rs"]
mod tests;
