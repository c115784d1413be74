//! What the stories, the soak and the benchmarks reach of the rooms, and what tests of several rooms share. The rooms
//! themselves are private: the program is its only interface.

/// The clock, and how to make one that leaps.
pub mod clock {
    pub use crate::clock::{Clock, TimeSource};
    pub use crate::model::Steady;
}

/// From a configuration to what makes passes.
pub mod config {
    use std::path::Path;

    use crate::clock::Clock;
    use crate::config::Config;
    pub use crate::config::{Built, parse_duration};

    /// What the configuration in this file becomes.
    pub async fn build(file: &Path, clock: &Clock, env: &dyn Fn(&str) -> Option<String>) -> Result<Built, String> {
        let config = Config::load(file, env).map_err(|faults| faults.to_string())?;
        crate::config::build(&config, clock, env).await.map_err(|error| error.to_string())
    }
}

/// The pretended tenant.
#[cfg(feature = "emulator")]
pub mod emulator {
    pub use crate::emulator::{
        Consent, DeltaExpiry, Entry, EntryKind, ExpectedSecret, Fault, Federated, MissingPhoto, Photo, Quirks, RequestRecord,
        Reset, RetryAfter, Running, Settings, SignIn, TeamState, Tenant, Throttled, Throttling, Weather, WeatherError, start,
    };
}

/// Passes without a process around them.
pub mod passes {
    use crate::delivery::CompareSelection;
    pub use crate::delivery::Until;
    use crate::ledger::Ledger;
    use crate::model::{PassCause, TargetId, Timestamp};
    pub use crate::pass::{Pass, Summary};
    use crate::pass::{PassOptions, Selection};

    /// The same, but it sweeps the directory from so many references on.
    #[must_use]
    pub fn sweeping_from(mut pass: Pass, sweep_from: usize) -> Pass {
        pass.proposer.directory.sweep_from = sweep_from;
        pass
    }

    /// A pass over everything, as `reconcile` makes it.
    pub async fn pass(pass: &Pass, ledger: &Ledger, force: bool, until: Until) -> Result<Summary, String> {
        let (settle, only) = (std::time::Duration::ZERO, Selection::default());
        let options = PassOptions { cause: PassCause::Reconcile, force, only, until, settle, daemon: None };
        pass.run(ledger, &options, &|_| {}).await.map_err(|error| error.to_string())
    }

    /// Compares everything that was delivered with the tenant, as `verify` does.
    pub async fn verify(pass: &Pass, ledger: &Ledger, until: &Until) -> Result<(), String> {
        let which = CompareSelection { before: Timestamp::from_millis(i64::MAX), only: None, behind: None };
        pass.uploader.verify(ledger, &which, until).await.map(drop).map_err(|error| error.to_string())
    }

    /// Puts backups back, as `restore` does, or as an undo (`cause`).
    pub async fn restore(
        pass: &Pass,
        ledger: &Ledger,
        cause: PassCause,
        which: Vec<(TargetId, i64)>,
        until: &Until,
    ) -> Result<(), String> {
        pass.uploader.restore(ledger, cause, which, until, &|_| {}).await.map(drop).map_err(|error| error.to_string())
    }
}

/// The ledger of such passes.
pub mod ledger {
    pub use crate::ledger::{Identity, Ledger, OpenError, Reader};
}

/// Words.
pub mod model {
    pub use crate::model::{PassCause, Property, Reason, Stopped, TargetId, Timestamp};
}

/// Pictures, made ready to be sent.
pub mod photo {
    use bytes::Bytes;

    pub use crate::photo::{Crop, Limits, Recipe};

    /// What would be sent of a file's bytes.
    pub fn prepare(source: Bytes, recipe: &Recipe, limits: &Limits) -> Result<Bytes, String> {
        crate::photo::prepare(source, recipe, limits, &|| false)
            .map(|prepared| prepared.jpeg)
            .map_err(|problem| problem.to_string())
    }
}

pub mod untrusted;

#[cfg(test)]
use proptest::{
    prelude::ProptestConfig,
    test_runner::{FileFailurePersistence, RngSeed},
};

/// Where cases that failed once are kept, below the root of the repository; they are tried first from then on.
#[cfg(test)]
const FAILURES: &str = "tests/proptest-regressions/failures.txt";

/// So many cases by chance: the same ones each time, so that what turns red is what was changed. `PHOTOSYNCD_CASES=N` tries N
/// times as many, and others each time (`PROPTEST_RNG_SEED=S`: those of S).
#[cfg(test)]
pub(crate) fn cases(cases: u32) -> ProptestConfig {
    let failure_persistence = Some(Box::new(FileFailurePersistence::Direct(FAILURES)) as _);
    let mut config = ProptestConfig { failure_persistence, ..ProptestConfig::default() };
    let times = std::env::var("PHOTOSYNCD_CASES").ok().map(|text| text.parse().expect("PHOTOSYNCD_CASES is a number"));
    if times.is_none() && config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(1);
    }
    config.cases = cases * times.unwrap_or(1);
    config
}
