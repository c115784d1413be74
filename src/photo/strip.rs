//! JPEGs that already are what is wanted keep their picture data, bit for bit.

use bytes::Bytes;
use image::metadata::Orientation;

use super::colour;
use super::encode::MIN_SIDE;
use super::layout::Layout;
use super::needed::{Edit, edits};
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
        && has_usual_numbers(layout)
        && layout.orientation == Orientation::NoTransforms
        && layout.profile.as_deref().is_none_or(|profile| colour::shows_as_srgb(profile, layout.components.len()))
}

/// Whether components are numbered as programs number them: any other names may be words.
fn has_usual_numbers(layout: &Layout) -> bool {
    let numbers = |first: u8| layout.components.iter().map(|component| component.id).eq((first..).take(layout.components.len()));
    numbers(0) || numbers(1)
}

/// The length of [`strip`]'s result at most.
pub(super) fn stripped_bytes(layout: &Layout) -> usize {
    layout.metadata.iter().fold(layout.end, |bytes, cut| bytes.saturating_sub(cut.len()))
}

/// The file without its metadata, without what follows its end, and without whatever else isn't needed to show it; the
/// same memory where it holds nothing of that kind.
pub(super) fn strip(source: &Bytes, layout: &Layout) -> Bytes {
    let mut edits: Vec<Edit> = edits(source, layout);
    edits.extend(layout.metadata.iter().map(|cut| (cut.clone(), Vec::new())));
    if edits.is_empty() && layout.end == source.len() {
        return source.clone();
    }
    edits.sort_by_key(|(place, _)| place.start);
    // Copied, as a slice would keep all of the file in memory.
    let mut stripped = Vec::with_capacity(stripped_bytes(layout));
    let mut kept = 0;
    for (place, needed) in edits {
        stripped.extend_from_slice(source.get(kept..place.start).unwrap_or_default());
        stripped.extend_from_slice(&needed);
        kept = place.end;
    }
    stripped.extend_from_slice(source.get(kept..layout.end).unwrap_or_default());
    stripped.into()
}
