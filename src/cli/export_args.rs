//! The command line of `export`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::values::{duration, name};
use crate::export::FileNames;

/// Sides of the sizes that Microsoft 365 keeps a photo in, from "Get profilePhoto".
const SIZES: [&str; 9] = ["48", "64", "96", "120", "240", "360", "432", "504", "648"];

#[derive(Args, Debug)]
pub(super) struct ExportArgs {
    /// The directory to write the photos to; run again with the same one, an export that was cut off is resumed
    #[arg(long, value_name = "DIR")]
    pub(super) out: PathBuf,
    /// Only members of this group, by object id, mail address, alias or display name (may be given several times)
    #[arg(long, value_name = "GROUP", value_parser = name)]
    pub(super) scope: Vec<String>,
    /// Width and height in pixels (48, 64, 96, 120, 240, 360, 432, 504 or 648); as large as there is if not given, or not
    /// offered
    #[arg(long, value_name = "N", value_parser = side)]
    pub(super) size: Option<u16>,
    /// How files are named, from properties of the account; the ending follows the picture
    #[arg(long, value_name = "TEMPLATE", default_value = "{userPrincipalName}.{ext}", value_parser = FileNames::parse)]
    pub(super) name: FileNames,
    /// Wait for no longer pause that Microsoft 365 asks for, and for no longer outage; if not given, 60s for outages, and
    /// pauses are waited out
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(super) patience: Option<Duration>,
    /// Stop after this time
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(super) max_duration: Option<Duration>,
}

fn side(text: &str) -> Result<u16, String> {
    let known = SIZES.contains(&text).then(|| text.parse().ok()).flatten();
    known.ok_or_else(|| format!("Microsoft 365 keeps photos with sides of {} pixels", SIZES.join(", ")))
}
