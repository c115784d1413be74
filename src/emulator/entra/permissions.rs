//! Which role lets a token do what, and how Graph says no. From the permission tables of Microsoft's profilePhoto pages.

use axum::http::StatusCode;

use crate::emulator::reply::Reply;
use crate::model::TargetKind;

const USER_WRITE: &[&str] = &["ProfilePhoto.ReadWrite.All", "User.ReadWrite.All", "User.ReadWrite"];
const USER_READ: &[&str] = &["User.Read.All", "User.ReadBasic.All", "User.Read", "ProfilePhoto.Read.All", "Directory.Read.All"];
const GROUP_WRITE: &[&str] = &["ProfilePhoto.ReadWrite.All", "Group.ReadWrite.All"];
const GROUP_READ: &[&str] = &["ProfilePhoto.Read.All", "Group.Read.All", "Directory.Read.All"];
const TEAM_WRITE: &[&str] = &["TeamSettings.ReadWrite.All"];
const TEAM_READ: &[&str] = &["Team.ReadBasic.All", "TeamSettings.Read.All"];
const CONTACT_WRITE: &[&str] = &["Contacts.ReadWrite"];
const CONTACT_READ: &[&str] = &["Contacts.Read"];
const USERS: &[&str] = &["User.Read.All", "User.ReadBasic.All", "User.ReadWrite.All", "Directory.Read.All"];
const GROUPS: &[&str] = &["GroupMember.Read.All", "Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All"];

const PHOTO_POLICY: &[&str] = &["PeopleSettings.ReadWrite.All", "PeopleSettings.Read.All"];

/// What a request wants to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Act {
    WritePhoto(TargetKind),
    ReadPhoto(TargetKind),
    Users,
    Groups,
    Contacts,
    PhotoPolicy,
}

impl Act {
    fn allowed_by(self, role: &str) -> bool {
        let any = |lists: &[&[&str]]| lists.iter().any(|list| list.contains(&role));
        match self {
            Self::WritePhoto(TargetKind::User | TargetKind::Me) => any(&[USER_WRITE]),
            Self::ReadPhoto(TargetKind::User | TargetKind::Me) => any(&[USER_WRITE, USER_READ]),
            Self::WritePhoto(TargetKind::Group) => any(&[GROUP_WRITE]),
            Self::ReadPhoto(TargetKind::Group) => any(&[GROUP_WRITE, GROUP_READ]),
            Self::WritePhoto(TargetKind::Team) => any(&[TEAM_WRITE]),
            Self::ReadPhoto(TargetKind::Team) => any(&[TEAM_WRITE, TEAM_READ]),
            Self::WritePhoto(TargetKind::Contact) => any(&[CONTACT_WRITE]),
            Self::ReadPhoto(TargetKind::Contact) | Self::Contacts => any(&[CONTACT_WRITE, CONTACT_READ]),
            Self::Users => any(&[USERS]),
            Self::Groups => any(&[GROUPS]),
            Self::PhotoPolicy => any(&[PHOTO_POLICY]),
        }
    }

    /// Refuses what none of the roles allows; no roles at all means every permission.
    pub(crate) fn check(self, roles: Option<&[String]>) -> Result<(), Reply> {
        if roles.is_none_or(|roles| roles.iter().any(|role| self.allowed_by(role))) {
            return Ok(());
        }
        Err(match self {
            Self::WritePhoto(TargetKind::User | TargetKind::Me) | Self::ReadPhoto(TargetKind::User | TargetKind::Me) => {
                Reply::profile_error(
                    StatusCode::FORBIDDEN,
                    "ErrorInsufficientPermissionsInAccessToken",
                    "ProfileAccessDeniedException",
                )
            }
            Self::WritePhoto(TargetKind::Team) | Self::ReadPhoto(TargetKind::Team) => {
                Reply::error(StatusCode::FORBIDDEN, "Forbidden", "Failed to execute MsGraph backend request.")
            }
            Self::WritePhoto(_) | Self::ReadPhoto(_) | Self::Contacts => {
                Reply::error(StatusCode::FORBIDDEN, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
            }
            Self::Users | Self::Groups | Self::PhotoPolicy => Reply::error(
                StatusCode::FORBIDDEN,
                "Authorization_RequestDenied",
                "Insufficient privileges to complete the operation.",
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_role_opens_what_it_names() {
        let roles = ["ProfilePhoto.ReadWrite.All".to_owned()];
        let may = |act: Act| act.check(Some(&roles)).is_ok();
        assert!(
            may(Act::WritePhoto(TargetKind::User))
                && may(Act::WritePhoto(TargetKind::Group))
                && may(Act::ReadPhoto(TargetKind::User))
        );
        assert!(!may(Act::WritePhoto(TargetKind::Team)) && !may(Act::WritePhoto(TargetKind::Contact)) && !may(Act::Users));
        assert!(Act::Groups.check(None).is_ok());
        assert_eq!(Act::Groups.check(Some(&[])).err().map(|reply| reply.status), Some(StatusCode::FORBIDDEN));
    }
}
