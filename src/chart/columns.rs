//! Column charts: the throughput of several servers at several numbers of connections.

use std::fmt::Write;

use super::{escaped, round_up};

/// The size of the drawing, and of the field with the columns.
const SIZE: (f64, f64) = (900.0, 420.0);
const FIELD: (f64, f64) = (800.0, 270.0);
/// The field's upper left corner.
const CORNER: (f64, f64) = (80.0, 90.0);
/// How many names the legend has per line.
const NAMES: usize = 5;

const COLOURS: [&str; 9] =
    ["#333333", "#a9b1b8", "#b07d4f", "#e0a84e", "#8cc29b", "#3a8f5c", "#1f6fb4", "#d1495b", "#8a5fbf"];

/// The name of a column and the number of its colour, so that the same server has the same colour in every drawing.
pub type Name = (String, usize);

/// Draws a group of columns for each of `groups`, with a column for each of `names`. A missing value leaves a gap.
pub fn columns(title: &str, below: &str, names: &[Name], groups: &[(String, Vec<Option<f64>>)]) -> String {
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"20\" y=\"26\" font-size=\"15\">{}</text>\n",
        SIZE.0,
        SIZE.1,
        escaped(title)
    );
    legend(&mut out, names);
    let top = round_up(groups.iter().flat_map(|(_, values)| values).flatten().copied().fold(1.0, f64::max));
    for part in 0..=4 {
        let fraction = f64::from(part) / 4.0;
        let y = CORNER.1 + (1.0 - fraction) * FIELD.1;
        let _ = writeln!(out, "<path d=\"M{} {y:.1}h{}\" stroke=\"#ddd\"/>", CORNER.0, FIELD.0);
        let (x, y) = (CORNER.0 - 6.0, y + 4.0);
        let _ = writeln!(out, "<text x=\"{x}\" y=\"{y:.1}\" text-anchor=\"end\">{:.0}</text>", top * fraction);
    }
    let room = FIELD.0 / groups.len() as f64;
    for (nr, (label, values)) in groups.iter().enumerate() {
        let left = CORNER.0 + nr as f64 * room;
        group(&mut out, left, room, names, values, top);
        let (x, y) = (left + room / 2.0, CORNER.1 + FIELD.1 + 20.0);
        let _ = writeln!(out, "<text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"middle\">{}</text>", escaped(label));
    }
    let (x, y) = (CORNER.0 + FIELD.0 / 2.0, SIZE.1 - 12.0);
    let _ = writeln!(out, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"middle\">{}</text>", escaped(below));
    out + "</svg>\n"
}

fn legend(out: &mut String, names: &[Name]) {
    for (nr, (name, colour)) in names.iter().enumerate() {
        let (x, y) = (CORNER.0 + (nr % NAMES) as f64 * FIELD.0 / NAMES as f64, 42.0 + (nr / NAMES) as f64 * 20.0);
        let colour = COLOURS[colour % COLOURS.len()];
        let _ = writeln!(out, "<rect x=\"{x}\" y=\"{y}\" width=\"12\" height=\"12\" fill=\"{colour}\"/>");
        let (x, y) = (x + 18.0, y + 11.0);
        let _ = writeln!(out, "<text x=\"{x}\" y=\"{y}\">{}</text>", escaped(name));
    }
}

/// Draws the columns of one group, in the middle nine tenths of its space.
fn group(out: &mut String, left: f64, room: f64, names: &[Name], values: &[Option<f64>], top: f64) {
    let width = 0.9 * room / values.len().max(1) as f64;
    let bottom = CORNER.1 + FIELD.1;
    for (nr, (value, (_, colour))) in values.iter().zip(names).enumerate() {
        if let Some(value) = value {
            let (x, height) = (left + 0.05 * room + nr as f64 * width, value / top * FIELD.1);
            let (y, colour) = (bottom - height, COLOURS[colour % COLOURS.len()]);
            let width = width * 0.92;
            let _ = writeln!(
                out,
                "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{colour}\"/>"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_as_high_as_its_value_and_a_missing_one_is_a_gap() {
        let names = [("a & b".into(), 3), ("c".into(), 0)];
        let groups = [("1".into(), vec![Some(50.0), None]), ("2".into(), vec![Some(100.0), Some(0.0)])];
        let svg = columns("title", "connections", &names, &groups);
        let heights: Vec<&str> = svg
            .lines()
            .filter(|line| line.starts_with("<rect x") && !line.contains("height=\"12\""))
            .map(|line| line.split("height=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a height"))
            .collect();
        assert_eq!(heights, ["135.0", "270.0", "0.0"]);
        assert_eq!(svg.matches(COLOURS[3]).count(), 3, "in the legend, and in both groups");
        assert!(svg.contains("a &amp; b") && svg.contains(">100</text>") && !svg.contains("NaN"), "{svg}");
        assert!(!columns("", "", &[], &[]).contains("NaN"), "no columns at all");
    }
}
