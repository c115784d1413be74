//! Bad configurations and what is said about them, word for word.

use super::faults;
