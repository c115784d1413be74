//! Which of some employee numbers there are: for hints, so nothing depends on the answer.

use std::collections::HashSet;
use std::sync::Arc;

use super::super::Client;
use super::asker::Asker;
use super::pages::MATCHES;
use super::question::{Collection, DirectoryQuery};
use super::wire::DirectoryEntry;
use crate::model::{Property, TargetKind};

impl Client {
    /// Those of the numbers that somebody has, asked in batches of 15. What can't be asked counts as not there.
    pub(crate) async fn employee_ids(&self, values: Vec<Arc<str>>) -> HashSet<String> {
        let asker = Asker::new(self);
        let mut found = HashSet::new();
        for batch in DirectoryQuery::batches(Collection::Users, Property::EmployeeId, values) {
            let Ok(entries) =
                asker.all::<DirectoryEntry>(&batch.url(asker.root(), false), TargetKind::User, false, MATCHES).await
            else {
                break;
            };
            for object in entries.into_iter().filter_map(DirectoryEntry::into_object) {
                let number = object.employee_id.filter(|number| batch.values.iter().any(|value| **value == **number));
                found.extend(number);
            }
        }
        found
    }
}
