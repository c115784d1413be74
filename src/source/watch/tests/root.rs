//! The root: gone, back, another one; and without events.

use super::*;

#[tokio::test]
async fn a_root_that_is_a_link_is_watched_where_it_leads_and_followed_when_it_turns() {
    let parent = tempfile::tempdir().unwrap();
    for name in ["one", "two"] {
        fs::create_dir(parent.path().join(name)).unwrap();
    }
    symlink("one", parent.path().join("photos")).unwrap();
    let mut watched = Watched::over(parent, WatchMode::Auto, 1024).await;
    watched.write("a.jpg");
    watched.until(&complete("a.jpg")).await;
    symlink("two", watched.parent.path().join("new")).unwrap();
    fs::rename(watched.parent.path().join("new"), watched.parent.path().join("photos")).unwrap();
    watched.until(&Hint::Everything).await;
    watched.write("b.jpg");
    watched.until(&complete("b.jpg")).await;
}

#[tokio::test]
async fn a_root_that_goes_and_comes_back_is_watched_again() {
    let mut watched = Watched::new().await;
    fs::remove_dir_all(watched.at("")).unwrap();
    let WatchState::Away { why } = watched.state(away).await else { unreachable!() };
    assert!(why.contains("does not exist"), "{why}");
    fs::create_dir(watched.at("")).unwrap();
    watched.until(&Hint::Everything).await;
    assert!(native(&watched.watcher.state().borrow()));
    watched.write("a.jpg");
    watched.until(&complete("a.jpg")).await;
    // Renamed, with a new one in its place at once: what happens in the old one is no longer told.
    fs::rename(watched.at(""), watched.parent.path().join("old")).unwrap();
    fs::create_dir(watched.at("")).unwrap();
    watched.until(&Hint::Everything).await;
    fs::write(watched.parent.path().join("old/stray.jpg"), "x").unwrap();
    assert!(!watched.settled().await.contains(&complete("stray.jpg")));
}

#[tokio::test]
async fn a_root_that_is_not_there_at_the_start_is_waited_for() {
    let parent = tempfile::tempdir().unwrap();
    let source = SourceSettings { require: Some(".mounted".into()), ..source(parent.path().join("photos")) };
    let mut watched = Watched::start(parent, source, WatchMode::Auto, 1024).await;
    assert!(away(&watched.watcher.state().borrow()));
    fs::create_dir(watched.at("")).unwrap();
    watched.state(|state| matches!(state, WatchState::Away { why } if why.contains("source.require"))).await;
    watched.write(".mounted");
    watched.until(&Hint::Everything).await;
    fs::remove_file(watched.at(".mounted")).unwrap();
    watched.state(away).await;
}

#[tokio::test]
async fn polling_hints_at_everything_again_and_again_and_off_never() {
    let mut polled = Watched::with(WatchMode::Poll, 1).await;
    assert!(matches!(&*polled.watcher.state().borrow(), WatchState::Polling { why } if why.contains("source.watch: poll")));
    let watched = Watched::with(WatchMode::Off, 1024).await;
    watched.write("a.jpg");
    for _ in 0..5 {
        assert_eq!(polled.next().await, Hint::Tick);
    }
    let Watched { watcher, mut hints, .. } = watched;
    assert_eq!(*watcher.state().borrow(), WatchState::Off);
    assert!(hints.try_recv().is_err());
    drop(watcher);
    assert!(tokio::time::timeout(LONGEST, hints.recv()).await.unwrap().is_none(), "a dropped watcher ends");
}
