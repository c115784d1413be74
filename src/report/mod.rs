//! Pages for people: HTML that needs no other file and no other host.
//!
//! It is given words and pictures and lays them out. It must not know where they come from.

mod html;
mod layout;
mod plot;
mod preview;
mod status;

pub use layout::policy;
pub use plot::Sample;
pub use preview::{Framed, Sheet, sheet};
pub use status::{Fact, Held, HeldLine, Notice, PassRow, StatusPage, Tone, Verdict};
