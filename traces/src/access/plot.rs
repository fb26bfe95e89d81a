//! A sweep as a picture: how misses, bus traffic and time depend on what was varied.

use std::fmt::Write as _;

use sim_core::memory::counters::Counters;
use sim_core::memory::geometry::Geometry;

use super::measures::miss_percent;
use crate::export::html::escape;

/// One configuration of a sweep and its counts.
#[derive(Debug, Clone)]
pub struct Point {
    /// The name of the protocol.
    pub protocol: &'static str,
    /// Every core's data cache.
    pub geometry: Geometry,
    /// All cores together.
    pub total: Counters,
}

/// What a sweep can vary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    /// Bytes of a cache.
    Size,
    /// Lines of a set.
    Ways,
    /// Bytes of a line.
    Line,
    /// The protocol.
    Protocol,
}

impl Dimension {
    /// All of them, in the order of their names in labels.
    const ALL: [Dimension; 4] = [Dimension::Protocol, Dimension::Size, Dimension::Ways, Dimension::Line];

    /// As on the axis.
    fn title(self) -> &'static str {
        match self {
            Dimension::Size => "cache size",
            Dimension::Ways => "ways",
            Dimension::Line => "line size in bytes",
            Dimension::Protocol => "protocol",
        }
    }

    /// The value of a point, as labels show it.
    fn of(self, point: &Point) -> String {
        match self {
            Dimension::Size => bytes(point.geometry.bytes()),
            Dimension::Ways => format!("{}-way", point.geometry.ways),
            Dimension::Line => format!("{} B", point.geometry.line_bytes),
            Dimension::Protocol => point.protocol.to_string(),
        }
    }

    /// Its values in a sweep, in the order of their first points.
    fn values(self, points: &[Point]) -> Vec<String> {
        let mut values: Vec<String> = Vec::new();
        for point in points {
            let value = self.of(point);
            if !values.contains(&value) {
                values.push(value);
            }
        }
        values
    }
}

/// The dimensions that vary, in the order of their names in labels.
pub fn varied(points: &[Point]) -> Vec<Dimension> {
    Dimension::ALL.into_iter().filter(|dimension| dimension.values(points).len() > 1).collect()
}

/// What makes the axis of a picture: of what varies the number with most values, or the protocol if that is all.
fn axis(points: &[Point]) -> Dimension {
    let numbers = varied(points).into_iter().filter(|dimension| *dimension != Dimension::Protocol);
    numbers.rev().max_by_key(|dimension| dimension.values(points).len()).unwrap_or(Dimension::Protocol)
}

/// A point by some of its dimensions: `mesi 4 KiB`.
pub fn label(point: &Point, dimensions: &[Dimension]) -> String {
    dimensions.iter().map(|dimension| dimension.of(point)).collect::<Vec<_>>().join(" ")
}

/// A number of bytes as people write it: `4 KiB`.
pub fn bytes(count: u64) -> String {
    match count {
        _ if count >= 1 << 20 && count.is_multiple_of(1 << 20) => format!("{} MiB", count >> 20),
        _ if count >= 1 << 10 && count.is_multiple_of(1 << 10) => format!("{} KiB", count >> 10),
        _ => format!("{count} B"),
    }
}

/// Colours that people with any kind of colour vision tell apart (Okabe and Ito), dark enough for lines.
const COLOURS: [&str; 7] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#5b6069"];
/// What tells series apart where colours come again.
const DASHES: [&str; 4] = ["", "6 3", "2 3", "9 3 2 3"];

/// A panel, and the room around it, in user units.
const PANEL: (f64, f64) = (250.0, 200.0);
const GAP: (f64, f64) = (80.0, 60.0);
const LEGEND_ROW: f64 = 20.0;
const LEGEND_COLUMN: f64 = 235.0;

type Value = fn(&Counters) -> f64;

const PANELS: [(&str, Value); 3] = [
    ("misses per 100 accesses", miss_percent),
    ("bytes of traffic per access", |c| c.bus_bytes as f64 / (c.accesses() as f64).max(1.0)),
    ("million cycles (estimate)", |c| c.cycles as f64 / 1e6),
];

/// The sweep as an SVG picture: one panel per measure, one line per combination of what is not on the axis.
pub fn svg(title: &str, points: &[Point]) -> String {
    let axis = axis(points);
    let rest: Vec<Dimension> = varied(points).into_iter().filter(|dimension| *dimension != axis).collect();
    let places = axis.values(points);
    let mut series: Vec<String> = Vec::new();
    for point in points {
        let name = label(point, &rest);
        if !series.contains(&name) {
            series.push(name);
        }
    }
    let columns = 4;
    let legend = if rest.is_empty() { 0 } else { series.len().div_ceil(columns) };
    let width = PANELS.len() as f64 * (PANEL.0 + GAP.0) + 30.0;
    let height = PANEL.1 + 2.0 * GAP.1 + legend as f64 * LEGEND_ROW + 20.0;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         role=\"img\" font-family=\"system-ui,'DejaVu Sans',sans-serif\" font-size=\"12\" fill=\"#1b1d22\">\n\
         <title>{0}</title>\n<rect width=\"{width}\" height=\"{height}\" rx=\"10\" fill=\"#fbfaf7\"/>\n\
         <text x=\"24\" y=\"28\" font-size=\"15\" font-weight=\"bold\">{0}</text>\n",
        escape(title)
    );
    for (index, (name, value)) in PANELS.iter().enumerate() {
        let left = GAP.0 - 15.0 + index as f64 * (PANEL.0 + GAP.0);
        let panel = Panel { left, top: GAP.1 + 10.0, max: nice(points.iter().map(|p| value(&p.total))) };
        panel.frame(&mut text, name, axis, &places);
        for (number, name) in series.iter().enumerate() {
            let of_series = points.iter().filter(|point| label(point, &rest) == *name);
            let at = of_series.filter_map(|point| {
                let place = places.iter().position(|place| *place == axis.of(point))?;
                Some((panel.x(place, places.len()), panel.y(value(&point.total))))
            });
            curve(&mut text, number, name, &at.collect::<Vec<_>>(), axis != Dimension::Protocol);
        }
    }
    for (number, name) in series.iter().enumerate().filter(|_| legend > 0) {
        let x = 30.0 + (number % columns) as f64 * LEGEND_COLUMN;
        let y = PANEL.1 + 2.0 * GAP.1 + 10.0 + (number / columns) as f64 * LEGEND_ROW;
        curve(&mut text, number, name, &[(x, y), (x + 30.0, y)], axis != Dimension::Protocol);
        let _ = writeln!(text, "<text x=\"{}\" y=\"{}\">{}</text>", x + 38.0, y + 4.0, escape(name));
    }
    text + "</svg>\n"
}

/// Where one measure is drawn.
struct Panel {
    left: f64,
    top: f64,
    /// The value at the top.
    max: f64,
}

impl Panel {
    fn x(&self, place: usize, places: usize) -> f64 {
        self.left + PANEL.0 * (place as f64 + 0.5) / places as f64
    }

    fn y(&self, value: f64) -> f64 {
        self.top + PANEL.1 * (1.0 - value / self.max)
    }

    /// The axes with their words.
    fn frame(&self, text: &mut String, name: &str, axis: Dimension, places: &[String]) {
        let bottom = self.top + PANEL.1;
        let _ = writeln!(
            text,
            "<text x=\"{}\" y=\"{}\" font-weight=\"bold\">{name}</text>",
            self.left,
            self.top - 10.0
        );
        for line in 0..=4 {
            let value = self.max * f64::from(line) / 4.0;
            let y = self.y(value);
            let _ = writeln!(
                text,
                "<path d=\"M{} {y}h{}\" stroke=\"#dcd9d1\"/><text x=\"{}\" y=\"{}\" text-anchor=\"end\" fill=\"#5b6069\">{}</text>",
                self.left,
                PANEL.0,
                self.left - 6.0,
                y + 4.0,
                number(value)
            );
        }
        // Labels that would run into each other are left out, but for names, which are turned.
        let names = axis == Dimension::Protocol;
        let every = if names { 1 } else { places.len().div_ceil(6) };
        for (place, name) in places.iter().enumerate().filter(|(place, _)| place % every == 0) {
            let (x, y) = (self.x(place, places.len()), bottom + 17.0);
            let how = match names {
                true => format!("text-anchor=\"end\" transform=\"rotate(-30 {x} {y})\""),
                false => "text-anchor=\"middle\"".to_owned(),
            };
            let _ = writeln!(
                text,
                "<text x=\"{x}\" y=\"{y}\" {how} font-size=\"11\" fill=\"#5b6069\">{}</text>",
                escape(name)
            );
        }
        if names {
            return;
        }
        let middle = self.left + PANEL.0 / 2.0;
        let _ = writeln!(
            text,
            "<text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            bottom + 36.0,
            axis.title()
        );
    }
}

/// Points, joined by a line where there is something between them.
fn curve(text: &mut String, number: usize, name: &str, points: &[(f64, f64)], joined: bool) {
    let colour = COLOURS[number % COLOURS.len()];
    let dash = DASHES[number / COLOURS.len() % DASHES.len()];
    let _ = write!(text, "<g fill=\"{colour}\"><title>{}</title>", escape(name));
    if joined {
        let path: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = write!(
            text,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dash}\"/>",
            path.join(" ")
        );
    }
    for (x, y) in points {
        let _ = write!(text, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\"/>");
    }
    text.push_str("</g>\n");
}

/// A round number that is not less than any value, and not 0.
fn nice(values: impl Iterator<Item = f64>) -> f64 {
    let most = values.fold(0.0, f64::max);
    if most <= 0.0 {
        return 1.0;
    }
    let unit = 10_f64.powf(most.log10().floor());
    [1.0, 1.2, 1.6, 2.0, 2.4, 3.2, 4.0, 6.0, 8.0, 10.0]
        .into_iter()
        .map(|steps| steps * unit)
        .find(|top| *top >= most)
        .unwrap_or(most)
}

/// A number with as many digits as matter.
fn number(value: f64) -> String {
    let text = if value >= 100.0 { format!("{value:.0}") } else { format!("{value:.3}") };
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_core::memory::replacement::Replacement;

    fn point(protocol: &'static str, size: u64, ways: u32) -> Point {
        let geometry = Geometry::with_size(size, ways, 32, Replacement::Lru).expect("a cache");
        let total = Counters { loads: 100, read_misses: size / 1024, ..Counters::default() };
        Point { protocol, geometry, total }
    }

    #[test]
    fn the_axis_is_the_number_with_most_values() {
        let points = [point("msi", 4096, 1), point("mesi", 4096, 1), point("dragon", 4096, 2)];
        assert_eq!(varied(&points), [Dimension::Protocol, Dimension::Ways]);
        assert_eq!(axis(&points), Dimension::Ways);
        assert_eq!(
            (varied(&points[..2]), axis(&points[..2])),
            (vec![Dimension::Protocol], Dimension::Protocol)
        );
        let more = [point("msi", 4096, 1), point("msi", 8192, 1), point("msi", 16384, 2)];
        assert_eq!(axis(&more), Dimension::Size);
        assert_eq!(label(&points[2], &varied(&points)), "dragon 2-way");
    }

    #[test]
    fn every_point_is_drawn_inside_its_panel() {
        let points =
            [point("msi", 4096, 1), point("msi", 8192, 1), point("mesi", 4096, 1), point("mesi", 8192, 1)];
        let picture = svg("a < b", &points);
        assert!(picture.contains("<title>a &lt; b</title>") && picture.contains("8 KiB"));
        // Three panels with four points each, and two points per series in the legend.
        assert_eq!(picture.matches("<circle").count(), 3 * 4 + 2 * 2);
        assert!(!picture.contains("NaN") && !picture.contains("inf"));
    }

    #[test]
    fn round_numbers_are_not_below() {
        assert_eq!(
            [nice([0.0].into_iter()), nice([3.1].into_iter()), nice([0.09].into_iter())],
            [1.0, 3.2, 0.1]
        );
        assert_eq!([number(0.0), number(2.5), number(1200.0)], ["0", "2.5", "1200"]);
    }
}
