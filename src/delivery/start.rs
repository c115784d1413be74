//! Begins what the scheduler says: pictures are made ready, photos leave, and who comes next is asked about ahead.

use std::sync::Arc;

use super::dispatcher::{Dispatcher, Event};
use super::exchange::Exchange;
use super::patience::Patience;
use super::scheduler::Step;
use crate::ledger::Due;

impl Dispatcher<'_> {
    pub(super) fn start(&mut self, step: Step) {
        let uploader = self.uploader.clone();
        match step {
            Step::Prepare { due, small } => self.spawn(due.clone(), async move {
                let ready = uploader.make_ready(due.action.clone(), due.target.kind(), small).await;
                Ok(Event::Ready(due, ready))
            }),
            Step::Send { due, prepared } => {
                self.ask_ahead(&due);
                let pass = self.pass();
                let patience = Patience {
                    begun: uploader.clock.elapsed(),
                    limit: self.scheduler.given_up_after(prepared.bytes()),
                    told: self.given_up.subscribe(),
                };
                let exchange = Exchange {
                    uploader,
                    ledger: self.ledger.clone(),
                    pass,
                    only: self.only.clone(),
                    pace: self.scheduler.pace_of_questions(),
                    confirmations: Arc::clone(&self.confirmations),
                    door: Arc::clone(&self.scheduler.door),
                    told: self.news.0.clone(),
                    pauses: Arc::clone(&self.scheduler.pauses),
                    patience,
                };
                self.spawn(due.clone(), async move {
                    let response = exchange.run(&due, prepared.clone()).await?;
                    Ok(Event::Answered(due, prepared, Box::new(response), pass))
                });
            }
        }
    }

    /// Asks about those who are due next, once what is known of them runs out.
    fn ask_ahead(&mut self, due: &Due) {
        let (now, per_second) = (self.now(), self.scheduler.pace_of_questions());
        if per_second <= 0.0 || !self.confirmations.run_out(due, now.elapsed, now.wall) {
            return;
        }
        while self.asks_ahead.try_join_next().is_some() {}
        let (uploader, ledger, only) = (self.uploader.clone(), self.ledger.clone(), self.only.clone());
        let confirmations = Arc::clone(&self.confirmations);
        self.asks_ahead.spawn(async move { uploader.ask_ahead(&ledger, only, per_second, &confirmations).await });
    }
}
