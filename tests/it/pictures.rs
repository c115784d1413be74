//! Files that are no good pictures, and pictures that need work. The others are delivered in any case.

use crate::world::service::Service;
use crate::world::{World, noise, person, portrait};

fn held(bytes: &[u8], reason: &str, words: &str) {
    let world = World::people(3);
    world.portraits(0, 2, 0);
    world.write_long_ago("users/p002@contoso.com.jpg", bytes);
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    let problem = outcome.problem("users/p002@contoso.com.jpg");
    assert_eq!(problem["reason"], reason, "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains(words), "{problem}");
    assert!(problem["cure"].as_str().unwrap().ends_with('.'), "{problem}");
    assert_eq!(outcome.json()["delivered"], 2, "the others are delivered");
    assert!(world.user_photo(&person(2)).is_none());
    // It is not tried again until it changes; then it is.
    let puts = world.puts().len();
    world.run(&["reconcile"]).exits(3).says(&[reason]);
    assert_eq!(world.puts().len(), puts);
    world.write("users/p002@contoso.com.jpg", &portrait(9));
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.user_photo(&person(2)).unwrap().body, portrait(9));
}

#[test]
fn a_truncated_picture_is_held() {
    let whole = portrait(2);
    held(&whole[..whole.len() / 2], "photo_corrupt", "");
}

#[test]
fn a_picture_that_is_not_all_there_yet_is_given_time() {
    let mut world = World::people(1);
    world.set("source", "{ directory: photos, settle: 0s }");
    let (whole, path) = (portrait(2), "users/p000@contoso.com.jpg");
    world.write(path, &whole[..whole.len() / 2]);
    let outcome = world.run(&["reconcile", "--patience", "0s", "--json"]).exits(3);
    assert_eq!(outcome.problem(path)["reason"], "file_changing", "{}", outcome.stdout);
    world.run(&["status"]).exits(3).says(&["1 retried later"]);
    world.run(&["status", "--all"]).exits(3).says(&["written a moment ago"]);
    let service = Service::ready(&world);
    world.until("the wait", || service.shows("1 retried later"));
    world.write(path, &whole);
    world.until("the photo", || world.user_photo(&person(0)).is_some_and(|photo| photo.body == whole));
    // Nobody goes on with this one.
    world.write(path, &whole[..whole.len() / 3]);
    world.until("the wait", || service.heard().iter().filter(|line| line.contains("1 retried later")).count() >= 2);
    world.until("the end of patience", || service.shows("1 held"));
    world.run(&["status"]).exits(3).says(&["photo_corrupt"]);
    service.run.terminate();
    service.run.finish().exits(0);
    assert_eq!(world.puts().len(), 1);
}

#[test]
fn a_scrambled_picture_is_held() {
    let mut bytes = portrait(2);
    // The code tables: what follows can't be read any more.
    bytes[185..400].fill(0x5a);
    held(&bytes, "photo_corrupt", "");
}

/// Layouts that quick decoders show in stripes: in all the ways that a photo may be asked for.
#[test]
fn jpegs_of_rare_layouts_arrive_with_their_colours() {
    let names = ["three-scans-420", "three-scans-444-restarts", "sampling-luma-coarser", "sampling-410", "sampling-uneven"];
    for photo in ["{}", "{ size: 2048, crop: none }", "{ size: 240, crop: face }"] {
        let mut world = World::people(names.len());
        world.set("photo", photo);
        for (number, name) in names.iter().enumerate() {
            let file = format!("{}/tests/pictures/jpg-{name}.jpg", env!("CARGO_MANIFEST_DIR"));
            world.write(&format!("users/p{number:03}@contoso.com.jpg"), &std::fs::read(file).unwrap());
        }
        world.run(&["reconcile"]).exits(0);
        for (number, name) in names.iter().enumerate() {
            let body = world.user_photo(&person(number)).unwrap().body;
            let seen = image::load_from_memory(&body).unwrap().into_rgb8();
            let (width, height) = seen.dimensions();
            let at = |x: u32, y: u32| seen.get_pixel(width * x / 8, height * y / 8).0.map(|value| u32::from(value) / 32);
            // Red, green, blue and yellow on their places.
            let [red, green, blue, yellow] = [at(1, 1), at(7, 1), at(1, 7), at(7, 7)];
            assert!(red[0] > 4 && red[1] < 4 && red[2] < 4, "{name} {photo}: {red:?}");
            assert!(green[0] < 3 && green[1] > 3 && green[2] < 4, "{name} {photo}: {green:?}");
            assert!(blue[0] < 4 && blue[1] < 4 && blue[2] > 3, "{name} {photo}: {blue:?}");
            assert!(yellow[0] > 5 && yellow[1] > 4 && yellow[2] < 3, "{name} {photo}: {yellow:?}");
        }
    }
}

#[test]
fn a_transparent_picture_is_held() {
    let mut png = std::io::Cursor::new(Vec::new());
    let clear = image::RgbaImage::from_pixel(200, 200, image::Rgba([9, 9, 9, 0]));
    clear.write_to(&mut png, image::ImageFormat::Png).unwrap();
    held(&png.into_inner(), "photo_blank", "transparent");
}

#[test]
fn a_jpeg_without_its_end_mark_arrives_with_one() {
    let whole = portrait(2);
    let world = World::people(1);
    world.write_long_ago("users/p000@contoso.com.jpg", &[&whole[..whole.len() - 2], b"\0\0trailer"].concat());
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.user_photo(&person(0)).unwrap().body, whole);
}

#[test]
fn an_empty_file_is_held() {
    held(b"", "photo_corrupt", "empty");
}

#[test]
fn a_text_that_is_called_a_picture_is_held() {
    held(b"Dear HR, here is my picture. Regards, Ben\n", "photo_unsupported", "");
}

#[test]
fn a_thumbnail_is_held() {
    let mut tiny = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut tiny, 90);
    encoder.encode(&[120; 23 * 23 * 3], 23, 23, jpeg_encoder::ColorType::Rgb).unwrap();
    held(&tiny, "photo_too_small", "23");
}

#[test]
fn a_picture_of_five_megabytes_is_scaled_and_delivered() {
    let large = noise(2100, 95);
    assert!(large.len() > 5_000_000, "{}", large.len());
    let world = World::people(1);
    world.write("users/p000@contoso.com.jpg", &large);
    world.run(&["reconcile"]).exits(0);
    let photo = world.user_photo(&person(0)).unwrap();
    assert_eq!((photo.width, photo.height), (648, 648));
    assert!(photo.length < 3_900_000, "{}", photo.length);
}

#[test]
fn a_file_above_the_limit_is_not_even_decoded() {
    let mut world = World::people(1);
    world.set("photo", "{ max_source_bytes: 10KB }");
    world.write("users/p000@contoso.com.jpg", &noise(200, 95));
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    assert_eq!(outcome.problem("users/p000@contoso.com.jpg")["reason"], "photo_too_large");
    assert!(world.puts().is_empty());
}

/// Enough of a HEIC file to be known for one, and no more.
const HEIC: &[u8] = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";

#[test]
fn a_converter_serves_what_the_program_would_read_itself() {
    let mut world = World::people(2);
    world.portraits(1, 2, 0);
    world.write_long_ago("users/p000@contoso.com.heic", HEIC);
    let problem = world.run(&["reconcile", "--json"]).exits(3).problem("users/p000@contoso.com.heic");
    assert_eq!(problem["reason"], "photo_corrupt");

    // One that makes a picture: the file is due without having changed, and the others are not.
    std::fs::write(world.path("made.png"), picture_of_640_by_640()).unwrap();
    let made = world.path("made.png");
    world.set("photo", &format!("{{ heic_converter: [sh, -c, 'test -s \"$1\" && cat {}', sh, '{{input}}'] }}", made.display()));
    world.run(&["plan", "--only", "users/p001@contoso.com.jpg"]).exits(0).says(&["another converter"]);
    let done = world.run(&["reconcile", "--json"]).exits(0).json();
    assert_eq!((&done["delivered"], world.puts().len()), (&serde_json::json!(1), 2));
    assert_eq!(world.user_photo(&person(0)).unwrap().width, 640);
    world.run(&["explain", "p000@contoso.com"]).says(&["converted"]);

    // Others that don't.
    for (command, words) in [
        ("[sh, -c, 'echo no codec >&2; exit 7']", "exit status: 7): no codec"),
        ("[sh, -c, 'echo no picture at all']", "what the converter made can't be used"),
        ("[sh, -c, 'cat /dev/zero']", "more than 64000000 bytes"),
        ("[no-such-converter]", "can't be started"),
    ] {
        world.set("photo", &format!("{{ heic_converter: {command} }}"));
        world.write_long_ago("users/p000@contoso.com.heic", &[HEIC, command.as_bytes()].concat());
        let problem = world.run(&["reconcile", "--json"]).exits(3).problem("users/p000@contoso.com.heic");
        assert_eq!(problem["reason"], "photo_unsupported", "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(words), "{problem}");
    }
    assert_eq!(world.puts().len(), 2);
}

#[test]
fn a_phones_pictures_are_delivered() {
    let mut world = World::people(2);
    let kept = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures/heif");
    for (person, name) in [(0, "irot3-exif6.heic"), (1, "irot3.avif")] {
        let ending = name.rsplit('.').next().unwrap();
        world.write(&format!("users/p00{person}@contoso.com.{ending}"), &std::fs::read(kept.join(name)).unwrap());
    }
    world.set("photo", "{ crop: none }");
    world.run(&["reconcile"]).exits(0);
    for person in 0..2 {
        let photo = world.user_photo(&crate::world::person(person)).unwrap();
        assert_eq!((photo.width, photo.height), (64, 96), "{person}");
    }
}

fn picture_of_640_by_640() -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(640, 640, image::Rgb([90, 120, 30])).write_to(&mut file, image::ImageFormat::Png).unwrap();
    file.into_inner()
}

#[test]
fn a_picture_without_a_clear_face_is_held_if_so_set() {
    let astronaut = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures/astronaut.png");
    let mut world = World::people(2);
    world.set("photo", "{ crop: face, min_face_score: 5 }");
    world.write("users/p000@contoso.com.jpg", &std::fs::read(astronaut).unwrap());
    world.portraits(1, 2, 0);
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    let problem = outcome.problem("users/p001@contoso.com.jpg");
    assert_eq!(problem["reason"], "no_face");
    assert!(problem["cure"].as_str().unwrap().contains("min_face_score"), "{problem}");
    assert_eq!(outcome.json()["delivered"], 1);
    world.run(&["explain", "p000@contoso.com"]).says(&["PNG picture, though named .jpg; face found (score "]);
    // Without the setting it goes out.
    world.set("photo", "{ crop: face }");
    world.run(&["reconcile"]).exits(0);
    assert!(world.user_photo(&person(1)).is_some());
}

#[test]
fn several_faces_are_held_unless_the_largest_is_asked_for() {
    let astronaut = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures/astronaut.png");
    let one = image::open(astronaut).unwrap().into_rgb8();
    let mut two = image::RgbImage::new(1024, 512);
    image::imageops::replace(&mut two, &one, 0, 0);
    image::imageops::replace(&mut two, &one, 512, 0);
    let mut file = std::io::Cursor::new(Vec::new());
    two.write_to(&mut file, image::ImageFormat::Png).unwrap();
    let mut world = World::people(1);
    world.set("photo", "{ crop: face }");
    world.write("users/p000@contoso.com.png", file.get_ref());
    let problem = world.run(&["reconcile", "--json"]).exits(3).problem("users/p000@contoso.com.png");
    assert_eq!(problem["reason"], "several_faces");
    assert!(problem["cure"].as_str().unwrap().contains("photo.several_faces"), "{problem}");
    world.set("photo", "{ crop: face, several_faces: largest }");
    world.run(&["reconcile"]).exits(0);
    world.run(&["explain", "p000@contoso.com"]).says(&["2 faces found, the largest is framed"]);
}
