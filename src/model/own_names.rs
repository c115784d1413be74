//! By what a photo in the tenant is known as ours: what Graph called it when it took it from us.

use super::target_state::Held;

/// What Graph called photos of ours at a target, under its own name and under the other one of its object.
#[derive(Clone, Debug, Default)]
pub(crate) struct OwnNames {
    /// One for each photo that there may be; none of one where that is not known.
    names: Vec<Option<String>>,
    /// What is there may be ours though it is not called so.
    pub may_be_ours: bool,
    /// The photo that was accepted last is a default picture.
    pub is_default_picture: bool,
}

impl OwnNames {
    /// Of a target that holds this. `by_other_name`: what it was called under the other name of the object, if it was sent there.
    #[expect(clippy::option_option, reason = "whether there is a photo, and what Graph called it if that is known")]
    pub(crate) fn new(held: &Held, by_other_name: Option<Option<String>>) -> Self {
        let is_there = held.delivered.is_some() || held.etag.is_some();
        Self {
            may_be_ours: held.may_go_by_another_name(),
            is_default_picture: held.delivered.as_ref().is_some_and(|delivered| delivered.version.is_default_picture()),
            names: is_there.then(|| held.etag.clone()).into_iter().chain(by_other_name).collect(),
        }
    }

    /// Whether nothing of ours is known to be there.
    pub(crate) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Those that are known.
    pub(crate) fn known(&self) -> impl Iterator<Item = &str> {
        self.names.iter().flatten().map(String::as_str)
    }
}
