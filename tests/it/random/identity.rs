//! Numbers that pass from account to account while files come and go, by a seed: whatever happens in whatever order, the
//! file of a number serves the account that the number led to first, until a person accepts another one.
//!
//! `PHOTOSYNCD_SEEDS=200 cargo test random::identity` runs longer; `PHOTOSYNCD_SEED=…` runs one alone.

use std::collections::HashMap;

use photosyncd::testing::emulator::{Entry, EntryKind, Settings};
use photosyncd::testing::model::Property;

use crate::world::{World, portrait};

const NUMBERS: usize = 6;
const STEPS: usize = 14;

struct Company {
    world: World,
    chance: fastrand::Rng,
    /// The account of each number, if it has one.
    holders: Vec<Option<usize>>,
    accounts: usize,
    /// How each number's file is called; none while it is away.
    files: Vec<Option<&'static str>>,
    /// What it held, newest last.
    pictures: Vec<Vec<u32>>,
    /// To which account each number led first.
    bound: HashMap<usize, usize>,
    told: Vec<String>,
}

fn id(account: usize) -> String {
    format!("00000000-0000-4000-8000-{account:012}")
}

impl Company {
    fn new(seed: u64) -> Self {
        let mut world = World::with("users:\n  - { userPrincipalName: nobody@contoso.com }\n", Settings::default());
        world.set("removal", "{ when_file_disappears: keep }");
        world.set("guard", "{ first_contact: replace, max_changes_percent: 100, refuse_empty_source: false }");
        std::fs::create_dir(world.photos().join("badges")).unwrap();
        let (holders, files) = (vec![None; NUMBERS], vec![None; NUMBERS]);
        let mut company = Self {
            world,
            chance: fastrand::Rng::with_seed(seed),
            holders,
            accounts: 0,
            pictures: (0..).map(|picture| vec![picture]).take(NUMBERS).collect(),
            files,
            bound: HashMap::new(),
            told: Vec::new(),
        };
        for number in 0..NUMBERS {
            company.hire(number);
            company.comes(number);
        }
        company
    }

    /// A new account has the number, beside whoever had it before, who loses it.
    fn hire(&mut self, number: usize) {
        self.leaves(number);
        let account = self.accounts;
        self.accounts += 1;
        self.world.emulator().change_tenant(|tenant| {
            let mut entry = Entry::new(EntryKind::User, &id(account));
            entry.set(Property::UserPrincipalName, &format!("a{account}@contoso.com"));
            entry.set(Property::EmployeeId, &number.to_string());
            entry.account_enabled = self.chance.u8(..4) > 0;
            entry.guest = self.chance.u8(..6) == 0;
            tenant.add(entry).unwrap();
        });
        self.holders[number] = Some(account);
    }

    fn change(&self, account: usize, change: impl FnOnce(&mut Entry)) {
        self.world.emulator().change_tenant(|tenant| assert!(tenant.change(&id(account), change)));
    }

    /// Nobody has the number any more.
    fn leaves(&mut self, number: usize) {
        if let Some(before) = self.holders[number].take() {
            self.change(before, |entry| entry.set(Property::EmployeeId, &format!("former-{before}")));
        }
    }

    fn place(&self, number: usize, ending: &str) -> std::path::PathBuf {
        self.world.photos().join(format!("badges/{number}.{ending}"))
    }

    fn comes(&mut self, number: usize) {
        let ending = if self.chance.bool() { "jpg" } else { "jpeg" };
        std::fs::write(self.place(number, ending), self.picture(number)).unwrap();
        self.files[number] = Some(ending);
    }

    fn goes(&mut self, number: usize) {
        let Some(ending) = self.files[number].take() else { return };
        let (before, aside) = (self.place(number, ending), self.place(number, "tmp"));
        if self.chance.bool() {
            std::fs::remove_file(before).unwrap();
        } else {
            std::fs::rename(before, aside).unwrap();
        }
    }

    fn picture(&self, number: usize) -> Vec<u8> {
        portrait(*self.pictures[number].last().unwrap())
    }

    fn step(&mut self) {
        let number = self.chance.usize(..NUMBERS);
        let what = self.chance.u8(..10);
        match what {
            0 => self.hire(number),
            1 => self.leaves(number),
            // The number goes back to its first account.
            2 => {
                if let Some(first) = self.bound.get(&number).copied() {
                    self.leaves(number);
                    self.change(first, |entry| entry.set(Property::EmployeeId, &number.to_string()));
                    self.holders[number] = Some(first);
                }
            }
            3 => {
                if let Some(holder) = self.holders[number] {
                    let enabled = self.chance.bool();
                    self.change(holder, |entry| (entry.account_enabled, entry.guest) = (enabled, false));
                }
            }
            4..=6 if self.files[number].is_some() => self.goes(number),
            4..=6 => self.comes(number),
            // All of them for one pass, as while they are exported anew.
            7 => (0..NUMBERS).for_each(|number| self.goes(number)),
            8 => (0..NUMBERS)
                .filter(|number| self.files[*number].is_none())
                .collect::<Vec<_>>()
                .into_iter()
                .for_each(|at| self.comes(at)),
            // Another picture.
            _ => {
                self.goes(number);
                let newest = self.pictures[number].last().unwrap() + 100;
                self.pictures[number].push(newest);
                self.comes(number);
            }
        }
        self.told.push(format!("{what} of {number}: files {:?}, accounts {:?}", self.files, self.holders));
    }

    fn pass(&mut self) {
        if !self.told.is_empty() && self.chance.bool() {
            self.world.days_later(2);
        }
        self.world.run(&["reconcile"]);
        for number in (0..NUMBERS).filter(|number| self.files[*number].is_some()) {
            if let Some(holder) = self.holders[number] {
                self.bound.entry(number).or_insert(holder);
            }
        }
        // Whose picture each account shows, by the number that its file was called after.
        for account in 0..self.accounts {
            let Some(photo) = self.world.photo(&format!("user:{}", id(account))) else { continue };
            let number =
                (0..NUMBERS).find(|number| self.pictures[*number].iter().any(|picture| portrait(*picture) == photo.body));
            let owner = number.and_then(|number| self.bound.get(&number));
            assert_eq!(owner, Some(&account), "account {account} shows the file of {number:?}\n{}", self.told.join("\n"));
        }
    }

    /// Each number leads to its first account again, and all files are there.
    fn ends_well(&mut self) {
        for number in 0..NUMBERS {
            if let Some(first) = self.bound.get(&number).copied() {
                self.leaves(number);
                self.change(first, |entry| {
                    entry.set(Property::EmployeeId, &number.to_string());
                    (entry.account_enabled, entry.guest) = (true, false);
                });
                self.holders[number] = Some(first);
            }
            if self.files[number].is_none() {
                self.comes(number);
            }
        }
        self.world.days_later(2);
        self.pass();
        for (number, account) in &self.bound {
            let shown = self.world.photo(&format!("user:{}", id(*account))).map(|photo| photo.body);
            assert!(
                shown == Some(self.picture(*number).into()),
                "{number} of {account} is not delivered\n{}",
                self.told.join("\n")
            );
        }
    }
}

#[test]
fn the_file_of_a_number_serves_the_account_that_it_led_to_first() {
    let set = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = set("PHOTOSYNCD_SEED").map_or(0..set("PHOTOSYNCD_SEEDS").unwrap_or(8), |seed| seed..seed + 1);
    for seed in seeds {
        println!("seed {seed}");
        let mut company = Company::new(seed);
        company.pass();
        for _ in 0..STEPS {
            company.step();
            if company.chance.u8(..3) > 0 {
                company.pass();
            }
        }
        company.ends_well();
    }
}
