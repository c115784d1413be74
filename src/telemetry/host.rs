//! Who may ask for a page: a browser that was led here under a foreign name (DNS rebinding) may not.
//!
//! The pages ask nobody to sign in, so what keeps a web site from reading them through its visitor's browser is this: it
//! is served to whoever asks for this machine by name or address, and to nobody else.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, Uri, header};

/// Whether the request was meant for this server. `address` is where it listens.
pub(super) fn is_ours(uri: &Uri, headers: &HeaderMap, address: SocketAddr) -> bool {
    let mut given = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (given.next(), given.next()) else { return false };
    // A proxy's request line names a host, too: both have to be ours.
    let named = uri.authority().is_none_or(|authority| host_is_ours(authority.as_str(), address));
    named && host.to_str().is_ok_and(|host| host_is_ours(host, address))
}

/// `host` is a Host header: a name or an address, with or without a port. The port says nothing about who asks.
fn host_is_ours(host: &str, address: SocketAddr) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map_or("", |(name, _)| name),
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    name.eq_ignore_ascii_case("localhost")
        || name
            .parse::<IpAddr>()
            .is_ok_and(|ip| ip.to_canonical().is_loopback() || ip.to_canonical() == address.ip().to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_names_and_the_address_itself() {
        let address: SocketAddr = "192.0.2.7:9464".parse().unwrap();
        for (host, ours) in [
            ("localhost", true),
            ("LOCALHOST:9464", true),
            ("localhost.", true),
            ("127.0.0.1:9464", true),
            ("127.1.2.3", true),
            ("[::1]:9464", true),
            ("[::ffff:127.0.0.1]", true),
            ("192.0.2.7:80", true),
            ("192.0.2.8", false),
            ("evil.example", false),
            ("localhost.evil.example", false),
            ("127.0.0.1.evil.example:9464", false),
            ("evil.example:127.0.0.1", false),
            ("[::1", false),
            ("", false),
            ("2130706433", false),
        ] {
            assert_eq!(host_is_ours(host, address), ours, "{host}");
        }
    }

    #[test]
    fn one_host_header_and_no_other_in_the_request_line() {
        let address: SocketAddr = "127.0.0.1:9464".parse().unwrap();
        let ours = |uri: &'static str, hosts: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for host in hosts {
                headers.append(header::HOST, axum::http::HeaderValue::from_static(host));
            }
            is_ours(&Uri::from_static(uri), &headers, address)
        };
        assert!(ours("/", &["localhost"]));
        assert!(ours("http://127.0.0.1/", &["localhost"]));
        assert!(!ours("/", &[]));
        assert!(!ours("/", &["localhost", "evil.example"]));
        assert!(!ours("http://evil.example/", &["localhost"]));
    }
}
