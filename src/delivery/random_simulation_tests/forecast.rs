//! Random weather for one story, and how soon its photos must be out: the arithmetic of what the weather leaves.

use std::time::Duration;

use super::shapes::{ACCIDENTS, Comes, OUTAGES};
use super::weather::{Change, Faults, Latency, NONE, Says, Weather};
use super::world::SECOND;
use crate::flow::PaceSettings;

/// Uploads in flight at most.
const PLACES: f64 = 64.0;
const STEP: f64 = 0.1;

/// What is to come.
#[derive(Clone, Debug)]
pub(super) struct Forecast {
    pub(super) pace: PaceSettings,
    rate: f64,
    burst: f64,
    pub(super) says: Says,
    latency: Latency,
    faults: Faults,
    hopeless: Option<usize>,
    time_out: Duration,
    pub(super) photos: usize,
    /// In order; the last is calm.
    pub(super) changes: Vec<(Duration, Change)>,
    pub(super) crashes: Vec<Duration>,
    pub(super) edits: Vec<(Duration, usize)>,
}

fn pick<T: Copy>(chance: &mut fastrand::Rng, from: &[T]) -> T {
    from[chance.usize(0..from.len())]
}

fn latency(chance: &mut fastrand::Rng) -> Latency {
    Latency { median: 0.05 * 60.0_f64.powf(chance.f64()), tail: chance.u32(0..4) == 0 }
}

fn faults(chance: &mut fastrand::Rng) -> Faults {
    let shape = chance.bool().then(|| chance.usize(0..ACCIDENTS.len()));
    let retry_after = pick(chance, &[None, Some(SECOND), Some(5 * SECOND), Some(30 * SECOND)]);
    let burst = pick(chance, &[1, 1, 1, 3, 9, 12]);
    Faults { share: pick(chance, &[0.0, 0.0, 0.01, 0.05, 0.05, 0.13, 0.2, 0.3]), burst, shape, retry_after }
}

impl Forecast {
    pub(super) fn draw(seed: u64) -> Self {
        let mut chance = fastrand::Rng::with_seed(seed ^ 0x5eed_0000);
        let chance = &mut chance;
        let rate = pick(chance, &[5.0, 10.0, 20.0, 40.0]);
        let ceiling: f64 = pick(chance, &[20.0, 40.0, rate]);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small")]
        let photos = ((rate * (6.0 + 14.0 * chance.f64())) as usize).clamp(30, 120);
        #[expect(clippy::cast_precision_loss, reason = "small")]
        let span = photos as f64 / rate.min(ceiling);
        let when = |chance: &mut fastrand::Rng| Duration::from_secs_f64(1.0 + chance.f64() * (5.0 + 1.5 * span));
        let mut changes = Vec::new();
        if chance.u32(0..3) == 0 {
            for _ in 0..chance.u32(1..3) {
                changes.push((when(chance), Change::Rate(pick(chance, &[5.0, 10.0, 20.0, 40.0]))));
            }
        }
        if chance.u32(0..3) == 0 {
            changes.push((when(chance), Change::Latency(latency(chance))));
        }
        if chance.u32(0..3) == 0 {
            changes.push((when(chance), Change::Faults(faults(chance))));
        }
        if chance.u32(0..3) == 0 {
            let (shape, asks) = (pick(chance, &OUTAGES), pick(chance, &[None, None, Some(5 * SECOND)]));
            let lasts = Duration::from_secs(pick(chance, &[1, 5, 10, 60, 120, 300]));
            let (mut at, times) = (when(chance), if lasts < 10 * SECOND { chance.u32(1..6) } else { 1 });
            for _ in 0..times {
                changes.push((at, Change::Outage(shape, asks)));
                changes.push((at + lasts, Change::OutageEnds));
                at += 2 * lasts;
            }
        }
        changes.sort_by_key(|(at, _)| *at);
        let last = changes.last().map_or(SECOND, |(at, _)| *at);
        changes.push((last + Duration::from_secs_f64(20.0 + 2.0 * span), Change::Calm));
        let edits = (0..chance.u32(0..10)).map(|_| (when(chance), chance.usize(0..photos))).collect();
        Self {
            pace: PaceSettings { per_second: ceiling.min(10.0), max_per_second: ceiling },
            rate,
            burst: pick(chance, &[0.0, 5.0, 20.0, 40.0, 100.0]),
            says: pick(chance, &[Says::Seconds, Says::Seconds, Says::Fraction, Says::Nothing, Says::Long]),
            latency: latency(chance),
            faults: faults(chance),
            hopeless: (chance.u32(0..3) == 0).then_some(20),
            time_out: pick(chance, &[10, 30, 100]) * SECOND,
            photos,
            changes,
            crashes: (0..chance.u32(0..3)).map(|_| when(chance)).collect(),
            edits,
        }
    }

    pub(super) fn weather(&self) -> Weather {
        let mut weather = Weather::new(self.rate, self.burst, 0.0);
        (weather.says, weather.latency, weather.faults) = (self.says, self.latency, self.faults);
        (weather.hopeless, weather.time_out) = (self.hopeless, self.time_out);
        weather
    }

    /// The bucket is met: the client may go faster than it allows, or as fast where it catches nothing.
    fn is_met(&self, rate: f64) -> bool {
        self.pace.max_per_second > rate || (self.pace.max_per_second >= rate && self.burst < 5.0)
    }

    /// How often the client meets a bucket that it does not know: at first, and whenever it is smaller than before.
    pub(super) fn meetings(&self) -> usize {
        let mut rate = self.pace.max_per_second;
        let rates = std::iter::once(self.rate).chain(self.changes.iter().filter_map(|(_, change)| match change {
            Change::Rate(rate) => Some(*rate),
            _ => None,
        }));
        let smaller = rates.filter(|next| std::mem::replace(&mut rate, *next) > *next).count();
        // A run that is killed before it has met the bucket leaves that to the next.
        smaller + if self.is_met(self.rate) { self.crashes.len() + usize::from(smaller == 0) } else { 0 }
    }

    /// The highest number in flight for want of an answer: what one meeting costs in refusals.
    pub(super) fn flight(&self) -> f64 {
        let longest = self.slowest();
        // The rate is cut by two fifths at a time, and each cut that is not enough costs another flight: a geometric series.
        let cuts = (self.pace.max_per_second / 5.0).log(1.0 / 0.6).ceil();
        (self.pace.max_per_second * longest * 1.3).clamp(2.0, PLACES) / 0.4 + cuts
    }

    fn slowest(&self) -> f64 {
        let latencies = self.changes.iter().filter_map(|(_, change)| match change {
            Change::Latency(latency) => Some(*latency),
            _ => None,
        });
        std::iter::once(self.latency).chain(latencies).map(|latency| latency.median).fold(0.0, f64::max)
    }

    /// What a refusal costs in time.
    fn wait(&self) -> f64 {
        match self.says {
            Says::Seconds | Says::Fraction => 1.5,
            Says::Nothing => 4.0,
            Says::Long => 10.5,
        }
    }

    /// When nine of ten photos are out at the latest.
    pub(super) fn nine_of_ten(&self) -> Duration {
        let (mut rate, mut latency, mut faults, mut out) = (self.rate, self.latency, self.faults, None);
        // Before then nothing counts; the rate that was there before a rise is still the one in use until then.
        let mut lost = 1.5 + self.meeting(rate, self.pace.max_per_second, latency);
        let mut old: (f64, f64) = (0.0, f64::MAX);
        #[expect(clippy::cast_precision_loss, reason = "small")]
        let wanted = self.photos as f64 * 0.9;
        let (mut stored, mut time, mut tokens) = (0.0, 0.0, self.burst);
        // What fails is sent again after the wait that it was told, or that it hung.
        let late = self.longest_wait();
        let (met, mut lowest) = (self.is_met(rate), rate);
        let mut changes = self.changes.iter().peekable();
        let mut crashes: Vec<f64> = self.crashes.iter().map(Duration::as_secs_f64).collect();
        while stored < wanted {
            time += STEP;
            while let Some((_, change)) = changes.next_if(|(at, _)| at.as_secs_f64() <= time) {
                match change {
                    Change::Rate(next) => {
                        if *next < rate {
                            lost = f64::max(lost, time + self.meeting(*next, rate.min(self.pace.max_per_second), latency));
                        } else {
                            old = (time + 30.0, rate);
                        }
                        rate = *next;
                        lowest = lowest.min(rate);
                    }
                    Change::Latency(next) => {
                        lost = f64::max(lost, time + 2.0 * next.median.max(latency.median));
                        latency = *next;
                    }
                    Change::Faults(next) => faults = *next,
                    Change::Outage(..) => out = Some(time),
                    Change::OutageEnds => {
                        // The longest wait for a probe, and the climb from a quarter.
                        let lasted = out.map_or(0.0, |since| time - since);
                        let probe = if lasted < 60.0 { 2.5 } else { 8.5 };
                        lost = f64::max(lost, time + probe + 3.0 + 2.0 * latency.median);
                        out = None;
                    }
                    Change::Calm => faults = NONE,
                }
            }
            crashes.retain(|at| {
                let comes = *at <= time;
                if comes {
                    lost = f64::max(lost, time) + 2.0 + latency.median;
                    if met || old.0 > time {
                        // What was found is kept for a minute before it is put to the test. Restricted: found in a hurry, it
                        // is too low.
                        old = (time + 75.0, 0.4 * lowest);
                    }
                }
                !comes
            });
            tokens = (tokens + STEP * rate).min(self.burst.max(STEP * rate));
            if out.is_none() && time > lost {
                let most = if time < old.0 { old.1 } else { f64::MAX };
                let sent = (STEP * self.pace_in(rate, latency, faults).min(most)).min(tokens);
                tokens -= sent;
                stored += sent;
            }
        }
        // For what the dice add, which is more where the bucket has no depth.
        let dice = if self.burst < 5.0 { 1.5 } else { 1.2 };
        SECOND + Duration::from_secs_f64(dice * time + late + 15.0)
    }

    fn longest_wait(&self) -> f64 {
        let later = self.changes.iter().filter_map(|(_, change)| match change {
            Change::Faults(faults) => Some(*faults),
            _ => None,
        });
        let wait = |faults: Faults| {
            let hangs = faults.shape.is_none_or(|shape| ACCIDENTS[shape].comes == Comes::TimedOut);
            let many = faults.share >= 0.1 || (faults.share > 0.0 && faults.burst >= 9);
            let hung = if hangs { self.time_out } else { Duration::ZERO };
            let asked = faults.retry_after.unwrap_or_default();
            if many { hung + asked } else { Duration::ZERO }
        };
        std::iter::once(self.faults).chain(later).map(wait).max().unwrap_or_default().as_secs_f64()
    }

    /// The time that learning of a bucket takes: the rate falls by two fifths with each refusal.
    fn meeting(&self, rate: f64, from: f64, latency: Latency) -> f64 {
        if from <= rate { 0.0 } else { ((from / rate).log(1.0 / 0.6).ceil() + 1.0) * (self.wait() + latency.median) }
    }

    fn pace_in(&self, rate: f64, latency: Latency, faults: Faults) -> f64 {
        // The bucket itself is the caller's.
        let allowed = self.pace.max_per_second;
        let share = faults.share;
        let takes = |comes: Comes| if comes == Comes::TimedOut { self.time_out.as_secs_f64() } else { latency.median };
        #[expect(clippy::cast_precision_loss, reason = "small")]
        let failing = match faults.shape {
            Some(which) => takes(ACCIDENTS[which].comes),
            None => ACCIDENTS.iter().map(|shape| takes(shape.comes)).sum::<f64>() / ACCIDENTS.len() as f64,
        };
        let usual = latency.median * if latency.tail { 1.3 } else { 1.0 };
        let places = PLACES / ((1.0 - share) * usual + share * failing);
        // Where one in four fails the pace gives way in proportion; a burst of ten is taken for an outage of a moment.
        let weather = if share > 0.15 || faults.burst > 1 { 1.0 - 1.5 * share } else { 1.0 };
        let opens = if faults.burst > 3 { 1.0 / (1.0 + 5.0 * share / f64::from(faults.burst) * allowed) } else { 1.0 };
        // What the waits for a bucket cost that is met again and again, and what its depth catches.
        let skill = match (self.is_met(rate), self.says, self.burst < 10.0) {
            (false, ..) => 0.9,
            (true, Says::Long, _) => 0.25,
            (true, _, true) => 0.2,
            (true, ..) => 0.85,
        };
        allowed.min(places) * (1.0 - share) * weather * opens * skill
    }
}
