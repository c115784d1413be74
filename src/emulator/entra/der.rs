//! The public key within an X.509 certificate: as much DER as that takes.

/// The RSA public key of a certificate (`RSAPublicKey`, PKCS#1). None if this is not a certificate of an RSA key.
pub(crate) fn public_key(certificate: &[u8]) -> Option<&[u8]> {
    // rsaEncryption, 1.2.840.113549.1.1.1
    const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    let (outer, _) = take(certificate, 0x30)?;
    let (mut body, _) = take(outer, 0x30)?;
    if body.first() == Some(&0xa0) {
        body = next(body)?.2;
    }
    // serial, signature algorithm, issuer, validity, subject; then the key.
    for _ in 0..5 {
        body = next(body)?.2;
    }
    let (info, _) = take(body, 0x30)?;
    let (algorithm, bits) = take(info, 0x30)?;
    let (oid, _) = take(algorithm, 0x06)?;
    let (bits, _) = take(bits, 0x03)?;
    // The first byte counts unused bits.
    if oid == RSA { bits.strip_prefix(&[0]) } else { None }
}

/// Content of an element of the given tag, and what follows it.
fn take(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, content, rest) = next(der)?;
    (found == tag).then_some((content, rest))
}

/// Tag, content and what follows.
fn next(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, mut rest) = rest.split_first()?;
    let mut length = usize::from(first);
    if first >= 0x80 {
        let count = usize::from(first & 0x7f);
        if !(1..=4).contains(&count) {
            return None;
        }
        let (bytes, after) = rest.split_at_checked(count)?;
        length = bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
        rest = after;
    }
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

#[cfg(test)]
mod tests {
    use super::super::application::certificate;
    use super::*;

    #[test]
    fn a_torn_certificate_has_no_key() {
        let der = certificate(include_str!("../../graph/credential/testdata/certificate.pem")).unwrap();
        assert!(public_key(&der).is_some_and(|key| key.len() > 256));
        for length in 0..der.len() {
            assert_eq!(public_key(&der[..length]), None, "{length}");
        }
    }
}
