//! A file system of a test's own that can be made to hang: it speaks the kernel's protocol (`fuse(4)`), shows a tree as it
//! was when it began, and answers nothing, or not for one file, for as long as a test wants.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

/// What is not answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Hangs {
    Nothing,
    Everything,
    /// Reading files of this name.
    Reading(&'static str),
}

struct Node {
    parent: u64,
    name: String,
    /// None: a directory.
    content: Option<Vec<u8>>,
}

struct Inner {
    device: File,
    /// By number, from 1: the root.
    nodes: Vec<Node>,
    hangs: Hangs,
    /// Requests that are not answered yet.
    held: Vec<Vec<u8>>,
}

/// The mounted file system; gone when dropped.
pub(crate) struct Fuse {
    place: PathBuf,
    inner: Arc<Mutex<Inner>>,
}

const ROOT: u64 = 1;
const FORGET: u64 = 2;
const READ: u64 = 15;
const INIT: u64 = 26;
const INTERRUPT: u64 = 36;
const BATCH_FORGET: u64 = 42;
const ENOENT: i32 = 2;
const EINTR: i32 = 4;
const ENOSYS: i32 = 38;

impl Fuse {
    /// Shows what lies in a directory, over that directory. None where that is not permitted.
    pub(crate) fn over(place: &Path) -> Option<Self> {
        let skipped = || println!("skipped: FUSE can't be mounted here");
        let Ok(device) = File::options().read(true).write(true).open("/dev/fuse") else {
            skipped();
            return None;
        };
        let mut nodes = vec![Node { parent: 0, name: String::new(), content: None }];
        collect(place, ROOT, &mut nodes);
        // The kernel finds the device by its number in the process that mounts: standard input.
        let options = "fd=0,rootmode=40000,user_id=0,group_id=0,allow_other";
        let mut mount = Command::new("mount");
        mount.args(["-i", "-t", "fuse", "-o", options, "photosyncd-test"]).arg(place);
        let mounted = mount.stdin(device.try_clone().unwrap()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        if !mounted.is_ok_and(|done| done.success()) {
            skipped();
            return None;
        }
        let requests = device.try_clone().unwrap();
        let inner = Arc::new(Mutex::new(Inner { device, nodes, hangs: Hangs::Nothing, held: Vec::new() }));
        let served = Arc::clone(&inner);
        std::thread::spawn(move || serve(requests, &served));
        Some(Self { place: place.to_owned(), inner })
    }

    /// What hangs from now on; what does not any more is answered.
    pub(crate) fn hang(&self, hangs: Hangs) {
        let mut inner = self.inner.lock().unwrap();
        inner.hangs = hangs;
        for request in std::mem::take(&mut inner.held) {
            inner.take(request);
        }
    }

    /// Whether somebody waits for an answer.
    pub(crate) fn is_waited_for(&self) -> bool {
        !self.inner.lock().unwrap().held.is_empty()
    }

    /// Another file, or another content.
    pub(crate) fn put(&self, directory: &str, name: &str, content: &[u8]) {
        let mut inner = self.inner.lock().unwrap();
        let parent = inner.find(ROOT, directory).unwrap();
        match inner.find(parent, name) {
            Some(node) => inner.nodes[at(node)].content = Some(content.to_vec()),
            None => inner.nodes.push(Node { parent, name: name.to_owned(), content: Some(content.to_vec()) }),
        }
    }
}

impl Drop for Fuse {
    fn drop(&mut self) {
        self.hang(Hangs::Nothing);
        _ = Command::new("umount").arg("-l").arg(&self.place).status();
    }
}

fn collect(directory: &Path, parent: u64, nodes: &mut Vec<Node>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let content = path.is_file().then(|| std::fs::read(&path).unwrap());
        nodes.push(Node { parent, name, content });
        if path.is_dir() {
            collect(&path, nodes.len() as u64, nodes);
        }
    }
}

fn serve(mut requests: File, inner: &Mutex<Inner>) {
    let mut buffer = vec![0; 256 * 1024];
    // An error means that it is not mounted any more.
    while let Ok(length) = requests.read(&mut buffer) {
        inner.lock().unwrap().take(buffer[..length].to_vec());
    }
}

fn number(bytes: &[u8], at: usize, size: usize) -> u64 {
    bytes[at..at + size].iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// Where a node stands by its number.
fn at(number: u64) -> usize {
    usize::try_from(number).unwrap() - 1
}

impl Inner {
    fn node(&self, number: u64) -> &Node {
        &self.nodes[at(number)]
    }

    fn find(&self, parent: u64, name: &str) -> Option<u64> {
        let at = self.nodes.iter().position(|node| node.parent == parent && node.name == name && !name.is_empty());
        at.map(|at| at as u64 + 1)
    }

    /// Answers a request, or holds it.
    fn take(&mut self, request: Vec<u8>) {
        let (code, node) = (number(&request, 4, 4), number(&request, 16, 8));
        if code == INTERRUPT {
            // Whoever waits is being killed: like most file systems that hang, this one lets it go.
            let place = self.held.iter().position(|held| held[8..16] == request[40..48]);
            if let Some(held) = place.map(|place| self.held.remove(place)) {
                self.reply(&held, Err(EINTR));
            }
            return;
        }
        let hangs = match &self.hangs {
            Hangs::Nothing => false,
            Hangs::Everything => !matches!(code, INIT | FORGET | BATCH_FORGET),
            Hangs::Reading(name) => code == READ && self.node(node).name == *name,
        };
        if hangs {
            self.held.push(request);
        } else if let Some(answer) = self.answer(code, node, &request[40..]) {
            self.reply(&request, answer);
        }
    }

    fn reply(&mut self, request: &[u8], answer: Result<Vec<u8>, i32>) {
        let (error, body) = answer.map_or_else(|error| (-error, Vec::new()), |body| (0, body));
        let length = u32::try_from(16 + body.len()).unwrap();
        let head = [&length.to_le_bytes()[..], &error.to_le_bytes(), &request[8..16]].concat();
        // Whoever asked may be gone.
        _ = self.device.write(&[head, body].concat());
    }

    fn answer(&self, code: u64, node: u64, body: &[u8]) -> Option<Result<Vec<u8>, i32>> {
        Some(match code {
            FORGET | BATCH_FORGET => return None,
            1 => {
                let name = String::from_utf8_lossy(&body[..body.len() - 1]).into_owned();
                self.find(node, &name).map(|found| [pack(&[found, 0, 0, 0, 0]), self.attributes(found)].concat()).ok_or(ENOENT)
            }
            3 => Ok([pack(&[0, 0]), self.attributes(node)].concat()),
            // INIT: version 7.31, no flags, no read ahead; 64 bytes.
            INIT => {
                let mut answer = vec![0; 64];
                answer[0] = 7;
                answer[4] = 31;
                answer[16] = 16;
                answer[22] = 1;
                answer[24] = 1;
                Ok(answer)
            }
            // OPEN and OPENDIR: 1 keeps files out of the kernel's cache.
            14 | 27 => Ok(pack(&[0, u64::from(code == 14)])),
            READ => {
                let content = self.node(node).content.as_deref().unwrap_or_default();
                let [from, size] = [number(body, 8, 8), number(body, 16, 4)].map(|number| usize::try_from(number).unwrap());
                Ok(content.iter().skip(from).take(size).copied().collect())
            }
            28 => Ok(self.listing(node, number(body, 8, 8))),
            17 => Ok([pack(&[1, 0, 0, 0, 0]), pack(&[4096 | 255 << 32, 4096]), vec![0; 24]].concat()),
            // RELEASE, FLUSH, RELEASEDIR, ACCESS.
            18 | 25 | 29 | 34 => Ok(Vec::new()),
            _ => Err(ENOSYS),
        })
    }

    fn attributes(&self, node: u64) -> Vec<u8> {
        let content = self.node(node).content.as_ref();
        let size = content.map_or(0, Vec::len) as u64;
        // Old enough to be whole; another content has another time.
        let time = 1_700_000_000
            + content.map_or(0, |content| u64::from(content.iter().map(|byte| u32::from(*byte)).sum::<u32>()) % 1_000_000);
        let mode: u64 = if content.is_some() { 0o100_644 } else { 0o40_755 };
        // Mode and links share a word, as do the owners, the device and the block size.
        [
            pack(&[node, size, size.div_ceil(512), time, time, time]),
            vec![0; 12],
            mode.to_le_bytes()[..4].to_vec(),
            pack(&[1]),
            vec![0; 4],
            vec![0; 4],
            4096_u32.to_le_bytes().to_vec(),
            vec![0; 4],
        ]
        .concat()
    }

    /// What follows in a directory after an offset.
    fn listing(&self, node: u64, after: u64) -> Vec<u8> {
        let children = (1..).zip(&self.nodes).filter(|(_, child)| child.parent == node);
        let mut listing = Vec::new();
        for (offset, (number, child)) in (1..).zip(children).filter(|(offset, _)| *offset > after) {
            let kind: u64 = if child.content.is_some() { 8 } else { 4 };
            let mut entry = pack(&[number, offset, child.name.len() as u64 | kind << 32]);
            entry.extend(child.name.as_bytes());
            entry.resize(entry.len().next_multiple_of(8), 0);
            if listing.len() + entry.len() > 4096 {
                break;
            }
            listing.extend(entry);
        }
        listing
    }
}

fn pack(numbers: &[u64]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}
