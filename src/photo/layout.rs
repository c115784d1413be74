//! How a JPEG file is laid out, as data: what the marks of the file tell.

use std::ops::Range;

use image::metadata::Orientation;

use crate::model::{Problem, Reason};

/// What the components of a pixel are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Colours {
    Grey,
    /// Brightness and two colour differences.
    Differences,
    /// Red, green and blue themselves.
    Plain,
    Inks,
    /// Brightness, two colour differences and black.
    CodedInks,
}

/// How a JPEG is coded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Process {
    /// The plain one, which every reader knows.
    Baseline,
    /// The plain one with more tables than some readers have.
    Extended,
    /// From coarse to fine, which every reader knows too.
    Progressive,
}

/// One component as the header tells of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Component {
    pub(super) id: u8,
    /// How often it is sampled, in relation to the others.
    pub(super) across: u8,
    pub(super) down: u8,
    /// Its table of quantisation steps.
    pub(super) table: u8,
}

/// A segment that is needed to decode the picture: tables (DB, C4), the restart interval (DD) or a scan (DA).
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Part {
    pub(super) mark: u8,
    pub(super) content: Range<usize>,
    /// The picture data that follows a scan's header.
    pub(super) data: Range<usize>,
}

/// What the marks of a JPEG file tell.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct Layout {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) components: Vec<Component>,
    pub(super) process: Process,
    pub(super) colours: Colours,
    /// Readers may take the components for something else than [`Colours`] says.
    pub(super) colours_disputed: bool,
    /// The height stands behind the first scan.
    pub(super) late_height: bool,
    pub(super) parts: Vec<Part>,
    pub(super) orientation: Orientation,
    /// The colour profile, put together from its pieces.
    pub(super) profile: Option<Vec<u8>>,
    /// Segments that hold metadata and what fills room between segments, in the order of the file.
    pub(super) metadata: Vec<Range<usize>>,
    /// Just after the end mark; what follows is no part of the picture.
    pub(super) end: usize,
    /// Laid out so that any decoder shows it right.
    pub(super) ordinary: bool,
    /// The file was given the end mark that it lacked.
    pub(super) mended: bool,
    /// What is wrong where the end mark should be. The picture data may be all there, nevertheless.
    pub(super) open: Option<Problem>,
}

impl Layout {
    /// How often the most often sampled component is, across and down.
    pub(super) fn most_sampled(&self) -> (u32, u32) {
        let most = |of: fn(&Component) -> u8| self.components.iter().map(of).max().unwrap_or(1).max(1);
        (u32::from(most(|component| component.across)), u32::from(most(|component| component.down)))
    }

    /// The headers of the scans, without their marks.
    pub(super) fn scans(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|part| part.mark == SCAN)
    }
}

/// The mark of a scan.
pub(super) const SCAN: u8 = 0xDA;

/// A kind of JPEG that is not decoded here.
pub(super) fn rare(what: &str) -> Problem {
    Problem::new(Reason::PhotoUnsupported, format!("a JPEG with {what}; it can't be decoded here"))
        .with_cure("Open the picture and save it again as a plain JPEG.")
}
