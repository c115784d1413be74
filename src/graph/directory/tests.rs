//! Directory questions against a small tenant behind real HTTP.

use std::sync::atomic::{AtomicU32, Ordering};

use axum::response::Response;

use super::super::Class;
use super::super::testing::{SeenRequest, TestServer, answer, json};
use crate::model::{Property, Reference, TargetKind};

const ANNA: &str = r#"{"id":"11111111-1111-1111-1111-111111111111","userPrincipalName":"Anna@contoso.com","mail":"anna@contoso.com","employeeId":"0042","userType":"Member","accountEnabled":true,"createdDateTime":"2024-01-02T03:04:05Z"}"#;
const BOB: &str = r#"{"id":"22222222-2222-2222-2222-222222222222","userPrincipalName":"o'bob_x#EXT#@contoso.com","mail":"bob@fabrikam.com","employeeId":null,"userType":"Guest"}"#;

fn page(entries: &[&str]) -> Response {
    json(200, &format!(r#"{{"value":[{}]}}"#, entries.join(",")))
}

fn missing() -> Response {
    json(404, r#"{"error":{"code":"Request_ResourceNotFound","message":"x"}}"#)
}

fn upn(value: &str) -> Reference {
    Reference::new(TargetKind::User, Property::UserPrincipalName, value)
}

fn ids(found: &[Vec<crate::model::DirectoryObject>]) -> Vec<Vec<&str>> {
    found.iter().map(|objects| objects.iter().map(|object| &object.id[..2]).collect()).collect()
}

#[tokio::test]
async fn a_batch_answers_in_the_order_of_the_references() {
    let server =
        TestServer::start(
            |seen| if seen.line().contains("$filter=userPrincipalName in (") { page(&[BOB, ANNA]) } else { missing() },
        )
        .await;
    let references =
        [upn("anna@contoso.com"), upn("nobody@contoso.com"), upn("O'Bob_x#EXT#@contoso.com"), upn("ANNA@contoso.com")];
    let found = server.client().resolve(&references).await.unwrap();
    assert_eq!(ids(&found), [vec!["11"], vec![], vec!["22"], vec!["11"]]);
    assert_eq!((found[0][0].guest, found[2][0].guest, found[0][0].account_enabled), (Some(false), Some(true), Some(true)));
    assert_eq!(found[0][0].created, Some(1_704_164_645_000));
    let lines = server.lines();
    assert_eq!(lines.len(), 2, "one batch, and the missing one alone: {lines:?}");
    assert!(lines[0].contains("'O''Bob_x#EXT#@contoso.com'"), "{}", lines[0]);
    assert!(lines[1].starts_with("GET /v1.0/users/nobody@contoso.com?$select=id,"), "{}", lines[1]);
}

#[tokio::test]
async fn a_server_without_in_is_asked_one_by_one() {
    let server = TestServer::start(|seen| {
        let line = seen.line();
        if line.contains(" in (") {
            json(400, r#"{"error":{"code":"Request_UnsupportedQuery"}}"#)
        } else if line.contains("/users/anna@") || line.contains("mail eq 'anna@contoso.com'") {
            if line.contains("$filter") { page(&[ANNA]) } else { json(200, ANNA) }
        } else if line.contains("$filter") {
            page(&[])
        } else {
            missing()
        }
    })
    .await;
    let mail = |value| Reference::new(TargetKind::User, Property::Mail, value);
    let references = [upn("anna@contoso.com"), upn("x@contoso.com"), mail("anna@contoso.com"), mail("x@contoso.com")];
    assert_eq!(ids(&server.client().resolve(&references).await.unwrap()), [vec!["11"], vec![], vec!["11"], vec![]]);
}

#[tokio::test]
async fn a_server_that_stumbles_over_a_batch_is_asked_one_by_one() {
    let server = TestServer::start(|seen| {
        let line = seen.line();
        match line.as_str() {
            line if line.contains(" or ") => answer(500, &[], "oops"),
            line if line.contains("employeeId eq '0042'") => page(&[ANNA]),
            _ => page(&[]),
        }
    })
    .await;
    let number = |value| Reference::new(TargetKind::User, Property::EmployeeId, value);
    assert_eq!(ids(&server.client().resolve(&[number("0042"), number("7")]).await.unwrap()), [vec!["11"], vec![]]);
}

#[tokio::test]
async fn a_filter_that_is_ignored_gives_nobody_a_face() {
    let server =
        TestServer::start(|seen| if seen.line().contains("/users?") { page(&[ANNA, BOB]) } else { json(200, ANNA) }).await;
    let references = [
        Reference::new(TargetKind::User, Property::EmployeeId, "0042"),
        Reference::new(TargetKind::User, Property::EmployeeId, "0043"),
        Reference::new(TargetKind::User, Property::MailNickname, "anna"),
        upn("other@contoso.com"),
    ];
    let found = server.client().resolve_each(&references).await;
    assert_eq!(found[0].as_ref().unwrap()[0].id[..2], *"11");
    // Nor does it make anybody missing: they may stand on a page that was not sent.
    assert!(found[1..].iter().all(|found| found.as_ref().is_err_and(|failure| failure.class == Class::Transient)), "{found:?}");
}

#[tokio::test]
async fn one_answer_that_cant_be_believed_holds_one_reference() {
    let server = TestServer::start(|seen| {
        let line = seen.line();
        let upn = line.split("/users/").nth(1).and_then(|rest| rest.split('?').next()).unwrap_or_default().to_owned();
        match upn.split('@').next().unwrap_or_default() {
            _ if line.contains("$filter") => json(400, r#"{"error":{"code":"Request_UnsupportedQuery"}}"#),
            "none" => json(200, &format!(r#"{{"userPrincipalName":"{upn}"}}"#)),
            "empty" => json(200, &format!(r#"{{"id":"","userPrincipalName":"{upn}"}}"#)),
            "number" => json(200, &format!(r#"{{"id":5,"userPrincipalName":"{upn}"}}"#)),
            "slash" => json(200, &format!(r#"{{"id":"a/b","userPrincipalName":"{upn}"}}"#)),
            "other" => json(200, ANNA),
            "page" => answer(404, &[("content-type", "text/html")], "<html>"),
            "gone" => missing(),
            _ => json(200, &format!(r#"{{"id":"{}","userPrincipalName":"{}"}}"#, "1".repeat(36), upn.to_uppercase())),
        }
    })
    .await;
    for bad in ["none", "empty", "number", "slash", "other", "page"] {
        let references = [upn(&format!("{bad}@c.d")), upn("good@c.d"), upn("gone@c.d")];
        let found = server.client().resolve_each(&references).await;
        assert!(found[0].as_ref().is_err_and(|failure| failure.class == Class::Transient), "{bad}: {:?}", found[0]);
        assert_eq!(found[1].as_ref().map(Vec::len).ok(), Some(1), "{bad}");
        assert_eq!(found[2].as_ref().map(Vec::len).ok(), Some(0), "{bad}");
    }
}

#[tokio::test]
async fn a_refused_sign_in_is_nobodys_absence() {
    for status in [400, 404, 410] {
        let server = TestServer::bare(move |_| answer(status, &[("content-type", "text/html")], "<html>no</html>")).await;
        let anna = "anna@contoso.com";
        let references = [upn(anna), Reference::contact("me", Some("Friends"), Property::Mail, "x@e.f")];
        let found = server.client().resolve_each(&references).await;
        assert!(found[0].as_ref().is_err_and(|failure| failure.class == Class::SignIn), "{status}: {found:?}");
    }
}

/// The token ends between two questions: the folder is not missing for that.
#[tokio::test]
async fn a_token_that_ends_between_two_questions_hides_no_folder() {
    for status in [400, 404] {
        let signed_in = AtomicU32::new(0);
        let server = TestServer::bare(move |seen| match seen.target.as_str() {
            target if target.ends_with("/token") && signed_in.fetch_add(1, Ordering::SeqCst) == 0 => {
                json(200, r#"{"token_type":"Bearer","expires_in":3599,"access_token":"good"}"#)
            }
            target if target.ends_with("/token") => json(status, r#"{"error":"invalid_client"}"#),
            target if target.contains("/contactFolders") => json(401, r#"{"error":{"code":"InvalidAuthenticationToken"}}"#),
            _ => json(200, ANNA),
        })
        .await;
        let friend = Reference::contact("anna@contoso.com", Some("Friends"), Property::Mail, "x@e.f");
        let found = server.client().resolve_each(&[friend]).await;
        assert!(found[0].as_ref().is_err_and(|failure| failure.class == Class::SignIn), "{status}: {found:?}");
    }
}

/// All ways of asking for a folder are refused: that is no proof that there is none.
#[tokio::test]
async fn a_folder_is_missing_only_where_the_list_says_so() {
    let server = TestServer::start(|seen| match seen.line().as_str() {
        line if line.contains("/contactFolders") => answer(400, &[], ""),
        _ => json(200, ANNA),
    })
    .await;
    let friend = Reference::contact("anna@contoso.com", Some("Friends"), Property::Mail, "x@e.f");
    let found = server.client().resolve_each(&[friend]).await;
    assert!(found[0].as_ref().is_err_and(|failure| failure.class == Class::Transient), "{found:?}");
}

#[tokio::test]
async fn advanced_properties_ask_in_the_advanced_form() {
    let server = TestServer::start(|seen| {
        if seen.header("consistencylevel") == "eventual" && seen.target.contains("$count=true") {
            page(&[r#"{"id":"1133","onPremisesSamAccountName":"anna"}"#])
        } else {
            json(400, r#"{"error":{"code":"Request_UnsupportedQuery"}}"#)
        }
    })
    .await;
    let sam = Reference::new(TargetKind::User, Property::OnPremisesSamAccountName, "ANNA");
    assert_eq!(ids(&server.client().resolve(&[sam]).await.unwrap()), [vec!["11"]]);
    assert_eq!(server.lines().len(), 1);
}

#[tokio::test]
async fn pages_are_followed_on_the_same_host_only() {
    fn links(seen: &SeenRequest, next: &str) -> Response {
        if seen.target.contains("skiptoken") {
            page(&[r#"{"id":"44","displayName":"Twin"}"#])
        } else {
            json(200, &format!(r#"{{"value":[{{"id":"33","displayName":"Twin"}}],"@odata.nextLink":"{next}"}}"#))
        }
    }
    let twin = [Reference::new(TargetKind::Group, Property::DisplayName, "twin")];
    let good = TestServer::start(|seen| {
        let host = seen.header("host").to_owned();
        links(seen, &format!("http://{host}/v1.0/groups?$skiptoken=x'y"))
    })
    .await;
    assert_eq!(ids(&good.client().resolve(&twin).await.unwrap()), [vec!["33", "44"]]);

    let other = TestServer::start(|_| answer(200, &[], "")).await;
    let away = format!("{}/v1.0/groups?$skiptoken=x", other.url);
    let bad = TestServer::start(move |seen| links(seen, &away)).await;
    let failure = bad.client().resolve(&twin).await.unwrap_err();
    assert!(failure.class == Class::Transient && failure.cause.contains("127.0.0.1"), "{failure:?}");
    assert!(other.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn teams_are_told_from_plain_groups() {
    let server = TestServer::start(|seen| {
        let line = seen.line();
        match line.as_str() {
            line if line.contains("/teams/33") => json(200, r#"{"id":"33"}"#),
            line if line.contains("/teams/") => missing(),
            _ => page(&[
                r#"{"id":"11","mailNickname":"a","groupTypes":["Unified"],"resourceProvisioningOptions":["Team"]}"#,
                r#"{"id":"22","mailNickname":"b","groupTypes":["Unified"],"resourceProvisioningOptions":[]}"#,
                r#"{"id":"33","mailNickname":"c","groupTypes":["Unified"],"resourceProvisioningOptions":[]}"#,
                r#"{"id":"44","mailNickname":"d","groupTypes":[]}"#,
            ]),
        }
    })
    .await;
    let team = |alias| Reference::new(TargetKind::Team, Property::MailNickname, alias);
    let group = Reference::new(TargetKind::Group, Property::MailNickname, "b");
    let found = server.client().resolve(&[team("a"), team("b"), team("c"), team("d"), group]).await.unwrap();
    let teams: Vec<Option<bool>> = found.iter().map(|objects| objects[0].team).collect();
    assert_eq!(teams, [Some(true), Some(false), Some(true), None, Some(false)]);
    assert_eq!((found[0][0].unified, found[3][0].unified), (Some(true), Some(false)));
    assert_eq!(server.lines().len(), 3, "{:?}", server.lines());
}

#[tokio::test]
async fn contacts_are_found_in_their_owners_mailboxes() {
    let server = TestServer::start(|seen| {
        let line = seen.line();
        match line.as_str() {
            line if line.contains("/users/anna@") || line.contains("/users/11111111-1111-1111-1111-111111111111?") => {
                json(200, ANNA)
            }
            line if line.contains("userPrincipalName in (") => page(&[ANNA, BOB]),
            line if line.contains("22222222-2222-2222-2222-222222222222/contacts") => {
                json(404, r#"{"error":{"code":"MailboxNotEnabledForRESTAPI"}}"#)
            }
            line if line.contains("/contactFolders?$filter=displayName eq 'Friends'") => {
                page(&[r#"{"id":"F1","displayName":"friends"}"#])
            }
            line if line.contains("/contactFolders?") => page(&[]),
            line if line.contains("/contactFolders/F1/contacts?$filter=emailAddresses/any(a:a/address eq 'o''x@e.f')") => {
                page(&[r#"{"id":"C2","emailAddresses":[{"address":"O'x@e.f"}]}"#])
            }
            line if line.contains("/me/contacts?") => {
                page(&[r#"{"id":"C3","emailAddresses":[{"address":"z@e.f"},{"address":"y@e.f"}]}"#])
            }
            line if line.contains("/contacts/C9?") => json(200, r#"{"id":"C9","emailAddresses":[]}"#),
            line if line.contains("/contacts/") => json(400, r#"{"error":{"code":"ErrorInvalidIdMalformed"}}"#),
            _ => page(&[r#"{"id":"C1","displayName":"X","emailAddresses":[{"address":"x@e.f"}]}"#]),
        }
    })
    .await;
    let anna = "anna@contoso.com";
    let references = [
        Reference::contact(anna, None, Property::Mail, "X@e.f"),
        Reference::contact(anna, Some("Friends"), Property::Mail, "o'x@e.f"),
        Reference::contact(anna, Some("Nowhere"), Property::Mail, "x@e.f"),
        Reference::contact("me", None, Property::Mail, "y@e.f"),
        Reference::contact(anna, None, Property::Id, "C9"),
        Reference::contact(anna, None, Property::Id, "nonsense"),
        Reference::contact("o'bob_x#EXT#@contoso.com", None, Property::Mail, "x@e.f"),
        Reference::me(),
    ];
    let found = server.client_of_a_person().resolve(&references).await.unwrap();
    let targets: Vec<Vec<String>> = found
        .iter()
        .zip(&references)
        .map(|(objects, reference)| objects.iter().map(|object| object.target(reference.kind).to_string()).collect())
        .collect();
    let owner = "11111111-1111-1111-1111-111111111111";
    assert_eq!(
        targets,
        [
            vec![format!("contact:{owner}/C1")],
            vec![format!("contact:{owner}/F1/C2")],
            vec![],
            vec!["contact:me/C3".to_owned()],
            vec![format!("contact:{owner}/C9")],
            vec![],
            vec![],
            vec!["me".to_owned()],
        ]
    );
    assert_eq!(found[3][0].mail.as_deref(), Some("y@e.f"));
    // An application is nobody, and does not ask.
    let found = server.client().resolve_each(&references).await;
    let nobody: Vec<bool> = found.iter().map(|found| found.as_ref().is_err_and(|f| f.class == Class::NotPossible)).collect();
    assert_eq!(nobody, [false, false, false, true, false, false, false, true]);
}

#[tokio::test]
async fn throttling_is_waited_out() {
    let count = AtomicU32::new(0);
    let server = TestServer::start(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => answer(429, &[("retry-after", "1")], ""),
        1 => answer(503, &[("retry-after", "1")], ""),
        _ => json(200, ANNA),
    })
    .await;
    let client = server.client();
    let before = client.clock().elapsed();
    assert_eq!(ids(&client.resolve(&[upn("anna@contoso.com")]).await.unwrap()), [vec!["11"]]);
    assert!(client.clock().elapsed().saturating_sub(before).as_millis() >= 1_990);
    assert_eq!(client.counters().throttled, 1);
}

#[tokio::test]
async fn a_missing_permission_stops_its_kind_and_no_other() {
    let server = TestServer::start(|seen| {
        if seen.target.contains("/groups") {
            json(403, r#"{"error":{"code":"Authorization_RequestDenied"}}"#)
        } else {
            json(200, ANNA)
        }
    })
    .await;
    let group = |alias| Reference::new(TargetKind::Group, Property::MailNickname, alias);
    let references = [group("a"), group("b"), upn("anna@contoso.com")];
    let found = server.client().resolve_each(&references).await;
    let denied = found[0].as_ref().unwrap_err();
    assert!(denied.class == Class::KindForbidden && denied.cure.to_string().contains("GroupMember.Read.All"), "{denied:?}");
    assert!(found[1].is_err() && found[2].is_ok());
    assert_eq!(server.client().resolve(&references).await.unwrap_err().class, Class::KindForbidden);
}

#[tokio::test]
async fn thirty_values_take_two_questions() {
    let server = TestServer::start(|seen| {
        let line = seen.line();
        let values = line.split('\'').skip(1).step_by(2).map(|value| format!(r#"{{"id":"{value}","mail":"{value}"}}"#));
        json(200, &format!(r#"{{"value":[{}]}}"#, values.collect::<Vec<_>>().join(",")))
    })
    .await;
    let references: Vec<Reference> =
        (10..40).map(|number| Reference::new(TargetKind::Group, Property::Mail, &format!("{number}@b.c"))).collect();
    let found = server.client().resolve(&references).await.unwrap();
    assert!(found.iter().zip(&references).all(|(objects, reference)| objects.len() == 1 && *objects[0].id == *reference.value));
    assert_eq!(server.lines().len(), 2);
}

#[tokio::test]
async fn what_this_server_cant_filter_by_is_looked_for_among_everybody_once() {
    const PEOPLE: [&str; 3] = [
        r#"{"id":"1a","givenName":"Anna","surname":"Berg","onPremisesExtensionAttributes":{"extensionAttribute2":"A7"}}"#,
        r#"{"id":"2b","givenName":"ANNA","surname":"Dahl","proxyAddresses":["SMTP:anna@contoso.com","x500:/o=x"]}"#,
        r#"{"id":"3c","givenName":"Ánna","surname":"Berg","onPremisesExtensionAttributes":{"extensionAttribute2":null}}"#,
    ];
    let server = TestServer::start(|seen| {
        if seen.line().contains("$filter") {
            return json(400, r#"{"error":{"code":"Request_UnsupportedQuery","message":"x"}}"#);
        }
        page(&PEOPLE)
    })
    .await;
    let user = |name: &str, value: &str| Reference::new(TargetKind::User, name.parse().unwrap(), value);
    let references = [
        user("givenName", "anna"),
        user("givenName", "Anna").and("surname".parse().unwrap(), "Berg"),
        user("extensionAttribute2", "a7"),
        user("proxyAddresses", "Anna@contoso.com"),
        user("proxyAddresses", "x500:/o=x"),
        user("givenName", "Bo"),
    ];
    let found = server.client().resolve(&references).await.unwrap();
    assert_eq!(ids(&found), [vec!["1a", "2b"], vec!["1a"], vec!["1a"], vec!["2b"], vec!["2b"], vec![]]);
    let swept: Vec<String> = server.lines().into_iter().filter(|line| !line.contains("$filter")).collect();
    assert_eq!(swept.len(), 1, "{swept:?}");
    for name in ["givenName", "surname", "onPremisesExtensionAttributes", "proxyAddresses"] {
        assert!(swept[0].contains(name), "{name} is asked for: {swept:?}");
    }
    // What every Graph can filter by is not looked for so.
    assert!(server.client().resolve(&[user("mail", "a@b.c")]).await.is_err());
}
