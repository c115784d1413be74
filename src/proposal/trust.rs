//! Which suggestions can be trusted: what the names in the files say of those whom a rule leads to, and whether it finds more
//! than chance would.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use super::found::{Doubt, Why};
use super::judge::{Claim, Counted, Judge, JudgedFile};
use super::words::is_number;
use crate::mapping::Rules;
use crate::model::Property;

/// Of so many files whose names agree, one may say something else: people marry, and files keep their names.
const STALE: usize = 20;
/// So many finds are more than a handful.
const HANDFUL: usize = 5;
/// So many times what chance would find is no chance.
const CHANCE: f64 = 3.0;

/// What the claims of a suggestion come to.
#[derive(Clone, Copy, Default)]
struct Tally {
    /// Files whose name says the same.
    agreed: usize,
    /// Those of them that hold the whole name.
    named: usize,
    /// Files whose name says somebody else.
    against: usize,
    /// Files that lead to one of several.
    one_of: usize,
}

impl Tally {
    fn of(counted: &Counted, files: &[&JudgedFile<'_>], judge: &Judge<'_>) -> Self {
        let mut tally = Self::default();
        for (claim, judged) in counted.claims.iter().zip(files) {
            tally.take(*claim, judged, judge);
        }
        tally
    }

    fn take(&mut self, claim: Claim, judged: &JudgedFile<'_>, judge: &Judge<'_>) {
        match claim {
            Claim::Found(whom) => {
                self.agreed += usize::from(judge.agrees(judged, whom));
                self.named += usize::from(Judge::names(judged, whom));
            }
            Claim::Against(_) => self.against += 1,
            Claim::OneOf(_) => self.one_of += 1,
            _ => {}
        }
    }

    /// Why this is not to be proposed.
    fn why(self, is_number: bool) -> Option<Why> {
        let stale = if is_number { self.agreed / STALE } else { 0 };
        match self {
            _ if self.against > stale && is_number && self.agreed >= self.against => Some(Why::Mixed),
            _ if self.against > stale => Some(Why::Others),
            _ if self.one_of > 0 => Some(Why::Namesakes),
            _ => None,
        }
    }
}

/// Those that can be trusted, and what speaks against the others, those of most files first.
pub(super) fn sorted_out(counted: Vec<Counted>, files: &[&JudgedFile<'_>], judge: &Judge<'_>) -> (Vec<Counted>, Vec<Doubt>) {
    if judge.people.is_none() {
        return (counted, Vec::new());
    }
    let (mut trusted, mut doubts): (Vec<Counted>, Vec<Doubt>) = Default::default();
    // Where names and numbers disagree and neither is plainly right, nobody but a person can say whose such a file is.
    let mut disputed: Vec<usize> = Vec::new();
    // Numbers among other words that no whole name speaks for: a first name alone is shared by many.
    let mut unproven: Vec<(usize, Vec<usize>)> = Vec::new();
    for mut one in counted {
        settle_spelled(&mut one, files, judge);
        let is_number = one.suggestion.spec.target.property == Property::EmployeeId;
        if is_number && is_chance(&one, files, judge) {
            continue;
        }
        let tally = Tally::of(&one, files, judge);
        match tally.why(is_number) {
            None => {
                let led = led(&one);
                if is_number && tally.named * 2 < led.len() && !is_whole(&one, files) {
                    unproven.push((trusted.len(), led));
                }
                trusted.push(one);
            }
            Some(why) => {
                if why == Why::Mixed {
                    disputed.extend(in_dispute(&one, files, judge));
                }
                doubts.extend(doubt(&one, why, tally, files, judge));
            }
        }
    }
    let is_refuted = |doubt: &&Doubt| doubt.why == Why::Others && doubt.spec.target.property == Property::EmployeeId;
    let refuted: HashSet<usize> = doubts.iter().filter(is_refuted).flat_map(|doubt| doubt.files.iter().copied()).collect();
    let is_unproven =
        |at: usize| unproven.iter().any(|(place, led)| *place == at && led.iter().any(|file| refuted.contains(file)));
    let mut at = 0;
    trusted.retain(|one| {
        at += 1;
        !is_unproven(at - 1) && disputed.iter().all(|file| one.claims[*file] == Claim::NotTaken)
    });
    doubts.sort_by_key(|doubt| (doubt.why != Why::Mixed, Reverse(doubt.files.len())));
    doubts.dedup_by_key(|doubt| doubt.why);
    (trusted, doubts)
}

/// Where the files are called as accounts are, so that namesakes are told apart, a name that is spelled like an account is one.
fn settle_spelled(one: &mut Counted, files: &[&JudgedFile<'_>], judge: &Judge<'_>) {
    let is_literal = !one.suggestion.spec.target.value.contains('|') && one.suggestion.names == 1;
    let is_account = one.suggestion.spec.target.property != Property::DisplayName;
    let tells_apart =
        |(claim, judged): (&Claim, &&JudgedFile<'_>)| matches!(claim, Claim::Found(whom) if judge.has_namesakes(judged, *whom));
    if is_literal && is_account && one.claims.iter().zip(files).any(tells_apart) {
        for claim in &mut one.claims {
            if let Claim::OneOf(whom) = *claim {
                *claim = Claim::Found(whom);
            }
        }
    }
}

/// Whether a rule by numbers finds no more than digits by chance would, or few of what it takes.
fn is_chance(one: &Counted, files: &[&JudgedFile<'_>], judge: &Judge<'_>) -> bool {
    let Ok(rules) = Rules::compile(std::slice::from_ref(&one.suggestion.spec)) else { return true };
    let (mut numbers, mut found, mut whole, mut expected) = (0_usize, 0_usize, true, 0.0);
    for (claim, judged) in one.claims.iter().zip(files).filter(|(claim, _)| **claim != Claim::NotTaken) {
        let Some(Ok(reference)) = rules.find(&judged.file.path).map(|found| found.map(|found| found.reference)) else { continue };
        if is_number(&reference.value) {
            numbers += 1;
            found += usize::from(*claim != Claim::Missed);
            whole &= *judged.file.stem == *reference.value;
            expected += judge.people.map_or(0.0, |people| people.share_of_numbers(reference.value.len()));
        }
    }
    let most = found * 10 >= numbers * 9;
    // Of a few files, those must be most that there are.
    let is_enough = found >= HANDFUL || most && found * 2 >= files.len();
    let is_fair = if whole { found * 5 >= numbers } else { found * 2 >= numbers && is_enough };
    #[allow(clippy::cast_precision_loss, reason = "files of a sample")]
    let is_more = most || found as f64 > CHANCE * expected;
    !(is_fair && is_more)
}

/// The files that it leads to somebody, but for folders in which the names say the same for most, and never anything else.
fn in_dispute(one: &Counted, files: &[&JudgedFile<'_>], judge: &Judge<'_>) -> Vec<usize> {
    let mut folders: HashMap<&str, (Tally, Vec<usize>)> = HashMap::new();
    for at in led(one) {
        let (tally, own) = folders.entry(&files[at].file.folder).or_default();
        tally.take(one.claims[at], files[at], judge);
        own.push(at);
    }
    let is_agreed = |tally: Tally, own: &[usize]| tally.against + tally.one_of == 0 && tally.agreed * 2 > own.len();
    folders.into_values().filter(|(tally, own)| !is_agreed(*tally, own)).flat_map(|(_, own)| own).collect()
}

/// The files that it leads to somebody.
fn led(one: &Counted) -> Vec<usize> {
    let leads = |claim: &Claim| matches!(claim, Claim::Found(_) | Claim::OneOf(_) | Claim::Against(_));
    (0..one.claims.len()).filter(|file| leads(&one.claims[*file])).collect()
}

/// Whether the numbers stand alone in the names of the files.
fn is_whole(one: &Counted, files: &[&JudgedFile<'_>]) -> bool {
    led(one).into_iter().all(|file| is_number(&files[file].file.stem))
}

/// What is told of it.
fn doubt(one: &Counted, why: Why, tally: Tally, files: &[&JudgedFile<'_>], judge: &Judge<'_>) -> Option<Doubt> {
    let people = judge.people?;
    let speaks = |claim: &Claim| match claim {
        Claim::OneOf(whom) if why == Why::Namesakes => Some(*whom),
        Claim::Against(whom) if why != Why::Namesakes => Some(*whom),
        _ => None,
    };
    let (judged, whom) = files.iter().zip(&one.claims).find_map(|(judged, claim)| Some((judged, speaks(claim)?)))?;
    Some(Doubt {
        spec: one.suggestion.spec.clone(),
        why,
        path: judged.file.path.to_string(),
        whom: people.shown(whom).to_owned(),
        named: judged.said.whom().map(|whom| people.shown(whom).to_owned()).collect(),
        against: if why == Why::Namesakes { tally.one_of } else { tally.against },
        agreed: tally.agreed,
        files: led(one),
    })
}
