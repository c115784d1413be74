//! Microsoft's JavaScript client, where it can be had.

use std::process::{Command, Stdio};

use photosyncd::testing::emulator::Running;
use tempfile::TempDir;

use crate::photos::Directory;

const PACKAGE: &str = "@microsoft/microsoft-graph-client@3.0.7";
const SCRIPT: &str = include_str!("official_client.cjs");

/// The client, installed in a place of its own that goes with it.
pub(crate) struct OfficialClient(TempDir);

impl OfficialClient {
    pub(crate) const COLUMN: &'static str = "JavaScript client";

    /// Installs it; says why not, if it can't.
    pub(crate) fn install() -> Option<Self> {
        let place = tempfile::tempdir().unwrap();
        let left_out = |why: &str| println!("The column of the JavaScript client is left out: {why}.");
        let version = Command::new("node").arg("--version").stderr(Stdio::null()).output();
        if !version.is_ok_and(|output| output.status.success()) {
            left_out("node is not installed");
            return None;
        }
        let mut install = Command::new("npm");
        install.args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"]).arg(place.path()).arg(PACKAGE);
        match install.stdin(Stdio::null()).output() {
            Err(_) => left_out("npm is not installed"),
            Ok(output) if !output.status.success() => {
                left_out(&format!("npm could not install {PACKAGE}: {}", String::from_utf8_lossy(&output.stderr).trim()));
            }
            Ok(_) => {
                std::fs::write(place.path().join("client.cjs"), SCRIPT).unwrap();
                return Some(Self(place));
            }
        }
        None
    }

    /// Sends every photo of the directory.
    pub(crate) fn command(&self, directory: &Directory, running: &Running) -> Command {
        let mut command = Command::new("node");
        command.arg(self.0.path().join("client.cjs")).arg(directory.users()).arg(running.graph_url());
        command.env("TOKEN", running.issue_token(None)).current_dir(self.0.path());
        command
    }
}
