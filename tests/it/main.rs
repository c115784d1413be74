//! The program as a whole: the real binary, a pretended tenant, stories. One file a story.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod contract;
mod crash;
mod exits;
mod first;
mod floors;
mod json;
mod other;
mod pictures;
mod plan;
mod refusals;
mod rehearse;
mod secrets;
mod source;
mod throttle;
mod upload;
mod world;
