//! The program as a whole: the real binary, a pretended tenant, stories. One file a story.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod backup;
mod beside;
mod beyond_doubt;
mod contract;
mod control;
mod crash;
mod daemon;
mod desk;
mod directory;
mod doctor;
mod drift;
mod exits;
mod first;
mod floors;
mod guards;
mod identity;
mod json;
mod login;
mod names;
mod notify;
mod other;
mod package;
mod pictures;
mod plan;
mod recipe;
mod reconfirmed;
mod recovery;
mod refusals;
mod rehearse;
mod removals;
mod scope;
mod secrets;
mod service;
mod sign_in;
mod source;
mod status_page;
mod table;
mod throttle;
mod tls;
mod upload;
mod watching;
mod world;
mod years;
