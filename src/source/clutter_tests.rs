//! Clutter on a real disk, in any case and at any depth.

use std::collections::BTreeSet;

use super::{IgnoreList, SourceSettings, scan};

/// Folders and files as they are found on shares; written down apart from the program's own list.
const FOLDERS: [&str; 33] = [
    "#recycle",
    "#snapshot",
    "@eaDir",
    "@tmp",
    "@Recycle",
    "@Recently-Snapshot",
    ".@__thumb",
    ".zfs",
    ".recycle",
    ".Recycle.Bin",
    ".snapshot",
    "~snapshot",
    "$RECYCLE.BIN",
    "RECYCLER",
    "RECYCLED",
    "System Volume Information",
    ".Trashes",
    ".Spotlight-V100",
    ".fseventsd",
    ".TemporaryItems",
    ".AppleDouble",
    ".AppleDB",
    "__MACOSX",
    ".Trash-1000",
    ".Trash",
    "lost+found",
    ".dropbox.cache",
    ".stversions",
    ".stfolder",
    ".~tmp~",
    "files_trashbin",
    "@GMT-2023.01.14-10.42.13",
    "found.000",
];
const FILES: [&str; 31] = [
    "Thumbs.db",
    "ehthumbs.db",
    "desktop.ini",
    "anna@contoso.com.jpg:Zone.Identifier",
    "anna@contoso.com.jpg_Zone.Identifier",
    "~$anna@contoso.com.jpg",
    "anna@contoso.com.jpg.lnk",
    ".DS_Store",
    "._anna@contoso.com.jpg",
    "Icon\r",
    ".fuse_hidden0001.jpg",
    ".nfs0001.jpg",
    ".dropbox",
    "anna@contoso.com (Ben's conflicted copy 2023-01-14).jpg",
    "anna@contoso.com.sync-conflict-20230114-104213-ABCDEFG.jpg",
    ".syncthing.anna@contoso.com.jpg.tmp",
    ".anna@contoso.com.jpg.a1B2c3",
    "~WRL0001.tmp",
    "anna@contoso.com.jpg~",
    "anna@contoso.com.swp",
    "anna@contoso.com.bak",
    "#anna@contoso.com.jpg#",
    ".#anna@contoso.com.jpg",
    "anna@contoso.com.jpg.part",
    "anna@contoso.com.jpg.partial",
    "anna@contoso.com.jpg.crdownload",
    "anna@contoso.com.jpg.download",
    "anna@contoso.com.jpg.filepart",
    "anna@contoso.com.tmp",
    "SYNOPHOTO_THUMB_XL.jpg",
    "anna@contoso.com.jpg@SynoEAStream",
];

#[test]
fn clutter_is_passed_over_in_any_case_at_any_depth_by_a_look() {
    let root = tempfile::tempdir().unwrap();
    let depths = ["", "users/", "users/Berlin/2023/"];
    let cases = |name: &str| [name.to_owned(), name.to_uppercase(), name.to_lowercase()];
    let mut written = BTreeSet::new();
    let mut write = |path: String| {
        std::fs::create_dir_all(root.path().join(&path).parent().unwrap()).unwrap();
        std::fs::write(root.path().join(&path), "x").unwrap();
        written.insert(path);
    };
    for depth in depths {
        for name in FOLDERS.iter().flat_map(|name| cases(name)) {
            write(format!("{depth}{name}/users/anna@contoso.com.jpg"));
        }
        for name in FILES.iter().flat_map(|name| cases(name)).filter(|name| !name.contains('\r')) {
            write(format!("{depth}{name}"));
        }
        write(format!("{depth}ben@contoso.com.jpg"));
    }
    // A name that the words for paths may not hold, and one that is no text.
    std::fs::write(root.path().join("users/Icon\r"), "x").unwrap();
    let odd: &std::ffi::OsStr = std::os::unix::ffi::OsStrExt::from_bytes(b"users/._m\xfcller.jpg");
    std::fs::write(root.path().join(odd), "x").unwrap();
    let settings = |clutter| SourceSettings {
        root: root.path().to_owned(),
        ignore: IgnoreList::new(&[], clutter).unwrap(),
        follow_symlinks: false,
        require: None,
        max_bytes: 1_000,
    };
    let kept = ["ben@contoso.com.jpg", "users/Berlin/2023/ben@contoso.com.jpg", "users/ben@contoso.com.jpg"];
    let whole = scan(&settings(true)).unwrap();
    assert_eq!(whole.files.iter().map(|seen| seen.path.as_str()).collect::<Vec<_>>(), kept);
    assert!(whole.problems.is_empty() && whole.complete, "{:?}", whole.problems);
    let all = scan(&settings(false)).unwrap().files.len();
    assert!(all >= written.len(), "{all} of {}", written.len());
}
