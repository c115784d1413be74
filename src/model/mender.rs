//! Who or what can mend a reason, and when it is looked at again because time alone may have done so.

use std::time::Duration;

use super::{Reason, Timestamp};

/// Who or what can mend a reason.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mender {
    /// Time: Microsoft 365, or whoever looks after it, may have mended it meanwhile without a word to this program.
    Time,
    /// A change of a file or of the table, which a pass sees.
    File,
    /// A decision that only a person can take, by a command.
    Person,
    /// A change of the settings.
    Setting,
}

/// What is blocked at an account younger than this is looked at every hour: much of what a new account lacks comes by itself.
const YOUNG: Duration = Duration::from_secs(48 * 3600);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

impl Reason {
    /// Who or what mends it.
    pub(crate) const fn mender(self) -> Mender {
        match self {
            Self::TargetMissing
            | Self::TargetAmbiguous
            | Self::TargetNotReady
            | Self::Guest
            | Self::AccountDisabled
            | Self::NoMailbox
            | Self::NotPermitted
            | Self::SignIn
            | Self::PhotoRefused
            | Self::FileChanging
            | Self::NoBackup
            | Self::HasPhoto
            | Self::Throttled
            | Self::Transient
            | Self::GaveUp => Mender::Time,
            Self::Unmatched
            | Self::TableRow
            | Self::FileMissing
            | Self::CameraNumber
            | Self::DuplicateFiles
            | Self::GroupAndTeamDiffer
            | Self::PhotoCorrupt
            | Self::PhotoTooSmall
            | Self::PhotoTooLarge
            | Self::PhotoUnsupported
            | Self::PhotoBlank
            | Self::NoFace
            | Self::SeveralFaces
            | Self::FileUnreadable => Mender::File,
            Self::IdentityChanged | Self::RemovalNotPossible | Self::Restored | Self::UserPhoto => Mender::Person,
            Self::OutOfScope => Mender::Setting,
        }
    }

    /// Whether it only says that a try failed, and nothing of what the next one will find.
    pub(crate) const fn is_passing(self) -> bool {
        matches!(self, Self::TargetNotReady | Self::SignIn | Self::FileChanging | Self::Throttled | Self::Transient)
    }

    /// Whether Microsoft 365 may have said it to everybody, in an outage.
    pub(crate) const fn may_be_of_all(self) -> bool {
        let of_the_account = matches!(self, Self::NotPermitted | Self::NoMailbox | Self::TargetMissing | Self::Guest);
        of_the_account || matches!(self, Self::PhotoRefused | Self::PhotoTooLarge | Self::TargetNotReady | Self::GaveUp)
    }

    /// Whether a look that ended with `found` leaves this reason as it is: a fault on the way is no news of it.
    pub(crate) const fn outlasts(self, found: Self) -> bool {
        !self.is_passing() && (found.is_passing() || matches!(found, Self::GaveUp | Self::NoBackup))
    }

    /// When what `name` is blocked for is looked at again; none if time does not mend it. `born`: when its account was made,
    /// or since when it is blocked where that is not known. Up to a quarter sooner, by the name, so that a thousand do not
    /// come at once.
    pub(crate) fn next_look(self, name: &str, born: Timestamp, now: Timestamp) -> Option<Timestamp> {
        // A photo that is there is nothing that a new account lacks.
        let period = if now.since(born) < YOUNG && self != Self::HasPhoto { HOUR } else { DAY };
        (self.mender() == Mender::Time).then(|| now.plus(period.mul_f64(1.0 - share(name) / 4.0)))
    }
}

/// A number from 0 to 1 that is always the same for a name (FNV-1a).
fn share(name: &str) -> f64 {
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    f64::from(hash) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Actor;

    #[test]
    fn what_is_tried_again_by_itself_is_mended_by_time_and_what_is_kept_by_a_person() {
        for reason in Reason::ALL {
            assert!(reason.actor() != Actor::Itself || reason.mender() == Mender::Time, "{reason}");
            // Whether a photo is still there is asked again by itself.
            let is_decided = reason.mender() == Mender::Person || *reason == Reason::HasPhoto;
            assert!(!reason.is_kept() || is_decided, "{reason}");
            assert!(!reason.is_passing() || reason.mender() == Mender::Time, "{reason}");
        }
    }

    #[test]
    fn a_thousand_looks_are_spread_over_a_quarter_of_an_hour() {
        let at = Timestamp::from_millis(1_795_435_200_000);
        let mut minutes = [0_usize; 15];
        for number in 0..1_000 {
            let look = Reason::NoMailbox.next_look(&format!("p{number:04}@contoso.com"), at, at).unwrap();
            let seconds = look.since(at).as_secs();
            assert!((45 * 60..=HOUR.as_secs()).contains(&seconds), "{seconds}");
            minutes[usize::try_from(((seconds - 45 * 60) / 60).min(14)).unwrap()] += 1;
        }
        assert!(minutes.iter().all(|count| (30..=110).contains(count)), "{minutes:?}");
    }

    #[test]
    fn hourly_for_two_days_and_daily_from_then_on() {
        let (since, hours) = (Timestamp::from_millis(0), |hours: u64| Duration::from_secs(hours * 3600));
        let wait = |age| {
            let now = since.plus(hours(age));
            Reason::GaveUp.next_look("anna", since, now).unwrap().since(now)
        };
        assert!([0, 1, 47].into_iter().all(|age| wait(age) <= HOUR));
        assert!([48, 49, 9_000].into_iter().all(|age| wait(age) > HOUR * 17 && wait(age) <= DAY));
        assert_eq!(Reason::IdentityChanged.next_look("anna", since, since), None);
    }
}
