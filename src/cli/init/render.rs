//! What was found, for a person and as JSON.

use std::path::Path;

use serde_json::{Value, json};

use super::kept::Kept;
use super::table_choice::TableChoice;
use super::yaml::{doubted, rule_line, table_line};
use crate::cli::terminal::{Color, TextStyle};
use crate::cli::text;
use crate::proposal::{MappingProposal, Matches, Sample, TableProposal, UnfitTable};

/// Everything that is told.
pub(super) struct Screenful<'a> {
    pub(super) sample: &'a Sample,
    pub(super) proposal: &'a MappingProposal,
    pub(super) table: Option<&'a TableChoice>,
    /// How many people the directory has; none if it was not asked.
    pub(super) users: Option<usize>,
    /// Why it was not asked, or not about everything.
    pub(super) unasked: Option<String>,
    pub(super) source: &'a Path,
    /// What the rules of the configuration say beside whom files are for.
    pub(super) kept: &'a Kept,
}

/// The columns beside one.
fn others(headers: &[String], column: &str) -> String {
    let named = headers.iter().filter(|header| !header.is_empty() && *header != column);
    named.take(20).map(String::as_str).collect::<Vec<_>>().join(", ")
}

impl Screenful<'_> {
    pub(super) fn text(&self, style: TextStyle) -> String {
        let mut out = style.paragraph("", &self.first_line());
        if let Some(why) = &self.unasked {
            out.push_str(&style.paragraph("  ", &format!("Note: {why}.")));
        }
        if let (Some(found), Some(table)) = (&self.proposal.table, self.table) {
            out.push_str(&style.color(Color::Strong, &format!("\n  table: {}", table_line(&found.form, &table.path))));
            out.push('\n');
            self.matches(style, &mut out, &found.matches);
            if found.matches.near > 0 {
                let words = format!(
                    "{} more would match if leading zeros were ignored: give the column the format Text in Excel and enter the numbers again.",
                    found.matches.near
                );
                out.push_str(&style.paragraph("    ", &words));
            }
        }
        if let Some(words) = self.table_note() {
            out.push_str(&style.paragraph("  ", &words));
        }
        for (at, rule) in self.proposal.rules.iter().enumerate() {
            let extras = self.kept.of_rule(at);
            out.push_str(&style.color(Color::Strong, &format!("\n  {}", rule_line(&rule.spec, extras))));
            out.push('\n');
            self.matches(style, &mut out, &rule.matches);
            if rule.by_number_alone {
                let words = "Nothing but the number says whose these are: no name in the files does. Numbers of an older list, or of another kind, would give every photo to somebody else.";
                out.push_str(&style.paragraph("    ", words));
            }
            if let Some((spec, found)) = &rule.zeros {
                let more = found - rule.matches.found;
                let words = format!(
                    "{more} more would match if leading zeros were ignored. If that is right, use this rule in its place: {}",
                    rule_line(spec, extras)
                );
                out.push_str(&style.paragraph("    ", &words));
            }
        }
        out.push('\n');
        for extra in &self.kept.dropped {
            let words = format!(
                "Note: {}: {} of the old rule {:?} is not kept for all of its files. If it is still needed, write it into the rules that take its place.",
                extra.key, extra.value, extra.paths
            );
            out.push_str(&style.paragraph("", &words));
        }
        for doubt in &self.proposal.doubts {
            out.push_str(&style.paragraph("", &doubted(doubt)));
        }
        for line in self.last_lines() {
            out.push_str(&style.paragraph("", &line));
        }
        out
    }

    fn first_line(&self) -> String {
        let files = text::count(self.sample.total() as u64, "picture");
        let sample = if self.sample.len() < self.sample.total() {
            format!(", of which {} were looked at", self.sample.len())
        } else {
            String::new()
        };
        let others = match self.sample.others() {
            0 => String::new(),
            count => {
                format!(" ({} that are no pictures by their names are passed over)", text::count(count as u64, "other file"))
            }
        };
        let users = match self.users {
            Some(users) => format!("compared with {} of the directory", text::count(users as u64, "account")),
            None => "no directory was asked, so only the form of the names counts".to_owned(),
        };
        format!("{files} below {}{sample}{others}; {users}.", self.source.display())
    }

    fn matches(&self, style: TextStyle, out: &mut String, matches: &Matches) {
        let what = match (self.users, matches.found) {
            (Some(_), 1) => "leads to one account or group",
            (Some(_), _) => "lead to one account or group each",
            (None, 1) => "has a valid name",
            (None, _) => "have a valid name",
        };
        out.push_str(
            &style.paragraph("    ", &format!("{} of {} {what}.", matches.found, text::count(matches.taken as u64, "file"))),
        );
        for (path, whom) in &matches.examples {
            out.push_str(&style.paragraph("      ", &format!("{path} → {whom}")));
        }
        if matches.taken > matches.found {
            let (count, examples) = (matches.taken - matches.found, matches.missed.join(", "));
            let words = match (self.users, count) {
                (Some(_), _) => format!("{count} to nobody, such as {examples}."),
                (None, 1) => format!("1 has none that can be used: {examples}."),
                (None, _) => format!("{count} have none that can be used, such as {examples}."),
            };
            out.push_str(&style.paragraph("    ", &words));
        }
        if let [(path, whom), ..] = matches.against.as_slice() {
            let words = format!("Not all names agree with the numbers: {path} → {whom}. Look at these before you send anything.");
            out.push_str(&style.paragraph("    ", &words));
        }
        if matches.shared > 0 {
            let words = format!(
                "{} with several files: these are held unless their pictures are the same.",
                text::count(matches.shared as u64, "account")
            );
            out.push_str(&style.paragraph("    ", &words));
        }
    }

    fn last_lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let MappingProposal { table, rules, left, left_examples, .. } = self.proposal;
        if *left > 0 {
            let hint =
                if table.is_none() && self.table.is_none() { " HR's list can say whose they are: --table FILE." } else { "" };
            lines.push(format!(
                "No rule is proposed for {}, such as {}.{hint}",
                text::count(*left as u64, "file"),
                left_examples.join(", ")
            ));
        }
        if self.users.is_none() {
            lines.push("Only your directory can tell whom these names mean: fill in graph in the configuration, then run this again with --force.".to_owned());
        } else if table.is_some() || !rules.is_empty() {
            lines.push(
                "Are these the right people? A number may be somebody else's: look at a few before you send anything.".to_owned(),
            );
        }
        lines
    }

    /// Why the table is not used, or what to look at before it is.
    fn table_note(&self) -> Option<String> {
        if let Some(TableProposal { form, rivals, .. }) = &self.proposal.table {
            let (chosen, others) = (form.value.as_deref().unwrap_or_default(), rivals.join(", "));
            let words = || {
                format!(
                    "Columns of the table that fit as well and lead to others: {others}. Make sure that {chosen:?} is the right one, \
                     or name another as `value` under mapping.table."
                )
            };
            return (!rivals.is_empty()).then(words);
        }
        let table = self.table?;
        let file = table.path.display();
        Some(match &self.proposal.unfit {
            _ if table.stays => {
                format!("The table {file} of the configuration names none of these files; it stays as it is.")
            }
            Some(UnfitTable { undecided, .. }) if !undecided.is_empty() => format!(
                "The table {file} is not used: its columns {} lead to different people, and nothing tells which of them says whose \
                 the pictures are. Name the right one as `value` under mapping.table (photosyncd help mapping), then run this again.",
                undecided.join(", ")
            ),
            Some(UnfitTable { headers, file: Some(column), .. }) => format!(
                "The table {file} is not used: its column {column:?} names the files, but no other column ({}) was recognised as \
                 one that people are found by: sign-in names, mail addresses, employee numbers, account or display names (those of \
                 managers, deputies and former values are passed over). If one of them is, name it under mapping.table (photosyncd help mapping).",
                others(headers, column)
            ),
            Some(UnfitTable { headers, .. }) => {
                format!("The table {file} is not used: none of its columns ({}) names these files.", others(headers, ""))
            }
            None => format!("The table {file} is not used."),
        })
    }

    /// The same as a document.
    pub(super) fn json(&self, written: Option<&Path>, copy: Option<&Path>) -> Value {
        let MappingProposal { table, rules, left, .. } = self.proposal;
        let of = |rule: String, matches: &Matches, zeros: Option<(String, usize)>| {
            json!({
                "rule": rule,
                "files": matches.taken,
                "matched": matches.found,
                "shared": matches.shared,
                "without_leading_zeros": zeros.map(|(rule, matched)| json!({ "rule": rule, "matched": matched })),
            })
        };
        let table =
            table.as_ref().zip(self.table).map(|(found, table)| of(table_line(&found.form, &table.path), &found.matches, None));
        let rules: Vec<Value> = rules
            .iter()
            .enumerate()
            .map(|(at, rule)| {
                let line = |spec| rule_line(spec, self.kept.of_rule(at));
                let zeros = rule.zeros.as_ref().map(|(spec, found)| (line(spec), *found));
                of(line(&rule.spec), &rule.matches, zeros)
            })
            .collect();
        let dropped = self.kept.dropped.iter();
        let dropped: Vec<Value> =
            dropped.map(|extra| json!({ "rule": extra.paths, "key": extra.key, "value": extra.value })).collect();
        json!({
            "pictures": self.sample.total(),
            "looked_at": self.sample.len(),
            "accounts": self.users,
            "note": self.unasked,
            "table": table,
            "table_note": self.table_note(),
            "rules": rules,
            "doubts": self.proposal.doubts.iter().map(doubted).collect::<Vec<_>>(),
            "unmatched": left,
            "settings_dropped": dropped,
            "written": written,
            "copy": copy,
        })
    }
}
