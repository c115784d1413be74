//! What is no photo of anybody wherever it lies: recycle bins, snapshots, thumbnails and what programs leave behind.
//!
//! Each name is that of a file or folder in whatever case; a folder goes with everything below it. `*` stands for any
//! characters, `?` for one. The help on mapping shows the same names; a test compares them.

use std::sync::LazyLock;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// By whom, and the names.
pub(super) const CLUTTER: [(&str, &[&str]); 15] = [
    (
        "Synology",
        &[
            "#recycle",
            "#snapshot",
            "@eaDir",
            "@tmp",
            "*@SynoResource",
            "*@SynoEAStream",
            "*_Conflict.*",
            "*_CaseConflict.*",
            "@sharesnap",
            "@sharebin",
            "SYNO*_THUMB_*",
            ".SynologyWorkingDirectory",
        ],
    ),
    ("QNAP", &["@Recycle", "@Recently-Snapshot", ".@__*", ".@upload_cache", ".@recently-snapshot"]),
    (
        "other NAS makers",
        &["Recycle Bin", "Network Recycle Bin*", "Network Trash Folder", "trashbox", ".recycle*", ".wdmc", ".@metadata"],
    ),
    (
        "snapshots (ZFS, NetApp, Btrfs, Ceph, Samba)",
        &[".zfs", ".snapshot", "~snapshot", ".snapshots", ".snap", ".ckpt", "@GMT-*", "#snapshots"],
    ),
    (
        "Windows",
        &[
            "$RECYCLE.BIN",
            "RECYCLER",
            "RECYCLED",
            "System Volume Information",
            "FOUND.[0-9][0-9][0-9]",
            "Thumbs.db*",
            "ehthumbs*.db",
            "desktop.ini",
            "*Zone.Identifier*",
            "*.lnk",
            "*:$DATA",
        ],
    ),
    (
        "macOS",
        &[
            ".DS_Store",
            "._*",
            ".Trashes",
            ".Spotlight-V100",
            ".fseventsd",
            ".TemporaryItems",
            "Temporary Items",
            ".AppleDouble",
            ".AppleDB",
            ".AppleDesktop",
            ".DocumentRevisions-V100",
            ".VolumeIcon.icns",
            ".apdisk",
            "__MACOSX",
            "Icon\r",
            ".smbdelete*",
            "*.icloud",
        ],
    ),
    (
        "Linux",
        &[
            ".Trash",
            ".Trash-*",
            "lost+found",
            ".fuse_hidden*",
            ".nfs*",
            ".goutputstream-*",
            ".gvfs*",
            ".directory",
            ".thumbnails",
            ".glusterfs",
        ],
    ),
    ("Android", &[".trashed-*", ".pending-*"]),
    ("OneDrive, SharePoint", &[".849C9593-D756-4E56-8D6E-42412F2A707B", "*.laccdb"]),
    (
        "Dropbox, Google Drive",
        &[
            ".dropbox",
            ".dropbox.*",
            "*conflicted copy*",
            "*in Konflikt stehende Kopie*",
            "*copie en conflit*",
            "*copia en conflicto*",
            "*(Case Conflict*",
            "*(Selective Sync Conflict*",
            ".tmp.drivedownload",
            ".tmp.driveupload",
        ],
    ),
    (
        "Nextcloud, ownCloud",
        &[
            "files_trashbin",
            "files_versions",
            ".sync_*.db*",
            "._sync_*.db*",
            ".owncloudsync.log*",
            ".nextcloudsync.log*",
            ".*.~*",
            "*_conflict-[0-9]*",
            "*(SFConflict*",
        ],
    ),
    (
        "Syncthing, rsync, Resilio",
        &[
            ".stversions",
            ".stfolder*",
            "~syncthing~*",
            ".syncthing.*",
            "*.sync-conflict-*",
            ".~tmp~",
            ".rsync-partial",
            ".?*.??????",
            ".sync",
            "*.!sync",
        ],
    ),
    ("Office", &["~$*", "~WRL*.tmp", ".~lock.*"]),
    (
        "editors, photo programs",
        &[
            "*~",
            "*.bak",
            "*.swp",
            "*.swo",
            "*.swx",
            "#*#",
            ".#*",
            ".git",
            ".svn",
            "Picasa.ini",
            ".picasa.ini",
            ".picasaoriginals",
            "ZbThumbnail.info",
            "*.lrdata",
        ],
    ),
    (
        "downloads and copies under way",
        &["*.tmp", "*.temp", "*.part", "*.partial", "*.crdownload", "*.download", "*.filepart", "*.opdownload", "*.!ut"],
    ),
];

/// In the order of the names; the test below sees to it that every one can be read.
static CLUTTER_NAMES: LazyLock<GlobSet> = LazyLock::new(|| {
    let mut set = GlobSetBuilder::new();
    for glob in entries().filter_map(|(_, name)| GlobBuilder::new(name).case_insensitive(true).build().ok()) {
        set.add(glob);
    }
    set.build().unwrap_or_default()
});

fn entries() -> impl Iterator<Item = (&'static str, &'static str)> {
    CLUTTER.into_iter().flat_map(|(by, names)| names.iter().map(move |name| (by, *name)))
}

/// Whether a file or folder of this name is clutter.
pub(super) fn is_clutter(name: &str) -> bool {
    CLUTTER_NAMES.is_match(name)
}

/// By whom such a name is clutter, and which name of the list it is.
pub(super) fn find(name: &str) -> Option<(&'static str, &'static str)> {
    CLUTTER_NAMES.matches(name).first().and_then(|at| entries().nth(*at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_the_list_is_one() {
        assert_eq!(CLUTTER_NAMES.len(), entries().count());
        for (by, name) in entries() {
            let written = name.replace("[0-9]", "7").replace('*', "x").replace('?', "y");
            for cased in [written.clone(), written.to_uppercase(), written.to_lowercase()] {
                let found = find(&cased).unwrap_or_else(|| panic!("{by}: {cased:?}"));
                assert!(is_clutter(&cased) && entries().any(|known| known == found));
            }
        }
    }

    #[test]
    fn people_and_their_folders_are_none() {
        for name in [
            "anna@contoso.com.jpg",
            "users",
            "Recycling",
            "Ben Recycler.jpg",
            "snapshot",
            "tmp",
            "temp.jpg",
            "IMG_1042.JPG",
            "backup",
            "anna.bak.jpg",
            "trash.png",
            "icon.png",
            "Icon",
            "0042.jpg",
            "anna~1.jpg",
            "#1042.jpg",
            "@anna.jpg",
            "$anna.jpg",
            "a.part.jpg",
            "conflict.jpg",
            "desktop.jpg",
            "lost.jpg",
            ".anna.jpg",
            "Synophoto.jpg",
            "Found.jpg",
        ] {
            assert_eq!(find(name), None, "{name}");
        }
    }

    #[test]
    fn the_reference_lists_the_same_names() {
        let page = include_str!("../cli/help/mapping.md");
        for (by, names) in CLUTTER {
            let shown: Vec<String> = names.iter().map(|name| format!("`{}`", name.replace('\r', "\\r"))).collect();
            let line = format!("- **{by}**: {}", shown.join(" "));
            assert!(page.lines().any(|known| known == line), "the page lacks this line:\n{line}");
        }
        assert_eq!(
            page.lines().filter(|line| line.starts_with("- **") && line.matches("` `").count() > 0).count(),
            CLUTTER.len()
        );
    }
}
