use super::*;
use crate::model::Actor;

/// A key that one language lacks, has too much, or fills in otherwise fails here.
#[test]
fn every_language_has_every_text_and_no_other() {
    let mut words = Language::English.words();
    let english = words.clone();
    Texts::take(&mut words);
    assert!(words.is_empty(), "no page shows {words:?}");
    for language in Language::ALL {
        let words = language.words();
        assert_eq!(words.keys().collect::<Vec<_>>(), english.keys().collect::<Vec<_>>(), "{language}");
        for (key, text) in &words {
            assert_eq!(check(key, text), Ok(()), "{language}: {key}");
            assert!(!text.is_empty() && text.trim() == text, "{language}: {key}: {text:?}");
        }
        assert_eq!(words["language"], language.as_str());
    }
    assert!(english.len() > 130, "{}", english.len());
    let same: Vec<_> = Language::German.words().into_iter().filter(|(key, text)| english.get(key) == Some(text)).collect();
    let same: Vec<&str> = same.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(same, ["direction", "teams"], "not translated");
}

#[test]
fn advice_to_hr_names_no_setting_and_no_command() {
    let settings = ["mapping.", "source.", "photo.", "scope.", "graph.", "report.", "drift.", "`", "photosyncd"];
    for language in Language::ALL {
        let texts = Texts::new(*language, BTreeMap::new());
        for reason in Reason::ALL {
            let (meaning, cure) = texts.reason(*reason);
            let inner = settings.iter().find(|word| meaning.contains(*word) || cure.contains(*word));
            assert!(inner.is_none() || reason.actor() == Actor::Administrator, "{language}: {reason}: {cure}");
        }
    }
}

#[test]
fn texts_are_filled_in_and_numbers_written_as_people_write_them() {
    let german = Texts::new(Language::German, BTreeMap::new());
    assert_eq!(german.count(&german.verdict_all, 1), "Das eine Foto ist in Microsoft 365 aktuell.");
    assert_eq!(german.count(&german.verdict_all, 12_345), "Alle 12.345 Fotos sind in Microsoft 365 aktuell.");
    assert_eq!(fill("{a} of {b}{", &[("a", &1), ("b", &"{a}")]), "1 of {a}{", "a value is not filled in again");
    let french = BTreeMap::from([("title".to_owned(), "Photos".to_owned()), ("thousands".to_owned(), "\u{202f}".to_owned())]);
    let french = Texts::new(Language::English, french);
    assert_eq!((&*french.title, &*french.number(1_000_000_u64)), ("Photos", "1\u{202f}000\u{202f}000"));
    assert_eq!(french.nothing, "Nothing.", "what a file leaves out stays as it is");
}

#[test]
fn a_text_that_does_not_fit_its_place_is_named() {
    for (key, text, fault) in [
        ("titel", "x", "unknown key"),
        ("show_all", "Tout afficher", "{n} is missing"),
        ("show_all", "Tout {n} {m}", "{m} is not filled in here"),
        ("verdict_all.other", "Toutes", "{n} is missing"),
        ("direction", "up", "give ltr (left to right) or rtl (right to left)"),
        ("csv_separator", "|", "give a comma, a semicolon or \"\\t\" (a tab)"),
        ("date", "%E", "is not a format of dates; write for example \"%d.%m.%Y, %H:%M\""),
        ("language", "français", "is not the code of a language; write for example fr or pt-BR"),
        ("thousands", "''''", "give one character, or none (\"\")"),
    ] {
        assert_eq!(check(key, text), Err(fault.to_owned()), "{key}: {text}");
    }
    assert_eq!(check("verdict_all.one", "La photo est à jour."), Ok(()));
}
