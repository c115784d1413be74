//! What the pages of lists have in common: where they begin, how long they are, what they are called.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::call::Call;
use crate::emulator::query::{seal, unseal};
use crate::emulator::reply::Reply;
use crate::emulator::state::State;

/// The largest page; Microsoft's list pages say 999.
const LARGEST_PAGE: usize = 999;

pub(crate) fn context(state: &State, what: &str) -> String {
    format!("{}/v1.0/$metadata#{what}", state.root)
}

pub(crate) fn not_in_store() -> Reply {
    Reply::error(StatusCode::NOT_FOUND, "ErrorItemNotFound", "The specified object was not found in the store.")
}

/// Where a list continues, and how many entries a page holds.
pub(crate) fn page_of(state: &State, call: &Call) -> Result<(usize, u32), Reply> {
    const KNOWN: [&str; 6] = ["$select", "$filter", "$top", "$count", "$skiptoken", "$orderby"];
    if let Some(name) =
        call.query.names().find(|name| name.starts_with('$') && !KNOWN.iter().any(|known| known.eq_ignore_ascii_case(name)))
    {
        return Err(Reply::bad_request(&format!("'{name}' is not supported by the service.")));
    }
    let top = match call.query.get("$top").map(str::parse::<usize>) {
        None => state.settings.quirks.page_size.clamp(1, LARGEST_PAGE),
        Some(Ok(top)) if (1..=LARGEST_PAGE).contains(&top) => top,
        Some(_) => return Err(Reply::bad_request("Invalid page size specified. Must be between 1 and 999 inclusive.")),
    };
    let from = match call.query.get("$skiptoken") {
        None => 0,
        Some(token) => unseal(token).and_then(|numbers| u32::try_from(*numbers.first()?).ok()).ok_or_else(|| {
            Reply::error(StatusCode::BAD_REQUEST, "Directory_ExpiredPageToken", "The specified page token value has expired.")
        })?,
    };
    Ok((top, from))
}

pub(crate) fn next_link(state: &State, call: &Call, at: u32) -> Value {
    json!(format!("{}{}?{}", state.root, call.path, call.query.link(&[], "$skiptoken", &seal(&[at.into()]))))
}
