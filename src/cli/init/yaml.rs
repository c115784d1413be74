//! A proposal as a configuration: a whole one, or put into one that is there.

use std::fmt::Write;
use std::path::Path;

use super::kept::Kept;
use crate::cli::text;
use crate::config::{ConfigEntry, RuleExtra};
use crate::mapping::{PathSpec, RuleSpec, TableForm};
use crate::proposal::{Doubt, MappingProposal, Matches, TableProposal, Why};

/// The line above the rules.
const RULES: &str = "rules:                             # which file is for whom; the first that matches decides\n";

/// `source.directory`.
pub(super) fn source(directory: &Path) -> ConfigEntry {
    let inline = format!("directory: {}", quoted(&directory.display().to_string()));
    ConfigEntry { section: "source", key: "directory", lines: format!("{inline}\n"), inline }
}

/// `mapping.table`.
pub(super) fn table(found: &TableProposal, file: &Path, compared: bool) -> ConfigEntry {
    let inline = format!("table: {}", table_line(&found.form, file));
    let lines = format!("{inline}  # {}\n", counted(&found.matches, compared));
    ConfigEntry { section: "mapping", key: "table", lines, inline }
}

/// `mapping.rules`.
pub(super) fn rules(proposal: &MappingProposal, kept: &Kept, compared: bool) -> ConfigEntry {
    let mut items: Vec<(bool, String)> = Vec::new();
    if proposal.rules.is_empty() && proposal.table.is_none() {
        let words = "Nothing that was tried finds anybody. This one is an example; `photosyncd help mapping` has more.";
        items.push((false, words.to_owned()));
        items.push((true, "{ files: \"{upn}.{ext}\", user: { userPrincipalName: \"{upn}\" } }".to_owned()));
    }
    for (at, rule) in proposal.rules.iter().enumerate() {
        let extras = kept.of_rule(at);
        items.push((false, counted(&rule.matches, compared)));
        items.push((true, rule_line(&rule.spec, extras)));
        if let Some((spec, found)) = &rule.zeros {
            let words =
                format!("If leading zeros are ignored, {found} files do. To use that, put this in place of the rule above:");
            items.push((false, words));
            items.push((false, format!("- {}", rule_line(spec, extras))));
        }
    }
    items.extend(proposal.doubts.iter().map(|doubt| (false, doubted(doubt))));
    let (mut lines, mut inline) = (RULES.to_owned(), "rules: [\n".to_owned());
    for (is_rule, text) in &items {
        let (line, between) =
            if *is_rule { (format!("- {text}"), format!("{text},")) } else { (format!("# {text}"), format!("# {text}")) };
        _ = writeln!(lines, "  {line}");
        _ = writeln!(inline, "  {between}");
    }
    inline.push(']');
    if items.is_empty() {
        (lines, inline) = ("rules: []\n".to_owned(), "rules: []".to_owned());
    }
    ConfigEntry { section: "mapping", key: "rules", lines, inline }
}

fn counted(matches: &Matches, compared: bool) -> String {
    let what = match (compared, matches.found) {
        (true, 1) => "leads to one account or group",
        (true, _) => "lead to one account or group each",
        (false, 1) => "has a valid name (no directory was asked)",
        (false, _) => "have a valid name (no directory was asked)",
    };
    format!("{} of {} {what}.", matches.found, text::count(matches.taken as u64, "file"))
}

/// Why a rule is not proposed.
pub(super) fn doubted(doubt: &Doubt) -> String {
    let Doubt { path, whom, named, .. } = doubt;
    let rule = rule_line(&doubt.spec, &[]);
    let against = text::count(doubt.against as u64, "file");
    let named = named.join(", ");
    match doubt.why {
        Why::Namesakes => format!(
            "Not proposed: {rule}. It picks one of several people of the same name for {against}, such as {path} ({named}). Call such \
             files by their whole sign-in names, or let HR's list say whose they are (--table FILE)."
        ),
        Why::Others if named.is_empty() => {
            format!("Not proposed: {rule}. For {against}, such as {path}, it leads to somebody of another name ({whom}).")
        }
        Why::Others => format!(
            "Not proposed: {rule}. For {against}, such as {path}, it leads to somebody of another name ({whom}, not {named})."
        ),
        Why::Mixed => format!(
            "Nothing is proposed for the files of {rule}: it leads {} to whom their names say and {against} to others, such as {path} \
             ({whom}). Correct these files' names, or let HR's list say whose they are (--table FILE).",
            text::count(doubt.agreed as u64, "file")
        ),
    }
}

/// A rule in one line, with what it says further.
pub(super) fn rule_line(spec: &RuleSpec, extras: &[RuleExtra]) -> String {
    let target = &spec.target;
    let paths = match &spec.paths {
        PathSpec::Files(text) => format!("files: {}", quoted(text)),
        PathSpec::Regex(text) => format!("regex: '{}'", text.replace('\'', "''").replace('$', "$$")),
    };
    let extras: Vec<String> = extras.iter().map(|extra| format!(", {}: {}", extra.key, word(&extra.value))).collect();
    let extras = extras.concat();
    let criteria = std::iter::once((target.property, &target.value)).chain(target.further.iter().map(|(by, value)| (*by, value)));
    let criteria: Vec<String> = criteria.map(|(property, value)| format!("{property}: {}", quoted(value))).collect();
    format!("{{ {paths}, {}: {{ {} }}{extras} }}", target.kind, criteria.join(", "))
}

/// A word as it is, anything else in quotes; what of it stands for something else still does.
fn word(text: &str) -> String {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_plain { text.to_owned() } else { serde_json::to_string(text).unwrap_or_default() }
}

/// The table and its columns in one line.
pub(super) fn table_line(form: &TableForm, file: &Path) -> String {
    let file = quoted(&file.display().to_string());
    if form.is_plain() {
        return file;
    }
    let columns = [
        ("file", &form.file),
        ("value", &form.value),
        ("kind", &form.kind),
        ("property", &form.property),
        ("owner", &form.owner),
        ("folder", &form.folder),
    ];
    let columns = columns.into_iter().filter_map(|(key, name)| Some(format!("{key}: {}", quoted(name.as_deref()?))));
    let columns: Vec<String> = columns.collect();
    let mut line = format!("{{ file: {file}");
    if !columns.is_empty() {
        _ = write!(line, ", columns: {{ {} }}", columns.join(", "));
    }
    if let Some(kind) = form.every_kind {
        _ = write!(line, ", kind: {kind}");
    }
    if let Some(property) = form.every_property {
        _ = write!(line, ", property: {property}");
    }
    line + " }"
}

/// A configuration for the simulated tenant, into which the proposal is put.
pub(super) const START: &str = "\
    # photosyncd: proposed by `photosyncd init`. Look at the rules: do they lead to the right people?\n\
    # `photosyncd help config` explains every setting, `photosyncd help mapping` rules and tables.\n\n\
    source: {}\n\n\
    mapping: {}\n\n\
    graph:\n\
    \x20 cloud: emulator                    # the simulated tenant: nothing leaves this machine\n\
    \x20 # For your own tenant put these lines in place of the one above (`photosyncd help sign-in`), then run\n\
    \x20 # `photosyncd init --force` once more: it compares the files with your directory.\n\
    \x20 # cloud: global                    # or usgov, usgov-dod, china\n\
    \x20 # tenant: 00000000-0000-0000-0000-000000000000\n\
    \x20 # client_id: 00000000-0000-0000-0000-000000000000\n\
    \x20 # credential: { client_secret: { file: /etc/photosyncd/client-secret } }\n";

/// A text in double quotes, as YAML and the configuration take it.
fn quoted(text: &str) -> String {
    let text = text.replace('$', "$$");
    serde_json::to_string(&text).unwrap_or(text)
}
