//! Photo writes and what is asked about photos. Follows "Update profilePhoto", "Delete profilePhoto" and
//! "Get profilePhoto" of the Graph reference.

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, ETAG, HeaderMap, HeaderValue};
use serde::Deserialize;

use super::answer::HttpAnswer;
use super::classify::{content_type, header};
use super::cure::Cure;
use super::error_kind::ErrorKind;
use super::messages::message;
use super::{Class, Client, Failure, Operation, Verb, path, throttle};
use crate::model::{TargetId, TargetKind};

/// The only type that the documentation names for photos.
const IMAGE_JPEG: HeaderValue = HeaderValue::from_static("image/jpeg");

/// A longer `ETag` is none: it is kept for each photo.
const LONGEST_ETAG: usize = 256;

/// A write that Graph accepted.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Accepted {
    /// HTTP status: any 2xx.
    pub status: u16,
    /// `ETag` of the photo, if the answer told.
    pub etag: Option<String>,
    /// Graph's id of the request.
    pub request_id: Option<String>,
    /// Share of the limit in use, where the answer told.
    pub throttle: Option<f32>,
}

/// A photo as it stands in the tenant, in its largest size.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct TenantPhoto {
    /// Its bytes, as Graph gave them out.
    pub bytes: Bytes,
    /// What Graph calls it, without weakness mark and quotes, where the answer told.
    pub etag: Option<String>,
}

/// Graph's description of a photo; a missing one may be described as a GIF of one pixel.
#[derive(Deserialize)]
struct Description {
    #[serde(rename = "@odata.mediaEtag")]
    etag: Option<String>,
    #[serde(rename = "@odata.mediaContentType")]
    media_type: Option<String>,
    width: Option<u64>,
}

impl Description {
    /// Whether it describes a photo; none if it describes no picture at all.
    fn shows_photo(&self) -> Option<bool> {
        let is_picture = self.media_type.as_ref().is_some_and(|kind| kind.starts_with("image/")) || self.width.is_some();
        is_picture.then_some(self.width != Some(1))
    }
}

/// An object by its id.
#[derive(Deserialize)]
struct Named {
    id: String,
}

impl Client {
    /// Replaces the photo of a target. The bytes must be a whole JPEG. Safe to repeat.
    pub(crate) async fn put_photo(&self, target: &TargetId, jpeg: Bytes) -> Result<Accepted, Failure> {
        let what = Operation { kind: target.kind(), verb: Verb::PutPhoto };
        let url = self.value_url(target)?;
        let answer = self
            .send(what, |http| {
                self.tally().bytes(jpeg.len());
                http.put(&url).header(CONTENT_TYPE, IMAGE_JPEG).body(jpeg.clone())
            })
            .await?;
        Ok(accepted(answer.status.as_u16(), &answer.headers))
    }

    /// Removes the photo of a user, a group or the signed-in user; for other kinds Graph offers no way, and the class
    /// is [`Class::NotPossible`]. A photo of which Graph itself says that it is not there counts as removed, with status
    /// 404.
    pub(crate) async fn delete_photo(&self, target: &TargetId) -> Result<Accepted, Failure> {
        let what = Operation { kind: target.kind(), verb: Verb::DeletePhoto };
        if matches!(target.kind(), TargetKind::Team | TargetKind::Contact) {
            let (cause, cure) = message(ErrorKind::NotPossible, what, "");
            return Err(Failure::local(Class::NotPossible, cause, cure));
        }
        let url = self.value_url(target)?;
        match self.send(what, |http| http.delete(&url)).await {
            Ok(answer) => Ok(accepted(answer.status.as_u16(), &answer.headers)),
            Err(failure) if failure.is_absence() => {
                Ok(Accepted { status: 404, request_id: failure.request_id.map(String::from), ..Accepted::default() })
            }
            Err(failure) => Err(failure),
        }
    }

    /// The photo as it stands in the tenant; none only if Graph itself says that there is none.
    pub(crate) async fn photo(&self, target: &TargetId) -> Result<Option<TenantPhoto>, Failure> {
        self.photo_at(target, &self.value_url(target)?).await
    }

    /// The same in one size; none also where the photo is not offered in it: `photo` then tells whether there is one.
    pub(crate) async fn photo_in_size(&self, target: &TargetId, side: u16) -> Result<Option<TenantPhoto>, Failure> {
        let url = self.value_url(target)?;
        self.photo_at(target, &format!("{}s/{side}x{side}/$value", url.trim_end_matches("/$value"))).await
    }

    /// Whether there is a photo, by its description: some hundred bytes instead of the picture. False only if Graph itself
    /// says so.
    pub(crate) async fn has_photo(&self, target: &TargetId) -> Result<bool, Failure> {
        let url = self.value_url(target)?;
        let what = Operation { kind: target.kind(), verb: Verb::ReadPhoto };
        match self.send(what, |http| http.get(url.trim_end_matches("/$value"))).await {
            Ok(answer) => {
                let described: Option<Description> = serde_json::from_slice(&answer.body).ok();
                described.and_then(|described| described.shows_photo()).ok_or_else(|| no_picture(&answer))
            }
            Err(failure) => self.no_photo(target, failure).await.map(|()| false),
        }
    }

    async fn photo_at(&self, target: &TargetId, url: &str) -> Result<Option<TenantPhoto>, Failure> {
        let what = Operation { kind: target.kind(), verb: Verb::ReadPhoto };
        match self.send(what, |http| http.get(url)).await {
            Ok(answer) if is_placeholder(&answer) => Ok(None),
            Ok(answer) if !is_picture(&answer) => Err(no_picture(&answer)),
            Ok(answer) => Ok(Some(TenantPhoto { etag: etag(&answer.headers), bytes: answer.body.into() })),
            Err(failure) => self.no_photo(target, failure).await.map(|()| None),
        }
    }

    /// Whether a failure to read a photo means that there is none; else the failure.
    async fn no_photo(&self, target: &TargetId, failure: Failure) -> Result<(), Failure> {
        if failure.is_absence() {
            return Ok(());
        }
        if may_be_no_photo(target, &failure) {
            return match self.contact_is_there(target).await {
                Ok(true) => Ok(()),
                // To wait is everybody's.
                Err(asked) if asked.class == Class::Throttled => Err(asked),
                Ok(false) | Err(_) => Err(failure.undecided()),
            };
        }
        Err(failure)
    }

    /// What Graph calls the photo as it stands in the tenant (its `ETag`, without weakness mark and quotes), where it
    /// tells; none only if Graph itself says that there is no photo.
    ///
    /// It changes with every upload, even of the same bytes; the bytes themselves never match what was sent.
    pub(crate) async fn photo_etag(&self, target: &TargetId) -> Result<Option<String>, Failure> {
        // The header of the photo itself, as field reports use it; its description only where that lacks one.
        let Some(photo) = self.photo(target).await? else { return Ok(None) };
        if photo.etag.is_some() {
            return Ok(photo.etag);
        }
        let url = self.value_url(target)?;
        let what = Operation { kind: target.kind(), verb: Verb::ReadPhoto };
        let answer = match self.send(what, |http| http.get(url.trim_end_matches("/$value"))).await {
            Err(failure) if failure.is_absence() => return Ok(None),
            answer => answer?,
        };
        let described: Option<Description> = serde_json::from_slice(&answer.body).ok();
        match described.and_then(|described| described.etag).and_then(|etag| bare(&etag)) {
            Some(etag) => Ok(Some(etag)),
            None => Err(Failure::local(
                Class::Transient,
                "Graph shows a photo and does not tell what it calls it (no ETag)",
                Cure::Wait,
            )),
        }
    }

    /// Whether the contact itself can be read, and so its mailbox: then a photo that is "not found in the store" is not
    /// there, and nothing else failed.
    async fn contact_is_there(&self, target: &TargetId) -> Result<bool, Failure> {
        let Some(url) = path::photo(self.root(), target) else { return Ok(false) };
        let url = format!("{}?$select=id", url.trim_end_matches("/photo"));
        let answer = self.send(Operation { kind: target.kind(), verb: Verb::Look }, |http| http.get(&url)).await?;
        let named: Option<Named> = serde_json::from_slice(&answer.body).ok();
        Ok(named.is_some_and(|named| target.object_id().is_some_and(|id| id.as_str() == named.id)))
    }

    fn value_url(&self, target: &TargetId) -> Result<String, Failure> {
        let mut url = path::photo(self.root(), target).ok_or_else(|| {
            Failure::local(
                Class::TargetMissing,
                "the target's id can't stand in a URL",
                "Look the target up again with a full pass; no id of Graph looks like this.",
            )
        })?;
        url.push_str("/$value");
        Ok(url)
    }
}

fn accepted(status: u16, headers: &HeaderMap) -> Accepted {
    Accepted { status, etag: etag(headers), request_id: header(headers, "request-id"), throttle: throttle::share(headers) }
}

fn etag(headers: &HeaderMap) -> Option<String> {
    bare(headers.get(ETAG)?.to_str().ok()?)
}

/// `W/"abc"` → `abc`: a proxy may add the weakness mark, and descriptions quote twice.
fn bare(etag: &str) -> Option<String> {
    let etag = etag.trim();
    let etag = etag.strip_prefix("W/").unwrap_or(etag).trim_matches('"');
    (1..=LONGEST_ETAG).contains(&etag.len()).then(|| etag.to_owned())
}

/// For a contact's photo the mailbox store speaks, and calls everything that it lacks by one name.
fn may_be_no_photo(target: &TargetId, failure: &Failure) -> bool {
    target.kind() == TargetKind::Contact && failure.status == Some(404) && failure.code.as_deref() == Some("ErrorItemNotFound")
}

/// The one-pixel GIF that may stand for "no photo".
fn is_placeholder(answer: &HttpAnswer) -> bool {
    // Width and height of a GIF: two numbers of two bytes behind the six of its name, the low one first.
    answer.body.starts_with(b"GIF8") && answer.body.get(6..10) == Some(&[1, 0, 1, 0][..])
}

/// Whether the answer brings a picture: something that neither is nor calls itself a text.
fn is_picture(answer: &HttpAnswer) -> bool {
    let declared = content_type(&answer.headers);
    let text = ["text/", "json", "xml"].iter().any(|text| declared.contains(text));
    !text && answer.body.first().is_some_and(|first| !matches!(first, b'<' | b'{' | b'['))
}

/// No sign of an outage, since Graph let the question through; it concerns this one slot.
fn no_picture(answer: &HttpAnswer) -> Failure {
    Failure::local(
        Class::FewTries,
        format!("the answer (HTTP {}) brings no picture and does not say that there is none", answer.status.as_u16()),
        Cure::WaitThenAct("If it lasts, check any proxy between this machine and Graph."),
    )
}
