//! TLS and proxies: whom the program trusts, and by which way it goes.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use photosyncd::testing::emulator::{Settings, SignIn};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::world::{Outcome, Spawned, World, people, portrait};

/// A name that no machine of this network has; only a proxy finds it.
const FAR: &str = "graph.contoso.test";

type Authority = CertifiedIssuer<'static, KeyPair>;

/// A tenant behind TLS.
struct Front {
    world: World,
    address: SocketAddr,
    /// First lines of what the proxy was asked.
    asked: Arc<Mutex<Vec<String>>>,
    runtime: Runtime,
}

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

impl Front {
    /// A server whose certificate is for this name; `ended`: years ago.
    fn new(name: &str, ended: bool) -> Self {
        let sign_in = SignIn { strict_scope: false, ..SignIn::default() };
        let world = World::with(&people(1), Settings { sign_in, ..Settings::default() });
        world.write("users/p000@contoso.com.jpg", &portrait(1));
        let (authority, key) = (authority(), KeyPair::generate().unwrap());
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        if ended {
            (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
        }
        let certificate = params.signed_by(&key, &authority).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(serve(listener, TlsAcceptor::from(Arc::new(config)), world.emulator().addr()));
        std::fs::write(world.path("ca.pem"), authority.pem()).unwrap();
        Self { world, address, asked: Arc::default(), runtime }
    }

    /// Runs a pass against this host.
    fn run(&mut self, host: &str, more: &str) -> Outcome {
        self.aim(host, more);
        self.world.run(&["reconcile"])
    }

    fn aim(&mut self, host: &str, more: &str) {
        let credential = "credential: { client_secret: { env: PHOTOSYNCD_TEST_SECRET } }";
        let url = format!("https://{host}:{}", self.address.port());
        self.world.graph(&url, &url, &format!("{credential}, {more}"));
    }

    /// Runs a pass by way of a proxy that lets everything through to the server, or nothing.
    fn run_by_proxy(&self, willing: bool) -> Outcome {
        let (server, asked) = (self.address, Arc::clone(&self.asked));
        let listener = self.runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let proxy = format!("http://{}", listener.local_addr().unwrap());
        self.runtime.spawn(tunnel(listener, server, asked, willing));
        Spawned::start(self.world.command(&["reconcile"]).env("HTTPS_PROXY", proxy)).finish()
    }
}

/// Takes TLS off and hands everything on.
async fn serve(listener: TcpListener, acceptor: TlsAcceptor, emulator: SocketAddr) {
    while let Ok((stream, _)) = listener.accept().await {
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            // A client that refuses the certificate ends here.
            if let Ok(mut inside) = acceptor.accept(stream).await {
                let mut outside = TcpStream::connect(emulator).await.unwrap();
                let _ = copy_bidirectional(&mut inside, &mut outside).await;
            }
        });
    }
}

/// A proxy for `CONNECT`.
async fn tunnel(listener: TcpListener, server: SocketAddr, asked: Arc<Mutex<Vec<String>>>, willing: bool) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let asked = Arc::clone(&asked);
        tokio::spawn(async move {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
            asked.lock().unwrap().push(String::from_utf8_lossy(&head).lines().next().unwrap().to_owned());
            if willing {
                stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
                let mut outside = TcpStream::connect(server).await.unwrap();
                let _ = copy_bidirectional(&mut stream, &mut outside).await;
            } else {
                let _ = stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n").await;
            }
        });
    }
}

#[test]
fn an_authority_of_ones_own_is_trusted_where_it_is_named() {
    let mut front = Front::new("localhost", false);
    front.run("localhost", "ca_file: ca.pem").exits(0).says(&["1 photo delivered"]);
    assert!(front.world.user_photo("p000@contoso.com").is_some());
}

#[test]
fn an_authority_that_nobody_named_is_refused() {
    let mut front = Front::new("localhost", false);
    let words = ["TLS certificate of localhost was refused", "authority that this machine does not know", "graph.ca_file"];
    front.run("localhost", "ca_file: null").exits(69).says(&words);
    front.world.run(&["status"]).says(&words);
    // Another authority than the server's.
    std::fs::write(front.world.path("ca.pem"), authority().pem()).unwrap();
    front.run("localhost", "ca_file: ca.pem").exits(69).says(&words);
    assert!(front.world.requests().is_empty(), "no secret went to a server that is not trusted");
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let mut front = Front::new(FAR, false);
    front.run("localhost", "ca_file: ca.pem").exits(69).says(&["TLS certificate of localhost was refused", "another name"]);
    assert!(front.world.requests().is_empty());
}

#[test]
fn a_certificate_that_has_ended_is_refused() {
    let mut front = Front::new("localhost", true);
    front.run("localhost", "ca_file: ca.pem").exits(69).says(&["has ended or is not valid yet", "clock"]);
    assert!(front.world.requests().is_empty());
}

#[test]
fn a_file_without_authorities_is_named() {
    let mut front = Front::new("localhost", false);
    std::fs::write(front.world.path("ca.pem"), "nothing").unwrap();
    front.run("localhost", "ca_file: ca.pem").exits(78).says(&["graph.ca_file", "ca.pem"]);
    front.run("localhost", "ca_file: none.pem").exits(78).says(&["graph.ca_file", "none.pem", "No such file"]);
}

#[test]
fn plain_http_is_for_this_machine_only() {
    let mut front = Front::new("localhost", false);
    let credential = "credential: { client_secret: { env: PHOTOSYNCD_TEST_SECRET } }";
    front.world.graph("http://graph.contoso.test", "https://login.contoso.test", credential);
    front.world.run(&["reconcile"]).exits(78).says(&["graph.graph_url", "write https://"]);
    front.world.graph("https://graph.contoso.test", "http://192.0.2.1", credential);
    front.world.run(&["reconcile"]).exits(78).says(&["graph.login_url", "write https://"]);
}

#[test]
fn a_proxy_is_asked_and_sees_nothing_of_what_passes() {
    let mut front = Front::new(FAR, false);
    front.aim(FAR, "ca_file: ca.pem");
    front.run_by_proxy(true).exits(0).says(&["1 photo delivered"]);
    let asked = front.asked.lock().unwrap().clone();
    assert!(!asked.is_empty());
    let line = format!("CONNECT {FAR}:{} HTTP/1.1", front.address.port());
    assert!(asked.iter().all(|asked| *asked == line), "{asked:?}");
    assert!(front.world.user_photo("p000@contoso.com").is_some());
}

#[test]
fn a_proxy_that_breaks_tls_open_is_refused() {
    let mut front = Front::new(FAR, false);
    front.aim(FAR, "ca_file: null");
    front.run_by_proxy(true).exits(69).says(&["authority that this machine does not know", "your own proxy"]);
    assert!(front.world.requests().is_empty());
}

#[test]
fn a_proxy_that_refuses_is_named() {
    let mut front = Front::new(FAR, false);
    front.aim(FAR, "ca_file: ca.pem");
    front.run_by_proxy(false).exits(69).says(&["proxy", "HTTPS_PROXY"]);
    assert!(front.world.requests().is_empty());
}

#[test]
fn this_machine_is_reached_without_a_proxy() {
    let mut front = Front::new("localhost", false);
    front.aim("localhost", "ca_file: ca.pem");
    front.run_by_proxy(false).exits(0).says(&["1 photo delivered"]);
    assert!(front.asked.lock().unwrap().is_empty());
}
