//! `graph.credential`: how the application proves itself, and where its secret is kept. Holds no secret.

use std::path::PathBuf;

use super::expand::is_variable_name;
use super::node::Node;
use super::reader::Section;

/// How the application proves itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum CredentialSource {
    /// A client secret.
    ClientSecret(SecretSource),
    /// A certificate that the application's registration knows.
    Certificate {
        /// PEM file of the certificate, absolute.
        file: PathBuf,
        /// PEM file of its private key, absolute.
        key: PathBuf,
    },
    /// The identity of the Azure machine it runs on.
    ManagedIdentity {
        /// Client id of a user-assigned identity; none: the machine's own.
        client_id: Option<String>,
    },
    /// A token that Kubernetes or another issuer renews.
    WorkloadIdentity {
        /// File with the token, absolute; none: `$AZURE_FEDERATED_TOKEN_FILE`.
        token_file: Option<PathBuf>,
    },
    /// A person, signed in by `photosyncd login`; kept beside the ledger.
    DeviceCode,
}

/// Where a secret is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum SecretSource {
    /// In a file that only the service's user can read; absolute.
    File(PathBuf),
    /// In an environment variable. For trying out: children inherit it.
    Env(String),
    /// In a systemd credential (`LoadCredential=` or `SetCredentialEncrypted=`) of this name.
    SystemdCredential(String),
}

const KINDS: [&str; 5] = ["client_secret", "certificate", "managed_identity", "workload_identity", "device_code"];

const INLINE: &str = "a secret does not belong in this file; write where it is: { file: PATH }, { env: NAME } or \
    { systemd_credential: NAME }";

impl CredentialSource {
    /// None when not given or faulty.
    pub(super) fn read(graph: &mut Section<'_, '_>) -> Option<Self> {
        // Not given: asking its keys would make them known where the file need not name them.
        graph.value("credential")?;
        graph.section("credential", |section| {
            let kinds: Vec<&str> = KINDS.into_iter().filter(|kind| section.has_key(kind)).collect();
            match kinds.as_slice() {
                [] => section.fault("", format!("names no kind; give one of {}", KINDS.join(", "))),
                [_] => {}
                [first, second, ..] => section.fault("", format!("names two kinds, {first} and {second}; keep one")),
            }
            let secret = read_secret_source(section, "client_secret");
            let certificate = section.value("certificate").and_then(|_| section.section("certificate", read_certificate));
            let managed = section.value("managed_identity").is_some() || section.has_key("managed_identity");
            let managed = managed.then(|| section.section("managed_identity", |section| section.text("client_id")));
            let workload = section.value("workload_identity").is_some() || section.has_key("workload_identity");
            let workload = workload.then(|| section.section("workload_identity", |section| section.path("token_file")));
            let person = section.value("device_code").is_some() || section.has_key("device_code");
            let person = person.then(|| section.section("device_code", |_| ()));
            secret
                .map(Self::ClientSecret)
                .or(certificate)
                .or(managed.map(|client_id| Self::ManagedIdentity { client_id }))
                .or(workload.map(|token_file| Self::WorkloadIdentity { token_file }))
                .or(person.map(|()| Self::DeviceCode))
        })
    }
}

/// Where a secret is kept that stands under this key; none when not given or faulty.
pub(super) fn read_secret_source(above: &mut Section<'_, '_>, key: &'static str) -> Option<SecretSource> {
    let value = above.value(key);
    if !above.has_key(key) {
        return None;
    }
    if !value.is_none_or(|value| matches!(value, Node::Section(_))) {
        above.fault(key, INLINE);
        return None;
    }
    above.section(key, |section| {
        let inline = section.has_key("value");
        let mut sources = Vec::new();
        if section.value("file").is_some() {
            sources.push(section.path("file").map(SecretSource::File));
        }
        if section.value("env").is_some() {
            let name = section.scalar("env", |scalar| check_name(scalar.text()?, is_variable_name, "an environment variable"));
            sources.push(name.map(SecretSource::Env));
        }
        if section.value("systemd_credential").is_some() {
            let name = section
                .scalar("systemd_credential", |scalar| check_name(scalar.text()?, is_credential_name, "a systemd credential"));
            sources.push(name.map(SecretSource::SystemdCredential));
        }
        if inline {
            // Asked for, so that it is refused in these words and not as an unknown key, but never read.
            section.value("value");
            section.fault("value", INLINE);
        } else if sources.is_empty() {
            section.fault(
                "",
                "does not say where the secret is; write { file: PATH }, { env: NAME } or { systemd_credential: NAME }",
            );
        } else if sources.len() > 1 {
            section.fault("", "names more than one place for the secret; keep one of file, env and systemd_credential");
        }
        sources.into_iter().next().flatten()
    })
}

fn read_certificate(section: &mut Section<'_, '_>) -> Option<CredentialSource> {
    let (file, key) = (section.path("file"), section.path("key"));
    for (name, what) in [("file", "the certificate"), ("key", "its private key")] {
        if !section.has_value(name) {
            section.fault(name, format!("is missing; name the PEM file of {what}"));
        }
    }
    Some(CredentialSource::Certificate { file: file?, key: key? })
}

/// The message leaves the text out: whoever mistook the key may have put the secret itself there.
fn check_name(text: String, fits: fn(&str) -> bool, what: &str) -> Result<String, String> {
    if fits(&text) { Ok(text) } else { Err(format!("is not the name of {what}; give the name, not the secret")) }
}

fn is_credential_name(text: &str) -> bool {
    !matches!(text, "." | "..") && !text.contains(['/', '\0']) && text.len() <= 255
}
