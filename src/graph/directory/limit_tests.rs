//! Directory questions at a limit that is far below what is asked.

use std::sync::Mutex;
use std::time::Duration;

use super::super::testing::{TestServer, answer, json};
use crate::clock::Clock;
use crate::model::{Property, Reference, TargetKind};

/// What the server lets through a second, and how many questions there are of fifteen values each: more than eight times that.
const ALLOWED: f64 = 3.0;
const QUESTIONS: usize = 30;

#[tokio::test]
async fn a_low_limit_is_kept_and_everybody_is_asked_about_in_the_end() {
    let clock = Clock::system();
    let (bucket, time) = (Mutex::new((2.0, clock.elapsed())), clock.clone());
    let server = TestServer::start(move |seen| {
        let (mut bucket, now) = (bucket.lock().unwrap(), time.elapsed());
        let level: f64 = (bucket.0 + now.saturating_sub(bucket.1).as_secs_f64() * ALLOWED).min(2.0);
        *bucket = (if level < 1.0 { level } else { level - 1.0 }, now);
        if level < 1.0 {
            return answer(429, &[("retry-after", "1")], "");
        }
        let line = seen.line();
        let values = line.split('\'').skip(1).step_by(2).map(|value| format!(r#"{{"id":"{value}","mail":"{value}"}}"#));
        json(200, &format!(r#"{{"value":[{}]}}"#, values.collect::<Vec<_>>().join(",")))
    })
    .await;
    let address = |number: usize| Reference::new(TargetKind::Group, Property::Mail, &format!("{number}@b.c"));
    let references: Vec<Reference> = (0..15 * QUESTIONS).map(address).collect();
    let (client, began) = (server.client(), clock.elapsed());
    let found = client.resolve(&references).await.unwrap();
    assert!(found.iter().zip(&references).all(|(objects, reference)| objects.len() == 1 && *objects[0].id == *reference.value));
    let refused = server.lines().len() - QUESTIONS;
    assert!(refused < QUESTIONS + 10, "{refused} refusals: the first burst, and few after it");
    let took = clock.elapsed().saturating_sub(began);
    assert!(took < Duration::from_secs(40), "{took:?}");
}
