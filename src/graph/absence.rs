//! What proves that something is not there: the codes that Graph's own error document must carry, place by place. One
//! list for backups, removals, comparisons and look-ups.
//!
//! Left out on purpose, since each also comes for what is there: `UnknownError` and empty codes (any fault);
//! `ErrorItemNotFound` for a user's or group's photo (also a passing fault of the mailbox store, msgraph-sdk-dotnet#424);
//! `MailboxNotEnabledForRESTAPI` and `ErrorNonExistentMailbox` (the mailbox is out of reach, the photo may live in the
//! directory); `ErrorInvalidUser`, `ResourceNotFound` and `ErrorUserResolutionFailed…` (new accounts, for a while); and
//! whatever stands only inside another document, since that is what a service behind Graph said.

use reqwest::StatusCode;

use super::{Operation, Verb};
use crate::model::TargetKind;

/// Whether the outermost code of Graph's own document proves that what was asked for is not there.
pub(super) fn proves_absence(what: Operation, status: StatusCode, code: &str) -> bool {
    let code = code.to_ascii_lowercase();
    let code = code.strip_suffix("exception").unwrap_or(&code);
    match (what.verb, what.kind, status) {
        // "Get profilePhoto", microsoft-graph-docs#15688, msgraph-sdk-dotnet-core#796 (renamed by the service in 2024).
        (Verb::ReadPhoto | Verb::DeletePhoto, _, StatusCode::NOT_FOUND) => {
            matches!(code, "imagenotfound" | "errorentitynotfound" | "profilenotfound")
        }
        (Verb::Look, TargetKind::User | TargetKind::Group, StatusCode::NOT_FOUND) => code == "request_resourcenotfound",
        // "No team found with Group Id …" (pnpcore#886).
        (Verb::Look, TargetKind::Team, StatusCode::NOT_FOUND) => {
            matches!(code, "notfound" | "itemnotfound" | "request_resourcenotfound")
        }
        // A folder or contact by its id; a text that can't be an id is answered with 400.
        (Verb::Look, TargetKind::Contact, StatusCode::NOT_FOUND) => {
            matches!(code, "erroritemnotfound" | "errorfoldernotfound" | "errorinvalididmalformed" | "errorinvalidid")
        }
        (Verb::Look, TargetKind::Contact, StatusCode::BAD_REQUEST) => {
            matches!(code, "errorinvalididmalformed" | "errorinvalidid")
        }
        _ => false,
    }
}
