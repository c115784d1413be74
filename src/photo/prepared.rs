//! A finished picture, and what is worth telling about it.

use std::fmt;

use bytes::Bytes;

use super::sniff::Format;

/// What was done to the source.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Treatment {
    /// Nothing: it travels byte for byte.
    Untouched,
    /// Metadata was cut out, or a missing end mark put in; the picture data is untouched.
    Stripped,
    /// It was decoded and encoded anew.
    Encoded,
}

/// Something worth telling about a picture that was prepared all the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum PhotoRemark {
    /// The file says that it lies on its side, upside down or mirrored; it was turned upright.
    Turned,
    /// Printer's colours (CMYK) were converted.
    Cmyk,
    /// The colour profile was applied.
    ProfileApplied,
    /// The colour profile is damaged or of another kind and was ignored.
    ProfileIgnored,
    /// Transparent parts were laid on white.
    AlphaFlattened,
    /// Only the first frame of an animation is shown.
    FirstFrame,
    /// The file's format can't be decoded here; the operator's converter made a picture of it that can.
    Converted,
    /// A face was found and framed.
    Face {
        /// How certain the search is that it is one, in tenths: 28 is the least.
        score: u32,
    },
    /// No face was found to frame; the upper crop is shown.
    NoFace,
    /// More than one face was found, and the largest is framed, as set.
    LargestFace {
        /// How many.
        count: usize,
    },
    /// The file doesn't say so, but the face lay on its side or upside down; the picture was turned.
    TurnedByFace,
    /// The face is less of the finished picture than Microsoft's Face Check asks for.
    SmallForFaceCheck {
        /// The face's share of the height, in percent.
        percent: u32,
    },
    /// The finished picture has fewer pixels than Microsoft's Face Check asks for.
    FewForFaceCheck,
    /// Fewer pixels than the recipe asks for; pictures are never enlarged.
    Small,
    /// Quality or size had to go down further than the recipe says, to stay under its bytes.
    Squeezed {
        /// The JPEG quality that it took.
        quality: u8,
    },
}

impl fmt::Display for PhotoRemark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Turned => f.write_str("turned upright"),
            Self::Cmyk => f.write_str("converted from printer's colours (CMYK)"),
            Self::ProfileApplied => f.write_str("colour profile applied"),
            Self::ProfileIgnored => f.write_str("colour profile ignored, it is damaged or for another kind of picture"),
            Self::AlphaFlattened => f.write_str("transparent parts laid on white"),
            Self::FirstFrame => f.write_str("first frame of an animation"),
            Self::Converted => f.write_str("converted"),
            Self::Face { score } => write!(f, "face found (score {}.{})", score / 10, score % 10),
            Self::NoFace => f.write_str("no face found, the upper part is shown"),
            Self::LargestFace { count } => write!(f, "{count} faces found, the largest is framed"),
            Self::TurnedByFace => f.write_str("turned, because the face lay on its side"),
            Self::SmallForFaceCheck { percent } => {
                write!(f, "not for Microsoft's Face Check: the face is {percent} % of the picture's height, half is asked for")
            }
            Self::FewForFaceCheck => f.write_str("not for Microsoft's Face Check, which asks for 200 x 200 pixels"),
            Self::Small => f.write_str("fewer pixels than the size set, not enlarged"),
            Self::Squeezed { quality } => write!(f, "made smaller to stay under the limit of bytes (JPEG quality {quality})"),
        }
    }
}

/// A picture ready to be delivered. `Debug` tells the number of bytes, not the bytes.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Prepared {
    /// The JPEG, without metadata.
    pub jpeg: Bytes,
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// What was done to the source.
    pub treatment: Treatment,
    /// What is worth telling.
    pub notes: Vec<PhotoRemark>,
    /// What the source is.
    pub format: Format,
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { jpeg, width, height, treatment, notes, format } = self;
        write!(f, "Prepared({format:?} {treatment:?} {width}x{height} {} bytes {notes:?})", jpeg.len())
    }
}
