#![no_main]

libfuzzer_sys::fuzz_target!(init: photosyncd_fuzz::forgive_decoders(), |input: &[u8]| {
    photosyncd::testing::untrusted::avif(input);
});
