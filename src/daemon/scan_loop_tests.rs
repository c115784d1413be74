//! When the loop looks, where nothing but time goes by.

use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::clock::{Clock, TimeSource};
use crate::config::{Built, build};
use crate::daemon::systemd::Supervisor;
use crate::emulator::{self, Entry, EntryKind, Fault, Tenant};
use crate::ledger::Reader;
use crate::model::Property;

/// The machine's clock, and the minutes that were leapt over.
struct Leaping(Clock, Arc<AtomicU64>);

impl Leaping {
    fn leapt(&self) -> Duration {
        Duration::from_secs(60 * self.1.load(Ordering::Relaxed))
    }
}

impl TimeSource for Leaping {
    fn wall(&self) -> Timestamp {
        self.0.now().plus(self.leapt())
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed() + self.leapt()
    }
}

#[tokio::test]
async fn a_file_that_nobody_answers_for_is_asked_about_within_the_hour_whatever_the_timer_says() {
    let place = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(place.path().join("photos/users")).unwrap();
    std::fs::write(place.path().join("photos/users/anna@contoso.com.jpg"), b"x").unwrap();
    let leapt = Arc::<AtomicU64>::default();
    let clock = Clock::from_source(Leaping(Clock::system(), Arc::clone(&leapt)));
    let tenant = Tenant::from_yaml("users: [{ userPrincipalName: ben@contoso.com }]").unwrap();
    let tenant = emulator::start(emulator::Settings::default(), tenant, Clock::system()).await.unwrap();
    let url = tenant.graph_url();
    let file = place.path().join("config.yaml");
    let yaml = format!(
        "source: {{ directory: photos, watch: off, full_pass_every: 7d, settle: 0s }}\n\
         graph: {{ cloud: custom, graph_url: '{url}', login_url: '{url}', tenant: contoso.com, client_id: c, \
         credential: {{ client_secret: {{ env: SECRET }} }} }}\n"
    );
    std::fs::write(&file, yaml).unwrap();
    let env = |_: &str| Some("secret".to_owned());
    let config = Config::load(&file, &env).unwrap();
    let Built { pass, identity } = build(&config, &clock, &env).await.unwrap();
    let ledger = Ledger::open(&place.path().join("ledger.db"), &identity, clock.now()).unwrap();
    let shared = Arc::new(SharedStatus::new(clock.clone(), Supervisor::of(|_| None)));
    let (settings, state) = (ScanLoopSettings::of(&config), Arc::<ServiceState>::default());
    let scanning = ScanLoop::new(pass, settings, ledger.clone(), state, Arc::clone(&shared));
    let (cancelled, mut status) = (CancellationToken::new(), shared.read());
    let running = tokio::spawn(scanning.run(cancelled.clone()));
    let mut passes = 0;
    let mut next_pass = async || {
        passes += 1;
        let made = status.wait_for(|now| now.totals.passes >= passes);
        drop(tokio::time::timeout(20 * Duration::from_secs(1), made).await.expect("a pass").unwrap());
    };
    let due = async || ledger.read(Reader::counts).await.unwrap().due;
    next_pass().await;
    // Nothing happens but that an hour goes by, and half an hour before that nothing at all.
    leapt.fetch_add(45, Ordering::Relaxed);
    tokio::time::sleep(HEARTBEAT + Duration::from_millis(200)).await;
    assert_eq!(shared.now().totals.passes, 1);
    leapt.fetch_add(15, Ordering::Relaxed);
    next_pass().await;
    assert_eq!(due().await, 0);
    tenant.change_tenant(|tenant| {
        let mut anna = Entry::new(EntryKind::User, "00000000-0000-4000-8000-00000000000a");
        anna.set(Property::UserPrincipalName, "anna@contoso.com");
        tenant.add(anna).unwrap();
    });
    leapt.fetch_add(60, Ordering::Relaxed);
    next_pass().await;
    assert_eq!(due().await, 1);
    cancelled.cancel();
    running.await.unwrap().unwrap();
    tenant.stop().await;
}

/// A look at one file asks the directory before it becomes a pass: that, too, may take as long as it likes.
#[tokio::test]
async fn whoever_stops_it_does_not_wait_for_a_question_about_one_file() {
    let place = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(place.path().join("photos/users")).unwrap();
    let photo = place.path().join("photos/users/anna@contoso.com.jpg");
    std::fs::write(&photo, b"x").unwrap();
    let users = "users: [{ userPrincipalName: anna@contoso.com, id: 00000000-0000-4000-8000-00000000000a }]\n\
                 groups: [{ mailNickname: staff, members: [00000000-0000-4000-8000-00000000000a] }]";
    let tenant = Tenant::from_yaml(users).unwrap();
    let tenant = emulator::start(emulator::Settings::default(), tenant, Clock::system()).await.unwrap();
    let url = tenant.graph_url();
    let file = place.path().join("config.yaml");
    let yaml = format!(
        "source: {{ directory: photos, settle: 0s }}\nscope: {{ include_groups: [staff] }}\n\
         graph: {{ cloud: custom, graph_url: '{url}', login_url: '{url}', tenant: contoso.com, client_id: c, \
         credential: {{ client_secret: {{ env: SECRET }} }} }}\n"
    );
    std::fs::write(&file, yaml).unwrap();
    let (env, clock) = (|_: &str| Some("secret".to_owned()), Clock::system());
    let config = Config::load(&file, &env).unwrap();
    let Built { pass, identity } = build(&config, &clock, &env).await.unwrap();
    let ledger = Ledger::open(&place.path().join("ledger.db"), &identity, clock.now()).unwrap();
    let shared = Arc::new(SharedStatus::new(clock.clone(), Supervisor::of(|_| None)));
    let (settings, state) = (ScanLoopSettings::of(&config), Arc::<ServiceState>::default());
    let scanning = ScanLoop::new(pass, settings, ledger.clone(), state, Arc::clone(&shared));
    let (cancelled, mut status) = (CancellationToken::new(), shared.read());
    let running = tokio::spawn(scanning.run(cancelled.clone()));
    let soon = Duration::from_secs(20);
    drop(tokio::time::timeout(soon, status.wait_for(|now| now.totals.passes == 1)).await.expect("a pass").unwrap());
    assert_eq!(ledger.read(Reader::counts).await.unwrap().due, 1);
    let never = Duration::from_secs(600);
    tenant.add_fault(Fault { path: Some("transitiveMembers".to_owned()), ..Fault::default() }.delayed(never));
    let questions = || tenant.requests().iter().filter(|request| request.target.contains("transitiveMembers")).count();
    let before = questions();
    std::fs::write(&photo, b"y").unwrap();
    let asking = async {
        while questions() == before {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(soon, asking).await.expect("the file is looked at");
    // It goes on turning meanwhile, for who watches over it.
    tokio::time::sleep(HEARTBEAT * 2).await;
    assert!(shared.looking.is_well(shared.clock.elapsed(), HEARTBEAT * 2));
    cancelled.cancel();
    tokio::time::timeout(soon, running).await.expect("it ends").unwrap().unwrap();
    assert_eq!(shared.now().totals.passes, 1, "it was no pass yet");
    tenant.stop().await;
}
