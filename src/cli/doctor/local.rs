//! What can be checked on this machine, without asking anybody.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use super::check::{CheckLevel, CheckResult};
use super::service::service;
use crate::cli::{Exit, text};
use crate::config::{CloudName, Config, CredentialSource, SecretSource};
use crate::files::is_there;
use crate::ledger::{Identity, OpenError, Reader, inspect};
use crate::model::SourcePath;
use crate::pass::{Coverage, PassError, ScanFailure, Scanner};
use crate::source::{RootInfo, WatchLimits, WatchMode, count_directories, may_read};

/// A share that does not answer within this time does not answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The whole look at the source.
const LONGEST_LOOK: Duration = Duration::from_secs(120);
/// Rows that can't be read are replaced one by one as their files come up again.
const UNREADABLE: &str = "Rows of files and targets are written again when a pass looks at them. If some stay, stop the service, move the ledger aside and run again: it is rebuilt, which sends photos once more and removes none.";
/// What helps where the source is not there.
const MOUNT: &str = "Mount the share, or correct source.directory; the service's user must be able to enter it.";
/// Below this the ledger soon can't be written.
const LITTLE_SPACE: u64 = 500_000_000;
const NO_SPACE: u64 = 20_000_000;
/// Names shown of many.
const SHOWN: usize = 3;

/// What others may change or read; one check if nothing.
pub(super) fn open_files(config: &Config, file: &Path) -> Vec<CheckResult> {
    let open = super::super::open_files::open_files(config, file).into_iter();
    let warnings: Vec<_> = open.map(|(found, cure)| CheckResult::warning("open_files", found, cure)).collect();
    if !warnings.is_empty() {
        return warnings;
    }
    let words = "configuration, table, state, backups and converter are nobody else's to change";
    vec![CheckResult::ok("open_files", words)]
}

/// How the application proves itself, where building found nothing to refuse.
pub(super) fn credential(config: &Config) -> Option<CheckResult> {
    if config.graph.cloud == CloudName::Emulator {
        return Some(CheckResult::ok("credential", "none is needed: graph.cloud is emulator, and nothing reaches Microsoft 365"));
    }
    Some(match config.graph.credential.as_ref()? {
        CredentialSource::ClientSecret(SecretSource::Env(name)) => CheckResult::warning(
            "credential",
            format!("the client secret comes from the environment variable {name}, which child processes inherit"),
            "For a service, keep it in a file of mode 0600 (client_secret: { file: PATH }) or in a systemd credential.",
        ),
        CredentialSource::ClientSecret(SecretSource::File(path)) => {
            CheckResult::ok("credential", format!("the client secret in {}, closed to others", path.display()))
        }
        CredentialSource::ClientSecret(SecretSource::SystemdCredential(name)) => {
            CheckResult::ok("credential", format!("the client secret in the systemd credential {name}"))
        }
        CredentialSource::Certificate { file, .. } => {
            CheckResult::ok("credential", format!("the certificate {} and its key belong together", file.display()))
        }
        CredentialSource::ManagedIdentity { .. } => CheckResult::ok("credential", "the machine's managed identity"),
        CredentialSource::WorkloadIdentity { .. } => CheckResult::ok("credential", "a federated token"),
        CredentialSource::DeviceCode if is_there(&config.ledger.sign_in_file(), PATIENCE) => {
            CheckResult::ok("credential", "a person's sign-in, kept")
        }
        CredentialSource::DeviceCode => CheckResult::fault(
            "credential",
            Exit::SignIn,
            "nobody has signed in yet",
            "Run `photosyncd login` as the service's user.",
        ),
    })
}

/// What the pictures need besides.
pub(super) fn tools(config: &Config) -> Option<CheckResult> {
    let converter = config.converter.as_ref()?;
    let program = converter.command();
    Some(match converter.program() {
        Some(path) => CheckResult::ok("heic_converter", format!("{} is there", path.display())),
        None => CheckResult::warning(
            "heic_converter",
            format!("the program {program:?} of photo.heic_converter is not there, or may not be run"),
            "Install it, or correct photo.heic_converter; until then HEIC and AVIF pictures are held.",
        ),
    })
}

/// Why nothing can be looked at: the table or the source.
fn unlooked(error: &PassError) -> CheckResult {
    match error {
        PassError::Scan(
            ScanFailure::TableUnreadable { .. } | ScanFailure::TableChanging { .. } | ScanFailure::TableUnusable { .. },
        ) => CheckResult::of("table", Exit::Configuration, error, "Correct mapping.table or the file it names."),
        _ => CheckResult::of("source", Exit::Held, error, MOUNT),
    }
}

/// The source: there, whole, readable, watched; and how the rules fit its files.
pub(super) async fn source(config: &Config, scanner: &Scanner) -> (Vec<CheckResult>, Option<Coverage>) {
    let root = config.source.root.clone();
    let root_info = aside(PATIENCE, move || RootInfo::read(&root)).await;
    let named = config.source.root.display();
    let root_info = match root_info {
        None => {
            let found = format!("{named} does not answer within {} s", PATIENCE.as_secs());
            return (vec![CheckResult::fault("source", Exit::Held, found, "Look at the share and its server.")], None);
        }
        Some(Err(error)) => {
            return (vec![CheckResult::fault("source", Exit::Held, format!("{named} can't be opened: {error}"), MOUNT)], None);
        }
        Some(Ok(root_info)) => root_info,
    };
    let mut checks = Vec::new();
    let coverage = match tokio::time::timeout(LONGEST_LOOK, scanner.coverage()).await {
        Ok(Ok(coverage)) => coverage,
        Ok(Err(error)) => return (vec![unlooked(&error)], None),
        Err(_) => {
            let found = format!("looking at {named} takes longer than {} s", LONGEST_LOOK.as_secs());
            return (vec![CheckResult::warning("source", found, "Nothing, if it is that large; else look at the share.")], None);
        }
    };
    let system = root_info.without_events.unwrap_or("a local file system");
    checks.push(contents(config, &coverage, system));
    if root_info.without_events.is_some() && config.source.require.is_none() {
        checks.push(CheckResult::warning(
            "marker",
            "an unmounted share looks like an empty directory, and source.require names no file that would tell",
            "Put a file into the share (say .mounted) and set source.require: .mounted",
        ));
    }
    checks.push(watching(config.watch.mode, root_info.without_events));
    if matches!(config.watch.mode, WatchMode::Native | WatchMode::Auto) && root_info.without_events.is_none() {
        let settings = scanner.source.clone();
        if let Some(count) = aside(LONGEST_LOOK, move || count_directories(&settings)).await {
            checks.push(watch_limit(WatchLimits::read(), count));
        }
    }
    checks
        .extend(crate::cli::check::warnings(scanner).into_iter().map(|(found, cure)| CheckResult::warning("rules", found, cure)));
    let defaults = crate::cli::check::default_warnings(config, &scanner.clock).await;
    checks.extend(defaults.into_iter().map(|(found, cure)| CheckResult::warning("defaults", found, cure)));
    checks.extend(fit(config, &coverage));
    (checks, Some(coverage))
}

fn contents(config: &Config, coverage: &Coverage, system: &str) -> CheckResult {
    let named = config.source.root.display();
    let closed: Vec<&SourcePath> = coverage.sample.iter().filter(|path| !may_read(&config.source, path)).collect();
    let unlisted: Vec<&str> = coverage
        .problems
        .iter()
        .filter(|(_, problem)| !coverage.table_problems().any(|(_, other)| other == problem))
        .map(|(path, _)| path.as_str())
        .collect();
    if coverage.files == 0 && unlisted.is_empty() {
        let cure =
            "Mount the share, or correct source.directory and source.ignore. A pass would be halted rather than remove anything.";
        return CheckResult::fault("source", Exit::Held, format!("{named} holds no files"), cure);
    }
    if let Some(first) = closed.first() {
        let found = format!("{} of {} files tried can't be read, {first} for one", closed.len(), coverage.sample.len());
        let cure = "Give the service's user permission to read the files (group and mode, or gid=,file_mode= of the mount).";
        return CheckResult::fault("source", Exit::Held, found, cure);
    }
    if !unlisted.is_empty() {
        let cure =
            "Rename what is not UTF-8 text, and let the service's user enter every directory; `photosyncd plan` has each reason.";
        let found = format!("{} files or directories can't be looked at: {}", unlisted.len(), some(unlisted.iter()));
        return CheckResult::fault("source", Exit::Held, found, cure);
    }
    CheckResult::ok("source", format!("{named}: {} on {system}", text::count(coverage.files as u64, "file")))
}

fn watching(mode: WatchMode, without_events: Option<&str>) -> CheckResult {
    match (mode, without_events) {
        (WatchMode::Native, Some(system)) => CheckResult::warning(
            "watching",
            format!("source.watch is native, but {system} does not report changes made by other machines"),
            "Set source.watch: auto (or poll).",
        ),
        (WatchMode::Off, _) => CheckResult::ok("watching", "off: changes are found by the full passes (source.full_pass_every)"),
        (WatchMode::Poll, _) => CheckResult::ok("watching", "by polling, as source.watch says"),
        (WatchMode::Auto, Some(system)) => {
            CheckResult::ok("watching", format!("by polling, since {system} does not report changes"))
        }
        (WatchMode::Auto | WatchMode::Native, None) => CheckResult::ok("watching", "by events (inotify)"),
    }
}

fn watch_limit(limits: WatchLimits, directories: u64) -> CheckResult {
    match limits.too_low_for(directories) {
        None => CheckResult::ok("watch_limit", format!("{} to watch", directories_in_words(directories))),
        Some((name, limit, wanted)) => CheckResult::warning(
            "watch_limit",
            format!("{} to watch, and {name} is {limit}, for all programs of the user", directories_in_words(directories)),
            format!(
                "Run `sysctl -w {name}={wanted}` and write the line `{name}={wanted}` to /etc/sysctl.d/photosyncd.conf; until then the source is polled."
            ),
        ),
    }
}

fn directories_in_words(count: u64) -> String {
    if count == 1 { "1 directory".to_owned() } else { format!("{count} directories") }
}

/// How rules, table and files fit each other.
fn fit(config: &Config, coverage: &Coverage) -> Vec<CheckResult> {
    let mut checks = Vec::new();
    let rows: Vec<String> = coverage.table_problems().map(|(place, problem)| format!("{place}: {}", problem.detail)).collect();
    if !rows.is_empty() {
        let found = format!("{} of the table can't be used: {}", text::count(rows.len() as u64, "row"), some(rows.iter()));
        checks.push(CheckResult::warning("table", found, "Correct those lines; the other rows are used."));
    } else if config.mapping.table.is_some() {
        let read = coverage.table.as_deref().unwrap_or_default();
        checks.push(CheckResult::ok("table", format!("every row can be used ({read})")));
    }
    let matched = coverage.references.len();
    let mut found = format!("{matched} of {} match", text::count(coverage.files as u64, "file"));
    if !coverage.unmatched.is_empty() {
        _ = write!(found, "; {} unmatched, such as {}", coverage.unmatched.len(), some(coverage.unmatched.iter()));
    }
    if let Some((path, problem)) = coverage.held.first() {
        _ = write!(found, "; {} held, such as {path}: {}", coverage.held.len(), problem.detail);
    }
    let cure = "Rename the files, add rules under mapping.rules, or list clutter under source.ignore; `photosyncd plan --unmatched` has all of them.";
    checks.push(if coverage.files > 0 && matched == 0 {
        CheckResult::fault("coverage", Exit::Configuration, found, cure)
    } else if coverage.unmatched.is_empty() && coverage.held.is_empty() {
        CheckResult::ok("coverage", found)
    } else {
        CheckResult::warning("coverage", found, cure)
    });
    checks
}

/// The first few of many, in words.
fn some(all: impl ExactSizeIterator<Item: std::fmt::Display>) -> String {
    let more = all.len().saturating_sub(SHOWN);
    let mut words = all.take(SHOWN).map(|one| one.to_string()).collect::<Vec<_>>().join(", ");
    if more > 0 {
        _ = write!(words, " and {more} more");
    }
    words
}

/// The ledger, the room it has, and who holds it.
pub(super) async fn ledger(config: &Config, identity: &Identity) -> Vec<CheckResult> {
    let path = &config.ledger.path;
    let found = inspect(path, identity);
    let mut checks = Vec::new();
    let (directory, refused) = &found.directory;
    if let Some(error) = refused {
        let found = format!("{} can't be written: {error}", directory.display());
        let cure = "Give the service's user a writable directory (StateDirectory= in the unit, or ledger.path).";
        checks.push(CheckResult::fault("ledger", Exit::Configuration, found, cure));
    }
    match &found.ledger {
        Ok(()) => {
            let set_aside = Reader::open(path).ok().and_then(|reader| reader.set_aside().ok()).unwrap_or_default();
            checks.push(match text::set_aside(&set_aside) {
                None => CheckResult::ok("ledger", format!("{}: whole, and this tenant's", path.display())),
                Some(words) => CheckResult::warning("ledger", format!("{}: {words}", path.display()), UNREADABLE),
            });
        }
        Err(OpenError::None(_)) => {
            checks.push(CheckResult::ok("ledger", format!("{}: none yet, the first pass makes it", path.display())));
        }
        // The next pass heals it, so a start must not be kept from it.
        Err(error @ (OpenError::Corrupt { .. } | OpenError::Gone(_))) => {
            let check = refusal(error);
            checks.push(CheckResult { verdict: CheckLevel::Warning, exit: Exit::InStep, ..check });
        }
        Err(error) => checks.push(refusal(error)),
    }
    checks.extend(found.free_bytes.map(|free| space(free, directory)));
    checks.push(service(config, found.holder).await);
    checks
}

/// Why the ledger can't be used.
fn refusal(error: &OpenError) -> CheckResult {
    CheckResult::of("ledger", Exit::Configuration, error, "Look at the file and its directory; nothing was changed.")
}

fn space(free: u64, directory: &Path) -> CheckResult {
    let found = format!("{} free at {}", text::bytes(free), directory.display());
    let cure = "Free some space there: without room for the ledger nothing is delivered.";
    match free {
        0..NO_SPACE => CheckResult::fault("disk_space", Exit::Configuration, found, cure),
        NO_SPACE..LITTLE_SPACE => CheckResult::warning("disk_space", found, cure),
        _ => CheckResult::ok("disk_space", found),
    }
}

/// What blocks, on a thread that may; none if it does not end in time.
async fn aside<T: Send + 'static>(patience: Duration, act: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::time::timeout(patience, tokio::task::spawn_blocking(act)).await.ok()?.ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::TableError;
    use crate::source::ScanError;

    #[test]
    fn what_no_story_can_plant_has_its_words() {
        let low = WatchLimits { watches: Some(100), instances: Some(128) };
        let check = watch_limit(low, 300);
        assert_eq!(check.verdict, CheckLevel::Warning);
        assert!(check.cure.unwrap().contains("sysctl -w fs.inotify.max_user_watches=8192"));
        assert_eq!(watch_limit(low, 10).verdict, CheckLevel::Ok);
        assert_eq!(watching(WatchMode::Native, Some("NFS")).verdict, CheckLevel::Warning);
        assert_eq!(watching(WatchMode::Auto, Some("NFS")).verdict, CheckLevel::Ok);
        for (free, verdict) in [(1_000, CheckLevel::Fault), (100_000_000, CheckLevel::Warning), (10_000_000_000, CheckLevel::Ok)]
        {
            assert_eq!(space(free, Path::new("/")).verdict, verdict);
        }
    }

    /// Whatever a path, a name or a finding looks like.
    #[test]
    fn a_fault_and_its_cure_are_told_apart() {
        let path = Path::new("/srv/a; b. c/mapping.table");
        let held = refusal(&OpenError::Held { path: path.to_owned(), holder: "process 7; since noon".to_owned() });
        assert_eq!(held.found, format!("the ledger {} is held by process 7; since noon", path.display()));
        assert_eq!(held.cure.unwrap(), "Stop that one first, or give this one a ledger of its own (ledger.path)");
        let denied = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        let directory = refusal(&OpenError::Directory { path: path.to_owned(), source: denied });
        assert!(directory.found.ends_with("can't be written: permission denied"), "{directory:?}");
        assert!(directory.cure.unwrap().starts_with("Give the service's user a writable one"));
        let table = |source| PassError::Scan(ScanFailure::TableUnusable { path: path.to_owned(), source });
        let unusable = unlooked(&table(TableError::NotATable("a PDF")));
        assert_eq!(
            unusable.found,
            format!("the table {} (mapping.table) can't be used: it is a PDF, not a table", path.display())
        );
        assert_eq!((unusable.name, unusable.cure.as_deref()), ("table", Some("Save it as CSV (in Excel: \"CSV UTF-8\")")));
        assert_eq!(unlooked(&table(TableError::TooLong)).cure.unwrap(), "Correct mapping.table or the file it names.");
        let source = unlooked(&PassError::Scan(ScanFailure::Source(ScanError::Missing(path.to_owned()))));
        assert_eq!((source.name, source.cure.as_deref()), ("source", Some(MOUNT)), "whatever it is called: {}", source.found);
    }
}
