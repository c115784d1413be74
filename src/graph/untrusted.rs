//! What is made of a body before anybody believes it, in one go: for the fuzzers.

use reqwest::StatusCode;
use reqwest::header::HeaderMap;

use super::classify::classify;
use super::{Operation, Verb};
use crate::model::{TargetKind, Timestamp};

/// Reads a body as an error document, whatever was asked for, and as every kind of page; gives back all texts that may be
/// shown, and all ids that may be used in a path.
pub(crate) fn read_body(status: u16, body: &[u8]) -> (Vec<String>, Vec<String>) {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let mut texts = Vec::new();
    for verb in [Verb::PutPhoto, Verb::DeletePhoto, Verb::ReadPhoto, Verb::Look, Verb::ReadPolicy] {
        for kind in TargetKind::ALL {
            let failure = classify(status, &HeaderMap::new(), body, Operation { kind, verb }, Timestamp::default());
            texts.push(failure.to_string());
            texts.extend([failure.message.to_string(), failure.cause.to_string(), failure.cure.to_string()]);
            texts.extend(failure.code);
            texts.extend(failure.request_id.map(String::from));
        }
    }
    (texts, super::directory::ids_on_page(body))
}
