//! Photo requests: upload, removal, and the views of what is there.

use std::sync::atomic::Ordering;

use axum::http::{Method, StatusCode, header};
use bytes::Bytes;
use serde_json::{Value, json};

use super::call::Call;
use super::page::{context, not_in_store};
use super::route::{Holder, Person, View};
use crate::emulator::entra::Act;
use crate::emulator::reply::Reply;
use crate::emulator::state::State;
use crate::emulator::tenant::{
    EntryKind, LARGEST, MailboxState, MissingPhoto, Photo, SMALLEST, Slot, SlotKind, TeamState, Tenant, jpeg,
};

const fn kind_of(holder: &Holder) -> SlotKind {
    match holder {
        Holder::User(_) => SlotKind::User,
        Holder::Group(_) => SlotKind::Group,
        Holder::Team(_) => SlotKind::Team,
        Holder::Contact { .. } => SlotKind::Contact,
    }
}

/// Whose mailbox a photo request works on: the owner of the contact, else the object itself.
pub(crate) fn mailbox_of(state: &State, call: &Call, holder: &Holder) -> Option<u32> {
    let tenant = state.read();
    match holder {
        Holder::Contact { owner, .. } => call.person(&tenant, owner).ok(),
        holder => slot(state, call, &tenant, holder).ok().map(|slot| slot.at),
    }
}

/// Answers a photo request.
pub(crate) async fn answer(state: &State, call: &Call, holder: &Holder, view: &View) -> Reply {
    let result = match call.method {
        Method::GET => read(state, call, holder, view).await,
        Method::PUT | Method::PATCH | Method::DELETE if *view != View::Value => Err(Reply::wrong_method()),
        Method::PATCH if matches!(holder, Holder::Team(_)) => Err(Reply::wrong_method()),
        Method::PUT | Method::PATCH => upload(state, call, holder),
        Method::DELETE if matches!(holder, Holder::User(_) | Holder::Group(_)) => delete(state, call, holder),
        _ => Err(Reply::wrong_method()),
    };
    result.unwrap_or_else(|refusal| refusal)
}

fn slot(state: &State, call: &Call, tenant: &Tenant, holder: &Holder) -> Result<Slot, Reply> {
    let kind = kind_of(holder);
    let at = match holder {
        Holder::User(who) => call.person(tenant, who)?,
        Holder::Group(id) => tenant.group(id).ok_or_else(|| Reply::no_resource(id))?,
        Holder::Team(id) => tenant.team(id).ok_or_else(|| no_team(id))?,
        Holder::Contact { owner, folder, id } => {
            let owner = tenant.id_of(call.person(tenant, owner)?);
            // The default folder's path reaches contacts in any folder, as their ids are unique in the mailbox.
            let mine = |at: &u32| {
                tenant.entry(*at).is_some_and(|contact| {
                    contact.kind == EntryKind::Contact
                        && contact.owner.as_ref() == Some(&owner)
                        && (folder.is_none() || contact.folder.as_deref() == folder.as_deref())
                })
            };
            tenant.locate(id).filter(mine).ok_or_else(not_in_store)?
        }
    };
    if matches!(kind, SlotKind::Group | SlotKind::Team) {
        let group = tenant.entry(at).ok_or_else(not_in_store)?;
        if state.clock.now().since(group.created) < state.settings.quirks.group_ready_after {
            return Err(if kind == SlotKind::Team { no_team(&group.id) } else { not_in_store() });
        }
        if !group.unified && group.team == TeamState::Absent {
            return Err(Reply::error(
                StatusCode::NOT_FOUND,
                "ErrorNonExistentMailbox",
                "The SMTP address has no mailbox associated with it.",
            ));
        }
    }
    let is_shared = kind == SlotKind::Team && state.settings.quirks.one_team_photo;
    Ok(Slot { kind: if is_shared { SlotKind::Group } else { kind }, at })
}

fn no_team(id: &str) -> Reply {
    Reply::error(StatusCode::NOT_FOUND, "NotFound", &format!("No team found with Group Id {id}"))
}

/// What forbids writing, before the body is looked at.
fn permit(state: &State, call: &Call, kind: SlotKind) -> Result<(), Reply> {
    Act::WritePhoto(kind.into()).check(call.token.roles.as_deref())?;
    let quirks = &state.settings.quirks;
    if kind == SlotKind::User && quirks.on_premises_photos {
        let message = "Access is denied. Check credentials and try again.";
        return Err(Reply::error(StatusCode::FORBIDDEN, "ErrorAccessDenied", message));
    }
    if kind == SlotKind::Group && quirks.group_needs_user && call.token.user.is_none() {
        return Err(Reply::profile_error(
            StatusCode::FORBIDDEN,
            "AppOnlyTokenNotSupportedForGroupUpdate",
            "ProfileAccessDeniedException",
        ));
    }
    Ok(())
}

/// What is wrong with a body, if anything; else its width and height.
fn inspect(call: &Call) -> Result<(u16, u16), Reply> {
    let media_type = call.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "image/jpeg" => {}
        "application/octet-stream" => {
            let message = "An internal server error occurred. The operation failed.";
            return Err(Reply::error(StatusCode::INTERNAL_SERVER_ERROR, "ErrorInternalServerError", message));
        }
        other => {
            let message = format!("The media type '{other}' is not supported.");
            return Err(Reply::error(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", &message));
        }
    }
    if call.too_large {
        return Err(Reply::error(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", "The request is larger than 4 MB."));
    }
    let size = jpeg::dimensions(&call.body)
        .ok_or_else(|| Reply::profile_error(StatusCode::BAD_REQUEST, "ErrorInvalidImage", "ProfileBadRequestException"))?;
    if size.0.min(size.1) < SMALLEST {
        return Err(Reply::profile_error(StatusCode::BAD_REQUEST, "ValidationWidthTooSmall", "ProfileBadRequestException"));
    }
    Ok(size)
}

fn upload(state: &State, call: &Call, holder: &Holder) -> Result<Reply, Reply> {
    let kind = kind_of(holder);
    permit(state, call, kind)?;
    let size = inspect(call);
    let mut tenant = state.write();
    let slot = slot(state, call, &tenant, holder)?;
    let size = size?;
    if kind == SlotKind::User {
        match tenant.entry(slot.at).map(|user| user.mailbox) {
            Some(MailboxState::Missing) if state.settings.quirks.mailboxless_limit.is_some_and(|most| call.body.len() > most) => {
                return Err(not_in_store());
            }
            Some(MailboxState::OnPremises) => {
                let message = "The mailbox is either inactive, soft-deleted, or is hosted on-premise.";
                return Err(Reply::error(StatusCode::NOT_FOUND, "MailboxNotHostedInExchangeOnline", message));
            }
            _ => {}
        }
    }
    let replaced = tenant.photos.put(slot, call.body.clone(), size);
    drop(tenant);
    // Freeing a large body takes a while; the lock is not held for it.
    drop(replaced);
    state.stored(slot);
    Ok(Reply::empty(if kind == SlotKind::Team { StatusCode::NO_CONTENT } else { StatusCode::OK }))
}

fn delete(state: &State, call: &Call, holder: &Holder) -> Result<Reply, Reply> {
    permit(state, call, kind_of(holder))?;
    let mut tenant = state.write();
    let slot = slot(state, call, &tenant, holder)?;
    if !tenant.photos.delete(slot) {
        return Err(no_photo(MissingPhoto::ImageNotFound));
    }
    state.deleted.fetch_add(1, Ordering::Relaxed);
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

fn no_photo(shape: MissingPhoto) -> Reply {
    let (code, exception) = match shape {
        MissingPhoto::ImageNotFound | MissingPhoto::OneByOne => ("ImageNotFound", "ImageNotFoundException"),
        MissingPhoto::EntityNotFound => ("ErrorEntityNotFound", "EntityNotFoundException"),
        MissingPhoto::ProfileNotFound => ("ProfileNotFoundException", "ProfileNotFoundException"),
    };
    Reply::profile_error(StatusCode::NOT_FOUND, code, exception)
}

async fn read(state: &State, call: &Call, holder: &Holder, view: &View) -> Result<Reply, Reply> {
    let kind = kind_of(holder);
    // A user may read their own photo with any token.
    if *holder != Holder::User(Person::Me) {
        Act::ReadPhoto(kind.into()).check(call.token.roles.as_deref())?;
    }
    let photo = {
        let tenant = state.read();
        let slot = slot(state, call, &tenant, holder)?;
        tenant.photos.get(slot).cloned()
    };
    let shape = state.settings.quirks.missing_photo;
    let meta = |photo: &Photo, side: u16| metadata(state, call, kind, photo, side);
    match (photo, view) {
        (None, View::Metadata) if shape == MissingPhoto::OneByOne => Ok(Reply::json(json!({
            "@odata.context": context(state, "profilePhoto"),
            "@odata.mediaContentType": "image/gif",
            "@odata.mediaEtag": "",
            "id": "1x1",
            "width": 1,
            "height": 1,
        }))),
        (None, View::List) => Ok(Reply::json(json!({ "@odata.context": context(state, "profilePhotos"), "value": [] }))),
        (None, _) => Err(no_photo(shape)),
        (Some(photo), View::Metadata) => {
            let side = photo.sizes().next().unwrap_or(SMALLEST);
            Ok(Reply::json(meta(&photo, side)))
        }
        (Some(photo), View::List) => {
            let sizes: Vec<Value> = photo.sizes().rev().map(|side| meta(&photo, side)).collect();
            Ok(Reply::json(json!({ "@odata.context": context(state, "profilePhotos"), "value": sizes })))
        }
        (Some(photo), View::Size(name)) => Ok(Reply::json(meta(&photo, offered(&photo, name)?))),
        (Some(photo), View::SizeValue(name)) => {
            let side = offered(&photo, name)?;
            bytes(&photo, side).await
        }
        (Some(photo), View::Value) => bytes(&photo, LARGEST).await,
    }
}

/// The side that a size such as `240x240` names, if the photo is offered in it.
fn offered(photo: &Photo, name: &str) -> Result<u16, Reply> {
    let side = name
        .to_ascii_lowercase()
        .split_once('x')
        .filter(|(width, height)| width == height)
        .and_then(|(width, _)| width.parse().ok());
    side.filter(|side| photo.sizes().any(|size| size == *side)).ok_or_else(|| no_photo(MissingPhoto::ImageNotFound))
}

fn metadata(state: &State, call: &Call, kind: SlotKind, photo: &Photo, side: u16) -> Value {
    // Teams write it large.
    let by = if kind == SlotKind::Team { 'X' } else { 'x' };
    let mark = photo.etag().get(3..11).unwrap_or_default().to_uppercase();
    json!({
        "@odata.context": context(state, "profilePhoto"),
        "@odata.id": format!("{}{}", state.root, call.path),
        "@odata.mediaContentType": "image/jpeg",
        "@odata.mediaEtag": format!("\"{mark}\""),
        "id": format!("{side}{by}{side}"),
        "width": side,
        "height": side,
    })
}

async fn bytes(photo: &Photo, side: u16) -> Result<Reply, Reply> {
    if photo.body.is_empty() {
        return Err(no_photo(MissingPhoto::ImageNotFound));
    }
    let body: Bytes = photo.body.clone();
    let picture = tokio::task::spawn_blocking(move || jpeg::reencode(&body, side.into())).await;
    let picture = picture
        .map_err(|_| Reply::error(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", "The photo can't be read."))?;
    Ok(Reply::raw("image/jpeg", picture).with_header(header::ETAG, &photo.etag()))
}
