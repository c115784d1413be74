//! The server's own two pages, for people and for tests in another process. They need no token.

use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::reply::Reply;
use super::shared::Shared;

/// Answers paths under `/emulator/`; none for all others.
pub(super) fn answer(shared: &Shared, parts: &Parts) -> Option<Reply> {
    let page = parts.uri.path().strip_prefix("/emulator/")?;
    Some(match page {
        _ if parts.method != Method::GET => Reply::wrong_method(),
        "requests" => {
            let records = shared.log().all();
            Reply::json(json!(records))
        }
        "photos" => Reply::json(Value::Array(photos(shared))),
        _ => Reply::error(StatusCode::NOT_FOUND, "NotFound", "There are /emulator/requests and /emulator/photos."),
    })
}

fn photos(shared: &Shared) -> Vec<Value> {
    // The copies share their bytes with the tenant; hashing goes on without the lock.
    let all = shared.read().photos.all();
    let slots: Vec<_> = all.iter().map(|(slot, _)| *slot).collect();
    let labels = shared.labels(&slots);
    let tenant_ids: Vec<_> = {
        let tenant = shared.read();
        let ids = |at: u32| tenant.rows.get(at as usize).map(|row| (row.entry.id.clone(), row.entry.owner.clone()));
        slots.iter().map(|slot| ids(slot.at).unwrap_or_else(|| ("".into(), None))).collect()
    };
    let show = |((slot, photo), (id, owner)): (_, (std::sync::Arc<str>, Option<std::sync::Arc<str>>))| {
        let (slot, photo): (super::photos::Slot, super::photos::Photo) = (slot, photo);
        json!({
            "kind": slot.kind.as_str(),
            "id": &*id,
            "owner": owner.as_deref(),
            "label": labels.get(&slot),
            "bytes": photo.length,
            "blake3": (!photo.body.is_empty()).then(|| blake3::hash(&photo.body).to_hex().to_string()),
            "uploads": photo.uploads,
            "width": photo.width,
            "height": photo.height,
        })
    };
    all.into_iter().map(|(slot, photo)| (slot, photo)).zip(tenant_ids).map(show).collect()
}
