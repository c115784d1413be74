//! photosyncd keeps the profile photos in a Microsoft 365 tenant equal to an HR image directory.
//!
//! # Codemap
//!
//! The folder list is the architecture. A file imports only from lower floors or from its own room;
//! `tests/it/floors.rs` reads the `use crate::` lines and enforces it.
//!
//! ```text
//!  6  cli · main                            words for a person
//!  5  daemon                                life: start, signals, reload, drain
//!  4  config · telemetry · report
//!  3  engine                                the only room that joins the others
//!  2  source · ledger · graph · emulator    I/O; they don't know each other
//!  1  mapping · plan · flow · photo · clock pure: take `now` and snapshots, return data; clock alone reads the time
//!  0  model                                 words only
//! ```

pub mod cli;
pub mod clock;
pub mod config;
pub mod emulator;
pub mod engine;
pub mod flow;
pub mod graph;
pub mod ledger;
pub mod mapping;
pub mod model;
pub mod photo;
pub mod plan;
pub mod source;
pub mod telemetry;
