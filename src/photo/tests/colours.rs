//! Colour profiles: the numbers that come out are those of the colour spaces' own formulas.

use moxcms::ColorProfile;

use super::super::{PhotoRemark, Prepared, Treatment};
use super::make::{self, photograph};
use super::{Crop, decoded, recipe, run};

fn flat(colour: [u8; 3], side: u32) -> image::RgbImage {
    image::RgbImage::from_pixel(side, side, image::Rgb(colour))
}

/// A JPEG that carries the profile, in two pieces as large ones come.
pub(super) fn tagged(jpeg: &[u8], profile: &[u8]) -> Vec<u8> {
    let (one, two) = profile.split_at(profile.len() / 2);
    let piece = |number: u8, part: &[u8]| make::segment(0xE2, &[b"ICC_PROFILE\0", &[number, 2][..], part].concat());
    // The second piece first: readers go by the number.
    make::with_segments(jpeg, &[piece(2, two), piece(1, one)])
}

fn shown(prepared: &Prepared) -> [u8; 3] {
    decoded(prepared).get_pixel(30, 30).0
}

fn near(seen: [u8; 3], expected: [u8; 3], what: &str) {
    within(3, seen, expected, what);
}

fn within(steps: u8, seen: [u8; 3], expected: [u8; 3], what: &str) {
    let far = seen.iter().zip(expected).any(|(one, other)| one.abs_diff(other) > steps);
    assert!(!far, "{what}: {seen:?} instead of {expected:?}");
}

#[test]
fn wide_colour_spaces_become_srgb() {
    let adobe = ColorProfile::new_adobe_rgb().encode().unwrap();
    let display = ColorProfile::new_display_p3().encode().unwrap();
    for (profile, colour, expected) in [
        (&adobe, [180, 90, 70], [205, 90, 67]),
        (&adobe, [90, 140, 110], [53, 141, 109]),
        (&adobe, [200, 170, 140], [212, 172, 140]),
        (&adobe, [128, 128, 128], [129, 129, 129]),
        (&display, [180, 90, 70], [193, 83, 63]),
        (&display, [90, 140, 110], [73, 142, 108]),
        (&display, [80, 90, 160], [78, 90, 165]),
        (&display, [255, 255, 255], [255, 255, 255]),
    ] {
        // 100 pixels would travel untouched without the profile; 300 are scaled.
        for side in [100, 300] {
            let prepared = run(tagged(&make::jpeg(&flat(colour, side)), profile), &recipe(100, Crop::Upper)).unwrap();
            assert_eq!(prepared.treatment, Treatment::Encoded);
            assert!(prepared.notes.contains(&PhotoRemark::ProfileApplied));
            near(shown(&prepared), expected, &format!("{colour:?} of {side} pixels"));
        }
        let png = make::png_with_profile(&flat(colour, 100), profile);
        near(shown(&run(png, &recipe(100, Crop::Upper)).unwrap()), expected, "PNG");
    }
}

/// A real camera's profile; the sky's blue grows deeper, since Adobe RGB's numbers mean stronger colours.
#[test]
fn the_rocket_has_an_adobe_rgb_profile() {
    let prepared = run(photograph("rocket.jpg"), &recipe(100, Crop::Upper)).unwrap();
    assert!(prepared.notes.contains(&PhotoRemark::ProfileApplied), "{prepared:?}");
}

#[test]
fn an_srgb_profile_is_only_cut_out() {
    let profile = ColorProfile::new_srgb().encode().unwrap();
    let plain = make::jpeg(&flat([90, 140, 110], 100));
    let prepared = run(tagged(&plain, &profile), &recipe(100, Crop::Upper)).unwrap();
    assert_eq!((prepared.treatment, prepared.notes.as_slice()), (Treatment::Stripped, [].as_slice()));
    assert!(prepared.jpeg == plain);
}

#[test]
fn grey_profiles_change_brightness_only() {
    let profile = ColorProfile::new_gray_with_gamma(1.8).encode().unwrap();
    let prepared = run(tagged(&make::grey_jpeg(&flat([128; 3], 100)), &profile), &recipe(100, Crop::Upper)).unwrap();
    assert!(prepared.notes.contains(&PhotoRemark::ProfileApplied));
    near(shown(&prepared), [146; 3], "gamma 1.8");
    // A grey picture may carry a profile for colours.
    let profile = ColorProfile::new_display_p3().encode().unwrap();
    let prepared = run(tagged(&make::grey_jpeg(&flat([128; 3], 100)), &profile), &recipe(100, Crop::Upper)).unwrap();
    near(shown(&prepared), [128; 3], "grey in Display P3");
}

#[test]
fn broken_and_foreign_profiles_are_ignored_and_told() {
    let display = ColorProfile::new_display_p3().encode().unwrap();
    let mut other_space = display.clone();
    other_space[16..20].copy_from_slice(b"CMYK");
    for (what, profile) in [
        ("cut", display[..display.len() / 3].to_vec()),
        ("for other colours", other_space),
        ("nonsense", vec![7; 500]),
        ("for grey", ColorProfile::new_gray_with_gamma(1.8).encode().unwrap()),
    ] {
        let prepared = run(tagged(&make::jpeg(&flat([90, 140, 110], 300)), &profile), &recipe(100, Crop::Upper)).unwrap();
        assert!(prepared.notes.contains(&PhotoRemark::ProfileIgnored), "{what}: {prepared:?}");
        near(shown(&prepared), [90, 140, 110], what);
    }
}

/// A printer's profile made by hand: a table of the sixteen mixes of full inks, in Lab.
pub(super) fn inks_profile() -> Vec<u8> {
    let mixes: Vec<u8> = (0..16)
        .flat_map(|mix| match mix {
            0b0000 => [255, 128, 128],
            0b1000 => [150, 105, 100],
            0b0100 => [130, 190, 120],
            0b0010 => [230, 125, 200],
            _ => [40, 128, 128],
        })
        .collect();
    let straight: Vec<u8> = (0..=255).collect();
    let one = 0x0001_0000_u32.to_be_bytes();
    let none = [0; 4];
    let matrix = [one, none, none, none, one, none, none, none, one].concat();
    let table = [b"mft1\0\0\0\0\x04\x03\x02\0", &matrix[..], &straight.repeat(4), &mixes, &straight.repeat(3)].concat();
    let length = |bytes: usize| u32::try_from(bytes).unwrap().to_be_bytes();
    let mut profile = vec![0; 128];
    profile[..4].copy_from_slice(&length(128 + 16 + table.len()));
    profile[8..12].copy_from_slice(&[2, 0x40, 0, 0]);
    profile[12..24].copy_from_slice(b"prtrCMYKLab ");
    profile[36..40].copy_from_slice(b"acsp");
    profile[68..80].copy_from_slice(&[0, 0, 0xF6, 0xD6, 0, 1, 0, 0, 0, 0, 0xD3, 0x2D]);
    profile.extend([length(1).as_slice(), b"A2B0", &length(144), &length(table.len())].concat());
    profile.extend(table);
    profile
}

#[test]
fn printers_inks_are_shown_as_their_profile_says() {
    // As pure colours cyan would be 0, 255, 255; this printer's is quite another.
    for (pure, expected) in [
        ([255, 255, 255], [255, 255, 255]),
        ([0, 255, 255], [38, 154, 190]),
        ([255, 0, 255], [209, 63, 138]),
        ([255, 255, 0], [251, 227, 77]),
    ] {
        for kind in [jpeg_encoder::ColorType::Cmyk, jpeg_encoder::ColorType::CmykAsYcck] {
            let source = tagged(&make::printers(&flat(pure, 150), kind), &inks_profile());
            for crop in [Crop::Upper, Crop::Face] {
                let prepared = run(source.clone(), &recipe(100, crop)).unwrap();
                assert!(
                    prepared.notes.starts_with(&[PhotoRemark::Cmyk]) && prepared.notes.contains(&PhotoRemark::ProfileApplied)
                );
                // The first JPEG's own loss, made larger by the profile.
                within(8, shown(&prepared), expected, &format!("{pure:?} as {kind:?}"));
            }
        }
    }
}
