//! Whether a reference could name anything: what can't exist is held here, and never asked for.

use super::ending;
use crate::model::{Property, Reference, TargetKind};

/// Longest value of any property, in characters (Graph's documentation of displayName: 256).
const LONGEST: usize = 256;

/// Longest employee number, in characters (Graph's documentation of the user resource).
const LONGEST_EMPLOYEE_ID: usize = 16;

/// Why nothing can have this name, in words for a person.
pub(super) fn check(reference: &Reference) -> Result<(), String> {
    let Reference { kind, mailbox, .. } = reference;
    if *kind == TargetKind::Me {
        return Ok(());
    }
    if let Some(mailbox) = mailbox {
        owner(&mailbox.owner).map_err(|fault| told("owner", &mailbox.owner, &fault))?;
        if let Some(folder) = &mailbox.folder {
            folder.split('/').try_for_each(plain).map_err(|fault| told("folder", folder, &fault))?;
        }
    }
    reference.criteria().try_for_each(|(property, value)| {
        let fit = match (kind, property) {
            (TargetKind::Contact, Property::Id) => plain(value).and_then(|()| unspaced(value)),
            (_, Property::Id) => guid(value),
            (_, Property::UserPrincipalName | Property::Mail) => plain(value).and_then(|()| address(value)),
            (_, Property::EmployeeId) => plain(value).and_then(|()| short(value, LONGEST_EMPLOYEE_ID)),
            (_, Property::Other(_)) => other(property.as_str(), value),
            _ => plain(value),
        };
        fit.map_err(|fault| told(property.as_str(), value, &fault))
    })
}

fn told(what: &str, text: &str, fault: &str) -> String {
    format!("the {what} {:?} {fault}", shown(text))
}

/// An attribute that is never a part of an address of Graph's.
fn other(name: &str, value: &str) -> Result<(), String> {
    visible(value)?;
    match name {
        "otherMails" | "onPremisesUserPrincipalName" => address(value),
        // Without a scheme (smtp:, x500:) it is a mail address.
        "proxyAddresses" if !value.contains(':') => address(value),
        _ => Ok(()),
    }
}

/// Nothing that could lead elsewhere when it travels in an address, and nothing that can't be seen.
fn plain(text: &str) -> Result<(), String> {
    visible(text)?;
    if let Some(found) = text.chars().find(|c| matches!(c, '/' | '\\')) {
        return Err(format!("holds a {found}"));
    }
    if text == "." || text.contains("..") {
        return Err("holds dots in a row, or nothing but one".into());
    }
    Ok(())
}

/// Something, not too long, without what can't be seen.
fn visible(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("is empty".into());
    }
    short(text, LONGEST)?;
    match text.chars().find(|c| c.is_control() || is_invisible(*c)) {
        Some(found) => Err(format!("holds the invisible character U+{:04X}", u32::from(found))),
        None => Ok(()),
    }
}

fn short(text: &str, most: usize) -> Result<(), String> {
    let length = text.chars().count();
    if length > most { Err(format!("has {length} characters; at most {most} are possible")) } else { Ok(()) }
}

fn unspaced(text: &str) -> Result<(), String> {
    if text.contains(char::is_whitespace) { Err("holds a space".into()) } else { Ok(()) }
}

fn guid(text: &str) -> Result<(), String> {
    let fits = text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    if fits { Ok(()) } else { Err("is not an object id, which is a GUID such as 12345678-90ab-cdef-1234-567890abcdef".into()) }
}

/// One `@` between a name and a domain.
fn address(text: &str) -> Result<(), String> {
    unspaced(text)?;
    let Some((local, domain)) = text.split_once('@').filter(|(local, domain)| !local.is_empty() && !domain.is_empty()) else {
        return Err("is not an address: it needs a name, one @ and a domain".into());
    };
    if domain.contains('@') {
        return Err("holds more than one @".into());
    }
    if local.starts_with('.') || local.ends_with('.') {
        return Err("has a dot at an end of the part before the @".into());
    }
    if let Some((_, last)) = domain.rsplit_once('.').filter(|(_, last)| ending::is_picture(last)) {
        return Err(format!("ends in .{}: does the file name have a double extension?", last.to_lowercase()));
    }
    let label = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
    // Without a dot it is what remains of "anna@contoso.com" when ".com" was taken for the file's extension.
    if domain.contains('.') && domain.split('.').all(label) {
        Ok(())
    } else {
        Err(format!("has no domain behind the @: {domain:?} is none"))
    }
}

/// A mailbox: `me`, an object id or an address.
fn owner(text: &str) -> Result<(), String> {
    plain(text)?;
    if text == "me" || guid(text).is_ok() { Ok(()) } else { address(text) }
}

/// Characters that change nothing to see, and so hide in names copied from elsewhere.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn shown(text: &str) -> String {
    if text.chars().count() > 60 { text.chars().take(60).chain(['…']).collect() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Property::{DisplayName, EmployeeId, Id, Mail, MailNickname, UserPrincipalName};

    #[test]
    fn what_nothing_can_be_called_is_told_apart() {
        let long = "x".repeat(257);
        for (property, value, word) in [
            (UserPrincipalName, "anna.o'neil+hr@contoso.com", ""),
            (UserPrincipalName, "anna_fabrikam.com#EXT#@contoso.onmicrosoft.com", ""),
            (UserPrincipalName, "anna", "one @"),
            (UserPrincipalName, "@contoso.com", "one @"),
            (UserPrincipalName, "a@b@c", "more than one @"),
            (UserPrincipalName, "a b@c.d", "a space"),
            (UserPrincipalName, "anna.@c.d", "a dot at an end"),
            (UserPrincipalName, "anna@c.d.JPG", "ends in .jpg"),
            (UserPrincipalName, "anna@c.d_thumb", "\"c.d_thumb\" is none"),
            (Mail, "a/../b@c.d", "holds a /"),
            (Mail, r"C\a@c.d", r"holds a \"),
            (Mail, "a..b@c.d", "dots in a row"),
            (Mail, "a\u{0}@c.d", "U+0000"),
            (Mail, "a\u{200b}@c.d", "U+200B"),
            (Id, "12345678-90AB-cdef-1234-567890abcdef", ""),
            (Id, "12345678", "not an object id"),
            (EmployeeId, "1234567890123456", ""),
            (EmployeeId, "12345678901234567", "at most 16"),
            (DisplayName, "Berg, Anna (HR)", ""),
            (DisplayName, &long, "at most 256"),
            (MailNickname, "..", "dots in a row"),
            (MailNickname, ".", "nothing but one"),
        ] {
            let found = check(&Reference::new(TargetKind::User, property, value)).err().unwrap_or_default();
            assert!(found.contains(word) && found.is_empty() == word.is_empty(), "{property} {value}: {found:?}");
        }
    }

    #[test]
    fn further_properties_are_looked_at_like_the_first() {
        let named = |name: &str, value: &str| {
            let reference = Reference::new(TargetKind::User, DisplayName, "Anna").and(name.parse().unwrap(), value);
            check(&reference).err().unwrap_or_default()
        };
        for (name, value, word) in [
            ("surname", "O'Neil-Böck / von Berg", ""),
            ("onPremisesImmutableId", "q/Az+..==", ""),
            ("proxyAddresses", "smtp:anna@contoso.com", ""),
            ("proxyAddresses", "x500:/o=Contoso/cn=anna", ""),
            ("proxyAddresses", "anna", "one @"),
            ("otherMails", "anna@", "one @"),
            ("extensionAttribute1", "a\u{1f}b", "U+001F"),
            ("extensionAttribute1", "", "is empty"),
        ] {
            let found = named(name, value);
            assert!(found.contains(word) && found.is_empty() == word.is_empty(), "{name} {value}: {found:?}");
        }
    }

    #[test]
    fn contacts_have_opaque_ids_and_an_owner() {
        let said = |owner: &str, folder, property, value| check(&Reference::contact(owner, folder, property, value)).err();
        assert_eq!(said("o@x.y", Some("Suppliers"), Id, "AAMkAGI2THVSAAA="), None);
        assert_eq!(said("me", None, Mail, "a@b.c"), None);
        assert_eq!(said("12345678-90ab-cdef-1234-567890abcdef", None, Mail, "a@b.c"), None);
        assert!(said("owner", None, Mail, "a@b.c").unwrap().starts_with("the owner \"owner\" is not an address"));
        assert_eq!(said("o@x.y", Some("Suppliers/North"), Mail, "a@b.c"), None);
        for folder in ["/a", "a/", "a//b"] {
            assert!(said("o@x.y", Some(folder), Mail, "a@b.c").unwrap().ends_with("is empty"), "{folder}");
        }
        assert!(said("o@x.y", Some("a/../b"), Mail, "a@b.c").unwrap().ends_with("holds dots in a row, or nothing but one"));
        assert!(said("o@x.y", None, Id, "A A").unwrap().contains("a space"));
    }
}
