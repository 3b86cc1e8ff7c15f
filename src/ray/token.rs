//! What lets us in where Ray asks for a token: where Ray's own client looks for it, in the same order.
//! See <https://docs.ray.io/en/latest/ray-security/token-auth.html>.

use std::env;
use std::path::PathBuf;

use super::RayError;
use crate::files;

/// No token is longer.
const MOST_BYTES: u64 = 64 << 10;

/// What lets us in. It is never shown.
#[derive(Clone)]
pub struct Token(pub(super) String);

impl Token {
    /// The one of this environment: `RAY_AUTH_TOKEN`, else the file of `RAY_AUTH_TOKEN_PATH`, else
    /// `~/.ray/auth_token`; none where there is none, or where `RAY_AUTH_MODE` is `disabled`.
    pub fn of_environment() -> Result<Option<Self>, RayError> {
        if env::var("RAY_AUTH_MODE").is_ok_and(|mode| mode.eq_ignore_ascii_case("disabled")) {
            return Ok(None);
        }
        if let Some(token) = env::var("RAY_AUTH_TOKEN")
            .ok()
            .and_then(|text| Self::new(&text))
        {
            return Ok(Some(token));
        }
        if let Some(path) = env::var_os("RAY_AUTH_TOKEN_PATH").filter(|path| !path.is_empty()) {
            let path = PathBuf::from(path);
            let text =
                files::read_text(&path, MOST_BYTES).map_err(|error| RayError::TokenFile {
                    path: path.clone(),
                    error,
                })?;
            return Ok(Self::new(&text));
        }
        let usual = dirs::home_dir().map(|home| home.join(".ray/auth_token"));
        // That it cannot be read is told by Ray, if it wants one.
        let text = usual.and_then(|path| files::read_text(&path, MOST_BYTES).ok());
        Ok(text.and_then(|text| Self::new(&text)))
    }

    fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }
}
