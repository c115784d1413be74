//! Delta queries: everything once, then what changed since.

use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use super::call::Call;
use super::page::context;
use super::select::Select;
use crate::emulator::query::{seal, unseal};
use crate::emulator::reply::Reply;
use crate::emulator::state::State;
use crate::emulator::tenant::{DeltaExpiry, EntryKind, Tenant};
use crate::model::Timestamp;

/// One walk over the rows: from which change, at which row, up to which change the next link will stand for.
struct Walk {
    since: u64,
    row: usize,
    upto: u64,
}

pub(crate) fn answer(state: &State, call: &Call, tenant: &Tenant, kind: EntryKind) -> Result<Reply, Reply> {
    const REFUSED: [&str; 4] = ["$top", "$orderby", "$expand", "$filter"];
    if let Some(name) = call.query.names().find(|name| REFUSED.iter().any(|other| other.eq_ignore_ascii_case(name))) {
        return Err(Reply::bad_request(&format!("'{name}' is not supported on delta queries here.")));
    }
    let select = Select::of(call, &[kind])?;
    let now = state.clock.now();
    let mut walk = Walk { since: 0, row: 0, upto: tenant.changes };
    if let Some(token) = call.query.get("$skiptoken") {
        let numbers = unseal(token).filter(|numbers| numbers.len() == 4).ok_or_else(|| stale(state, call))?;
        fresh(state, call, numbers[3], now)?;
        walk = Walk { since: numbers[0], row: usize::try_from(numbers[1]).unwrap_or(usize::MAX), upto: numbers[2] };
    } else if let Some(token) = call.query.get("$deltatoken") {
        if token.eq_ignore_ascii_case("latest") {
            walk.row = usize::MAX;
        } else {
            let numbers = unseal(token).filter(|numbers| numbers.len() == 2).ok_or_else(|| stale(state, call))?;
            fresh(state, call, numbers[1], now)?;
            walk.since = numbers[0];
        }
    }
    let size = state.settings.quirks.page_size.max(1);
    let mut value = Vec::new();
    let mut next = None;
    for (at, row) in tenant.rows.iter().enumerate().skip(walk.row) {
        if row.entry.kind != kind || row.changed <= walk.since || (row.removed && walk.since == 0) {
            continue;
        }
        if value.len() == size {
            next = Some(at);
            break;
        }
        value.push(if row.removed {
            json!({ "id": &*row.entry.id, "@removed": { "reason": "deleted" } })
        } else {
            Value::Object(select.show(&row.entry))
        });
    }
    let what = if kind == EntryKind::User { "users" } else { "groups" };
    let mut body = json!({ "@odata.context": context(state, what), "value": value });
    let issued = u64::try_from(now.millis()).unwrap_or(0);
    let (name, link) = match next {
        Some(at) => {
            let token = seal(&[walk.since, u64::try_from(at).unwrap_or(u64::MAX), walk.upto, issued]);
            ("@odata.nextLink", call.query.link(&["$deltatoken"], "$skiptoken", &token))
        }
        None => ("@odata.deltaLink", call.query.link(&["$skiptoken"], "$deltatoken", &seal(&[walk.upto, issued]))),
    };
    body[name] = json!(format!("{}{}?{link}", state.root, call.path));
    Ok(Reply::json(body))
}

fn fresh(state: &State, call: &Call, issued: u64, now: Timestamp) -> Result<(), Reply> {
    let issued = Timestamp::from_millis(i64::try_from(issued).unwrap_or(0));
    if now.since(issued) <= state.settings.quirks.delta_lifetime { Ok(()) } else { Err(stale(state, call)) }
}

fn stale(state: &State, call: &Call) -> Reply {
    let code = "syncStateNotFound";
    let message = "The sync state generation is not found; synchronize again from the beginning.";
    match state.settings.quirks.delta_expiry {
        DeltaExpiry::SyncStateNotFound => Reply::error(StatusCode::BAD_REQUEST, code, message),
        DeltaExpiry::Gone => {
            let again = call.query.link(&["$deltatoken", "$skiptoken"], "$deltatoken", "");
            let again = again.trim_end_matches("$deltatoken=").trim_end_matches('&');
            let link = format!("{}{}?{again}", state.root, call.path);
            Reply::error(StatusCode::GONE, code, message).with_header(header::LOCATION, link.trim_end_matches('?'))
        }
    }
}
