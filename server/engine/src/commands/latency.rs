//! `LATENCY`: events that took long, and the durations of commands.

use commands::Family;
use protocol::Reply;

use super::help;
use crate::{
    call::{Answer, Call},
    latency::Event,
};

const HELP: &[(&str, &str)] = &[
    ("DOCTOR", "A report in words."),
    ("GRAPH <event>", "A picture of an event."),
    ("HISTOGRAM [<command> ...]", "How long commands took."),
    ("HISTORY <event>", "When an event took how long."),
    ("LATEST", "The last of each event."),
    ("RESET [<event> ...]", "Forgets events."),
];

/// LATENCY LATEST
pub(crate) fn latest(call: &mut Call<'_>) -> Answer {
    let with_sums = call.valkey(8, 1);
    let told = call.engine.latency.events.iter().filter_map(|(name, event)| {
        let (time, millis) = event.samples.back()?;
        let mut fields = vec![Reply::bulk(name), Reply::Int(*time), Reply::Int(*millis), Reply::Int(event.max)];
        if with_sums {
            fields.extend([Reply::Int(event.sum), Reply::Int(event.count)]);
        }
        Some(Reply::Array(fields))
    });
    Ok(Reply::Array(told.collect()))
}

fn event<'a>(call: &'a Call<'_>) -> Option<&'a Event> {
    let name = std::str::from_utf8(call.word(2)).ok()?;
    call.engine.latency.events.get(name)
}

/// LATENCY HISTORY event
pub(crate) fn history(call: &mut Call<'_>) -> Answer {
    let samples = event(call).into_iter().flat_map(|event| &event.samples);
    let pair = |(time, millis): &(i64, i64)| Reply::Array(vec![Reply::Int(*time), Reply::Int(*millis)]);
    Ok(Reply::Array(samples.map(pair).collect()))
}

/// LATENCY RESET [event [event ...]]
pub(crate) fn reset(call: &mut Call<'_>) -> Answer {
    let names: Vec<Vec<u8>> = call.rest(2).to_vec();
    let events = &mut call.engine.latency.events;
    let before = events.len();
    events.retain(|name, _| !names.is_empty() && !names.iter().any(|asked| asked == name.as_bytes()));
    Ok(Reply::Int((before - events.len()) as i64))
}

/// LATENCY HISTOGRAM [command [command ...]]
pub(crate) fn histogram(call: &mut Call<'_>) -> Answer {
    let asked: Vec<String> =
        call.rest(2).iter().map(|word| String::from_utf8_lossy(word).to_ascii_lowercase()).collect();
    let mut all: Vec<(String, Reply)> = Vec::new();
    for (name, calls) in call.engine.stats.calls.iter().filter(|(_, calls)| !calls.latency.is_empty()) {
        let name = name.to_ascii_lowercase().replace(' ', "|");
        let container = name.split('|').next().unwrap_or_default();
        if !asked.is_empty() && !asked.iter().any(|asked| *asked == name || asked == container) {
            continue;
        }
        let bins = calls.latency.cumulative();
        let bins = bins.iter().map(|(micros, count)| (Reply::Int(*micros as i64), Reply::Int(*count as i64)));
        let fields = vec![
            (Reply::bulk("calls"), Reply::Int(calls.latency.count() as i64)),
            (Reply::bulk("histogram_usec"), Reply::Map(bins.collect())),
        ];
        all.push((name, Reply::Map(fields)));
    }
    // In the order in which they were asked for.
    let place = |name: &str| {
        let container = name.split('|').next().unwrap_or_default();
        asked.iter().position(|asked| asked == name || asked == container)
    };
    all.sort_by(|(a, _), (b, _)| (place(a), a).cmp(&(place(b), b)));
    Ok(Reply::Map(all.into_iter().map(|(name, fields)| (Reply::bulk(name), fields)).collect()))
}

/// LATENCY GRAPH event
pub(crate) fn graph(call: &mut Call<'_>) -> Answer {
    let name = String::from_utf8_lossy(call.word(2)).into_owned();
    let Some(event) = event(call) else {
        return Err(format!("ERR No samples available for event '{name}'").into());
    };
    let values = event.samples.iter().map(|(_, millis)| *millis);
    let (high, low) = (values.clone().max().unwrap_or(0), values.clone().min().unwrap_or(0));
    let mut text = format!("{name} - high {high} ms, low {low} ms (all time high {} ms)\n", event.max);
    text.push_str(&"-".repeat(80));
    text.push('\n');
    let now = call.now() / 1000;
    let samples: Vec<(i64, String)> =
        event.samples.iter().map(|(time, millis)| (*millis, age((now - time).max(0)))).collect();
    text.push_str(&sparkline(&samples, low, high));
    Ok(Reply::Verbatim { format: *b"txt", text: text.into_bytes() })
}

/// Seconds as a number with one letter.
fn age(seconds: i64) -> String {
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86_400 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// Rows of a picture of samples, each a value and a label written downwards.
const ROWS: i64 = 4;

fn sparkline(samples: &[(i64, String)], low: i64, high: i64) -> String {
    // Each character stands for three steps.
    const STEPS: [char; 3] = ['_', 'o', '#'];
    let span = (high - low).max(1);
    let step = |value: i64| (value - low) * (ROWS * STEPS.len() as i64 - 1) / span;
    let mut out = String::new();
    for row in (0..ROWS).rev() {
        for (value, _) in samples {
            let at = step(*value) - row * STEPS.len() as i64;
            out.push(match usize::try_from(at) {
                Ok(at) if at < STEPS.len() => STEPS[at],
                Ok(_) => '|',
                Err(_) => ' ',
            });
        }
        out.push('\n');
    }
    // The labels stand below an empty line.
    let longest = samples.iter().map(|(_, label)| label.len()).max().unwrap_or(0);
    out.push_str(&" ".repeat(samples.len()));
    out.push('\n');
    for at in 0..longest {
        out.extend(samples.iter().map(|(_, label)| label.chars().nth(at).unwrap_or(' ')));
        out.push('\n');
    }
    out
}

/// LATENCY DOCTOR
pub(crate) fn doctor(call: &mut Call<'_>) -> Answer {
    let valkey = call.engine.target.family == Family::Valkey && call.valkey(8, 0);
    let server = if valkey { "Valkey" } else { "Redis" };
    let mut text = String::new();
    let threshold = call.engine.config.latency_threshold;
    // What was seen before it was disabled is still told.
    if call.engine.latency.events.is_empty() && threshold == 0 {
        text = format!(
            "Latency monitoring is disabled in this {server} instance. You may use \"CONFIG SET \
             latency-monitor-threshold <milliseconds>.\" in order to enable it.\n"
        );
    } else if call.engine.latency.events.is_empty() {
        text = format!("No latency spike was observed during the lifetime of this {server} instance.\n");
    } else {
        text.push_str(&format!("Latency spikes are observed in this {server} instance.\n\n"));
        for (at, (name, event)) in call.engine.latency.events.iter().enumerate() {
            let count = event.samples.len().max(1) as i64;
            let average = event.samples.iter().map(|(_, millis)| millis).sum::<i64>() / count;
            let deviation = event.samples.iter().map(|(_, millis)| (millis - average).abs()).sum::<i64>() / count;
            let first = event.samples.front().map_or(0, |(time, _)| *time);
            let period = (call.now() / 1000 - first).max(1) as f64 / count as f64;
            text.push_str(&format!(
                "{}. {name}: {count} latency spikes (average {average}ms, mean deviation {deviation}ms, period \
                 {period:.2} sec). Worst all time event {}ms.\n",
                at + 1,
                event.max
            ));
        }
        let slower_than = call.engine.config.int("slowlog-log-slower-than").unwrap_or_default();
        text.push_str(match slower_than {
            ..0 => "\nThe slow log is disabled: CONFIG SET slowlog-log-slower-than enables it.\n",
            _ if slower_than > threshold * 1000 => {
                "\nThe slow log misses some of these: slowlog-log-slower-than is above latency-monitor-threshold.\n"
            }
            _ => "\nThe slow log tells which commands took long.\n",
        });
    }
    Ok(Reply::Verbatim { format: *b"txt", text: text.into_bytes() })
}

/// LATENCY HELP
pub(crate) fn help(call: &mut Call<'_>) -> Answer {
    help::reply(call, HELP)
}
