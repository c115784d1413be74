//! The pace that was found to be allowed, remembered over restarts.

use std::time::Duration;

use crate::flow::Pacer;
use crate::ledger::{Ledger, LedgerError, Reader};
use crate::model::Timestamp;

/// What an earlier run found serves to begin with for so long, ...
const SERVES: Duration = Duration::from_secs(12 * 3600);
/// ... and is written down again when it has moved by this share, or half of that time has passed.
const MOVED: f64 = 0.02;

/// What is written down, and since when.
#[derive(Debug, Default)]
pub(super) struct GoodRate(Option<(f64, Timestamp)>);

impl GoodRate {
    /// Begins with what an earlier run found, unless that is long ago or said to be in the future.
    pub(super) async fn recall(&mut self, ledger: &Ledger, pacer: &mut Pacer, now: Timestamp) -> Result<(), LedgerError> {
        if let Some((rate, since)) = ledger.read(Reader::good_rate).await?
            && since <= now
            && now.since(since) < SERVES
        {
            pacer.remember(rate);
            self.0 = Some((rate, since));
        }
        Ok(())
    }

    /// Writes down what is known by now, if that is news.
    pub(super) async fn keep(&mut self, ledger: &Ledger, pacer: &Pacer, now: Timestamp) -> Result<(), LedgerError> {
        let Some(good) = pacer.good_rate() else { return Ok(()) };
        let is_known = |(rate, since): (f64, Timestamp)| {
            (rate - good).abs() <= rate * MOVED && since <= now && now.since(since) < SERVES / 2
        };
        if !self.0.is_some_and(is_known) {
            ledger.keep_good_rate(good, now).await?;
            self.0 = Some((good, now));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::PaceSettings;
    use crate::ledger::Identity;

    const SETTINGS: PaceSettings = PaceSettings { per_second: 5.0, max_per_second: 40.0 };
    const HOUR: Duration = Duration::from_secs(3600);

    #[tokio::test]
    async fn a_run_begins_with_what_the_last_one_found_unless_that_is_long_ago() {
        let place = tempfile::tempdir().unwrap();
        let identity = Identity { cloud: "global".into(), tenant: "t".into() };
        let now = Timestamp::from_millis(1_700_000_000_000);
        let ledger = Ledger::open(&place.path().join("ledger.db"), &identity, now).unwrap();
        let mut found = Pacer::new(SETTINGS, Duration::ZERO);
        GoodRate::default().keep(&ledger, &found, now).await.unwrap();
        assert_eq!(ledger.read(Reader::good_rate).await.unwrap(), None, "nothing is known yet");
        found.remember(20.0);
        GoodRate::default().keep(&ledger, &found, now).await.unwrap();
        for (later, rate) in [(HOUR, 19.6), (11 * HOUR, 19.6), (13 * HOUR, 5.0)] {
            let mut pacer = Pacer::new(SETTINGS, Duration::ZERO);
            GoodRate::default().recall(&ledger, &mut pacer, now.plus(later)).await.unwrap();
            assert!((pacer.rate() - rate).abs() < 1e-6, "after {later:?}: {}", pacer.rate());
        }
    }
}
