//! Who goes first, and how many at once: after hours away, and while an import runs.

use std::time::Duration;

use super::event::Event;
use super::seeds::{open, place};
use super::shapes::OUTAGES;
use super::weather::{Change, Faults, Weather};
use super::world::{SECOND, World};
use crate::flow::PaceSettings;
use crate::model::TargetId;

const PACE: PaceSettings = PaceSettings { per_second: 10.0, max_per_second: 20.0 };
const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn after_hours_away_a_thousand_photos_leave_without_a_stampede_and_the_newest_first() {
    let place = place();
    let ledger = open(&place);
    // Away is the tenant, behind an outage; or this program, which is started again.
    for (seed, crashes) in [(1, false), (2, true)] {
        let mut world = World::service(seed, 1_000, &ledger, PACE, Weather::new(20.0, 20.0, 0.3));
        world.changes(Change::Outage(OUTAGES[0], None));
        world.edit(0..400).await;
        world.at(2 * HOUR, Event::Weather(Change::OutageEnds));
        for number in 400..1_000 {
            world.at(Duration::from_secs(600 + 10 * (number as u64 - 400)), Event::Edit(number));
        }
        while world.now < Duration::from_secs(7_198) && world.turn().await {}
        if crashes {
            world.crash().await;
        }
        let before = world.order.len();
        world.run().await;
        assert_eq!(world.stored, world.files);
        let order: Vec<(usize, Duration)> = world.order[before..].iter().copied().filter(|(_, at)| *at >= 2 * HOUR).collect();
        // Spread: never more in a second than the pace, nor at once than a second's fifth.
        for (index, (_, at)) in order.iter().enumerate() {
            let within = |span: u64| {
                order[index..].iter().take_while(|(_, next)| next.saturating_sub(*at) < Duration::from_millis(span)).count()
            };
            assert!(within(1_000) <= 21 && within(100) <= 4, "{} and {} at {at:?}", within(1_000), within(100));
        }
        // Newest first: what was edited in the outage goes before what was due before it. Restricted to whom no probe was
        // for: what has failed once goes behind all that never was tried.
        let tried: Vec<usize> = world.order[..before].iter().map(|(number, _)| *number).collect();
        let place_of = |number: usize| order.iter().position(|(sent, _)| *sent == number).unwrap();
        let mean_of = |which: std::ops::Range<usize>| mean(which.filter(|number| !tried.contains(number)).map(place_of));
        let (newest, middle, oldest) = (mean_of(900..1_000), mean_of(500..600), mean_of(0..400));
        assert!(newest < 150.0 && newest < middle && middle < oldest, "{newest}, {middle}, {oldest}");
        let took = order.last().unwrap().1.saturating_sub(2 * HOUR);
        assert!(took < 70 * SECOND, "{took:?}");
    }
}

fn mean(places: impl Iterator<Item = usize>) -> f64 {
    let places: Vec<usize> = places.collect();
    #[expect(clippy::cast_precision_loss, reason = "small")]
    let mean = places.iter().sum::<usize>() as f64 / places.len() as f64;
    mean
}

#[tokio::test]
async fn an_urgent_edit_overtakes_an_import_at_any_moment() {
    const PHOTOS: usize = 2_000;
    for (latency, share, most) in [(0.3, 0.0, (120, 350)), (3.0, 0.0, (120, 350)), (0.3, 0.05, (120, 350))] {
        let place = place();
        let ledger = open(&place);
        let mut world = World::service(1, PHOTOS + 400, &ledger, PACE, Weather::new(20.0, 20.0, latency));
        world.weather.as_mut().unwrap().faults = Faults { share, burst: 1, shape: Some(0), retry_after: None };
        world.edit(0..PHOTOS).await;
        let mut edits = Vec::new();
        for number in PHOTOS..PHOTOS + 400 {
            let at = SECOND + Duration::from_millis(world.chance.u64(0..90_000));
            if matches!(world.targets[number], TargetId::Contact { .. }) {
                continue;
            }
            edits.push((number, at));
            world.at(at, Event::Edit(number));
        }
        world.run().await;
        assert_eq!(world.stored[..PHOTOS], world.files[..PHOTOS]);
        // Restricted to the first try: what has failed once goes behind all that never was tried.
        let wait = |(number, at): &(usize, Duration)| {
            world.order.iter().find(|(sent, _)| sent == number).map(|(_, sent)| sent.saturating_sub(*at).as_millis()).unwrap()
        };
        let mut waits: Vec<u128> = edits.iter().map(wait).collect();
        waits.sort_unstable();
        let (half, most_of) = (waits[waits.len() / 2], waits[waits.len() * 99 / 100]);
        assert!(half <= most.0 && most_of <= most.1, "at {latency} s, {share} failing: p50 {half} ms, p99 {most_of} ms");
    }
}
