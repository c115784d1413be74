//! Reads the error document that Graph sends, in all the shapes it comes in.
//!
//! `{"error": {"code", "message", "details", "innerError" or "innererror"}}`, nested; now and then the real
//! document is a JSON text inside `message`, with `errorCode` for `code`, or only the name of an exception class stands
//! there (msgraph-beta-sdk-dotnet#388, microsoft-graph-toolkit#1467).

use serde_json::Value;

use crate::model::plain;

/// Nesting deeper than this is not looked at.
const DEEPEST: usize = 8;
/// Longest message kept, in characters.
const LONGEST_MESSAGE: usize = 200;
/// Longest code.
const LONGEST_CODE: usize = 120;
/// Longest id of a request; Graph's have 36 letters.
const LONGEST_REQUEST_ID: usize = 100;

/// What the document says.
#[derive(Debug, Default, PartialEq)]
pub(super) struct ErrorBody {
    /// Every code, outermost first.
    pub(super) codes: Vec<String>,
    /// The code on the outside of a document in Graph's own shape; none for any other document.
    pub(super) outermost: Option<String>,
    /// The document has the shape that Graph gives to its errors. Gateways and proxies speak JSON, too, in other shapes.
    pub(super) is_graphs: bool,
    /// The most telling message, cut short, without quoted values and mail addresses.
    pub(super) message: String,
    /// `request-id` of an inner error.
    pub(super) request_id: Option<String>,
}

impl ErrorBody {
    /// Takes what can be understood; an empty result if nothing can.
    pub(super) fn read(body: &[u8]) -> Self {
        let mut found = Self::default();
        if let Ok(document) = serde_json::from_slice::<Value>(body) {
            found.document(&document, 0);
            if let Some(error) = envelope(&document).filter(|error| error.is_object()) {
                let code = field(error, "code").and_then(Value::as_str).map(str::trim);
                found.is_graphs = code.is_some() || field(error, "message").is_some();
                found.outermost = code.filter(|code| is_code(code)).map(str::to_owned);
            }
        }
        found.message = tidy(&found.message);
        found
    }

    /// The codes in the order they are asked: the outermost, then from the innermost outward.
    pub(super) fn by_weight(&self) -> impl Iterator<Item = &str> {
        self.codes.first().into_iter().chain(self.codes.iter().skip(1).rev()).map(String::as_str)
    }

    fn document(&mut self, document: &Value, depth: usize) {
        match envelope(document) {
            Some(Value::String(code)) => {
                self.code(code);
                self.message(field(document, "error_description").unwrap_or(&Value::Null), depth);
            }
            Some(error) => self.error(error, depth),
            None => self.error(document, depth),
        }
    }

    fn error(&mut self, error: &Value, depth: usize) {
        if depth >= DEEPEST {
            return;
        }
        for code in ["code", "errorCode"] {
            if let Some(code) = field(error, code).and_then(Value::as_str) {
                self.code(code);
            }
        }
        if let Some(message) = field(error, "message") {
            self.message(message, depth);
        }
        let id = field(error, "request-id").or_else(|| field(error, "requestId")).and_then(Value::as_str);
        self.request_id = self.request_id.take().or_else(|| request_id(id?));
        for detail in field(error, "details").and_then(Value::as_array).into_iter().flatten().take(10) {
            if let Some(code) = field(detail, "code").and_then(Value::as_str) {
                self.code(code);
            }
        }
        match field(error, "innerError") {
            Some(text @ Value::String(_)) => self.message(text, depth + 1),
            Some(inner) => self.document(inner, depth + 1),
            None => {}
        }
    }

    fn message(&mut self, message: &Value, depth: usize) {
        // Some services put {"lang": …, "value": …} here.
        let text = message.as_str().or_else(|| field(message, "value").and_then(Value::as_str)).unwrap_or_default().trim();
        if depth >= DEEPEST {
            return;
        }
        match wrapped(text) {
            Some(inner @ Value::String(_)) => return self.message(&inner, depth + 1),
            Some(inner) => return self.document(&inner, depth + 1),
            None => {}
        }
        if let Some(name) = exception_name(text) {
            self.code(name);
        }
        if self.message.is_empty() {
            text.clone_into(&mut self.message);
        }
    }

    fn code(&mut self, code: &str) {
        let code = code.trim();
        if is_code(code) && !self.codes.iter().any(|known| known == code) {
            self.codes.push(code.to_owned());
        }
    }
}

/// Whether a text can be a code: one word, or a few as `-1, Microsoft.SharePoint.Client.…`. Codes go into lines of logs.
pub(super) fn is_code(text: &str) -> bool {
    let of_code = |byte: u8| byte.is_ascii_alphanumeric() || b"_.,:- ".contains(&byte);
    (1..=LONGEST_CODE).contains(&text.len()) && text.bytes().all(of_code)
}

/// An id of a request, of the letters that ids have.
pub(super) fn request_id(text: &str) -> Option<String> {
    let of_id = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:|=".contains(&byte);
    ((1..=LONGEST_REQUEST_ID).contains(&text.len()) && text.bytes().all(of_id)).then(|| text.to_owned())
}

/// What an error document is wrapped in; the directory's older services write `odata.error`.
fn envelope(document: &Value) -> Option<&Value> {
    field(document, "error").or_else(|| field(document, "odata.error"))
}

/// The JSON document that a message holds, as a whole or behind some words.
fn wrapped(text: &str) -> Option<Value> {
    let whole = if text.starts_with('"') { Some(text) } else { None };
    let object = || text.get(text.find('{')?..=text.rfind('}')?);
    let inner: Value = serde_json::from_str(whole.or_else(object)?).ok()?;
    (inner.is_object() || inner.is_string()).then_some(inner)
}

/// Keys differ in case between services (`innerError`, `innererror`, `Code`).
fn field<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    object.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// `Exception of type 'Microsoft.Fast.Profile.Core.Exception.ImageNotFoundException' was thrown.` → `ImageNotFoundException`
fn exception_name(message: &str) -> Option<&str> {
    let class = message.strip_prefix("Exception of type '")?.split('\'').next()?;
    class.rsplit('.').next()
}

/// Cut short, with quoted values and mail addresses blanked: messages go to logs, names don't.
pub(super) fn tidy(message: &str) -> String {
    let mut out = String::with_capacity(message.len().min(LONGEST_MESSAGE + 8));
    for word in message.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&if word.contains('@') { "…".into() } else { plain(word) });
        if out.len() > 8 * LONGEST_MESSAGE {
            break;
        }
    }
    let parts: Vec<&str> = out.split('\'').collect();
    let blanked: String = if parts.len() < 3 {
        out
    } else {
        let quoted = |at: usize| at % 2 == 1 && at + 1 < parts.len();
        parts.iter().enumerate().map(|(at, part)| if quoted(at) { "'…'".to_owned() } else { (*part).to_owned() }).collect()
    };
    if blanked.chars().count() <= LONGEST_MESSAGE {
        return blanked;
    }
    let mut cut: String = blanked.chars().take(LONGEST_MESSAGE).collect();
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(body: &str) -> Vec<String> {
        ErrorBody::read(body.as_bytes()).codes
    }

    #[test]
    fn codes_are_found_in_every_shape() {
        for (body, expected) in [
            (r#"{"error":{"code":"A","message":"m"}}"#, vec!["A"]),
            (r#"{"error":{"code":"A","innerError":{"code":"B","innererror":{"code":"C"}}}}"#, vec!["A", "B", "C"]),
            (r#"{"error":{"code":"","message":"{\"error\":{\"code\":\"B\",\"message\":\"x\"}}"}}"#, vec!["B"]),
            (r#"{"error":{"code":"UnknownError","message":"{\"Code\":\"B\"}"}}"#, vec!["UnknownError", "B"]),
            (r#"{"error":{"code":"A","details":[{"code":"D"}]}}"#, vec!["A", "D"]),
            (r#"{"error":{"code":"A","message":"Exception of type 'X.Y.ZException' was thrown."}}"#, vec!["A", "ZException"]),
            (r#"{"code":"A","message":"no envelope"}"#, vec!["A"]),
            (r#"{"error":"invalid_client","error_description":"AADSTS7000215: no"}"#, vec!["invalid_client"]),
            (
                r#"{"error":{"code":"UnknownError","message":"{\"errorCode\":\"B\",\"message\":\"x\"}"}}"#,
                vec!["UnknownError", "B"],
            ),
            (r#"{"error":{"code":"A","message":"Failed: {\"error\":{\"code\":\"B\"}}"}}"#, vec!["A", "B"]),
            (r#"{"error":{"code":"A","message":"\"{\\\"code\\\":\\\"B\\\"}\""}}"#, vec!["A", "B"]),
            (r#"{"error":{"code":"A","message":"{\"error\":\"b\",\"error_description\":\"x\"}"}}"#, vec!["A", "b"]),
            (r#"{"error":{"code":"A","innererror":{"error":{"code":"B"}}}}"#, vec!["A", "B"]),
            (r#"{"odata.error":{"code":"A","message":{"lang":"en","value":"no"}}}"#, vec!["A"]),
            ("", vec![]),
            ("[]", vec![]),
            ("<html>", vec![]),
            (r#"{"error":null}"#, vec![]),
        ] {
            assert_eq!(codes(body), expected, "{body}");
        }
    }

    #[test]
    fn only_graphs_own_shape_is_graphs_word() {
        for (body, is_graphs, outermost) in [
            (r#"{"error":{"code":"A","message":"m"}}"#, true, Some("A")),
            (r#"{"odata.error":{"code":"A","message":{"lang":"en","value":"m"}}}"#, true, Some("A")),
            (r#"{"error":{"code":"","message":"{\"code\":\"B\"}"}}"#, true, None),
            (r#"{"error":{"message":"Exception of type 'X.YException' was thrown."}}"#, true, None),
            (r#"{"code":"A","message":"m"}"#, false, None),
            (r#"{"statusCode":404,"message":"Resource not found"}"#, false, None),
            (r#"{"error":"A","error_description":"m"}"#, false, None),
            (r#"{"error":{}}"#, false, None),
            (r#"{"error":[{"code":"A"}]}"#, false, None),
            ("<html>", false, None),
            ("", false, None),
        ] {
            let read = ErrorBody::read(body.as_bytes());
            assert_eq!((read.is_graphs, read.outermost.as_deref()), (is_graphs, outermost), "{body}");
        }
    }

    #[test]
    fn messages_carry_no_names() {
        let body = r#"{"error":{"code":"A","message":"Resource 'anna' of bob@contoso.com isn't there."}}"#;
        let read = ErrorBody::read(body.as_bytes());
        assert!(!read.message.contains("anna") && !read.message.contains("bob"), "{}", read.message);
        assert_eq!(tidy("It isn't there"), "It isn't there");
        assert!(tidy(&"x".repeat(9000)).chars().count() < 210);
    }

    #[test]
    fn the_outermost_code_is_asked_first_then_the_innermost() {
        let body = ErrorBody { codes: vec!["A".into(), "B".into(), "C".into()], ..ErrorBody::default() };
        assert_eq!(body.by_weight().collect::<Vec<_>>(), ["A", "C", "B"]);
    }

    #[test]
    fn deep_nesting_ends() {
        let mut body = r#"{"code":"X"}"#.to_owned();
        for _ in 0..100 {
            body = format!(r#"{{"code":"Y","innerError":{body}}}"#);
        }
        assert_eq!(codes(&format!(r#"{{"error":{body}}}"#)), ["Y"]);
    }
}
