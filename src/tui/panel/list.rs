//! A cursor in a list and what of the list is in sight.

/// Where the cursor is and where the window begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::tui) struct List {
    /// The row under the cursor.
    pub selected: usize,
    /// The first row in sight.
    pub offset: usize,
    /// Is its newest row its last?
    pub grows: bool,
    /// Does the cursor stay on the last row as rows come?
    pub follows: bool,
}

/// A way to move the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Move {
    /// So many rows down, or up when negative.
    By(isize),
    /// To the first row.
    Top,
    /// To the last row.
    Bottom,
}

impl List {
    /// A list whose newest row is its last.
    pub(in crate::tui) fn following() -> Self {
        Self {
            grows: true,
            follows: true,
            ..Self::default()
        }
    }

    /// The row of the cursor among those in sight.
    pub(in crate::tui) fn row_in_sight(&self) -> u16 {
        self.selected.saturating_sub(self.offset) as u16
    }

    /// Moves the cursor within `len` rows.
    pub(in crate::tui) fn go(&mut self, to: Move, len: usize) {
        let last = len.saturating_sub(1);
        self.selected = match to {
            Move::By(rows) => self.selected.saturating_add_signed(rows).min(last),
            Move::Top => 0,
            Move::Bottom => last,
        };
        let stays = self.follows && self.selected == last || to == Move::Bottom;
        self.follows = self.grows && stays;
    }

    /// Puts the cursor on a row.
    pub(in crate::tui) fn put(&mut self, row: usize) {
        self.selected = row;
        self.follows = false;
    }

    /// Brings the cursor into a window of `height` rows of `len`.
    pub(in crate::tui) fn settle(&mut self, len: usize, height: usize) {
        let last = len.saturating_sub(1);
        if self.follows {
            self.selected = last;
        }
        self.selected = self.selected.min(last);
        let least = (self.selected + 1).saturating_sub(height);
        let most = self.selected.min(len.saturating_sub(height));
        self.offset = self.offset.clamp(least.min(most), most.max(least));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_stays_in_sight() {
        let mut list = List::default();
        list.go(Move::By(7), 10);
        list.settle(10, 5);
        assert_eq!((list.selected, list.offset), (7, 3));
        list.go(Move::By(-100), 10);
        list.settle(10, 5);
        assert_eq!((list.selected, list.offset), (0, 0));
        list.settle(0, 5);
        list.settle(10, 0);
    }

    #[test]
    fn in_other_lists_the_cursor_stays_on_its_row() {
        let mut list = List::default();
        list.go(Move::Bottom, 10);
        list.settle(12, 4);
        assert_eq!(list.selected, 9);
    }

    #[test]
    fn a_following_list_follows_until_the_cursor_leaves_the_end() {
        let mut list = List::following();
        list.settle(10, 4);
        assert_eq!((list.selected, list.offset), (9, 6));
        list.go(Move::By(-1), 10);
        list.settle(12, 4);
        assert_eq!(list.selected, 8);
        list.go(Move::Bottom, 12);
        list.settle(15, 4);
        assert_eq!((list.selected, list.offset), (14, 11));
    }
}
