//! Who the words of a file's name say it is: the accounts that are called so.

use std::collections::{BTreeSet, HashMap};

use unicode_normalization::UnicodeNormalization;

use crate::mapping::plain_letters;
use crate::model::{DirectoryObject, Property};

/// Words of a name, each once.
type NameWords = BTreeSet<String>;

/// A name that an account goes by, and how far from how it is written.
#[derive(Debug)]
struct Name {
    words: NameWords,
    account: usize,
    fold: usize,
}

/// What accounts are called, by the longest word of each name.
#[derive(Debug, Default)]
pub(super) struct Names {
    by_word: HashMap<String, Vec<Name>>,
    /// All words of each account's names, without marks.
    of_account: HashMap<usize, NameWords>,
    /// All words that stand in anybody's name.
    known: BTreeSet<String>,
}

/// What a file's name says.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// Who it may be, with the words that say so.
    whom: Vec<(usize, NameWords)>,
    /// Words of it that stand in somebody's name.
    known: NameWords,
}

/// What a name says of an account that something else leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing.
    Silent,
    /// It is the one.
    Same,
    /// It is one of several people of that name.
    OneOf,
    /// It is somebody else.
    Other,
    /// It shares a word with that account's name, or none though it holds words of names.
    PartlySame,
    PartlyOther,
}

impl Names {
    /// Takes the names that a user goes by.
    pub(super) fn take(&mut self, account: usize, user: &DirectoryObject) {
        let of = |name: &str| {
            let property: Property = name.parse().ok()?;
            user.values_of(property).next()
        };
        let full = of("givenName").zip(of("surname")).map(|(first, last)| format!("{first} {last}"));
        let local = |address: &Option<String>| address.as_deref().and_then(|address| Some(address.split_once('@')?.0.to_owned()));
        let names = [user.display_name.clone(), full, local(&user.user_principal_name), local(&user.mail)];
        let mut taken: BTreeSet<NameWords> = BTreeSet::new();
        for (fold, text) in (0..FOLDS).flat_map(|fold| names.iter().flatten().map(move |name| (fold, name))) {
            let words = words(text, fold);
            let short: NameWords = words.iter().filter(|word| word.chars().count() > 1).cloned().collect();
            if fold + 1 == FOLDS {
                self.known.extend(short.iter().cloned());
                self.of_account.entry(account).or_default().extend(short.clone());
            }
            for words in [words, short.clone()] {
                if short.len() > 1 && taken.insert(words.clone()) {
                    let key = words.iter().max_by_key(|word| word.len()).cloned().unwrap_or_default();
                    self.by_word.entry(key).or_default().push(Name { words, account, fold });
                }
            }
        }
    }

    /// What a text says: the name with most words counts, and of several that which is nearest to how it is written.
    pub(super) fn said(&self, text: &str) -> Said {
        let mut best: Option<(usize, std::cmp::Reverse<usize>)> = None;
        let mut whom: Vec<(usize, NameWords)> = Vec::new();
        for fold in 0..FOLDS {
            let words = words(text, fold);
            let names = words.iter().filter_map(|word| self.by_word.get(word)).flatten();
            for name in names.filter(|name| name.words.is_subset(&words)) {
                let rank = (name.words.len(), std::cmp::Reverse(fold.max(name.fold)));
                if best.is_none_or(|best| rank > best) {
                    best = Some(rank);
                    whom.clear();
                }
                if best == Some(rank) && !whom.iter().any(|(account, _)| *account == name.account) {
                    whom.push((name.account, name.words.clone()));
                }
            }
        }
        let known = words(text, FOLDS - 1).into_iter().filter(|word| self.known.contains(word)).collect();
        Said { whom, known }
    }

    /// What was said, of an account.
    pub(super) fn verdict(&self, said: &Said, account: usize) -> Verdict {
        if let Some((_, words)) = said.whom.iter().find(|(whom, _)| *whom == account) {
            let namesakes = said.whom.iter().filter(|(_, other)| other == words).count();
            return if namesakes > 1 { Verdict::OneOf } else { Verdict::Same };
        }
        match self.of_account.get(&account) {
            _ if !said.whom.is_empty() => Verdict::Other,
            Some(own) if !said.known.is_empty() => {
                if said.known.is_disjoint(own) {
                    Verdict::PartlyOther
                } else {
                    Verdict::PartlySame
                }
            }
            _ => Verdict::Silent,
        }
    }

    /// Whether a value is no more than words of that account's name, so that a namesake could be meant as well.
    pub(super) fn is_only_name(&self, value: &str, account: usize) -> bool {
        let is_digit = |letter: char| letter.is_numeric();
        let local = value.split_once('@').map_or(value, |(local, _)| local);
        let own = self.of_account.get(&account);
        !local.contains(is_digit) && own.is_some_and(|own| words(local, FOLDS - 1).is_subset(own))
    }
}

impl Said {
    /// Those who it may be.
    pub(super) fn whom(&self) -> impl Iterator<Item = usize> {
        self.whom.iter().map(|(account, _)| *account)
    }
}

/// As it is written, without marks, and without what is written for them.
const FOLDS: usize = 3;

fn words(text: &str, fold: usize) -> NameWords {
    let text: String = text.nfc().filter(|letter| !matches!(letter, '\'' | '’')).collect::<String>().to_lowercase();
    let text = if fold > 0 { plain_letters(&text).unwrap_or(text) } else { text };
    let text =
        if fold > 1 { ["ae", "oe", "ue", "aa"].iter().fold(text, |text, pair| text.replace(pair, &pair[..1])) } else { text };
    text.split(|letter: char| !letter.is_alphabetic()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(users: &[(&str, &str)]) -> Names {
        let mut names = Names::default();
        for (at, (name, upn)) in users.iter().enumerate() {
            let user = DirectoryObject {
                display_name: Some((*name).to_owned()),
                user_principal_name: Some(format!("{upn}@contoso.com")),
                ..DirectoryObject::default()
            };
            names.take(at, &user);
        }
        names
    }

    #[test]
    fn a_name_says_who_it_is_in_any_order_and_spelling() {
        use Verdict::{OneOf, Other, PartlyOther, PartlySame, Same, Silent};
        let names = names(&[
            ("Anna Berg", "anna.berg"),
            ("Berg, Anna (Sales)", "anna.berg2"),
            ("Jürgen Müller", "juergen.mueller"),
            ("Anna Maria Berg", "amberg"),
            ("Tom O'Neil", "tom.oneil"),
            ("Jens Muller", "jens"),
        ]);
        for (text, account, wanted) in [
            ("Anna Berg", 0, OneOf),
            ("BERG_anna, Raum 12", 1, OneOf),
            ("Berg, Anna (Sales)", 1, Same),
            ("Berg, Anna (Sales)", 0, Other),
            ("Anna Maria Berg", 3, Same),
            ("Anna Maria Berg", 0, Other),
            ("Mueller Juergen", 2, Same),
            ("Jürgen Müller", 2, Same),
            ("Jurgen Muller", 2, Same),
            ("O'Neil Tom", 4, Same),
            ("Anna Berg", 2, Other),
            ("Berg 1001", 0, PartlySame),
            ("Berg 1001", 2, PartlyOther),
            ("scan 1001", 2, Silent),
        ] {
            assert_eq!(names.verdict(&names.said(text), account), wanted, "{text} {account}");
        }
    }

    #[test]
    fn a_value_that_is_only_a_name_is_told_from_one_that_is_more() {
        let names = names(&[("Anna Berg", "anna.berg"), ("Anna Berg", "anna.berg2")]);
        for (value, wanted) in [("anna.berg@contoso.com", true), ("Anna Berg", true), ("anna.berg2", false), ("aberg", false)] {
            assert_eq!(names.is_only_name(value, 0), wanted, "{value}");
        }
    }
}
