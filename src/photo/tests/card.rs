//! A test card whose colour at any place is known, whatever its size: four colours in the corners, waves between them.
#![expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "colours")]

use super::Prepared;
use super::make::{BLUE, GREEN, RED, YELLOW};

/// The colour at `u`, `v`, from 0, 0 at the top left to 1, 1.
pub(super) fn colour(u: f64, v: f64) -> [u8; 3] {
    let waves = [(2.5 * u, 0.0), (2.2 * v, 0.3), (1.1 * (u + v), 0.6)]
        .map(|(at, phase): (f64, f64)| ((at + phase) * std::f64::consts::TAU).sin());
    std::array::from_fn(|index| {
        let [red, green, blue, yellow] = [RED, GREEN, BLUE, YELLOW].map(|corner| f64::from(corner[index]));
        let between = (red * (1.0 - u) + green * u) * (1.0 - v) + (blue * (1.0 - u) + yellow * u) * v;
        (between + 20.0 * waves[index]).clamp(0.0, 255.0).round() as u8
    })
}

/// The colour of a pixel.
pub(super) fn pixel(x: usize, y: usize, width: usize, height: usize) -> [u8; 3] {
    let middle = |at: usize, side: usize| (f64::from(u32::try_from(at).unwrap()) + 0.5) / f64::from(u32::try_from(side).unwrap());
    colour(middle(x, width), middle(y, height))
}

/// The brightness of a colour.
pub(super) fn grey([red, green, blue]: [u8; 3]) -> u8 {
    (0.299 * f64::from(red) + 0.587 * f64::from(green) + 0.114 * f64::from(blue)).round() as u8
}

/// Where the place that a person sees is stored, by Exif's table.
pub(super) fn stored(orientation: u8, u: f64, v: f64) -> (f64, f64) {
    match orientation {
        2 => (1.0 - u, v),
        3 => (1.0 - u, 1.0 - v),
        4 => (u, 1.0 - v),
        5 => (v, u),
        6 => (v, 1.0 - u),
        7 => (1.0 - v, 1.0 - u),
        8 => (1.0 - v, u),
        _ => (u, v),
    }
}

/// What is wrong with the picture that came of a card, if anything is.
pub(super) fn fault(prepared: &Prepared, orientation: u8, shown: &dyn Fn([u8; 3]) -> [u8; 3]) -> Option<String> {
    fault_at(prepared, orientation, &|colour, _, _| shown(colour))
}

/// The same, where what is shown depends on the place in the stored picture, too.
pub(super) fn fault_at(prepared: &Prepared, orientation: u8, shown: Shown<'_>) -> Option<String> {
    match image::load_from_memory(&prepared.jpeg) {
        Ok(seen) => fault_in(&seen.into_rgb8(), orientation, shown),
        Err(_) => Some("no decoder can read what came out".to_owned()),
    }
}

/// What is shown of a colour of the card, and where on it that is.
pub(super) type Shown<'a> = &'a dyn Fn([u8; 3], f64, f64) -> [u8; 3];

pub(super) fn fault_in(seen: &image::RgbImage, orientation: u8, shown: Shown<'_>) -> Option<String> {
    const FAR: i32 = 30;
    const FAR_ON_AVERAGE: f64 = 5.0;
    let (average, worst) = far(seen, orientation, shown);
    (worst > FAR || average > FAR_ON_AVERAGE).then(|| format!("{average:.1} off on average, {worst} at most"))
}

/// How far from what should be shown a picture is, on average and at most.
pub(super) fn far(seen: &image::RgbImage, orientation: u8, shown: Shown<'_>) -> (f64, i32) {
    let (mut sum, mut worst) = (0.0, 0);
    for (x, y, pixel) in seen.enumerate_pixels() {
        let (u, v) = ((f64::from(x) + 0.5) / f64::from(seen.width()), (f64::from(y) + 0.5) / f64::from(seen.height()));
        let (u, v) = stored(orientation, u, v);
        for (one, other) in pixel.0.into_iter().zip(shown(colour(u, v), u, v)) {
            let far = (i32::from(one) - i32::from(other)).abs();
            worst = worst.max(far);
            sum += f64::from(far);
        }
    }
    (sum / f64::from(seen.width() * seen.height() * 3), worst)
}

/// What a row of the stored picture has at a place from 0 to 1.
pub(super) fn at(v: f64, rows: usize, value: impl Fn(usize) -> u8) -> u8 {
    value(((v * f64::from(u32::try_from(rows).unwrap())) as usize).min(rows - 1))
}
