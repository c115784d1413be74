//! What a portrait holds besides the portrait, as the tenant receives it.

use crate::world::{World, person, portrait, portrait_file};

const WORDS: &[u8] = b"GEHALT 4711 Euro";

fn segment(mark: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&[0xFF, mark], &length[..], content].concat()
}

fn contains(bytes: &[u8], words: &[u8]) -> bool {
    bytes.windows(words.len()).any(|window| window == words)
}

/// The portrait with something at a place.
fn with(portrait: &[u8], at: usize, bytes: &[u8]) -> Vec<u8> {
    [&portrait[..at], bytes, &portrait[at..]].concat()
}

#[test]
fn words_hidden_in_a_portrait_stay_here() {
    let original = portrait(1);
    let scan = original.windows(2).position(|mark| mark == [0xFF, 0xDA]).unwrap();
    let (start, end) = (2, original.len() - 2);
    let table = [&[3][..], WORDS, &[9; 64 - 16]].concat();
    let codes = [&[0x13][..], &[0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0], WORDS].concat();
    let hidden = [
        with(&original, start, &segment(0xFE, WORDS)),
        with(&original, start, &segment(0xEB, WORDS)),
        with(&original, scan, &segment(0xDD, &[&[0, 0][..], WORDS].concat())),
        with(&original, scan, &segment(0xDB, &table)),
        with(&original, scan, &segment(0xC4, &codes)),
        with(&original, start, &segment(0xDB, &[&[0][..], &table[1..]].concat())),
        with(&original, end, &segment(0xDC, &[&[0, 200][..], WORDS].concat())),
        with(&original, end, WORDS),
        [original.as_slice(), WORDS].concat(),
        [original.as_slice(), &with(&portrait(2), start, &segment(0xFE, WORDS))].concat(),
    ];
    let world = World::people(hidden.len());
    for (number, file) in hidden.iter().enumerate() {
        assert!(contains(file, WORDS));
        world.write(&portrait_file(number), file);
    }
    world.run(&["reconcile"]).exits(0);
    let shown = |jpeg: &[u8]| image::load_from_memory(jpeg).unwrap().into_rgb8();
    for number in 0..hidden.len() {
        let sent = world.user_photo(&person(number)).unwrap().body;
        assert!(!contains(&sent, WORDS), "case {number}");
        // Bytes before the end mark make it be encoded again.
        assert!(number == 7 || shown(&sent) == shown(&original), "case {number} shows another picture");
    }
}
