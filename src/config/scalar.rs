//! One scalar as the file gives it, and what it can be read as.

use std::path::{Component, Path, PathBuf};

use serde_yaml::Number;

use super::expand::{Env, expand};
use super::node::Node;

/// From here on every floating-point number is whole.
const TWO_TO_64: f64 = 18_446_744_073_709_551_616.0;

/// A scalar after `${NAME}` was replaced.
#[derive(Clone, Debug)]
pub(super) enum Scalar {
    /// A text.
    Text(String),
    /// A text that held a reference to the environment: may stand for a number or a truth value too.
    FromEnv(String),
    /// A truth value.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A list, a section or a tagged value: named for messages only.
    Compound(&'static str),
}

impl Scalar {
    /// From the file.
    pub(super) fn new(node: &Node, env: Env<'_>) -> Result<Self, String> {
        Ok(match node {
            Node::Null => Self::Compound("nothing"),
            Node::Bool(yes) => Self::Bool(*yes),
            Node::Number(number) => Self::Number(number.clone()),
            Node::Text(text) => match expand(text, env)? {
                (text, true) => Self::FromEnv(text),
                (text, false) => Self::Text(text),
            },
            Node::List(_) => Self::Compound("a list"),
            Node::Section(_) => Self::Compound("a section"),
            Node::Tagged => Self::Compound("a tagged value"),
        })
    }

    /// What came from the environment, as messages quote it: to be kept out of them, since it may be a secret.
    pub(super) fn text_from_env(&self) -> Option<String> {
        if let Self::FromEnv(text) = self { Some(format!("{text:?}")) } else { None }
    }

    /// A text that is not empty.
    pub(super) fn text(self) -> Result<String, String> {
        match self {
            Self::Text(text) | Self::FromEnv(text) if text.trim().is_empty() => Err("is empty".to_owned()),
            Self::Text(text) | Self::FromEnv(text) => Ok(text),
            Self::Compound(kind) => Err(format!("expected text, found {kind}")),
            other => Err(format!("expected text, found {}; put it in quotes", other.shown())),
        }
    }

    /// A truth value.
    pub(super) fn boolean(self) -> Result<bool, String> {
        match self {
            Self::Bool(yes) => Ok(yes),
            Self::FromEnv(text) if text == "true" => Ok(true),
            Self::FromEnv(text) if text == "false" => Ok(false),
            other => Err(format!("expected true or false, found {}", other.shown())),
        }
    }

    /// A number.
    pub(super) fn float(self) -> Result<f64, String> {
        let number = match &self {
            Self::Number(number) => number.as_f64(),
            Self::FromEnv(text) => text.parse().ok(),
            _ => None,
        };
        number.filter(|number| !number.is_nan()).ok_or_else(|| format!("expected a number, found {}", self.shown()))
    }

    /// A whole number.
    pub(super) fn integer(self) -> Result<i128, String> {
        let number = match &self {
            Self::Number(number) => {
                number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from)).or_else(|| wide(number))
            }
            Self::FromEnv(text) => text.parse().ok(),
            _ => None,
        };
        number.ok_or_else(|| format!("expected a whole number, found {}", self.shown()))
    }

    /// A text where a bare number lacks its unit (`30`) or needs none (bytes); `wanted` says what can stand there.
    pub(super) fn quantity(self, wanted: &str) -> Result<String, String> {
        match self {
            Self::Number(number) => Ok(number.to_string()),
            Self::Text(text) | Self::FromEnv(text) if !text.trim().is_empty() => Ok(text),
            other => Err(format!("expected {wanted}, found {}", other.shown())),
        }
    }

    /// A path; a relative one starts at `base`.
    pub(super) fn path(self, base: &Path) -> Result<PathBuf, String> {
        let text = self.text()?;
        if text.starts_with('~') {
            return Err("~ has no meaning for a service; write the whole path".to_owned());
        }
        if text.contains('\0') {
            return Err("holds a NUL character, which no path can".to_owned());
        }
        if let Some(refusal) = elsewhere(&text) {
            return Err(refusal);
        }
        Ok(base.join(text).components().filter(|part| *part != Component::CurDir).collect())
    }

    /// For messages; long texts are cut. What came from the environment is not shown: it may be a secret.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Text(text) if matches!(text.to_ascii_lowercase().as_str(), "yes" | "no" | "on" | "off") => {
                format!("{text:?} (only true and false are truth values in YAML 1.2)")
            }
            Self::Text(text) if text.chars().count() > 40 => {
                format!("{:?}", text.chars().take(40).chain(['…']).collect::<String>())
            }
            Self::Text(text) => format!("{text:?}"),
            Self::FromEnv(_) => "another text in the environment".to_owned(),
            Self::Bool(yes) => yes.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Compound(kind) => (*kind).to_owned(),
        }
    }
}

/// A whole number beyond 64 bits: too large for any key, and to be called so.
fn wide(number: &Number) -> Option<i128> {
    let number = number.as_f64().filter(|number| number.abs() >= TWO_TO_64 && number.is_finite())?;
    #[expect(clippy::cast_possible_truncation, reason = "saturates, and is out of range either way")]
    let number = number as i128;
    Some(number)
}
/// Why a text that names a place elsewhere is no path here, and what to do.
fn elsewhere(text: &str) -> Option<String> {
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '+' | '-' | '.'))
    };
    let scheme = text.split_once("://").map(|(scheme, _)| scheme).filter(|scheme| is_scheme(scheme));
    match scheme {
        Some(scheme) if scheme.eq_ignore_ascii_case("file") => {
            Some("is a URL, and a path is needed: write it without file://, as in /srv/photos".to_owned())
        }
        Some(scheme) => Some(format!(
            "is a URL ({scheme}), and a path is needed: mount what it names, with /etc/fstab or a systemd mount unit, and write the path where it is mounted, as in /mnt/photos"
        )),
        None if text.starts_with("\\\\") => Some(
            "names a Windows share, and a path is needed: mount the share (cifs), and write the path where it is mounted, as in /mnt/photos"
                .to_owned(),
        ),
        None => None,
    }
}
