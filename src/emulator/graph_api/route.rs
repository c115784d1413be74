//! What a path means. Paths are decoded here, segment by segment, so that `%23EXT%23` and `%27` survive.

use percent_encoding::percent_decode_str;

use crate::emulator::faults::{Purpose, Subject};
use crate::model::TargetKind;

/// A user as the path names them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Person {
    Me,
    Named(String),
}

/// Whose photo.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum Holder {
    User(Person),
    Group(String),
    Team(String),
    Contact { owner: Person, folder: Option<String>, id: String },
}

/// Which view of a photo.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum View {
    Metadata,
    Value,
    List,
    Size(String),
    SizeValue(String),
}

#[derive(PartialEq, Eq, Debug)]
pub(crate) enum Route {
    Photo(Holder, View),
    Users,
    User(Person),
    UsersDelta,
    Groups,
    Group(String),
    GroupsDelta,
    Members {
        group: String,
        transitive: bool,
        users_only: bool,
    },
    Team(String),
    Contacts {
        owner: Person,
        folder: Option<String>,
    },
    Contact {
        owner: Person,
        folder: Option<String>,
        id: String,
    },
    Folders {
        owner: Person,
        above: Option<String>,
    },
    Folder {
        owner: Person,
        id: String,
    },
    Organization,
    /// The tenant's photo policy (beta only).
    PhotoPolicy,
    Batch,
}

/// The meaning of a path below the Graph root, query left off; none for paths Graph doesn't have.
pub(crate) fn parse(path: &str) -> Option<Route> {
    let mut segments = Vec::new();
    for segment in path.strip_prefix('/')?.split('/') {
        segments.push(percent_decode_str(segment).decode_utf8().ok()?.into_owned());
    }
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match segments.split_first()? {
        (&"v1.0", rest) => versioned(rest),
        (&"beta", [admin, people, word]) if is(admin, "admin") && is(people, "people") && is(word, "photoUpdateSettings") => {
            Some(Route::PhotoPolicy)
        }
        _ => None,
    }
}

fn versioned(path: &[&str]) -> Option<Route> {
    let (first, rest) = path.split_first()?;
    if let Some(name) = first.strip_prefix("users('").and_then(|rest| rest.strip_suffix("')")) {
        return person(Person::Named(name.replace("''", "'")), rest);
    }
    // Without parentheses, a name that begins so is taken for a command.
    if first.eq_ignore_ascii_case("users") && rest.first().is_some_and(|name| name.starts_with('$')) {
        return None;
    }
    match (first.to_ascii_lowercase().as_str(), rest) {
        ("$batch", []) => Some(Route::Batch),
        ("organization", []) => Some(Route::Organization),
        ("me", rest) => person(Person::Me, rest),
        ("users", []) => Some(Route::Users),
        ("users", ["delta" | "delta()" | "microsoft.graph.delta" | "microsoft.graph.delta()"]) => Some(Route::UsersDelta),
        ("users", [name, rest @ ..]) => person(Person::Named((*name).to_owned()), rest),
        ("groups", []) => Some(Route::Groups),
        ("groups", ["delta" | "delta()" | "microsoft.graph.delta" | "microsoft.graph.delta()"]) => Some(Route::GroupsDelta),
        ("groups", [id]) => Some(Route::Group((*id).to_owned())),
        ("groups", [id, word, cast @ ..]) if is(word, "members") || is(word, "transitiveMembers") => {
            let users_only = match cast {
                [] => false,
                [cast] if is(cast, "microsoft.graph.user") => true,
                _ => return None,
            };
            Some(Route::Members { group: (*id).to_owned(), transitive: is(word, "transitiveMembers"), users_only })
        }
        ("groups", [id, rest @ ..]) => Some(Route::Photo(Holder::Group((*id).to_owned()), view(rest)?)),
        ("teams", [id]) => Some(Route::Team((*id).to_owned())),
        ("teams", [id, rest @ ..]) => photo_only(Holder::Team((*id).to_owned()), rest),
        _ => None,
    }
}

fn person(who: Person, rest: &[&str]) -> Option<Route> {
    match rest {
        [] => Some(Route::User(who)),
        [word, rest @ ..] if is(word, "contacts") => contacts(who, None, rest),
        [word] if is(word, "contactFolders") => Some(Route::Folders { owner: who, above: None }),
        [word, folder, rest @ ..] if is(word, "contactFolders") => in_folder(who, folder, rest),
        rest => Some(Route::Photo(Holder::User(who), view(rest)?)),
    }
}

fn in_folder(owner: Person, folder: &str, rest: &[&str]) -> Option<Route> {
    match rest {
        [] => Some(Route::Folder { owner, id: folder.to_owned() }),
        [word, rest @ ..] if is(word, "contacts") => contacts(owner, Some(folder.to_owned()), rest),
        [word] if is(word, "childFolders") => Some(Route::Folders { owner, above: Some(folder.to_owned()) }),
        // Folder ids are unique in the mailbox, so the last one tells all.
        [word, child, rest @ ..] if is(word, "childFolders") => in_folder(owner, child, rest),
        _ => None,
    }
}

fn contacts(owner: Person, folder: Option<String>, rest: &[&str]) -> Option<Route> {
    match rest {
        [] => Some(Route::Contacts { owner, folder }),
        [id] => Some(Route::Contact { owner, folder, id: (*id).to_owned() }),
        [id, rest @ ..] => photo_only(Holder::Contact { owner, folder, id: (*id).to_owned() }, rest),
    }
}

/// Teams and contacts have no list of sizes.
fn photo_only(holder: Holder, rest: &[&str]) -> Option<Route> {
    match view(rest)? {
        view @ (View::Metadata | View::Value) => Some(Route::Photo(holder, view)),
        _ => None,
    }
}

fn view(rest: &[&str]) -> Option<View> {
    match rest {
        [word] if is(word, "photo") => Some(View::Metadata),
        [word, "$value"] if is(word, "photo") => Some(View::Value),
        [word] if is(word, "photos") => Some(View::List),
        [word, size] if is(word, "photos") => Some(View::Size((*size).to_owned())),
        [word, size, "$value"] if is(word, "photos") => Some(View::SizeValue((*size).to_owned())),
        _ => None,
    }
}

/// What faults want to know of a request.
pub(crate) fn subject<'a>(route: Option<&Route>, method: &'a str, target: &'a str) -> Subject<'a> {
    let of = |who: &Person| if *who == Person::Me { TargetKind::Me } else { TargetKind::User };
    let kind = match route {
        None | Some(Route::Organization | Route::PhotoPolicy | Route::Batch) => None,
        Some(Route::Photo(Holder::User(who), _) | Route::User(who)) => Some(of(who)),
        Some(Route::Users | Route::UsersDelta) => Some(TargetKind::User),
        Some(
            Route::Photo(Holder::Group(_), _) | Route::Groups | Route::Group(_) | Route::GroupsDelta | Route::Members { .. },
        ) => Some(TargetKind::Group),
        Some(Route::Photo(Holder::Team(_), _) | Route::Team(_)) => Some(TargetKind::Team),
        Some(
            Route::Photo(Holder::Contact { .. }, _)
            | Route::Contacts { .. }
            | Route::Contact { .. }
            | Route::Folders { .. }
            | Route::Folder { .. },
        ) => Some(TargetKind::Contact),
    };
    let purpose = if matches!(route, Some(Route::Photo(..))) { Purpose::Photos } else { Purpose::Directory };
    Subject { method, target, purpose, kind }
}

fn is(segment: &str, word: &str) -> bool {
    segment.eq_ignore_ascii_case(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_graphs_paths() {
        let anna = || Person::Named("a'b_x.com#EXT#@c.com".to_owned());
        assert_eq!(parse("/v1.0/users/a%27b_x.com%23EXT%23@c.com"), Some(Route::User(anna())));
        assert_eq!(
            parse("/v1.0/users/a%27b_x.com%23EXT%23%40c.com/photo/%24value"),
            Some(Route::Photo(Holder::User(anna()), View::Value))
        );
        assert_eq!(parse("/v1.0/me/photo"), Some(Route::Photo(Holder::User(Person::Me), View::Metadata)));
        assert_eq!(
            parse("/v1.0/groups/g/photos/48x48/$value"),
            Some(Route::Photo(Holder::Group("g".into()), View::SizeValue("48x48".into())))
        );
        assert_eq!(parse("/v1.0/teams/t/photo/$value"), Some(Route::Photo(Holder::Team("t".into()), View::Value)));
        let contact =
            |folder: Option<&str>| Holder::Contact { owner: Person::Me, folder: folder.map(Into::into), id: "c=".into() };
        assert_eq!(parse("/v1.0/me/contacts/c=/photo/$value"), Some(Route::Photo(contact(None), View::Value)));
        assert_eq!(
            parse("/v1.0/me/contactfolders/f/contacts/c%3D/photo/$value"),
            Some(Route::Photo(contact(Some("f")), View::Value))
        );
        let deep = "/v1.0/me/contactFolders/e/childFolders/f/contacts/c=/photo/$value";
        assert_eq!(parse(deep), Some(Route::Photo(contact(Some("f")), View::Value)));
        let members = Route::Members { group: "g".into(), transitive: true, users_only: true };
        assert_eq!(parse("/v1.0/groups/g/transitiveMembers/microsoft.graph.user"), Some(members));
    }

    #[test]
    fn knows_no_others() {
        for path in [
            "/",
            "/users",
            "/beta/users",
            "/v1.0",
            "/v1.0/users/a/photo/value",
            "/v1.0/teams/t/photos",
            "/v1.0/users/%FF",
            "/v1.0/teams",
            "/v1.0/admin/people/photoUpdateSettings",
            "/beta/users",
        ] {
            assert_eq!(parse(path), None, "{path}");
        }
    }
}
