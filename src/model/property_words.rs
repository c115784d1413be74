//! Properties in messages: those that there are, and what is wrong with a name that is none.

use super::{Property, TargetKind};

/// How a directory extension is named.
const EXTENSION: &str = "a directory extension is extension_APPID_NAME: the application (client) id as 32 hexadecimal digits \
                         without hyphens, then its name";

impl Property {
    /// Those that targets of a kind can be named by, for people.
    pub fn listed(kind: TargetKind) -> String {
        let own: Vec<&str> = Self::OWN.into_iter().filter(|each| each.fits(kind)).map(Self::as_str).collect();
        let others = match kind {
            TargetKind::User => {
                " (or givenName, surname, extensionAttribute1, proxyAddresses and others: see `photosyncd help mapping`)"
            }
            TargetKind::Group | TargetKind::Team => " (or proxyAddresses, description and others: see `photosyncd help mapping`)",
            TargetKind::Contact | TargetKind::Me => "",
        };
        format!("{}{others}", own.join(", "))
    }

    /// Why targets of a kind can't be named by what has this name, where that says what was meant: a property of other
    /// kinds, or the form of a name.
    pub(crate) fn misnamed(name: &str, kind: TargetKind) -> Option<String> {
        let lower = name.to_ascii_lowercase();
        let found = Self::all().find(|property| property.as_str().eq_ignore_ascii_case(name));
        let has_extensions = Self::all().any(|property| property.is_extension_attribute() && property.fits(kind));
        match found {
            Some(found) if !found.fits(kind) => {
                return Some(format!("a {kind} can't be named by {found}; give one of {}", Self::listed(kind)));
            }
            Some(_) => return None,
            None => {}
        }
        if kind == TargetKind::Contact {
            return None;
        }
        if lower.starts_with("extension_") {
            return Some(EXTENSION.to_owned());
        }
        let number = lower.strip_prefix("extensionattribute")?;
        let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
        (is_number && has_extensions).then(|| "there are extensionAttribute1 to extensionAttribute15".to_owned())
    }

    /// What is wrong with a name that is none of a property of this kind.
    pub(crate) fn unknown(name: &str, kind: TargetKind) -> String {
        match Self::misnamed(name, kind) {
            Some(words) => format!("no property is called {name:?}: {words}"),
            None => format!("no property of a {kind} is called {name:?}; give one of {}", Self::listed(kind)),
        }
    }
}
