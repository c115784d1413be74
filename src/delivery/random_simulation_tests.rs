//! A tenant that throws everything at the queue, in virtual time, by a seed: edits, throttles in every form, faults,
//! connections that break before and after the photo was stored, outages, refused tokens, panics, crashes between any
//! two writes, clocks that jump. The machine under test is the one that runs; the ledger is the real one.
//!
//! `PHOTOSYNCD_SEEDS=100000 cargo test random_simulation` runs longer; seeds that fail are named, and `PHOTOSYNCD_SEED=…`
//! runs one alone. Weather that a tenant really has, and how close to the bound the pace keeps in it: `weather_stories`.

mod chaos;
mod event;
mod forecast;
mod leaving;
mod long;
mod queue_stories;
mod seeds;
mod shapes;
mod verdict_stories;
mod watch;
mod weather;
mod weather_stories;
mod world;

use std::time::Duration;

use self::event::Event;
use self::seeds::{each_seed, open, place};
use self::world::{SECOND, World};
use crate::graph::Class;
use crate::ledger::{Commit, Ledger, Reader};
use crate::model::target_state;

/// One story, told by its seed.
async fn story(seed: u64, ledger: &Ledger) {
    let mut world = World::new(seed, 12, ledger);
    world.edit(0..12).await;
    for _ in 0..world.chance.u64(0..20) {
        let (when, who) = (world.chance.u64(1..60_000), world.chance.usize(0..12));
        world.at(Duration::from_millis(when), Event::Edit(who));
    }
    for _ in 0..world.chance.u64(0..4) {
        let when = world.chance.u64(1..60_000);
        world.at(Duration::from_millis(when), Event::Crash);
    }
    if world.chance.bool() {
        let when = world.chance.u64(1..60_000);
        world.at(Duration::from_millis(when), Event::Jump);
    }
    if world.chance.bool() {
        let (from, span) = (world.chance.u64(1..30_000), world.chance.u64(1..100_000));
        let class = [Class::Offline, Class::Transient][world.chance.usize(0..2)];
        world.at(Duration::from_millis(from), Event::Outage(Some(class)));
        world.at(Duration::from_millis(from + span), Event::Outage(None));
    }
    world.run().await;
    // The world is quiet now. What a panic or few tries blocked, a person lets go.
    world.chaos.calm = true;
    ledger.retry(None, world.wall()).await.unwrap();
    world.scheduler.claim_anew();
    world.run().await;
    let held = ledger.read(Reader::held).await.unwrap();
    for (number, target) in world.targets.iter().enumerate() {
        let refused = world.files[number] % 16 == 15;
        let in_step = world.stored[number] == world.files[number];
        assert!(in_step != refused, "{target} holds {} and should hold {}", world.stored[number], world.files[number]);
    }
    let refused = world.files.iter().filter(|picture| **picture % 16 == 15).count();
    assert_eq!(held.len(), refused, "what is not in step is blocked with a reason");
    let sent = world.sent;
    world.crash().await;
    world.run().await;
    assert_eq!(world.sent, sent, "a second run sends nothing");
    // The next story shares the ledger.
    let releases: Vec<_> = world.targets.iter().cloned().map(|target| (target, target_state::Event::Release)).collect();
    ledger.commit(Commit { events: Box::new(releases.into_iter()), ..Commit::default() }, world.wall()).await.unwrap();
}

#[test]
fn nothing_is_lost_doubled_or_misplaced_whatever_happens() {
    each_seed(2_000, |seed, ledger| Box::pin(story(seed, ledger)));
}

#[tokio::test]
async fn ten_minutes_without_graph_cost_no_photo_a_try() {
    const PHOTOS: usize = 10_000;
    for class in [Class::Offline, Class::Transient] {
        let place = place();
        let ledger = open(&place);
        let mut world = World::new(1, PHOTOS, &ledger);
        world.chaos.calm = true;
        world.files.fill(99);
        world.edit(0..PHOTOS).await;
        world.at(200 * SECOND, Event::Outage(Some(class)));
        world.at(800 * SECOND, Event::Outage(None));
        world.run().await;
        assert_eq!(world.stored, world.files);
        assert!(world.now < 1_950 * SECOND, "back at full pace soon: {:?}", world.now);
        assert!(
            (50..=130).contains(&world.chaos.sent_in_outage),
            "{class:?}: {} requests in the outage",
            world.chaos.sent_in_outage
        );
    }
}

#[tokio::test]
async fn kinds_take_turns_in_a_bulk_and_a_single_edit_overtakes_it() {
    let place = place();
    let ledger = open(&place);
    let mut world = World::new(1, 1_000, &ledger);
    world.chaos.calm = true;
    world.edit(0..1_000).await;
    world.at(20 * SECOND, Event::Edit(503));
    world.run().await;
    assert_eq!(world.stored, world.files);
    for kind in 0..3 {
        let count = world.order[..80].iter().filter(|(number, _)| number % 5 == kind).count();
        assert!((10..=30).contains(&count), "{count} of 80 are of one kind out of four");
    }
    let (_, sent) = world.order.iter().rfind(|(number, _)| *number == 503).unwrap();
    assert!(sent.saturating_sub(20 * SECOND) < 3 * SECOND, "sent at {sent:?}");
}
