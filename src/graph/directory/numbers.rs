//! Which of some employee numbers there are: for hints, so nothing depends on the answer.

use std::collections::HashSet;
use std::sync::Arc;

use super::super::{Client, Failure};
use super::asker::Asker;
use super::collection::Collection;
use super::pages::MATCHES;
use super::question::DirectoryQuery;
use super::wire::DirectoryEntry;
use crate::model::{Property, Reference, TargetKind};

impl Client {
    /// Those of the numbers that somebody has, asked in batches of 15.
    pub(crate) async fn employee_ids(&self, values: Vec<Arc<str>>) -> Result<HashSet<String>, Failure> {
        let asker = Asker::new(self);
        let mut found = HashSet::new();
        let references = values.iter().map(|value| Reference::new(TargetKind::User, Property::EmployeeId, value)).collect();
        for batch in DirectoryQuery::batches(Collection::Users, references) {
            let entries = asker.all::<DirectoryEntry>(&batch.url(asker.root(), false), TargetKind::User, false, MATCHES).await?;
            for object in entries.into_iter().filter_map(DirectoryEntry::into_object) {
                let number = object.employee_id.filter(|number| batch.references.iter().any(|asked| *asked.value == **number));
                found.extend(number);
            }
        }
        Ok(found)
    }
}
