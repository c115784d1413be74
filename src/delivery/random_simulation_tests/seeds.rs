//! Many stories, each told by its seed.

use std::pin::Pin;
use std::sync::Mutex;

use crate::ledger::{Identity, Ledger};
use crate::model::Timestamp;

/// So many stories share a ledger.
const SHARED: usize = 25;

pub(super) fn place() -> tempfile::TempDir {
    // In memory where there is such a place: thousands of stories would only wait for the disk.
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

pub(super) fn open(place: &tempfile::TempDir) -> Ledger {
    open_as("ledger", place)
}

fn open_as(name: &str, place: &tempfile::TempDir) -> Ledger {
    let identity = Identity { cloud: "global".into(), tenant: "t".into() };
    Ledger::open(&place.path().join(name), &identity, Timestamp::from_millis(0)).unwrap()
}

/// Tells a story of each seed, a core and a ledger each. All are told, and those that fail are named.
pub(super) fn each_seed(usual: u64, story: impl Fn(u64, &Ledger) -> Pin<Box<dyn Future<Output = ()> + '_>> + Sync) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let (from, to) = match number("PHOTOSYNCD_SEED") {
        Some(seed) => (seed, seed + 1),
        None => (0, number("PHOTOSYNCD_SEEDS").unwrap_or(usual)),
    };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for first in 0..cores as u64 {
            let (failed, story) = (&failed, &story);
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                let seeds: Vec<u64> = (from + first..to).step_by(cores).collect();
                for seeds in seeds.chunks(SHARED) {
                    let place = place();
                    let mut ledger = open(&place);
                    for seed in seeds {
                        let told = std::panic::AssertUnwindSafe(|| runtime.block_on(story(*seed, &ledger)));
                        let Err(why) = std::panic::catch_unwind(told) else { continue };
                        let why = match (why.downcast_ref::<String>(), why.downcast_ref::<&str>()) {
                            (Some(why), _) => why.clone(),
                            (None, why) => (*why.unwrap_or(&"")).to_owned(),
                        };
                        failed.lock().unwrap().push(format!("PHOTOSYNCD_SEED={seed} tells it again: {why}"));
                        // What it left behind is no part of the next story.
                        ledger = open_as(&format!("after-{seed}"), &place);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{} of {} seeds failed\n{}", failed.len(), to - from, failed.join("\n"));
}
