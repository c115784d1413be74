//! Ids made from what an object is called: the same everywhere, and of the form that Graph's have.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

fn digest(parts: &[&str]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(part.as_bytes());
        hasher.update(b"\0");
    }
    hasher.finalize()
}

/// A GUID that depends on its parts only.
pub(crate) fn guid(parts: &[&str]) -> String {
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(digest(parts).as_bytes()) {
        *to = *from;
    }
    uuid::Builder::from_custom_bytes(bytes).into_uuid().to_string()
}

/// An Outlook-like id: opaque and case-sensitive.
pub(crate) fn opaque(parts: &[&str]) -> String {
    format!("AAMkAG{}=", URL_SAFE_NO_PAD.encode(digest(parts).as_bytes()))
}

pub(crate) fn is_guid(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}
