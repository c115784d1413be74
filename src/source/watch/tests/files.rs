//! What is hinted at when files and directories change.

use super::*;

#[tokio::test]
async fn nothing_is_hinted_at_in_recycle_bins_and_thumbnails() {
    let mut watched = Watched::new().await;
    watched.state(|state| *state == WatchState::Native).await;
    for folder in ["#Recycle/users", "users/@eaDir/a.jpg", "users/.trash-1000/files"] {
        fs::create_dir_all(watched.at(folder)).unwrap();
        watched.write(&format!("{folder}/b.jpg"));
    }
    fs::write(watched.at("users/DESKTOP.INI"), "x").unwrap();
    watched.write("users/c.jpg");
    fs::rename(watched.at("users/c.jpg"), watched.at("#Recycle/users/c.jpg")).unwrap();
    let named: Vec<String> = watched
        .settled()
        .await
        .into_iter()
        .map(|hint| if let Hint::At(path, _) = hint { path.to_string() } else { String::new() })
        .filter(|path| !matches!(path.as_str(), "" | "users"))
        .collect();
    assert!(named.iter().all(|path| path == "users/c.jpg") && !named.is_empty(), "{named:?}");
}

#[tokio::test]
async fn each_way_to_put_a_file_ends_with_a_sign_that_it_is_whole() {
    let mut watched = Watched::new().await;
    assert!(native(&watched.watcher.state().borrow()));
    // cp
    watched.write("users/a.jpg");
    assert_eq!(watched.until(&complete("users/a.jpg")).await[0], hint("users/a.jpg", FileActivity::Writing));
    // mv from elsewhere
    fs::write(watched.parent.path().join("b"), "b").unwrap();
    fs::rename(watched.parent.path().join("b"), watched.at("users/b.jpg")).unwrap();
    assert_eq!(watched.until(&complete("users/b.jpg")).await, [complete("users/b.jpg")]);
    // rsync: a hidden file, renamed
    watched.write("users/.c.jpg.x7Yz");
    fs::rename(watched.at("users/.c.jpg.x7Yz"), watched.at("users/c.jpg")).unwrap();
    assert_eq!(watched.until(&complete("users/c.jpg")).await, [complete("users/c.jpg")], "nothing of the hidden file");
    // an editor: the old one aside, a new one in its place
    fs::rename(watched.at("users/a.jpg"), watched.at("users/a.jpg~")).unwrap();
    watched.write("users/a.jpg");
    fs::remove_file(watched.at("users/a.jpg~")).unwrap();
    let hints = watched.settled().await;
    let of_it: Vec<&Hint> =
        hints.iter().filter(|hint| matches!(hint, Hint::At(path, _) if path.as_str() == "users/a.jpg")).collect();
    assert_eq!(of_it.first(), Some(&&hint("users/a.jpg", FileActivity::Touched)));
    assert_eq!(of_it.last(), Some(&&complete("users/a.jpg")));
    // truncated and written again
    watched.write("users/a.jpg");
    watched.until(&complete("users/a.jpg")).await;
    // Neither written nor renamed: linked, changed in its attributes, removed.
    fs::hard_link(watched.at("users/a.jpg"), watched.at("users/link.jpg")).unwrap();
    fs::set_permissions(watched.at("users/b.jpg"), fs::Permissions::from_mode(0o600)).unwrap();
    fs::remove_file(watched.at("users/c.jpg")).unwrap();
    let hints = watched.settled().await;
    assert!(hints.contains(&hint("users/link.jpg", FileActivity::Writing)), "{hints:?}");
    assert!(hints.contains(&hint("users/b.jpg", FileActivity::Touched)), "{hints:?}");
    assert!(hints.contains(&hint("users/c.jpg", FileActivity::Touched)), "{hints:?}");
    assert!(!hints.contains(&Hint::Everything), "{hints:?}");
}

#[tokio::test]
async fn a_slow_writer_grows_until_it_closes() {
    let mut watched = Watched::new().await;
    let mut file = File::create(watched.at("slow.jpg")).unwrap();
    for _ in 0..20 {
        file.write_all(&[7; 1024]).unwrap();
        assert_eq!(
            watched.until(&hint("slow.jpg", FileActivity::Writing)).await.last(),
            Some(&hint("slow.jpg", FileActivity::Writing))
        );
    }
    let hints = watched.settled().await;
    assert!(!hints.contains(&complete("slow.jpg")), "{hints:?}");
    drop(file);
    watched.until(&complete("slow.jpg")).await;
}

#[tokio::test]
async fn looking_and_reading_are_no_news() {
    let mut watched = Watched::new().await;
    watched.write("users/a.jpg");
    watched.settled().await;
    let source = source(watched.at(""));
    for seen in scan(&source).unwrap().files {
        crate::source::read_source_file(&source, &seen.path).unwrap();
    }
    assert_eq!(watched.settled().await, []);
}

#[tokio::test]
async fn a_directory_moved_in_is_hinted_at_and_then_heard() {
    let mut watched = Watched::new().await;
    let outside = watched.parent.path().join("import");
    fs::create_dir_all(outside.join("deep")).unwrap();
    for number in 0..1000 {
        fs::write(outside.join(format!("deep/{number}.jpg")), "x").unwrap();
    }
    fs::rename(&outside, watched.at("import")).unwrap();
    watched.until(&complete("import")).await;
    // The second hint comes when its inside is listened to.
    watched.until(&complete("import")).await;
    assert_eq!(below(&source(watched.at("")), "import").len(), 1000);
    watched.write("import/deep/0.jpg");
    watched.until(&complete("import/deep/0.jpg")).await;
    fs::rename(watched.at("import"), watched.at("imported")).unwrap();
    watched.until(&complete("imported")).await;
    watched.until(&complete("imported")).await;
    watched.write("imported/deep/1.jpg");
    watched.until(&complete("imported/deep/1.jpg")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_in_directories_made_in_a_hurry_are_all_found() {
    const COUNT: usize = 500;
    let mut watched = Watched::new().await;
    let root = watched.at("");
    let making = std::thread::spawn(move || {
        for number in 0..COUNT {
            let directory = root.join(format!("d{number}/a/b"));
            fs::create_dir_all(&directory).unwrap();
            fs::write(directory.join("photo.jpg"), "x").unwrap();
        }
    });
    let source = source(watched.at(""));
    let mut found: BTreeSet<String> = BTreeSet::new();
    while found.len() < COUNT {
        // Looks once at each hint, where and when it comes, as a pass would.
        let files = match watched.next().await {
            Hint::Everything | Hint::Tick | Hint::Lost => {
                scan(&source).unwrap().files.iter().map(|seen| seen.path.to_string()).collect()
            }
            Hint::At(path, FileActivity::Complete) => below(&source, path.as_str()),
            Hint::At(..) => continue,
        };
        found.extend(files);
    }
    making.join().unwrap();
}

#[tokio::test]
async fn what_nobody_takes_becomes_everything() {
    let mut watched = Watched::with(WatchMode::Auto, 4).await;
    for number in 0..100 {
        watched.write(&format!("users/{number}.jpg"));
    }
    let hints = watched.until(&Hint::Lost).await;
    assert!(hints.len() <= 10, "{hints:?}");
}

#[tokio::test]
async fn names_that_are_not_text_are_hints_at_their_directory() {
    use std::os::unix::ffi::OsStrExt;
    let mut watched = Watched::new().await;
    fs::write(watched.at("users").join(std::ffi::OsStr::from_bytes(b"m\xfcller.jpg")), "x").unwrap();
    assert_eq!(watched.next().await, hint("users", FileActivity::Touched));
}

#[tokio::test]
async fn links_out_are_not_watched_and_hidden_directories_neither() {
    let parent = tempfile::tempdir().unwrap();
    fs::create_dir_all(parent.path().join("photos/.snapshots/users")).unwrap();
    fs::create_dir_all(parent.path().join("outside")).unwrap();
    symlink(parent.path().join("outside"), parent.path().join("photos/link")).unwrap();
    let mut watched = Watched::over(parent, WatchMode::Auto, 1024).await;
    watched.write(".snapshots/users/a.jpg");
    fs::write(watched.parent.path().join("outside/a.jpg"), "x").unwrap();
    assert_eq!(watched.settled().await, []);
}
