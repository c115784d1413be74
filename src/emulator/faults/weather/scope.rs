//! Which requests a phase concerns.

use super::reader::{Found, FromNode, FromText, Section};
use super::tree::Node;
use super::units::one_of;
use crate::emulator::faults::script::contains;
use crate::model::TargetKind;

/// What a request is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Purpose {
    /// A photo, read or written.
    Photos,
    /// Look-ups: all other requests to Graph.
    Directory,
    /// Tokens.
    SignIn,
}

impl FromText for Purpose {
    const EXPECTED: &'static str = "photos, directory or sign_in";

    fn from_text(text: &str) -> Result<Self, String> {
        one_of(text, [("photos", Self::Photos), ("directory", Self::Directory), ("sign_in", Self::SignIn)])
    }
}

/// What is known of a request before anything is done with it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) method: &'a str,
    /// Path with query, percent-encoded as sent.
    pub(crate) target: &'a str,
    pub(crate) purpose: Purpose,
    /// What kind of object it names or lists, if one.
    pub(crate) kind: Option<TargetKind>,
}

/// The conditions of a phase; a request must meet all. An empty list is no condition.
#[derive(Clone, Default, Debug)]
pub(super) struct RequestScope {
    methods: Vec<Method>,
    requests: Vec<Purpose>,
    kinds: Vec<TargetKind>,
    path: Option<String>,
}

impl FromNode for RequestScope {
    fn from_node(node: &Node, path: &str, found: &mut Found) -> Option<Self> {
        Section::read(node, path, found, "a scope such as { methods: [PUT] }", |section| {
            Some(Self {
                methods: section.value("methods").unwrap_or_default(),
                requests: section.value("requests").unwrap_or_default(),
                kinds: section.value("kinds").unwrap_or_default(),
                path: section.value("path"),
            })
        })
    }
}

impl RequestScope {
    pub(super) fn covers(&self, subject: &Subject<'_>) -> bool {
        let methods = &self.methods;
        (methods.is_empty() || methods.iter().any(|method| method.0.eq_ignore_ascii_case(subject.method)))
            && (self.requests.is_empty() || self.requests.contains(&subject.purpose))
            && (self.kinds.is_empty() || subject.kind.is_some_and(|kind| self.kinds.contains(&kind)))
            && self.path.as_deref().is_none_or(|pattern| contains(subject.target, pattern))
    }

    pub(super) const fn is_everything(&self) -> bool {
        self.methods.is_empty() && self.requests.is_empty() && self.kinds.is_empty() && self.path.is_none()
    }
}

#[derive(Clone, Debug)]
struct Method(String);

impl FromText for Method {
    const EXPECTED: &'static str = "an HTTP method such as PUT";

    fn from_text(text: &str) -> Result<Self, String> {
        const KNOWN: [&str; 5] = ["GET", "PUT", "PATCH", "POST", "DELETE"];
        let known = KNOWN.iter().find(|known| known.eq_ignore_ascii_case(text));
        known
            .map(|known| Self((*known).to_owned()))
            .ok_or_else(|| format!("invalid method {text:?}: use one of {}", KNOWN.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::faults::weather::file::read;

    const PUT: Subject<'_> =
        Subject { method: "PUT", target: "/v1.0/users/1/photo/$value", purpose: Purpose::Photos, kind: Some(TargetKind::User) };
    const TOKEN: Subject<'_> = Subject { method: "POST", target: "/t/oauth2/v2.0/token", purpose: Purpose::SignIn, kind: None };

    #[test]
    fn every_condition_must_hold() {
        for (yaml, put, token) in [
            ("{}", true, true),
            ("{ methods: [put, PATCH] }", true, false),
            ("{ requests: [sign_in, directory] }", false, true),
            ("{ kinds: [user] }", true, false),
            ("{ kinds: [team, group, contact, me] }", false, false),
            ("{ path: /users/*/photo }", true, false),
            ("{ methods: [PUT], requests: [directory] }", false, false),
        ] {
            let scope: RequestScope = read(yaml).unwrap();
            assert_eq!((scope.covers(&PUT), scope.covers(&TOKEN)), (put, token), "{yaml}");
        }
        for wrong in ["{ methods: [FETCH] }", "{ requests: [photo] }", "{ kinds: [users] }", "{ method: PUT }"] {
            assert!(read::<RequestScope>(wrong).is_err(), "{wrong}");
        }
    }
}
