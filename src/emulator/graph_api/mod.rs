//! Graph's HTTP, thin over the tenant: routes, queries, lists, delta, batches, photos, refusals.

mod attribute;
mod batch;
mod call;
mod delta;
mod directory;
mod dispatch;
mod endpoint;
mod filter;
mod filter_parser;
mod members;
mod page;
mod photos;
mod route;
mod select;
mod throttling;

pub(super) use endpoint::{answer, draw, subject};
