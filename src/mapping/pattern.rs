//! Which paths a rule claims, compiled.

use std::borrow::Cow;

use regex::{Captures, Regex, RegexBuilder};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::spec::{PathSpec, RuleSpec};
use super::template::{LONGEST, Template};

/// Memory a compiled expression may take, in bytes: a limit against `{1000}` behind `{1000}`.
const MOST_MEMORY: usize = 4 << 20;

/// A compiled template or regular expression. Matching takes time linear in the path's length.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    regex: Regex,
    names: Vec<String>,
    template: Option<Template>,
    ignore_case: bool,
}

impl Pattern {
    /// Compiles; the message is for the key that `PathSpec::key` names.
    pub(super) fn compile(spec: &RuleSpec) -> Result<Self, String> {
        let text = composed(spec.paths.text());
        let (template, expression) = match &spec.paths {
            PathSpec::Files(_) => {
                let template = Template::parse(&text)?;
                let expression = template.expression();
                (Some(template), expression)
            }
            PathSpec::Regex(_) if text.chars().count() > LONGEST => return Err(format!("is longer than {LONGEST} characters")),
            PathSpec::Regex(_) => {
                // By itself first, so that a fault is shown at its own place and no bracket can close ours.
                build(&text, spec.ignore_case)?;
                (None, text.into_owned())
            }
        };
        let regex = build(&format!(r"\A(?:{expression})\z"), spec.ignore_case)?;
        let names = match &template {
            Some(template) => template.names(),
            None => regex.capture_names().flatten().map(str::to_owned).collect(),
        };
        Ok(Self { regex, names, template, ignore_case: spec.ignore_case })
    }

    /// The placeholder names it fills.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// The template it was made of; none for a regular expression.
    pub(super) const fn template(&self) -> Option<&Template> {
        self.template.as_ref()
    }

    /// Whether text matches in any case.
    pub(super) const fn ignores_case(&self) -> bool {
        self.ignore_case
    }

    /// Whether a path (composed) is of this form.
    pub(super) fn is_match(&self, path: &str) -> bool {
        self.regex.is_match(path)
    }

    /// Some of the folders that it covers, each with its `/`; the empty one is the source itself.
    pub(super) fn folders(&self) -> Vec<String> {
        let Some(template) = &self.template else {
            // What stands before the first sign with a meaning of its own, as far as the last folder.
            let text = self.regex.as_str();
            let text = text.strip_prefix(r"\A(?:").unwrap_or(text).trim_start_matches('^');
            let plain = text
                .find(|c: char| !(c.is_alphanumeric() || matches!(c, '/' | '-' | '_' | ' ' | '@' | '#')))
                .unwrap_or(text.len());
            let own = text[..plain].rfind('/').map_or("", |slash| &text[..=slash]);
            return ["", "a/", "a/b/"].map(|below| format!("{own}{below}")).to_vec();
        };
        ["a", "a@contoso.com"].map(|name| template.folder(name)).to_vec()
    }

    /// What the placeholders stand for in this path (composed); none if the path isn't of this form.
    pub(super) fn captures<'p>(&self, path: &'p str) -> Option<Captures<'p>> {
        self.regex.captures(path)
    }
}

/// The text composed (NFC): shares written by a Mac hold names decomposed.
pub(super) fn composed(text: &str) -> Cow<'_, str> {
    if is_nfc_quick(text.chars()) == IsNormalized::Yes { Cow::Borrowed(text) } else { Cow::Owned(text.nfc().collect()) }
}

fn build(expression: &str, ignore_case: bool) -> Result<Regex, String> {
    let built = RegexBuilder::new(expression)
        .case_insensitive(ignore_case)
        .size_limit(MOST_MEMORY)
        .dfa_size_limit(MOST_MEMORY)
        .nest_limit(50)
        .build();
    built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => {
            format!("takes more than {} MiB once compiled; use smaller repetitions", MOST_MEMORY >> 20)
        }
        other => one_line(&other.to_string()),
    })
}

/// The regex crate draws the expression with a caret below the fault; the reason stands in the last line.
fn one_line(drawing: &str) -> String {
    let last = drawing.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("unusable");
    let reason = last.trim().trim_start_matches("error: ");
    let caret = drawing.lines().find(|line| line.trim().starts_with('^')).and_then(|line| line.find('^'));
    // The drawing is indented by four.
    match caret.and_then(|at| at.checked_sub(3)) {
        Some(at) => format!("is not a valid regular expression: {reason} (at character {at})"),
        None => format!("is not a valid regular expression: {reason}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::TargetSpec;
    use crate::model::{Property, TargetKind};

    fn spec(paths: PathSpec, ignore_case: bool) -> RuleSpec {
        let target = TargetSpec {
            kind: TargetKind::User,
            property: Property::Mail,
            value: String::new(),
            further: Vec::new(),
            owner: None,
            folder: None,
        };
        RuleSpec { paths, ignore_case, target }
    }

    fn captured(pattern: &Pattern, path: &str) -> Option<Vec<String>> {
        let captures = pattern.captures(path)?;
        Some(pattern.names().iter().map(|name| captures.name(name).map_or("-", |found| found.as_str()).to_owned()).collect())
    }

    #[test]
    fn placeholders_stay_in_a_segment_and_end_where_the_rest_fits() {
        let table: &[(&str, &str, Option<&[&str]>)] = &[
            ("users/{upn}.{ext}", "users/anna.b@contoso.com.jpg", Some(&["anna.b@contoso.com", "jpg"])),
            ("users/{upn}.{ext}", "users/x/anna@contoso.com.jpg", None),
            ("users/{upn}.*", "users/anna.b@contoso.com.jpg", Some(&["anna.b@contoso.com"])),
            ("users/*_{upn}.*", "users/x_y.z_anna.b@contoso.com.jpg", Some(&["y.z_anna.b@contoso.com"])),
            ("users/{upn}.{ext}", "users/anna", None),
            ("users/{upn}.{ext}", "users/.jpg", None),
            ("users/{upn}.{ext}", "users/anna@contoso.com.Hif", Some(&["anna@contoso.com", "Hif"])),
            ("users/{upn}.{ext}", "users/anna@contoso.com.xmp", None),
            ("users/{upn}.*", "users/anna@contoso.com", None),
            ("{number}_{rest}.jpg", "0042_anna_berg.JPG", Some(&["0042", "anna_berg"])),
            ("*-{number}.jpg", "berg-anna-0042.jpg", Some(&["anna-0042"])),
            ("**/{upn}.jpg", "a/b/c@d.jpg", Some(&["c@d"])),
            ("**/{upn}.jpg", "c@d.jpg", Some(&["c@d"])),
            ("Users/{upn}.jpg", "users/c@d.jpg", None),
            ("{upn}.jpg", "c(d)+[x].jpg", Some(&["c(d)+[x]"])),
            ("{{{upn}}}.jpg", "{a}.jpg", Some(&["a"])),
            ("contacts/{owner}/{address}.{ext}", "contacts/o@x/a@y.z.png", Some(&["o@x", "a@y.z", "png"])),
        ];
        for (template, path, expected) in table {
            let expected = expected.map(|values| values.iter().map(ToString::to_string).collect::<Vec<_>>());
            let pattern = Pattern::compile(&spec(PathSpec::Files((*template).into()), false)).unwrap();
            assert_eq!(captured(&pattern, path), expected, "{template} on {path}");
        }
    }

    #[test]
    fn a_regular_expression_matches_the_whole_path_with_or_without_anchors() {
        for text in [r"users/(?<n>\d{4})(?<x>_.*)?\.jpe?g", r"^users/(?P<n>\d{4})(?<x>_.*)?\.jpe?g$"] {
            let pattern = Pattern::compile(&spec(PathSpec::Regex(text.into()), false)).unwrap();
            assert_eq!(captured(&pattern, "users/0042_a.jpeg"), Some(vec!["0042".into(), "_a".into()]));
            assert_eq!(captured(&pattern, "users/0042.jpg"), Some(vec!["0042".into(), "-".into()]));
            for other in ["users/0042.jpgx", "x/users/0042.jpg", "users/0042.JPG", "users/0042.jpg\n"] {
                assert_eq!(captured(&pattern, other), None, "{other}");
            }
        }
        let either = Pattern::compile(&spec(PathSpec::Regex("a|ab".into()), true)).unwrap();
        assert!(either.captures("AB").is_some() && either.captures("abc").is_none());
    }

    #[test]
    fn case_is_ignored_where_asked() {
        let pattern = Pattern::compile(&spec(PathSpec::Files("Users/{upn}_PHOTO.jpg".into()), true)).unwrap();
        assert_eq!(captured(&pattern, "uSERS/Anna_photo.JPG"), Some(vec!["Anna".into()]));
    }

    #[test]
    fn faults_of_an_expression_fit_in_a_line() {
        let big = format!("(?<a>{})", r"\w{100}".repeat(9));
        for (text, wanted) in [
            ("users/(a", "is not a valid regular expression: unclosed group (at character 7)"),
            ("a)(b", "is not a valid regular expression: unopened group (at character 2)"),
            (
                "(?=a)",
                "is not a valid regular expression: look-around, including look-ahead and look-behind, is not supported (at character 1)",
            ),
            (r"(a)\1", "is not a valid regular expression: backreferences are not supported (at character 4)"),
            (big.as_str(), "takes more than 4 MiB once compiled; use smaller repetitions"),
        ] {
            assert_eq!(Pattern::compile(&spec(PathSpec::Regex(text.into()), false)).unwrap_err(), wanted, "{text}");
        }
        for text in [&"a".repeat(LONGEST + 1), "a # (?x)", "(?x) a # b", "(?<a>x)(?<a>y)", "(?-u:\\xff)"] {
            let fault = Pattern::compile(&spec(PathSpec::Regex(text.into()), false)).err().unwrap_or_default();
            assert!(!fault.contains('\n'), "{fault}");
        }
    }
}
