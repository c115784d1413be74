//! Where Graph and its sign-in live in each cloud, and which URLs may see a token at all.
//! Hosts are those of "Microsoft Graph national cloud deployments" and "National clouds authentication".

use std::net::IpAddr;

use reqwest::Url;

use super::path::push_segment;

/// One of Microsoft's clouds, or a server of one's own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Cloud {
    /// The worldwide cloud, GCC included.
    Global,
    /// US Government L4 (GCC High).
    UsGov,
    /// US Government L5, the Department of Defense.
    UsGovDod,
    /// Microsoft 365 operated by 21Vianet.
    China,
    /// Any other server: https anywhere, plain http only on a loopback host.
    Custom {
        /// Graph's root, with or without a version (`/v1.0`) and a trailing slash.
        graph_url: String,
        /// The sign-in authority, without the tenant.
        login_url: String,
    },
}

/// A URL that must not be used, and why.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{setting} can't be used: {why}")]
pub(crate) struct UrlFault {
    /// The setting it came from: `graph_url` or `login_url`.
    pub setting: &'static str,
    /// Why, in words.
    pub why: String,
}

impl Cloud {
    /// Graph root and login authority.
    fn roots(&self) -> (&str, &str) {
        match self {
            Self::Global => ("https://graph.microsoft.com", "https://login.microsoftonline.com"),
            Self::UsGov => ("https://graph.microsoft.us", "https://login.microsoftonline.us"),
            Self::UsGovDod => ("https://dod-graph.microsoft.us", "https://login.microsoftonline.us"),
            Self::China => ("https://microsoftgraph.chinacloudapi.cn", "https://login.partner.microsoftonline.cn"),
            Self::Custom { graph_url, login_url } => (graph_url, login_url),
        }
    }
}

/// The checked addresses of a cloud.
#[derive(Clone, Debug)]
pub(super) struct Endpoints {
    /// Graph with its version and no trailing slash: `https://graph.microsoft.com/v1.0`.
    pub(super) graph: String,
    /// Graph as a URL, for comparing hosts.
    pub(super) graph_url: Url,
    /// Graph as the name of a resource, without version or trailing slash.
    pub(super) resource: String,
    /// The sign-in authority, without a trailing slash.
    pub(super) login: String,
    /// One of Microsoft's national clouds.
    national: bool,
    /// Graph is on this machine.
    pub(super) graph_is_loopback: bool,
    /// The sign-in authority is on this machine.
    pub(super) login_is_loopback: bool,
}

impl Endpoints {
    /// Checks the addresses of a cloud.
    pub(super) fn of(cloud: &Cloud) -> Result<Self, UrlFault> {
        let (graph, login) = cloud.roots();
        let graph_url = checked("graph_url", graph)?;
        let login_url = checked("login_url", login)?;
        let graph = graph_url.as_str().trim_end_matches('/').to_owned();
        let (resource, graph) = match graph.rsplit_once('/') {
            Some((root, last)) if is_version(last) => (root.to_owned(), graph),
            _ => (graph.clone(), format!("{graph}/v1.0")),
        };
        Ok(Self {
            national: matches!(cloud, Cloud::UsGov | Cloud::UsGovDod | Cloud::China),
            graph_is_loopback: is_loopback(&graph_url),
            login_is_loopback: is_loopback(&login_url),
            graph,
            graph_url,
            resource,
            login: login_url.as_str().trim_end_matches('/').to_owned(),
        })
    }

    /// The scope that asks for every permission granted to the application.
    pub(super) fn default_scope(&self) -> String {
        format!("{}/.default", self.resource)
    }

    /// What stands before a delegated permission: nothing where Microsoft's worldwide Graph is the default resource.
    pub(super) fn delegated_prefix(&self) -> String {
        if self.national { format!("{}/", self.resource) } else { String::new() }
    }

    /// The host of the sign-in authority, for messages.
    pub(super) fn login_host(&self) -> String {
        Url::parse(&self.login).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
    }

    /// An endpoint of the tenant's sign-in: `{login}/{tenant}/oauth2/v2.0/{name}`.
    pub(super) fn sign_in(&self, tenant: &str, name: &str) -> String {
        let mut url = self.login.clone();
        push_segment(&mut url, tenant);
        url.push_str("/oauth2/v2.0/");
        url.push_str(name);
        url
    }

    /// Whether a link that Graph handed out stays on the configured host; the token goes nowhere else.
    pub(super) fn is_ours(&self, link: &Url) -> bool {
        link.scheme() == self.graph_url.scheme()
            && link.host() == self.graph_url.host()
            && link.port_or_known_default() == self.graph_url.port_or_known_default()
            && link.username().is_empty()
            && link.password().is_none()
    }
}

fn checked(setting: &'static str, text: &str) -> Result<Url, UrlFault> {
    let fault = |why: &str| UrlFault { setting, why: why.to_owned() };
    let url = Url::parse(text.trim()).map_err(|_| fault("it is not a URL such as https://graph.microsoft.com"))?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => return Err(fault("plain http is allowed to loopback hosts only (127.0.0.0/8, ::1, localhost); use https")),
        _ => return Err(fault("its scheme must be https")),
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(fault("it names no host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(fault("it must not hold a user name or password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(fault("it must not hold a query or fragment"));
    }
    Ok(url)
}

/// In 127.0.0.0/8, or `::1`, or `localhost`.
pub(super) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    if host.eq_ignore_ascii_case("localhost") {
        return true;
    }
    host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn is_version(segment: &str) -> bool {
    let numbered = segment.strip_prefix('v').is_some_and(|rest| {
        rest.starts_with(|first: char| first.is_ascii_digit()) && rest.chars().all(|c| c.is_ascii_digit() || c == '.')
    });
    numbered || segment == "beta"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn custom(graph_url: &str) -> Result<Endpoints, UrlFault> {
        Endpoints::of(&Cloud::Custom { graph_url: graph_url.into(), login_url: "https://login.example".into() })
    }

    #[test]
    fn every_cloud_has_its_hosts_and_scope() {
        for (cloud, graph, token, scope) in [
            (
                Cloud::Global,
                "https://graph.microsoft.com/v1.0",
                "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token",
                "https://graph.microsoft.com/.default",
            ),
            (
                Cloud::UsGov,
                "https://graph.microsoft.us/v1.0",
                "https://login.microsoftonline.us/contoso.com/oauth2/v2.0/token",
                "https://graph.microsoft.us/.default",
            ),
            (
                Cloud::UsGovDod,
                "https://dod-graph.microsoft.us/v1.0",
                "https://login.microsoftonline.us/contoso.com/oauth2/v2.0/token",
                "https://dod-graph.microsoft.us/.default",
            ),
            (
                Cloud::China,
                "https://microsoftgraph.chinacloudapi.cn/v1.0",
                "https://login.partner.microsoftonline.cn/contoso.com/oauth2/v2.0/token",
                "https://microsoftgraph.chinacloudapi.cn/.default",
            ),
        ] {
            let endpoints = Endpoints::of(&cloud).unwrap();
            assert_eq!(endpoints.graph, graph);
            assert_eq!(endpoints.sign_in("contoso.com", "token"), token);
            assert_eq!(endpoints.default_scope(), scope);
            assert!(!endpoints.graph_is_loopback && !endpoints.login_is_loopback);
        }
    }

    #[test]
    fn a_custom_root_takes_every_spelling() {
        for (given, graph, resource) in [
            ("https://g.example", "https://g.example/v1.0", "https://g.example"),
            ("https://g.example/", "https://g.example/v1.0", "https://g.example"),
            ("https://g.example/v1.0", "https://g.example/v1.0", "https://g.example"),
            ("https://g.example/v1.0/", "https://g.example/v1.0", "https://g.example"),
            ("https://g.example/beta", "https://g.example/beta", "https://g.example"),
            ("http://127.0.0.1:5000", "http://127.0.0.1:5000/v1.0", "http://127.0.0.1:5000"),
            ("http://[::1]:5000/graph", "http://[::1]:5000/graph/v1.0", "http://[::1]:5000/graph"),
            ("http://LOCALHOST:5000/v1.0", "http://localhost:5000/v1.0", "http://localhost:5000"),
            ("http://127.9.9.9/vip", "http://127.9.9.9/vip/v1.0", "http://127.9.9.9/vip"),
        ] {
            let endpoints = custom(given).unwrap();
            assert_eq!((endpoints.graph.as_str(), endpoints.resource.as_str()), (graph, resource), "{given}");
        }
    }

    #[test]
    fn the_token_travels_over_tls_or_not_at_all() {
        for bad in [
            "http://graph.microsoft.com",
            "http://localhost.evil.example",
            "http://127.0.0.1.evil.example",
            "http://128.0.0.1",
            "http://[::2]",
            "ftp://127.0.0.1",
            "https://user:pw@g.example",
            "https://g.example?x=1",
            "https://g.example#x",
            "graph.microsoft.com",
            "",
        ] {
            assert!(custom(bad).is_err(), "{bad} was taken");
        }
    }

    #[test]
    fn links_to_other_places_are_not_ours() {
        let endpoints = custom("https://g.example/v1.0").unwrap();
        let ours = |link: &str| endpoints.is_ours(&Url::parse(link).unwrap());
        assert!(ours("https://g.example/v1.0/users?$skiptoken=x"));
        assert!(ours("https://G.EXAMPLE:443/other"));
        for other in ["http://g.example/", "https://g.example:444/", "https://evil.example/", "https://u@g.example/"] {
            assert!(!ours(other), "{other}");
        }
    }
}
