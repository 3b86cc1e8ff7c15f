//! Where Ray's job server is.

use std::fmt;
use std::str::FromStr;

/// The address of Ray's job server, which is that of its dashboard, as a user names it: `ray:` before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RayAddress(String);

impl RayAddress {
    /// As HTTP has it, without a slash at its end.
    pub fn url(&self) -> &str {
        &self.0
    }

    /// Is what is sent encrypted?
    pub(super) fn is_encrypted(&self) -> bool {
        self.0.starts_with("https:")
    }
}

impl fmt::Display for RayAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for RayAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = "write ray:http://HOST:PORT, the address of Ray's dashboard, whose port is 8265 as a rule";
        let url = text
            .strip_prefix("ray:")
            .ok_or(wanted)?
            .trim_end_matches('/');
        let rest = url
            .strip_prefix("http://")
            .or_else(|| url.strip_prefix("https://"));
        let host = rest.and_then(|rest| rest.split('/').next());
        let is_host = host.is_some_and(|host| {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || ".-_:[]".contains(c);
            !host.is_empty() && host.chars().all(is_plain)
        });
        if is_host && !url.contains(char::is_whitespace) {
            Ok(Self(url.to_owned()))
        } else {
            Err(wanted.to_owned())
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that fails may panic")]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_that_of_the_dashboard() {
        let address: RayAddress = "ray:http://head:8265/".parse().unwrap();
        assert_eq!(address.url(), "http://head:8265");
        assert!(
            "ray:https://ray.example.org/here"
                .parse::<RayAddress>()
                .unwrap()
                .is_encrypted()
        );
        for wrong in [
            "http://head:8265",
            "ray:head:8265",
            "ray:http://",
            "ray:ray://head:10001",
            "ray:http://a b",
        ] {
            let words = wrong.parse::<RayAddress>().unwrap_err();
            assert!(words.contains("ray:http://HOST:PORT"), "{wrong}: {words}");
        }
    }
}
