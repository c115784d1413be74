//! `login`: a person signs in by device code; from then on every command works in their name.

use serde_json::json;

use super::args::GlobalArgs;
use super::exit::{CliError, Exit};
use super::out::say;
use super::screen::Screen;
use super::setup;
use crate::clock::Clock;
use crate::config::{CloudName, CredentialSource, tenant};
use crate::graph::{Class, Failure};

pub(super) async fn run(global: &GlobalArgs) -> Result<Exit, CliError> {
    let config = setup::load_config(global, &Screen::default())?;
    if config.graph.cloud == CloudName::Emulator {
        let words = "graph.cloud is emulator: the embedded tenant signs everybody in by itself, so there is nothing to do";
        return Err(CliError::new(Exit::Configuration, words));
    }
    if config.graph.credential != Some(CredentialSource::DeviceCode) {
        let words = "graph.credential signs in an application, so nobody needs to sign in by hand; \
                     set graph.credential: { device_code: {} } to work in a person's name";
        return Err(CliError::new(Exit::Configuration, words));
    }
    let graph = tenant(&config, &Clock::system(), &setup::env, None).await?.graph;
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
        () = stop.cancelled() => return Err(CliError::new(Exit::Held, "interrupted: nobody has signed in")),
    };
    let name = person.user_principal_name.as_deref().or(person.display_name.as_deref()).unwrap_or(&person.id);
    if global.json {
        say!("{}", json!({ "signed_in": person.user_principal_name, "name": person.display_name, "object_id": person.id }));
    } else {
        say!("Signed in as {name}. The sign-in is kept in {}", config.ledger.sign_in_file().display());
    }
    Ok(Exit::InStep)
}

fn trouble(failure: &Failure) -> CliError {
    let exit = match failure.class {
        Class::SignIn | Class::KindForbidden | Class::NotPossible => Exit::SignIn,
        _ => Exit::Held,
    };
    CliError::new(exit, format!("nobody has signed in: {failure}\nWhat to do: {}", failure.cure))
}
