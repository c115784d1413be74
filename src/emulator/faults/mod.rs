//! What goes wrong: scripted faults, weather, and the quota. Nothing here knows the tenant or what a path means.

mod disturbance;
mod script;
mod throttle;
mod weather;

pub(super) use disturbance::{Disturbance, Ending, ResetAt};
pub(super) use script::Script;
pub use script::{Fault, Reset};
pub(super) use throttle::{Bucket, MailboxPermit, Mailboxes};
pub use throttle::{RetryAfter, Throttled, Throttling};
pub(super) use weather::{Forecast, Purpose, Subject};
pub use weather::{Weather, WeatherError};
