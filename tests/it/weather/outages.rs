//! Outages of every shape: what everybody is answered is nobody's fault, and when it is over all is delivered by itself.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use photosyncd::testing::clock::Clock;
use photosyncd::testing::emulator::{Fault, Weather};

use crate::world::service::{Service, status_now};
use crate::world::{World, timed};

/// What each shape is called, and what a weather says of it.
const SHAPES: &[(&str, &str)] = &[
    (
        "502 with the page of a front door in Graph's JSON",
        "{ status: 502, code: UnknownError, message: '<!DOCTYPE html><html><title>Azure Front Door</title></html>' }",
    ),
    (
        "500 ErrorInternalServerError",
        "{ status: 500, code: ErrorInternalServerError, message: 'An internal server error occurred.' }",
    ),
    ("404 of the store", "{ status: 404, code: ErrorItemNotFound, message: 'The specified object was not found in the store.' }"),
    ("403 page of a firewall", "{ html: 403 }"),
    ("507", "{ status: 507, code: 'Insufficient Storage' }"),
    ("400 BadRequest", "{ status: 400, code: BadRequest, message: 'Bad Request' }"),
    ("400 without a body", "{ status: 400, body: '' }"),
    ("401 for a good token", "unauthorized"),
    ("403 in Graph's JSON", "forbidden"),
    ("404 page of a proxy", "not_found_page"),
    ("503", "unavailable"),
    ("no tokens", "no_sign_in"),
    ("connections refused", "refused"),
    ("no answer", "hanging"),
    ("reset before the body", "{ reset: before_body }"),
    ("reset in the body", "{ reset: in_body }"),
    ("reset after the body", "{ reset: after_body }"),
    ("half an answer", "{ status: 502, body: '{\"error\":{\"co' }"),
];

/// The time-out for outages of a dozen seconds, as the default one is for those of a minute and a half.
const SHORT: &str = "timeout: 4s,";

/// An outage, and what is asked of the service.
#[derive(Clone, Copy)]
struct Outage {
    people: usize,
    /// It begins when a quarter of the photos is stored; before the service does, if not.
    in_the_middle: bool,
    /// Seconds that it lasts, and within which all is delivered once it is over.
    lasts: u64,
    within: u64,
    /// Narrows it, as a weather says it.
    only: &'static str,
    /// Further keys of the section `graph`: a short outage is met with a short time-out.
    graph: &'static str,
    /// So many people fail that it can't be theirs: no tries count. The accidents of a few may be their own.
    is_evident: bool,
}

/// What became of it.
struct Story {
    shape: &'static str,
    /// Seconds from its end to the last photo.
    delivered: Option<f64>,
    stored: u64,
    /// Requests in its last third, each second.
    requests: f64,
    /// Tries counted against photos, just before its end.
    tries: u32,
    /// What was blocked at any time, by reason.
    blocked: BTreeMap<String, usize>,
}

impl Story {
    /// What is wrong with it.
    fn faults(&self, outage: &Outage) -> Vec<String> {
        let mut faults = Vec::new();
        if self.delivered.is_none() {
            faults.push(format!("{} of {} delivered {} s after its end", self.stored, outage.people, outage.within));
        }
        if outage.is_evident && self.tries > 0 {
            faults.push(format!("{} tries counted", self.tries));
        }
        if self.requests > 2.0 {
            faults.push(format!("{:.1} requests a second in its last third", self.requests));
        }
        if !self.blocked.is_empty() {
            faults.push(format!("blocked: {:?}", self.blocked));
        }
        faults
    }
}

/// A service with defaults in such an outage.
fn endure((shape, brings): (&'static str, &str), outage: Outage) -> Story {
    let mut world = World::people(outage.people);
    by_default(&mut world, outage.graph);
    world.portraits(0, outage.people, 0);
    let is_heard = brings != "refused";
    let only = if is_heard { outage.only } else { "" };
    let begins = if outage.in_the_middle || !is_heard { "server" } else { "first_request" };
    let weather = format!("begin: {begins}\nphases: [{{ for: {}s, {only} outage: {brings} }}]", outage.lasts);
    let weather = Weather::from_yaml(&weather).unwrap();
    let stored = || world.emulator().counters().stored;
    let requests = || world.emulator().counters().requests;
    let service = if outage.in_the_middle {
        let service = Service::start(&world, &[]);
        world.until("some photos", || stored() >= outage.people as u64 / 4);
        world.emulator().set_weather(Some(weather));
        service
    } else {
        world.emulator().set_weather(Some(weather));
        let service = Service::start(&world, &[]);
        world.until("a request", || requests() > 0 || !is_heard);
        service
    };
    // What gets no answer is known to be an outage's after some seconds.
    let third = Duration::from_secs(outage.lasts) / 3;
    world.pass_time(third * 2);
    let before = requests();
    let last = third.saturating_sub(Duration::from_millis(500));
    world.pass_time(last);
    let (late, tries) = (requests() - before, world.tries_counted());
    world.pass_time(third.saturating_sub(last));
    let clock = Clock::system();
    let ended = clock.elapsed();
    let all = world.within(Duration::from_secs(outage.within), || stored() >= outage.people as u64);
    let delivered = all.then(|| clock.elapsed().saturating_sub(ended).as_secs_f64());
    if all {
        world.all_in_place(outage.people, 0);
    }
    let story = Story {
        shape,
        delivered,
        stored: stored(),
        requests: f64::from(u32::try_from(late).unwrap()) / last.as_secs_f64(),
        tries,
        blocked: blocked(&world),
    };
    drop(service);
    story
}

/// Settings as they are by default, the time-out among them, with these keys of the section `graph`.
pub(super) fn by_default(world: &mut World, more: &str) {
    world.set("upload", "{}");
    let (graph, login) = (world.emulator().graph_url(), world.emulator().login_url());
    world.set(
        "graph",
        &format!(
            "{{ cloud: custom, graph_url: '{graph}', login_url: '{login}', tenant: contoso.com, client_id: photosyncd, \
             {more} credential: {{ client_secret: {{ env: PHOTOSYNCD_TEST_SECRET }} }} }}"
        ),
    );
}

/// Everything that was blocked at any time, by reason and code.
fn blocked(world: &World) -> BTreeMap<String, usize> {
    let history = world.run(&["history", "--json", "--limit", "100000"]).json();
    let mut found = BTreeMap::new();
    for line in history["rows"].as_array().unwrap() {
        if line["outcome"] == "blocked" {
            let said = |key: &str| line[key].as_str().unwrap_or("-").to_owned();
            *found.entry(format!("{} {} {}", said("reason"), line["status"], said("code"))).or_default() += 1;
        }
    }
    let status = world.run(&["status", "--json"]).json();
    for target in status["blocked"].as_array().map_or(&[][..], Vec::as_slice) {
        let reason = target["reason"].as_str().unwrap_or("-");
        *found.entry(format!("still {reason}")).or_default() += 1;
    }
    found
}

/// Endures every shape at the same time, since services mostly wait, and tells what was wrong with each.
fn endure_all(outage: Outage) {
    let stories: Vec<Story> = std::thread::scope(|scope| {
        // A refusal for all that was there before anybody could write is a permission that is missing.
        let shapes = SHAPES.iter().filter(|(_, brings)| outage.in_the_middle || *brings != "forbidden");
        let started: Vec<_> = shapes.map(|shape| scope.spawn(move || endure(*shape, outage))).collect();
        started.into_iter().map(|story| story.join().unwrap()).collect()
    });
    let mut wrong = String::new();
    for story in &stories {
        let delivered = story.delivered.map_or_else(|| "not".to_owned(), |seconds| format!("{seconds:.1} s after its end"));
        println!("{}: delivered {delivered}; {:.1} requests a second", story.shape, story.requests);
        let faults = story.faults(&outage);
        if !faults.is_empty() {
            writeln!(wrong, "{}: {}", story.shape, faults.join("; ")).unwrap();
        }
    }
    assert!(wrong.is_empty(), "an outage of {} s\n{wrong}", outage.lasts);
}

#[test]
fn whatever_shape_an_outage_has_all_is_delivered_soon_after_it() {
    endure_all(Outage { people: 40, in_the_middle: true, lasts: 12, within: 20, only: "", graph: SHORT, is_evident: true });
}

#[test]
fn an_outage_of_photos_alone_that_is_there_before_the_service_passes() {
    let only = "only: { requests: [photos] },";
    endure_all(Outage { people: 40, in_the_middle: false, lasts: 12, within: 20, only, graph: SHORT, is_evident: true });
}

#[test]
fn few_people_are_not_blocked_either() {
    let only = "only: { requests: [photos, directory] },";
    endure_all(Outage { people: 4, in_the_middle: true, lasts: 12, within: 20, only, graph: SHORT, is_evident: false });
}

#[test]
#[ignore = "takes three minutes; tests/README.md says when to run it"]
fn whatever_shape_an_outage_of_ninety_seconds_has() {
    endure_all(Outage { people: 60, in_the_middle: true, lasts: 90, within: 60, only: "", graph: "", is_evident: true });
}

/// With the time-out as it is, what hangs is there long after the outage.
#[test]
fn an_outage_that_hangs_in_the_middle_of_an_import_costs_no_more_than_itself() {
    let hanging = SHAPES.iter().find(|(_, brings)| *brings == "hanging").unwrap();
    let outage = Outage { people: 300, in_the_middle: true, lasts: 12, within: 30, only: "", graph: "", is_evident: false };
    let story = endure(*hanging, outage);
    println!("delivered {:?} s after its end", story.delivered);
    assert_eq!(story.faults(&outage), [""; 0]);
}

/// What is asked before an upload hangs, too, and all others wait for its answer.
#[test]
fn an_outage_that_hangs_while_the_directory_is_asked_costs_no_more_either() {
    let mut world = World::people(20);
    by_default(&mut world, "");
    world.settle_soon();
    world.portraits(0, 20, 0);
    let service = Service::ready(&world);
    let stored = || world.emulator().counters().stored;
    world.until("all are delivered", || stored() == 20);
    world.emulator().set_weather(Some(Weather::from_yaml("phases: [{ for: 12s, outage: hanging }]").unwrap()));
    world.portraits(0, 20, 100);
    world.pass_time(Duration::from_secs(12));
    assert!(world.within(Duration::from_secs(15), || stored() == 40), "{} of 40, 15 s after its end", stored());
    world.all_in_place(20, 100);
    drop(service);
}

/// Who has a photo is asked in a pass: single answers that break off are asked for again in the same pass, and a tenant that
/// takes its time is heard out.
#[test]
fn a_pass_of_the_service_outlives_single_accidents_and_slow_answers() {
    for brings in ["faults: [{ share: 25%, reset: before_body }]", "latency: 6s"] {
        let mut world = World::people(40);
        by_default(&mut world, "");
        world.set("guard", "{ first_contact: ask }");
        world.portraits(0, 40, 0);
        let weather = format!("phases: [{{ only: {{ methods: [GET], requests: [photos] }}, {brings} }}]");
        world.emulator().set_weather(Some(Weather::from_yaml(&weather).unwrap()));
        let service = Service::start(&world, &[]);
        let stored = || world.emulator().counters().stored;
        assert!(world.within(Duration::from_secs(60), || stored() == 40), "{brings}: {} of 40 stored", stored());
        assert_eq!(status_now(&world)["totals"]["passes_failed"], 0, "{brings}");
        drop(service);
    }
}

/// Nothing waits in the queue, so that nobody probes for it: passes ask in vain, and would ask ever more rarely.
#[test]
fn what_was_edited_while_the_directory_was_away_goes_soon_after_it_is_back() {
    let world = World::people(10);
    world.portraits(0, 10, 0);
    let service = Service::ready(&world);
    world.until("all photos", || world.puts().len() == 10);
    world.emulator().add_fault(Fault { status: Some(503), ..Fault::default() });
    world.portraits(0, 5, 50);
    let before = world.so_far();
    world.until("questions in vain", || world.so_far() > before + 20);
    world.emulator().clear_faults();
    let ((), took) = timed(|| world.until("all edits", || world.puts().iter().filter(|put| put.status == 200).count() == 15));
    assert!(took < Duration::from_secs(10), "{took:?}");
    service.run.terminate();
    let (outcome, _) = service.finish();
    let outcome = outcome.exits(0).says(&["answers no question about accounts", "answers questions about accounts again"]);
    assert_eq!(outcome.stderr.matches("answers no question").count(), 1, "{}", outcome.stderr);
}
