//! Reads of the directory: single objects and pages of lists.

use axum::http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::call::Call;
use super::filter::ODataFilter;
use super::page::{context, next_link, not_in_store, page_of};
use super::route::{Person, Route};
use super::select::Select;
use super::{delta, members};
use crate::emulator::entra::Act;
use crate::emulator::reply::Reply;
use crate::emulator::state::State;
use crate::emulator::tenant::{EntryKind, Listing, NOWHERE, TeamState, Tenant, guid};

/// Answers everything but photos and batches.
pub(crate) fn answer(state: &State, call: &Call, route: &Route) -> Reply {
    if call.method != Method::GET {
        return Reply::wrong_method();
    }
    read(state, call, route).unwrap_or_else(|refusal| refusal)
}

fn read(state: &State, call: &Call, route: &Route) -> Result<Reply, Reply> {
    let roles = call.token.roles.as_deref();
    let act = match route {
        Route::Users | Route::User(Person::Named(_)) | Route::UsersDelta => Some(Act::Users),
        Route::Groups | Route::Group(_) | Route::GroupsDelta | Route::Members { .. } | Route::Team(_) => Some(Act::Groups),
        Route::Contacts { .. } | Route::Contact { .. } | Route::Folders { .. } | Route::Folder { .. } => Some(Act::Contacts),
        Route::PhotoPolicy => Some(Act::PhotoPolicy),
        _ => None,
    };
    act.map_or(Ok(()), |act| act.check(roles))?;
    let tenant = state.read();
    match route {
        Route::Users => list(state, call, &tenant, EntryKind::User, Listing::DIRECTORY),
        Route::Groups => list(state, call, &tenant, EntryKind::Group, Listing::DIRECTORY),
        Route::User(who) => one(call, &tenant, EntryKind::User, Some(call.person(&tenant, who)?), ""),
        Route::Group(id) => one(call, &tenant, EntryKind::Group, tenant.group(id), id),
        Route::Team(id) => team(&tenant, id),
        Route::Contacts { owner, folder } => {
            let place = place(call, &tenant, owner, folder.as_deref())?;
            list(state, call, &tenant, EntryKind::Contact, place)
        }
        Route::Folders { owner, above } => {
            let place = place(call, &tenant, owner, above.as_deref())?;
            list(state, call, &tenant, EntryKind::Folder, place)
        }
        Route::Contact { owner, id, .. } => owned(call, &tenant, EntryKind::Contact, owner, id),
        Route::Folder { owner, id } => owned(call, &tenant, EntryKind::Folder, owner, id),
        Route::Organization => {
            let organization = json!({ "id": guid(&["organization"]), "displayName": tenant.organization });
            Ok(Reply::json(json!({ "@odata.context": context(state, "organization"), "value": [organization] })))
        }
        Route::PhotoPolicy => {
            let source = if state.settings.quirks.on_premises_photos { json!("onPremises") } else { json!("") };
            let context = format!("{}/beta/$metadata#admin/people/photoUpdateSettings/$entity", state.root);
            Ok(Reply::json(json!({ "@odata.context": context, "source": source, "allowedRoles": [] })))
        }
        Route::Members { group, transitive, users_only } => members::list(state, call, &tenant, group, *transitive, *users_only),
        Route::UsersDelta => delta::answer(state, call, &tenant, EntryKind::User),
        Route::GroupsDelta => delta::answer(state, call, &tenant, EntryKind::Group),
        Route::Photo(..) | Route::Batch => Err(Reply::wrong_method()),
    }
}

fn place(call: &Call, tenant: &Tenant, owner: &Person, folder: Option<&str>) -> Result<Listing, Reply> {
    let owner = call.person(tenant, owner)?;
    let folder = match folder {
        None | Some("default" | "contacts") => NOWHERE,
        Some(id) => tenant.locate(id).filter(|at| tenant.is(*at, EntryKind::Folder)).ok_or_else(not_in_store)?,
    };
    Ok(Listing { owner, folder })
}

fn owned(call: &Call, tenant: &Tenant, kind: EntryKind, owner: &Person, id: &str) -> Result<Reply, Reply> {
    let owner = call.person(tenant, owner)?;
    let owner_id = tenant.id_of(owner);
    let mine = |at: &u32| tenant.entry(*at).is_some_and(|entry| entry.kind == kind && entry.owner.as_ref() == Some(&owner_id));
    let at = tenant.locate(id).filter(mine).ok_or_else(not_in_store)?;
    one(call, tenant, kind, Some(at), id)
}

fn one(call: &Call, tenant: &Tenant, kind: EntryKind, at: Option<u32>, name: &str) -> Result<Reply, Reply> {
    let select = Select::of(call, &[kind])?;
    let entry = at.and_then(|at| tenant.entry(at)).ok_or_else(|| Reply::no_resource(name))?;
    Ok(Reply::json(Value::Object(select.show(entry))))
}

fn team(tenant: &Tenant, id: &str) -> Result<Reply, Reply> {
    let group = tenant.group(id).and_then(|at| tenant.entry(at)).filter(|group| group.team != TeamState::Absent);
    let group =
        group.ok_or_else(|| Reply::error(StatusCode::NOT_FOUND, "NotFound", &format!("No team found with Group Id {id}")))?;
    Ok(Reply::json(json!({ "id": &*group.id, "displayName": group.display_name, "isArchived": false })))
}

fn list(state: &State, call: &Call, tenant: &Tenant, kind: EntryKind, place: Listing) -> Result<Reply, Reply> {
    let (top, from) = page_of(state, call)?;
    let select = Select::of(call, &[kind])?;
    let counted = call.query.get("$count") == Some("true");
    let eventual = call.headers.get("consistencylevel").is_some_and(|level| level.as_bytes().eq_ignore_ascii_case(b"eventual"));
    let filter = call.query.get("$filter").map(|text| ODataFilter::parse(text, kind, counted && eventual)).transpose();
    let filter = filter.map_err(|error| Reply::error(StatusCode::BAD_REQUEST, error.code, &error.message))?;
    let found = filter.as_ref().and_then(|filter| filter.candidates(tenant, kind, place));
    let candidates: Box<dyn Iterator<Item = u32>> = match &found {
        Some(found) => Box::new(found.iter().copied()),
        None if place == Listing::DIRECTORY => Box::new(0..u32::try_from(tenant.rows.len()).unwrap_or(u32::MAX)),
        None => Box::new(tenant.children(kind, place).iter().copied()),
    };
    let passing = candidates.filter_map(|at| Some((at, tenant.entry(at)?)));
    let passing = passing.filter(|(_, entry)| entry.kind == kind && filter.as_ref().is_none_or(|filter| filter.passes(entry)));
    let mut body = Map::new();
    let mut value = Vec::new();
    let mut next = None;
    let mut count = 0_usize;
    let whole = counted && from == 0;
    for (at, entry) in passing {
        count += 1;
        if at < from {
            continue;
        }
        if value.len() < top {
            value.push(Value::Object(select.show(entry)));
        } else {
            next = next.or(Some(at));
            if !whole {
                break;
            }
        }
    }
    let what = match kind {
        EntryKind::User => "users",
        EntryKind::Group => "groups",
        EntryKind::Contact => "contacts",
        EntryKind::Folder => "contactFolders",
    };
    body.insert("@odata.context".to_owned(), json!(context(state, what)));
    if whole {
        body.insert("@odata.count".to_owned(), json!(count));
    }
    if let Some(at) = next {
        body.insert("@odata.nextLink".to_owned(), next_link(state, call, at));
    }
    body.insert("value".to_owned(), Value::Array(value));
    Ok(Reply::json(Value::Object(body)))
}
