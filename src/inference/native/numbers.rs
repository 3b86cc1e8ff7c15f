//! Numbers of some rows, in either of the orders in which they come.

use std::borrow::Cow;

/// Numbers of some rows. All columns lie in one slice: row by row, or one after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct NumberRows<'p> {
    values: &'p [f32],
    rows: usize,
    width: usize,
    order: Order,
}

#[derive(Debug, Clone, Copy)]
enum Order {
    RowByRow,
    /// A column begins so many values after the one before it.
    ColumnByColumn {
        stride: usize,
    },
}

impl<'p> NumberRows<'p> {
    /// Those of which all columns of a row lie side by side.
    pub(super) fn row_by_row(values: &'p [f32], width: usize) -> Self {
        Self {
            values,
            rows: values.len().checked_div(width).unwrap_or(0),
            width,
            order: Order::RowByRow,
        }
    }

    /// Those of which all rows of a column lie side by side, from the first of `values` on; a column
    /// begins `stride` values after the one before it.
    ///
    /// # Panics
    /// If `values` end before the last column does.
    pub(super) fn column_by_column(
        values: &'p [f32],
        stride: usize,
        (rows, width): (usize, usize),
    ) -> Self {
        let end = width.checked_sub(1).map_or(0, |last| last * stride + rows);
        assert!(
            end <= values.len() && rows <= stride.max(1),
            "whole columns"
        );
        Self {
            values,
            rows,
            width,
            order: Order::ColumnByColumn { stride },
        }
    }

    /// Columns.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Values.
    pub(super) fn len(&self) -> usize {
        match self.order {
            Order::RowByRow => self.values.len(),
            Order::ColumnByColumn { .. } => self.rows * self.width,
        }
    }

    /// A column's values of the rows from `first` on, as far as there are any; the rest of `out` stays.
    pub(super) fn read(&self, column: usize, first: usize, out: &mut [f32]) {
        match self.order {
            Order::RowByRow => {
                let values = self.values.get(first * self.width..).unwrap_or_default();
                let rows = values.chunks_exact(self.width);
                for (value, row) in out.iter_mut().zip(rows) {
                    *value = row[column];
                }
            }
            Order::ColumnByColumn { stride } => {
                let count = out.len().min(self.rows.saturating_sub(first));
                let values = self.values.get(column * stride + first..);
                out[..count].copy_from_slice(&values.unwrap_or_default()[..count]);
            }
        }
    }

    /// The same row by row: a view where they lie so.
    pub(super) fn by_row(&self) -> Cow<'p, [f32]> {
        let Order::ColumnByColumn { stride } = self.order else {
            return Cow::Borrowed(self.values);
        };
        let mut all = vec![0.0; self.rows * self.width];
        for column in 0..self.width {
            let values = &self.values[column * stride..][..self.rows];
            let places = all[column..].iter_mut().step_by(self.width);
            for (to, value) in places.zip(values) {
                *to = *value;
            }
        }
        Cow::Owned(all)
    }
}
