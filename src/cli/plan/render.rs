//! The screen of `plan`: what would change, a line each, and the sum.

use std::collections::BTreeMap;

use crate::cli::terminal::{Color, TextStyle, padded};
use crate::cli::{causes, text};
use crate::model::{Problem, Reason};
use crate::pass::Strangers;
use crate::plan::{Halt, Holds, PlanRow};
use crate::status::{Causes, HeldItem, PlanSum};

/// Lines of one kind that name what would not be sent; how many more there are is told.
const ALIKE: usize = 10;
/// Columns of the word for what would be done.
const WORD: usize = 13;

/// What the screen shows.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct Screenful<'a> {
    pub(super) rows: &'a [PlanRow],
    pub(super) sum: PlanSum,
    pub(super) problems: &'a [HeldItem],
    pub(super) halts: &'a [Halt],
    /// Whether a file was held, or matched by no rule, for the same reason before.
    pub(super) known: &'a dyn Fn(&PlanRow) -> bool,
    /// The tenant knows whoever is asked for.
    pub(super) simulated: bool,
    /// Nobody answered questions to the directory.
    pub(super) unreachable: bool,
    /// Files whose targets are as the ledger remembers them, as the directory could not be asked; and why.
    pub(super) unconfirmed: Option<&'a (usize, Problem)>,
    /// What Microsoft 365 shows of those who would get their first photo from here.
    pub(super) strangers: &'a Strangers,
    pub(super) verbose: bool,
    pub(super) all: bool,
    pub(super) counted: bool,
}

/// Lines of one kind: what would be done, why it is held, what is changed.
type Alike<'a> = (&'a str, Option<Reason>, Option<&'a str>);

impl Screenful<'_> {
    pub(super) fn text(&self, style: TextStyle) -> String {
        // What would be sent can't be, and rests on what is remembered: the sum is enough.
        let mut text = if self.unreachable && !self.all { String::new() } else { self.lines(style) };
        text += &self.systemic(style);
        text += &self.beside(style);
        if self.counted {
            text += &self.end(style);
        }
        for halt in self.halts {
            let held_back = if halt.holds == Holds::Removals { "the removals" } else { "this pass" };
            let words = format!("The guard would halt {held_back} ({}): {}.", halt.guard, halt.message);
            text += &(style.color(Color::Bad, style.paragraph("", &words).trim_end()) + "\n");
        }
        text
    }

    /// The differences, a line each. Of what would not be sent, many of a kind are cut short.
    fn lines(&self, style: TextStyle) -> String {
        let mut text = String::new();
        let mut alike: BTreeMap<Alike<'_>, (usize, &str)> = BTreeMap::new();
        for row in self.rows {
            if !self.all && (row.is_systemic() || !self.is_news(row)) {
                continue;
            }
            let kind = (row.action, row.reason, row.change);
            let cut_short = row.action != "deliver" || row.change == Some("recipe");
            let (count, why) = alike.entry(kind).or_insert((0, &row.why));
            *count += 1;
            *why = &row.why;
            if self.all || !cut_short || *count <= ALIKE {
                text += &self.line(row, style);
            }
        }
        for ((action, reason, change), (count, why)) in alike {
            let cut_short = action != "deliver" || change == Some("recipe");
            if cut_short && !self.all && count > ALIKE {
                let (_, word, color) = sign(action, change);
                let why = reason.map_or_else(|| why.to_owned(), |reason| format!("{reason}: {}", reason.meaning()));
                let words = format!("  {}… and {} more: {why} (--all)", padded(word, WORD), count - ALIKE);
                text += &(style.color(color, style.line(&words).trim_end()) + "\n");
            }
        }
        text
    }

    /// Whether a pass would change something for it.
    fn is_news(&self, row: &PlanRow) -> bool {
        match row.action {
            "deliver" | "remove" | "remove_later" | "release" => true,
            "hold" if row.is_known || row.is_outdone() || row.reason.is_some_and(Reason::may_stand) => false,
            "hold" | "unmatched" => !(self.known)(row),
            _ => false,
        }
    }

    fn line(&self, row: &PlanRow, style: TextStyle) -> String {
        let (sign, word, color) = sign(row.action, row.change);
        let path = row.path.as_ref().map_or("-", |path| path.as_str());
        // Where there is little room, a name that stands in the path is not told twice.
        let told = |target: &str| style.columns().is_some() && row.action == "hold" && path.contains(target);
        let target = match (&row.target, row.kind) {
            (Some(target), Some(kind)) if !told(target) => format!(" → {kind} {target}"),
            _ => String::new(),
        };
        let why = match (row.reason, row.change) {
            (Some(Reason::Unmatched), _) | (None, Some("new")) if !self.verbose => String::new(),
            (Some(reason), _) => format!(": {reason}: {}", row.why),
            (None, _) => format!(": {}", row.why),
        };
        let cure = row.cure.as_ref().filter(|_| row.reason != Some(Reason::Unmatched));
        let cure = cure.map(|cure| format!(" → {cure}")).unwrap_or_default();
        let head = format!("{sign} {}", padded(word, WORD));
        let line = style.line(&format!("{head}{path}{target}{why}{cure}"));
        let mut line = line.replacen(&head, &style.color(color, &head), 1);
        if self.verbose
            && let (Some(rule), Some(property)) = (&row.rule, row.property)
        {
            let object = row.object_id.as_ref().map(|id| format!(", object {id}")).unwrap_or_default();
            line += &style.line(&format!("{}by {rule} ({property}){object}", " ".repeat(WORD + 2)));
        }
        line
    }

    /// What holds many for a reason that is nobody's own: a line each.
    fn systemic(&self, style: TextStyle) -> String {
        let mut causes: BTreeMap<(Reason, &str), (u32, &PlanRow)> = BTreeMap::new();
        for row in self.rows.iter().filter(|row| row.is_systemic() && !self.all) {
            if let (Some(reason), Some(cure)) = (row.reason, &row.cure) {
                causes.entry((reason, cure)).or_insert((0, row)).0 += 1;
            }
        }
        let mut text = String::new();
        if let Some((count, why)) = self.unconfirmed.filter(|_| causes.is_empty()) {
            let what = if self.unreachable { "Microsoft 365 can't be reached" } else { "The directory could not be asked" };
            let files = text::count(*count as u64, "file");
            let words = format!("{what}: {}. {files} could not be confirmed.", why.detail.trim_end_matches('.'));
            text += &(style.color(Color::Bad, style.paragraph("", &words).trim_end()) + "\n");
            text += &style.paragraph("→ ", &why.cure);
        }
        for ((reason, cure), (count, row)) in causes {
            let what = match reason {
                _ if self.unreachable => "Microsoft 365 can't be reached",
                Reason::Throttled => "Microsoft 365 asked to slow down",
                Reason::SignIn => "Sign-in fails",
                Reason::NotPermitted => "A permission is missing",
                _ => "Microsoft 365 did not answer",
            };
            let words =
                format!("{what}: {}. {} can't be planned for.", row.why.trim_end_matches('.'), text::count(count.into(), "file"));
            text += &(style.color(Color::Bad, style.paragraph("", &words).trim_end()) + "\n");
            text += &style.paragraph("→ ", cure);
        }
        text
    }

    /// What can't be used and is no photo.
    fn beside(&self, style: TextStyle) -> String {
        let causes = Causes::of(self.problems.iter().cloned(), 2);
        if !self.all {
            return causes::rows(&causes, style);
        }
        let one = |item: &HeldItem| {
            style.line(&format!("! {}{}: {}: {}", padded("hold", WORD), causes::place(item), item.reason, item.detail))
        };
        self.problems.iter().map(one).collect()
    }

    /// What it comes to.
    fn end(&self, style: TextStyle) -> String {
        let files = self.rows.iter().filter(|row| row.path.is_some()).count() as u64;
        let looked = text::count(files, "file");
        let done = "nothing was written or uploaded";
        let mut text = if self.sum.is_nothing() {
            style.paragraph("", &format!("Nothing to do: {looked} looked at; {done} (dry run)."))
        } else {
            style.paragraph("", &format!("Dry run: {done}."))
        };
        text += &(style.color(Color::Strong, style.paragraph("", &format!("{}.", self.sum.words())).trim_end()) + "\n");
        text += &self.first_contact(style);
        let mut held: BTreeMap<Reason, u32> = BTreeMap::new();
        for reason in self.rows.iter().filter(|row| row.action == "hold").filter_map(|row| row.reason) {
            *held.entry(reason).or_default() += 1;
        }
        if !held.is_empty() {
            let count: u32 = held.values().sum();
            let mut held: Vec<(Reason, u32)> = held.into_iter().collect();
            held.sort_by_key(|(reason, count)| (std::cmp::Reverse(*count), reason.as_str()));
            let held: Vec<String> = held.into_iter().map(|(reason, count)| format!("{count} {reason}")).collect();
            let sum = &self.sum.sum;
            let whom = sum.need_person + sum.resolves_itself + sum.kept + sum.out_of_scope;
            let whom = if count > whom { format!(" for {}", text::count(whom.into(), "photo")) } else { String::new() };
            text += &style.line(&format!("Files held{whom} (--all lists them): {}", held.join(", ")));
        }
        if self.simulated {
            text += &style.line("The simulated tenant knows every name, so names were not checked.");
        }
        text
    }
}

impl Screenful<'_> {
    /// Photos that somebody else put there.
    fn first_contact(&self, style: TextStyle) -> String {
        let Strangers { asked, replaced, kept, unknown, .. } = self.strangers;
        let mut words = Vec::new();
        if !replaced.is_empty() {
            words.push(format!("{} in Microsoft 365 would be replaced", text::count(replaced.len() as u64, "photo")));
        }
        if *kept > 0 {
            words.push(format!("{} would stay (deliver: only_where_missing)", text::count(*kept as u64, "photo")));
        }
        if !unknown.is_empty() {
            words.push(format!("of {} it is not known whether they have one", unknown.len()));
        }
        if words.is_empty() {
            return String::new();
        }
        let whose = format!("Of {asked} that never had a photo from here: {}.", words.join(", "));
        style.color(Color::Warning, style.paragraph("", &whose).trim_end()) + "\n"
    }
}

/// The sign, the word and the colour of what would be done.
fn sign(action: &'static str, change: Option<&str>) -> (char, &'static str, Color) {
    match (action, change) {
        ("deliver", Some("changed")) => ('~', "replace", Color::Good),
        ("deliver", Some("recipe")) => ('~', "prepare again", Color::Good),
        ("deliver", _) => ('+', "send", Color::Good),
        ("remove", _) => ('-', "remove", Color::Bad),
        ("remove_later" | "release", _) => ('-', action, Color::Warning),
        ("hold", _) => ('!', "hold", Color::Warning),
        ("wait", _) => ('!', "wait", Color::Warning),
        ("unmatched", _) => ('?', "unmatched", Color::Warning),
        _ => ('=', action, Color::Faint),
    }
}
