//! The check of the service: whether it runs, and what it says of itself.

use std::io::ErrorKind;

use super::check::CheckResult;
use crate::cli::text;
use crate::config::Config;
use crate::daemon::{self, ControlError, GetStatus};
use crate::status::ConditionKind;

/// Whether the service runs, and what it says of itself.
pub(super) async fn service(config: &Config, holder: Option<String>) -> CheckResult {
    let look =
        "`systemctl status photosyncd` and `journalctl -u photosyncd` say more; `systemctl restart photosyncd` restarts it.";
    let status = match (daemon::ask(&config.ledger.path, &GetStatus {}).await, holder) {
        (Ok(status), _) => status,
        (Err(ControlError::Nobody { source, .. }), None) if source.kind() == ErrorKind::ConnectionRefused => {
            return CheckResult::warning(
                "service",
                "the service is not running but left its socket behind (it crashed, was killed or ran out of memory)",
                look,
            );
        }
        (_, None) => return CheckResult::ok("service", "no service is running, and nothing holds the ledger"),
        (Err(ControlError::Silent(_)), Some(holder)) => {
            return CheckResult::warning(
                "service",
                format!("{holder} holds the ledger and does not answer: stopped, or hanging"),
                look,
            );
        }
        (_, Some(holder)) => {
            return CheckResult::ok("service", format!("{holder} holds the ledger: a command at work, or a service"));
        }
    };
    let (mut words, mut cures) = (Vec::new(), Vec::new());
    for (kind, message, _) in status.conditions() {
        let cure = match kind {
            ConditionKind::LedgerGone => "`photosyncd status` says what to put back; else `systemctl restart photosyncd`.",
            ConditionKind::Ledger | ConditionKind::NoPass | ConditionKind::TableUnusable => look,
            ConditionKind::TableChanging | ConditionKind::Unreachable => {
                "Nothing: it resumes by itself; if it stays so, look at the log."
            }
            ConditionKind::SourceAway => "Look at the share and its server; the service resumes when it is back.",
            ConditionKind::Halted(_) => "`photosyncd status` has the numbers, and what to type to continue.",
            ConditionKind::SignIn => "Follow the checks of sign-in here; then `photosyncd retry`.",
            ConditionKind::Forbidden => "Follow the checks of permissions here; then `photosyncd retry`.",
            ConditionKind::ReloadRefused => {
                "Correct the configuration and run `systemctl reload photosyncd` again; the old one is in force."
            }
            ConditionKind::PagesUnserved => "`ss -ltnp` says which program has the address; the service tries again by itself.",
            ConditionKind::NotifyFailing => "Correct `notify` and run `systemctl reload photosyncd`; what waits is told then.",
        };
        words.push(message.into_owned());
        cures.push(cure);
    }
    if !words.is_empty() {
        cures.dedup();
        return CheckResult::warning("service", format!("the running service says: {}", words.join("; ")), cures.join(" "));
    }
    CheckResult::ok("service", format!("it runs as process {} since {}", status.pid, text::local(status.started_at)))
}
