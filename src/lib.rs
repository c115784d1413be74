//! photosyncd keeps the profile photos in a Microsoft 365 tenant equal to an HR image directory.
//!
//! # Codemap
//!
//! The folder list is the architecture. A file imports only from lower floors or from its own room;
//! `tests/it/floors` reads every path that a file names and enforces it.
//!
//! ```text
//!  6  cli · main                            words for a person
//!  5  daemon                                life: start, signals, reload, drain
//!  4  config · telemetry · report           YAML into the rooms' own settings; logs; pages
//!  3  engine                                the only room that joins the others
//!  2  source · ledger · graph · emulator    I/O; they know model and clock alone
//!  1  mapping · plan · flow · photo · clock pure: take `now` and snapshots, return data; clock alone reads the time
//!  0  model                                 words, and what becomes of one target
//! ```
//!
//! | room | does | must not know |
//! | --- | --- | --- |
//! | `model` | the words as types; `target_state`: what each event makes of a target | everything else |
//! | `mapping` | path → rule → reference → target, or why not; scope | files, HTTP, photos |
//! | `plan` | what was seen against what was remembered: what to do and why; the guard | how anything is read or stored |
//! | `flow` | pace, retries and settling, told what time it is | what is sent, to whom |
//! | `photo` | bytes in, bytes out | files, targets |
//! | `clock` | reads the time | everything else |
//! | `source` | watches, scans, hashes and reads the HR directory; runs the converter for HEIC | who a file is for |
//! | `ledger` | SQLite: what was seen, wanted, delivered; the queue is a query | files, HTTP, what is planned |
//! | `graph` | one client for any cloud; classes every failure once | the ledger, the pace |
//! | `emulator` | a pretended tenant behind real HTTP | the client it is used with |
//! | `engine` | one pass from look to record | YAML, terminals, signals |
//! | `config` | parses, then builds | how a setting is used |
//! | `report` | HTML pages and tables for people: previews, the report, the status page | where words and pictures come from |
//! | `telemetry` | where log lines go; news to a webhook; how the service stands, as numbers and pages | what is logged |
//! | `daemon` | one life of the service: two loops, signals, reload, the control socket | SQL, Graph, photos |
//! | `cli` | one file a command; the only room that prints | SQL, HTTP |
//!
//! All rooms are private, so that the compiler sees what nothing uses. `main` reaches `cli`; stories, soak and benchmarks
//! reach what `testing` passes on.
//!
//! # The way of one photo
//!
//! 1. `engine::look` scans the source and sets aside what stands still: same stamps, same settings, target in step.
//! 2. `engine::content` hashes what moved; `engine::ask` asks the directory about whatever is new or was not confirmed for
//!    half an hour (in batches, or by one sweep and then by delta links), and `mapping::resolve` turns answers into targets.
//! 3. `plan::plan` decides for each file, `plan::guard` may halt the pass.
//! 4. `ledger::commit` writes down what was seen and is wanted, in one transaction.
//! 5. `engine::dispatch` claims what is due; `flow::pacer` says now or when.
//! 6. `engine::deliver` reads the file, checks that it still holds the wanted version, prepares and PUTs it; before
//!    that, `engine::confirm` asks again where the directory's answer is older than the wish or than a minute, and
//!    `engine::backup` keeps what somebody else has put there.
//! 7. The outcome becomes an event of `model::target_state`, which `ledger::targets` applies and saves before its place in
//!    flight is free: delivered, waiting until, or blocked with a reason.
//! 8. When all is out, `engine::drift` compares what was delivered with what the tenant shows; `engine::restore` puts
//!    back what was there before.

pub mod cli;
mod clock;
mod config;
mod daemon;
mod emulator;
mod engine;
mod flow;
mod graph;
mod ledger;
mod mapping;
mod model;
mod photo;
mod plan;
mod report;
mod source;
mod telemetry;
#[doc(hidden)]
pub mod testing;
