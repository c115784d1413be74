//! `preview`: before/after sheets of prepared pictures, to be looked at before anything is sent.

use std::collections::HashSet;

use super::args::{GlobalArgs, PreviewArgs};
use super::exit::{CliError, Exit};
use super::out::say;
use super::screen::Screen;
use super::{setup, text};
use crate::clock::Clock;
use crate::config::{instance, preparer, scanner};
use crate::files::Output;
use crate::model::Problem;
use crate::pass::{PreviewedPhoto, PreviewedPicture, Selection, preview};
use crate::photo::Treatment;
use crate::report::{Framed, Previews};

/// What takes long.
const PREPARING: &str = "Preparing pictures";

pub(super) async fn run(global: &GlobalArgs, options: PreviewArgs) -> Result<Exit, CliError> {
    let screen = Screen::default();
    let config = setup::load_config(global, &screen)?;
    let clock = Clock::system();
    let preparer = preparer(&config, &clock);
    let (scanner, selection) = (scanner(&config, &clock), Selection::new(&options.paths));
    let tell = |done, total| screen.count(PREPARING, done, total);
    let previewed = screen.during(PREPARING, preview(&scanner, &preparer, &selection, &tell)).await?;
    if previewed.is_empty() && !selection.is_everything() {
        return Err(CliError::new(Exit::Usage, format!("nothing in the source is called {}", options.paths.join(", "))));
    }
    let held = previewed.iter().filter(|picture| picture.after.is_err()).count();
    let pictures: Vec<Framed> = previewed.into_iter().map(framed).collect();
    let recipe = &preparer.recipe;
    let words = format!("At most {0} x {0} pixels, crop {1}, JPEG quality {2}.", recipe.size(), recipe.crop(), recipe.quality());
    let previews = Previews::new(&pictures, instance(&config).title(), words);
    let mut output = Output::create(&options.out)?;
    let mut written = HashSet::new();
    // The first page last, so that whatever it leads to is there.
    for page in (0..previews.count()).rev() {
        let name = Previews::file_name(page);
        output.write(&name, previews.page(page).as_bytes())?;
        written.insert(name);
    }
    output.remove_others(&["preview-"], &written)?;
    let index = options.out.join("index.html");
    if global.json {
        say!("{}", text::json(&serde_json::json!({ "pictures": pictures.len(), "held": held, "index": index })));
    } else {
        say!("{} pictures, {held} that can't be used: {}", pictures.len(), index.display());
    }
    Ok(if held == 0 { Exit::InStep } else { Exit::Held })
}

fn framed(picture: PreviewedPicture) -> Framed {
    let mut notes: Vec<String> = picture.size.map(text::bytes).into_iter().collect();
    if let Ok(PreviewedPhoto { about: prepared, bytes, .. }) = &picture.after {
        notes.push(prepared.format.to_string());
        notes.push(match prepared.treatment {
            Treatment::Untouched => "sent byte for byte".to_owned(),
            Treatment::Stripped => "only metadata removed".to_owned(),
            Treatment::Encoded => format!("{} x {}", prepared.width, prepared.height),
        });
        notes.push(format!("{} sent", text::bytes(*bytes as u64)));
        notes.extend(picture.remarks);
    }
    Framed {
        path: picture.path.to_string(),
        target: picture.target,
        before: picture.before,
        after: picture.after.map(|photo| photo.shown).map_err(|Problem { detail, cure, .. }| format!("{detail}. {cure}")),
        notes,
    }
}
