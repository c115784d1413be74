//! A directory of photos, small and square so that they travel as they are, and the program at work on it.

use std::cell::Cell;
use std::path::Path;
use std::process::Command;

use photosyncd::testing::emulator::Running;
use tempfile::TempDir;

/// Photos on a disk; each is another picture.
pub(crate) struct Directory {
    place: TempDir,
    pub(crate) photos: usize,
    edition: Cell<u64>,
}

impl Directory {
    pub(crate) fn of(photos: usize) -> Self {
        let directory = Self { place: tempfile::tempdir().unwrap(), photos, edition: Cell::new(0) };
        std::fs::create_dir_all(directory.users()).unwrap();
        directory.change();
        directory
    }

    /// Other pictures of everybody.
    pub(crate) fn change(&self) {
        self.edition.set(self.edition.get() + 1);
        for number in 0..self.photos {
            std::fs::write(self.users().join(format!("p{number}@contoso.com.jpg")), self.photo(number)).unwrap();
        }
    }

    /// What the file of a person holds.
    pub(crate) fn photo(&self, number: usize) -> Vec<u8> {
        let mut pixels = vec![0; 96 * 96 * 3];
        fastrand::Rng::with_seed(self.edition.get() << 32 | number as u64).fill(&mut pixels);
        let mut jpeg = Vec::new();
        jpeg_encoder::Encoder::new(&mut jpeg, 60).encode(&pixels, 96, 96, jpeg_encoder::ColorType::Rgb).unwrap();
        jpeg
    }

    pub(crate) fn users(&self) -> std::path::PathBuf {
        self.path().join("photos/users")
    }

    pub(crate) fn path(&self) -> &Path {
        self.place.path()
    }

    /// `reconcile` with this ledger; `more` is added to its configuration.
    pub(crate) fn reconcile(&self, more: &str, ledger: &str, running: &Running) -> Command {
        let (config, url) = (self.path().join(ledger).with_extension("yaml"), running.graph_url());
        let text = format!(
            "source: {{ directory: photos, settle: 0s }}\nledger: {{ path: {ledger} }}\n{more}\n\
             guard: {{ first_contact: replace }}\n\
             graph: {{ cloud: custom, graph_url: '{url}', login_url: '{url}', tenant: contoso.com, client_id: photosyncd, \
             credential: {{ client_secret: {{ env: PHOTOSYNCD_BENCH_SECRET }} }} }}\n"
        );
        std::fs::write(&config, text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_photosyncd"));
        command.arg("reconcile").arg("--config").arg(&config).env("PHOTOSYNCD_BENCH_SECRET", "secret");
        command.env_remove("STATE_DIRECTORY");
        command
    }
}
