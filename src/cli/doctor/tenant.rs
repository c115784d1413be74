//! What only the tenant can tell. Every question is a read.

use std::time::Duration;

use super::check::CheckResult;
use super::permissions::{Needs, permissions};
use crate::cli::{Exit, setup, text};
use crate::config::{CloudName, Config, CredentialSource, target_kinds};
use crate::graph::{Class, Failure, PhotoPolicy};
use crate::ledger::LedgerSource;
use crate::lookup::with_file;
use crate::model::{Reference, TargetKind};
use crate::pass::{Coverage, Pass, PassError};

/// A question that is not answered within this time is not answered.
const PATIENCE: Duration = Duration::from_secs(60);
/// Beyond this, times in logs and the life of certificates are misjudged.
const SKEW_MS: u64 = 60_000;
/// Time enough to have a new certificate made.
const ENDS_SOON: Duration = Duration::from_secs(30 * 86_400);
/// References of a kind that are tried.
const TRIED: usize = 5;

pub(super) async fn checks(config: &Config, pass: &Pass, coverage: Option<&Coverage>, missing: bool) -> Vec<CheckResult> {
    let mut checks = Vec::new();
    let signed_in = timely(pass.uploader.directory.tenant.graph.sign_in()).await;
    checks.extend(credential_end(config, pass));
    checks.extend(clock(pass));
    if let Err(failure) = signed_in {
        checks.push(failed("sign_in", "sign-in fails", &failure));
        checks.push(CheckResult::skipped("permissions", "nobody is signed in, so nothing could be asked"));
        return checks;
    }
    checks.push(CheckResult::ok(
        "sign_in",
        match config.graph.cloud {
            CloudName::Emulator => "at the built-in simulated tenant".to_owned(),
            cloud => format!("at {cloud}, as {}", config.graph.client_id.as_deref().unwrap_or("the machine's identity")),
        },
    ));
    let kinds = target_kinds(config);
    let needs = Needs {
        person: matches!(config.graph.credential, Some(CredentialSource::DeviceCode)),
        scope: config.names_groups(),
        kinds,
    };
    match timely(pass.uploader.directory.tenant.graph.granted()).await {
        Ok(Some(granted)) => checks.extend(permissions(&granted, &needs)),
        Ok(None) | Err(_) => checks.push(CheckResult::skipped("permissions", "the token does not tell what it grants")),
    }
    if needs.kinds.iter().any(|(kind, _)| matches!(kind, TargetKind::User | TargetKind::Me)) {
        checks.push(photo_policy(pass).await);
    }
    if let Some(coverage) = coverage.filter(|_| pass.uploader.directory.tenant.embedded.is_none()) {
        for (kind, _) in &needs.kinds {
            checks.extend(read(pass, *kind, coverage).await);
        }
    }
    if needs.scope {
        checks.push(scope(pass).await);
    }
    if missing {
        checks.push(people_without(config, pass).await);
    }
    checks
}

async fn timely<T>(question: impl Future<Output = Result<T, Failure>>) -> Result<T, Box<Failure>> {
    match tokio::time::timeout(PATIENCE, question).await {
        Ok(answer) => answer.map_err(Box::new),
        Err(_) => Err(Box::new(Failure::unanswered(PATIENCE))),
    }
}

fn failed(check: &'static str, what: &str, failure: &Failure) -> CheckResult {
    // What is answered in the place of a token is a fault of the sign-in, though it may pass.
    let is_no_token = check == "sign_in" && failure.status.is_some_and(|status| status < 300);
    let of_sign_in = is_no_token || matches!(failure.class, Class::SignIn | Class::KindForbidden | Class::NotPossible);
    let exit = if of_sign_in { Exit::SignIn } else { Exit::Held };
    let request = failure.request_id.as_ref().map(|id| format!(", request {id}")).unwrap_or_default();
    CheckResult::fault(check, exit, format!("{what}: {failure}{request}"), failure.cure.to_string())
}

/// When the credential ends, as far as it tells by itself.
pub(super) fn credential_end(config: &Config, pass: &Pass) -> Option<CheckResult> {
    let Some(ends) = pass.uploader.directory.tenant.graph.credential_ends() else {
        let secret = matches!(config.graph.credential, Some(CredentialSource::ClientSecret(_)));
        return (secret && config.graph.cloud != CloudName::Emulator).then(|| {
            let words = "a client secret does not tell when it ends (after two years at most); the app registration does";
            CheckResult::ok("credential_end", words)
        });
    };
    let now = pass.uploader.clock.now();
    let day = text::day(ends);
    let cure = "Make a new certificate, upload it to the app registration (Certificates & secrets), then put it and its key where graph.credential points.";
    Some(if ends <= now {
        CheckResult::fault("credential_end", Exit::SignIn, format!("the certificate ended on {day}"), cure)
    } else if ends.since(now) < ENDS_SOON {
        let days = ends.since(now).as_secs() / 86_400;
        CheckResult::warning("credential_end", format!("the certificate ends in {}, on {day}", text::count(days, "day")), cure)
    } else {
        let days = ends.since(now).as_secs() / 86_400;
        CheckResult::ok("credential_end", format!("the certificate ends on {day}, in {days} days"))
    })
}

fn clock(pass: &Pass) -> Option<CheckResult> {
    let skew = pass.uploader.directory.tenant.graph.clock_skew()?;
    let seconds = skew.unsigned_abs() / 1_000;
    Some(if skew.unsigned_abs() > SKEW_MS {
        let side = if skew > 0 { "behind" } else { "ahead of" };
        let found = format!("this machine's clock is {} {side} the sign-in service's", text::span(seconds));
        CheckResult::warning("clock", found, "Set the clock: `timedatectl set-ntp true`, or repair chrony or systemd-timesyncd.")
    } else {
        CheckResult::ok("clock", format!("within {} of the sign-in service's", text::span(seconds + 1)))
    })
}

async fn photo_policy(pass: &Pass) -> CheckResult {
    match timely(pass.uploader.directory.tenant.graph.photo_policy()).await {
        Ok(PhotoPolicy::Cloud) => CheckResult::ok("photo_policy", "the tenant takes photos from the cloud"),
        Ok(PhotoPolicy::OnPremises) => CheckResult::fault(
            "photo_policy",
            Exit::SignIn,
            "the tenant takes photos from the on-premises directory only (photoUpdateSettings.source is onPremises): user photos can't be changed in the cloud, not even by administrators",
            "Set the source to cloud: PATCH https://graph.microsoft.com/beta/admin/people/photoUpdateSettings with {\"source\": \"cloud\"} (Graph Explorer does); it takes up to 24 hours.",
        ),
        Ok(PhotoPolicy::Other(word)) => CheckResult::warning(
            "photo_policy",
            format!("photoUpdateSettings.source is {word:?}, which is not documented"),
            "If photos are refused, set the source to cloud (Graph Explorer: beta/admin/people/photoUpdateSettings).",
        ),
        Err(failure) => CheckResult::skipped(
            "photo_policy",
            format!(
                "the tenant's photo policy could not be read ({failure}); that needs PeopleSettings.Read.All, which nothing else here needs"
            ),
        ),
    }
}

/// A read of a few targets that the files name.
async fn read(pass: &Pass, kind: TargetKind, coverage: &Coverage) -> Option<CheckResult> {
    let all: Vec<&Reference> = coverage.references.iter().filter(|one| one.kind == kind).collect();
    // From all over: files beside each other are often of one kind, such as people who left.
    let some: Vec<Reference> = all.iter().step_by(all.len().div_ceil(TRIED).max(1)).copied().cloned().collect();
    let first = some.first()?;
    let asked = timely(pass.uploader.directory.tenant.graph.resolve(&some)).await;
    let found = match asked {
        Ok(found) => found.iter().filter(|found| !found.is_empty()).count(),
        Err(failure) => return Some(failed("read", &format!("no {kind} could be looked up"), &failure)),
    };
    Some(if found == 0 {
        let cure = "Compare a file's name with that property of the account in Microsoft 365, and the rule under mapping.rules with both.";
        let what = format!(
            "of {} tried, the tenant knows none; the first is {}",
            text::count(some.len() as u64, kind.as_str()),
            first.label()
        );
        CheckResult::warning("read", what, cure)
    } else {
        CheckResult::ok("read", format!("the tenant knows {found} of {} tried", text::count(some.len() as u64, kind.as_str())))
    })
}

async fn scope(pass: &Pass) -> CheckResult {
    match pass.uploader.scope_reach().await {
        Ok(Ok(None)) => CheckResult::ok("scope", "every group that the configuration names is there"),
        Ok(Ok(Some(0))) => {
            let cure = "Add members, or name another group under scope.include_groups: nobody would be served.";
            CheckResult::fault("scope", Exit::Configuration, "the groups of scope.include_groups have no members", cure)
        }
        Ok(Ok(Some(people))) => CheckResult::ok("scope", format!("{people} in the groups of scope.include_groups")),
        Ok(Err(words)) => CheckResult::fault(
            "scope",
            Exit::Configuration,
            words,
            "Look the group up in Microsoft 365 and name it by its object id.",
        ),
        Err(error) => not_asked("scope", &PassError::Directory(error)),
    }
}

async fn people_without(config: &Config, pass: &Pass) -> CheckResult {
    let reader = setup::reader(config).ok().map(std::sync::Mutex::new);
    let memory = reader.as_ref().map_or(LedgerSource::Nothing, LedgerSource::ReadOnly);
    let missing = async {
        let proposal = pass.proposer.propose(memory).await?;
        pass.proposer.directory.people_but(&with_file(&proposal.files)).await.map_err(PassError::Directory)
    };
    match missing.await {
        Ok(people) if people.is_empty() => CheckResult::ok("missing", "everybody in scope has a photo in the source"),
        Ok(people) => CheckResult::warning(
            "missing",
            format!(
                "{} in scope have no photo in the source",
                if people.len() == 1 { "1 person".to_owned() } else { format!("{} people", people.len()) }
            ),
            "`photosyncd plan --missing` lists them, for HR.",
        ),
        Err(error) => not_asked("missing", &error),
    }
}

fn not_asked(check: &'static str, error: &PassError) -> CheckResult {
    match error {
        PassError::Directory(failure) => failed(check, "the directory can't be asked", failure),
        error => CheckResult::of(check, Exit::Held, error, "Put that right first."),
    }
}
