//! An outage in which Graph tells everybody of a trouble of its own: no mailbox, no such account, a picture that is refused.

use super::long::Long;
use super::seeds::{open, place};
use super::shapes::VERDICTS;
use super::weather::Change;
use crate::ledger::Reader;

const PHOTOS: usize = 600;
const LATENCY: f64 = 0.3;

#[tokio::test]
async fn whoever_is_refused_with_everybody_is_sent_again_when_that_is_over() {
    for (seed, shape) in (1..).zip(VERDICTS) {
        for lasts in [10, 60, 200] {
            let place = place();
            let ledger = open(&place);
            let mut story = Long::begin(seed, &ledger, PHOTOS, 20.0, 20.0, LATENCY).await;
            story.changes(10, Change::Outage(shape, None));
            story.changes(10 + lasts, Change::OutageEnds);
            // The tries of one for all come after 5, 20, 65, 200 seconds.
            story.until(10 + 2 * lasts + 100).await;
            assert_eq!(story.world.watch.stored.len(), PHOTOS, "{shape:?} for {lasts} s");
            assert!(ledger.read(Reader::held).await.unwrap().is_empty());
        }
    }
}

#[tokio::test]
async fn for_those_who_took_a_photo_before_it_is_an_outage_and_nobody_is_blocked() {
    for (seed, shape) in (1..).zip(VERDICTS) {
        let place = place();
        let ledger = open(&place);
        let mut story = Long::begin(seed, &ledger, PHOTOS, 20.0, 20.0, LATENCY).await;
        story.until(50).await;
        assert_eq!(story.world.watch.stored.len(), PHOTOS);
        let at = story.edit_all(PHOTOS).await + 5;
        story.changes(at, Change::Outage(shape, None));
        story.changes(at + 60, Change::OutageEnds);
        story.until(at + 59).await;
        let sent = story.world.weather.as_ref().unwrap().sent_in_outage.len();
        assert!((12..=80).contains(&sent), "{shape:?}: {sent} requests in the outage");
        let counts = ledger.read(Reader::counts).await.unwrap();
        assert!(counts.blocked == 0 && counts.due > 400, "{shape:?}: {counts:?}");
        story.until(at + 100).await;
        assert_eq!(story.world.watch.stored.len(), 2 * PHOTOS, "{shape:?}");
    }
}

#[tokio::test]
async fn what_is_said_to_everybody_for_long_is_believed_and_mended_when_one_succeeds() {
    let place = place();
    let ledger = open(&place);
    let mut story = Long::begin(7, &ledger, PHOTOS, 20.0, 20.0, LATENCY).await;
    story.until(50).await;
    let at = story.edit_all(PHOTOS).await + 5;
    story.changes(at, Change::Outage(VERDICTS[0], None));
    story.changes(at + 500, Change::OutageEnds);
    story.until(at + 450).await;
    let counts = ledger.read(Reader::counts).await.unwrap();
    assert!(counts.blocked >= 400, "they are told what Graph says of them: {counts:?}");
    // The last try of one for all comes ten minutes after they were refused.
    story.until(at + 1_100).await;
    assert_eq!(story.world.stored, story.world.files);
}
