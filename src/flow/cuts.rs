//! Whether cutting the rate helps. Refusals that come whatever the rate is must not take it away.
//!
//! Below the rate of a bucket nobody is refused. So where what was answered between two refusals has sunk since a cut, the
//! limit itself has sunk, or the refusals never were a matter of our rate: somebody else uses the same limit up, or
//! something on the way refuses now and then. Which of the two, the next refusals tell: the cut is taken back, and a few of
//! them cost their pause alone. Then a cut is tried again, ever more rarely while none helps.

/// What was answered between refusals has sunk if it is less than this share of what was known to be allowed.
const SUNK: f64 = 0.95;
/// So many refusals in a row cost their pause alone, at most.
const SPARED: u32 = 16;

/// A refusal after others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusal {
    /// The rate at which the refused request left.
    pub(super) then: f64,
    /// At about this rate there was a refusal before: that is where the limit is.
    pub(super) is_usual: bool,
    /// What was known to be allowed.
    pub(super) allowed: f64,
    /// Answers a second since the last one.
    pub(super) measured: f64,
}

/// The cuts, and what came of them.
#[derive(Debug, Default)]
pub(super) struct Cuts {
    /// The rate before the last cut, if that went by a measure: a refusal shows whether it helped.
    on_trial: Option<f64>,
    /// The highest rate since one last helped.
    highest: f64,
    /// So many refusals more cost their pause alone.
    left: u32,
    /// So many did after the last cut that was taken back.
    spared: u32,
}

impl Cuts {
    /// Nothing is known of cuts from this rate.
    pub(super) fn begin(rate: f64) -> Self {
        Self { highest: rate, ..Self::default() }
    }

    /// What is taken to be allowed after this refusal, which by itself would cut the rate `to` that; none: nobody knows.
    pub(super) fn judge(&mut self, refusal: Refusal, to: Option<f64>) -> Option<f64> {
        let Refusal { then, is_usual, allowed, measured } = refusal;
        if self.left > 0 {
            self.left -= 1;
            return Some(allowed);
        }
        let helped = then > allowed && (is_usual || measured >= allowed * SUNK);
        if helped {
            *self = Self::default();
        } else if let Some(before) = self.on_trial.take() {
            // The first time it may be the limit that has sunk: no more than the last cut is taken back.
            let back = if self.spared == 0 { before } else { self.highest.max(before) };
            self.spared = (self.spared * 2).clamp(1, SPARED);
            self.left = self.spared;
            return Some(back);
        }
        self.highest = self.highest.max(then);
        self.on_trial = to.filter(|to| *to <= measured * 1.02).map(|_| then);
        to
    }
}
