//! Pages of the members of a group.

use serde_json::{Value, json};

use super::call::Call;
use super::page::{context, next_link, page_of};
use super::select::Select;
use crate::emulator::reply::Reply;
use crate::emulator::state::State;
use crate::emulator::tenant::{EntryKind, Tenant};

pub(crate) fn list(
    state: &State,
    call: &Call,
    tenant: &Tenant,
    group: &str,
    transitive: bool,
    users_only: bool,
) -> Result<Reply, Reply> {
    let (top, from) = page_of(state, call)?;
    let kinds: &[EntryKind] = if users_only { &[EntryKind::User] } else { &[EntryKind::User, EntryKind::Group] };
    let select = Select::of(call, kinds)?;
    let start = tenant.group(group).ok_or_else(|| Reply::no_resource(group))?;
    let found = tenant.members(start, transitive);
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
    let mut body = json!({ "@odata.context": context(state, "directoryObjects"), "value": value });
    if let Some(at) = next {
        body["@odata.nextLink"] = next_link(state, call, at);
    }
    Ok(Reply::json(body))
}
