//! Rules that never get a turn: for every path one can claim, the same earlier rule already does.
//!
//! Found with witnesses: paths of the later rule's form, filled with whatever could make a difference to an earlier
//! one. One witness that the earlier rule leaves is enough to acquit it, so a doubt is never a fault.

use super::ending;
use super::template::{Piece, Template};
use crate::model::SourcePath;
use crate::photo::picture_extensions;

/// Fillings for an open part that tell most expressions apart: lengths, scripts, classes, separators.
const SAMPLES: [&str; 19] = [
    "a",
    "7",
    "A",
    "a.b",
    "0",
    "0042",
    "a b",
    "a_b-c",
    "anna.berg@contoso.com",
    "12345678-90ab-cdef-1234-567890abcdef",
    "é",
    "中🙂ßØ",
    "abcdefghijklmnopqrstuvwxyz",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "0123456789",
    "!\"#$%&'()*+,-.:;<=>?@[\\]^_`{|}~",
    "a.jpg",
    "b.png.b",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
];

/// A few paths of a template's form: most earlier rules leave one of them.
pub(super) fn few_witnesses(template: &Template, ignore_case: bool) -> Vec<String> {
    fill(template, ignore_case, &SAMPLES.map(str::to_owned))
}

/// Many paths of a template's form, for a rule that left none of the few. `hints` are texts that matter to that rule:
/// its literals and what its filters look for.
pub(super) fn many_witnesses(template: &Template, ignore_case: bool, hints: &[String]) -> Vec<String> {
    let letters = ('!'..='~').filter(|letter| *letter != '/').map(String::from);
    let around = |text: String| [format!("q{text}"), format!("{text}q"), format!("q{text}q"), text];
    let samples: Vec<String> =
        SAMPLES.map(str::to_owned).into_iter().chain(letters.chain(hints.iter().cloned()).flat_map(around)).collect();
    fill(template, ignore_case, &samples)
}

fn fill(template: &Template, ignore_case: bool, samples: &[String]) -> Vec<String> {
    let mut paths = Vec::new();
    let endings: Vec<&str> = picture_extensions().collect();
    for case in [Case::Written, Case::Upper, Case::Lower, Case::Mixed] {
        let shape = Shape { template, ignore_case, case };
        let few = if case == Case::Written { samples.len() } else { 3 };
        for depths in 0..shape.depths() {
            for (sample, ending) in samples.iter().take(few).zip(endings.iter().cycle()) {
                paths.push(shape.fill(depths, ending, |_| sample));
                for open in 0..template.pieces.len() {
                    paths.push(shape.fill(depths, ending, |at| if at == open { sample } else { "a" }));
                }
            }
            paths.extend(endings.iter().map(|ending| shape.fill(depths, ending, |_| "a")));
            // Where nothing may stand, nothing does; elsewhere the later rule itself claims no such path.
            paths.push(shape.fill(depths, "jpg", |_| ""));
            paths
                .extend((0..template.pieces.len()).map(|open| shape.fill(depths, "jpg", |at| if at == open { "" } else { "a" })));
        }
    }
    paths.sort_unstable();
    paths.dedup();
    paths.retain(|path| SourcePath::new(path).is_ok());
    // Short ones first: they acquit soonest.
    paths.sort_by_key(String::len);
    paths
}

/// The literal texts of a template, by segment.
pub(super) fn literals(template: &Template) -> impl Iterator<Item = String> {
    let text = |piece: &Piece| if let Piece::Text(text) = piece { Some(text.clone()) } else { None };
    let texts: Vec<String> = template.pieces.iter().filter_map(text).collect();
    texts.into_iter().flat_map(|text| text.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    Written,
    Upper,
    Lower,
    Mixed,
}

struct Shape<'t> {
    template: &'t Template,
    ignore_case: bool,
    case: Case,
}

impl Shape<'_> {
    /// How many ways there are to put 0, 1 or 2 folders where any number may stand; the fourth such place and what
    /// follows go with the third.
    fn depths(&self) -> usize {
        let anywhere = |piece: &&Piece| matches!(piece, Piece::Folders | Piece::Tree);
        [1, 3, 9, 27][self.template.pieces.iter().filter(anywhere).count().min(3)]
    }

    /// A path with `sample(position)` in each open part, this ending where that of any picture may stand, and folders in
    /// the way that `depths` counts.
    fn fill<'s>(&self, depths: usize, ending: &str, sample: impl Fn(usize) -> &'s str) -> String {
        let mut path = String::new();
        let mut rests = [depths, depths / 3, depths / 9].into_iter();
        let mut depth = || rests.next().unwrap_or(depths / 9) % 3;
        for (at, piece) in self.template.pieces.iter().enumerate() {
            let sample = sample(at);
            match piece {
                Piece::Text(text) if self.ignore_case || at >= self.template.extension => path.push_str(&self.cased(text)),
                Piece::Text(text) => path.push_str(text),
                // A sample may be an ending that an earlier rule spells.
                Piece::Placeholder(_) | Piece::Any if self.is_ending(at, piece) => {
                    path.push_str(if ending::is_picture(sample) { sample } else { ending });
                }
                Piece::Any if at >= self.template.extension => path.push_str(&sample.replace('.', "q")),
                Piece::Placeholder(_) | Piece::Any => path.push_str(sample),
                Piece::One => path.extend(sample.chars().next_back().or(Some('a'))),
                Piece::Folders => path.extend(std::iter::repeat_n([sample, "/"], depth()).flatten()),
                Piece::Tree => {
                    path.extend(std::iter::repeat_n([sample, "/"], depth()).flatten());
                    path.push_str(sample);
                }
            }
        }
        path
    }

    /// Whether this part takes the ending of a picture.
    fn is_ending(&self, at: usize, piece: &Piece) -> bool {
        match piece {
            Piece::Placeholder(name) => name == "ext",
            _ => self.template.is_extension(at),
        }
    }

    fn cased(&self, text: &str) -> String {
        match self.case {
            Case::Written => text.to_owned(),
            Case::Upper => text.to_uppercase(),
            Case::Lower => text.to_lowercase(),
            Case::Mixed => {
                let turn = |(at, letter): (usize, char)| if at % 2 == 0 { letter.to_ascii_uppercase() } else { letter };
                text.to_lowercase().chars().enumerate().map(turn).collect()
            }
        }
    }
}
