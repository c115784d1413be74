//! `${NAME}` in texts, taken from the environment; `$$` is a plain `$`, and so is a `$` before anything else.

/// Asks the environment for a variable; none when it is not set.
pub(crate) type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The text with every reference replaced, and whether there was one.
pub(super) fn expand(text: &str, env: Env<'_>) -> Result<(String, bool), String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut referred = false;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some(after) = after.strip_prefix('{') {
            let (name, after) = after.split_once('}').ok_or("${ has no closing }; write ${NAME}, or $${ for the text itself")?;
            if !is_variable_name(name) {
                return Err(format!("${{{name}}} names no environment variable; write ${{NAME}}, or $${{ for the text itself"));
            }
            let value =
                env(name).ok_or_else(|| format!("the environment variable {name} is not set; set it or write the value"))?;
            out.push_str(&value);
            referred = true;
            rest = after;
        } else {
            out.push('$');
            rest = after;
        }
    }
    out.push_str(rest);
    Ok((out, referred))
}

/// Whether a text can be the name of an environment variable: letters, digits and `_`, not led by a digit.
pub(super) fn is_variable_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|first: char| first.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hr(name: &str) -> Option<String> {
        (name == "HR_DIR").then(|| "/srv/$hr".to_owned())
    }

    #[test]
    fn references_are_replaced_once_and_other_dollars_stay() {
        for (text, wanted) in [
            ("${HR_DIR}/photos", "/srv/$hr/photos"),
            ("a${HR_DIR}${HR_DIR}b", "a/srv/$hr/srv/$hrb"),
            ("$${HR_DIR}", "${HR_DIR}"),
            ("**/~$*", "**/~$*"),
            ("$", "$"),
            ("$$$", "$$"),
            ("plain", "plain"),
        ] {
            assert_eq!(expand(text, &hr).map(|(text, _)| text).as_deref(), Ok(wanted), "{text}");
        }
        for bad in ["${NOPE}", "${HR_DIR", "${}", "${1A}", "${a b}"] {
            assert!(expand(bad, &hr).is_err(), "{bad}");
        }
    }
}
