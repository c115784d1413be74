//! Lays the status page out.

use std::fmt::{Display, Write};

use super::html::{Text, Words, hash, time};
use super::plot::plot;
use super::status::{HeldCause, HeldLine, StatusPage, Tone};
use crate::model::Timestamp;

const STYLE: &str = include_str!("status.css");
const SCRIPT: &str = include_str!("status.js");

/// The Content-Security-Policy under which the page is served.
pub(crate) fn policy() -> String {
    format!(
        "default-src 'none'; style-src {}; script-src {}; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

impl StatusPage {
    /// The page as HTML.
    pub(crate) fn html(&self) -> String {
        let mut page = String::with_capacity(32 * 1024);
        let words = &self.verdict.words;
        _ = write!(
            page,
            "<!doctype html><html lang=\"en\" data-version=\"{}\"><head><meta charset=\"utf-8\"><title>{} · photosyncd</title>\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><link rel=\"icon\" href=\"data:,\">\
             <noscript><meta http-equiv=\"refresh\" content=\"60\"></noscript><style>{STYLE}</style></head><body>\
             <header><h1>photosyncd</h1><p id=\"as-of\" data-live>As of {} ({})</p>\
             <p hidden><label><input type=\"checkbox\" id=\"live\" checked autocomplete=\"off\"> Update by itself</label></p></header>\
             <main><p id=\"link\" class=\"warn\" role=\"status\"></p>\
             <div id=\"verdict\" role=\"status\" data-live><p class=\"{}\">{}</p></div>",
            Text(self.version),
            Text(words),
            self.time(self.now),
            self.zone_words(),
            self.verdict.tone.class(),
            Text(words)
        );
        self.live(&mut page, "notices", Self::notices);
        self.live(&mut page, "counts", Self::counts);
        self.live(&mut page, "rate", |status, page| plot(page, &status.samples, status.now, &status.zone));
        self.live(&mut page, "held", Self::held);
        self.live(&mut page, "facts", Self::facts);
        self.live(&mut page, "passes", Self::passes);
        _ = writeln!(
            page,
            "</main><footer><p>photosyncd {}. This page changes nothing; <code>photosyncd status</code>, <code>explain</code> and <code>history</code> tell more.</p>\
             </footer><script>{SCRIPT}</script></body></html>",
            Text(self.version)
        );
        page
    }

    /// A part that is put in anew when it changed.
    fn live(&self, page: &mut String, id: &str, part: impl Fn(&Self, &mut String)) {
        _ = write!(page, "<section id=\"{id}\" data-live>");
        part(self, page);
        page.push_str("</section>");
    }

    fn time(&self, at: Timestamp) -> String {
        time(at, self.now, &self.zone)
    }

    /// `UTC+02:00`
    fn zone_words(&self) -> String {
        let offset = jiff::Timestamp::from_millisecond(self.now.millis()).map(|now| self.zone.to_offset(now).seconds());
        let minutes = offset.unwrap_or(0) / 60;
        if minutes == 0 {
            return "UTC".to_owned();
        }
        let sign = if minutes < 0 { '-' } else { '+' };
        format!("UTC{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
    }

    fn notices(&self, page: &mut String) {
        if self.notices.is_empty() {
            return;
        }
        page.push_str("<h2>Look at this first</h2>");
        for notice in &self.notices {
            let class = notice.tone.class();
            _ = write!(page, "<div class=\"notice {class}\"><h3>{}</h3><p>{}", Text(&notice.title), Words(&notice.words));
            if let Some(since) = notice.since {
                _ = write!(page, " <span class=\"faint\">Since {}.</span>", self.time(since));
            }
            page.push_str("</p></div>");
        }
    }

    fn counts(&self, page: &mut String) {
        page.push_str("<h2>Photos</h2><dl class=\"counts\">");
        for (name, count) in &self.counts {
            _ = write!(page, "<div><dt>{}</dt><dd>{}</dd></div>", Text(name), thousands(*count));
        }
        page.push_str("</dl>");
    }

    fn held(&self, page: &mut String) {
        let all = match &self.held {
            Ok(groups) => groups,
            Err(why) => {
                _ = write!(page, "<h2>Held and waiting</h2><p class=\"bad\">The ledger can't be read: {}</p>", Text(why));
                return;
            }
        };
        if all.is_empty() {
            page.push_str("<h2>Held and waiting</h2><p>Nothing.</p>");
        }
        let parts =
            [(Tone::Bad, "Needs a person"), (Tone::Warn, "Waiting, tried again by itself"), (Tone::Plain, "Left as it is")];
        for (tone, title) in parts {
            let mut groups = all.iter().enumerate().filter(|(_, group)| group.tone == tone).peekable();
            if groups.peek().is_some() {
                _ = write!(page, "<h2>{title}</h2>");
            }
            for (number, group) in groups {
                // Groups of one reason stay in order: what a reader has opened is found again.
                let alike = |other: &&HeldCause| (other.code, other.until.is_some()) == (group.code, group.until.is_some());
                let place = all.iter().take(number).filter(alike).count();
                let waits = if group.until.is_some() { "waits-" } else { "" };
                self.group(page, &format!("{waits}{}-{place}", group.code), group);
            }
        }
    }

    fn group(&self, page: &mut String, id: &str, group: &HeldCause) {
        _ = write!(
            page,
            "<div class=\"held {}\"><h3>{}: {} <code>{}</code></h3><p>{}</p><p class=\"faint\">{} {}",
            group.tone.class(),
            Text(group.meaning),
            thousands(group.count),
            Text(group.code),
            Words(&group.cure),
            if group.count == 1 { "Since" } else { "The first since" },
            self.time(group.since)
        );
        match group.until {
            Some(until) if until > self.now => _ = write!(page, "; the next is tried at {}", self.time(until)),
            Some(_) => page.push_str("; the next is tried when its turn comes"),
            None => {}
        }
        page.push_str(".</p>");
        let lines: Vec<&HeldLine> = group.lines.iter().filter(|line| line.object_id.is_some() || line.name.is_some()).collect();
        if lines.is_empty() {
            page.push_str("<p>No object id is known for them; <code>photosyncd status</code> names the files.</p></div>");
            return;
        }
        let more = usize::try_from(group.count).unwrap_or(usize::MAX).saturating_sub(lines.len());
        let names = lines.iter().any(|line| line.name.is_some());
        _ = write!(page, "<details id=\"{id}\"><summary id=\"{id}-summary\">Which: {}", lines.len());
        if more > 0 {
            _ = write!(page, " of {}", thousands(group.count));
        }
        _ = write!(
            page,
            "</summary><div class=\"wide\" id=\"{id}-table\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table><thead><tr>\
             <th scope=\"col\">Object id</th><th scope=\"col\">Kind</th>{}<th scope=\"col\">Since</th>{}<th scope=\"col\">Last answer</th>\
             </tr></thead><tbody>",
            Text(group.meaning),
            if names { "<th scope=\"col\">Who and why</th>" } else { "" },
            if group.until.is_some() { "<th scope=\"col\">Next try</th>" } else { "" }
        );
        for line in lines {
            let object_id = line.object_id.as_deref().unwrap_or("none yet");
            _ = write!(page, "<tr><td><code>{}</code></td>", Text(object_id));
            cell(page, Text(line.kind.unwrap_or_default()));
            if names {
                cell(page, Text(line.name.as_deref().unwrap_or_default()));
            }
            cell(page, self.time(line.since));
            if group.until.is_some() {
                cell(page, line.until.map(|until| self.time(until)).unwrap_or_default());
            }
            cell(page, Text(&line.answer));
            page.push_str("</tr>");
        }
        page.push_str("</tbody></table></div>");
        if more > 0 {
            _ = write!(
                page,
                "<p>{} more: <code>photosyncd status --json</code> lists all.</p>",
                thousands(u32::try_from(more).unwrap_or(u32::MAX))
            );
        }
        page.push_str("</details></div>");
    }

    fn facts(&self, page: &mut String) {
        page.push_str("<h2>The service</h2><dl class=\"facts\">");
        for fact in &self.facts {
            _ = write!(page, "<dt>{}</dt><dd>{}", Text(fact.name), Words(&fact.words));
            if let Some(at) = fact.at {
                _ = write!(page, " {}", self.time(at));
            }
            page.push_str("</dd>");
        }
        page.push_str("</dl>");
    }

    fn passes(&self, page: &mut String) {
        page.push_str("<h2>Last passes</h2>");
        if self.passes.is_empty() {
            page.push_str("<p>None yet.</p>");
            return;
        }
        page.push_str("<div class=\"wide\" id=\"passes-table\" tabindex=\"0\" role=\"region\" aria-label=\"Last passes\"><table><thead><tr>");
        for head in ["Pass", "Set off by", "Began", "Took", "Files", "Unclaimed", "To send", "Held", "Result"] {
            _ = write!(page, "<th scope=\"col\">{head}</th>");
        }
        page.push_str("</tr></thead><tbody>");
        for row in &self.passes {
            _ = write!(page, "<tr><th scope=\"row\">{}</th>", row.pass);
            cell(page, Text(&row.cause));
            cell(page, self.time(row.started_at));
            cell(page, row.took.map(|took| format!("{took:.1} s")).unwrap_or_default());
            for count in [row.scanned, row.unmatched, row.due, row.blocked] {
                cell(page, count.map(thousands).unwrap_or_default());
            }
            cell(page, Text(&row.result));
            page.push_str("</tr>");
        }
        page.push_str("</tbody></table></div>");
    }
}

fn cell(page: &mut String, inside: impl Display) {
    _ = write!(page, "<td>{inside}</td>");
}

/// `12 345`, with a space that does not break.
fn thousands(count: u32) -> String {
    let digits = count.to_string();
    let mut words = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            words.push('\u{a0}');
        }
        words.push(digit);
    }
    words
}

#[cfg(test)]
#[path = "status_layout_tests.rs"]
mod tests;
