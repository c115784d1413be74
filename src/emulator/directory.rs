//! Reads of the directory: single objects and pages of lists.

use axum::http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::entry::{Entry, EntryKind, TeamState};
use super::filter::Filter;
use super::members;
use super::permissions::Act;
use super::query::{seal, unseal};
use super::reply::Reply;
use super::route::{Person, Route};
use super::shared::{Call, Shared};
use super::tenant::{NOWHERE, Place, Tenant};

/// The largest page; Microsoft's list pages say 999.
const LARGEST_PAGE: usize = 999;

const USER_DEFAULT: [&str; 11] = [
    "businessPhones",
    "displayName",
    "givenName",
    "id",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
];
const USER_MORE: [&str; 10] = [
    "accountEnabled",
    "userType",
    "employeeId",
    "mailNickname",
    "onPremisesSamAccountName",
    "onPremisesSyncEnabled",
    "createdDateTime",
    "proxyAddresses",
    "otherMails",
    "department",
];
const GROUP_DEFAULT: [&str; 9] = [
    "id",
    "createdDateTime",
    "displayName",
    "groupTypes",
    "mail",
    "mailEnabled",
    "mailNickname",
    "resourceProvisioningOptions",
    "securityEnabled",
];
const GROUP_MORE: [&str; 3] = ["proxyAddresses", "description", "visibility"];
const CONTACT_DEFAULT: [&str; 4] = ["id", "displayName", "emailAddresses", "parentFolderId"];
const CONTACT_MORE: [&str; 3] = ["createdDateTime", "givenName", "surname"];
const FOLDER_DEFAULT: [&str; 3] = ["id", "displayName", "parentFolderId"];

/// The properties of an answer.
pub(super) struct Select(Option<Vec<String>>);

impl Select {
    pub(super) fn of(call: &Call, kinds: &[EntryKind]) -> Result<Self, Reply> {
        let Some(text) = call.query.get("$select") else { return Ok(Self(None)) };
        let names: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
        for name in &names {
            let known = |kind: &EntryKind| {
                let (usual, more) = properties(*kind);
                usual.contains(&name.as_str()) || more.contains(&name.as_str())
            };
            if !kinds.iter().any(known) {
                let kind = kinds.first().map_or("microsoft.graph.directoryObject", |kind| kind.odata());
                let message =
                    format!("Parsing OData Select and Expand failed: Could not find a property named '{name}' on type '{kind}'.");
                return Err(Reply::bad_request(&message));
            }
        }
        Ok(Self(Some(names)))
    }

    pub(super) fn show(&self, entry: &Entry) -> Map<String, Value> {
        let pair = |name: &str| (name.to_owned(), entry.json(name));
        match &self.0 {
            None => properties(entry.kind).0.iter().map(|name| pair(name)).collect(),
            // The id comes along whether asked for or not.
            Some(names) => names.iter().map(String::as_str).chain(["id"]).map(pair).collect(),
        }
    }
}

fn properties(kind: EntryKind) -> (&'static [&'static str], &'static [&'static str]) {
    match kind {
        EntryKind::User => (&USER_DEFAULT, &USER_MORE),
        EntryKind::Group => (&GROUP_DEFAULT, &GROUP_MORE),
        EntryKind::Contact => (&CONTACT_DEFAULT, &CONTACT_MORE),
        EntryKind::Folder => (&FOLDER_DEFAULT, &[]),
    }
}

/// Answers everything but photos and batches.
pub(super) fn answer(shared: &Shared, call: &Call, route: &Route) -> Reply {
    if call.method != Method::GET {
        return Reply::wrong_method();
    }
    judge(shared, call, route).unwrap_or_else(|refusal| refusal)
}

fn judge(shared: &Shared, call: &Call, route: &Route) -> Result<Reply, Reply> {
    let roles = call.token.roles.as_deref();
    let act = match route {
        Route::Users | Route::User(Person::Named(_)) | Route::UsersDelta => Some(Act::Users),
        Route::Groups | Route::Group(_) | Route::GroupsDelta | Route::Members { .. } | Route::Team(_) => Some(Act::Groups),
        Route::Contacts { .. } | Route::Contact { .. } | Route::Folders { .. } | Route::Folder { .. } => Some(Act::Contacts),
        Route::PhotoPolicy => Some(Act::PhotoPolicy),
        _ => None,
    };
    act.map_or(Ok(()), |act| act.check(roles))?;
    let tenant = shared.read();
    match route {
        Route::Users => list(shared, call, &tenant, EntryKind::User, Place::DIRECTORY),
        Route::Groups => list(shared, call, &tenant, EntryKind::Group, Place::DIRECTORY),
        Route::User(who) => one(call, &tenant, EntryKind::User, Some(call.person(&tenant, who)?), ""),
        Route::Group(id) => one(call, &tenant, EntryKind::Group, tenant.group(id), id),
        Route::Team(id) => team(&tenant, id),
        Route::Contacts { owner, folder } => {
            let place = place(call, &tenant, owner, folder.as_deref())?;
            list(shared, call, &tenant, EntryKind::Contact, place)
        }
        Route::Folders { owner, above } => {
            let place = place(call, &tenant, owner, above.as_deref())?;
            list(shared, call, &tenant, EntryKind::Folder, place)
        }
        Route::Contact { owner, id, .. } => owned(call, &tenant, EntryKind::Contact, owner, id),
        Route::Folder { owner, id } => owned(call, &tenant, EntryKind::Folder, owner, id),
        Route::Organization => {
            let organization = json!({ "id": super::grow::guid(&["organization"]), "displayName": tenant.organization });
            Ok(Reply::json(json!({ "@odata.context": context(shared, "organization"), "value": [organization] })))
        }
        Route::PhotoPolicy => {
            let source = if shared.settings.quirks.on_premises_photos { json!("onPremises") } else { json!("") };
            let context = format!("{}/beta/$metadata#admin/people/photoUpdateSettings/$entity", shared.root);
            Ok(Reply::json(json!({ "@odata.context": context, "source": source, "allowedRoles": [] })))
        }
        Route::Members { group, transitive, users_only } => members::list(shared, call, &tenant, group, *transitive, *users_only),
        Route::UsersDelta => super::delta::answer(shared, call, &tenant, EntryKind::User),
        Route::GroupsDelta => super::delta::answer(shared, call, &tenant, EntryKind::Group),
        Route::Photo(..) | Route::Batch => Err(Reply::wrong_method()),
    }
}

pub(super) fn context(shared: &Shared, what: &str) -> String {
    format!("{}/v1.0/$metadata#{what}", shared.root)
}

fn place(call: &Call, tenant: &Tenant, owner: &Person, folder: Option<&str>) -> Result<Place, Reply> {
    let owner = call.person(tenant, owner)?;
    let folder = match folder {
        None | Some("default" | "contacts") => NOWHERE,
        Some(id) => tenant.locate(id).filter(|at| tenant.is(*at, EntryKind::Folder)).ok_or_else(not_in_store)?,
    };
    Ok(Place { owner, folder })
}

pub(super) fn not_in_store() -> Reply {
    Reply::error(StatusCode::NOT_FOUND, "ErrorItemNotFound", "The specified object was not found in the store.")
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

/// Where a list goes on, and how many entries a page holds.
pub(super) fn page_of(shared: &Shared, call: &Call) -> Result<(usize, u32), Reply> {
    const KNOWN: [&str; 6] = ["$select", "$filter", "$top", "$count", "$skiptoken", "$orderby"];
    if let Some(name) =
        call.query.names().find(|name| name.starts_with('$') && !KNOWN.iter().any(|known| known.eq_ignore_ascii_case(name)))
    {
        return Err(Reply::bad_request(&format!("'{name}' is not supported by the service.")));
    }
    let top = match call.query.get("$top").map(str::parse::<usize>) {
        None => shared.settings.quirks.page_size.clamp(1, LARGEST_PAGE),
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

pub(super) fn next_link(shared: &Shared, call: &Call, at: u32) -> Value {
    json!(format!("{}{}?{}", shared.root, call.path, call.query.link(&[], "$skiptoken", &seal(&[at.into()]))))
}

fn list(shared: &Shared, call: &Call, tenant: &Tenant, kind: EntryKind, place: Place) -> Result<Reply, Reply> {
    let (top, from) = page_of(shared, call)?;
    let select = Select::of(call, &[kind])?;
    let counted = call.query.get("$count") == Some("true");
    let eventual = call.headers.get("consistencylevel").is_some_and(|level| level.as_bytes().eq_ignore_ascii_case(b"eventual"));
    let filter = call.query.get("$filter").map(|text| Filter::parse(text, kind, counted && eventual)).transpose();
    let filter = filter.map_err(|error| Reply::error(StatusCode::BAD_REQUEST, error.code, &error.message))?;
    let found = filter.as_ref().and_then(|filter| filter.candidates(tenant, kind, place));
    let candidates: Box<dyn Iterator<Item = u32>> = match &found {
        Some(found) => Box::new(found.iter().copied()),
        None if place == Place::DIRECTORY => Box::new(0..u32::try_from(tenant.rows.len()).unwrap_or(u32::MAX)),
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
    body.insert("@odata.context".to_owned(), json!(context(shared, what)));
    if whole {
        body.insert("@odata.count".to_owned(), json!(count));
    }
    if let Some(at) = next {
        body.insert("@odata.nextLink".to_owned(), next_link(shared, call, at));
    }
    body.insert("value".to_owned(), Value::Array(value));
    Ok(Reply::json(Value::Object(body)))
}
