//! The server as a client sees it.

mod weather;

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};

use super::tenant::jpeg;
use super::*;
use crate::clock::Clock;
use crate::model::{ObjectId, Property, TargetId};

const SEED: &str = "
me: anna@contoso.com
users:
  - { userPrincipalName: anna@contoso.com, id: 00000000-0000-0000-0000-00000000000a, employeeId: '7' }
  - { userPrincipalName: \"o'neil_x.com#EXT#@contoso.com\", userType: Guest, mailbox: none, onPremisesSamAccountName: oneil }
  - { userPrincipalName: cloudless@contoso.com, mailbox: onPremises }
groups:
  - { mailNickname: sales, id: 00000000-0000-0000-0000-00000000000b, team: marked, members: [anna@contoso.com] }
  - { mailNickname: plain, id: 00000000-0000-0000-0000-00000000000c, groupTypes: [] }
contacts:
  - { owner: anna@contoso.com, id: Friend=, emailAddresses: [f@x.com] }
  - { owner: anna@contoso.com, folder: Far, id: Far=, emailAddresses: [g@x.com] }
";
const ANNA: &str = "/v1.0/users/00000000-0000-0000-0000-00000000000a";
const SALES: &str = "/v1.0/groups/00000000-0000-0000-0000-00000000000b";
const TEAM: &str = "/v1.0/teams/00000000-0000-0000-0000-00000000000b";
const PLAIN: &str = "/v1.0/groups/00000000-0000-0000-0000-00000000000c";

struct World {
    server: Running,
    client: Client,
    token: String,
}

impl World {
    async fn new(settings: Settings) -> Self {
        Self::at(Clock::system(), settings).await
    }

    async fn at(clock: Clock, settings: Settings) -> Self {
        static PROVIDER: OnceLock<()> = OnceLock::new();
        PROVIDER.get_or_init(|| {
            let _ = rustls::crypto::ring::default_provider().install_default();
        });
        let server = start(settings, Tenant::from_yaml(SEED).unwrap(), clock).await.unwrap();
        let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let token = server.issue_token(None);
        Self { server, client, token }
    }

    fn ask(&self, method: &str, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.server.graph_url());
        self.client.request(Method::from_bytes(method.as_bytes()).unwrap(), url).bearer_auth(&self.token)
    }

    fn upload(&self, method: &str, path: &str) -> RequestBuilder {
        self.ask(method, &format!("{path}/photo/$value")).header("content-type", "image/jpeg").body(jpeg::plain(300).unwrap())
    }

    async fn json(&self, path: &str) -> Value {
        self.ask("GET", path).send().await.unwrap().json().await.unwrap()
    }
}

async fn ended(request: RequestBuilder) -> (u16, String) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap_or_default();
    (status, body["error"]["code"].as_str().unwrap_or_default().to_owned())
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn a_photo_goes_in_by_token_and_lookup_and_comes_out_encoded_again() {
    let mut world = World::new(Settings::default()).await;
    let root = world.server.graph_url();
    let scope = format!("{root}/.default");
    let form = [("grant_type", "client_credentials"), ("client_id", "app"), ("client_secret", "s"), ("scope", &scope)];
    let url = format!("{}/contoso.com/oauth2/v2.0/token", world.server.login_url());
    let token: Value = world.client.post(url).form(&form).send().await.unwrap().json().await.unwrap();
    world.token = token["access_token"].as_str().unwrap().to_owned();
    let found = world.json("/v1.0/users?$filter=employeeId%20in%20('7')&$select=id,employeeId").await;
    assert_eq!(found["value"], json!([{ "id": "00000000-0000-0000-0000-00000000000a", "employeeId": "7" }]));
    let put = world.upload("PUT", ANNA).header("client-request-id", "abc").send().await.unwrap();
    assert_eq!((put.status().as_u16(), header(&put, "client-request-id")), (200, "abc"));
    assert!(!header(&put, "request-id").is_empty() && header(&put, "date").ends_with("GMT"));
    let read = world.ask("GET", &format!("{ANNA}/photo/%24value")).send().await.unwrap();
    let first = header(&read, "etag").to_owned();
    assert_eq!((header(&read, "content-type"), first.len(), first.starts_with("W/\"")), ("image/jpeg", 68, true));
    assert_eq!(jpeg::dimensions(&read.bytes().await.unwrap()), Some((300, 300)));
    world.upload("PUT", ANNA).send().await.unwrap();
    let again = world.ask("GET", &format!("{ANNA}/photo/$value")).send().await.unwrap();
    assert_ne!(header(&again, "etag"), first);
    let stored = world.server.with_tenant(|t| t.photo(&TargetId::User(ObjectId::new(ANNA.rsplit('/').next().unwrap()))).unwrap());
    assert_eq!((stored.uploads, stored.body), (2, jpeg::plain(300).unwrap()));
    let sizes = world.json(&format!("{ANNA}/photos")).await;
    let names: Vec<_> = sizes["value"].as_array().unwrap().iter().map(|size| size["id"].as_str().unwrap()).collect();
    assert_eq!(names, ["48x48", "64x64", "96x96", "120x120", "240x240"]);
    assert_eq!(world.json(&format!("{ANNA}/photo")).await["width"], 240);
    let small = world.ask("GET", &format!("{ANNA}/photos/48x48/$value")).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(jpeg::dimensions(&small), Some((48, 48)));
    let log = world.server.requests();
    let put = log.iter().find(|record| &*record.method == "PUT").unwrap();
    assert_eq!((put.status, put.content_type.as_deref(), put.authorized), (200, Some("image/jpeg"), true));
    let page: Value = world.client.get(format!("{root}/emulator/photos")).send().await.unwrap().json().await.unwrap();
    assert_eq!(page[0]["blake3"].as_str(), put.body_blake3.as_deref());
    world.server.stop().await;
}

#[tokio::test]
async fn each_path_and_method_has_its_status() {
    let mut world = World::new(Settings::default()).await;
    let guest = "/v1.0/users/o%27neil_x.com%23EXT%23@contoso.com";
    let contact = format!("{ANNA}/contacts/Friend=");
    let far = world.json(&format!("{ANNA}/contactFolders")).await["value"][0]["id"].as_str().unwrap().to_owned();
    let far = format!("{ANNA}/contactFolders/{far}/contacts/Far=");
    for (method, path, status, code) in [
        ("PUT", ANNA, 200, ""),
        ("PATCH", ANNA, 200, ""),
        ("POST", ANNA, 405, "Request_BadRequest"),
        ("PUT", "/v1.0/users/ANNA@contoso.com", 200, ""),
        ("PUT", guest, 200, ""),
        ("PUT", "/v1.0/users/cloudless@contoso.com", 404, "MailboxNotHostedInExchangeOnline"),
        ("PUT", "/v1.0/users/nobody", 404, "Request_ResourceNotFound"),
        ("PUT", SALES, 200, ""),
        ("PATCH", SALES, 200, ""),
        ("PUT", PLAIN, 404, "ErrorNonExistentMailbox"),
        ("PUT", TEAM, 204, ""),
        ("PATCH", TEAM, 405, "Request_BadRequest"),
        ("PUT", "/v1.0/teams/00000000-0000-0000-0000-00000000000c", 404, "NotFound"),
        ("PUT", &contact, 200, ""),
        ("PATCH", &far, 200, ""),
        ("PUT", &format!("{ANNA}/contacts/friend="), 404, "ErrorItemNotFound"),
        ("PUT", "/v1.0/me", 400, "BadRequest"),
    ] {
        assert_eq!(ended(world.upload(method, path)).await, (status, code.to_owned()), "{method} {path}");
    }
    for (path, status) in [(ANNA, 204), (ANNA, 404), (SALES, 204), (TEAM, 405), (&contact, 405)] {
        assert_eq!(ended(world.ask("DELETE", &format!("{path}/photo/$value"))).await.0, status, "DELETE {path}");
    }
    assert_eq!(ended(world.ask("GET", &format!("{SALES}/photo"))).await, (404, "ImageNotFound".to_owned()));
    assert_eq!(world.json(&format!("{TEAM}/photo")).await["id"], "240X240");
    world.token = world.server.issue_token(Some("anna@contoso.com"));
    assert_eq!(ended(world.upload("PUT", "/v1.0/me")).await.0, 200);
    assert_eq!(ended(world.ask("DELETE", "/v1.0/me/photo/$value")).await.0, 204);
    world.server.revoke_tokens();
    assert_eq!(ended(world.ask("GET", ANNA)).await, (401, "InvalidAuthenticationToken".to_owned()));
}

#[tokio::test]
async fn people_and_machines_sign_in() {
    let mut world = World::new(Settings::default()).await;
    let root = world.server.login_url();
    let post = |world: &World, path: &str, form: &[(&str, &str)]| {
        world.client.post(format!("{root}/contoso.com/oauth2/v2.0/{path}")).form(form)
    };
    let form = [("client_id", "app"), ("scope", "User.ReadWrite offline_access")];
    let code: Value = post(&world, "devicecode", &form).send().await.unwrap().json().await.unwrap();
    let grant = "urn:ietf:params:oauth:grant-type:device_code";
    let form = [("client_id", "app"), ("grant_type", grant), ("device_code", code["device_code"].as_str().unwrap())];
    let token: Value = post(&world, "token", &form).send().await.unwrap().json().await.unwrap();
    world.token = token["access_token"].as_str().unwrap().to_owned();
    assert_eq!(ended(world.upload("PUT", "/v1.0/me")).await.0, 200);
    let form =
        [("client_id", "app"), ("grant_type", "refresh_token"), ("refresh_token", token["refresh_token"].as_str().unwrap())];
    assert_eq!(post(&world, "token", &form).send().await.unwrap().status().as_u16(), 200);
    let url = format!("{root}/metadata/identity/oauth2/token?api-version=2018-02-01&resource={root}/");
    assert_eq!(world.client.get(&url).send().await.unwrap().status().as_u16(), 400);
    let machine: Value = world.client.get(&url).header("Metadata", "true").send().await.unwrap().json().await.unwrap();
    assert_eq!(machine["expires_in"], "3599");
    world.token = machine["access_token"].as_str().unwrap().to_owned();
    assert_eq!(ended(world.upload("PUT", ANNA)).await.0, 200);
}

#[tokio::test]
async fn bodies_are_judged() {
    let world = World::new(Settings::default()).await;
    let path = format!("{ANNA}/photo/$value");
    let put = |kind: &str, body: Vec<u8>| world.ask("PUT", &path).header("content-type", kind).body(body);
    let good = jpeg::plain(48).unwrap().to_vec();
    let mut large = good.clone();
    large.resize(request::LARGEST_BODY, 0);
    for (kind, body, status, code) in [
        ("image/jpeg", good.clone(), 200, ""),
        ("image/jpeg", large.clone(), 200, ""),
        ("image/jpeg", [large, vec![0]].concat(), 413, "RequestEntityTooLarge"),
        ("image/jpeg", jpeg::plain(47).unwrap().to_vec(), 400, "ValidationWidthTooSmall"),
        ("image/jpeg", b"/9j/4AAQSkZJRg==".to_vec(), 400, "ErrorInvalidImage"),
        ("image/jpeg", Vec::new(), 400, "ErrorInvalidImage"),
        ("application/octet-stream", good.clone(), 500, "ErrorInternalServerError"),
        ("image/png", good.clone(), 415, "UnsupportedMediaType"),
    ] {
        assert_eq!(ended(put(kind, body)).await, (status, code.to_owned()), "{kind}");
    }
    let guest = "/v1.0/users/o%27neil_x.com%23EXT%23@contoso.com/photo/$value";
    let mut heavy = good;
    heavy.resize(102_401, 0);
    let refused = world.ask("PUT", guest).header("content-type", "image/jpeg").body(heavy);
    assert_eq!(ended(refused).await, (404, "ErrorItemNotFound".to_owned()));
}

#[tokio::test]
async fn roles_decide() {
    let sign_in = SignIn { roles: Some(vec!["ProfilePhoto.ReadWrite.All".to_owned()]), ..SignIn::default() };
    let world = World::new(Settings { sign_in, ..Settings::default() }).await;
    assert_eq!(ended(world.upload("PUT", ANNA)).await.0, 200);
    assert_eq!(ended(world.upload("PUT", TEAM)).await, (403, "Forbidden".to_owned()));
    assert_eq!(ended(world.upload("PUT", &format!("{ANNA}/contacts/Friend="))).await, (403, "ErrorAccessDenied".to_owned()));
    assert_eq!(ended(world.ask("GET", "/v1.0/users")).await, (403, "Authorization_RequestDenied".to_owned()));
}

#[tokio::test]
async fn the_directory_pages_filters_and_refuses() {
    let world = World::new(Settings::default()).await;
    let first = world.json("/v1.0/users?$top=2&$select=id").await;
    let next = first["@odata.nextLink"].as_str().unwrap();
    assert_eq!(first["value"].as_array().unwrap().len(), 2);
    let rest = world.json(next.strip_prefix(&world.server.graph_url()).unwrap()).await;
    assert_eq!((rest["value"].as_array().unwrap().len(), rest.get("@odata.nextLink")), (1, None));
    let sam = "/v1.0/users?$filter=onPremisesSamAccountName%20eq%20'ONEIL'&$count=true&$select=userType";
    assert_eq!(ended(world.ask("GET", sam)).await, (400, "Request_UnsupportedQuery".to_owned()));
    let found: Value = world.ask("GET", sam).header("ConsistencyLevel", "eventual").send().await.unwrap().json().await.unwrap();
    assert_eq!((&found["@odata.count"], &found["value"][0]["userType"]), (&json!(1), &json!("Guest")));
    let teams = "/v1.0/groups?$filter=resourceProvisioningOptions/Any(x:x%20eq%20'Team')&$select=mailNickname";
    assert_eq!(world.json(teams).await["value"][0]["mailNickname"], "sales");
    let contacts = format!("{ANNA}/contacts?$filter=emailAddresses/any(a:a/address%20eq%20'F@x.com')");
    assert_eq!(world.json(&contacts).await["value"][0]["id"], "Friend=");
    for path in
        ["/v1.0/users?$top=1000", "/v1.0/users?$select=shoe", "/v1.0/users?$skip=1", "/v1.0/shoes", "/v1.0/users?$filter=x"]
    {
        assert_eq!(ended(world.ask("GET", path)).await, (400, "BadRequest".to_owned()), "{path}");
    }
    assert_eq!(
        world.json(&format!("{SALES}/transitiveMembers/microsoft.graph.user?$select=id")).await["value"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(world.json(TEAM).await["displayName"], "sales");
    assert!(world.json("/v1.0/organization").await["value"][0]["id"].is_string());
}

#[tokio::test]
async fn delta_tells_what_changed() {
    let quirks = Quirks { page_size: 2, ..Quirks::default() };
    let world = World::new(Settings { quirks, ..Settings::default() }).await;
    let root = world.server.graph_url();
    let follow = |link: &Value| link.as_str().unwrap().strip_prefix(&root).unwrap().to_owned();
    let first = world.json("/v1.0/users/delta?$select=id").await;
    let second = world.json(&follow(&first["@odata.nextLink"])).await;
    assert_eq!((first["value"].as_array().unwrap().len(), second["value"].as_array().unwrap().len()), (2, 1));
    let link = follow(&second["@odata.deltaLink"]);
    assert!(world.json(&link).await["value"].as_array().unwrap().is_empty());
    world.server.change_tenant(|tenant| {
        assert!(tenant.change("00000000-0000-0000-0000-00000000000a", |anna| anna.set(Property::EmployeeId, "8")));
        let gone = tenant.find(EntryKind::User, Property::UserPrincipalName, "cloudless@contoso.com")[0].id.clone();
        assert!(tenant.remove(&gone));
    });
    let changed = world.json(&link).await;
    assert_eq!(changed["value"].as_array().unwrap().len(), 2);
    assert_eq!(changed["value"][1]["@removed"]["reason"], "deleted");
    let latest = world.json("/v1.0/groups/delta?$deltatoken=latest").await;
    assert!(latest["value"].as_array().unwrap().is_empty() && latest["@odata.deltaLink"].is_string());
    let stale = world.ask("GET", "/v1.0/users/delta?$select=id&$deltatoken=old").send().await.unwrap();
    assert_eq!((stale.status().as_u16(), header(&stale, "location")), (410, &*format!("{root}/v1.0/users/delta?$select=id")));
}

#[tokio::test]
async fn a_batch_is_judged_item_by_item() {
    let throttle = Throttling { rate: Some(0.01), burst: 2, covers: Throttled::All, ..Throttling::default() };
    let world = World::new(Settings { throttle, ..Settings::default() }).await;
    let item = |id: &str, url: &str| json!({ "id": id, "method": "GET", "url": url });
    let batch =
        json!({ "requests": [item("1", "/users/anna@contoso.com?$select=id"), item("2", "/users/nobody"), item("3", "/users")] });
    let answer: Value = world.ask("POST", "/v1.0/$batch").json(&batch).send().await.unwrap().json().await.unwrap();
    let statuses: Vec<_> = answer["responses"].as_array().unwrap().iter().map(|item| item["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [200, 404, 429]);
    assert!(answer["responses"][2]["headers"]["retry-after"].is_string());
    let many: Vec<_> = (0..21).map(|n| item(&n.to_string(), "/users")).collect();
    assert_eq!(ended(world.ask("POST", "/v1.0/$batch").json(&json!({ "requests": many }))).await.0, 400);
}

#[tokio::test]
async fn the_quota_refuses_and_counts() {
    let throttle = Throttling {
        rate: Some(0.01),
        burst: 1,
        retry_after: RetryAfter::Fraction,
        grace: Duration::ZERO,
        ..Throttling::default()
    };
    let world = World::new(Settings { throttle, ..Settings::default() }).await;
    assert_eq!(ended(world.upload("PUT", ANNA)).await.0, 200);
    let refused = world.upload("PUT", ANNA).send().await.unwrap();
    assert_eq!(refused.status().as_u16(), 429);
    let wait: f64 = header(&refused, "retry-after").parse().unwrap();
    assert!((50.0..=100.0).contains(&wait), "{wait}");
    assert_eq!(refused.json::<Value>().await.unwrap()["error"]["innerError"]["status"], "429");
    assert_eq!(ended(world.ask("GET", ANNA)).await.0, 200);
    world.server.set_rate(None, 1);
    assert_eq!(ended(world.upload("PUT", ANNA)).await.0, 200);
    let counters = world.server.counters();
    assert_eq!((counters.stored, counters.refused, counters.early, counters.requests), (2, 1, 1, 4));
}

#[tokio::test]
async fn faults_strike_as_scripted() {
    let throttle = Throttling { mailbox_concurrency: Some(1), ..Throttling::default() };
    let world = World::new(Settings { throttle, ..Settings::default() }).await;
    world
        .server
        .add_fault(Fault::status("PUT", "/users/*/photo", 503).with_code("Busy", "").with_header("Retry-After", "2").times(1));
    assert_eq!(ended(world.upload("PUT", ANNA)).await, (503, "Busy".to_owned()));
    world.server.add_fault(Fault::reset("PUT", "/photo", Reset::Before).times(1));
    assert!(world.upload("PUT", ANNA).send().await.is_err());
    assert_eq!(world.server.counters().stored, 0);
    world.server.add_fault(Fault::reset("PUT", "/photo", Reset::After).times(1));
    assert!(world.upload("PUT", ANNA).send().await.is_err());
    assert_eq!(world.server.counters().stored, 1);
    world.server.add_fault(
        Fault { path: Some("/photo".to_owned()), times: Some(1), ..Fault::default() }.delayed(Duration::from_secs(60)),
    );
    let second = async {
        // The slow one is stored before it waits, and holds its place in the mailbox meanwhile.
        while world.server.counters().stored < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        ended(world.upload("PUT", ANNA)).await
    };
    let second = tokio::select! {
        _ = world.upload("PUT", ANNA).send() => panic!("the slow answer came at once"),
        second = second => second,
    };
    assert_eq!(second, (429, "ApplicationThrottled".to_owned()));
    assert_eq!(world.server.counters().stored, 2);
    let html = Fault { status: Some(200), body: Some(json!("<html>login</html>")), times: Some(1), ..Fault::default() };
    world.server.add_fault(html);
    let page = world.ask("GET", ANNA).send().await.unwrap();
    assert_eq!((page.status().as_u16(), header(&page, "content-type")), (200, "text/html; charset=utf-8"));
    world.server.add_fault(Fault::status("GET", "", 302).with_header("Location", "http://example.com/").times(1));
    assert_eq!(ended(world.ask("GET", ANNA)).await.0, 302);
    let ends: Vec<_> = world.server.requests().iter().map(|record| record.status).collect();
    assert_eq!(ends, [503, 0, 0, 200, 429, 200, 302]);
}

#[tokio::test]
async fn a_cut_connection_sends_not_one_byte() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let world = World::new(Settings::default()).await;
    for reset in [Reset::Before, Reset::After] {
        world.server.add_fault(Fault::reset("GET", "/v1.0", reset).times(1));
        let mut stream = tokio::net::TcpStream::connect(world.server.addr()).await.unwrap();
        stream.write_all(b"GET /v1.0/users HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let mut answer = Vec::new();
        let error = stream.read_to_end(&mut answer).await.unwrap_err();
        assert_eq!((error.kind(), answer.len()), (std::io::ErrorKind::ConnectionReset, 0));
    }
}

#[tokio::test]
async fn empty_slots_have_many_faces() {
    for (missing_photo, status, code) in [
        (MissingPhoto::EntityNotFound, 404, "ErrorEntityNotFound"),
        (MissingPhoto::ProfileNotFound, 404, "ProfileNotFoundException"),
        (MissingPhoto::OneByOne, 200, ""),
    ] {
        let quirks = Quirks { missing_photo, ..Quirks::default() };
        let world = World::new(Settings { quirks, ..Settings::default() }).await;
        assert_eq!(ended(world.ask("GET", &format!("{ANNA}/photo"))).await, (status, code.to_owned()));
        assert_eq!(ended(world.ask("GET", &format!("{ANNA}/photo/$value"))).await.0, 404);
    }
}

#[tokio::test]
async fn serves_this_machine_only_and_saves_what_it_got() {
    let settings = Settings { listen: "0.0.0.0:0".parse().unwrap(), ..Settings::default() };
    assert!(matches!(start(settings, Tenant::default(), Clock::system()).await, Err(StartError::NotLoopback(_))));
    let directory = tempfile::tempdir().unwrap();
    let world = World::new(Settings { save: Some(directory.path().to_owned()), ..Settings::default() }).await;
    assert_eq!(ended(world.upload("PUT", ANNA)).await.0, 200);
    world.server.stop().await;
    assert_eq!(std::fs::read(directory.path().join("user-anna@contoso.com.jpg")).unwrap(), jpeg::plain(300).unwrap().to_vec());
}
