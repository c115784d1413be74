//! Photo writes and what is asked about photos. Follows "Update profilePhoto", "Delete profilePhoto" and
//! "Get profilePhoto" of the Graph reference.

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, ETAG, HeaderMap, HeaderValue};
use serde::Deserialize;

use super::answer::Answer;
use super::classify::{classify, header, says_no_photo};
use super::{Class, Client, Failure, Operation, ThrottleHint, Verb, path, throttle};
use crate::model::{TargetId, TargetKind};

/// The only type that the documentation names for photos.
const IMAGE_JPEG: HeaderValue = HeaderValue::from_static("image/jpeg");

/// A write that Graph accepted.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Accepted {
    /// HTTP status: any 2xx.
    pub status: u16,
    /// `ETag` of the photo, if the answer told.
    pub etag: Option<String>,
    /// Graph's id of the request.
    pub request_id: Option<String>,
    /// What the answer said about limits.
    pub throttle: Option<ThrottleHint>,
}

/// A photo as it stands in the tenant, in its largest size.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Held {
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
}

impl Client {
    /// Replaces the photo of a target. The bytes must be a whole JPEG. Safe to repeat.
    pub async fn put_photo(&self, target: &TargetId, jpeg: Bytes) -> Result<Accepted, Failure> {
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
    /// is [`Class::NotPossible`]. A photo that is not there counts as removed, with status 404.
    pub async fn delete_photo(&self, target: &TargetId) -> Result<Accepted, Failure> {
        let what = Operation { kind: target.kind(), verb: Verb::DeletePhoto };
        if matches!(target.kind(), TargetKind::Team | TargetKind::Contact) {
            return Err(classify(reqwest::StatusCode::METHOD_NOT_ALLOWED, &HeaderMap::new(), &[], what, self.clock().now()));
        }
        let url = self.value_url(target)?;
        match self.send(what, |http| http.delete(&url)).await {
            Ok(answer) => Ok(accepted(answer.status.as_u16(), &answer.headers)),
            Err(failure) if says_no_photo(&failure) && failure.code.is_some() => {
                Ok(Accepted { status: 404, request_id: failure.request_id, ..Accepted::default() })
            }
            Err(failure) => Err(failure),
        }
    }

    /// The photo as it stands in the tenant; none only if Graph itself says that there is none.
    pub async fn photo(&self, target: &TargetId) -> Result<Option<Held>, Failure> {
        let what = Operation { kind: target.kind(), verb: Verb::ReadPhoto };
        let url = self.value_url(target)?;
        match self.send(what, |http| http.get(&url)).await {
            Ok(answer) if is_placeholder(&answer) => Ok(None),
            Ok(answer) => Ok(Some(Held { etag: etag(&answer.headers), bytes: answer.body.into() })),
            Err(failure) if failure.status == Some(404) && failure.code.as_deref().is_some_and(names_no_photo) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// The `ETag` of the photo as it stands in the tenant, without weakness mark and quotes; none if there is no photo.
    ///
    /// It changes with every upload, even of the same bytes; the bytes themselves never match what was sent.
    pub async fn photo_etag(&self, target: &TargetId) -> Result<Option<String>, Failure> {
        let what = Operation { kind: target.kind(), verb: Verb::ReadPhoto };
        // The header of the photo itself, as field reports use it; its description only where that lacks one.
        let url = self.value_url(target)?;
        match self.send(what, |http| http.get(&url)).await {
            Ok(answer) if is_placeholder(&answer) => return Ok(None),
            Ok(answer) => {
                if let Some(etag) = etag(&answer.headers) {
                    return Ok(Some(etag));
                }
            }
            Err(failure) if says_no_photo(&failure) => return Ok(None),
            Err(failure) => return Err(failure),
        }
        let url = url.trim_end_matches("/$value");
        match self.send(what, |http| http.get(url)).await {
            Ok(answer) => {
                let described: Option<Description> = serde_json::from_slice(&answer.body).ok();
                Ok(described.and_then(|described| described.etag).and_then(|etag| bare(&etag)))
            }
            Err(failure) if says_no_photo(&failure) => Ok(None),
            Err(failure) => Err(failure),
        }
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
    Accepted { status, etag: etag(headers), request_id: header(headers, "request-id"), throttle: throttle::hint(headers) }
}

fn etag(headers: &HeaderMap) -> Option<String> {
    bare(headers.get(ETAG)?.to_str().ok()?)
}

/// `W/"abc"` → `abc`: a proxy may add the weakness mark, and descriptions quote twice.
fn bare(etag: &str) -> Option<String> {
    let etag = etag.trim();
    let etag = etag.strip_prefix("W/").unwrap_or(etag).trim_matches('"');
    (!etag.is_empty()).then(|| etag.to_owned())
}

/// The codes under which a missing photo is reported, with or without `Exception` behind. Any other 404 may be a proxy's,
/// or a passing fault, and proves nothing.
fn names_no_photo(code: &str) -> bool {
    let code = code.to_ascii_lowercase();
    let code = code.strip_suffix("exception").unwrap_or(&code);
    matches!(
        code,
        "imagenotfound"
            | "errorentitynotfound"
            | "profilenotfound"
            | "erroritemnotfound"
            | "itemnotfound"
            | "notfound"
            | "getuserphoto"
    )
}

/// The one-pixel GIF that may stand for "no photo".
fn is_placeholder(answer: &Answer) -> bool {
    // Width and height of a GIF: two numbers of two bytes behind the six of its name, the low one first.
    answer.body.is_empty() || answer.body.starts_with(b"GIF8") && answer.body.get(6..10) == Some(&[1, 0, 1, 0][..])
}
