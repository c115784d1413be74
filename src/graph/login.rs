//! Signing in a person by device code, for `me`.

use super::credential::DeviceCode;
use super::{Client, Failure};

impl Client {
    /// Begins the sign-in of a person; show them what it returns, then call [`Client::finish_login`].
    /// Only with a delegated credential.
    pub async fn begin_login(&self) -> Result<DeviceCode, Failure> {
        self.desk().begin_login().await
    }

    /// Waits until the person has typed the code, and keeps the sign-in. Ends with a failure when the code has expired
    /// or the person declined.
    pub async fn finish_login(&self, device: &DeviceCode) -> Result<(), Failure> {
        self.desk().finish_login(device).await
    }
}
