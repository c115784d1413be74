//! Default pictures: what marks a path, a recipe and a version as one, so that it is never taken for a person's own photo.
//!
//! A default picture is planned for as a file of its own for each person, beside the files of the source and below them
//! in rank. The mark in the recipe lasts as long as the photo in the tenant is ours, the path only while it is wanted.

use super::{ObjectId, PhotoVersion, Problem, Reason, RecipeId, SourcePath, TargetId};

/// The folder in which they would lie. A folder of the source that is called so is passed over.
const FOLDER: &str = "(default picture)/";
/// What the id of their recipe ends in.
const RECIPE: &str = "-default";

/// What is said of somebody who shows a photo, so that they need no default picture.
pub(crate) fn needs_none(detail: &str) -> Problem {
    Problem::new(Reason::HasPhoto, detail).with_cure(
        "Nothing: a default picture is never put over a photo. It is looked again once a day whether the photo is still there.",
    )
}

impl SourcePath {
    /// Where the default picture of this person lies; none for an id that makes no path.
    pub(crate) fn default_picture(person: &ObjectId) -> Option<Self> {
        Self::new(&format!("{FOLDER}{person}")).ok()
    }

    /// Whether it is a default picture.
    pub(crate) fn is_default_picture(&self) -> bool {
        self.as_str().starts_with(FOLDER)
    }

    /// Whose default picture it is; none for a file of the source.
    pub(crate) fn default_picture_of(&self) -> Option<TargetId> {
        self.as_str().strip_prefix(FOLDER).map(|person| TargetId::User(ObjectId::new(person)))
    }

    /// What the paths of default pictures begin with.
    pub(crate) const fn default_pictures() -> &'static str {
        FOLDER
    }
}

impl RecipeId {
    /// The same for default pictures.
    #[must_use]
    pub(crate) fn of_default_picture(&self) -> Self {
        if self.is_of_default_picture() { self.clone() } else { Self::new(&format!("{self}{RECIPE}")) }
    }

    /// Whether a default picture is prepared by it.
    pub(crate) fn is_of_default_picture(&self) -> bool {
        self.as_str().ends_with(RECIPE)
    }
}

impl PhotoVersion {
    /// Whether it is a default picture.
    pub(crate) fn is_default_picture(&self) -> bool {
        self.recipe.is_of_default_picture()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_survives_the_ledger_and_is_put_once() {
        let person = ObjectId::new("6E7B768E-07E2-4810-8459-485F84F8F204");
        let path = SourcePath::default_picture(&person).unwrap();
        let read = SourcePath::new(path.as_str()).unwrap();
        assert!(read.is_default_picture());
        assert_eq!(read.default_picture_of(), Some(TargetId::User(person)));
        let own = SourcePath::new("users/anna.jpg").unwrap();
        assert_eq!((own.is_default_picture(), own.default_picture_of()), (false, None));
        let recipe = RecipeId::new("3-648-upper-q90-3900000");
        let marked = recipe.of_default_picture();
        assert_eq!((recipe.is_of_default_picture(), marked.is_of_default_picture()), (false, true));
        assert_eq!(marked.of_default_picture(), RecipeId::new(marked.as_str()));
        assert_eq!(SourcePath::default_picture(&ObjectId::new("../x")), None);
    }
}
