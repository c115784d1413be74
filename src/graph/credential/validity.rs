//! When a certificate ends: the one date of an X.509 certificate that matters here, read from its DER.

use crate::model::Timestamp;

/// The end of the certificate's validity. None if this is no certificate.
pub(super) fn not_after(der: &[u8]) -> Option<Timestamp> {
    let (_, certificate, _) = element(der)?;
    let (_, mut rest, _) = element(certificate)?;
    // version [0], serial, signature algorithm, issuer; then validity.
    if rest.first() == Some(&0xa0) {
        rest = element(rest)?.2;
    }
    for _ in 0..3 {
        rest = element(rest)?.2;
    }
    let (_, validity, _) = element(rest)?;
    let (_, _, rest) = element(validity)?;
    let (tag, text, _) = element(rest)?;
    let text = std::str::from_utf8(text).ok()?;
    let full = match tag {
        // UTCTime: two digits of the year, 1950 to 2049.
        0x17 if text.len() == 13 && text.is_ascii() => {
            format!("{}{text}", if text[..2].parse::<u8>().ok()? < 50 { "20" } else { "19" })
        }
        0x18 => text.to_owned(),
        _ => return None,
    };
    let date = jiff::civil::DateTime::strptime("%Y%m%d%H%M%SZ", &full).ok()?;
    let stamp = jiff::tz::Offset::UTC.to_timestamp(date).ok()?;
    Some(Timestamp::from_millis(stamp.as_millisecond()))
}

/// Tag, content and what follows.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let count = usize::from(first & 0x7f);
        if count == 0 || count > 4 || rest.len() < count {
            return None;
        }
        let (bytes, rest) = rest.split_at(count);
        (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
    };
    (rest.len() >= length).then(|| (tag, &rest[..length], &rest[length..]))
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;

    use super::*;

    #[test]
    fn the_end_of_a_certificate_is_read() {
        let der = CertificateDer::from_pem_slice(include_bytes!("testdata/certificate.pem")).unwrap();
        assert_eq!(not_after(&der).unwrap().to_string(), "2036-11-20T23:40:18Z");
        for length in 0..der.len() {
            let _ = not_after(&der[..length]);
        }
        assert_eq!(not_after(b"0\x03abc"), None);
    }
}
