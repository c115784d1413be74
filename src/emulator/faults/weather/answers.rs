//! The answers that accidents give: of the service itself, of a proxy before it, or of something confused.

use axum::http::StatusCode;
use serde_json::json;

use super::reader::FromText;
use super::scope::Purpose;
use super::units::one_of;
use crate::emulator::reply::Reply;
use crate::model::Timestamp;

/// The error document of Graph, or of the sign-in host where a token was asked for.
pub(super) fn error(status: StatusCode, code: Option<&str>, message: Option<&str>, purpose: Purpose, now: Timestamp) -> Reply {
    if purpose == Purpose::SignIn {
        return sign_in_error(status, code, message, now);
    }
    let code = code.unwrap_or(match status.as_u16() {
        401 => "InvalidAuthenticationToken",
        403 => "ErrorAccessDenied",
        429 => "TooManyRequests",
        500 => "InternalServerError",
        503 => "ServiceUnavailable",
        _ => "UnknownError",
    });
    let message = message.unwrap_or(match status.as_u16() {
        401 => "Access token validation failure.",
        403 => "Access is denied. Check credentials and try again.",
        429 => "Please retry again later.",
        503 => "The service is unavailable.",
        _ => "",
    });
    Reply::error(status, code, message)
}

fn sign_in_error(status: StatusCode, code: Option<&str>, message: Option<&str>, now: Timestamp) -> Reply {
    let code = code.unwrap_or("AADSTS90033");
    let message = message.unwrap_or("A transient error has occurred. Please try again.");
    let number: Option<u32> = code.strip_prefix("AADSTS").and_then(|number| number.parse().ok());
    let word = match status.as_u16() {
        401 => "invalid_client",
        400..=499 => "invalid_request",
        _ => "temporarily_unavailable",
    };
    let mut reply = Reply::json(json!({
        "error": word,
        "error_description": format!("{code}: {message} Timestamp: {now}"),
        "error_codes": number.into_iter().collect::<Vec<_>>(),
        "timestamp": now.to_string(),
    }));
    reply.status = status;
    reply
}

/// What a proxy or a captive portal puts before the service.
pub(super) fn page(status: StatusCode) -> Reply {
    let reason = status.canonical_reason().unwrap_or("Error");
    let text = format!(
        "<!DOCTYPE html><html><head><title>{0} {reason}</title></head><body><h1>{0} {reason}</h1><hr>proxy</body></html>\n",
        status.as_u16()
    );
    let mut reply = Reply::raw("text/html; charset=utf-8", text.into());
    reply.status = status;
    reply
}

/// JSON that nobody asked for, with status 200.
#[derive(Clone, Copy, Debug)]
pub(super) enum WrongJson {
    /// It ends in the middle.
    Broken,
    /// An object without a property.
    Empty,
    /// Well formed, of another shape.
    Foreign,
}

impl FromText for WrongJson {
    const EXPECTED: &'static str = "broken, empty or foreign";

    fn from_text(text: &str) -> Result<Self, String> {
        one_of(text, [("broken", Self::Broken), ("empty", Self::Empty), ("foreign", Self::Foreign)])
    }
}

impl WrongJson {
    pub(super) fn reply(self) -> Reply {
        let text = match self {
            Self::Broken => r#"{"value":[{"id":"00000000-"#,
            Self::Empty => "{}",
            Self::Foreign => r#"[{"id":7,"value":"none"}]"#,
        };
        Reply::raw("application/json", text.into())
    }
}
