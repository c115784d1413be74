//! `login`: a person signs in by device code; from then on every command works in their name.

use serde_json::json;

use super::args::Global;
use super::exit::{Exit, Trouble};
use super::out::say;
use super::screen::Screen;
use super::setup;
use crate::clock::Clock;
use crate::config::{CloudName, CredentialSource};
use crate::graph::{Class, Failure};

pub(super) async fn run(global: &Global) -> Result<Exit, Trouble> {
    let config = setup::configured(global, &Screen::default())?;
    if config.graph.cloud == CloudName::Emulator {
        let words = "graph.cloud is emulator: the embedded tenant signs everybody in by itself, so there is nothing to do";
        return Err(Trouble::new(Exit::Configuration, words));
    }
    if config.graph.credential != Some(CredentialSource::DeviceCode) {
        let words = "graph.credential signs in an application, so nobody needs to sign in by hand; \
                     set graph.credential: { device_code: {} } to work in a person's name";
        return Err(Trouble::new(Exit::Configuration, words));
    }
    let built = setup::built(&config, &Clock::system()).await?;
    let graph = &built.engine.graph;
    let device = graph.begin_login().await.map_err(|failure| trouble(&failure))?;
    let minutes = device.life.as_secs().div_ceil(60);
    if global.json {
        let expires_in = device.life.as_secs();
        say!("{}", json!({ "open": device.verification_uri, "code": device.user_code, "expires_in_s": expires_in }));
    } else {
        say!("Open {} in a browser, on any machine, and type the code {}", device.verification_uri, device.user_code);
        say!("It is good for {minutes} minutes. Waiting …");
    }
    let stop = setup::interrupted()?;
    let person = tokio::select! {
        person = graph.finish_login(&device) => person.map_err(|failure| trouble(&failure))?,
        () = stop.cancelled() => return Err(Trouble::new(Exit::Held, "interrupted: nobody has signed in")),
    };
    let name = person.user_principal_name.as_deref().or(person.display_name.as_deref()).unwrap_or(&person.id);
    if global.json {
        say!("{}", json!({ "signed_in": person.user_principal_name, "name": person.display_name, "object_id": person.id }));
    } else {
        say!("Signed in as {name}. The sign-in is kept in {}", config.ledger.sign_in_file().display());
    }
    Ok(Exit::InStep)
}

fn trouble(failure: &Failure) -> Trouble {
    let exit = match failure.class {
        Class::SignIn | Class::KindForbidden | Class::NotPossible => Exit::SignIn,
        _ => Exit::Held,
    };
    Trouble::new(exit, format!("nobody has signed in: {failure}\nWhat to do: {}", failure.cure))
}
