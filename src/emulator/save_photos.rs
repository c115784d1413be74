//! Writing received photos where a person can look at them, off the way of the requests.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use tokio::task::JoinHandle;

use super::state::State;
use super::tenant::Slot;
use crate::files::{Output, OutputError};

/// Longest name, in characters, that is taken over into a file name.
const LONGEST: usize = 120;

/// Starts the writing. It ends when the server lets go of the sending side, after all that was received is written.
pub(crate) fn start(state: &Arc<State>, directory: &Path) -> io::Result<JoinHandle<Option<Unsaved>>> {
    let mut output = Output::create(directory).map_err(io::Error::other)?;
    let (sender, receiver) = channel();
    state.set_saver(Some(sender));
    let state = Arc::clone(state);
    Ok(tokio::task::spawn_blocking(move || run(&state, &receiver, &mut output)))
}

/// Photos that were received and are not saved.
#[derive(Debug)]
pub(crate) struct Unsaved {
    /// How many.
    pub(crate) count: usize,
    /// Why the first of them is not. It may name whose photo it is.
    pub(crate) first: OutputError,
}

fn run(state: &State, received: &Receiver<Slot>, output: &mut Output) -> Option<Unsaved> {
    let mut taken: HashMap<String, Slot> = HashMap::new();
    let mut unsaved: Option<Unsaved> = None;
    for slot in received {
        // Read here and not sent along, so that a burst doesn't hold every version in memory.
        let Some(photo) = state.read().photos.get(slot).cloned() else { continue };
        let label = state.labels(&[slot]).remove(&slot).unwrap_or_default();
        let mut name = format!("{}-{}", slot.kind.as_str(), plain(&label));
        // Two that are known by one name are two.
        if *taken.entry(name.clone()).or_insert(slot) != slot {
            name = format!("{name}-{}", slot.at);
        }
        if let Err(error) = output.write(&format!("{name}.jpg"), &photo.body) {
            unsaved.get_or_insert(Unsaved { count: 0, first: error }).count += 1;
        }
    }
    unsaved
}

/// A name that is safe as part of a file name anywhere.
fn plain(label: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() || matches!(c, '@' | '.' | '-' | '_' | '+' | '=') { c } else { '_' };
    label.chars().take(LONGEST).map(safe).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_their_directory() {
        assert_eq!(plain("o'neil#EXT#@c.com"), "o_neil_EXT_@c.com");
        assert_eq!(plain("../../etc/x"), ".._.._etc_x");
    }
}
