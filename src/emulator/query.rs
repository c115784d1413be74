//! Query strings, forms and opaque page positions.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// What must be encoded again when a query goes into a link.
const LINK: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'&').add(b'+').add(b'<').add(b'>').add(b'%').add(b'=').add(b'\'');

/// Decoded pairs of a query or form, in order.
#[derive(Clone, Default, Debug)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(text: &str) -> Self {
        let decode = |part: &str| {
            let spaced: Cow<'_, str> = if part.contains('+') { part.replace('+', " ").into() } else { part.into() };
            percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
        };
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| pair.split_once('=').map_or_else(|| (decode(pair), String::new()), |(k, v)| (decode(k), decode(v))))
                .collect(),
        )
    }

    /// The value under a name; names of system options compare without case.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(key, _)| key.as_str())
    }

    /// Path and query as one text.
    pub(crate) fn text(&self, path: &str) -> String {
        let pairs: Vec<String> = self.0.iter().map(|(key, value)| format!("{key}={value}")).collect();
        if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
    }

    /// The query as text, without `dropped` and with one more pair.
    pub(crate) fn link(&self, dropped: &[&str], name: &str, value: &str) -> String {
        let kept = self.0.iter().filter(|(key, _)| !dropped.iter().chain([&name]).any(|other| key.eq_ignore_ascii_case(other)));
        let pairs = kept.map(|(key, value)| (key.as_str(), value.as_str())).chain([(name, value)]);
        let encode = |(key, value)| format!("{}={}", utf8_percent_encode(key, LINK), utf8_percent_encode(value, LINK));
        pairs.map(encode).collect::<Vec<_>>().join("&")
    }
}

/// Numbers packed into a text that a client can't mistake for anything but a token.
pub(crate) fn seal(numbers: &[u64]) -> String {
    let text: Vec<String> = numbers.iter().map(u64::to_string).collect();
    URL_SAFE_NO_PAD.encode(format!("emulator:{}", text.join(":")))
}

/// The numbers of a token that [`seal`] made.
pub(crate) fn unseal(token: &str) -> Option<Vec<u64>> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    text.strip_prefix("emulator:")?.split(':').map(|number| number.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_and_links() {
        let query = Query::parse("$filter=mail+eq+'o%27%27n%2Bx@c.com'&%24top=2&x");
        assert_eq!(query.get("$filter"), Some("mail eq 'o''n+x@c.com'"));
        assert_eq!(query.get("$TOP"), Some("2"));
        let again = query.link(&["x"], "$skiptoken", "a=b");
        let parsed = Query::parse(&again);
        assert_eq!(parsed.get("$filter"), query.get("$filter"));
        assert_eq!(parsed.get("$skiptoken"), Some("a=b"));
        assert_eq!(parsed.get("x"), None);
    }

    #[test]
    fn tokens_come_back_and_strangers_do_not() {
        assert_eq!(unseal(&seal(&[1, 22])), Some(vec![1, 22]));
        assert_eq!(unseal("latest"), None);
    }
}
