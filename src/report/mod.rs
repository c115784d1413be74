//! Pages for people: HTML that needs no network, no script and no other file.
//!
//! It is given words and pictures and lays them out. It must not know where they come from.

mod html;
mod preview;

pub use preview::{Framed, Sheet, sheet};
