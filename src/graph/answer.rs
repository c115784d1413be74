//! Reads an answer with a limit on its size.

use reqwest::header::HeaderMap;
use reqwest::{Response, StatusCode};

/// Error documents are small; what comes after this is not read.
const MOST_OF_AN_ERROR: usize = 64 * 1024;
/// A page of 999 users with ten properties each is some 500 KB.
const MOST_OF_A_PAGE: usize = 16 * 1024 * 1024;

/// A whole answer.
pub(super) struct HttpAnswer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl HttpAnswer {
    /// Reads all of it: success up to 16 MiB, anything else up to 64 KiB. Dropping the rest closes the connection.
    pub(super) async fn read(mut response: Response) -> Result<Self, reqwest::Error> {
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let most = if status.is_success() { MOST_OF_A_PAGE } else { MOST_OF_AN_ERROR };
        let mut body = Vec::new();
        while body.len() < most {
            match response.chunk().await {
                Ok(Some(chunk)) => body.extend_from_slice(&chunk[..chunk.len().min(most - body.len())]),
                Ok(None) => break,
                // The status of a refusal counts even if its explanation breaks off.
                Err(_) if !status.is_success() => break,
                Err(error) => return Err(error),
            }
        }
        Ok(Self { status, headers, body })
    }
}
