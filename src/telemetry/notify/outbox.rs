//! What waits to be told by one way, in order. What is over before anybody could hear of it is told as one.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::alert::Alert;
use crate::model::Timestamp;

/// News that wait at most.
const WAITING: usize = 64;
/// What is over, or was so at one time, is of use to nobody after this. What still stands waits for as long as it stands.
const OF_USE: Duration = Duration::from_secs(24 * 60 * 60);

/// One piece of news, and since when it is so.
pub(crate) type News = (Timestamp, Alert);

/// What waits.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Outbox {
    waiting: VecDeque<News>,
    /// What was told to have begun, and not yet that it is over.
    heard: BTreeSet<String>,
    /// The first of them is just being told: it may have arrived, whatever comes of it.
    #[serde(skip)]
    under_way: bool,
}

impl Outbox {
    /// Adds it; says what is dropped for it.
    pub(super) fn add(&mut self, news: News) -> Option<Alert> {
        self.waiting.push_back(news);
        self.join();
        if self.waiting.len() <= WAITING {
            return None;
        }
        // What is over is missed least; the first may be on its way.
        let over = self.waiting.iter().skip(1).position(|(_, news)| !news.is_beginning()).map_or(1, |at| at + 1);
        self.waiting.remove(over).map(|(_, dropped)| dropped)
    }

    /// The next to be told, which is under way from now on; what came too late for that is dropped, and said.
    pub(super) fn next(&mut self, now: Timestamp) -> (Option<News>, Vec<Alert>) {
        let mut late = Vec::new();
        self.waiting.retain(|(at, news)| {
            let keep = news.is_beginning() || now.since(*at) < OF_USE;
            if !keep {
                late.push(news.clone());
            }
            keep
        });
        self.under_way = !self.waiting.is_empty();
        (self.waiting.front().cloned(), late)
    }

    /// The one that was under way was told.
    pub(super) fn done(&mut self) -> Option<Alert> {
        self.hear();
        let done = if self.under_way { self.waiting.pop_front().map(|(_, news)| news) } else { None };
        self.under_way = false;
        self.join();
        done
    }

    /// Somebody was told of the one that is under way.
    fn hear(&mut self) {
        let Some((_, news)) = self.waiting.front().filter(|_| self.under_way) else { return };
        let Some(subject) = news.subject() else { return };
        if news.is_beginning() {
            self.heard.insert(subject.to_owned());
        } else {
            self.heard.remove(subject);
        }
    }

    /// The one that was under way was not told, or not to all.
    pub(super) fn not_told(&mut self, partly: bool) {
        if partly {
            self.hear();
        }
        self.under_way = false;
        self.join();
    }

    /// All that wait.
    pub(super) fn all(&self) -> Vec<News> {
        self.waiting.iter().cloned().collect()
    }

    /// Makes one of what belongs together.
    fn join(&mut self) {
        let first = usize::from(self.under_way);
        while let Some((early, late, joined)) = self.pair(first) {
            self.waiting[late] = joined;
            self.waiting.remove(early);
        }
    }

    /// Two that belong together, the nearest first, and what they are as one. Whoever heard that something began hears of
    /// its end as such.
    fn pair(&self, first: usize) -> Option<(usize, usize, News)> {
        let all = &self.waiting;
        let is_heard = |news: &Alert| {
            let under_way = all.iter().take(first).any(|(_, other)| other.is_beginning() && other.subject() == news.subject());
            under_way || news.subject().is_some_and(|subject| self.heard.contains(subject))
        };
        (first..all.len()).find_map(|late| {
            let (now, news) = &all[late];
            let is_akin = |early: &usize| all[*early].1.subject() == news.subject();
            let early = (first..late).rev().filter(|_| news.is_beginning() || !is_heard(news)).find(is_akin)?;
            Some((early, late, (*now, news.in_place_of(&all[early], *now)?)))
        })
    }
}

#[cfg(test)]
#[path = "outbox_tests.rs"]
mod tests;
