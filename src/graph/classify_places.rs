//! Every place that reads or writes × every status × every kind of body: who may conclude what.
//!
//! What may prove something is written down here a second time, by hand, so that a change of the lists is one of both.

use reqwest::StatusCode;
use reqwest::header::HeaderMap;

use super::*;
use TargetKind::{Contact, Group, Me, Team, User};
use Verb::{DeletePhoto, Look, PutPhoto, ReadPhoto};

const STATUSES: &[u16] = &[
    200, 201, 202, 204, 206, 301, 302, 307, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 417,
    418, 421, 422, 423, 424, 425, 426, 428, 429, 431, 451, 500, 501, 502, 503, 504, 505, 507, 508, 509, 511, 520, 599,
];

/// Codes as they were seen somewhere, among them all that prove something somewhere.
const CODES: &[&str] = &[
    "",
    "UnknownError",
    "NotFound",
    "ItemNotFound",
    "itemNotFound",
    "ResourceNotFound",
    "Request_ResourceNotFound",
    "ErrorItemNotFound",
    "ErrorFolderNotFound",
    "ErrorInvalidUser",
    "ErrorInvalidIdMalformed",
    "ErrorEntityNotFound",
    "ImageNotFound",
    "ImageNotFoundException",
    "ProfileNotFoundException",
    "GetUserPhoto",
    "ErrorNonExistentMailbox",
    "MailboxNotEnabledForRESTAPI",
    "MailboxNotHostedInExchangeOnline",
    "ErrorUserResolutionFailedUserDoesNotExist",
    "OrganizationFromTenantGuidNotFound",
    "NoPermissionsInAccessToken",
    "ErrorAccessDenied",
    "Authorization_RequestDenied",
    "InvalidAuthenticationToken",
    "BadRequest",
    "Request_UnsupportedQuery",
    "ValidationError",
    "ValidationWidthTooSmall",
    "ErrorInvalidImage",
    "ImageTooLarge",
    "UnsupportedMediaType",
    "ErrorInternalServerError",
    "BadGateway",
    "Bad Gateway",
    "syncStateNotFound",
    "SomethingNew",
];

/// How an answer wears its code: what is sent, as which type, and whether the code stands on the outside of Graph's shape.
const SHAPES: &[(&str, &str, bool)] = &[
    ("", "", false),
    ("<html><h1>Not found</h1></html>", "text/html", false),
    ("<html><h1>Not found</h1></html>", "", false),
    ("Not found", "text/plain", false),
    (r#"{"error":{"code":"CODE","message":"x"}}"#, "application/json", true),
    (r#"{"error":{"code":"CODE","message":"x","innerError":{"date":"d"}}}"#, "application/json;odata.metadata=minimal", true),
    (r#"{"odata.error":{"code":"CODE","message":{"lang":"en","value":"x"}}}"#, "application/json", true),
    (r#"{"error":{"code":"CODE","message":"x"}}"#, "text/html", false),
    (r#"{"error":{"code":"CODE","message":"x"}}"#, "text/plain", false),
    (r#"{"code":"CODE","message":"x"}"#, "application/json", false),
    (r#"{"error":"CODE","error_description":"x"}"#, "application/json", false),
    (r#"{"statusCode":404,"message":"CODE"}"#, "application/json", false),
    (r#"{"error":{"code":"UnknownError","message":"{\"error\":{\"code\":\"CODE\"}}"}}"#, "application/json", false),
    (r#"{"error":{"code":"","message":"{\"errorCode\":\"CODE\",\"message\":\"x\"}"}}"#, "application/json", false),
    (r#"{"error":{"code":"UnknownError","message":"","innererror":{"code":"CODE"}}}"#, "application/json", false),
];

fn may_prove_absence(verb: Verb, kind: TargetKind, status: u16, code: &str) -> bool {
    match (verb, kind, status) {
        (ReadPhoto | DeletePhoto, _, 404) => {
            ["ImageNotFound", "ImageNotFoundException", "ErrorEntityNotFound", "ProfileNotFoundException"].contains(&code)
        }
        (Look, User | Group, 404) => code == "Request_ResourceNotFound",
        (Look, Team, 404) => ["NotFound", "ItemNotFound", "itemNotFound", "Request_ResourceNotFound"].contains(&code),
        (Look, Contact, 404) => ["ErrorItemNotFound", "ErrorFolderNotFound", "ErrorInvalidIdMalformed"].contains(&code),
        (Look, Contact, 400) => code == "ErrorInvalidIdMalformed",
        _ => false,
    }
}

/// An upload that names a missing object, in the words that are the target's own.
fn names_missing(kind: TargetKind, status: u16, code: &str) -> bool {
    let object = ["Request_ResourceNotFound", "ErrorInvalidUser"].contains(&code) && status == 404;
    let contact = kind == Contact && code == "ErrorItemNotFound" && status == 404;
    object || contact || code == "ErrorInvalidIdMalformed"
}

#[test]
fn nobody_concludes_more_than_was_said() {
    let speaks_of_picture = ["ValidationWidthTooSmall", "ErrorInvalidImage", "ImageTooLarge", "UnsupportedMediaType"];
    let (mut answers, mut proofs) = (0, 0);
    for (verb, kind) in [PutPhoto, DeletePhoto, ReadPhoto, Look].iter().flat_map(|verb| TargetKind::ALL.map(|kind| (*verb, kind)))
    {
        for (status, code) in STATUSES.iter().flat_map(|status| CODES.iter().map(move |code| (*status, *code))) {
            for (shape, declared, outside) in SHAPES {
                let body = shape.replace("CODE", code);
                if !shape.contains("CODE") && !code.is_empty() {
                    continue;
                }
                let mut headers = HeaderMap::new();
                if !declared.is_empty() {
                    headers.insert(CONTENT_TYPE, declared.parse().unwrap());
                }
                let what = Operation { kind, verb };
                let found =
                    classify(StatusCode::from_u16(status).unwrap(), &headers, body.as_bytes(), what, Timestamp::default());
                let row = || format!("{verb:?} {kind}: {status} {declared} {body} → {found:?}");
                let graphs = declared.contains("json") && (body.starts_with(r#"{"error":{"#) || body.starts_with(r#"{"odata"#));
                let refused = (400..500).contains(&status);
                let proof = *outside && may_prove_absence(verb, kind, status, code);
                assert!(verb == PutPhoto || found.is_absence() == proof, "{}", row());
                match found.class {
                    Class::TargetMissing if verb == PutPhoto => {
                        assert!(*outside && refused && names_missing(kind, status, code), "{}", row());
                    }
                    Class::TargetMissing => assert!(proof, "{}", row()),
                    Class::PhotoTooLarge => {
                        assert!(graphs && verb == PutPhoto && (status == 413 || code == "ImageTooLarge"), "{}", row());
                    }
                    Class::PhotoRefused => {
                        assert!(graphs && verb == PutPhoto && refused && speaks_of_picture.contains(&code), "{}", row());
                    }
                    Class::NoMailbox | Class::Guest | Class::TargetNotReady | Class::NotPossible | Class::NoExchange => {
                        assert!(graphs, "{}", row());
                    }
                    Class::KindForbidden => assert!(graphs && refused, "{}", row()),
                    Class::SignIn => assert!(status == 401, "{}", row()),
                    Class::Bug => assert!(graphs || (300..400).contains(&status), "{}", row()),
                    Class::Offline => assert!([407, 511].contains(&status), "{}", row()),
                    Class::FewTries => assert!(graphs || [412, 423, 507].contains(&status), "{}", row()),
                    Class::Throttled | Class::Transient => {}
                }
                answers += 1;
                proofs += usize::from(found.is_absence());
            }
        }
    }
    assert!(answers > 200_000 && proofs > 100, "{answers} answers, {proofs} proofs");
}

#[test]
fn a_401_about_the_tenant_is_not_about_the_token() {
    let body = r#"{"error":{"code":"UnknownError","message":"{\"error\":{\"code\":\"OrganizationFromTenantGuidNotFound\"}}"}}"#;
    for kind in [User, Group, Me] {
        for verb in [PutPhoto, ReadPhoto, DeletePhoto] {
            let what = Operation { kind, verb };
            let found = classify(StatusCode::UNAUTHORIZED, &HeaderMap::new(), body.as_bytes(), what, Timestamp::default());
            assert_eq!(found.class, Class::NoExchange);
            assert!(found.cause.contains("B2C") && !found.cure.to_string().contains("clock"), "{found:?}");
        }
    }
}
