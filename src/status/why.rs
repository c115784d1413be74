//! A held item in the JSON of a story: why, what to do, and since when.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::held::HeldItem;

/// Writes one, or null.
#[expect(clippy::ref_option, reason = "the shape that serde wants")]
pub(crate) fn serialize<S: Serializer>(item: &Option<HeldItem>, serializer: S) -> Result<S::Ok, S::Error> {
    let Some(item) = item else { return None::<()>.serialize(serializer) };
    let mut why = serializer.serialize_struct("Why", 4)?;
    why.serialize_field("reason", &item.reason)?;
    why.serialize_field("detail", &item.detail)?;
    why.serialize_field("cure", &item.cure)?;
    why.serialize_field("since", &item.since)?;
    why.end()
}
