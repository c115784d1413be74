//! `preview`: before/after sheets of prepared pictures, to be looked at before anything is sent.

use std::path::Path;

use super::args::{GlobalArgs, PreviewArgs};
use super::exit::{CliError, Exit};
use super::out::say;
use super::screen::Screen;
use super::{setup, text};
use crate::clock::Clock;
use crate::config::{preparer, scanner};
use crate::model::Problem;
use crate::pass::{PreviewedPicture, Selection, preview};
use crate::photo::Treatment;
use crate::report::{Framed, Sheet, sheet};

/// Pictures on one page: more would make a browser slow.
const PER_SHEET: usize = 100;

pub(super) async fn run(global: &GlobalArgs, options: PreviewArgs) -> Result<Exit, CliError> {
    let screen = Screen::default();
    let config = setup::load_config(global, &screen)?;
    let clock = Clock::system();
    let preparer = preparer(&config, &clock);
    let (scanner, selection) = (scanner(&config, &clock), Selection::new(&options.paths));
    let previewed = screen.during("Preparing pictures", preview(&scanner, &preparer, &selection)).await?;
    if previewed.is_empty() && !selection.is_everything() {
        return Err(CliError::new(Exit::Usage, format!("nothing in the source is called {}", options.paths.join(", "))));
    }
    let held = previewed.iter().filter(|picture| picture.after.is_err()).count();
    let pictures: Vec<Framed> = previewed.into_iter().map(framed).collect();
    let recipe = &preparer.recipe;
    let words = format!("At most {0} x {0} pixels, crop {1}, JPEG quality {2}.", recipe.size(), recipe.crop(), recipe.quality());
    let of = pictures.len().div_ceil(PER_SHEET).max(1);
    std::fs::create_dir_all(&options.out).map_err(|error| unwritable(&options.out, &error))?;
    let mut pages = pictures.chunks(PER_SHEET).collect::<Vec<_>>();
    if pages.is_empty() {
        pages.push(&[]);
    }
    for (at, pictures) in pages.into_iter().enumerate() {
        let page = Sheet { pictures, number: at + 1, of, recipe: &words };
        let path = options.out.join(page.file_name());
        std::fs::write(&path, sheet(&page)).map_err(|error| unwritable(&path, &error))?;
    }
    let index = options.out.join("index.html");
    if global.json {
        say!("{}", text::json(&serde_json::json!({ "pictures": pictures.len(), "held": held, "index": index })));
    } else {
        say!("{} pictures, {held} that can't be used: {}", pictures.len(), index.display());
    }
    Ok(if held == 0 { Exit::InStep } else { Exit::Held })
}

fn unwritable(path: &Path, error: &std::io::Error) -> CliError {
    CliError::new(Exit::Configuration, format!("{} can't be written: {error}; give another place with --out", path.display()))
}

fn framed(picture: PreviewedPicture) -> Framed {
    let mut notes = vec![text::bytes(picture.size)];
    if let Ok(prepared) = &picture.after {
        notes.push(prepared.format.to_string());
        notes.push(match prepared.treatment {
            Treatment::Untouched => "sent byte for byte".to_owned(),
            Treatment::Stripped => "only metadata removed".to_owned(),
            Treatment::Encoded => format!("{} x {}", prepared.width, prepared.height),
        });
        notes.push(format!("{} sent", text::bytes(prepared.jpeg.len() as u64)));
        notes.extend(picture.remarks);
    }
    Framed {
        path: picture.path.to_string(),
        target: picture.target,
        before: picture.before,
        after: picture.after.map(|prepared| prepared.jpeg).map_err(|Problem { detail, cure, .. }| format!("{detail}. {cure}")),
        notes,
    }
}
