//! Runs the operator's converter on HEIC, AVIF and pictures that can't be decoded here: a program of this machine, kept on
//! a short lead, since what it reads comes from anybody.
//!
//! It runs without a shell, with nothing of our environment, in a private directory that is gone afterwards, in a process
//! group of its own that is killed whole, and so is what left the group (`strays`). Its time, its memory, the size of its files and what is read of its output are
//! bounded. It is not kept from the network or from files that the service's user can read: that is the unit's part.

use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::strays;
use crate::files::{Bounds, FileError, read, workplace};
use crate::model::{Problem, Reason};

const INPUT: &str = "{input}";
const OUTPUT: &str = "{output}";
/// One picture takes a second; a converter that takes longer than this hangs.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Address space. 48 megapixels take about 400 MB.
const MAX_MEMORY_BYTES: u64 = 2 * 1024 * 1024 * 1024;
/// What is kept of its complaints.
const MAX_STDERR_BYTES: u64 = 4096;
/// What is shown of them.
const MAX_SHOWN_CHARS: usize = 200;
/// Seconds of processor, kilobytes of address space, half kilobytes of a file, no core dump; then the converter itself.
const LIMITS_SCRIPT: &str = r#"ulimit -c 0; ulimit -t "$1"; ulimit -v "$2"; ulimit -f "$3"; shift 3; exec "$@""#;
/// How the shell says that there is no such program, or none that can run.
const NOT_STARTED: [i32; 2] = [126, 127];
/// Where it may find its helpers.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A program that makes JPEG or PNG of what it is given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Converter {
    program: String,
    arguments: Vec<String>,
    max_bytes: u64,
    time: Duration,
}

impl Converter {
    /// From a command: the program and its arguments. Where an argument holds `{input}`, the picture lies in the file of
    /// that name, else it is given on standard input; where one holds `{output}`, the answer is read from the file of that
    /// name (which ends in `.jpg`), else from standard output. No answer may have more than `max_bytes`.
    pub(crate) fn new(command: &[String], max_bytes: u64) -> Result<Self, String> {
        let Some((program, arguments)) = command.split_first() else {
            return Err("names no program; write [vips, copy, \"{input}\", \"{output}\"]".to_owned());
        };
        if program.is_empty() || (program.contains('/') && !program.starts_with('/')) {
            return Err(format!("{program:?} is not a program; give its name, or its path from /"));
        }
        Ok(Self { program: program.clone(), arguments: arguments.to_vec(), max_bytes, time: TIMEOUT })
    }

    /// A name that another command does not have.
    pub(crate) fn id(&self) -> String {
        let hash = blake3::hash(format!("{:?} {:?}", self.program, self.arguments).as_bytes()).to_hex();
        hash.chars().take(12).collect()
    }

    /// Its program, as the command names it.
    pub(crate) fn command(&self) -> &str {
        &self.program
    }

    /// Where its program lies, if it is there and may be run.
    pub(crate) fn program(&self) -> Option<PathBuf> {
        let may_run = |path: &PathBuf| path.is_file() && rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok();
        if self.program.starts_with('/') {
            return Some(PathBuf::from(&self.program)).filter(may_run);
        }
        PATH.split(':').map(|directory| Path::new(directory).join(&self.program)).find(may_run)
    }

    fn has_placeholder(&self, placeholder: &str) -> bool {
        self.arguments.iter().any(|argument| argument.contains(placeholder))
    }

    /// What the converter makes of a picture. Blocks, for half a minute at most.
    pub(crate) fn convert(&self, picture: Bytes) -> Result<Bytes, Problem> {
        let directory = workplace().map_err(|error| failed(format!("there is no place for the converter to work: {error}")))?;
        let (input, output) = (directory.path().join("input.heic"), directory.path().join("output.jpg"));
        if self.has_placeholder(INPUT) {
            let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&input);
            let written = made.and_then(|mut file| file.write_all(&picture));
            written.map_err(|error| failed(format!("there is no place for the converter to work: {error}")))?;
        }
        let ConverterRun { status, picture_out, stderr } = self.run(directory.path(), &input, &output, picture)?;
        let too_large = || failed(format!("the converter's picture has more than {} bytes", self.max_bytes));
        if status.signal() == Some(Signal::XFSZ.as_raw()) {
            return Err(too_large());
        }
        let picture_out = if self.has_placeholder(OUTPUT) { read_output(&output, self.max_bytes) } else { Ok(picture_out) };
        let picture_out = picture_out.map_err(|error| match error {
            FileError::TooLarge { .. } => too_large(),
            error => failed(format!("the converter's picture can't be read: {error}")),
        })?;
        if picture_out.len() as u64 > self.max_bytes {
            return Err(too_large());
        }
        if status.code().is_some_and(|code| NOT_STARTED.contains(&code)) {
            return Err(failed(format!("the converter {} can't be started{stderr}", self.program))
                .with_cure("Install it, or correct photo.heic_converter; then run `photosyncd retry`."));
        }
        if !status.success() {
            return Err(failed(format!("the converter {} failed ({status}){stderr}", self.program)));
        }
        if picture_out.is_empty() {
            return Err(failed(format!("the converter {} made no picture{stderr}", self.program)));
        }
        Ok(picture_out.into())
    }

    fn run(&self, directory: &Path, input: &Path, output: &Path, picture: Bytes) -> Result<ConverterRun, Problem> {
        let named =
            |argument: &String| argument.replace(INPUT, &input.to_string_lossy()).replace(OUTPUT, &output.to_string_lossy());
        // Limits that hold from its first step on can be set without unsafe code by a shell only. What it runs is fixed;
        // the converter and its arguments are never read as a shell line.
        let limits =
            [self.time.as_secs().max(1), MAX_MEMORY_BYTES / 1024, self.max_bytes / 512 + 1].map(|limit| limit.to_string());
        let mut command = Command::new("/bin/sh");
        command.args(["-c", LIMITS_SCRIPT, "sh"]).args(limits).arg(&self.program);
        command.args(self.arguments.iter().map(named)).current_dir(directory).process_group(0);
        command.env_clear().env("PATH", PATH).env("LANG", "C.UTF-8").env("HOME", directory).env("TMPDIR", directory);
        command.stdin(if self.has_placeholder(INPUT) { Stdio::null() } else { Stdio::piped() });
        command.stdout(if self.has_placeholder(OUTPUT) { Stdio::null() } else { Stdio::piped() }).stderr(Stdio::piped());
        let child = command.spawn().map_err(|error| {
            failed(format!("the converter {} can't be started: {error}", self.program))
                .with_cure("Install it, or correct photo.heic_converter; then run `photosyncd retry`.")
        })?;
        let leader = Pid::from_child(&child);
        let group = ProcessGroup { leader, gone: Arc::new(Mutex::new(false)), directory: directory.into() };
        let (sender, receiver) = channel();
        let (watched, most) = (group.clone(), self.max_bytes);
        thread::spawn(move || sender.send(communicate(child, &watched, picture, most)));
        if let Ok(run) = receiver.recv_timeout(self.time) {
            return run.map_err(|error| failed(format!("the converter {} can't be followed: {error}", self.program)));
        }
        group.kill();
        Err(failed(format!("the converter {} was stopped: it was not done after {:?}", self.program, self.time)))
    }
}

/// How a run of the converter ended.
struct ConverterRun {
    status: ExitStatus,
    picture_out: Vec<u8>,
    stderr: String,
}

/// The converter and whatever it started.
#[derive(Clone)]
struct ProcessGroup {
    leader: Pid,
    /// Its number may belong to somebody else by now.
    gone: Arc<Mutex<bool>>,
    /// Where they work.
    directory: Arc<Path>,
}

impl ProcessGroup {
    fn kill(&self) {
        if !*self.gone.lock().unwrap_or_else(PoisonError::into_inner) {
            _ = kill_process_group(self.leader, Signal::KILL);
        }
        strays::kill(&self.directory);
    }

    /// Waits for the leader to end, ends the rest, and lets go of the number.
    fn wait(&self, child: &mut Child) -> io::Result<ExitStatus> {
        while let Err(rustix::io::Errno::INTR) = waitid(WaitId::Pid(self.leader), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {
        }
        self.kill();
        *self.gone.lock().unwrap_or_else(PoisonError::into_inner) = true;
        child.wait()
    }
}

/// Gives the picture, takes the answer, and waits for the end.
fn communicate(mut child: Child, group: &ProcessGroup, picture: Bytes, max_bytes: u64) -> io::Result<ConverterRun> {
    let given = child.stdin.take();
    // A program that doesn't read to the end has its reasons; its answer tells.
    thread::spawn(move || given.map(|mut given| given.write_all(&picture)));
    // One byte more than may be, so that too many are seen.
    let picture_out = child.stdout.take().map(|pipe| thread::spawn(move || read_pipe(pipe, max_bytes + 1)));
    let stderr = child.stderr.take().map(|pipe| thread::spawn(move || read_pipe(pipe, MAX_STDERR_BYTES)));
    let status = group.wait(&mut child)?;
    let read = |reader: Option<thread::JoinHandle<Vec<u8>>>| reader.and_then(|reader| reader.join().ok()).unwrap_or_default();
    Ok(ConverterRun { status, picture_out: read(picture_out), stderr: last_line(&read(stderr)) })
}

/// What comes through a pipe, up to a limit; then the pipe is closed.
fn read_pipe(pipe: impl Read, most: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    _ = pipe.take(most).read_to_end(&mut bytes);
    bytes
}

/// What the converter wrote, nothing if there is no such file. Links are not followed: the answer is a file that was
/// written there.
fn read_output(path: &Path, max_bytes: u64) -> Result<Vec<u8>, FileError> {
    match read(path, Bounds::small(max_bytes).unlinked()) {
        Err(error) if error.is_not_found() => Ok(Vec::new()),
        outcome => outcome.map(|file| file.bytes),
    }
}

/// The last line of what it said, in printable letters.
fn last_line(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let line = text.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let line: String = line.chars().filter(|letter| !letter.is_control()).take(MAX_SHOWN_CHARS).collect();
    if line.is_empty() { line } else { format!(": {line}") }
}

fn failed(detail: impl Into<String>) -> Problem {
    Problem::new(Reason::PhotoUnsupported, detail)
        .with_cure("Export the picture as JPEG, or correct the converter (photo.heic_converter) and run `photosyncd retry`.")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A converter that is a few lines of shell, with a picture of its own on standard input.
    fn script(lines: &str, more: &[&str]) -> Converter {
        let command = ["/bin/sh", "-c", lines, "sh"].into_iter().chain(more.iter().copied()).map(str::to_owned);
        Converter::new(&command.collect::<Vec<_>>(), 100_000).unwrap()
    }

    fn failure(converter: &Converter) -> String {
        let problem = converter.convert(Bytes::from_static(b"picture")).unwrap_err();
        assert_eq!(problem.reason, Reason::PhotoUnsupported);
        assert!(problem.cure.contains("photo.heic_converter"), "{}", problem.cure);
        problem.detail
    }

    #[test]
    fn the_picture_goes_through_pipes_or_files() {
        let piped = script("printf 'made of '; cat", &[]);
        assert_eq!(piped.convert(Bytes::from_static(b"picture")).unwrap(), "made of picture");
        let modes = script("stat -c %a . \"$1\"", &["{input}"]).convert(Bytes::from_static(b"picture")).unwrap();
        assert_eq!(modes, "700\n600\n", "nobody else's to look at, whatever the umask");
        let filed = script("cp \"$1\" \"$2\"; pwd >> \"$2\"; env >> \"$2\"", &["{input}", "{output}"]);
        let made = filed.convert(Bytes::from_static(b"picture\n")).unwrap();
        let made = String::from_utf8(made.to_vec()).unwrap();
        let mut lines = made.lines();
        assert_eq!(lines.next(), Some("picture"));
        let directory = lines.next().unwrap();
        assert!(directory.contains("photosyncd-") && !Path::new(directory).exists(), "{directory} is still there");
        let mut names: Vec<&str> = lines.filter_map(|line| line.split('=').next()).collect();
        names.retain(|name| !["PWD", "OLDPWD", "SHLVL", "_"].contains(name));
        names.sort_unstable();
        assert_eq!(names, ["HOME", "LANG", "PATH", "TMPDIR"], "nothing of our environment");
    }

    #[test]
    fn a_converter_that_fails_is_quoted() {
        let detail = failure(&script("echo first >&2; printf 'no such\\tcodec\\n' >&2; exit 3", &[]));
        assert!(detail.contains("exit status: 3") && detail.ends_with(": no suchcodec"), "{detail}");
        assert!(failure(&script("exit 0", &[])).contains("made no picture"));
        assert!(failure(&script("exit 0", &["{output}"])).contains("made no picture"));
        assert!(failure(&script("ln -s /etc/hostname \"$1\"", &["{output}"])).contains("a symbolic link, not a file"));
        let absent = Converter::new(&["/nowhere/heif-convert".to_owned()], 1000).unwrap();
        assert!(failure(&absent).contains("can't be started"));
    }

    #[test]
    fn a_converter_that_hangs_is_killed_with_what_it_started() {
        let marker = tempfile::tempdir().unwrap();
        let marker = marker.path().join("late");
        // Both the shell and the one in its background hold the pipes open.
        let lines = format!("(sleep 2; touch {0}) & sleep 60", marker.display());
        let hanging = Converter { time: Duration::from_millis(300), ..script(&lines, &[]) };
        assert!(failure(&hanging).contains("was not done after 300ms"));
        // One that ends and leaves something behind.
        let leaving = script(&format!("(sleep 2; touch {0}) & echo done", marker.display()), &[]);
        assert_eq!(leaving.convert(Bytes::new()).unwrap(), "done\n");
        // In sessions of their own, with the pipes and without.
        for (lead, pipes) in [("", ""), ("env -i", ">/dev/null 2>&1"), ("cd /; exec", ""), ("", ">/dev/null 2>&1")] {
            let lines = format!("({lead} setsid sh -c 'sleep 2; touch {}' {pipes}) & sleep 0.3; echo done", marker.display());
            assert_eq!(script(&lines, &[]).convert(Bytes::new()).unwrap(), "done\n", "{lines}");
        }
        let (_tell, receiver) = channel::<()>();
        _ = receiver.recv_timeout(Duration::from_millis(2500));
        assert!(!marker.exists(), "what it started lives on");
    }

    #[test]
    fn a_flood_is_cut_off() {
        assert!(failure(&script("yes", &[])).contains("more than 100000 bytes"));
        assert!(failure(&script("yes > \"$1\"", &["{output}"])).contains("more than 100000 bytes"));
        assert!(failure(&script("yes > \"$1\" || true", &["{output}"])).contains("more than 100000 bytes"));
        assert!(failure(&script("yes complaint >&2", &["{output}"])).contains("failed"));
    }

    #[test]
    fn memory_is_limited() {
        let detail = failure(&script("exec tail -c 3G /dev/zero", &[]));
        assert!(detail.contains("failed") || detail.contains("more than"), "{detail}");
    }

    #[test]
    fn commands_are_judged_and_told_apart() {
        let new = |words: &[&str]| Converter::new(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>(), 1000);
        assert!(new(&[]).is_err() && new(&[""]).is_err() && new(&["bin/heif"]).is_err());
        let (one, other) = (new(&["a", "b c"]).unwrap(), new(&["a", "b", "c"]).unwrap());
        assert_ne!(one.id(), other.id());
        assert_eq!(one.id(), new(&["a", "b c"]).unwrap().id());
        assert!(!one.id().contains('-'));
    }
}
