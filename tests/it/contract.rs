//! Photo requests against Microsoft's description of them: methods, paths, types, statuses.

use photosyncd::testing::emulator::Settings;

use crate::world::{CONTOSO, World, blake3, portrait};

/// One kind of upload as the reference describes it.
struct Row {
    /// Path below the root; `{}` stands for one id.
    path: &'static str,
    /// The status that the reference names. Clients take any 2xx.
    success: u16,
    /// Whether the reference lists a removal for this slot.
    removal: bool,
    /// The slot in our tenant.
    example: &'static str,
}

const METHOD: &str = "PUT";
const MEDIA_TYPE: &str = "image/jpeg";

/// "Update profilePhoto" and "Delete profilePhoto", v1.0.
const CONTRACT: [Row; 5] = [
    Row {
        path: "/v1.0/users/{}/photo/$value",
        success: 200,
        removal: true,
        example: "/v1.0/users/00000000-0000-4000-8000-00000000000b/photo/$value",
    },
    Row {
        path: "/v1.0/groups/{}/photo/$value",
        success: 200,
        removal: true,
        example: "/v1.0/groups/00000000-0000-4000-8000-000000000051/photo/$value",
    },
    Row {
        path: "/v1.0/teams/{}/photo/$value",
        success: 204,
        removal: false,
        example: "/v1.0/teams/00000000-0000-4000-8000-000000000052/photo/$value",
    },
    Row {
        path: "/v1.0/users/{}/contacts/{}/photo/$value",
        success: 200,
        removal: false,
        example: "/v1.0/users/00000000-0000-4000-8000-00000000000a/contacts/contact-fred/photo/$value",
    },
    Row {
        path: "/v1.0/users/{}/contactFolders/{}/contacts/{}/photo/$value",
        success: 200,
        removal: false,
        example: "/v1.0/users/anna@contoso.com/contactFolders/{folder}/contacts/contact-gina/photo/$value",
    },
];

fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
    pattern.len() == path.len()
        && pattern.iter().zip(path).all(|(wanted, segment)| *wanted == segment || (*wanted == "{}" && !segment.is_empty()))
}

/// A world that has sent one photo of each kind.
fn sent() -> World {
    let mut world = World::with(CONTOSO, Settings::default());
    world.set(
        "mapping",
        r#"{ rules: [
            { files: "users/{upn}.{ext}", user: { userPrincipalName: "{upn}" } },
            { files: "groups/{alias}.{ext}", group: { mailNickname: "{alias}" } },
            { files: "teams/{alias}.{ext}", team: { mailNickname: "{alias}" } },
            { files: "contacts/{owner}/{mail}.{ext}", contact: { owner: "{owner}", mail: "{mail}" } },
            { files: "folders/{owner}/{folder}/{mail}.{ext}", contact: { owner: "{owner}", folder: "{folder}", mail: "{mail}" } } ] }"#,
    );
    world.write("users/ben@contoso.com.jpg", &portrait(0));
    world.write("groups/sales.jpg", &portrait(1));
    world.write("teams/space.jpg", &portrait(2));
    world.write("contacts/anna@contoso.com/fred@example.com.jpg", &portrait(3));
    world.write("folders/anna@contoso.com/Friends/gina@example.com.jpg", &portrait(4));
    world.run(&["reconcile"]).exits(0);
    world
}

#[test]
fn the_client_asks_for_nothing_but_what_the_reference_describes() {
    let world = sent();
    let puts = world.puts();
    assert_eq!(puts.len(), CONTRACT.len());
    let mut ids = std::collections::HashSet::new();
    for (at, row) in CONTRACT.iter().enumerate() {
        let put = puts.iter().find(|put| fits(row.path, &put.target)).unwrap_or_else(|| panic!("{} in {puts:?}", row.path));
        let picture = portrait(u32::try_from(at).unwrap());
        assert_eq!((&*put.method, put.status), (METHOD, row.success), "{}", row.path);
        assert_eq!(put.content_type.as_deref(), Some(MEDIA_TYPE));
        assert_eq!(put.content_length, Some(picture.len() as u64));
        assert_eq!(put.body_blake3.as_deref(), Some(&*blake3(&picture)), "the bytes as they are: no base64, no form");
        assert!(put.authorized);
        let id = put.client_request_id.as_deref().unwrap();
        assert!(uuid::Uuid::parse_str(id).is_ok(), "{id}");
        assert!(ids.insert(id.to_owned()), "each request has an id of its own");
    }
    for request in world.requests().iter().filter(|request| request.target.contains("/photo")) {
        assert!(CONTRACT.iter().any(|row| fits(row.path, &request.target)), "{} {}", request.method, request.target);
        assert_eq!(&*request.method, METHOD);
    }
}

#[test]
fn the_emulator_answers_as_the_reference_says() {
    let world = sent();
    let puts = world.puts();
    let folder = puts.iter().find_map(|put| Some(put.target.split_once("contactFolders/")?.1.split('/').next()?.to_owned()));
    for row in &CONTRACT {
        let path = row.example.replace("{folder}", folder.as_deref().unwrap());
        assert!(fits(row.path, &path), "{path}");
        let jpeg = [("Content-Type", MEDIA_TYPE)];
        assert_eq!(world.send(METHOD, &path, &jpeg, &portrait(9)), row.success, "{path}");
        assert_eq!(world.send("GET", &path, &[], b""), 200, "{path}");
        assert_eq!(world.send("GET", path.trim_end_matches("/$value"), &[], b""), 200, "{path}");
        assert_eq!(world.send(METHOD, &path, &[("Content-Type", "text/plain")], &portrait(9)), 415, "{path}");
        assert_eq!(world.send(METHOD, &path, &jpeg, b"not a picture"), 400, "{path}");
        assert_eq!(world.send(METHOD, &path, &jpeg, &vec![0; 5_000_000]), 413, "{path}");
        assert_eq!(world.send("POST", &path, &jpeg, &portrait(9)), 405, "{path}");
        let removed = world.send("DELETE", &path, &[], b"");
        assert_eq!(removed < 300, row.removal, "{path}: {removed}");
        assert_eq!(world.send("GET", &path, &[], b""), if row.removal { 404 } else { 200 }, "{path}");
    }
    let nobody = "/v1.0/users/nobody@contoso.com/photo/$value";
    assert_eq!(world.send(METHOD, nobody, &[("Content-Type", MEDIA_TYPE)], &portrait(9)), 404);
}

#[test]
fn the_table_tells_right_from_wrong() {
    assert!(fits("/v1.0/users/{}/photo/$value", "/v1.0/users/a%23EXT%23/photo/$value"));
    assert!(!fits("/v1.0/users/{}/photo/$value", "/v1.0/users/a/photo/%24value"));
    assert!(!fits("/v1.0/users/{}/photo/$value", "/v1.0/users//photo/$value"));
    assert!(!fits("/v1.0/users/{}/photo/$value", "/beta/users/a/photo/$value"));
}
