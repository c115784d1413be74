//! Headers of columns that name somebody else than whom a row is about: a manager, a deputy, a former number.

/// Parts of words that no header of a person's own column has.
const PARTS: [&str; 52] = [
    "manager",
    "supervis",
    "superior",
    "vorgesetz",
    "leiter",
    "leitung",
    "assist",
    "sekret",
    "secret",
    "vertret",
    "deputy",
    "delegat",
    "substitut",
    "hrpartner",
    "hrbusinesspartner",
    "hrbp",
    "personalbetreu",
    "personalreferent",
    "mentor",
    "approv",
    "genehmig",
    "freigeb",
    "notfall",
    "emergency",
    "responsab",
    "supérieur",
    "hiérarch",
    "remplaç",
    "suppléant",
    "adjoint",
    "gerente",
    "suplente",
    "sostitut",
    "leidinggevende",
    "vervanger",
    "stedfortræder",
    "stedfortreder",
    "ställföreträd",
    "przełożon",
    "kierownik",
    "nadřízen",
    "zástup",
    "esimies",
    "sijainen",
    "felettes",
    "helyettes",
    "yönetici",
    "руковод",
    "начальник",
    "заместит",
    "ehemal",
    "reportsto",
];
/// Words that stand alone in such a header.
const WORDS: [&str; 33] = [
    "mgr",
    "boss",
    "chef",
    "chefin",
    "chefe",
    "jefe",
    "jefa",
    "capo",
    "leder",
    "lead",
    "leader",
    "head",
    "gestor",
    "buddy",
    "sponsor",
    "backup",
    "direttore",
    "old",
    "former",
    "formerly",
    "previous",
    "prior",
    "alt",
    "alte",
    "alter",
    "altes",
    "bisherige",
    "frühere",
    "ancien",
    "ancienne",
    "vorige",
    "anterior",
    "ex",
];
/// The same where words are not set apart.
const SIGNS: [&str; 6] = ["上司", "上级", "上級", "主管", "经理", "代理"];

/// Whether a column of this header names somebody else.
pub(super) fn is_others(header: &str) -> bool {
    let header = header.to_lowercase();
    let joined: String = header.chars().filter(|letter| letter.is_alphanumeric()).collect();
    let mut words = header.split(|letter: char| !letter.is_alphanumeric());
    PARTS.iter().chain(&SIGNS).any(|part| joined.contains(part)) || words.any(|word| WORDS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_else_is_told_from_oneself() {
        for header in [
            "Manager mail",
            "managerUPN",
            "LineManager",
            "Vorgesetzter",
            "Vorgesetzte/r E-Mail",
            "Abteilungsleiter",
            "Assistant",
            "Stellvertretung",
            "Deputy",
            "HR partner",
            "HR-Business-Partner",
            "Supérieur hiérarchique",
            "Jefe directo",
            "Närmaste chef",
            "Przełożony",
            "上司メール",
            "Reports To",
            "Alte Personalnummer",
            "Former employee ID",
            "Руководитель",
        ] {
            assert!(is_others(header), "{header}");
        }
        for header in [
            "UPN",
            "E-Mail",
            "Mail",
            "Personalnummer",
            "Mitgliedernummer",
            "Mitarbeiter",
            "Name",
            "Login",
            "Account",
            "Gesellschafter",
            "Geschäftspartnernummer",
            "employeeId",
            "Matricule",
            "Nombre",
            "Anzeigename",
            "Text",
            "Foto",
            "Gehalt",
            "Goldnr",
            "Headshot",
        ] {
            assert!(!is_others(header), "{header}");
        }
    }
}
