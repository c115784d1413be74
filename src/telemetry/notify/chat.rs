//! News as cards: for Microsoft Teams (a workflow that begins "when a Teams webhook request is received") and for Slack (an
//! incoming webhook).

use serde_json::{Value, json};

use super::alert::Tone;
use super::message::Message;

/// A message with an adaptive card of version 1.4, which every Teams client shows.
pub(super) fn teams(message: &Message) -> Value {
    let Message { tone, title, text, facts, cure, page, .. } = message;
    let color = match tone {
        Tone::Bad => "Attention",
        Tone::Warn => "Warning",
        Tone::Good => "Good",
        Tone::Plain => "Default",
    };
    let facts: Vec<Value> = facts.iter().map(|(name, value)| json!({ "title": name, "value": plain(value) })).collect();
    let mut body = vec![
        json!({ "type": "TextBlock", "text": plain(title), "weight": "Bolder", "size": "Medium", "color": color, "wrap": true }),
        json!({ "type": "TextBlock", "text": plain(text), "wrap": true }),
        json!({ "type": "FactSet", "facts": facts }),
    ];
    body.extend(cure.as_deref().map(|cure| json!({ "type": "TextBlock", "text": plain(cure), "wrap": true })));
    let open = page.iter().map(|page| json!({ "type": "Action.OpenUrl", "title": "Status page", "url": page }));
    let card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
        "actions": open.collect::<Vec<Value>>(),
        "msteams": { "width": "Full" },
    });
    let content = "application/vnd.microsoft.card.adaptive";
    json!({ "type": "message", "summary": title, "attachments": [{ "contentType": content, "contentUrl": null, "content": card }] })
}

/// Blocks, with a line for where blocks are not shown.
pub(super) fn slack(message: &Message) -> Value {
    let Message { tone, title, text, facts, cure, page, .. } = message;
    let sign = match tone {
        Tone::Bad => ":red_circle: ",
        Tone::Warn => ":large_yellow_circle: ",
        Tone::Good => ":large_green_circle: ",
        Tone::Plain => "",
    };
    let written = |text: &str| json!({ "type": "plain_text", "text": text, "emoji": false });
    let facts: Vec<Value> = facts.iter().map(|(name, value)| written(&format!("{name}: {value}"))).collect();
    let mut blocks = vec![
        json!({ "type": "header", "text": { "type": "plain_text", "text": format!("{sign}{title}"), "emoji": true } }),
        json!({ "type": "section", "text": written(text), "fields": facts }),
    ];
    blocks.extend(cure.as_deref().map(|cure| json!({ "type": "context", "elements": [written(cure)] })));
    if let Some(page) = page {
        let button = json!({ "type": "button", "text": written("Status page"), "url": page });
        blocks.push(json!({ "type": "actions", "elements": [button] }));
    }
    json!({ "text": title, "blocks": blocks })
}

/// Teams reads texts as Markdown: what would steer it is escaped, apart from the marks around commands.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '*' | '_' | '[' | ']' | '#' | '~' | '\\' | '<' | '>') {
            plain.push('\\');
        }
        plain.push(letter);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;
    use crate::plan::Guard;
    use crate::status::Instance;
    use crate::telemetry::notify::alert::Alert;

    fn message() -> Message {
        let news = Alert::Halted { pass: 7, guard: Guard::EmptySource };
        let instance = Instance { tenant: Some("contoso.com".to_owned()), host: "hr_01".to_owned(), ..Instance::default() };
        Message::of(&news, &instance, Some("http://127.0.0.1:9464/"), Timestamp::default())
    }

    #[test]
    fn a_card_for_teams_says_what_where_how_many_and_what_to_do() {
        let card = teams(&message());
        let content = &card["attachments"][0]["content"];
        assert_eq!((&card["type"], &content["type"]), (&"message".into(), &"AdaptiveCard".into()));
        assert_eq!(content["body"][0]["text"], "photosyncd: Stopped by the guard: empty\\_source");
        let facts = content["body"][2]["facts"].as_array().unwrap();
        for (name, value) in [("Machine", "hr\\_01"), ("Tenant", "contoso.com"), ("Pass", "7")] {
            assert!(facts.contains(&json!({ "title": name, "value": value })), "{name}: {facts:?}");
        }
        assert!(content["body"][3]["text"].as_str().unwrap().contains("photosyncd status"));
        assert_eq!(content["actions"][0]["url"], "http://127.0.0.1:9464/");
    }

    #[test]
    fn slack_gets_blocks_within_its_limits() {
        let told = slack(&message());
        assert_eq!(told["text"], "photosyncd: Stopped by the guard: empty_source");
        let header = told["blocks"][0]["text"]["text"].as_str().unwrap();
        assert!(header.chars().count() <= 150, "{header}");
        let fields = told["blocks"][1]["fields"].as_array().unwrap();
        assert!((4..=10).contains(&fields.len()), "{fields:?}");
        assert_eq!(told["blocks"][3]["elements"][0]["url"], "http://127.0.0.1:9464/");
        let digest = Alert::Digest {
            verdict: "All photos are up to date.".to_owned(),
            tone: Tone::Good,
            conditions: Vec::new(),
            dated: false,
            targets: crate::ledger::Counts::default(),
            delivered: 1,
            removed: 2,
        };
        let told = slack(&Message::of(
            &digest,
            &Instance { tenant: Some("x".to_owned()), ..Instance::default() },
            None,
            Timestamp::default(),
        ));
        assert!(told["blocks"][1]["fields"].as_array().unwrap().len() <= 10, "{told}");
        assert_eq!(told["blocks"].as_array().unwrap().len(), 2, "no cure, no page");
    }
}
