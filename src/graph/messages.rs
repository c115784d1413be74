//! Cause and cure of each kind of error, in words an administrator can act on at three in the morning.

use super::cure::Cure;
use super::error_kind::ErrorKind;
use super::permission::{act, needed};
use super::{Class, Operation, Verb};
use crate::model::TargetKind;

const MAILBOX: &str = "Give the account a licence with an Exchange Online mailbox, then run `photosyncd retry TARGET`.";

/// The class of a kind of error.
pub(super) const fn class(error_kind: ErrorKind) -> Class {
    match error_kind {
        ErrorKind::Throttled | ErrorKind::BandwidthSpent => Class::Throttled,
        ErrorKind::Unavailable
        | ErrorKind::TimedOut
        | ErrorKind::ServerFault
        | ErrorKind::GatewayFault
        | ErrorKind::Conflict
        | ErrorKind::NotGraph
        | ErrorKind::NotGraphRefusal
        | ErrorKind::Redirect
        | ErrorKind::Unexplained => Class::Transient,
        ErrorKind::HiddenPermission
        | ErrorKind::MailboxStoreError
        | ErrorKind::MailboxStoreNotFound
        | ErrorKind::PhotoSlotNotFound
        | ErrorKind::Locked
        | ErrorKind::QuotaSpent
        | ErrorKind::Precondition => Class::FewTries,
        ErrorKind::TokenRefused => Class::SignIn,
        ErrorKind::MissingPermission | ErrorKind::AppOnlyUnsupported | ErrorKind::ConditionalAccess => Class::KindForbidden,
        ErrorKind::GuestRefused => Class::Guest,
        ErrorKind::ObjectMissing | ErrorKind::ContactNotFound | ErrorKind::NoPhoto => Class::TargetMissing,
        ErrorKind::NotReady | ErrorKind::AccountNotReady => Class::TargetNotReady,
        ErrorKind::NoExchangeInTenant => Class::NoExchange,
        ErrorKind::NoMailbox | ErrorKind::MailboxElsewhere | ErrorKind::NoExchange | ErrorKind::ExchangePolicy => {
            Class::NoMailbox
        }
        ErrorKind::PictureTooSmall | ErrorKind::PictureRefused | ErrorKind::PictureTypeRefused => Class::PhotoRefused,
        ErrorKind::PictureTooLarge => Class::PhotoTooLarge,
        ErrorKind::NotPossible => Class::NotPossible,
        ErrorKind::ProxySignIn => Class::Offline,
        ErrorKind::NotUnderstood => Class::Bug,
    }
}

/// Cause and cure. `detail` is the host of a redirect.
pub(super) fn message(error_kind: ErrorKind, what: Operation, detail: &str) -> (String, Cure) {
    let (cause, cure) = match error_kind {
        ErrorKind::MissingPermission => missing_permission(what),
        ErrorKind::HiddenPermission => (
            format!("Graph could not pass the request on (502); this has also hidden a missing permission to {}", act(what)),
            format!("If it stays so, grant the application {} with admin consent, then run `photosyncd retry`.", needed(what)),
        ),
        ErrorKind::AppOnlyUnsupported => (
            format!("this tenant does not let an application without a signed-in user {}", act(what)),
            format!(
                "Grant {} as an application permission with admin consent; if that stands already, Microsoft has not \
                 opened it to your cloud yet: remove the rule for this kind until then.",
                needed(what)
            ),
        ),
        ErrorKind::NotPossible => (
            format!("Graph offers no way to {} for a {}", if deletes(what) { "delete the photo" } else { "do this" }, what.kind),
            "Take the photo out by hand (Teams, Outlook), then run `photosyncd accept TARGET`; or replace it with another file."
                .to_owned(),
        ),
        ErrorKind::Redirect => {
            let cure = "Check graph.cloud, graph.graph_url and any proxy: Graph itself does not redirect.";
            return (format!("unexpected redirect to {detail}; the token was not sent there"), Cure::ActAndWait(cure));
        }
        ErrorKind::ObjectMissing => (
            format!("Graph knows no such {}", what.kind),
            "Check that the account or group still exists; a deleted one stays blocked until its file goes.".to_owned(),
        ),
        plain => {
            let (cause, cure) = match plain_message(plain) {
                Some((cause, cure)) => (cause, Cure::act(cure)),
                None => passing_message(plain),
            };
            return (cause.to_owned(), cure);
        }
    };
    (cause, cure.into())
}

const fn deletes(what: Operation) -> bool {
    matches!(what.verb, Verb::DeletePhoto)
}

fn missing_permission(what: Operation) -> (String, String) {
    if what.verb == Verb::ReadPolicy {
        return (
            format!("the application may not {}", act(what)),
            format!("Grant it {} with admin consent for the length of this check; nothing else here needs it.", needed(what)),
        );
    }
    let mut cause = format!("the application may not {}", act(what));
    let mut cure = format!(
        "In Microsoft Entra, under App registrations > API permissions, add {} as an application permission and give admin consent",
        needed(what)
    );
    match (what.kind, what.verb) {
        (TargetKind::User, Verb::PutPhoto) => {
            cause.push_str(", or this one account is a guest, which Graph refuses even where members work");
        }
        (TargetKind::Contact, _) => {
            cause.push_str(", or an Exchange application access policy leaves this mailbox out");
            cure.push_str("; see also Get-ApplicationAccessPolicy in Exchange Online");
        }
        (TargetKind::Me, _) => {
            "Sign in again with `photosyncd login` and agree to User.ReadWrite".clone_into(&mut cure);
        }
        (TargetKind::Team, Verb::PutPhoto) => cause.push_str(" (older tenants allow it only to an owner of the team)"),
        _ => {}
    }
    cure.push_str("; then run `photosyncd retry`.");
    (cause, cure)
}

/// Words about what passes. They do not depend on the operation.
const fn passing_message(error_kind: ErrorKind) -> (&'static str, Cure) {
    match error_kind {
        ErrorKind::Unavailable => ("Graph is overloaded or under maintenance (503)", Cure::Wait),
        ErrorKind::TimedOut => ("Graph did not finish the request in time", Cure::Wait),
        ErrorKind::GatewayFault => ("a gateway before Graph failed (502)", Cure::Wait),
        ErrorKind::Conflict => ("Graph was changing the same object at that moment", Cure::Wait),
        ErrorKind::Locked => ("the object is locked (423)", Cure::Wait),
        ErrorKind::Precondition => ("the photo changed at the same moment (412)", Cure::Wait),
        ErrorKind::NotGraph => (
            "a web page came back instead of Graph's answer: a captive portal or a proxy answered",
            Cure::ActAndWait("Check the network and the proxy of this machine."),
        ),
        ErrorKind::NotGraphRefusal => (
            "a web page came back instead of Graph's answer: a proxy or firewall refuses the request",
            Cure::ActAndWait("Let this machine reach the Graph host through the proxy or firewall."),
        ),
        ErrorKind::Unexplained => (
            "the refusal gives no reason that proves anything",
            Cure::WaitThenAct("If it lasts, check any proxy between this machine and Graph."),
        ),
        // The words of others depend on the operation or are given elsewhere; a server fault is what is left.
        _ => ("Graph failed inside", Cure::Wait),
    }
}

/// Words about what lasts. They do not depend on the operation.
const fn plain_message(error_kind: ErrorKind) -> Option<(&'static str, &'static str)> {
    Some(match error_kind {
        ErrorKind::Throttled => (
            "Graph asked to slow down",
            "Nothing: when the pause is over the service resumes by itself, and a command can be run again.",
        ),
        ErrorKind::BandwidthSpent => (
            "Graph's bandwidth limit for this application is used up",
            "Nothing: after a longer pause the service resumes by itself, and a command can be run again.",
        ),
        ErrorKind::NoPhoto => ("the slot holds no photo", "Nothing."),
        ErrorKind::ProxySignIn => (
            "the proxy or network wants a sign-in of its own",
            "Put user and password into HTTPS_PROXY, or let this machine pass without them.",
        ),
        ErrorKind::MailboxStoreError => (
            "the mailbox store failed on this photo; Bookings mailboxes always do",
            "If it is a Bookings mailbox, exclude it; otherwise run `photosyncd retry TARGET` tomorrow.",
        ),
        ErrorKind::MailboxStoreNotFound => (
            "the mailbox store did not find the photo's place: no usable mailbox, or a passing fault of the store",
            "Check that the account has an Exchange Online mailbox; then run `photosyncd retry TARGET`.",
        ),
        ErrorKind::PhotoSlotNotFound => (
            "Graph found no place for this photo: the account has no mailbox, is new, or has no mailbox and the photo exceeds 100 KB",
            MAILBOX,
        ),
        ErrorKind::ContactNotFound => {
            ("the contact is no longer in the mailbox", "Nothing, if it was deleted; otherwise the next pass looks it up again.")
        }
        ErrorKind::QuotaSpent => (
            "the mailbox or its storage is full",
            "Free space in the mailbox or raise its quota, then run `photosyncd retry TARGET`.",
        ),
        ErrorKind::TokenRefused => (
            "Graph does not accept the token, not even a fresh one",
            "Check graph.cloud and graph.tenant, that the application is enabled, and this machine's clock; `photosyncd doctor` looks closer.",
        ),
        ErrorKind::ConditionalAccess => (
            "a Conditional Access policy stops the application (insufficient_claims)",
            "Let a Conditional Access administrator exclude this application or this machine's address, then run `photosyncd retry`.",
        ),
        ErrorKind::GuestRefused => {
            ("the signed-in user is a guest here, and Graph refuses a guest's photo", "Sign in with an account of this tenant.")
        }
        ErrorKind::NotReady => (
            "the group or team is not ready for a photo yet; new ones take up to 15 minutes",
            "Nothing, while it is new; if it stays so, open the team once in Teams, then run `photosyncd retry TARGET`.",
        ),
        ErrorKind::AccountNotReady => (
            "Exchange does not know this account yet, though the directory does; it may be new",
            "Nothing, while the account is new; if it stays so, check its licence, then run `photosyncd retry TARGET`.",
        ),
        ErrorKind::NoExchangeInTenant => (
            "this tenant has no Exchange Online, or is a B2C tenant",
            "Check graph.tenant. User and group photos need Exchange Online in the tenant; a B2C tenant has no place for them. \
             With that mended, run `photosyncd retry`.",
        ),
        ErrorKind::NoMailbox => ("the account has no mailbox", MAILBOX),
        ErrorKind::MailboxElsewhere => (
            "the mailbox is not in Exchange Online (on premises, or never made)",
            "Move the mailbox to Exchange Online, or set this person's photo on premises and exclude the account here.",
        ),
        ErrorKind::NoExchange => (
            "the account has no mailbox, or the tenant has no Exchange Online",
            "Give the account an Exchange Online mailbox (licence); a B2C tenant can't hold photos at all.",
        ),
        ErrorKind::ExchangePolicy => (
            "Exchange refuses: the mailbox is on premises, or an application access policy leaves it out",
            "Check Get-ApplicationAccessPolicy in Exchange Online and where the mailbox lives; then run `photosyncd retry TARGET`.",
        ),
        ErrorKind::NotUnderstood => (
            "Graph does not understand the request",
            "Check graph.graph_url; if the cloud is Microsoft's own, report it as a bug of photosyncd with this code.",
        ),
        other => return picture_message(other),
    })
}

/// Words about the picture.
const fn picture_message(error_kind: ErrorKind) -> Option<(&'static str, &'static str)> {
    Some(match error_kind {
        ErrorKind::PictureTooSmall => {
            ("Graph finds the picture too small", "Use a picture of at least 48 x 48 pixels, better 648 x 648.")
        }
        ErrorKind::PictureRefused => {
            ("Graph refuses this picture", "Save the picture again as a plain JPEG of 648 x 648 pixels, or use another one.")
        }
        ErrorKind::PictureTooLarge => (
            "Graph refuses the size of this picture (its limit is 4 MB; about 100 KB where there is no mailbox)",
            "Lower photo.max_bytes or photo.quality, then run `photosyncd retry TARGET`.",
        ),
        ErrorKind::PictureTypeRefused => (
            "Graph refuses the type of this picture",
            "Save the picture again as a plain JPEG; if every picture is refused, report it as a bug of photosyncd.",
        ),
        _ => return None,
    })
}
