//! Rules compiled: tried in order, the first one that claims a path decides.

use std::sync::Arc;

use regex::Captures;

use super::camera::{self, Counter};
use super::check::check;
use super::ending;
use super::pattern::{Pattern, composed};
use super::shadow::{few_witnesses, literals, many_witnesses};
use super::spec::{PathSpec, RuleFault, RuleSpec, TargetSpec};
use super::value::ValueTemplate;
use crate::model::{Problem, Property, Reason, Reference, SourcePath, TargetKind};

/// What a rule makes of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Match {
    /// Name of the rule, for people: its `files` template or `regex`, or the table's line.
    pub rule: Arc<str>,
    /// Whom the file speaks for.
    pub reference: Reference,
}

/// Compiled rules.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules(Vec<Rule>);

#[derive(Clone, Debug)]
struct Rule {
    name: Arc<str>,
    paths: Pattern,
    kind: TargetKind,
    property: Property,
    value: ValueTemplate,
    further: Vec<(Property, ValueTemplate)>,
    owner: Option<ValueTemplate>,
    folder: Option<ValueTemplate>,
}

/// What compiling made of one rule, whole or not.
struct Draft {
    paths: Option<Pattern>,
    rule: Option<Rule>,
}

/// Key and message of each fault of one rule.
type Faults = Vec<(String, String)>;

impl Rules {
    /// Checks and compiles; every fault at once, in the order of the rules.
    pub(crate) fn compile(specs: &[RuleSpec]) -> Result<Self, Vec<RuleFault>> {
        let mut drafts: Vec<Draft> = Vec::with_capacity(specs.len());
        let mut faults = Vec::new();
        for (at, spec) in specs.iter().enumerate() {
            let (draft, mut found) = Draft::compile(spec);
            if let Some(earlier) = draft.shadowed_by(&drafts) {
                let name = specs.get(earlier).map_or("", |spec| spec.paths.text());
                let message = format!("the earlier rule {name} already claims every such file; this one can never match");
                found.insert(0, (spec.paths.key().into(), message));
            }
            faults.extend(found.into_iter().map(|(key, message)| RuleFault { rule: at, key, message }));
            drafts.push(draft);
        }
        if faults.is_empty() { Ok(Self(drafts.into_iter().filter_map(|draft| draft.rule).collect())) } else { Err(faults) }
    }

    /// What the first rule that claims the path makes of it: whom it names, or why nobody can have that name.
    /// A rule with a placeholder that comes out blank claims nothing, and none claims what lies beside a picture.
    pub(crate) fn find(&self, path: &SourcePath) -> Option<Result<Match, Problem>> {
        let path = composed(path.as_str());
        self.0.iter().find_map(|rule| rule.claim(&path))
    }

    /// Which rule claims the path, whatever it makes of it.
    pub(crate) fn position(&self, path: &SourcePath) -> Option<usize> {
        let path = composed(path.as_str());
        self.0.iter().position(|rule| rule.claim(&path).is_some())
    }

    /// What each rule is called.
    pub(crate) fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.0.iter().map(|rule| &rule.name)
    }

    /// The kind of target that each rule names, and whether it is one of the person who signs in.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = (TargetKind, bool)> {
        self.0
            .iter()
            .map(|rule| (rule.kind, rule.kind == TargetKind::Me || rule.owner.as_ref().is_some_and(ValueTemplate::is_me)))
    }

    /// The properties that they name targets by.
    pub(crate) fn properties(&self) -> impl Iterator<Item = Property> {
        self.0.iter().flat_map(|rule| std::iter::once(rule.property).chain(rule.further.iter().map(|(property, _)| *property)))
    }

    /// Some of the folders that each rule covers, with their `/`; the empty one is the source itself.
    pub(crate) fn folders(&self) -> Vec<(Arc<str>, Vec<String>)> {
        self.0.iter().map(|rule| (rule.name.clone(), rule.paths.folders())).collect()
    }

    /// Rules that would take the number which a camera gave for somebody's, each with names that it would take it from.
    /// Such files are held.
    pub(crate) fn camera_numbers(&self) -> Vec<(Arc<str>, Vec<&'static str>)> {
        self.0.iter().map(|rule| (rule.name.clone(), rule.camera_names())).filter(|(_, names)| !names.is_empty()).collect()
    }
}

impl Draft {
    fn compile(spec: &RuleSpec) -> (Self, Faults) {
        let paths = match Pattern::compile(spec) {
            Ok(paths) => paths,
            Err(message) => return (Self { paths: None, rule: None }, vec![(spec.paths.key().into(), message)]),
        };
        match Rule::compile(spec, paths.clone()) {
            Ok(rule) => (Self { paths: Some(paths), rule: Some(rule) }, Vec::new()),
            Err(faults) => (Self { paths: Some(paths), rule: None }, faults),
        }
    }

    fn claims(&self, path: &str) -> bool {
        match (&self.rule, &self.paths) {
            (Some(rule), _) => rule.claim(path).is_some(),
            (None, Some(paths)) => paths.captures(path).is_some(),
            (None, None) => false,
        }
    }

    /// The one earlier rule that claims all this one could.
    fn shadowed_by(&self, earlier: &[Self]) -> Option<usize> {
        let paths = self.paths.as_ref()?;
        let template = paths.template()?;
        let spares_none = |witnesses: &[String], draft: &Self| {
            let mut own = witnesses.iter().map(|path| composed(path)).filter(|path| self.claims(path)).peekable();
            own.peek().is_some() && own.all(|path| draft.claims(&path))
        };
        let few = few_witnesses(template, paths.ignores_case());
        earlier.iter().position(|draft| {
            spares_none(&few, draft) && {
                let hints: Vec<String> = self.hints().into_iter().chain(draft.hints()).collect();
                spares_none(&many_witnesses(template, paths.ignores_case(), &hints), draft)
            }
        })
    }

    fn hints(&self) -> Vec<String> {
        let texts = self.paths.iter().filter_map(Pattern::template).flat_map(literals);
        texts.chain(self.rule.iter().flat_map(|rule| rule.values().flat_map(ValueTemplate::hints))).collect()
    }
}

impl Rule {
    fn compile(spec: &RuleSpec, paths: Pattern) -> Result<Self, Faults> {
        let TargetSpec { kind, property, value, further, owner, folder } = &spec.target;
        let mut faults = Vec::new();
        let named = std::iter::once((*property, value)).chain(further.iter().map(|(property, value)| (*property, value)));
        for (property, value) in named.filter(|_| *kind != TargetKind::Me) {
            if !property.fits(*kind) {
                faults.push((kind.to_string(), format!("can't be named by {property}; use {}", Property::listed(*kind))));
            }
            if value.trim().is_empty() {
                faults.push((format!("{kind}.{property}"), "is empty; give a value such as \"{upn}\"".to_owned()));
            }
        }
        if *kind == TargetKind::Contact && owner.as_deref().is_none_or(|owner| owner.trim().is_empty()) {
            faults.push(("contact.owner".into(), "is missing; give the mailbox owner's UPN or id".to_owned()));
        }
        let mut template =
            |text: &str, key: String| match ValueTemplate::compile(&composed(text), spec.paths.key(), paths.names()) {
                Ok(template) => Some(template),
                Err(message) => {
                    faults.push((key, message));
                    None
                }
            };
        let value = template(value, format!("{kind}.{property}"));
        let further: Vec<_> = further
            .iter()
            .filter_map(|(property, value)| Some((*property, template(value, format!("{kind}.{property}"))?)))
            .collect();
        let owner = owner.as_deref().and_then(|text| template(text, "contact.owner".into()));
        let folder = folder.as_deref().and_then(|text| template(text, "contact.folder".into()));
        let name = match &spec.paths {
            PathSpec::Files(text) => text.as_str().into(),
            PathSpec::Regex(text) => format!("regex {text}").into(),
        };
        match (faults.is_empty(), value) {
            (true, Some(value)) => Ok(Self { name, paths, kind: *kind, property: *property, value, further, owner, folder }),
            _ => Err(faults),
        }
    }

    /// What the properties are to hold.
    fn values(&self) -> impl Iterator<Item = &ValueTemplate> {
        std::iter::once(&self.value).chain(self.further.iter().map(|(_, value)| value))
    }

    fn claim(&self, path: &str) -> Option<Result<Match, Problem>> {
        let found = self.named(path)?;
        let reference = match found {
            Err(fault) => return Some(Err(self.unusable(&fault))),
            Ok(reference) => reference,
        };
        if let Some(counter) = Counter::of(path).filter(|counter| self.takes_number(path, counter, &reference)) {
            return Some(Err(self.of_a_camera(counter.text(path))));
        }
        Some(Ok(Match { rule: self.name.clone(), reference }))
    }

    /// Whom the path names, or why nobody can have that name.
    fn named(&self, path: &str) -> Option<Result<Reference, String>> {
        let captures = self.paths.captures(path)?;
        if !self.means_ending(path, &captures) {
            return None;
        }
        // A filter's answer is composed once more: it may have left a mark behind a letter.
        let fill = |template: &ValueTemplate| Ok::<_, String>(template.fill(&captures)?.map(|text| composed(&text).into_owned()));
        let reference = || {
            let Some(value) = fill(&self.value)? else { return Ok(None) };
            if self.kind != TargetKind::Contact {
                let mut reference = Reference::new(self.kind, self.property, &value);
                for (property, template) in &self.further {
                    let Some(value) = fill(template)? else { return Ok(None) };
                    reference = reference.and(*property, &value);
                }
                return Ok(Some(reference));
            }
            let Some(owner) = self.owner.as_ref().map_or(Ok(None), &fill)? else { return Ok(None) };
            let folder = self.folder.as_ref().map_or(Ok(None), &fill)?;
            Ok(Some(Reference::contact(&owner, folder.as_deref(), self.property, &value)))
        };
        let found = if self.kind == TargetKind::Me { Ok(Some(Reference::me())) } else { reference() };
        found.and_then(|found| found.map(|found| check(&found).map(|()| found)).transpose()).transpose()
    }

    /// Whether the file is a picture by its ending, or meant all the same.
    fn means_ending(&self, path: &str, captures: &Captures<'_>) -> bool {
        let Some(found) = ending::of(path) else { return true };
        if path.get(found.clone()).is_none_or(ending::is_picture) {
            return true;
        }
        let taken: Vec<_> = self
            .values()
            .chain(&self.owner)
            .chain(&self.folder)
            .flat_map(ValueTemplate::names)
            .filter_map(|name| Some(captures.name(name)?.range()))
            .collect();
        let named = |place: usize| taken.iter().any(|range| range.contains(&place));
        ending::is_meant(path, found, named, |other| self.paths.is_match(other))
    }

    /// Whether the number in a camera's name says who it is, and the letters before it nothing: those the rule does not
    /// even look at. A name without letters is a day with a time of it: then whether one of its numbers alone does.
    fn takes_number(&self, path: &str, counter: &Counter, reference: &Reference) -> bool {
        let names = |path: &str| matches!(self.named(path), Some(Ok(other)) if other == *reference);
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let a_part = || !reference.criteria().any(|(_, value)| digits(value).contains(&digits(counter.text(path))));
        !names(&counter.with_other_digits(path)) && counter.with_other_letters(path).map_or_else(a_part, |path| names(&path))
    }

    /// Names of cameras whose number it would take, in the folders that it covers.
    fn camera_names(&self) -> Vec<&'static str> {
        let mut names: Vec<&'static str> = Vec::new();
        for (name, path) in self.paths.folders().iter().flat_map(|folder| camera::samples(folder)) {
            let held = || matches!(self.claim(&path), Some(Err(problem)) if problem.reason == Reason::CameraNumber);
            if !names.contains(&name) && held() {
                names.push(name);
            }
        }
        names
    }

    fn of_a_camera(&self, name: &str) -> Problem {
        let detail =
            format!("{name:?} is a name that cameras give: its number is not that of a {} (rule {})", self.kind, self.name);
        Problem::new(Reason::CameraNumber, detail)
    }

    fn unusable(&self, fault: &str) -> Problem {
        Problem::new(Reason::TargetMissing, format!("the file names no valid {}: {fault} (rule {})", self.kind, self.name))
            .with_cure("Rename the file, or change that rule (mapping.rules).")
    }
}
