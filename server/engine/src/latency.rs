//! Durations of calls, by command and by event.

use std::collections::{BTreeMap, VecDeque};

/// Durations counted in bins that keep two significant digits, as the servers' histograms do.
#[derive(Clone, Default, Debug)]
pub struct Histogram {
    /// Counts by the upper end of the bin, in nanoseconds.
    bins: BTreeMap<u64, u64>,
    count: u64,
}

/// Longest duration of a histogram, in nanoseconds.
const MAX_NANOS: u64 = 1_000_000_000;

/// The upper end of the bin of a value: below 256 each value is one, above there are 128 for each power of two.
fn bin(nanos: u64) -> u64 {
    let bits = 64 - nanos.leading_zeros();
    let width = 1u64 << bits.saturating_sub(8);
    nanos | (width - 1)
}

impl Histogram {
    /// Counts a duration in microseconds; one below a microsecond counts as one.
    pub fn add(&mut self, micros: u64) {
        let nanos = micros.max(1).saturating_mul(1000).min(MAX_NANOS);
        *self.bins.entry(bin(nanos)).or_insert(0) += 1;
        self.count += 1;
    }

    /// True if nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Durations counted.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The duration in nanoseconds that `percent` of all do not exceed.
    pub fn percentile(&self, percent: f64) -> u64 {
        let wanted = ((percent / 100.0 * self.count as f64 + 0.5) as u64).max(1);
        let mut seen = 0;
        for (end, count) in &self.bins {
            seen += count;
            if seen >= wanted {
                return *end;
            }
        }
        self.bins.last_key_value().map_or(0, |(end, _)| *end)
    }

    /// Number of calls up to each time in microseconds, doubled from bin to bin; only bins that add something.
    pub fn cumulative(&self) -> Vec<(u64, u64)> {
        let (mut out, mut total) = (Vec::new(), 0);
        let mut end = 1024u64;
        let mut bins = self.bins.iter().peekable();
        while bins.peek().is_some() {
            let before = total;
            // The ends are those of the bins that the powers of two lie in.
            while let Some((_, count)) = bins.next_if(|(upper, _)| **upper <= bin(end)) {
                total += count;
            }
            if total > before {
                out.push((bin(end) / 1000, total));
            }
            end *= 2;
        }
        out
    }
}

/// Samples kept of an event.
const SAMPLES: usize = 160;

/// Samples and totals of an event, as `LATENCY` reports them.
#[derive(Clone, Default, Debug)]
pub struct Event {
    /// Time in seconds since 1970 and duration in milliseconds, oldest first; the longest of each second.
    pub samples: VecDeque<(i64, i64)>,
    /// Longest duration since the start or the reset, in milliseconds.
    pub max: i64,
    /// Sum of all durations in milliseconds (Valkey 8.1).
    pub sum: i64,
    /// Durations noted (Valkey 8.1).
    pub count: i64,
}

/// The events that took longer than `latency-monitor-threshold`, by name.
#[derive(Clone, Default, Debug)]
pub struct Monitor {
    /// Events by name.
    pub events: BTreeMap<&'static str, Event>,
}

impl Monitor {
    /// Notes that an event took `millis` at `time` in seconds.
    pub fn add(&mut self, name: &'static str, time: i64, millis: i64) {
        let event = self.events.entry(name).or_default();
        event.max = event.max.max(millis);
        event.sum += millis;
        event.count += 1;
        match event.samples.back_mut() {
            Some((last, longest)) if *last == time => *longest = (*longest).max(millis),
            _ => {
                event.samples.push_back((time, millis));
                if event.samples.len() > SAMPLES {
                    event.samples.pop_front();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_have_two_significant_digits() {
        assert_eq!(bin(255), 255);
        assert_eq!(bin(1000), 1003);
        assert_eq!(bin(17_000), 17_023);
        assert_eq!(bin(23_000), 23_039);
    }

    #[test]
    fn percentiles_and_powers_of_two() {
        let mut histogram = Histogram::default();
        for micros in [1, 1, 1, 17] {
            histogram.add(micros);
        }
        assert_eq!(histogram.percentile(50.0), 1003);
        assert_eq!(histogram.percentile(99.9), 17_023);
        assert_eq!(histogram.cumulative(), [(1, 3), (33, 4)]);
    }
}
