//! The proxies of the environment, read by ourselves: the HTTP library passes over a value that it does not understand, and
//! connects directly, past a proxy that is there to be used.
//!
//! Graph, sign-in and webhook are reached by https, so `HTTPS_PROXY` counts, then `ALL_PROXY`; plain http goes to this
//! machine only, and to no proxy. Values of all variables are checked all the same: whoever set one meant something by it.

use std::ffi::OsString;
use std::net::IpAddr;

use reqwest::{ClientBuilder, NoProxy, Proxy, Url};

/// Names of the variables, the one that counts first.
const HTTPS: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
/// Checked, and not used.
const HTTP: [&str; 2] = ["HTTP_PROXY", "http_proxy"];
const EXCEPTIONS: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// A value that can't be used. Shows the name of the variable only: a proxy's address may hold a password.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{variable} can't be used: {why}")]
pub(crate) struct ProxyFault {
    /// The variable of the environment.
    pub variable: &'static str,
    /// Why, in words.
    pub why: &'static str,
}

/// The proxies to use, all of them checked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proxies(Option<Proxy>);

impl Proxies {
    /// As this process was given them.
    pub(crate) fn of_process() -> Result<Self, ProxyFault> {
        Self::read(|name| std::env::var_os(name))
    }

    fn read(env: impl Fn(&str) -> Option<OsString>) -> Result<Self, ProxyFault> {
        let text = |variable: &'static str| match env(variable).map(OsString::into_string) {
            None => Ok(None),
            Some(Ok(text)) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
            Some(Err(_)) => Err(ProxyFault { variable, why: "it is not text" }),
        };
        let mut exceptions = None;
        for variable in EXCEPTIONS {
            let Some(text) = text(variable)? else { continue };
            let list = no_proxy(&text).map_err(|why| ProxyFault { variable, why })?;
            exceptions.get_or_insert(list);
        }
        for variable in HTTP {
            text(variable)?.map(|text| address(&text)).transpose().map_err(|why| ProxyFault { variable, why })?;
        }
        let mut found = None;
        for variable in HTTPS {
            let Some(text) = text(variable)? else { continue };
            let fault = |why| ProxyFault { variable, why };
            let proxy = Proxy::https(address(&text).map_err(fault)?).map_err(|_| fault(NOT_AN_ADDRESS))?;
            found.get_or_insert(proxy);
        }
        let exceptions = exceptions.and_then(|list| NoProxy::from_string(&list));
        Ok(Self(found.map(|proxy| proxy.no_proxy(exceptions))))
    }

    /// Has a client use them, and nothing else.
    pub(crate) fn apply(&self, builder: ClientBuilder) -> ClientBuilder {
        match &self.0 {
            Some(proxy) => builder.proxy(proxy.clone()),
            None => builder.no_proxy(),
        }
    }
}

const NOT_AN_ADDRESS: &str = "it is not the address of a proxy, such as http://proxy.contoso.com:3128";

/// The address of a proxy. `proxy:3128` is one, too.
fn address(text: &str) -> Result<Url, &'static str> {
    if text.chars().any(|letter| letter.is_whitespace() || letter.is_control()) {
        return Err("it holds white space or control characters");
    }
    let text = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let url = Url::parse(&text).map_err(|_| NOT_AN_ADDRESS)?;
    match url.scheme() {
        "http" | "https" => {}
        scheme if scheme.starts_with("socks") => return Err("SOCKS proxies are not supported; name an HTTP proxy"),
        _ => return Err("its scheme must be http or https"),
    }
    let is_bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
    if !is_bare || url.host_str().is_none_or(str::is_empty) || url.port() == Some(0) {
        return Err(NOT_AN_ADDRESS);
    }
    Ok(url)
}

/// The hosts that no proxy is asked for, in the form that the HTTP library understands.
fn no_proxy(text: &str) -> Result<String, &'static str> {
    let mut list = Vec::new();
    for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
        let of_host = |letter: char| letter.is_alphanumeric() || "-_.".contains(letter);
        let bare = entry.trim_start_matches('[').trim_end_matches(']');
        if entry == "*" {
            list.push(entry.to_owned());
        } else if let Some((network, length)) = entry.split_once('/') {
            let widest = match network.parse() {
                Ok(IpAddr::V4(_)) => 32,
                Ok(IpAddr::V6(_)) => 128,
                Err(_) => return Err("an entry has a slash and is not a network such as 10.0.0.0/8"),
            };
            if length.parse::<u8>().map_or(true, |length| length > widest) {
                return Err("an entry is not a network such as 10.0.0.0/8");
            }
            list.push(entry.to_owned());
        } else if bare.parse::<IpAddr>().is_ok() {
            list.push(bare.to_owned());
        } else if entry.contains(':') {
            return Err("an entry names a scheme or a port; name hosts, domains, addresses and networks only");
        } else {
            // `*.contoso.com` is meant as `.contoso.com`.
            let host = entry.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(entry);
            if !host.chars().all(of_host) || host.trim_matches('.').is_empty() {
                return Err("an entry is not a host, domain, address or network; entries are separated by commas");
            }
            list.push(host.to_owned());
        }
    }
    Ok(list.join(","))
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt as _;

    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Proxies, ProxyFault> {
        let find = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
        Proxies::read(find)
    }

    #[test]
    fn what_can_be_used_is_used() {
        for (variables, is_used) in [
            (&[][..], false),
            (&[("HTTPS_PROXY", "")], false),
            (&[("HTTPS_PROXY", " http://proxy.contoso.com:3128/ ")], true),
            (&[("https_proxy", "proxy:3128")], true),
            (&[("HTTPS_PROXY", "https://anna:p%40ss@[2001:db8::1]:3128")], true),
            (&[("ALL_PROXY", "http://10.0.0.1")], true),
            (&[("HTTP_PROXY", "http://proxy:3128")], false),
            (&[("HTTPS_PROXY", "http://proxy"), ("NO_PROXY", "localhost, 10.0.0.0/8,.svc,*.contoso.com,[::1],fd00::/8,*")], true),
            (&[("NO_PROXY", ",")], false),
        ] {
            let read = read(variables);
            assert_eq!(read.as_ref().map(|proxies| proxies.0.is_some()), Ok(is_used), "{variables:?}");
        }
        assert_eq!(no_proxy("*.contoso.com, .x,[::1]").as_deref(), Ok(".contoso.com,.x,::1"));
    }

    #[test]
    fn what_can_not_be_used_is_refused_whichever_variable_it_stands_in() {
        let bad = [
            ":::bad",
            "http://",
            "http://:3128",
            "proxy:99999",
            "proxy:0",
            "http//proxy:3128",
            "htp://proxy",
            "ftp://proxy:21",
            "socks5://proxy:1080",
            "socks5h://proxy",
            "http://pro xy:3128",
            "http://proxy:3128/path",
            "http://proxy?x=1",
            "http://proxy#x",
            "proxy\u{7}:3128",
            "://proxy",
            "http://[::1",
            "http://proxy,http://other",
            "direct://",
            "none://",
            "file:///etc/passwd",
        ];
        for (variable, value) in HTTPS.iter().chain(&HTTP).flat_map(|variable| bad.map(|value| (*variable, value))) {
            let fault = read(&[(variable, value)]).expect_err(value);
            // An example stands in the words, and no value.
            let told = fault.to_string().replace("http://proxy.contoso.com:3128", "");
            assert!(fault.variable == variable && !told.contains(value), "{variable}={value}: {fault}");
        }
        for (variable, value) in EXCEPTIONS.iter().flat_map(|variable| {
            [
                "http://graph.microsoft.com",
                "10.0.0.0/99",
                "10.0.0.0/",
                "fd00::/129",
                "contoso.com/24",
                "a b",
                "graph.microsoft.com:443",
                "a;b",
                "*contoso",
                ".",
            ]
            .map(|value| (*variable, value))
        }) {
            assert_eq!(read(&[(variable, value)]).expect_err(value).variable, variable);
        }
        // One that is not the first to count is not passed over either.
        assert!(read(&[("HTTPS_PROXY", "http://good"), ("all_proxy", "bad://x")]).is_err());
        let not_text = |name: &str| (name == "https_proxy").then(|| OsString::from_vec(vec![0xFF]));
        assert_eq!(Proxies::read(not_text).expect_err("no text").why, "it is not text");
    }
}
