//! Outages in which each is told of a trouble of its own: whoever took a photo before is not blocked, and nobody needs a person
//! afterwards.

use std::time::Duration;

use photosyncd::testing::emulator::Weather;

use super::outages::by_default;
use crate::world::World;
use crate::world::service::Service;

const SHAPES: [&str; 4] = [
    "{ status: 404, code: MailboxNotEnabledForRESTAPI, message: 'REST API is not yet supported for this mailbox.' }",
    "{ status: 413, code: RequestEntityTooLarge, message: 'The request entity is too large.' }",
    "{ status: 404, code: ErrorInvalidUser, message: 'The requested user is invalid.' }",
    "{ status: 400, code: ErrorInvalidImage, message: 'The image is invalid.' }",
];
/// What nobody has heard of.
const ODD: [&str; 2] = [
    "{ status: 501, code: NotImplemented, message: 'Not implemented.' }",
    "{ status: 405, code: MethodNotAllowed, message: 'The HTTP method is not allowed.' }",
];
const PEOPLE: usize = 30;
const LASTS: Duration = Duration::from_secs(12);

fn refuse_photos(world: &World, begins: &str, shape: &str) {
    let weather = format!(
        "begin: {begins}\nphases: [{{ for: {}s, only: {{ methods: [PUT], requests: [photos] }}, outage: {shape} }}]",
        LASTS.as_secs()
    );
    world.emulator().set_weather(Some(Weather::from_yaml(&weather).unwrap()));
}

/// A first pass in which everybody is refused so.
fn refused_at_first(shape: &str) -> (World, Service) {
    let mut world = World::people(PEOPLE);
    by_default(&mut world, "");
    world.portraits(0, PEOPLE, 0);
    refuse_photos(&world, "first_request", shape);
    let service = Service::ready(&world);
    (world, service)
}

fn blocked(world: &World) -> usize {
    world.run(&["status", "--json"]).json()["blocked"].as_array().unwrap().len()
}

fn each(shapes: &[&'static str], story: impl Fn(&'static str) + Sync) {
    std::thread::scope(|scope| {
        for shape in shapes.iter().copied() {
            let story = &story;
            scope.spawn(move || story(shape));
        }
    });
}

#[test]
fn whoever_was_refused_with_everybody_is_sent_again_without_a_person() {
    each(&SHAPES, |shape| {
        let (world, service) = refused_at_first(shape);
        let stored = || world.emulator().counters().stored;
        world.until("all are refused", || blocked(&world) == PEOPLE);
        // One is tried for all 5 seconds after they were refused, and 20, and 65.
        assert!(world.within(Duration::from_secs(30), || stored() == PEOPLE as u64), "{shape}: {} stored", stored());
        world.all_in_place(PEOPLE, 0);
        drop(service);
    });
}

#[test]
fn who_took_a_photo_before_waits_for_its_end() {
    each(&[&SHAPES[..], &ODD].concat(), |shape| {
        let mut world = World::people(PEOPLE);
        by_default(&mut world, "");
        world.settle_soon();
        world.portraits(0, PEOPLE, 0);
        let service = Service::ready(&world);
        let (stored, requests) = (|| world.emulator().counters().stored, || world.emulator().counters().requests);
        world.until("all are delivered", || stored() == PEOPLE as u64);
        refuse_photos(&world, "server", shape);
        world.portraits(0, PEOPLE, 100);
        world.pass_time(LASTS / 2);
        let before = requests();
        world.pass_time(LASTS / 3);
        assert_eq!(blocked(&world), 0, "{shape}");
        let code = shape.split([' ', ',']).find(|word| word.len() > 12).unwrap();
        world.run(&["status"]).says(&["Microsoft 365 serves nobody", code]);
        assert!(requests() - before <= 12, "{shape}: {} requests in {:?}", requests() - before, LASTS / 3);
        assert!(world.within(Duration::from_secs(25), || stored() == 2 * PEOPLE as u64), "{shape}: {} stored", stored());
        world.all_in_place(PEOPLE, 100);
        drop(service);
    });
}

#[test]
fn an_answer_that_nobody_has_heard_of_blocks_nobody() {
    each(&ODD, |shape| {
        let (world, service) = refused_at_first(shape);
        let stored = || world.emulator().counters().stored;
        world.pass_time(LASTS * 3 / 4);
        assert_eq!((blocked(&world), stored()), (0, 0), "{shape}");
        assert!(world.within(Duration::from_secs(15), || stored() == PEOPLE as u64), "{shape}: {} stored", stored());
        drop(service);
    });
}
