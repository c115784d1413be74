//! What needs limits and mounts of its own: run in namespaces, where those are permitted.

use super::*;

/// Runs one of the ignored tests below in namespaces of its own, after `before`; says so where that isn't permitted.
#[expect(clippy::print_stderr, reason = "a test that can't run here must not look like one that did")]
fn apart(before: &str, test: &str) {
    let unshare = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script]);
        command.arg(std::env::current_exe().unwrap());
        command
    };
    if !unshare(before).output().is_ok_and(|output| output.status.success()) {
        return eprintln!("SKIPPED {test}: namespaces are not permitted here");
    }
    let name = format!("source::watch::tests::namespaces::{test}");
    let output = unshare(&format!("{before} && exec \"$0\" --exact {name} --ignored --nocapture")).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
fn without_watches_it_polls_and_says_what_to_raise() {
    apart("echo 20 > /proc/sys/user/max_inotify_watches", "inside_with_20_watches");
}

#[tokio::test]
#[ignore = "run by without_watches_it_polls_and_says_what_to_raise, where only 20 watches can be had"]
async fn inside_with_20_watches() {
    let mut later = Watched::new().await;
    assert!(native(&later.watcher.state().borrow()));
    for number in 0..30 {
        fs::create_dir(later.at(&format!("users/{number}"))).unwrap();
    }
    let WatchState::Polling { why } = later.state(|state| !native(state)).await else { panic!("not polling") };
    assert!(why.contains("user.max_inotify_watches (now 20;") && why.contains("sysctl"), "{why}");
    for _ in 0..3 {
        later.until(&Hint::Tick).await;
    }
    let at_start = Watched::over(later.parent, WatchMode::Native, 1024).await;
    assert!(matches!(&*at_start.watcher.state().borrow(), WatchState::Polling { why } if why.contains("max_inotify_watches")));
}

#[test]
fn an_unmounted_share_is_away_until_it_is_back() {
    apart("mount -t tmpfs none /mnt", "inside_with_mounts");
}

fn mount(on: &Path) {
    assert!(Command::new("mount").args(["-t", "tmpfs", "none"]).arg(on).status().unwrap().success());
}

fn unmount(on: &Path) {
    // Lazily, as when a server goes: open files don't hold it.
    assert!(Command::new("umount").arg("-l").arg(on).status().unwrap().success());
}

#[tokio::test]
#[ignore = "run by an_unmounted_share_is_away_until_it_is_back, where mounting is permitted"]
async fn inside_with_mounts() {
    let parent = tempfile::tempdir().unwrap();
    let photos = parent.path().join("photos");
    fs::create_dir(&photos).unwrap();
    mount(&photos);
    let mut watched = Watched::over(parent, WatchMode::Auto, 1024).await;
    watched.write("a.jpg");
    watched.until(&complete("a.jpg")).await;
    unmount(&photos);
    let WatchState::Away { why } = watched.state(away).await else { unreachable!() };
    assert!(why.contains("nothing is mounted"), "{why}");
    // Whatever is written to the bare mount point now is not the source's.
    fs::write(photos.join("stray.jpg"), "x").unwrap();
    mount(&photos);
    watched.state(native).await;
    let hints = watched.until(&Hint::Everything).await;
    assert!(!hints.contains(&complete("stray.jpg")), "{hints:?}");
    watched.write("b.jpg");
    watched.until(&complete("b.jpg")).await;
    // Something is mounted below it, and goes again.
    let sub = photos.join("sub");
    fs::create_dir(&sub).unwrap();
    mount(&sub);
    watched.until(&Hint::Everything).await;
    watched.write("sub/d.jpg");
    watched.until(&complete("sub/d.jpg")).await;
    unmount(&sub);
    watched.until(&Hint::Everything).await;
    // Another one mounted in its place, within less than a look.
    unmount(&photos);
    mount(&photos);
    watched.until(&Hint::Everything).await;
    watched.write("c.jpg");
    watched.until(&complete("c.jpg")).await;
    unmount(&photos);
    drop(watched);

    // Something is mounted over a plain directory with photos, and goes again.
    let parent = tempfile::tempdir().unwrap();
    let photos = parent.path().join("photos");
    fs::create_dir(&photos).unwrap();
    fs::write(photos.join("a.jpg"), "x").unwrap();
    let mut watched = Watched::over(parent, WatchMode::Auto, 1024).await;
    watched.write("b.jpg");
    watched.until(&complete("b.jpg")).await;
    mount(&photos);
    watched.until(&Hint::Everything).await;
    unmount(&photos);
    watched.until(&Hint::Everything).await;
    watched.state(native).await;
    watched.write("d.jpg");
    watched.until(&complete("d.jpg")).await;
}
