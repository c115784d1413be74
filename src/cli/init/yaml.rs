//! A proposal as a configuration: a whole one, or put into one that is there.

use std::fmt::Write;
use std::path::Path;

use crate::cli::text;
use crate::mapping::{PathSpec, RuleSpec, TableForm};
use crate::model::TargetKind;
use crate::proposal::{MappingProposal, Matches};

/// The section `source`.
pub(super) fn source(directory: &Path) -> String {
    format!("source:\n  directory: {}\n", quoted(&directory.display().to_string()))
}

/// The section `mapping`.
pub(super) fn mapping(proposal: &MappingProposal, table: Option<&Path>, compared: bool) -> String {
    let mut text = "mapping:\n".to_owned();
    if let (Some(found), Some(file)) = (&proposal.table, table) {
        _ = writeln!(text, "  # {}", counted(&found.matches, compared));
        _ = writeln!(text, "  table: {}", table_line(&found.form, file));
    }
    text.push_str("  rules:                             # which file is for whom; the first that matches decides\n");
    for rule in &proposal.rules {
        _ = writeln!(text, "    # {}", counted(&rule.matches, compared));
        _ = writeln!(text, "    - {}", rule_line(&rule.spec));
        if let Some((spec, found)) = &rule.zeros {
            _ = writeln!(
                text,
                "    # If leading zeros are ignored, {found} files do. To use that, put this in place of the rule above:"
            );
            _ = writeln!(text, "    # - {}", rule_line(spec));
        }
    }
    if proposal.rules.is_empty() {
        let line = "{ files: \"{upn}.{ext}\", user: { userPrincipalName: \"{upn}\" } }";
        if proposal.table.is_none() {
            _ = writeln!(
                text,
                "    # Nothing that was tried finds anybody. This one is an example; `photosyncd help mapping` has more."
            );
            _ = writeln!(text, "    - {line}");
        } else {
            text = text.replacen("  rules:                             #", "  rules: []                          #", 1);
        }
    }
    text
}

fn counted(matches: &Matches, compared: bool) -> String {
    let what = if compared { "lead to one account or group each" } else { "have a valid name (no directory was asked)" };
    format!("{} of {} {what}.", matches.found, text::count(matches.taken as u64, "file"))
}

/// A rule in one line.
pub(super) fn rule_line(spec: &RuleSpec) -> String {
    let target = &spec.target;
    let paths = match &spec.paths {
        PathSpec::Files(text) => format!("files: {}", quoted(text)),
        PathSpec::Regex(text) => format!("regex: '{}'", text.replace('\'', "''").replace('$', "$$")),
    };
    format!("{{ {paths}, {}: {{ {}: {} }} }}", target.kind, target.property, quoted(&target.value))
}

/// The table and its columns in one line.
pub(super) fn table_line(form: &TableForm, file: &Path) -> String {
    let file = quoted(&file.display().to_string());
    if form.is_plain() {
        return file;
    }
    let column = |name: &Option<String>| quoted(name.as_deref().unwrap_or_default());
    let kind = form.every_kind.unwrap_or(TargetKind::User);
    let property = form.every_property.map(|property| format!(", property: {property}")).unwrap_or_default();
    format!(
        "{{ file: {file}, columns: {{ file: {}, value: {} }}, kind: {kind}{property} }}",
        column(&form.file),
        column(&form.value)
    )
}

/// A whole configuration, for the simulated tenant.
pub(super) fn whole(source: &str, mapping: &str) -> String {
    format!(
        "# photosyncd: proposed by `photosyncd init`. Look at the rules: do they lead to the right people?\n\
         # `photosyncd help config` explains every setting, `photosyncd help mapping` rules and tables.\n\n\
         {source}\n{mapping}\n\
         graph:\n\
         \x20 cloud: emulator                    # the simulated tenant: nothing leaves this machine\n\
         \x20 # For your own tenant put these lines in place of the one above (`photosyncd help sign-in`), then run\n\
         \x20 # `photosyncd init --force` once more: it compares the files with your directory.\n\
         \x20 # cloud: global                    # or usgov, usgov-dod, china\n\
         \x20 # tenant: 00000000-0000-0000-0000-000000000000\n\
         \x20 # client_id: 00000000-0000-0000-0000-000000000000\n\
         \x20 # credential: {{ client_secret: {{ file: /etc/photosyncd/client-secret }} }}\n"
    )
}

/// A configuration with other sections in place of its own; all else stays, comments too.
pub(super) fn put_into(text: &str, sections: &[(&str, &str)]) -> String {
    let mut text = text.to_owned();
    for (name, section) in sections {
        text = with_section(&text, name, section);
    }
    text
}

fn with_section(text: &str, name: &str, section: &str) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let begins = |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with(':'));
    let Some(start) = lines.iter().position(begins) else {
        let gap = if text.is_empty() || text.ends_with("\n\n") { "" } else { "\n" };
        let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        return format!("{text}{end}{gap}{section}");
    };
    // It ends where the next one begins, or the remarks above that.
    let is_next = |line: &str| {
        line.starts_with(|first: char| !first.is_whitespace() && first != '#' && first != '}' && first != ']' && first != '-')
    };
    let next = lines.iter().skip(start + 1).position(|line| is_next(line)).map_or(lines.len(), |at| start + 1 + at);
    let is_remark = |line: &&&str| line.trim().is_empty() || line.starts_with('#');
    let remarks = lines[start + 1..next].iter().rev().take_while(is_remark).count();
    let end = next - remarks;
    [lines[..start].concat(), section.to_owned(), lines[end..].concat()].concat()
}

/// A text in double quotes, as YAML and the configuration take it.
fn quoted(text: &str) -> String {
    let text = text.replace('$', "$$");
    serde_json::to_string(&text).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_replaced_and_all_else_stays() {
        let text = "# mine\nsource: { directory: old }\n\nmapping:   # rules\n  table: null\n\n  rules:\n    - { files: a }\n\n# below\ngraph: { cloud: global }\n";
        let new = put_into(text, &[("source", "source:\n  directory: \"new\"\n"), ("mapping", "mapping:\n  rules: []\n")]);
        let wanted = "# mine\nsource:\n  directory: \"new\"\n\nmapping:\n  rules: []\n\n# below\ngraph: { cloud: global }\n";
        assert_eq!(new, wanted);
        assert_eq!(put_into("graph: {}", &[("mapping", "mapping: x\n")]), "graph: {}\n\nmapping: x\n");
        assert_eq!(put_into("source: { directory: a,\n}\ngraph: {}\n", &[("source", "source: b\n")]), "source: b\ngraph: {}\n");
    }
}
