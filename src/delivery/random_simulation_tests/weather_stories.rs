//! The shipped scheduler in random weather.
//!
//! `PHOTOSYNCD_SEEDS=100000 cargo test random_simulation` runs longer; seeds that fail are named, and `PHOTOSYNCD_SEED=…`
//! tells one alone.

use super::event::Event;
use super::forecast::Forecast;
use super::long::Long;
use super::seeds::{each_seed, open, place};
use super::shapes::Comes;
use super::weather::{Change, Faults, Latency, NONE, Questions, Says};
use super::world::{SECOND, World};
use crate::ledger::Ledger;

async fn story(seed: u64, ledger: &Ledger) {
    let forecast = Forecast::draw(seed);
    if std::env::var("PHOTOSYNCD_SEED").is_ok() {
        // Told alone, it tells what happens.
        use std::io::Write as _;
        _ = writeln!(std::io::stderr(), "{forecast:#?}");
    }
    let mut world = World::service(seed, forecast.photos, ledger, forecast.pace, forecast.weather());
    for (at, change) in &forecast.changes {
        world.at(*at + SECOND, Event::Weather(*change));
    }
    for at in &forecast.crashes {
        world.at(*at + SECOND, Event::Crash);
    }
    for (at, number) in &forecast.edits {
        world.at(*at + SECOND, Event::Edit(*number));
    }
    world.edit(0..forecast.photos).await;
    world.run().await;
    assert!(world.stored == world.files, "not all is stored at the end");
    let latest = forecast.nine_of_ten();
    let reached = world.watch.stored[forecast.photos * 9 / 10 - 1];
    let refused = world.weather.as_ref().unwrap().refused;
    #[expect(clippy::cast_precision_loss, reason = "small")]
    let (refused, few, flights) = (refused as f64, world.sent as f64 * 0.005, forecast.meetings() as f64 * forecast.flight());
    // Restricted: whom an outage has blocked waits for the next look.
    assert!(
        reached <= latest || world.watch.blocked,
        "nine of ten are stored at {reached:?}, and should be at {latest:?}: {forecast:?}"
    );
    assert!(refused <= few + flights, "{refused} of {} refused, {flights} at most to meet the bucket: {forecast:?}", world.sent);
}

#[test]
fn holds_the_pace_and_loses_nothing_in_any_weather() {
    each_seed(2_000, |seed, ledger| Box::pin(story(seed, ledger)));
}

const LATENCIES: [f64; 4] = [0.05, 0.3, 1.0, 3.0];

#[tokio::test]
async fn after_a_minute_of_faults_the_pace_is_back_within_ten_seconds() {
    let mut seed = 0;
    for latency in LATENCIES {
        for (share, asks) in [(0.2, None), (0.2, Some(SECOND)), (0.5, None), (0.9, Some(SECOND))] {
            seed += 1;
            let place = place();
            let ledger = open(&place);
            let mut story = Long::begin(seed, &ledger, 2_500, 20.0, 20.0, latency).await;
            story.changes(10, Change::Faults(Faults { share, burst: 1, shape: Some(0), retry_after: asks }));
            story.changes(70, Change::Faults(NONE));
            story.until(100).await;
            let kept = story.pace(80.0, 95.0);
            assert!(kept >= 19.0, "{share} {asks:?} at {latency} s: {kept}");
        }
    }
}

#[tokio::test]
async fn after_an_outage_the_pace_is_back_within_fifteen_seconds() {
    let mut seed = 0;
    for latency in LATENCIES {
        for shape in super::shapes::OUTAGES {
            seed += 1;
            if seed % 2 == 0 && shape.comes != Comes::TimedOut {
                continue;
            }
            let place = place();
            let ledger = open(&place);
            let lasts = [10, 60, 300][usize::try_from(seed % 3).unwrap()];
            let mut story = Long::begin(seed, &ledger, 1_200, 20.0, 20.0, latency).await;
            // The line stays open, and says nothing.
            story.world.weather.as_mut().unwrap().time_out = [5, 120][usize::try_from(seed / 2 % 2).unwrap()] * SECOND;
            story.changes(10, Change::Outage(shape, None));
            story.changes(10 + lasts, Change::OutageEnds);
            story.until(40 + lasts).await;
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let end = (10 + lasts) as f64;
            let kept = story.pace(end + 15.0, end + 30.0);
            assert!(kept >= 19.0, "{shape:?} for {lasts} s at {latency} s: {kept}");
        }
    }
}

#[tokio::test]
async fn a_quota_that_is_lowered_or_raised_is_found_out() {
    for (seed, latency) in LATENCIES.into_iter().enumerate() {
        let place = place();
        let ledger = open(&place);
        let mut story = Long::begin(seed as u64, &ledger, 2_800, 20.0, 40.0, latency).await;
        story.changes(40, Change::Rate(5.0));
        story.changes(100, Change::Rate(20.0));
        story.until(150).await;
        let (before, low, back) = (story.pace(20.0, 40.0), story.pace(50.0, 100.0), story.pace(130.0, 150.0));
        assert!(before >= 17.5, "at {latency} s before: {before}");
        assert!((3.5..=5.5).contains(&low), "at {latency} s lowered: {low}");
        assert!(back >= 17.0, "at {latency} s raised: {back}");
        let sends = story.world.order.iter().filter(|(_, at)| (51.0..101.0).contains(&at.as_secs_f64())).count();
        assert!(sends <= 300, "at {latency} s: {sends} requests in 50 s at 5/s");
    }
}

#[tokio::test]
async fn a_second_run_meets_the_bucket_without_a_refusal() {
    for (seed, latency) in LATENCIES.into_iter().enumerate() {
        let place = place();
        let ledger = open(&place);
        let mut story = Long::begin(seed as u64, &ledger, 1_600, 20.0, 40.0, latency).await;
        story.until(40).await;
        let first = story.world.weather.as_ref().unwrap().refused;
        story.world.crash().await;
        story.until(70).await;
        let second = story.world.weather.as_ref().unwrap().refused - first;
        let kept = story.pace(45.0, 70.0);
        // Restricted: with answers of a second and more the first measure comes out too high or too low.
        let (refusals, least) = if latency < 1.0 { (0, 16.0) } else { (20, 14.0) };
        assert!(first > 0 && second <= refusals && kept >= least, "at {latency} s: {first}, then {second} refused; {kept}/s");
    }
}

#[tokio::test]
async fn what_has_to_be_asked_before_does_not_halve_the_pace_where_the_bucket_is_met() {
    for says in [Says::Seconds, Says::Nothing, Says::Long] {
        let mut alone = 0.0;
        for questions in [0.0, 0.3, 1.5] {
            let place = place();
            let ledger = open(&place);
            let mut story = Long::begin(7, &ledger, 2_400, 20.0, 40.0, 0.3).await;
            let weather = story.world.weather.as_mut().unwrap();
            let latency = Latency { median: questions, tail: true };
            weather.questions = (questions > 0.0).then_some(Questions { latency, together: None });
            weather.says = says;
            story.until(110).await;
            let (kept, refused) = (story.pace(10.0, 110.0), story.world.weather.as_ref().unwrap().refused);
            if questions == 0.0 {
                alone = kept;
            }
            // A wait of ten seconds more or less is a tenth of what is looked at, and after each the questions come first.
            assert!(kept >= 0.8 * alone, "{says:?}, {questions} s of questions: {kept}/s, {alone}/s without");
            assert!(refused <= 60, "{says:?}, {questions} s of questions: {refused} refused");
        }
    }
}

/// A tenant with this bucket before a client that keeps to its rate, while all wait for one answer again and again.
#[tokio::test]
async fn whoever_waited_for_the_same_answer_does_not_leave_in_a_crowd() {
    for (burst, latency) in [(20.0, 0.05), (20.0, 0.3), (20.0, 1.0), (10.0, 0.3)] {
        for lasts in [0.5, 1.0, 1.6] {
            let place = place();
            let ledger = open(&place);
            let mut story = Long::begin(3, &ledger, 2_400, 20.0, 20.0, latency).await;
            let weather = story.world.weather.as_mut().unwrap();
            weather.burst = burst;
            let quick = Latency { median: 0.02, tail: false };
            weather.questions = Some(Questions { latency: quick, together: Some((15.0, lasts)) });
            story.until(100).await;
            let (kept, refused) = (story.pace(10.0, 100.0), story.world.weather.as_ref().unwrap().refused);
            let least = 20.0 * (1.0 - lasts / 15.0) - 1.0;
            assert!(refused == 0 && kept >= least, "burst {burst}, {latency} s, all wait {lasts} s: {refused} refused, {kept}/s");
        }
    }
}

#[tokio::test]
async fn a_latency_that_moves_does_not_cost_the_pace() {
    let place = place();
    let ledger = open(&place);
    let mut story = Long::begin(1, &ledger, 2_000, 20.0, 20.0, 0.3).await;
    story.changes(20, Change::Latency(Latency { median: 2.0, tail: true }));
    story.changes(50, Change::Latency(Latency { median: 0.05, tail: false }));
    story.until(80).await;
    let (long, short) = (story.pace(25.0, 50.0), story.pace(52.0, 80.0));
    assert!(long >= 18.5 && short >= 19.0, "{long} and {short}");
}
