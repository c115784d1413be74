//! The lists of `status`: everything that is held, or what is held for some causes, as text, JSON or CSV.

use std::collections::HashSet;
use std::fmt::Write;

use serde::Serialize;

use crate::cli::exit::CliError;
use crate::cli::terminal::{Color, TextStyle};
use crate::cli::{causes, text};
use crate::ledger::Reader;
use crate::model::{Reason, TargetKind, Timestamp};
use crate::report::csv_table;
use crate::status::{Causes, HeldItem, Overview};

/// What is held, one by one, what needs a person first.
#[derive(Serialize)]
pub(super) struct Lists {
    held: Vec<HeldItem>,
    /// The same by cause.
    #[serde(skip)]
    causes: Causes,
}

impl Lists {
    /// What is held for these reasons; for all if none is named, and then what is only told by number is listed, too.
    pub(super) fn read(reader: &Reader, overview: &Overview, reasons: &[Reason]) -> Result<Self, CliError> {
        let left_out = reader.left_out()?.into_iter().map(HeldItem::from);
        let unusable = reader.unusable()?.into_iter().map(|(place, problem)| HeldItem::new(&problem).of_file(place));
        let all: Vec<HeldItem> =
            overview.blocked.iter().chain(&overview.waiting).cloned().chain(left_out).chain(unusable).collect();
        let mut causes = Causes::of(all.iter().cloned(), 2);
        causes.0.retain(|cause| reasons.is_empty() || reasons.contains(&cause.reason));
        // As they are counted: two files that are held for one target are told once.
        let mut things = HashSet::new();
        let counted = all.into_iter().filter(|item| item.thing.is_empty() || things.insert(item.thing.clone()));
        let mut held: Vec<HeldItem> = counted.filter(|item| reasons.is_empty() || reasons.contains(&item.reason)).collect();
        let place = |item: &HeldItem| causes.0.iter().position(|cause| cause.is_of(item));
        held.sort_by_cached_key(|item| (place(item), item.path.clone(), item.label.clone()));
        Ok(Self { held, causes })
    }

    /// Under a heading for each cause.
    pub(super) fn text(&self, style: TextStyle) -> String {
        let mut text = String::new();
        for cause in &self.causes.0 {
            let head = format!("\n{} {}", cause.count, causes::heading(cause));
            text += &style.color(Color::Strong, &head);
            text.push('\n');
            text += &style.paragraph("→ ", &cause.cure);
            for item in self.held.iter().filter(|item| cause.is_of(item)) {
                text += &one(style, item, &cause.cure);
            }
        }
        if text.is_empty() { "Nothing is held for that reason.\n".to_owned() } else { text.trim_start().to_owned() }
    }

    /// For spreadsheets and scripts.
    pub(super) fn csv(&self) -> String {
        const HEADER: [&str; 13] = [
            "reason",
            "kind",
            "target",
            "object_id",
            "path",
            "since",
            "until",
            "next_look",
            "status",
            "code",
            "request_id",
            "detail",
            "cure",
        ];
        let time = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
        let or = |text: &Option<String>| text.clone().unwrap_or_default();
        let lines = self.held.iter().map(|item| {
            [
                item.reason.to_string(),
                item.kind.map_or("", TargetKind::as_str).to_owned(),
                or(&item.label),
                item.object_id().unwrap_or_default().to_owned(),
                or(&item.path),
                time(item.since),
                time(item.until),
                time(item.next_look),
                item.status.map(|status| status.to_string()).unwrap_or_default(),
                or(&item.code),
                or(&item.request_id),
                item.detail.clone(),
                item.cure.clone(),
            ]
        });
        csv_table(std::iter::once(HEADER.map(str::to_owned)).chain(lines))
    }
}

fn one(style: TextStyle, item: &HeldItem, cure: &str) -> String {
    let mut text = style.paragraph("  ", &causes::place(item));
    let mut more = item.detail.clone();
    if let Some(until) = item.until {
        _ = write!(more, "; retried at {}", text::local(until));
    }
    if let Some(look) = item.next_look {
        _ = write!(more, "; tried again by itself at {}", text::local(look));
    }
    if !more.is_empty() {
        text += &style.paragraph("      ", &more);
    }
    if item.cure != cure {
        text += &style.paragraph("      → ", &item.cure);
    }
    text
}

/// Photos whose files are gone, and photos that the tenant shows in the place of ours, one by one.
pub(super) fn rest(overview: &Overview, style: TextStyle) -> String {
    let mut text = String::new();
    if !overview.gone.is_empty() {
        let head = format!("\n{} whose files are gone, removed later\n", text::count(overview.gone.len() as u64, "photo"));
        text.push_str(&head);
        for gone in &overview.gone {
            text += &style.paragraph("  ", &format!("{} → {}, since {}", gone.path, gone.label, text::local(gone.since)));
        }
    }
    if !overview.drifted.is_empty() {
        text += "\nThe tenant shows another photo than the one delivered, or none (drift.policy says what becomes of it)\n";
        for row in &overview.drifted {
            let words = format!("{} ({}): {} since {}", row.target, row.object_id, row.drift, text::local(row.since));
            text += &style.paragraph("  ", &words);
        }
    }
    text
}
