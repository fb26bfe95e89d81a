//! Straight lines in a terminal: two by four dots of Braille per cell.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Dots over an area, each cell with the style of what was drawn there last.
#[derive(Debug)]
pub(super) struct Canvas {
    area: Rect,
    cells: Vec<(u8, Style)>,
}

/// The bit of each dot in a Braille character: `DOTS[row][column]`.
const DOTS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

impl Canvas {
    /// Nothing drawn yet.
    pub(super) fn new(area: Rect) -> Canvas {
        let cells = vec![(0, Style::new()); usize::from(area.width) * usize::from(area.height)];
        Canvas { area, cells }
    }

    /// A line between the middles of two cells, given by column and row inside the area; with gaps if it is
    /// only a possibility.
    pub(super) fn line(&mut self, from: (u16, u16), to: (u16, u16), dashed: bool, style: Style) {
        let dots = |(column, row): (u16, u16)| (i32::from(column) * 2, i32::from(row) * 4 + 1);
        let ((x0, y0), (x1, y1)) = (dots(from), dots(to));
        let count = (x1 - x0).abs().max((y1 - y0).abs()).max(1);
        for at in 0..=count {
            if dashed && at % 4 >= 2 {
                continue;
            }
            // Rounded to the nearest dot.
            let between = |a: i32, b: i32| a + ((b - a) * at * 2 + count * (b - a).signum()) / (count * 2);
            self.dot(between(x0, x1), between(y0, y1), style);
        }
    }

    fn dot(&mut self, x: i32, y: i32, style: Style) {
        let (Ok(column), Ok(row)) = (u16::try_from(x / 2), u16::try_from(y / 4)) else { return };
        if x < 0 || y < 0 || column >= self.area.width || row >= self.area.height {
            return;
        }
        let cell = &mut self.cells[usize::from(row) * usize::from(self.area.width) + usize::from(column)];
        cell.0 |= DOTS[(y % 4) as usize][(x % 2) as usize];
        cell.1 = style;
    }

    /// Puts the dots on the screen.
    pub(super) fn draw(&self, buffer: &mut Buffer) {
        for (index, (dots, style)) in self.cells.iter().enumerate().filter(|(_, (dots, _))| *dots != 0) {
            let index = index as u16;
            let place = (self.area.x + index % self.area.width, self.area.y + index / self.area.width);
            let letter = char::from_u32(0x2800 + u32::from(*dots)).unwrap_or(' ');
            if let Some(cell) = buffer.cell_mut(place) {
                cell.set_char(letter).set_style(*style);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_join_the_middles_of_cells_and_stay_inside() {
        let area = Rect::new(3, 2, 4, 3);
        let mut canvas = Canvas::new(area);
        canvas.line((0, 0), (3, 2), false, Style::new());
        canvas.line((0, 2), (40, 90), false, Style::new());
        let mut buffer = Buffer::empty(Rect::new(0, 0, 10, 8));
        canvas.draw(&mut buffer);
        let drawn = |x: u16, y: u16| buffer[(x, y)].symbol() != " ";
        assert!(drawn(3, 2) && drawn(6, 4));
        for y in 0..8 {
            for x in 0..10 {
                assert!(area.contains((x, y).into()) || !drawn(x, y), "{x},{y}");
            }
        }
    }
}
