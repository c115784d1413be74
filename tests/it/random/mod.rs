//! Whatever chance makes of the world, by a seed. These take their time; `-- --skip random` leaves them out.

mod answers;
mod brakes;
mod defaults;
mod foreseen;
mod identity;
mod kills;
mod mapping;
mod names;
mod rivals;
mod years;

use std::time::Duration;

use photosyncd::testing::passes::Until;
use tokio_util::sync::CancellationToken;

/// Waits for pauses only, and is ended by nothing but a number of deliveries, if one is given.
fn impatient(limit: Option<u64>) -> Until {
    Until { patience: Duration::ZERO, waits_out_pauses: true, max_duration: None, limit, cancelled: CancellationToken::new() }
}
