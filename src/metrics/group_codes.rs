//! Which group every row is in, in no more bytes a row than the number of groups needs.

/// The group of every row, as a code.
pub trait Codes {
    /// Rows.
    fn rows(&self) -> usize;

    /// The code of a row.
    ///
    /// # Panics
    /// If there is no such row.
    fn code(&self, row: usize) -> u32;
}

impl<const ROWS: usize> Codes for [u32; ROWS] {
    fn rows(&self) -> usize {
        ROWS
    }

    fn code(&self, row: usize) -> u32 {
        self[row]
    }
}

impl Codes for Vec<u32> {
    fn rows(&self) -> usize {
        self.len()
    }

    fn code(&self, row: usize) -> u32 {
        self[row]
    }
}

/// Codes in one byte a row as long as all of them fit, then in two, then in four.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupCodes(Width);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Width {
    One(Vec<u8>),
    Two(Vec<u16>),
    Four(Vec<u32>),
}

impl GroupCodes {
    /// None yet, with room for so many rows of one byte each.
    pub fn with_capacity(rows: usize) -> Self {
        Self(Width::One(Vec::with_capacity(rows)))
    }

    /// Adds a row.
    pub fn push(&mut self, code: u32) {
        match &mut self.0 {
            Width::One(codes) => {
                if let Ok(code) = u8::try_from(code) {
                    return codes.push(code);
                }
                let mut wider = Vec::with_capacity(codes.capacity());
                wider.extend(codes.iter().map(|code| u16::from(*code)));
                self.0 = Width::Two(wider);
            }
            Width::Two(codes) => {
                if let Ok(code) = u16::try_from(code) {
                    return codes.push(code);
                }
                let mut wider = Vec::with_capacity(codes.capacity());
                wider.extend(codes.iter().map(|code| u32::from(*code)));
                self.0 = Width::Four(wider);
            }
            Width::Four(codes) => return codes.push(code),
        }
        self.push(code);
    }

    /// Every code, row by row.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.rows()).map(|row| self.code(row))
    }

    /// Gives every code another name: that at its place in `names`, none of which needs more room than
    /// the largest code.
    ///
    /// # Panics
    /// If a code has no name.
    #[must_use]
    pub fn renamed(self, names: &[u32]) -> Self {
        let mut renamed = self.0;
        match &mut renamed {
            Width::One(codes) => {
                for code in codes {
                    *code = names[usize::from(*code)] as u8;
                }
            }
            Width::Two(codes) => {
                for code in codes {
                    *code = names[usize::from(*code)] as u16;
                }
            }
            Width::Four(codes) => {
                for code in codes {
                    *code = names[*code as usize];
                }
            }
        }
        Self(renamed)
    }

    /// Bytes they take.
    pub fn bytes(&self) -> usize {
        match &self.0 {
            Width::One(codes) => codes.len(),
            Width::Two(codes) => size_of_val(codes.as_slice()),
            Width::Four(codes) => size_of_val(codes.as_slice()),
        }
    }
}

impl FromIterator<u32> for GroupCodes {
    fn from_iter<I: IntoIterator<Item = u32>>(codes: I) -> Self {
        let codes = codes.into_iter();
        let mut all = Self::with_capacity(codes.size_hint().0);
        codes.for_each(|code| all.push(code));
        all
    }
}

impl Codes for GroupCodes {
    fn rows(&self) -> usize {
        match &self.0 {
            Width::One(codes) => codes.len(),
            Width::Two(codes) => codes.len(),
            Width::Four(codes) => codes.len(),
        }
    }

    fn code(&self, row: usize) -> u32 {
        match &self.0 {
            Width::One(codes) => u32::from(codes[row]),
            Width::Two(codes) => u32::from(codes[row]),
            Width::Four(codes) => codes[row],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Codes, GroupCodes};

    #[test]
    fn codes_take_the_bytes_that_they_need() {
        for (most, bytes) in [(255, 1), (256, 2), (65_535, 2), (65_536, 4)] {
            let written = [0, most, 7, most];
            let codes: GroupCodes = written.into_iter().collect();
            assert_eq!(codes.iter().collect::<Vec<u32>>(), written, "{most}");
            assert_eq!(
                (codes.rows(), codes.bytes()),
                (4, 4 * bytes),
                "{most}: {codes:?}"
            );
        }
    }

    #[test]
    fn renamed_codes_stay_in_their_rows() {
        let codes: GroupCodes = [2, 0, 1, 2].into_iter().collect();
        let renamed = codes.renamed(&[1, 2, 0]);
        assert_eq!(renamed.iter().collect::<Vec<u32>>(), [0, 1, 2, 0]);
    }
}
