//! JPEGs that already are what is wanted keep their picture data, bit for bit.

use bytes::Bytes;
use image::metadata::Orientation;

use super::colour;
use super::encode::MIN_SIDE;
use super::layout::Layout;
use super::recipe::{Crop, Recipe};

/// Whether the JPEG can be delivered as it is, by what its marks tell: size, shape, colours, orientation, and that it is
/// laid out in a usual way. Whether its picture data is whole is not asked here.
pub(super) fn fits(layout: &Layout, stripped_bytes: usize, recipe: &Recipe) -> bool {
    let sides = MIN_SIDE..=recipe.size();
    sides.contains(&layout.width)
        && sides.contains(&layout.height)
        && (recipe.crop() == Crop::None || layout.width == layout.height)
        && stripped_bytes <= recipe.max_bytes()
        && layout.ordinary
        && layout.orientation == Orientation::NoTransforms
        && layout.profile.as_deref().is_none_or(|profile| colour::shows_as_srgb(profile, layout.components.len()))
}

/// The length of [`strip`]'s result.
pub(super) fn stripped_bytes(layout: &Layout) -> usize {
    layout.metadata.iter().fold(layout.end, |bytes, cut| bytes.saturating_sub(cut.len()))
}

/// The file without its metadata segments and without what follows its end; the same memory where there are none.
pub(super) fn strip(source: &Bytes, layout: &Layout) -> Bytes {
    if layout.metadata.is_empty() {
        return source.slice(..layout.end);
    }
    let mut stripped = Vec::with_capacity(stripped_bytes(layout));
    let mut kept = 0;
    for cut in &layout.metadata {
        stripped.extend_from_slice(source.get(kept..cut.start).unwrap_or_default());
        kept = cut.end;
    }
    stripped.extend_from_slice(source.get(kept..layout.end).unwrap_or_default());
    stripped.into()
}
