//! Names that cameras, phones and scanners give: `IMG_1042`, `DSCF1234`, `WhatsApp Image 2023-…`. Their numbers count
//! pictures, not people.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::ending;

/// Names wherever they stand in a file's name, at the beginning of a word; case is ignored, except in `(?-i:…)`.
const ANYWHERE: [&str; 23] = [
    r"(?:MV|FB_)?IMG[ _-]*E?\d{3,}(?:[_-](?:WA)?\d+)*",
    r"_?MG_\d{4}",
    // Canon's later bodies, Nikon's with letters of the photographer's choice, Sony's, Ricoh's and Leica's.
    r"(?-i:[0-9A-Z]{2}\dA\d{4})(?:[^0-9A-Z]|$)",
    r"(?-i:_[A-Z]\d[0-9A-Z]\d{4})(?:[^0-9A-Z]|$)",
    r"(?-i:A7[CMRS]\d{5})(?:[^0-9A-Z]|$)",
    r"(?-i:R00\d{5}|L10\d{5})(?:[^0-9A-Z]|$)",
    r"DSC[FNIKA]?[ _-]*\d{3,}",
    r"P[1-9A-C](?:0[1-9]|[12]\d|3[01])\d{4}(?:[^0-9A-Z]|$)",
    r"PXL[ _-]?\d{4,}(?:_\d+)*",
    r"WhatsApp[ _-]*(?:Image|Bild|Photo|Foto|Video)?[ _-]*\d.*",
    r"(?:Screen[ _-]?shot|Screen[ _-]?cap(?:ture)?|Bildschirmfoto|Schermafbeelding|Capture d.[ée]cran|Captura)[^0-9]{0,24}\d.*",
    r"GOPR\d{4}",
    r"(?-i:G[HXPLSB]\d{6})",
    r"DJI[ _-]\d{3,}(?:_\d+)*",
    r"(?-i:SAM_\d{4})",
    r"(?:CIMG|PICT|IMGP|IMAG|KIMG|HPIM|SANY|FILE|DSCI)_?\d{3,}",
    r"(?-i:DCP|CRW|ST[ABC]|MVI|LRM)_\d{4,}",
    r"(?-i:MAH\d{5}|SDC1\d{4}|DCAM\d{4}|PIC\d{5})",
    r"(?:VID|MOV|PANO|BURST|HDR|PORTRAIT)[_-]?\d{4,}(?:_\d+)*",
    r"WIN_\d{8}.*",
    r"(?:Snapchat|Signal|Telegram|Snapseed|Resized|Polish|Photoroom|LINE_ALBUM|CYMERA|B612)[ _-]\d.*",
    r"(?:mmexport|wx_camera_|received_|inbound|FB_)\d{6,}",
    r"(?:Camera|Kamera)[ _-]*\d{3,}.*",
];

/// Names as a whole, without the ending. A plain word with a number may be HR's own (`Photo_1042`), so it takes a date.
const ALONE: [&str; 4] = [
    r"(?:Scan|Scanned|Image|Img|Picture|Pic)[ _-]*\(?\d{1,8}\)?",
    r"(?:Photo|Foto|Bild|Picture|Image|Scan|Scanned|Portrait|Selfie)[ _-]*(?:19|20)\d\d[-_.]?[01]\d[-_.]?[0-3]\d(?:[^0-9A-Z].*)?",
    r"(?:Photo|Foto|Bild|Picture|Image|Scan|Scanned|Portrait|Selfie)[ _-]*[0-3]?\d[-_.][01]?\d[-_.](?:19|20)\d\d(?:[^0-9A-Z].*)?",
    // A day and a time of it.
    r"(?:19|20)\d\d[-_.]?(?:0[1-9]|1[0-2])[-_.]?(?:0[1-9]|[12]\d|3[01])[ _T-]?(?:[01]\d|2[0-3])[-_.h:]?[0-5]\d[-_.m:]?[0-5]\d",
];

/// Names for a rule to be tried with.
const SAMPLES: [&str; 24] = [
    "IMG_1042",
    "IMG_10421",
    "IMG_104213",
    "IMG_E1042",
    "IMG-20230114-WA0001",
    "IMG_20230114_104213",
    "MVIMG_20230114_104213",
    "DSC_2042",
    "DSC02042",
    "DSCF1234",
    "DSCN1234",
    "P1010042",
    "PXL_20230114_104213042",
    "WhatsApp Image 2023-01-14 at 10.42.13",
    "Screenshot_20230114-104213",
    "_MG_1234",
    "SAM_1234",
    "CIMG1234",
    "GOPR1234",
    "DJI_0001",
    "Photo 2023-01-14",
    "Scan_0001",
    "image0001",
    "20230114_104213",
];

/// A fault in it would let every camera pass; a test sees to it that there is none.
static NAMES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let (anywhere, alone) = (ANYWHERE.join("|"), ALONE.join("|"));
    // Copies are numbered behind the name.
    Regex::new(&format!(r"(?i)(?:^|[^0-9a-z])(?:{anywhere})|^(?:{alone})(?:[ _-]*\(\d+\)|[_-]\d{{1,3}})*$")).ok()
});

/// Where the name that a camera gave stands in the name of a file, if there is one.
pub(crate) fn camera_name(name: &str) -> Option<Range<usize>> {
    Counter::of(name).map(|found| found.0)
}

/// A camera's name in a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Counter(Range<usize>);

impl Counter {
    /// The camera's name in the last part of a path, if there is one.
    pub(super) fn of(path: &str) -> Option<Self> {
        let start = path.rfind('/').map_or(0, |slash| slash + 1);
        let end = ending::of(path)
            .filter(|ending| ending::is_picture(&path[ending.clone()]))
            .map_or(path.len(), |ending| ending.start - 1);
        let name = path.get(start..end)?;
        let found = NAMES.as_ref()?.find(name)?;
        let text = found.as_str();
        let (lead, tail) = (text.trim_start_matches(separates), text.trim_end_matches(separates));
        let from = start + found.start() + (text.len() - lead.len());
        Some(Self(from..(start + found.start() + tail.len()).max(from)))
    }

    /// The name itself.
    pub(super) fn text<'p>(&self, path: &'p str) -> &'p str {
        path.get(self.0.clone()).unwrap_or_default()
    }

    /// The same path with other digits in the name.
    pub(super) fn with_other_digits(&self, path: &str) -> String {
        self.with(path, |letter| letter.to_digit(10).and_then(|digit| char::from_digit((digit + 1) % 10, 10)))
    }

    /// The same path with other letters in the name, each of its case; none if it holds none.
    pub(super) fn with_other_letters(&self, path: &str) -> Option<String> {
        self.text(path).contains(|letter: char| letter.is_ascii_alphabetic()).then(|| {
            self.with(path, |letter| {
                // Behind the ten digits come 26 letters.
                let place = letter.to_digit(36).filter(|_| letter.is_ascii_alphabetic())?;
                let other = char::from_digit(10 + (place + 3) % 26, 36)?;
                Some(if letter.is_ascii_uppercase() { other.to_ascii_uppercase() } else { other })
            })
        })
    }

    fn with(&self, path: &str, other: impl Fn(char) -> Option<char>) -> String {
        let (before, after) = (path.get(..self.0.start).unwrap_or_default(), path.get(self.0.end..).unwrap_or_default());
        let turned = self.text(path).chars().map(|letter| other(letter).unwrap_or(letter));
        before.chars().chain(turned).chain(after.chars()).collect()
    }
}

fn separates(letter: char) -> bool {
    !letter.is_alphanumeric()
}

/// Names that cameras give, each with several endings, in this folder (with its `/`).
pub(super) fn samples(folder: &str) -> impl Iterator<Item = (&'static str, String)> {
    let endings = ["jpg", "JPG", "jpeg", "png", "heic"];
    SAMPLES.into_iter().flat_map(move |name| endings.map(|ending| (name, format!("{folder}{name}.{ending}"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str) -> Option<String> {
        Counter::of(path).map(|counter| counter.text(path).to_owned())
    }

    #[test]
    fn cameras_are_known_by_the_names_they_give() {
        assert!(NAMES.is_some());
        for name in SAMPLES {
            for path in [format!("{name}.jpg"), format!("Sales/2023/{name}.JPG"), name.to_owned(), format!("{name} (1).jpeg")] {
                assert!(found(&path).is_some(), "{path}");
            }
        }
        for name in [
            "img_1042",
            "dsc_2042",
            "dscf1234",
            "IMG 104212 (final)",
            "IMG_1042_Anna Berg",
            "Anna Berg IMG_1042",
            "_DSC1234",
            "IMG_20230114_104213_1",
            "PANO_20230114_104213",
            "Scan 0001",
            "Scan0001",
            "Image (12)",
            "Picture 001",
            "PHOTO-2023-01-14-10-42-13",
            "photo_2023-01-14_10-42-13",
            "Foto 14.01.2023",
            "FB_IMG_1673689333000",
            "received_1673689333000",
            "Bildschirmfoto 2023-01-14 um 10.42.13",
            "Screen Shot 2023-01-14 at 10.42.13",
            "signal-2023-01-14-104213",
            "2023-01-14 10.42.13",
            "20230114_104213_001",
            "WIN_20230114_10_42_13_Pro",
            "GX010042",
        ] {
            assert!(found(&format!("{name}.jpg")).is_some(), "{name}");
        }
    }

    #[test]
    fn people_are_no_cameras() {
        for name in [
            "1042",
            "001042",
            "E-0042",
            "anna.berg",
            "anna@contoso.com",
            "Photo_1042",
            "Photo_1042_Anna Berg",
            "berg-anna-0042",
            "0042_anna.berg",
            "2024-01-31_0042",
            "20240131 0042",
            "Sam_1042",
            "Sam Fisher 1042",
            "P9876543",
            "P1042",
            "Pimg1042x",
            "Dscott_1042",
            "Marimg 1042",
            "12345678-90ab-cdef-1234-567890abcdef",
            "Filep 1042",
            "DJ Indigo 1042",
        ] {
            assert_eq!(found(&format!("{name}.jpg")), None, "{name}");
        }
    }

    #[test]
    fn letters_and_digits_change_in_the_name_alone() {
        let path = "IMG_7/0042 IMG_1049.jpg";
        let counter = Counter::of(path).unwrap();
        assert_eq!(counter.with_other_digits(path), "IMG_7/0042 IMG_2150.jpg");
        assert_eq!(counter.with_other_letters(path).unwrap(), "IMG_7/0042 VZT_1049.jpg");
        let path = "20230114_104213.jpg";
        assert_eq!(Counter::of(path).unwrap().with_other_letters(path), None);
    }
}
