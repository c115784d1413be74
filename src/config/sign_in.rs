//! From the configured credential to the client's own, and what `me` asks of it.

use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::build_error::BuildError;
use super::credential::{CredentialSource, SecretSource};
use super::expand::Env;
use super::graph::CloudName;
use super::load::Config;
use super::secret::{self, SecretCheck};
use crate::emulator::Running;
use crate::files::{Bounds, read_text};
use crate::graph;
use crate::mapping::Table;
use crate::model::{Reference, TargetKind};
use crate::pass::TableFile;

/// Longest certificate with its chain, in bytes.
const MAX_CERTIFICATE_BYTES: u64 = 1 << 20;

/// What the configured credential is proved with.
pub(super) fn credential(config: &Config, env: Env<'_>) -> Result<graph::Credential, BuildError> {
    match &config.graph.credential {
        Some(CredentialSource::ClientSecret(source)) => {
            let secret = secret::read_secret(source, env)?;
            // A file may be given another one while the service runs; an environment may not.
            let SecretSource::File(_) = source else { return Ok(graph::Credential::ClientSecret(secret)) };
            let source = source.clone();
            let now = graph::SecretNow::new(move || secret::read_secret(&source, &|_| None).ok());
            Ok(graph::Credential::KeptSecret { secret, now })
        }
        Some(CredentialSource::Certificate { file, key }) => Ok(graph::Credential::Certificate {
            certificate_pem: read_certificate(file)?,
            key_pem: secret::read_secret(&SecretSource::File(key.clone()), env)?,
        }),
        Some(CredentialSource::ManagedIdentity { client_id }) => {
            Ok(graph::Credential::ManagedIdentity { client_id: client_id.clone() })
        }
        Some(CredentialSource::WorkloadIdentity { token_file }) => {
            let named = || env("AZURE_FEDERATED_TOKEN_FILE").map(PathBuf::from);
            let token_file = token_file.clone().or_else(named).ok_or_else(|| BuildError::Credential {
                what: "graph.credential.workload_identity: give token_file, or set AZURE_FEDERATED_TOKEN_FILE".to_owned(),
                hint: None,
            })?;
            Ok(graph::Credential::WorkloadIdentity { token_file })
        }
        Some(CredentialSource::DeviceCode) => {
            let kinds = target_kinds(config);
            Ok(graph::Credential::Delegated {
                saved: graph::SavedSignIn::in_file(config.ledger.sign_in_file()),
                permissions: permissions(config, &kinds),
                one_person: kinds.iter().any(|(_, own)| *own),
            })
        }
        // The parser demands a credential where one is needed.
        None => Err(BuildError::Credential { what: "graph.credential is missing".to_owned(), hint: None }),
    }
}

/// The same, or none where this process can't see the secret though the service may: it belongs to another user, or
/// systemd gave it to the service alone. What can be said all the same is said: a file that is not there, a certificate
/// that can't be used.
pub(super) fn credential_if_readable(
    config: &Config,
    env: Env<'_>,
    in_unit: bool,
) -> Result<Option<graph::Credential>, BuildError> {
    let source = &config.graph.credential;
    if !in_unit && matches!(source, Some(CredentialSource::ClientSecret(SecretSource::Env(_)))) {
        // The environment of this process says nothing of the service's.
        return Ok(None);
    }
    match credential(config, env) {
        Err(BuildError::Secret(error)) if error.is_of_this_process(env, in_unit) => {
            if let Some(CredentialSource::Certificate { file, .. }) = &config.graph.credential {
                graph::check_certificate(&read_certificate(file)?)?;
            }
            Ok(None)
        }
        result => result.map(Some),
    }
}

/// The credential, or none where it can't be had here, and all that is wrong with it.
pub(super) fn checked(config: &Config, env: Env<'_>, check: SecretCheck) -> (Option<graph::Credential>, Vec<BuildError>) {
    let read = match check {
        SecretCheck::Needed => credential(config, env).map(Some),
        SecretCheck::IfReadable { in_unit } => credential_if_readable(config, env, in_unit),
    };
    let fault = match read {
        Ok(credential) => return (credential, Vec::new()),
        Err(fault) => fault,
    };
    // Of a certificate and its key, the other one may be wrong as well.
    let other = match (&config.graph.credential, &fault) {
        (Some(CredentialSource::Certificate { file, .. }), BuildError::Secret(_)) => {
            read_certificate(file).and_then(|pem| Ok(graph::check_certificate(&pem)?)).err()
        }
        (Some(CredentialSource::Certificate { key, .. }), _) => {
            secret::read_secret_for(&SecretSource::File(key.clone()), env, check).err().map(BuildError::from)
        }
        _ => None,
    };
    (None, std::iter::once(fault).chain(other).collect())
}

/// Stands for a secret that can't be seen; nobody signs in with it.
pub(super) fn no_secret() -> graph::Credential {
    graph::Credential::ClientSecret(SecretString::from("unseen".to_owned()))
}

fn read_certificate(file: &Path) -> Result<String, BuildError> {
    read_text(file, Bounds::small(MAX_CERTIFICATE_BYTES)).map_err(|error| BuildError::Credential {
        what: format!("graph.credential.certificate.file {} can't be read: {error}", file.display()),
        hint: None,
    })
}

/// The sign-in at the embedded tenant, which takes anybody: a person, if `me` may be asked for.
pub(super) fn emulator_credential(config: &Config, running: &Running) -> graph::Credential {
    let kinds = target_kinds(config);
    if !kinds.iter().any(|(_, own)| *own) {
        return graph::Credential::ClientSecret(SecretString::from("emulator".to_owned()));
    }
    graph::Credential::Delegated {
        saved: graph::SavedSignIn::in_memory(running.issue_refresh_token()),
        permissions: permissions(config, &kinds),
        one_person: false,
    }
}

/// `me` is nobody where an application signs in.
pub(super) fn check_rules_for_me(config: &Config) -> Result<(), BuildError> {
    let person = matches!(config.graph.credential, Some(CredentialSource::DeviceCode));
    if person || config.graph.cloud == CloudName::Emulator {
        return Ok(());
    }
    match config.mapping.rules.kinds().position(|(_, own)| own) {
        None => Ok(()),
        Some(at) => Err(BuildError::Rules {
            what: format!(
                "mapping.rules[{at}]: me is the person who signs in by hand, and graph.credential signs in an application"
            ),
            hint: Some(
                "name the user by userPrincipalName, or set graph.credential: { device_code: {} } and run `photosyncd login`",
            ),
        }),
    }
}

fn is_me(owner: Option<&str>) -> bool {
    owner.is_some_and(|owner| owner.eq_ignore_ascii_case("me"))
}

/// The kinds of targets that rules and table name, and whether of the signed-in person: whom to ask for what.
pub(crate) fn target_kinds(config: &Config) -> Vec<(TargetKind, bool)> {
    let row = |row: &Reference| {
        let owner = row.mailbox.as_ref().map(|mailbox| mailbox.owner.as_ref());
        (row.kind, row.kind == TargetKind::Me || is_me(owner))
    };
    let mut kinds: Vec<(TargetKind, bool)> = config.mapping.rules.kinds().collect();
    // A table that can't be read ends the pass, which says so.
    let table = config.mapping.table.as_ref().map(TableFile::read).and_then(Result::ok);
    kinds.extend(table.iter().flat_map(Table::references).map(row));
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// What a person is asked to agree to: what rules, table and scope need, and no more.
fn permissions(config: &Config, kinds: &[(TargetKind, bool)]) -> Vec<&'static str> {
    let mut permissions: Vec<&'static str> =
        kinds.iter().flat_map(|(kind, own)| graph::delegated_permissions(*kind, *own)).copied().collect();
    if config.names_groups() {
        permissions.push("GroupMember.Read.All");
    }
    permissions.sort_unstable();
    permissions.dedup();
    permissions
}
