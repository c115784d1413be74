//! The server's own two pages, for people and for tests in another process. They need no token.

use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::reply::Reply;
use super::state::State;
use super::tenant::{Photo, Slot};

/// Answers paths under `/emulator/`; none for all others.
pub(crate) fn answer(state: &State, parts: &Parts) -> Option<Reply> {
    let page = parts.uri.path().strip_prefix("/emulator/")?;
    Some(match page {
        _ if parts.method != Method::GET => Reply::wrong_method(),
        "requests" => {
            let records = state.log().all();
            Reply::json(json!(records))
        }
        "photos" => Reply::json(Value::Array(photos(state))),
        _ => Reply::error(StatusCode::NOT_FOUND, "NotFound", "There are /emulator/requests and /emulator/photos."),
    })
}

fn photos(state: &State) -> Vec<Value> {
    let all = state.read().photos.all();
    let slots: Vec<_> = all.iter().map(|(slot, _)| *slot).collect();
    let labels = state.labels(&slots);
    let tenant = state.read();
    let show = |(slot, photo): &(Slot, Photo)| {
        let entry = tenant.rows.get(slot.at as usize).map(|row| &row.entry);
        json!({
            "kind": slot.kind.as_str(),
            "id": entry.map(|entry| &*entry.id),
            "owner": entry.and_then(|entry| entry.owner.as_deref()),
            "label": labels.get(slot),
            "bytes": photo.length,
            "uploads": photo.uploads,
            "width": photo.width,
            "height": photo.height,
        })
    };
    let mut shown: Vec<Value> = all.iter().map(show).collect();
    drop(tenant);
    // The copies share their bytes with the tenant, so the hashing needs no lock.
    for (value, (_, photo)) in shown.iter_mut().zip(&all) {
        value["blake3"] = json!((!photo.body.is_empty()).then(|| blake3::hash(&photo.body).to_hex().to_string()));
    }
    shown
}
