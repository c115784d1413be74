//! photosyncd keeps the profile photos in a Microsoft 365 tenant equal to an HR image directory.
//!
//! # Codemap
//!
//! The folder list is the architecture. A file imports only from lower floors or from its own room; `tests/it/floors`
//! reads every path that a file names and enforces it.
//!
//! ```text
//! 10  cli · main                        one file a command: build the parts it needs → call → render
//!  9  daemon                            life: start, signals, reload, drain
//!  8  config                            YAML into settings, settings into parts
//!  7  pass · export                     one look at the source, start to end; the tenant's photos as files
//!  6  delivery · telemetry · report     decides when, and delivers; logs, alerts, numbers, the pages' server; pages
//!  5  lookup · status                   references → objects; the one read model for people
//!  4  plan · graph · ledger · emulator  what should be, as data; HTTP; SQLite; a simulated tenant
//!     proposal                         which rules would explain the files that are there
//!  3  mapping                           path → rule → reference → target
//!  2  flow · photo · source             pace and retries; bytes in, bytes out; the HR directory
//!  1  clock · files                     reads the time; files of others, within bounds
//!  0  model                             words as types; what becomes of one target
//! ```
//!
//! | room | does | must not know |
//! | --- | --- | --- |
//! | `clock` | reads the time | everything else |
//! | `model` | the words as types; `target_state`: what each event makes of a target | everything else |
//! | `files` | reads files that others made, within bounds of kind, size and time; writes files for others, privately, through no link and over nothing of theirs | what they are about |
//! | `flow` | pace, retries and settling, told what time it is | what is sent, to whom |
//! | `photo` | bytes in, bytes out | files, targets |
//! | `source` | watches, scans, hashes and reads the HR directory; runs the operator's converter | who a file is for |
//! | `mapping` | path → rule or table → reference → target, or why not; scope | files, HTTP |
//! | `proposal` | names of files, and of people where the directory was asked → rules that would explain them | files, HTTP, YAML |
//! | `plan` | what was seen against what was remembered: what to do and why; the guard | how anything is read or stored |
//! | `graph` | one client for any cloud; classes every failure once; says whether a request arrived | the ledger, the pace of photos |
//! | `ledger` | SQLite: what was seen, wanted, delivered; the queue is a query | files, HTTP, what is planned |
//! | `emulator` | a simulated tenant behind real HTTP: `tenant`, `entra`, `faults`, `graph_api`; a feature, on by default | the client it is used with |
//! | `lookup` | asks the directory, by batch, sweep or what changed; scope | files, pictures, the queue |
//! | `status` | what people are told, as values: what is held by cause, the passes, the service; screens only lay it out | how anything comes about; terminals, HTML |
//! | `delivery` | queue, pace, upload, outcome; backup, restore, drift | how a plan comes about |
//! | `pass` | scan, match, ask, plan, guard, commit, deliver: one path, entered at different doors | YAML, terminals, signals |
//! | `export` | the tenant's photos as files, and who has none; resumed where it was cut off | the ledger, the source |
//! | `config` | parses, then builds each part by itself | how a setting is used |
//! | `telemetry` | where log lines go; alerts by webhook, Teams, Slack or mail; how the service stands, as numbers and pages | what is logged |
//! | `report` | HTML pages and tables for people, for HR in its language; writes them where no link leads elsewhere | where values and pictures come from |
//! | `daemon` | one life of the service: loops, signals, reload, the control socket | SQL, Graph, photos |
//! | `cli` | one file a command; the only room that prints | SQL, HTTP |
//!
//! *Decides about one target?* `model::target_state`. *Decides what should be?* `plan`. *Talks HTTP?* `graph`. *Decides
//! when?* `delivery`. *Writes a row?* `ledger`. Rooms are private, so that the compiler sees what nothing uses; stories,
//! soak and benchmarks reach what `testing` passes on.
//!
//! # The way of a photo
//!
//! 1. `pass::scan` finds what is unchanged (same stamps, same settings, target in step) and what is to be planned for;
//!    `pass::hash` reads what moved. Files that were overwritten are looked at alone, on the ground of the last look at
//!    everything (`pass::part`, `pass::baseline`).
//! 2. `lookup::resolve` asks the directory about whatever is new or was not confirmed for half an hour, in batches or by
//!    `lookup::sweep` and from then on by what changed; `mapping::resolve` turns answers into targets.
//! 3. `plan::plan` decides for each file, `plan::guard` may halt the pass. A dry run ends here (`pass::propose`).
//! 4. `pass::commit` turns the plan into rows and events; `ledger` writes them in one transaction. Whom a name led to outlives
//!    its file (`ledger::former_bindings`).
//! 5. `delivery::dispatcher` claims what is due; `delivery::launch` and `flow::pacer` say now or when. In a service nothing is
//!    claimed before a pass has looked by the rules, table and settings of now (`delivery::service_state`).
//! 6. `delivery::prepare` reads the file, checks that it still holds the version wanted, and prepares it.
//! 7. `delivery::exchange` takes it from the questions to the answer, for as long as that is worth waiting for:
//!    `delivery::confirm` asks the directory once more where its answer is older than the wish or than a minute,
//!    ahead of time where it can, and `delivery::door` lets nobody leave in a crowd who waited for the same answer;
//!    `delivery::backup` keeps what somebody else has put there; `delivery::upload` PUTs.
//!
//! # The way of an outcome
//!
//! 1. `graph::classify` turns an answer into success or a `Failure` with a class, a cause, a cure, and whether the request
//!    arrived (`Failure::arrival`).
//! 2. `delivery::response` draws what it means for the others: pace, breaker, permission of the kind, paused mailbox.
//! 3. `delivery::retry` says what becomes of the photo: delivered, wait until, or blocked with a reason.
//! 4. `ledger::record` applies it as an event (`model::target_state::apply`; a late outcome of an older generation changes
//!    nothing) and saves the row before its slot in flight is free; journal and backup are in the same transaction.
//!
//! # The way of a removal
//!
//! 1. `plan::removal` sees that a file is gone: from a whole scan of the same root, twice, for longer than the grace time,
//!    and its target has no other file. `plan::guard` counts.
//! 2. `pass::commit` makes it an event, `Remove`; the target is due and wants nothing.
//! 3. `delivery::upload` compares the photo's `ETag` with ours (`delivery::own_etag` learned it after the upload), and deletes
//!    only what is ours.
//! 4. A file that is back calls it off (`Returned`); a person's photo is never ours to remove (`NotOurs`), and what may be ours
//!    under another name is left to a person.
//!
//! # The way of a default picture
//!
//! 1. `pass::add_defaults` asks who is in the groups and plans for everybody in them without a file, as for a file of their own;
//!    `model::default_picture` is the mark by which its path and version are told from those of a photo.
//! 2. `plan::defaults` gives it the lowest rank, and takes out what applies no more: from there on it is a photo, or a
//!    removal, like any other.
//! 3. `delivery::deliver_policy` asks right before it would leave: a photo that is not the default picture we delivered stays.

#![cfg_attr(
    not(feature = "emulator"),
    allow(
        dead_code,
        unused_imports,
        unreachable_pub,
        clippy::needless_update,
        reason = "what only the emulator and its commands use; the build with them, which is the default, is held to it"
    )
)]

pub mod cli;
mod clock;
mod config;
mod daemon;
mod delivery;
#[cfg(feature = "emulator")]
mod emulator;
#[cfg(not(feature = "emulator"))]
#[path = "emulator/absent.rs"]
mod emulator;
mod export;
mod files;
mod flow;
mod graph;
mod ledger;
mod lookup;
mod mapping;
mod model;
mod pass;
mod photo;
mod plan;
mod proposal;
mod report;
mod source;
mod status;
mod telemetry;
#[doc(hidden)]
pub mod testing;
