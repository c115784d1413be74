//! Classes a request that got no answer.

use std::error::Error as _;

use super::cure::Cure;
use super::error_body::tidy;
use super::{Class, Failure};

/// From the HTTP library's error. `host` is whom we wanted to reach.
pub(super) fn unreachable(error: reqwest::Error, host: &str) -> Failure {
    let (connect, timeout, builder) = (error.is_connect(), error.is_timeout(), error.is_builder());
    let text = innermost(&error.without_url());
    let lower = text.to_ascii_lowercase();
    let holds = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let (class, cause, cure) = if builder {
        (Class::Bug, "the request could not be built".to_owned(), Cure::act("Report this as a bug of photosyncd."))
    } else if holds(&["certificate", "unknownissuer"]) && !timeout {
        untrusted(host, &lower)
    } else if holds(&["tls", "handshake", "fatal alert", "peer is incompatible", "peer misbehaved", "corrupt message"])
        && !timeout
    {
        (
            Class::Offline,
            format!("{host} and this machine could not agree on TLS"),
            Cure::ActAndWait(
                "Let the server, or the proxy that answers for it, speak TLS 1.2 or 1.3 at that port; no certificate was looked at.",
            ),
        )
    } else if holds(&["dns", "lookup address", "name or service", "name resolution"]) {
        (
            Class::Offline,
            format!("the name {host} could not be resolved"),
            Cure::ActAndWait("Check this machine's DNS and network."),
        )
    } else if holds(&["proxy", "tunnel"]) {
        (
            Class::Offline,
            format!("the proxy did not let the connection to {host} through"),
            Cure::ActAndWait("Check HTTPS_PROXY and NO_PROXY of the service, and the proxy itself."),
        )
    } else if connect {
        (
            Class::Offline,
            format!("no connection to {host}{}", if timeout { " in time" } else { "" }),
            Cure::ActAndWait("Check this machine's network, firewall and proxy."),
        )
    } else if timeout {
        (Class::Transient, format!("{host} did not answer in time"), Cure::WaitThenAct("On a slow line raise graph.timeout."))
    } else {
        (Class::Transient, format!("the connection to {host} broke before the answer was complete"), Cure::Wait)
    };
    let mut failure = Failure::local(class, cause, cure);
    failure.message = tidy(&text).into();
    failure
}

/// Why a TLS certificate was refused; never is one accepted unchecked.
fn untrusted(host: &str, why: &str) -> (Class, String, Cure) {
    let holds = |words: &[&str]| words.iter().any(|word| why.contains(word));
    let (why, cure) = if holds(&["unknownissuer", "unknown issuer", "badsignature", "bad signature"]) {
        (
            "it is signed by an authority that this machine does not know",
            "If your own proxy or server signs so, name its certificate authority (PEM) under graph.ca_file; otherwise \
             somebody may be listening in.",
        )
    } else if holds(&["valid for name", "notvalidforname"]) {
        (
            "it belongs to another name",
            "Check graph.graph_url, graph.login_url, DNS and the proxy: another server than the one meant answered.",
        )
    } else if holds(&["expired", "not valid yet", "notvalidyet"]) {
        ("it has ended or is not valid yet", "Check this machine's clock (timedatectl), then renew the server's certificate.")
    } else {
        (
            "it does not serve for that name and purpose",
            "Name the certificate authority of your proxy or server under graph.ca_file, and check this machine's clock.",
        )
    };
    (Class::Offline, format!("the TLS certificate of {host} was refused: {why}"), Cure::act(cure))
}

/// The last error of the chain says what the system said.
fn innermost(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let said = inner.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        source = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn what_is_no_fault_of_a_certificate_is_not_told_as_one() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let alert = |code: u8| vec![0x15, 3, 1, 0, 2, 2, code];
        let hello_of_tls_1_1: Vec<u8> = [&[0x16, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2][..], &[7; 32], &[0, 0xC0, 0x13, 0]].concat();
        // protocol_version, handshake_failure, insufficient_security, internal_error
        let answers =
            [alert(70), alert(40), alert(71), alert(80), hello_of_tls_1_1, b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()];
        for answer in answers {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let port = listener.local_addr().unwrap().port();
            let (said, serving) = (answer.clone(), async move {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut hello = [0; 4096];
                _ = stream.read(&mut hello).await;
                _ = stream.write_all(&answer).await;
                _ = stream.read(&mut hello).await;
            });
            let serving = tokio::spawn(serving);
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            let error = client.get(format!("https://127.0.0.1:{port}/")).send().await.unwrap_err();
            let failure = unreachable(error, "graph.example");
            let words = format!("{} {}", failure.cause, failure.cure);
            assert_eq!(failure.class, Class::Offline, "{said:02x?} {failure:?}");
            assert!(
                words.contains("TLS 1.2") && !words.contains("was refused") && !words.contains("ca_file"),
                "{said:02x?} {words}"
            );
            serving.abort();
        }
    }
}
