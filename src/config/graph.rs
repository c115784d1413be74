//! `graph`: which cloud, which tenant, and as whom.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;

use super::credential::CredentialSource;
use super::keyword::keywords;
use super::reader::Section;
use super::units::secs;

keywords! {
    /// Which Microsoft Graph.
    CloudName {
        /// A pretended tenant inside this process: nothing leaves the machine.
        Emulator = "emulator",
        /// The worldwide cloud.
        Global = "global",
        /// US Government L4 (GCC High).
        UsGov = "usgov",
        /// US Government L5 (`DoD`).
        UsGovDod = "usgov-dod",
        /// China, operated by 21Vianet.
        China = "china",
        /// Own `graph_url` and `login_url`.
        Custom = "custom",
    }
}

/// The tenant and the sign-in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct TenantAccess {
    /// Which Microsoft Graph. Default `emulator`.
    pub cloud: CloudName,
    /// Tenant id or one of its domains; required except with the emulator. Default none.
    pub tenant: Option<String>,
    /// Application (client) id; required except with the emulator or a managed identity. Default none.
    pub client_id: Option<String>,
    /// How the application proves itself; required except with the emulator. Default none.
    pub credential: Option<CredentialSource>,
    /// Graph's address without the version, https (http to loopback only); with `custom` only, and required there.
    pub graph_url: Option<Url>,
    /// The sign-in host's address, likewise.
    pub login_url: Option<Url>,
    /// PEM file with further certificate authorities, absolute. Default none.
    pub ca_file: Option<PathBuf>,
    /// How long one request may take, 1s to 10m. Default 100s.
    pub timeout: Duration,
}

impl TenantAccess {
    pub(super) fn read(section: &mut Section<'_, '_>) -> Self {
        let cloud = section.keyword("cloud", CloudName::Emulator);
        let graph = Self {
            cloud,
            tenant: section.scalar("tenant", |scalar| check_id(scalar.text()?, "tenant id or one of its domains")),
            client_id: section.scalar("client_id", |scalar| check_id(scalar.text()?, "application (client) id")),
            credential: CredentialSource::read(section),
            graph_url: section.scalar("graph_url", |scalar| parse_url(&scalar.text()?)),
            login_url: section.scalar("login_url", |scalar| parse_url(&scalar.text()?)),
            ca_file: section.path("ca_file"),
            timeout: section.duration("timeout", secs(1)..=secs(600)).unwrap_or(secs(100)),
        };
        if cloud == CloudName::Emulator && section.is_faulty_at("cloud") {
            return graph; // which cloud is meant is not known, so nothing can contradict it
        }
        check_addresses(section, cloud);
        if cloud != CloudName::Emulator {
            check_identity(section, &graph);
        }
        graph
    }
}

/// Own addresses belong to the custom cloud, and it to them.
fn check_addresses(section: &mut Section<'_, '_>, cloud: CloudName) {
    for key in ["graph_url", "login_url"] {
        match (cloud == CloudName::Custom, section.has_value(key)) {
            (true, false) => section.fault(key, "is missing; cloud: custom needs it"),
            (false, true) => section.fault(key, format!("belongs to cloud: custom; cloud: {cloud} knows its own address")),
            _ => {}
        }
    }
}

/// A real cloud wants to know who asks.
fn check_identity(section: &mut Section<'_, '_>, graph: &TenantAccess) {
    let machine = matches!(graph.credential, Some(CredentialSource::ManagedIdentity { .. }));
    for (key, what) in [
        ("tenant", "write the tenant id or one of its domains"),
        ("client_id", "write the application (client) id of the app registration"),
        ("credential", "write for example client_secret: { file: PATH } under it"),
    ] {
        if !(section.has_value(key) || key == "client_id" && machine) {
            section.fault(key, format!("is missing; cloud: {} needs it: {what}", graph.cloud));
        }
    }
}

fn check_id(text: String, what: &str) -> Result<String, String> {
    if matches!(text.as_str(), "common" | "organizations" | "consumers") {
        return Err(format!("{text:?} names no single tenant; give the {what}"));
    }
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
    if plain { Ok(text) } else { Err(format!("is not made of letters, digits, dots and hyphens; give the {what}")) }
}

/// A base address: https, or http to this machine; no user, query or fragment.
pub(super) fn parse_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("is not a URL ({error}); write for example https://graph.example.com"))?;
    let loopback = url.host_str().is_some_and(|host| {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    });
    match url.scheme() {
        "https" if url.has_host() => {}
        "http" if loopback => {}
        "http" => {
            return Err("http can be read and changed on the way; write https:// (http is for this machine only)".to_owned());
        }
        scheme => return Err(format!("{scheme}: is not a scheme for it; write https://")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("holds a user name or password; take it out".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("holds a ? or #; give the address without".to_owned());
    }
    Ok(url)
}
