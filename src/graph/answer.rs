//! Reads an answer: the one place where what a server sends becomes bytes of ours, with a limit on their number. Time is
//! bounded by the request's own limit, which holds to the last byte of the answer.

use reqwest::header::{ETAG, HeaderMap};
use reqwest::{Response, StatusCode};

use super::cure::Cure;
use super::sent_secrets::SentSecrets;
use super::unreachable::unreachable;
use super::{Class, Failure, Verb};

/// Error documents are small; what comes after this is not read.
const MOST_OF_AN_ERROR: usize = 64 * 1024;
/// A page of 999 users with ten properties each is some 500 KB.
const MOST_OF_A_PAGE: usize = 8 * 1024 * 1024;
/// Graph takes photos of up to 4 MB, and gives out no larger ones.
const MOST_OF_A_PHOTO: usize = 8 * 1024 * 1024;
/// A token has some 2 KB, and some 20 KB in a tenant with many groups.
const MOST_OF_A_TOKEN: usize = 256 * 1024;

/// What is read, and what becomes of an answer that goes on after its limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Body {
    /// Nothing in it matters but its beginning.
    Beginning,
    /// A page of the directory, or one object.
    Page,
    /// A picture.
    Photo,
    /// The answer to a sign-in.
    Token,
}

impl Body {
    /// What the success of an operation brings.
    pub(super) const fn of(verb: Verb) -> Self {
        match verb {
            Verb::PutPhoto | Verb::DeletePhoto => Self::Beginning,
            Verb::ReadPhoto => Self::Photo,
            Verb::Look | Verb::ReadPolicy => Self::Page,
        }
    }

    const fn most(self) -> usize {
        match self {
            Self::Beginning => MOST_OF_AN_ERROR,
            Self::Page => MOST_OF_A_PAGE,
            Self::Photo => MOST_OF_A_PHOTO,
            Self::Token => MOST_OF_A_TOKEN,
        }
    }
}

/// A whole answer.
pub(super) struct HttpAnswer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl HttpAnswer {
    /// Reads all of a success, which fails if there is more of it than its kind can have; of anything else the first
    /// 64 KiB. Dropping the rest closes the connection. `host` is whom we wanted to reach.
    pub(super) async fn read(mut response: Response, what: Body, host: &str) -> Result<Self, Failure> {
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let what = if status.is_success() { what } else { Body::Beginning };
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => {
                    let room = what.most() - body.len();
                    body.extend_from_slice(&chunk[..chunk.len().min(room)]);
                    if chunk.len() <= room {
                        continue;
                    }
                    if what != Body::Beginning {
                        return Err(too_long(what, status));
                    }
                    break;
                }
                Ok(None) => break,
                // The status of a refusal counts even if its explanation breaks off.
                Err(_) if !status.is_success() => break,
                Err(error) => return Err(unreachable(error, host)),
            }
        }
        Ok(Self { status, headers, body })
    }

    /// Takes out what would be kept of the headers and repeats a secret.
    pub(super) fn forget(&mut self, sent: &SentSecrets) {
        for kept in [ETAG.as_str(), "request-id", "x-ms-request-id"] {
            let repeats = self.headers.get(kept).is_some_and(|value| value.to_str().is_ok_and(|text| sent.are_in(text)));
            if repeats {
                self.headers.remove(kept);
            }
        }
    }
}

fn too_long(what: Body, status: StatusCode) -> Failure {
    let most = match what.most() {
        large if large >= 1 << 20 => format!("{} MB", large >> 20),
        small => format!("{} KB", small >> 10),
    };
    let cause = format!("the answer is longer than the {most} that any such answer has");
    let cure = match what {
        Body::Token => "If it stays so, check graph.login_url and any proxy.",
        Body::Beginning | Body::Page | Body::Photo => "If it stays so, check graph.graph_url and any proxy.",
    };
    let class = match what {
        // It concerns this one slot.
        Body::Photo => return Failure::local(Class::FewTries, cause, Cure::WaitThenAct(cure)),
        Body::Beginning | Body::Page | Body::Token => Class::Transient,
    };
    Failure::local(class, cause, Cure::WaitThenAct(cure)).with_status(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_told_by_its_own_limit_and_setting() {
        let told = |what: Body| {
            let failure = too_long(what, StatusCode::OK);
            format!("{} {}", failure.cause, failure.cure)
        };
        for (what, most, setting) in [
            (Body::Token, "the 256 KB", "login_url"),
            (Body::Page, "the 8 MB", "graph_url"),
            (Body::Photo, "the 8 MB", "graph_url"),
        ] {
            assert!(told(what).contains(most) && told(what).contains(setting), "{}", told(what));
        }
    }
}
