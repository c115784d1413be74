//! Storms: whatever happens, no photo of others is lost.

use photosyncd::testing::emulator::Fault;
use serde_json::Value;

use super::*;

/// By chance, from a seed: people put up and take down photos of their own, HR changes files, answers get lost, Graph
/// throttles and fails, the program is killed. Whatever of others is gone from the tenant is kept, and undoing a whole pass
/// gives back what the tenant held. `PHOTOSYNCD_BACKUP_SEEDS=50` runs more of them.
#[test]
fn whatever_happens_no_photo_of_others_is_lost() {
    let seeds = std::env::var("PHOTOSYNCD_BACKUP_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(2_u64);
    for seed in 1..=seeds {
        weather(seed);
    }
}

const FEW: usize = 5;

fn weather(seed: u64) {
    let mut chance = fastrand::Rng::with_seed(seed);
    let (world, _) = people(0, FEW);
    // What somebody has put up: its picture, and the bytes that the tenant gives out of it.
    let mut theirs: Vec<Option<(Vec<u8>, Vec<u8>)>> = vec![None; FEW];
    let mut picture = 10_000;
    for round in 0..12 {
        for (number, theirs) in theirs.iter_mut().enumerate() {
            picture += 1;
            match chance.u8(0..5) {
                0 => {
                    let shown = puts_up(&world, number, picture);
                    *theirs = Some((portrait(picture), shown));
                }
                1 if body(&world, number).is_some() => {
                    takes_down(&world, number);
                    *theirs = None;
                }
                2 => world.write(&format!("users/{}.jpg", person(number)), &portrait(picture)),
                _ => {}
            }
        }
        let one = id(chance.usize(0..FEW));
        let calm = chance.bool();
        if !calm {
            world.emulator().add_fault(match chance.u8(0..5) {
                0 => Fault::reset("PUT", &one, photosyncd::testing::emulator::Reset::After).times(1),
                1 => Fault::reset("GET", &one, photosyncd::testing::emulator::Reset::Before).times(1),
                2 => Fault::status("PUT", &one, 503).times(2),
                3 => Fault::status("GET", &one, 404).times(1),
                _ => Fault::status("PUT", &one, 429).with_header("Retry-After", "1").times(1),
            });
        }
        let before: Vec<_> = (0..FEW).map(|number| (body(&world, number), sent_to(&world, number))).collect();
        if chance.u8(0..4) == 0 {
            let running = world.spawn(&["reconcile"]);
            world.pass_time(std::time::Duration::from_millis(chance.u64(20..250)));
            running.kill();
        } else {
            world.run(&["retry"]);
            let pass = world.run(&["reconcile", "--patience", "0s", "--json"]);
            if calm && pass.code == Some(0) && chance.bool() {
                undone(&world, &pass.json(), &before, &theirs, seed, round);
            }
        }
        world.emulator().clear_faults();
        let kept: Vec<Vec<u8>> = tree(&world.path(".photosyncd/backups")).into_values().collect();
        for (number, theirs) in theirs.iter_mut().enumerate() {
            let there = body(&world, number);
            if let Some((own, shown)) = theirs
                && there.as_ref() != Some(own)
                && there.as_ref() != Some(shown)
            {
                assert!(kept.contains(shown), "seed {seed}, round {round}: the photo of {number} is lost");
                *theirs = None;
            }
        }
    }
}

/// Photos that may have been stored for a person so far; 0 stands for an answer that was cut off.
fn sent_to(world: &World, number: usize) -> usize {
    world.puts().iter().filter(|put| put.target.contains(&id(number)) && put.status < 300).count()
}

fn is_kept_as_doubtful(world: &World, number: usize, photo: &[u8]) -> bool {
    let story = world.run(&["explain", &person(number), "--json"]).exits(0).json();
    let rows = story["targets"][0]["backups"].as_array().unwrap().clone();
    rows.iter().any(|row| row["doubtful"] == true && row["digest"] == blake3(photo))
}

/// Undoes a pass, and looks whether those who had a photo of their own, or none, have it again.
fn undone(
    world: &World,
    pass: &Value,
    before: &[(Option<Vec<u8>>, usize)],
    theirs: &[Option<(Vec<u8>, Vec<u8>)>],
    seed: u64,
    round: usize,
) {
    if pass["delivered"] == 0 {
        return;
    }
    let after: Vec<_> = (0..FEW).map(|number| (body(world, number), sent_to(world, number))).collect();
    world.run(&["undo", &pass["pass"].to_string()]);
    for number in 0..FEW {
        let there = body(world, number);
        let ((had, sent_before), (after, sent_after)) = (&before[number], &after[number]);
        let own = theirs[number].as_ref().filter(|(own, shown)| [Some(own), Some(shown)].contains(&had.as_ref()));
        let place = format!("seed {seed}, round {round}, {number}");
        match (had, own) {
            // Told by what was sent, not by the picture: the same one is sent again if a run was killed before it heard.
            _ if sent_before == sent_after => assert_eq!(&there, after, "{place}: not of that pass"),
            (None, _) => assert_eq!(there, None, "{place}: had none"),
            (Some(_), Some((own, shown))) => {
                // Put up after a try that nobody heard of, it can't be told from ours: then it is kept, marked so, and
                // what was kept before that try goes back.
                let is_theirs = there.as_ref() == Some(shown) || there.as_ref() == Some(own);
                assert!(is_theirs || is_kept_as_doubtful(world, number, shown), "{place}: had another");
            }
            // It was ours: it stays, goes, or what was kept of that person comes back.
            (Some(_), None) => {
                let kept = tree(&world.path(".photosyncd/backups"));
                let mut of_them = kept.iter().filter(|(file, _)| file.to_string_lossy().contains(&id(number)));
                let known = there.is_none() || &there == after || of_them.any(|(_, kept)| there.as_ref() == Some(kept));
                assert!(known, "{place}: a photo from nowhere");
            }
        }
    }
}
