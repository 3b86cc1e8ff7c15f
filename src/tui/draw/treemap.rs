//! Areas as large as values: a treemap with cells as square as they can be (Bruls, Huizing and van Wijk
//! 2000). A cell of a terminal is twice as high as it is wide.

use ratatui::layout::Rect;

/// Rows count twice: cells of the terminal are about so much higher than wide.
const ASPECT: f64 = 2.0;

/// A part by its edges: two that meet have the same edge, to the last bit.
#[derive(Clone, Copy, Debug)]
struct Area {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

/// The parts of an area for values, the largest first; together they fill it. A part may be empty.
pub(in crate::tui) fn treemap(values: &[f64], area: Rect) -> Vec<Rect> {
    let total: f64 = values.iter().sum();
    let (width, height) = (f64::from(area.width), f64::from(area.height) * ASPECT);
    if !(total > 0.0 && total.is_finite()) || area.is_empty() {
        return vec![Rect::new(area.x, area.y, 0, 0); values.len()];
    }
    let scale = width * height / total;
    let sizes: Vec<f64> = values.iter().map(|value| value * scale).collect();
    let mut rest = Area {
        left: 0.0,
        right: width,
        top: 0.0,
        bottom: height,
    };
    let mut placed = Vec::with_capacity(values.len());
    let mut from = 0;
    while from < sizes.len() {
        let side = (rest.right - rest.left).min(rest.bottom - rest.top);
        let to = strip(&sizes, from, side);
        let is_last = to == sizes.len();
        rest = lay(&sizes[from..to], rest, is_last, &mut placed);
        from = to;
    }
    placed
        .into_iter()
        .map(|part| on_cells(part, area))
        .collect()
}

/// Where the strip ends that begins with a value: as long as its cells get more square.
fn strip(sizes: &[f64], from: usize, side: f64) -> usize {
    let worst = |part: &[f64]| {
        let sum: f64 = part.iter().sum();
        let (least, most) = part
            .iter()
            .fold((f64::INFINITY, 0.0_f64), |(least, most), size| {
                (least.min(*size), most.max(*size))
            });
        let side = side.max(f64::MIN_POSITIVE);
        (side * side * most / (sum * sum))
            .max(sum * sum / (side * side * least.max(f64::MIN_POSITIVE)))
    };
    let mut to = from + 1;
    while to < sizes.len() && worst(&sizes[from..=to]) <= worst(&sizes[from..to]) {
        to += 1;
    }
    to
}

/// Lays a strip along the shorter side; what is left. The last one takes all that is left.
fn lay(sizes: &[f64], area: Area, is_last: bool, placed: &mut Vec<Area>) -> Area {
    let sum: f64 = sizes.iter().sum();
    let (width, height) = (area.right - area.left, area.bottom - area.top);
    let is_upright = width >= height;
    let (side, most) = if is_upright {
        (height, width)
    } else {
        (width, height)
    };
    let depth = match side {
        _ if is_last => most,
        side if side > 0.0 => (sum / side).min(most),
        _ => 0.0,
    };
    let (begin, end) = if is_upright {
        (area.top, area.bottom)
    } else {
        (area.left, area.right)
    };
    let edge = if is_upright { area.left } else { area.top } + depth;
    let mut at = begin;
    let mut so_far = 0.0;
    for (place, size) in sizes.iter().enumerate() {
        so_far += size;
        let next = if place + 1 == sizes.len() {
            end
        } else {
            begin + (end - begin) * so_far / sum.max(f64::MIN_POSITIVE)
        };
        placed.push(if is_upright {
            Area {
                right: edge,
                top: at,
                bottom: next,
                ..area
            }
        } else {
            Area {
                left: at,
                right: next,
                bottom: edge,
                ..area
            }
        });
        at = next;
    }
    if is_upright {
        Area { left: edge, ..area }
    } else {
        Area { top: edge, ..area }
    }
}

/// The cells of a part.
fn on_cells(part: Area, area: Rect) -> Rect {
    let cell = |edge: f64, most: u16| (edge.round().max(0.0) as u16).min(most);
    let (left, right) = (cell(part.left, area.width), cell(part.right, area.width));
    let (top, bottom) = (
        cell(part.top / ASPECT, area.height),
        cell(part.bottom / ASPECT, area.height),
    );
    Rect::new(
        area.x + left,
        area.y + top,
        right.saturating_sub(left),
        bottom.saturating_sub(top),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_fill_the_area_and_do_not_overlap() {
        let area = Rect::new(3, 2, 90, 26);
        for values in [
            vec![1.0],
            vec![57.0, 12.0, 9.0, 3.0, 1.0, 1.0, 0.5],
            (1..40).rev().map(f64::from).collect(),
            vec![1e9, 1.0, 1.0],
        ] {
            let parts = treemap(&values, area);
            assert_eq!(parts.len(), values.len());
            let covered: u32 = parts.iter().map(|part| part.area()).sum();
            assert_eq!(covered, area.area(), "{values:?}");
            for (place, part) in parts.iter().enumerate() {
                assert_eq!(part.intersection(area), *part);
                let others = parts[place + 1..].iter();
                assert!(
                    others.into_iter().all(|other| !part.intersects(*other)
                        || other.is_empty()
                        || part.is_empty())
                );
            }
        }
    }

    #[test]
    fn a_part_is_as_large_as_its_value() {
        let parts = treemap(&[3.0, 1.0], Rect::new(0, 0, 80, 20));
        assert_eq!(parts[0].area(), 3 * parts[1].area());
        assert!(treemap(&[0.0], Rect::new(0, 0, 8, 2))[0].is_empty());
        assert!(treemap(&[1.0], Rect::ZERO)[0].is_empty());
    }
}
