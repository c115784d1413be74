//! Answers as Graph gives them, and what each means. Bodies are those quoted in public issues and documentation.

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderName};

use super::*;
use TargetKind::{Contact, Group, Me, Team, User};
use Verb::{DeletePhoto, Look, PutPhoto, ReadPhoto};

/// Status, extra headers, body, what was asked → class, wait, a part of the cause, a part of the cure.
type Row = (
    u16,
    &'static [(&'static str, &'static str)],
    &'static str,
    TargetKind,
    Verb,
    Class,
    Option<u64>,
    &'static str,
    &'static str,
);

const NONE: &[(&str, &str)] = &[];
const HTML: &[(&str, &str)] = &[("content-type", "text/html; charset=utf-8")];

#[rustfmt::skip]
const ROWS: &[Row] = &[
    // Slow down.
    (429, &[("retry-after", "10")], r#"{"error":{"code":"TooManyRequests","innerError":{"code":"429","message":"Please retry after","status":"429"},"message":"Please retry again later."}}"#, User, PutPhoto, Class::Throttled, Some(10), "slow down", "Nothing"),
    (429, NONE, r#"{"error":{"code":"UnknownError","message":""}}"#, User, PutPhoto, Class::Throttled, None, "slow down", "Nothing"),
    (429, &[("retry-after", "abc")], "", Group, PutPhoto, Class::Throttled, None, "slow down", "Nothing"),
    (429, &[("retry-after", "-5")], "", Group, PutPhoto, Class::Throttled, Some(1), "slow down", "Nothing"),
    (429, &[("retry-after", "Thu, 01 Jan 1970 00:01:30 GMT"), ("date", "Thu, 01 Jan 1970 00:01:00 GMT")], "", Team, PutPhoto, Class::Throttled, Some(30), "slow down", "Nothing"),
    (429, HTML, "<html>", User, PutPhoto, Class::Throttled, None, "slow down", "Nothing"),
    (429, &[("retry-after", "5")], r#"{"error":{"code":"ErrorAccessDenied","message":"odd"}}"#, Contact, PutPhoto, Class::Throttled, Some(5), "slow down", "Nothing"),
    (403, NONE, r#"{"error":{"code":"activityLimitReached","message":"The request has been throttled"}}"#, User, PutPhoto, Class::Throttled, None, "slow down", "Nothing"),
    (509, &[("retry-after", "600")], "", User, PutPhoto, Class::Throttled, Some(600), "bandwidth", "Nothing"),
    // Passing faults.
    (503, &[("retry-after", "20")], r#"{"error":{"code":"ServiceUnavailable","message":"x"}}"#, User, PutPhoto, Class::Transient, Some(20), "503", "Nothing"),
    (503, HTML, "<h2>Our services aren't available right now</h2>", User, PutPhoto, Class::Transient, None, "503", "Nothing"),
    (500, NONE, r#"{"error":{"code":"generalException","message":"General exception while processing"}}"#, User, PutPhoto, Class::Transient, None, "failed inside", "Nothing"),
    (500, NONE, "", User, PutPhoto, Class::Transient, None, "failed inside", "Nothing"),
    (502, HTML, "<html>Bad Gateway</html>", User, PutPhoto, Class::Transient, None, "502", "Nothing"),
    (504, NONE, r#"{"error":{"code":"GatewayTimeout","message":""}}"#, User, PutPhoto, Class::Transient, None, "in time", "Nothing"),
    (408, NONE, "", User, PutPhoto, Class::Transient, None, "in time", "Nothing"),
    (409, NONE, r#"{"error":{"code":"Directory_ConcurrencyViolation","message":"x"}}"#, User, PutPhoto, Class::Transient, None, "same object", "Nothing"),
    (409, NONE, "", Group, PutPhoto, Class::Transient, None, "same object", "Nothing"),
    (200, HTML, "<html>Welcome to the hotel</html>", User, PutPhoto, Class::Transient, None, "captive portal", "network"),
    // Permanent in disguise.
    (502, NONE, r#"{"error":{"code":"BadGateway","message":"Failed to execute backend request.","innerError":{"date":"2022-07-01"}}}"#, Team, PutPhoto, Class::FewTries, None, "hidden a missing permission", "TeamSettings.ReadWrite.All"),
    (404, NONE, r#"{"error":{"code":"ErrorItemNotFound","message":"The specified object was not found in the store."}}"#, User, PutPhoto, Class::FewTries, None, "store", "mailbox"),
    (404, NONE, r#"{"error":{"code":"ErrorItemNotFound","message":"Too many photo items with class 'IPM.UserPhoto.Preview'"}}"#, User, PutPhoto, Class::FewTries, None, "store", "mailbox"),
    (500, NONE, r#"{"error":{"code":"ErrorStoreInternalServerError","message":"Accessing service failed."}}"#, User, PutPhoto, Class::FewTries, None, "Bookings", "exclude"),
    (500, NONE, r#"{"error":{"code":"ErrorInternalServerError","message":"x"}}"#, User, PutPhoto, Class::FewTries, None, "store failed", "retry"),
    (404, NONE, "", User, PutPhoto, Class::Transient, None, "no reason", "proxy"),
    (404, NONE, r#"{"error":{"code":"ImageNotFound","message":"Exception of type 'Microsoft.Fast.Profile.Core.Exception.ImageNotFoundException' was thrown."}}"#, User, PutPhoto, Class::FewTries, None, "no place", "licence"),
    (423, NONE, "", User, PutPhoto, Class::FewTries, None, "locked", "Nothing"),
    (412, NONE, "", User, PutPhoto, Class::FewTries, None, "412", "Nothing"),
    (507, NONE, "", User, PutPhoto, Class::FewTries, None, "full", "quota"),
    (403, HTML, "<html>Blocked by policy</html>", User, PutPhoto, Class::Transient, None, "firewall", "proxy"),
    // Sign-in.
    (401, NONE, r#"{"error":{"code":"InvalidAuthenticationToken","message":"Access token has expired."}}"#, User, PutPhoto, Class::SignIn, None, "does not accept the token", "clock"),
    (401, NONE, "", Group, Look, Class::SignIn, None, "does not accept the token", "graph.cloud"),
    // The kind is forbidden.
    (403, NONE, r#"{"error":{"code":"ErrorInsufficientPermissionsInAccessToken","message":"Exception of type 'Microsoft.Fast.Profile.Core.Exception.ProfileAccessDeniedException' was thrown."}}"#, User, PutPhoto, Class::KindForbidden, None, "guest", "ProfilePhoto.ReadWrite.All"),
    (403, NONE, r#"{"error":{"code":"ErrorAccessDenied","message":"Access is denied. Check credentials and try again."}}"#, Group, PutPhoto, Class::KindForbidden, None, "group photos", "Group.ReadWrite.All"),
    (403, NONE, r#"{"error":{"code":"Forbidden","message":"Failed to execute MsGraph backend request GetPhoto"}}"#, Team, PutPhoto, Class::KindForbidden, None, "team photos", "TeamSettings.ReadWrite.All"),
    (403, NONE, r#"{"error":{"code":"ErrorAccessDenied","message":"x"}}"#, Contact, PutPhoto, Class::KindForbidden, None, "application access policy", "Contacts.ReadWrite"),
    (403, NONE, r#"{"error":{"code":"AppOnlyTokenNotSupportedForGroupUpdate","message":"x"}}"#, Group, PutPhoto, Class::KindForbidden, None, "without a signed-in user", "application permission"),
    (403, NONE, r#"{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete the operation.","innerError":{"request-id":"r"}}}"#, User, Look, Class::KindForbidden, None, "look up users", "User.Read.All"),
    (403, NONE, r#"{"error":{"code":"Authorization_RequestDenied","message":"x"}}"#, Group, Look, Class::KindForbidden, None, "groups", "GroupMember.Read.All"),
    (403, NONE, r#"{"error":{"code":"ErrorAccessDenied","message":"x"}}"#, Contact, Look, Class::KindForbidden, None, "contacts", "Contacts.Read"),
    (403, NONE, r#"{"error":{"code":"insufficient_claims","message":"x"}}"#, User, PutPhoto, Class::KindForbidden, None, "Conditional Access", "administrator"),
    (403, NONE, r#"{"error":{"code":"Forbidden","message":""}}"#, User, DeletePhoto, Class::KindForbidden, None, "delete user photos", "ProfilePhoto.ReadWrite.All"),
    (403, NONE, "", User, DeletePhoto, Class::Transient, None, "no reason", "proxy"),
    (403, NONE, r#"{"error":{"code":"UnknownError","message":""}}"#, Me, PutPhoto, Class::KindForbidden, None, "signed-in user", "photosyncd login"),
    (403, NONE, r#"{"error":{"code":"UnknownError","message":"{\"Code\":\"NoPermissionsInAccessToken\",\"Message\":\"no\"}"}}"#, Me, PutPhoto, Class::Guest, None, "guest", "account of this tenant"),
    // Missing, or not there yet.
    (404, NONE, r#"{"error":{"code":"Request_ResourceNotFound","message":"Resource 'anna' does not exist"}}"#, User, PutPhoto, Class::TargetMissing, None, "no such user", "still exists"),
    (404, NONE, r#"{"error":{"code":"ErrorInvalidUser","message":"The requested user 'a@b.c' is invalid."}}"#, User, PutPhoto, Class::TargetMissing, None, "no such user", "still exists"),
    (404, NONE, "", User, Look, Class::Transient, None, "no reason", "proxy"),
    (404, NONE, r#"{"error":{"code":"Request_ResourceNotFound","message":"x"}}"#, User, Look, Class::TargetMissing, None, "no such user", "still exists"),
    (404, NONE, r#"{"error":{"code":"UnknownError","message":"{\"errorCode\":\"ErrorUserResolutionFailedUserDoesNotExist\",\"message\":\"Exception of type 'Microsoft.Fast.Profile.Core.Exception.ProfileNotFoundException' was thrown.\"}"}}"#, User, PutPhoto, Class::TargetNotReady, None, "not know this account yet", "new"),
    (404, NONE, r#"{"error":{"code":"ErrorItemNotFound","message":"x"}}"#, Contact, PutPhoto, Class::TargetMissing, None, "contact", "looks it up"),
    (404, NONE, r#"{"error":{"code":"NotFound","message":"No team found with Group Id 6e7b768e"}}"#, Team, PutPhoto, Class::TargetNotReady, None, "15 minutes", "new"),
    (404, NONE, r#"{"error":{"code":"ItemNotFound","message":"x"}}"#, Group, PutPhoto, Class::TargetNotReady, None, "15 minutes", "new"),
    // No mailbox.
    (404, NONE, r#"{"error":{"code":"ErrorNonExistentMailbox","message":"The SMTP address has no mailbox associated with it."}}"#, User, PutPhoto, Class::NoMailbox, None, "no mailbox", "licence"),
    (404, NONE, r#"{"error":{"code":"MailboxNotEnabledForRESTAPI","message":"x"}}"#, Contact, Look, Class::NoMailbox, None, "no mailbox", "licence"),
    (400, NONE, r#"{"error":{"code":"AuthenticationError","message":"Error authenticating with resource"}}"#, User, PutPhoto, Class::NoMailbox, None, "no Exchange", "licence"),
    (404, NONE, r#"{"error":{"code":"MailboxNotHostedInExchangeOnline","message":"x"}}"#, User, PutPhoto, Class::NoMailbox, None, "on premises", "Move"),
    (400, NONE, r#"{"error":{"code":"extensionError","message":"x"}}"#, User, PutPhoto, Class::NoMailbox, None, "access policy", "Get-ApplicationAccessPolicy"),
    (404, NONE, r#"{"error":{"code":"UnknownError","message":"{\"error\":{\"code\":\"OrganizationFromTenantGuidNotFound\",\"message\":\"The tenant for tenant guid 'x' does not exist.\",\"innerError\":{\"oAuthEventOperationId\":\"y\"}}}","innerError":{"date":"z"}}}"#, User, PutPhoto, Class::NoExchange, None, "Exchange Online", "B2C"),
    // The picture.
    (400, NONE, r#"{"error":{"code":"ValidationWidthTooSmall","message":"Exception of type 'Microsoft.Fast.Profile.Core.Exception.ProfileBadRequestException' was thrown."}}"#, User, PutPhoto, Class::PhotoRefused, None, "too small", "648"),
    (400, NONE, r#"{"error":{"code":"BadRequest","message":"x","innererror":{"code":"ValidationHeightTooSmall"}}}"#, User, PutPhoto, Class::PhotoRefused, None, "too small", "648"),
    (400, NONE, "", User, PutPhoto, Class::Transient, None, "no reason", "proxy"),
    (400, NONE, r#"{"error":{"code":"BadRequest","message":"x"}}"#, User, PutPhoto, Class::Transient, None, "no reason", "proxy"),
    (400, NONE, r#"{"error":{"code":"ErrorInvalidImage","message":"x"}}"#, User, PutPhoto, Class::PhotoRefused, None, "refuses this picture", "JPEG"),
    (413, NONE, r#"{"error":{"code":"RequestEntityTooLarge","message":"x"}}"#, User, PutPhoto, Class::PhotoTooLarge, None, "4 MB", "max_bytes"),
    (413, HTML, "<html>", User, PutPhoto, Class::Transient, None, "proxy", "proxy"),
    (415, NONE, r#"{"error":{"code":"UnsupportedMediaType","message":"x"}}"#, User, PutPhoto, Class::PhotoRefused, None, "type", "JPEG"),
    // Ours, or somebody in between.
    (302, &[("location", "https://evil.example/x")], "", User, PutPhoto, Class::Transient, None, "redirect to evil.example", "graph_url"),
    (308, NONE, "", User, Look, Class::Transient, None, "redirect", "graph_url"),
    (400, NONE, r#"{"error":{"code":"Request_UnsupportedQuery","message":"x"}}"#, User, Look, Class::Bug, None, "does not understand", "photosyncd"),
    (405, NONE, r#"{"error":{"code":"x","message":"y"}}"#, User, PutPhoto, Class::Bug, None, "does not understand", "graph_url"),
    (405, NONE, r#"{"error":{"code":"x","message":"y"}}"#, Team, DeletePhoto, Class::NotPossible, None, "no way to delete", "by hand"),
    (407, NONE, "", User, PutPhoto, Class::Offline, None, "proxy", "HTTPS_PROXY"),
    (511, HTML, "<html>", User, PutPhoto, Class::Offline, None, "sign-in of its own", "HTTPS_PROXY"),
    // No photo to read.
    (404, NONE, r#"{"error":{"code":"ErrorEntityNotFound","message":"x"}}"#, User, ReadPhoto, Class::TargetMissing, None, "no photo", ""),
    (404, NONE, r#"{"error":{"code":"Request_ResourceNotFound","message":"x"}}"#, User, ReadPhoto, Class::Transient, None, "no reason", ""),
    // Whoever says when to come back has not said no.
    (404, &[("retry-after", "7")], r#"{"error":{"code":"Request_ResourceNotFound","message":"x"}}"#, User, Look, Class::Transient, Some(7), "no reason", ""),
    (404, &[("retry-after", "7")], "", User, PutPhoto, Class::Transient, Some(7), "no reason", ""),
    (408, &[("retry-after", "7")], "", User, PutPhoto, Class::Transient, Some(7), "in time", ""),
    (409, &[("retry-after", "7")], "", User, PutPhoto, Class::Transient, Some(7), "changing", ""),
    (412, &[("retry-after", "7")], "", User, PutPhoto, Class::FewTries, Some(7), "412", ""),
    (423, &[("retry-after", "7")], "", User, PutPhoto, Class::FewTries, Some(7), "locked", ""),
];

fn headers(list: &[(&'static str, &'static str)]) -> HeaderMap {
    list.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
}

#[test]
fn every_answer_is_classed_and_explained() {
    assert!(ROWS.len() >= 40);
    for (status, extra, body, kind, verb, class, wait, cause, cure) in ROWS {
        let what = Operation { kind: *kind, verb: *verb };
        let status = StatusCode::from_u16(*status).unwrap();
        let failure = classify(status, &headers(extra), body.as_bytes(), what, Timestamp::default());
        let row = format!("{status} {body} {what:?} → {failure:?}");
        assert_eq!(failure.class, *class, "{row}");
        assert_eq!(failure.retry_after.map(|wait| wait.as_secs()), *wait, "{row}");
        assert!(failure.cause.contains(cause), "{row}");
        assert!(failure.cure.to_string().contains(cure), "{row}");
        assert!(!failure.cause.is_empty() && failure.cure.to_string().ends_with('.'), "{row}");
        assert!(!failure.to_string().contains('@') && !failure.to_string().contains("anna"), "{row}");
    }
}

#[test]
fn the_code_that_decided_and_the_request_id_are_kept() {
    let what = Operation { kind: User, verb: PutPhoto };
    let body = r#"{"error":{"code":"UnknownError","message":"{\"error\":{\"code\":\"OrganizationFromTenantGuidNotFound\"}}","innerError":{"request-id":"inner"}}}"#;
    let failure = classify(StatusCode::NOT_FOUND, &HeaderMap::new(), body.as_bytes(), what, Timestamp::default());
    assert_eq!(failure.code.as_deref(), Some("OrganizationFromTenantGuidNotFound"));
    assert_eq!(failure.request_id.as_deref(), Some("inner"));
    let failure =
        classify(StatusCode::NOT_FOUND, &headers(&[("request-id", "outer")]), body.as_bytes(), what, Timestamp::default());
    assert_eq!(failure.request_id.as_deref(), Some("outer"));
    assert_eq!(failure.reason(), Reason::NoMailbox);
}

#[test]
fn the_throttled_scope_is_named() {
    let scope = |list: &[(&'static str, &'static str)], body: &str| {
        let what = Operation { kind: Contact, verb: PutPhoto };
        classify(StatusCode::TOO_MANY_REQUESTS, &headers(list), body.as_bytes(), what, Timestamp::default()).throttle_scope
    };
    assert_eq!(scope(&[], ""), None);
    assert_eq!(scope(&[("x-ms-throttle-scope", "Tenant/Write/a/b")], ""), Some(ThrottleScope::Tenant));
    let body = r#"{"error":{"code":"ApplicationThrottled","message":"Application is over its MailboxConcurrency limit."}}"#;
    assert_eq!(scope(&[], body), Some(ThrottleScope::Mailbox));
}

#[test]
fn smaller_pictures_and_final_reasons_are_hinted_at() {
    let put = |kind, status, body: &str| {
        let what = Operation { kind, verb: PutPhoto };
        classify(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), body.as_bytes(), what, Timestamp::default())
    };
    let smaller = |failure: Failure| failure.recourse == Some(Recourse::SendSmaller);
    assert!(smaller(put(User, 404, "")) && smaller(put(User, 413, "")) && !smaller(put(User, 400, "")));
    assert!(!smaller(put(Group, 413, "")) && !smaller(put(User, 403, "")) && !smaller(put(User, 429, "")));
    let slot = r#"{"error":{"code":"ImageNotFound"}}"#;
    assert_eq!((put(User, 404, "").final_reason, put(User, 404, slot).final_reason), (Reason::GaveUp, Reason::NoMailbox));
    assert_eq!(put(User, 502, r#"{"error":{"code":"BadGateway"}}"#).final_reason, Reason::GaveUp);
    assert_eq!(put(User, 403, r#"{"error":{"code":"Forbidden"}}"#).final_reason, Reason::NotPermitted);
}

/// When the tries are used up, nothing is promised that is true only while it waits.
#[test]
fn a_final_cure_says_what_happens_then() {
    let codes = ["", "UnknownError", "ErrorInternalServerError", "ErrorItemNotFound", "ImageNotFound", "BadGateway", "Forbidden"];
    for status in 400..600 {
        for code in codes {
            let body = format!(r#"{{"error":{{"code":"{code}"}}}}"#);
            let what = Operation { kind: User, verb: PutPhoto };
            let status = StatusCode::from_u16(status).unwrap();
            let failure = classify(status, &HeaderMap::new(), body.as_bytes(), what, Timestamp::default());
            if failure.class == Class::Throttled {
                continue; // never given up
            }
            let cure = failure.cure.when_given_up();
            assert!(!cure.contains("Nothing: ") && !cure.contains("again by itself"), "{status} {code}: {cure}");
            assert!(cure.contains("about once a day") && cure.contains("photosyncd retry"), "{status} {code}: {cure}");
            assert!(!cure.contains("..") && !cure.contains("  ") && !cure.starts_with(' '), "{status} {code}: {cure:?}");
        }
    }
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(crate::testing::cases(256))]
        #[test]
        fn no_answer_makes_it_stumble(status in 100_u16..600, body in proptest::collection::vec(any::<u8>(), 0..300), wait in "[ -~]{0,40}") {
            let mut headers = HeaderMap::new();
            headers.insert("retry-after", wait.parse().unwrap());
            for kind in TargetKind::ALL {
                for verb in [PutPhoto, DeletePhoto, ReadPhoto, Look] {
                    let status = StatusCode::from_u16(status).unwrap();
                    let failure = classify(status, &headers, &body, Operation { kind, verb }, Timestamp::default());
                    prop_assert!(failure.retry_after.is_none_or(|wait| (1..=3600).contains(&wait.as_secs())));
                    prop_assert!(!failure.cause.is_empty() && !failure.cure.to_string().is_empty());
                }
            }
        }
    }
}
