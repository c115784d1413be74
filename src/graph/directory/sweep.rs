//! The whole directory, and what changed since. Follows "List users", "List groups" and "Use delta query to track
//! changes": links are opaque and good for seven days, objects may repeat, photo changes never show.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::super::path::push_segment;
use super::super::{Class, Client, Failure};
use super::asker::Asker;
use super::collection::Collection;
use super::pages::{CHANGES, EVERYBODY, MEMBERS};
use super::question::{PAGE, selecting};
use super::wire::{DirectoryEntry, Member, OnlyId, is_object_id};
use crate::model::{DirectoryObject, ObjectId, Property, TargetKind};

/// One change since the last link.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Change {
    /// The object is new or differs; this is how it looks now.
    Now(Box<DirectoryObject>),
    /// The object is deleted or no longer visible.
    Gone(ObjectId),
}

/// How a look at the changes ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum DeltaEnd {
    /// Ask from here next time, within seven days.
    Link(String),
    /// The link is too old or was reset: forget what was learnt and start again without one.
    StartOver,
}

/// An object of a delta page.
#[derive(Deserialize)]
struct Changed {
    #[serde(rename = "@removed")]
    removed: Option<serde::de::IgnoredAny>,
    #[serde(flatten)]
    entry: DirectoryEntry,
}

impl Client {
    /// Every user, or every group, page by page, with these properties beside the usual ones. `kind` is a user, or a group
    /// or team; contacts can't be swept. Says how many objects were left out, since they have no usable id: who is not among
    /// the others may be one of them.
    pub(crate) async fn sweep(
        &self,
        kind: TargetKind,
        properties: &[Property],
        page: impl FnMut(Vec<DirectoryObject>) + Send,
    ) -> Result<usize, Failure> {
        let Some(collection) = Collection::of(kind) else { return Ok(0) };
        Asker::new(self).sweep(collection, &selecting(collection, properties), page).await
    }

    /// The same with nothing but the names that people go by: `displayName`, and of users the department.
    pub(crate) async fn sweep_names(
        &self,
        kind: TargetKind,
        page: impl FnMut(Vec<DirectoryObject>) + Send,
    ) -> Result<(), Failure> {
        let Some(collection) = Collection::of(kind) else { return Ok(()) };
        Asker::new(self).sweep(collection, collection.names(), page).await.map(drop)
    }

    /// A link to what changes of these properties, and of the usual ones, from now on. None if this server keeps no such
    /// account.
    pub(crate) async fn link_from_now(&self, kind: TargetKind, properties: &[Property]) -> Result<Option<String>, Failure> {
        let Some(collection) = Collection::of(kind) else { return Ok(None) };
        let select = selecting(collection, properties);
        let url = format!("{}{}/delta?$deltatoken=latest&$select={select}", self.root(), collection.path());
        match Asker::new(self).page::<Changed>(&url, collection.kind()).await {
            Ok((_, after)) => Ok(after.delta),
            Err(failure) if matches!(failure.class, Class::SignIn | Class::Offline | Class::Throttled) => Err(failure),
            Err(_) => Ok(None),
        }
    }

    /// What changed since `link`; without one, everything there is. Objects may come more than once, the last one counts.
    pub(crate) async fn changes(
        &self,
        kind: TargetKind,
        link: Option<&str>,
        mut page: impl FnMut(Vec<Change>) + Send,
    ) -> Result<DeltaEnd, Failure> {
        let Some(collection) = Collection::of(kind) else { return Ok(DeltaEnd::StartOver) };
        let asker = Asker::new(self);
        let mut pages = asker.pages(CHANGES);
        let mut url = match link {
            // A kept link that leads elsewhere may not see the token; it was made for another configuration.
            Some(link) => match asker.checked(link.to_owned()) {
                Ok(link) => link,
                Err(_) => return Ok(DeltaEnd::StartOver),
            },
            None => format!("{}{}/delta?$select={}", self.root(), collection.path(), selecting(collection, &[])),
        };
        loop {
            let (entries, after) = match asker.page::<Changed>(&url, collection.kind()).await {
                Ok(answer) => answer,
                Err(failure) if is_worn_out(&failure) => return Ok(DeltaEnd::StartOver),
                Err(failure) => return Err(failure),
            };
            let count = entries.len();
            if let Err(failure) = asker.count(&mut pages, &url, count) {
                tracing::warn!(target.kind = %kind, "The directory's changes can't be followed, so all are asked about once more: {failure}");
                return Ok(DeltaEnd::StartOver);
            }
            let usable: Vec<_> = entries.into_iter().filter_map(|item| item.good()?.into_change()).collect();
            if usable.len() < count {
                // Nobody knows what changed there: all are asked about once more.
                tell_skipped(count - usable.len(), kind);
                return Ok(DeltaEnd::StartOver);
            }
            page(usable);
            match (after.next, after.delta) {
                (Some(next), _) => url = next,
                (None, Some(delta)) => return Ok(DeltaEnd::Link(delta)),
                (None, None) => return Ok(DeltaEnd::StartOver),
            }
        }
    }

    /// Id and sign-in name of every user who is in a group, directly or through other groups.
    pub(crate) async fn transitive_users(&self, group: &ObjectId) -> Result<Vec<(ObjectId, String)>, Failure> {
        let members = self.members::<Member>(group, "id,userPrincipalName").await?;
        // Whoever is left out here counts as having left the group.
        if members.iter().any(|member| member.is_hidden() || !is_object_id(&member.id)) {
            return Err(Failure::odd("lists a member without a usable id, or a user without a sign-in name"));
        }
        // Of all that a group holds only users have such a name.
        Ok(members.into_iter().filter_map(|member| Some((ObjectId::new(&member.id), member.user_principal_name?))).collect())
    }

    async fn members<T: DeserializeOwned>(&self, group: &ObjectId, select: &str) -> Result<Vec<T>, Failure> {
        let mut url = format!("{}/groups", self.root());
        push_segment(&mut url, group.as_str());
        let url = format!("{url}/transitiveMembers?$select={select}&{PAGE}");
        Asker::new(self).all::<T>(&url, TargetKind::Group, false, MEMBERS).await
    }

    /// Ids of everything that is in a group, directly or through other groups; not only users.
    pub(crate) async fn transitive_members(&self, group: &ObjectId) -> Result<Vec<ObjectId>, Failure> {
        let members = self.members::<OnlyId>(group, "id").await?;
        // A member that can't be told might be the one who must not be served.
        let ids = members.into_iter().map(|member| is_object_id(&member.id).then(|| ObjectId::new(&member.id)));
        ids.collect::<Option<_>>().ok_or_else(|| Failure::odd("lists a member without a usable id"))
    }
}

impl Asker<'_> {
    /// Page after page, one at a time; what Graph asks to wait for is waited for.
    pub(super) async fn sweep(
        &self,
        collection: Collection,
        select: &str,
        mut page: impl FnMut(Vec<DirectoryObject>) + Send,
    ) -> Result<usize, Failure> {
        let mut skipped = 0;
        let mut pages = self.pages(EVERYBODY);
        let mut next = Some(format!("{}{}?$select={select}&{PAGE}", self.root(), collection.path()));
        while let Some(url) = next {
            let (entries, after) = self.page::<DirectoryEntry>(&url, collection.kind()).await?;
            let count = entries.len();
            self.count(&mut pages, &url, count)?;
            let objects: Vec<_> = entries.into_iter().filter_map(|item| item.good()?.into_object()).collect();
            skipped += count - objects.len();
            page(objects);
            next = after.next;
        }
        tell_skipped(skipped, collection.kind());
        Ok(skipped)
    }
}

impl Changed {
    fn into_change(self) -> Option<Change> {
        let object = self.entry.into_object()?;
        Some(if self.removed.is_some() { Change::Gone(ObjectId::new(&object.id)) } else { Change::Now(Box::new(object)) })
    }
}

fn tell_skipped(count: usize, kind: TargetKind) {
    if count > 0 {
        tracing::warn!(count, target.kind = %kind, "The directory listed objects without a usable id; they are left out");
    }
}

/// 410, or a 4xx that says that the state is not found.
fn is_worn_out(failure: &Failure) -> bool {
    let state_lost = |code: &str| {
        ["syncStateNotFound", "syncStateInvalid", "resyncRequired"].iter().any(|known| known.eq_ignore_ascii_case(code))
    };
    failure.class != Class::SignIn && (failure.status == Some(410) || failure.code.as_deref().is_some_and(state_lost))
}

#[cfg(test)]
mod tests {
    use super::super::super::Class;
    use super::super::super::testing::{TestServer, json};
    use super::*;

    #[tokio::test]
    async fn a_sweep_takes_every_page() {
        let server = TestServer::start(|seen| {
            let host = seen.header("host").to_owned();
            if seen.target.contains("skiptoken") {
                return json(200, r#"{"value":[{"id":"2"}]}"#);
            }
            json(200, &format!(r#"{{"value":[{{"id":"1"}}],"@odata.nextLink":"http://{host}/v1.0/users?$skiptoken=2"}}"#))
        })
        .await;
        let mut ids = Vec::new();
        server.client().sweep(TargetKind::User, &[], |page| ids.extend(page.into_iter().map(|object| object.id))).await.unwrap();
        assert_eq!(ids, ["1", "2"]);
        assert!(
            server.lines()[0].starts_with("GET /v1.0/users?$select=id,displayName,userPrincipalName"),
            "{:?}",
            server.lines()
        );
    }

    /// A server that fails three times, and then says who there is.
    async fn stumbles() -> TestServer {
        let asked = std::sync::atomic::AtomicU32::new(0);
        TestServer::start(move |seen| {
            let host = seen.header("host").to_owned();
            if asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst) < 3 {
                return json(500, r#"{"error":{"code":"InternalServerError"}}"#);
            }
            let link = format!(r#","@odata.deltaLink":"http://{host}/v1.0/users/delta?$deltatoken=new""#);
            json(200, &format!(r#"{{"value":[{{"id":"1"}}]{}}}"#, if seen.target.contains("delta") { &*link } else { "" }))
        })
        .await
    }

    #[tokio::test]
    async fn a_page_that_fails_inside_graph_is_asked_for_again_where_nothing_else_tells() {
        let (all, members, changes) = (stumbles().await, stumbles().await, stumbles().await);
        let mut count = 0;
        all.client().sweep(TargetKind::User, &[], |page| count += page.len()).await.unwrap();
        assert_eq!((count, all.lines().len()), (1, 4));
        assert_eq!(members.client().transitive_members(&ObjectId::new("g")).await.unwrap(), [ObjectId::new("1")]);
        assert_eq!(members.lines().len(), 4);
        let end = changes.client().changes(TargetKind::User, None, |page| count += page.len()).await.unwrap();
        assert!(matches!(end, DeltaEnd::Link(_)));
        assert_eq!((count, changes.lines().len()), (2, 4));
    }

    #[tokio::test]
    async fn changes_follow_the_link_and_start_over_when_it_is_worn_out() {
        let server = TestServer::start(|seen| {
            let host = seen.header("host").to_owned();
            match seen.target.as_str() {
                target if target.contains("old") => json(410, r#"{"error":{"code":"resyncRequired"}}"#),
                target if target.contains("lost") => json(400, r#"{"error":{"code":"syncStateNotFound"}}"#),
                _ => json(200, &format!(
                    r#"{{"value":[{{"id":"1","mail":"a@b.c"}},{{"id":"2","@removed":{{"reason":"deleted"}}}}],"@odata.deltaLink":"http://{host}/v1.0/users/delta?$deltatoken=new"}}"#
                )),
            }
        })
        .await;
        let client = server.client();
        let mut seen = Vec::new();
        let end = client.changes(TargetKind::User, None, |page| seen.extend(page)).await.unwrap();
        let DeltaEnd::Link(link) = end else { panic!("no link") };
        assert!(link.ends_with("deltatoken=new"));
        assert!(matches!(&seen[0], Change::Now(object) if object.mail.as_deref() == Some("a@b.c")));
        assert_eq!(seen[1], Change::Gone(ObjectId::new("2")));
        for worn in ["old", "lost"] {
            let link = format!("{}/v1.0/users/delta?$deltatoken={worn}", server.url);
            assert_eq!(client.changes(TargetKind::User, Some(&link), |_| ()).await.unwrap(), DeltaEnd::StartOver);
        }
        let asked = server.lines().len();
        let elsewhere = client.changes(TargetKind::User, Some("https://evil.example/x"), |_| ()).await.unwrap();
        assert_eq!((elsewhere, server.lines().len()), (DeltaEnd::StartOver, asked));
    }

    #[tokio::test]
    async fn objects_without_a_usable_id_are_left_out_and_counted() {
        let server = TestServer::start(|seen| {
            let host = seen.header("host").to_owned();
            let link = format!(r#","@odata.deltaLink":"http://{host}/v1.0/users/delta?$deltatoken=new""#);
            let link = if seen.target.contains("delta") { &*link } else { "" };
            json(200, &format!(r#"{{"value":[{{"id":"1"}},{{"id":""}},{{"displayName":"x"}},null,{{"id":"a/b"}}]{link}}}"#))
        })
        .await;
        let client = server.client();
        let mut ids = Vec::new();
        let skipped =
            client.sweep(TargetKind::User, &[], |page| ids.extend(page.into_iter().map(|object| object.id))).await.unwrap();
        assert_eq!((skipped, &ids[..]), (4, &["1".to_owned()][..]));
        let mut heard = 0;
        let end = client.changes(TargetKind::User, None, |page| heard += page.len()).await.unwrap();
        assert_eq!((end, heard), (DeltaEnd::StartOver, 0), "a change that can't be told is none that may be missed");
        assert_eq!(client.transitive_members(&ObjectId::new("g")).await.unwrap_err().class, Class::Transient);
    }

    #[tokio::test]
    async fn members_are_read_through_nested_groups() {
        let server = TestServer::start(|seen| {
            if seen.target.contains("/groups/g/transitiveMembers") {
                return json(200, r##"{"value":[{"id":"A","@odata.type":"#microsoft.graph.user"},{"id":"B"}]}"##);
            }
            json(404, r#"{"error":{"code":"Request_ResourceNotFound"}}"#)
        })
        .await;
        let client = server.client();
        assert_eq!(client.transitive_members(&ObjectId::new("g")).await.unwrap().len(), 2);
        assert_eq!(client.transitive_members(&ObjectId::new("x")).await.unwrap_err().class, Class::TargetMissing);
    }

    /// Whoever is not among them counts as having left: what is not told may not read as that.
    #[tokio::test]
    async fn users_of_a_group_are_all_named_or_nothing_is_said() {
        let group = |id: &str| ObjectId::new(id);
        let server = TestServer::start(|seen| {
            let kind = |name: &str| format!(r##""@odata.type":"#microsoft.graph.{name}""##);
            let named = format!(r#"{{"id":"A",{},"userPrincipalName":"a@x.y"}}"#, kind("user"));
            let more = match seen.target.split('/').nth(3).unwrap_or_default() {
                "named" => format!(r#"{{"id":"B",{}}},{{"id":"C"}}"#, kind("device")),
                "hidden" => format!(r#"{{"id":"B",{},"userPrincipalName":null}}"#, kind("user")),
                "nameless" => r#"{"id":"","userPrincipalName":"b@x.y"}"#.to_owned(),
                _ => r#"{"userPrincipalName":"b@x.y"}"#.to_owned(),
            };
            json(200, &format!(r#"{{"value":[{named},{more}]}}"#))
        })
        .await;
        let client = server.client();
        let users = client.transitive_users(&group("named")).await.unwrap();
        assert_eq!(users, [(ObjectId::new("A"), "a@x.y".to_owned())]);
        for spoilt in ["hidden", "nameless", "absent"] {
            assert_eq!(client.transitive_users(&group(spoilt)).await.unwrap_err().class, Class::Transient, "{spoilt}");
        }
    }
}
