//! The pretended tenant: its people, its bucket, its weather.

use std::fmt::Write as _;

use photosyncd::testing::clock::Clock;
use photosyncd::testing::emulator::{self, Running, Settings, Tenant, Throttling, Weather};

use crate::photos::Directory;

/// Writes a second that the bucket lets through, and how many at once when rested.
pub(crate) const RATE: f64 = 20.0;
pub(crate) const BURST: u32 = 20;

/// The object id of a person.
fn id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

pub(crate) async fn tenant(people: usize, weather: Option<Weather>) -> Running {
    let mut yaml = "users:\n".to_owned();
    for number in 0..people {
        writeln!(yaml, "  - {{ userPrincipalName: p{number}@contoso.com, id: {} }}", id(number)).unwrap();
    }
    let throttle = Throttling { rate: Some(RATE), burst: BURST, ..Throttling::default() };
    let settings = Settings { throttle, weather, ..Settings::default() };
    emulator::start(settings, Tenant::from_yaml(&yaml).unwrap(), Clock::system()).await.unwrap()
}

/// How many people have the photo of their file.
pub(crate) fn in_place(running: &Running, directory: &Directory) -> usize {
    let has = |number: &usize| {
        let target = format!("user:{}", id(*number)).parse().unwrap();
        let photo = running.with_tenant(|tenant| tenant.photo(&target));
        photo.is_some_and(|photo| photo.body == directory.photo(*number))
    };
    (0..directory.photos).filter(has).count()
}
