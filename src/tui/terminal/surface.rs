//! What ratatui takes for our terminal. It tells its size and remembers the cursor; what is drawn is
//! read from the buffer, and nothing is ever asked of the terminal itself.

use std::convert::Infallible;

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

/// A screen of some size whose cursor is hidden.
#[derive(Debug)]
pub(super) struct Surface {
    /// As the terminal says.
    pub size: Size,
    /// Where the cursor was put last. A screen reader reads there.
    pub cursor: Option<Position>,
}

impl Surface {
    pub(super) const fn new(size: Size) -> Self {
        Self { size, cursor: None }
    }
}

impl Backend for Surface {
    type Error = Infallible;

    fn draw<'a, I>(&mut self, _changed: I) -> Result<(), Infallible>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        Ok(())
    }

    fn hide_cursor(&mut self) -> Result<(), Infallible> {
        Ok(())
    }

    fn show_cursor(&mut self) -> Result<(), Infallible> {
        Ok(())
    }

    fn get_cursor_position(&mut self) -> Result<Position, Infallible> {
        Ok(self.cursor.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), Infallible> {
        self.cursor = Some(position.into());
        Ok(())
    }

    fn clear(&mut self) -> Result<(), Infallible> {
        // Asked for with a new size, of which the buffer tells.
        Ok(())
    }

    fn clear_region(&mut self, _: ClearType) -> Result<(), Infallible> {
        Ok(())
    }

    fn size(&self) -> Result<Size, Infallible> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> Result<WindowSize, Infallible> {
        Ok(WindowSize {
            columns_rows: self.size,
            pixels: Size::ZERO,
        })
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
