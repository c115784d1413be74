//! Somebody in scope.

use crate::model::ObjectId;

/// Somebody whose photo is asked for.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) id: ObjectId,
    pub(super) name: String,
    pub(super) display_name: String,
    pub(super) stem: String,
}
