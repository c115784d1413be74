//! Who is in a group, directly or through groups in it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::directory::{Select, context, next_link, page_of};
use super::entry::EntryKind;
use super::reply::Reply;
use super::shared::{Call, Shared};
use super::tenant::Tenant;

pub(super) fn list(
    shared: &Shared,
    call: &Call,
    tenant: &Tenant,
    group: &str,
    transitive: bool,
    users_only: bool,
) -> Result<Reply, Reply> {
    let (top, from) = page_of(shared, call)?;
    let kinds: &[EntryKind] = if users_only { &[EntryKind::User] } else { &[EntryKind::User, EntryKind::Group] };
    let select = Select::of(call, kinds)?;
    let start = tenant.group(group).ok_or_else(|| Reply::no_resource(group))?;
    let found = collect(tenant, start, transitive);
    let mut wanted = found.into_iter().filter(|at| *at >= from).filter_map(|at| Some((at, tenant.entry(at)?)));
    let mut value = Vec::new();
    let mut next = None;
    for (at, entry) in wanted.by_ref().filter(|(_, entry)| kinds.contains(&entry.kind)) {
        if value.len() == top {
            next = Some(at);
            break;
        }
        let mut shown = select.show(entry);
        shown.insert("@odata.type".to_owned(), json!(format!("#{}", entry.kind.odata())));
        value.push(Value::Object(shown));
    }
    let mut body = json!({ "@odata.context": context(shared, "directoryObjects"), "value": value });
    if let Some(at) = next {
        body["@odata.nextLink"] = next_link(shared, call, at);
    }
    Ok(Reply::json(body))
}

fn collect(tenant: &Tenant, start: u32, transitive: bool) -> BTreeSet<u32> {
    let mut found = BTreeSet::new();
    let mut groups = vec![start];
    while let Some(group) = groups.pop() {
        let Some(more) = tenant.entry(group).and_then(|entry| entry.more.as_ref()) else { continue };
        for at in more.members.iter().filter_map(|id| tenant.locate(id)) {
            // Groups may hold each other in a ring.
            if found.insert(at) && transitive && tenant.is(at, EntryKind::Group) {
                groups.push(at);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_groups_open_up_and_rings_end() {
        let seed = "
users: [{ userPrincipalName: a }, { userPrincipalName: b }]
groups: [{ mailNickname: x, members: [a, y] }, { mailNickname: y, members: [b, x] }]";
        let tenant = Tenant::from_yaml(seed).unwrap();
        let x = tenant.group(&super::super::grow::guid(&["group", "mailNickname", "x"])).unwrap();
        assert_eq!(collect(&tenant, x, false).len(), 2);
        assert_eq!(collect(&tenant, x, true).len(), 4);
    }
}
