//! An import that is looked at while it runs.

use std::time::Duration;

use super::event::Event;
use super::weather::{Change, Weather};
use super::world::{SECOND, World};
use crate::flow::PaceSettings;
use crate::ledger::Ledger;

/// A long import, looked at until a given time. What is left of it is nobody else's: each needs a ledger of its own.
pub(super) struct Long<'a> {
    pub(super) world: World<'a>,
}

impl<'a> Long<'a> {
    pub(super) async fn begin(seed: u64, ledger: &'a Ledger, photos: usize, rate: f64, ceiling: f64, latency: f64) -> Self {
        let pace = PaceSettings { per_second: ceiling.min(10.0), max_per_second: ceiling };
        let mut world = World::service(seed, photos, ledger, pace, Weather::new(rate, 20.0, latency));
        world.edit(0..photos).await;
        Self { world }
    }

    pub(super) fn changes(&mut self, at: u64, change: Change) {
        self.world.at(SECOND + Duration::from_secs(at), Event::Weather(change));
    }

    pub(super) async fn until(&mut self, at: u64) {
        while self.world.now < SECOND + Duration::from_secs(at) && self.world.turn().await {}
    }

    /// Changes all of them, now. Says when that is.
    pub(super) async fn edit_all(&mut self, photos: usize) -> u64 {
        self.world.edit(0..photos).await;
        self.world.now.saturating_sub(SECOND).as_secs()
    }

    /// Photos stored per second between these times.
    pub(super) fn pace(&self, from: f64, to: f64) -> f64 {
        let within = |at: &&Duration| (from..to).contains(&(at.as_secs_f64() - 1.0));
        #[expect(clippy::cast_precision_loss, reason = "small")]
        let count = self.world.watch.stored.iter().filter(within).count() as f64;
        count / (to - from)
    }
}
