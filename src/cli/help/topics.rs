//! What there is to read.

/// A page of the reference.
pub(crate) struct Topic {
    /// Its name after `photosyncd help`.
    pub(crate) name: &'static str,
    /// The name of its manual page.
    pub(crate) page: &'static str,
    /// The section of the manual that it belongs to.
    pub(crate) section: &'static str,
    /// Markdown: headings, paragraphs, lists and code. An item that begins with code or bold text, up to the first colon,
    /// defines that.
    pub(crate) text: &'static str,
}

impl Topic {
    const fn new(name: &'static str, page: &'static str, section: &'static str, text: &'static str) -> Self {
        Self { name, page, section, text }
    }

    /// By its name, or by that of its manual page, in any case.
    pub(super) fn find(word: &str) -> Option<&'static Self> {
        let word = word.to_lowercase();
        TOPICS.iter().find(|topic| {
            let with_section = format!("{}({})", topic.page, topic.section);
            word == topic.name || word == topic.page || word == with_section
        })
    }
}

/// Every page there is, in the order to read them.
pub(crate) const TOPICS: &[Topic] = &[
    Topic::new("commands", "photosyncd", "1", include_str!("commands.md")),
    Topic::new("config", "photosyncd.yaml", "5", include_str!("config.md")),
    Topic::new("mapping", "photosyncd-mapping", "7", include_str!("mapping.md")),
    Topic::new("sign-in", "photosyncd-sign-in", "7", include_str!("sign-in.md")),
    Topic::new("pictures", "photosyncd-pictures", "7", include_str!("pictures.md")),
    Topic::new("reasons", "photosyncd-reasons", "7", include_str!("reasons.md")),
    Topic::new("operations", "photosyncd-operations", "7", include_str!("operations.md")),
    Topic::new("security", "photosyncd-security", "7", include_str!("security.md")),
    Topic::new("json", "photosyncd-json", "7", include_str!("json.md")),
];
