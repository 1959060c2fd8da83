//! A picture of what plays when.
//!
//! ```text
//!                        2016-08-01          2016-09-01
//!   Content1             ░░████████████████·············
//!   Content2             ░░░░░░░░░░░░░░░░░░░░███████████
//! ```

use crate::style::{DIM, DONE, WARNING};
use crate::terminal::escaped;
use prkit_license::{Cell, Scenario};
use std::fmt::Write as _;

/// Columns of the picture.
const WIDTH: usize = 60;
/// Columns of a name in front.
const NAME_WIDTH: usize = 20;
/// Between two dates on the axis.
const TICK: usize = 15;

pub(super) fn write(scenario: &Scenario, out: &mut String) -> std::fmt::Result {
    let grid = scenario.grid(WIDTH);
    let ticks: Vec<_> = grid
        .clocks
        .iter()
        .step_by(TICK)
        .map(|clock| format!("{:TICK$}", format!("│{}", clock.to_day())))
        .collect();
    writeln!(out, "  {:NAME_WIDTH$} {DIM}{}{DIM:#}", "", ticks.concat().trim_end())?;
    for (name, cells) in &grid.rows {
        let name: String = escaped(name).chars().take(NAME_WIDTH).collect();
        write!(out, "  {name:NAME_WIDTH$} ")?;
        for run in cells.chunk_by(|a, b| a == b) {
            let (style, mark) = match run.first() {
                Some(Cell::Plays) => (DONE, "█"),
                Some(Cell::NotYet) => (WARNING, "░"),
                Some(Cell::Expired) => (DIM, "·"),
                _ => (DIM, "×"),
            };
            write!(out, "{style}{}{style:#}", mark.repeat(run.len()))?;
        }
        writeln!(out)?;
    }
    writeln!(out, "  {DIM}█ plays  ░ not yet valid  · expired  × never{DIM:#}")?;
    let times = match grid.turns {
        0 => return writeln!(out, "  nothing plays, wherever the clock is set"),
        1 => "1 setting of the clock".to_owned(),
        turns => format!("{turns} settings of the clock, each with the copy restored"),
    };
    writeln!(out, "  {times}, to play everything")
}
