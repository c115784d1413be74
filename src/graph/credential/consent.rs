//! Which permissions a person is asked for when they sign in: those of the kinds that are mapped, and no others.
//! Follows the delegated columns of Microsoft's profilePhoto, list users and list groups pages.

use crate::model::TargetKind;

/// What a person who signs in must agree to, so that photos of this kind can be kept. `own`: only contacts in the
/// person's own mailbox.
pub(crate) const fn delegated_permissions(kind: TargetKind, own: bool) -> &'static [&'static str] {
    match (kind, own) {
        (TargetKind::Me, _) => &["User.ReadWrite"],
        (TargetKind::User, _) => &["ProfilePhoto.ReadWrite.All", "User.Read.All"],
        (TargetKind::Group, _) => &["ProfilePhoto.ReadWrite.All", "GroupMember.Read.All"],
        (TargetKind::Team, _) => &["TeamSettings.ReadWrite.All", "GroupMember.Read.All"],
        (TargetKind::Contact, true) => &["Contacts.ReadWrite"],
        (TargetKind::Contact, false) => &["Contacts.ReadWrite", "Contacts.ReadWrite.Shared", "User.Read.All"],
    }
}
