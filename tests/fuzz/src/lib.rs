//! What all targets share.

/// libFuzzer's crate ends the process at any panic, even one that the program catches on purpose: decoders that are not ours
/// may panic, which is a picture that they can't read. A panic that is not caught ends the process all the same, as it
/// may not leave the target's function.
pub fn forgive_decoders() {
    std::panic::set_hook(Box::new(|told| eprintln!("{told}")));
}
