//! The access token: asked for once, kept in memory only, renewed early, by one request at a time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use super::{Class, Failure};
use crate::clock::Clock;

/// Renewal starts this long before the end.
const EARLY: Duration = Duration::from_secs(300);
/// A token older than this may not show what was granted since; a refusal for want of a permission is not believed of it.
const FRESH: Duration = Duration::from_secs(60);
/// After a failed early renewal the old token serves on; the next try is not before this.
const RENEWAL_PAUSE: Duration = Duration::from_secs(30);

/// A token as the sign-in service hands it out.
pub(super) struct Grant {
    pub(super) access_token: SecretString,
    pub(super) lifetime: Duration,
}

/// A token ready to be sent.
#[derive(Clone)]
pub(super) struct CachedToken {
    /// `Bearer …`, marked sensitive.
    pub(super) header: HeaderValue,
    /// What the token grants, where it can be read: application roles, or a person's scopes.
    pub(super) granted: Option<Vec<String>>,
    /// Grows with each token, so that the one that was refused can be named.
    pub(super) generation: u64,
    issued_at: Duration,
    renew_at: Duration,
    ends_at: Duration,
}

/// `Bearer …`, marked sensitive.
pub(super) fn bearer(token: &SecretString) -> Result<HeaderValue, Failure> {
    let mut header = HeaderValue::try_from(format!("Bearer {}", token.expose_secret())).map_err(|_| {
        Failure::local(Class::SignIn, "the sign-in service handed out a token that can't be sent", "Check graph.login_url.")
    })?;
    header.set_sensitive(true);
    Ok(header)
}

/// Gets tokens from somewhere.
pub(super) trait IssueToken: Send + Sync {
    /// Asks for a new token.
    fn issue(&self) -> impl Future<Output = Result<Grant, Failure>> + Send;
}

/// The cache.
pub(super) struct TokenCache<I> {
    issuer: I,
    clock: Clock,
    current: RwLock<Option<Arc<CachedToken>>>,
    /// Held while asking, so that there is one request at a time.
    asking: tokio::sync::Mutex<()>,
    /// Permissions may have been granted since this token was issued, however young it is.
    doubted: AtomicU64,
    /// The doubted token is to be replaced before it is used again.
    renew_first: AtomicU64,
    /// How the last asking ended, and how often was asked.
    last: Mutex<Last>,
}

#[derive(Default)]
struct Last {
    asked: u64,
    failure: Option<Failure>,
    renew_not_before: Duration,
}

impl<I: IssueToken> TokenCache<I> {
    pub(super) fn new(issuer: I, clock: Clock) -> Self {
        Self {
            issuer,
            clock,
            current: RwLock::default(),
            asking: tokio::sync::Mutex::default(),
            doubted: AtomicU64::new(0),
            renew_first: AtomicU64::new(0),
            last: Mutex::default(),
        }
    }

    pub(super) const fn issuer(&self) -> &I {
        &self.issuer
    }

    /// A token that is good now.
    pub(super) async fn get(&self) -> Result<Arc<CachedToken>, Failure> {
        let asked_before = self.asked();
        match self.current() {
            Some(token)
                if self.clock.elapsed() < token.ends_at && token.generation <= self.renew_first.load(Ordering::Relaxed) =>
            {
                let renewed = self.ask(asked_before, Some(token.generation)).await;
                // Once: where that fails, the old one serves.
                self.renew_first.store(0, Ordering::Relaxed);
                Ok(renewed.unwrap_or(token))
            }
            Some(token) if self.clock.elapsed() < token.renew_at => Ok(token),
            Some(token) if self.clock.elapsed() < token.ends_at => Ok(self.renew_early(token).await),
            _ => self.ask(asked_before, None).await,
        }
    }

    /// Another token than the one that was refused.
    pub(super) async fn replace(&self, refused: u64) -> Result<Arc<CachedToken>, Failure> {
        self.ask(self.asked(), Some(refused)).await
    }

    /// What was refused may be granted by now, as a person says or since time went by: what is sent next goes with a new
    /// token, and the one at hand is not believed about it if it is as old as this.
    pub(super) fn doubt(&self, age: Duration) {
        let now = self.clock.elapsed();
        if let Some(token) = self.current().filter(|token| now.saturating_sub(token.issued_at) >= age) {
            self.doubted.fetch_max(token.generation, Ordering::Relaxed);
            self.renew_first.fetch_max(token.generation, Ordering::Relaxed);
        }
    }

    /// Whether a token is being asked for.
    pub(super) fn is_asking(&self) -> bool {
        self.asking.try_lock().is_err()
    }

    /// Whether another token may grant more than this one: what was granted in Entra shows only in tokens issued since.
    pub(super) fn may_be_outdated(&self, token: &CachedToken) -> bool {
        let age = self.clock.elapsed().saturating_sub(token.issued_at);
        age >= FRESH || token.generation <= self.doubted.load(Ordering::Relaxed)
    }

    /// The old token serves while somebody else renews it, and if renewal fails.
    async fn renew_early(&self, old: Arc<CachedToken>) -> Arc<CachedToken> {
        let Ok(_guard) = self.asking.try_lock() else { return old };
        if self.clock.elapsed() < self.last().renew_not_before {
            return old;
        }
        if let Some(newer) = self.current().filter(|token| token.generation != old.generation) {
            return newer;
        }
        self.issue().await.unwrap_or_else(|failure| {
            tracing::warn!(%failure, "Could not renew the token early; the current one stays in use");
            self.last().renew_not_before = self.clock.elapsed() + RENEWAL_PAUSE;
            old
        })
    }

    async fn ask(&self, asked_before: u64, refused: Option<u64>) -> Result<Arc<CachedToken>, Failure> {
        let _guard = self.asking.lock().await;
        let good = |token: &Arc<CachedToken>| self.clock.elapsed() < token.ends_at && Some(token.generation) != refused;
        if let Some(token) = self.current().filter(good) {
            return Ok(token);
        }
        {
            // Somebody asked while we waited, and failed: the answer holds for us too.
            let last = self.last();
            if last.asked != asked_before
                && let Some(failure) = &last.failure
            {
                return Err(failure.clone());
            }
        }
        self.issue().await
    }

    async fn issue(&self) -> Result<Arc<CachedToken>, Failure> {
        let result = self.issuer.issue().await.and_then(|grant| self.token_of(&grant));
        let mut last = self.last();
        last.asked += 1;
        last.failure = result.as_ref().err().cloned();
        drop(last);
        if let Ok(token) = &result {
            *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(token));
        }
        result
    }

    fn token_of(&self, grant: &Grant) -> Result<Arc<CachedToken>, Failure> {
        let header = bearer(&grant.access_token)?;
        let early = EARLY.min(grant.lifetime / 5);
        let now = self.clock.elapsed();
        Ok(Arc::new(CachedToken {
            header,
            granted: granted(grant.access_token.expose_secret()),
            generation: self.current().map_or(1, |token| token.generation + 1),
            issued_at: now,
            renew_at: now + grant.lifetime.saturating_sub(early),
            ends_at: now + grant.lifetime,
        }))
    }

    fn current(&self) -> Option<Arc<CachedToken>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn asked(&self) -> u64 {
        self.last().asked
    }

    fn last(&self) -> std::sync::MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The claims `roles` and `scp` of a token that happens to be a JWT. For people only: a token is opaque, and nothing
/// may depend on what it seems to say.
fn granted(token: &str) -> Option<Vec<String>> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&claims).ok()?;
    let roles = claims.get("roles").and_then(serde_json::Value::as_array).into_iter().flatten().filter_map(|role| role.as_str());
    let scopes = claims.get("scp").and_then(serde_json::Value::as_str).unwrap_or_default().split_whitespace();
    claims.is_object().then(|| roles.chain(scopes).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicI64;

    use super::*;
    use crate::clock::TimeSource;
    use crate::model::Timestamp;

    struct Hand(Arc<AtomicI64>);

    impl TimeSource for Hand {
        fn wall(&self) -> Timestamp {
            Timestamp::from_millis(self.0.load(Ordering::SeqCst))
        }
        fn elapsed(&self) -> Duration {
            Duration::from_millis(self.0.load(Ordering::SeqCst).unsigned_abs())
        }
    }

    #[derive(Default)]
    struct FakeIssuer {
        asked: AtomicU64,
        broken: std::sync::atomic::AtomicBool,
    }

    impl IssueToken for FakeIssuer {
        async fn issue(&self) -> Result<Grant, Failure> {
            let number = self.asked.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            if self.broken.load(Ordering::SeqCst) {
                return Err(Failure::local(Class::SignIn, "no", "no"));
            }
            Ok(Grant { access_token: SecretString::from(format!("t{number}")), lifetime: Duration::from_secs(3600) })
        }
    }

    fn issuer() -> (Arc<TokenCache<FakeIssuer>>, Arc<AtomicI64>) {
        let time = Arc::new(AtomicI64::new(0));
        (Arc::new(TokenCache::new(FakeIssuer::default(), Clock::from_source(Hand(Arc::clone(&time))))), time)
    }

    async fn many(tokens: &Arc<TokenCache<FakeIssuer>>) -> Vec<Result<u64, Failure>> {
        let asking = (0..16).map(|_| {
            let tokens = Arc::clone(tokens);
            tokio::spawn(async move { tokens.get().await.map(|token| token.generation) })
        });
        futures_util::future::join_all(asking).await.into_iter().map(Result::unwrap).collect()
    }

    #[test]
    fn grants_are_read_from_tokens_that_can_be_read() {
        let jwt = |claims: &str| format!("h.{}.s", URL_SAFE_NO_PAD.encode(claims));
        assert_eq!(granted(&jwt(r#"{"roles":["User.Read.All"]}"#)), Some(vec!["User.Read.All".to_owned()]));
        assert_eq!(granted(&jwt(r#"{"scp":"A B"}"#)), Some(vec!["A".to_owned(), "B".to_owned()]));
        assert_eq!(granted(&jwt("{}")), Some(vec![]));
        for opaque in ["opaque", "a.b.c", "..", ""] {
            assert_eq!(granted(opaque), None, "{opaque}");
        }
    }

    #[tokio::test]
    async fn sixteen_requests_ask_once() {
        let (tokens, time) = issuer();
        assert!(many(&tokens).await.iter().all(|token| *token == Ok(1)));
        assert_eq!(tokens.issuer().asked.load(Ordering::SeqCst), 1);
        time.store(3_299_000, Ordering::SeqCst);
        assert_eq!(tokens.get().await.unwrap().generation, 1);
        // Within five minutes of the end somebody renews; nobody waits for it in vain.
        time.store(3_301_000, Ordering::SeqCst);
        many(&tokens).await;
        assert_eq!(tokens.get().await.unwrap().generation, 2);
        assert_eq!(tokens.issuer().asked.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_failed_early_renewal_leaves_the_old_token_in_use() {
        let (tokens, time) = issuer();
        tokens.get().await.unwrap();
        tokens.issuer().broken.store(true, Ordering::SeqCst);
        time.store(3_301_000, Ordering::SeqCst);
        assert!(many(&tokens).await.iter().all(|token| *token == Ok(1)));
        assert_eq!(tokens.issuer().asked.load(Ordering::SeqCst), 2, "one try, then a pause");
        time.store(3_601_000, Ordering::SeqCst);
        assert!(many(&tokens).await.iter().all(Result::is_err));
        assert_eq!(tokens.issuer().asked.load(Ordering::SeqCst), 3, "those who waited share the failure");
    }

    #[tokio::test]
    async fn a_refused_token_is_replaced_once_for_all() {
        let (tokens, _) = issuer();
        let refused = tokens.get().await.unwrap().generation;
        assert_eq!(tokens.replace(refused).await.unwrap().generation, 2);
        assert_eq!(tokens.replace(refused).await.unwrap().generation, 2);
        assert_eq!(tokens.issuer().asked.load(Ordering::SeqCst), 2);
        assert!(tokens.get().await.unwrap().header.is_sensitive());
    }

    #[tokio::test]
    async fn a_doubted_token_is_replaced_before_it_is_used_again_once_and_serves_on_where_that_fails() {
        let (tokens, _) = issuer();
        tokens.doubt(Duration::ZERO);
        assert_eq!(tokens.get().await.unwrap().generation, 1, "there was none to doubt");
        tokens.doubt(Duration::ZERO);
        assert_eq!(tokens.get().await.unwrap().generation, 2);
        assert_eq!(tokens.get().await.unwrap().generation, 2);
        tokens.doubt(Duration::from_millis(1));
        assert_eq!(tokens.get().await.unwrap().generation, 2, "it is younger than that");
        tokens.doubt(Duration::ZERO);
        tokens.issuer().broken.store(true, Ordering::SeqCst);
        assert_eq!(tokens.get().await.unwrap().generation, 2);
        assert_eq!(tokens.get().await.unwrap().generation, 2);
        assert_eq!(tokens.issuer().asked.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn a_token_is_outdated_after_a_minute_or_when_somebody_says_so() {
        let (tokens, time) = issuer();
        tokens.doubt(Duration::ZERO);
        let first = tokens.get().await.unwrap();
        assert!(!tokens.may_be_outdated(&first));
        tokens.doubt(Duration::ZERO);
        assert!(tokens.may_be_outdated(&first));
        let second = tokens.get().await.unwrap();
        assert!(second.generation > first.generation && !tokens.may_be_outdated(&second));
        time.store(60_000, Ordering::SeqCst);
        assert!(tokens.may_be_outdated(&second));
    }
}
