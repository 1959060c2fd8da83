//! Times and periods. Always UTC: no license, message or query has a zone.
//!
//! ```text
//!   license       5a 4f d7 74                       seconds since 1970, 32 bits
//!   ClientTime    1515182160                        the same as text
//!   query         20180105  20180105195600          GMT (query-string-syntax.md)
//!   old query     01/05/2018                        month first (playready-test-server-service.md)
//!   people        2018-01-05T19:56:00Z  2018-01-05 19:56  2018-01-05
//! ```

use crate::{Error, ErrorKind, Result};
use core::fmt;
use core::str::FromStr;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, SpanRound, Timestamp, Unit};

/// A moment in whole seconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(Timestamp);

/// A length of time; months and years follow the calendar.
#[derive(Clone, Copy, Debug)]
pub struct Period(Span);

impl Moment {
    /// From seconds since 1970, as licenses have them.
    pub fn from_unix(seconds: u32) -> Self {
        // 32 bits end in 2106; timestamps reach the year 9999.
        Self(Timestamp::from_second(i64::from(seconds)).unwrap_or(Timestamp::UNIX_EPOCH))
    }

    /// From seconds since 1970 of any size.
    pub fn from_seconds(seconds: i64) -> Option<Self> {
        Timestamp::from_second(seconds).ok().map(Self)
    }

    /// Seconds since 1970.
    pub fn to_seconds(self) -> i64 {
        self.0.as_second()
    }

    /// Seconds since another moment; negative when it lies before.
    pub fn since(self, other: Self) -> i64 {
        self.to_seconds().saturating_sub(other.to_seconds())
    }

    /// So many seconds later, or earlier. Stops at the ends of time.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        let end = if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
        Self(Timestamp::from_second(self.to_seconds().saturating_add(seconds)).unwrap_or(end))
    }

    /// A period later, by the calendar: a month after January 5 is February 5. Stops at the end of time.
    #[must_use]
    pub fn plus(self, period: Period) -> Self {
        let later = self.0.to_zoned(TimeZone::UTC).checked_add(period.0);
        Self(later.map_or(Timestamp::MAX, |later| later.timestamp()))
    }

    /// As queries of the test server have it.
    pub fn to_compact(self) -> String {
        self.0.strftime("%Y%m%d%H%M%S").to_string()
    }

    /// Day only, where no more is wanted.
    pub fn to_day(self) -> String {
        self.0.strftime("%Y-%m-%d").to_string()
    }

    /// Midnight of the day.
    #[must_use]
    pub fn day(self) -> Self {
        self.plus_seconds(self.to_seconds().rem_euclid(86_400).saturating_neg())
    }

    fn of_civil(time: DateTime) -> Option<Self> {
        time.to_zoned(TimeZone::UTC).ok().map(|time| Self(time.timestamp()))
    }
}

/// Reads every form of the picture, and seconds since 1970.
impl FromStr for Moment {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim();
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let read = match text.len() {
            8 if digits => Date::strptime("%Y%m%d", text).ok().and_then(|day| Self::of_civil(day.into())),
            14 if digits => DateTime::strptime("%Y%m%d%H%M%S", text).ok().and_then(Self::of_civil),
            // A year alone is no second of 1970.
            9..=11 if digits => text.parse().ok().and_then(Self::from_seconds),
            _ if digits => None,
            _ => text
                .parse::<Timestamp>()
                .ok()
                .and_then(|time| Self::from_seconds(time.as_second()))
                .or_else(|| text.parse::<DateTime>().ok().and_then(Self::of_civil))
                .or_else(|| minutes(text))
                .or_else(|| month_first(text)),
        };
        read.ok_or_else(|| ErrorKind::Time { text: text.to_owned() }.into())
    }
}

/// `2018-01-05 19:56` and `2018-01-05T19:56Z`: what people write who do not care for seconds.
fn minutes(text: &str) -> Option<Moment> {
    let text = text.strip_suffix('Z').unwrap_or(text).trim_end();
    let time = DateTime::strptime("%Y-%m-%dT%H:%M", text)
        .or_else(|_| DateTime::strptime("%Y-%m-%d %H:%M", text))
        .ok()?;
    Moment::of_civil(time)
}

/// `12/31/2017`, of the test server's legacy syntax.
fn month_first(text: &str) -> Option<Moment> {
    Date::strptime("%m/%d/%Y", text).ok().and_then(|day| Moment::of_civil(day.into()))
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.0}", self.0)
    }
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Period {
    /// So many seconds.
    pub fn from_seconds(seconds: u32) -> Self {
        Self(Span::new().seconds(i64::from(seconds)))
    }

    /// Its length in seconds when it begins at a moment.
    pub fn seconds_from(self, start: Moment) -> i64 {
        start.plus(self).since(start)
    }
}

/// Reads seconds, `48h`, `30d`, `1mo`, `1 month 12 hours`, `P1M`.
impl FromStr for Period {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim();
        let wrong = || Error::new(ErrorKind::Period { text: text.to_owned() });
        if let Ok(seconds) = text.parse() {
            return Ok(Self::from_seconds(seconds));
        }
        let span: Span = text.parse().map_err(|_| wrong())?;
        if span.is_negative() { Err(wrong()) } else { Ok(Self(span)) }
    }
}

/// Seconds for people: `48h`, `1m 30s`, `30d`. Days begin where hours would pass 72.
pub fn seconds_text(seconds: i64) -> String {
    let Ok(span) = Span::new().try_seconds(seconds) else { return format!("{seconds}s") };
    let largest = if seconds.unsigned_abs() > 72 * 3600 { Unit::Day } else { Unit::Hour };
    // Days of 24 hours: there are no others without a zone.
    let round = SpanRound::new().largest(largest).days_are_24_hours();
    span.round(round).map_or_else(|_| format!("{seconds}s"), |span| format!("{span:#}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn moment(text: &str) -> Moment {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn every_form_of_the_picture_is_the_same_moment() {
        let day = moment("2018-01-05T00:00:00Z");
        for form in
            ["20180105", "2018-01-05", "01/05/2018", "2018-01-05 00:00", "1515110400", " 20180105000000 "]
        {
            assert_eq!(moment(form), day, "{form}");
        }
        let minute = moment("2018-01-05T19:56:00Z");
        for form in
            ["20180105195600", "2018-01-05T19:56Z", "2018-01-05 19:56", "2018-01-05 19:56:00", "1515182160"]
        {
            assert_eq!(moment(form), minute, "{form}");
        }
        assert_eq!(moment("2018-01-05T20:56:00+01:00"), minute);
        assert_eq!(minute.to_string(), "2018-01-05T19:56:00Z");
        assert_eq!(minute.to_compact(), "20180105195600");
        assert_eq!(minute.day(), day);
    }

    #[test]
    fn nonsense_is_no_time_and_says_what_is() {
        for text in ["", "tomorrow", "2017", "20181305", "20180105246000", "2018-02-30", "123456789012"] {
            let error = text.parse::<Moment>().unwrap_err().to_string();
            assert!(error.contains("expected 2018-01-05T19:55:00Z"), "{error}");
        }
    }

    #[test]
    fn a_month_later_is_the_same_day_of_the_next_month() {
        let end = moment("2018-01-05T20:00:00Z").plus("1mo".parse().unwrap());
        assert_eq!(end, moment("2018-02-05T20:00:00Z"));
        assert_eq!(moment("20180131").plus("P1M".parse().unwrap()), moment("20180228"));
    }

    #[test]
    fn periods_are_read_in_seconds_and_with_units() {
        let start = moment("20180105");
        for (text, seconds) in [("172800", 172_800), ("48h", 172_800), ("2 days", 172_800), ("1m 30s", 90)] {
            let period: Period = text.parse().unwrap();
            assert_eq!(period.seconds_from(start), seconds, "{text}");
        }
        for text in ["-1h", "soon", ""] {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }

    #[test]
    fn seconds_are_printed_for_people() {
        for (seconds, text) in
            [(172_800, "48h"), (90, "1m 30s"), (2_592_000, "30d"), (-240, "4m ago"), (0, "0s")]
        {
            assert_eq!(seconds_text(seconds), text);
        }
    }

    proptest! {
        #[test]
        fn every_32_bit_time_comes_back_from_its_text(seconds in any::<u32>()) {
            let time = Moment::from_unix(seconds);
            prop_assert_eq!(moment(&time.to_string()), time);
            prop_assert_eq!(moment(&time.to_compact()), time);
            prop_assert_eq!(time.to_seconds(), i64::from(seconds));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,30}", seconds in any::<i64>()) {
            let _ = text.parse::<Moment>();
            let _ = text.parse::<Period>();
            let _ = seconds_text(seconds);
            let _ = Moment::from_unix(5).plus_seconds(seconds);
        }
    }
}
