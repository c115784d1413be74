//! The pretended tenant: another one in its place, what it was asked, what it shows.

use std::fmt::Write as _;
use std::io::Read;
use std::time::Duration;

use photosyncd::testing::clock::Clock;
use photosyncd::testing::emulator::{self, EntryKind, Fault, Photo, RequestRecord, Running, Settings, Tenant};
use photosyncd::testing::model::Property;

use super::{PATIENCE, World};

/// Users, a group, a team and two contacts, for stories that don't care.
pub(crate) const CONTOSO: &str = "
users:
  - { userPrincipalName: anna@contoso.com, id: 00000000-0000-4000-8000-00000000000a, mail: anna@contoso.com }
  - { userPrincipalName: ben@contoso.com, id: 00000000-0000-4000-8000-00000000000b }
  - { userPrincipalName: cleo@contoso.com, id: 00000000-0000-4000-8000-00000000000c, employeeId: '0042' }
  - { userPrincipalName: dora@contoso.com, id: 00000000-0000-4000-8000-00000000000d }
groups:
  - { mailNickname: sales, id: 00000000-0000-4000-8000-000000000051 }
  - { mailNickname: space, id: 00000000-0000-4000-8000-000000000052, team: marked }
contacts:
  - { owner: anna@contoso.com, emailAddresses: [fred@example.com], id: contact-fred }
  - { owner: anna@contoso.com, folder: Friends, emailAddresses: [gina@example.com], id: contact-gina }
";

impl World {
    /// Another tenant stands where the old one stood; the configuration points there.
    pub(crate) fn replug(&mut self, tenant: &str, settings: Settings) {
        self.replug_at(Clock::system(), tenant, settings);
    }

    pub(crate) fn replug_at(&mut self, clock: Clock, tenant: &str, settings: Settings) {
        self.unplug();
        let tenant = Tenant::from_yaml(tenant).unwrap();
        let emulator = self.runtime.block_on(emulator::start(settings, tenant, clock)).unwrap();
        let (graph, login) = (emulator.graph_url(), emulator.login_url());
        self.emulator = Some(emulator);
        self.point_at(&graph, &login);
    }

    /// The tenant can't be reached any more.
    pub(crate) fn unplug(&mut self) {
        let emulator = self.emulator.take().unwrap();
        self.runtime.block_on(emulator.stop());
    }

    pub(crate) fn emulator(&self) -> &Running {
        self.emulator.as_ref().unwrap()
    }

    pub(crate) fn requests(&self) -> Vec<RequestRecord> {
        self.emulator().requests()
    }

    /// Photo uploads that reached the emulator, whatever became of them.
    pub(crate) fn puts(&self) -> Vec<RequestRecord> {
        self.requests().into_iter().filter(|request| &*request.method == "PUT").collect()
    }

    /// Photos that were taken out, or were to be.
    pub(crate) fn deletes(&self) -> usize {
        self.requests().iter().filter(|request| &*request.method == "DELETE").count()
    }

    /// Requests so far.
    pub(crate) fn so_far(&self) -> usize {
        self.requests().len()
    }

    /// The photo in the slot of a user, named by sign-in name.
    pub(crate) fn user_photo(&self, upn: &str) -> Option<Photo> {
        let kind = EntryKind::User;
        self.emulator().with_tenant(|tenant| {
            let user = tenant.find(kind, Property::UserPrincipalName, upn).first()?.id.to_string();
            tenant.photo(&format!("user:{user}").parse().unwrap())
        })
    }

    /// The photo in a slot named as the ledger names it: `group:ID`, `contact:OWNER/ID`.
    pub(crate) fn photo(&self, target: &str) -> Option<Photo> {
        self.emulator().with_tenant(|tenant| tenant.photo(&target.parse().unwrap()))
    }

    /// An HTTP request of the test's own, with a token of the emulator; answers with the status.
    pub(crate) fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> u16 {
        let answer = self.exchange(method, path, headers, body);
        let head = String::from_utf8_lossy(&answer).into_owned();
        head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("no answer: {head}"))
    }

    /// The body that the emulator answers a GET of the test's own with.
    pub(crate) fn fetch(&self, path: &str) -> Vec<u8> {
        let answer = self.exchange("GET", path, &[], b"");
        let head = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer[..head]));
        answer[head + 4..].to_vec()
    }

    fn exchange(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
        let mut stream = std::net::TcpStream::connect(self.emulator().addr()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let token = self.emulator().issue_token(None);
        let mut head =
            format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n");
        for (name, value) in headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        write!(head, "Content-Length: {}\r\n\r\n", body.len()).unwrap();
        std::io::Write::write_all(&mut stream, head.as_bytes()).unwrap();
        std::io::Write::write_all(&mut stream, body).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        answer
    }
}

/// Every upload is answered so late.
pub(crate) fn slow_uploads(span: Duration) -> Fault {
    Fault { method: Some("PUT".to_owned()), ..Fault::default() }.delayed(span)
}

/// A loopback address where nobody listens.
pub(crate) fn dead_end() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}
