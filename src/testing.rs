//! What tests of several rooms share.

use proptest::prelude::ProptestConfig;
use proptest::test_runner::FileFailurePersistence;

/// Where cases that failed once are kept, below the root of the repository; they are tried first from then on.
const FAILURES: &str = "tests/proptest-regressions/failures.txt";

/// So many random cases.
pub(crate) fn cases(cases: u32) -> ProptestConfig {
    let failure_persistence = Some(Box::new(FileFailurePersistence::Direct(FAILURES)) as _);
    ProptestConfig { cases, failure_persistence, ..ProptestConfig::default() }
}
