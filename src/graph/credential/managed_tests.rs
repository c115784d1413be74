//! Which key files of the Arc agent are believed.

use super::*;

impl Surroundings {
    pub(in super::super) fn machine(endpoint: &str) -> Self {
        Self { machine_endpoint: Some(endpoint.to_owned()), ..Self::default() }
    }

    pub(in super::super) fn app_service(endpoint: &str, header: &str) -> Self {
        Self { identity_endpoint: Some(endpoint.to_owned()), identity_header: Some(header.to_owned()), ..Self::default() }
    }

    pub(in super::super) fn arc(endpoint: &str, keys: &Path) -> Self {
        Self {
            identity_endpoint: Some(endpoint.to_owned()),
            imds_endpoint: Some("http://localhost".to_owned()),
            arc_keys: Some(keys.to_owned()),
            ..Self::default()
        }
    }
}

#[test]
fn only_keys_in_the_agents_directory_are_read() {
    let named = |challenge: &str| {
        let mut headers = HeaderMap::new();
        headers.insert(WWW_AUTHENTICATE, challenge.parse().unwrap());
        key_path(&headers, Path::new(ARC_KEYS))
    };
    assert!(named("Basic realm=/var/opt/azcmagent/tokens/9d.key").is_some());
    for bad in [
        "Basic realm=/etc/shadow",
        "Basic realm=/var/opt/azcmagent/tokens/../../../../etc/x.key",
        "Basic realm=/var/opt/azcmagent/tokens/sub/x.key",
        "Basic realm=/var/opt/azcmagent/tokens/x.txt",
        "Basic realm=x.key",
        "Basic",
    ] {
        assert_eq!(named(bad), None, "{bad}");
    }
}

#[test]
fn the_surroundings_choose_the_place() {
    let platform = |around| Managed::new(None, "https://graph.microsoft.com", around).unwrap();
    let machine = platform(Surroundings::default());
    assert_eq!(machine.platform, Platform::VirtualMachine);
    assert_eq!(
        machine.url,
        "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://graph.microsoft.com/"
    );
    assert!(matches!(platform(Surroundings::app_service("http://127.0.0.1/x", "h")).platform, Platform::AppService { .. }));
    assert!(matches!(platform(Surroundings::arc("http://127.0.0.1/x", Path::new("/k"))).platform, Platform::Arc { .. }));
    let broken =
        Surroundings { identity_endpoint: Some("nonsense".into()), identity_header: Some("h".into()), ..Surroundings::default() };
    assert!(Managed::new(None, "r", broken).is_err());
}
