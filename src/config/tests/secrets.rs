//! Where secrets may be kept, and what is refused.

use std::fs::{Permissions, set_permissions, write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use secrecy::ExposeSecret;

use crate::config::secret::read_secret;
use crate::config::{Config, SecretSource};
use crate::model::Advice;

fn told(source: &SecretSource, env: &[(&str, &str)]) -> Result<String, String> {
    let env = |name: &str| env.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    read_secret(source, &env).map(|secret| secret.expose_secret().to_owned()).map_err(|error| error.advice())
}

#[test]
fn a_private_file_is_read_without_its_newline_and_an_open_one_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("secret");
    let source = SecretSource::File(path.clone());
    for (bytes, wanted) in [("s3cret\n", "s3cret"), ("s3cret\r\n", "s3cret"), ("s3cret", "s3cret"), ("s3cret\n\n", "s3cret\n")] {
        write(&path, bytes).expect("written");
        set_permissions(&path, Permissions::from_mode(0o600)).expect("mode");
        assert_eq!(told(&source, &[]), Ok(wanted.to_owned()));
    }
    for mode in [0o640, 0o604, 0o644, 0o620] {
        set_permissions(&path, Permissions::from_mode(mode)).expect("mode");
        let p = path.display();
        let wanted = format!("the secret file {p} can be read by others (mode {mode:04o}); run: chmod 600 {p}");
        assert_eq!(told(&source, &[]), Err(wanted));
    }
    let directory = dir.path().display().to_string();
    assert_eq!(told(&source, &[("CREDENTIALS_DIRECTORY", &directory)]), Ok("s3cret\n".to_owned()));
    let credential = SecretSource::SystemdCredential("secret".to_owned());
    assert_eq!(told(&credential, &[("CREDENTIALS_DIRECTORY", &directory)]), Ok("s3cret\n".to_owned()));
    assert!(told(&SecretSource::File(dir.path().join("x/../secret")), &[("CREDENTIALS_DIRECTORY", &directory)]).is_err());
}

#[test]
fn every_failure_says_what_to_do_and_never_the_secret() {
    let dir = tempfile::tempdir().expect("a directory");
    let directory = dir.path().display().to_string();
    let path = dir.path().join("secret");
    write(&path, [0xff, 0xfe, b's']).expect("written");
    set_permissions(&path, Permissions::from_mode(0o400)).expect("mode");
    let file = SecretSource::File(path.clone());
    assert!(told(&file, &[]).is_err_and(|error| error.contains("is not a text")));
    set_permissions(&path, Permissions::from_mode(0o600)).expect("mode");
    write(&path, "\n").expect("written");
    assert!(told(&file, &[]).is_err_and(|error| error.contains("is empty")));
    write(&path, "x".repeat(20_000)).expect("written");
    assert!(told(&file, &[]).is_err_and(|error| error.contains("at most 16384 bytes") && !error.contains("xxx")));
    assert!(told(&SecretSource::File(dir.path().to_owned()), &[]).is_err_and(|error| error.contains("not a regular file")));
    assert!(told(&SecretSource::File(dir.path().join("none")), &[]).is_err_and(|error| error.contains("can't be read")));

    let pipe = dir.path().join("pipe");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR).expect("a named pipe");
    assert!(told(&SecretSource::File(pipe), &[]).is_err_and(|error| error.contains("not a regular file")));

    let env = SecretSource::Env("GRAPH_SECRET".to_owned());
    assert_eq!(told(&env, &[("GRAPH_SECRET", "s3cret")]), Ok("s3cret".to_owned()));
    assert!(told(&env, &[]).is_err_and(|error| error.contains("GRAPH_SECRET") && error.contains("not set")));
    let credential = SecretSource::SystemdCredential("client-secret".to_owned());
    assert!(told(&credential, &[]).is_err_and(|error| error.contains("LoadCredential=client-secret:PATH")));
    assert!(told(&credential, &[("CREDENTIALS_DIRECTORY", &directory)]).is_err_and(|error| error.contains("was not passed")));
}

#[test]
fn a_secret_in_the_place_of_its_name_is_not_repeated() {
    let secrets = ["Zq8Q~Geheim.zeichen_0123456789abcdefgh", "Geheimzeichen", "p@ss geheim!"];
    let dir = tempfile::tempdir().unwrap();
    let directory = dir.path().display().to_string();
    let systemd: [&[(&str, &str)]; 2] = [&[], &[("CREDENTIALS_DIRECTORY", &directory)]];
    for secret in secrets {
        let sources = [
            SecretSource::File(dir.path().join(secret)),
            SecretSource::Env(secret.to_owned()),
            SecretSource::SystemdCredential(secret.to_owned()),
        ];
        for (source, environment) in sources.iter().flat_map(|source| systemd.map(|environment| (source, environment))) {
            let words = told(source, environment).unwrap_err().to_lowercase();
            assert!(!words.contains("geheim") && !words.contains("zeichen"), "{words}");
        }
    }
    for credential in
        ["Geheim~Zeichen: x", "client_secret: { Geheim~Zeichen: x }", "Geheim~Zeichen", "client_secret: Geheimzeichen"]
    {
        let text = format!("source: {{ directory: . }}\ngraph: {{ credential: {{ {credential} }} }}\n");
        let words = Config::parse(&text, "c.yaml", Path::new("/"), &|_| None).unwrap_err().to_string();
        assert!(words.contains("graph.credential") && !words.contains("Geheim"), "{words}");
    }
    for line in ["smtp: 'svc:Geheimzeichen@smtp.example.com:587'", "smtp: 'Geheimzeichen/x'", "smtp: 'x.example:Geheimzeichen'"] {
        let text =
            format!("source: {{ directory: . }}\nnotify: {{ mail: {{ from: a@b.example, to: [c@d.example], {line} }} }}\n");
        let words = Config::parse(&text, "c.yaml", Path::new("/"), &|_| None).unwrap_err().to_string();
        assert!(words.contains("notify.mail.smtp") && !words.contains("Geheim"), "{words}");
    }
}
