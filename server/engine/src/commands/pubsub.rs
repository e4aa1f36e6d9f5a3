//! Messages to subscribers. Subscribing needs a connection; published messages are kept for whoever runs the engine.

use protocol::Reply;

use crate::{
    call::{Answer, Call},
    notify::Published,
};

fn send(call: &mut Call<'_>, sharded: bool) -> Answer {
    let (channel, message) = (call.word(1).to_vec(), call.word(2).to_vec());
    let subscribers = call.engine.subscribers.count(&channel, sharded);
    call.engine.published.push(Published { channel, message, sharded });
    Ok(Reply::Int(subscribers))
}

pub(crate) fn publish(call: &mut Call<'_>) -> Answer {
    send(call, false)
}

pub(crate) fn spublish(call: &mut Call<'_>) -> Answer {
    send(call, true)
}

fn channels(call: &mut Call<'_>, sharded: bool) -> Answer {
    if call.count() > 3 {
        return call.wrong_count();
    }
    let names = call.engine.subscribers.channels(sharded);
    let pattern = call.words.get(2);
    let found = names.into_iter().filter(|name| pattern.is_none_or(|pattern| crate::glob::matches(pattern, name)));
    Ok(Reply::bulks(found))
}

pub(crate) fn pubsub_channels(call: &mut Call<'_>) -> Answer {
    channels(call, false)
}

pub(crate) fn pubsub_shardchannels(call: &mut Call<'_>) -> Answer {
    channels(call, true)
}

fn numsub(call: &mut Call<'_>, sharded: bool) -> Answer {
    let pairs = call.rest(2).iter().flat_map(|channel| {
        let count = call.engine.subscribers.direct(channel, sharded);
        [Reply::bulk(channel), Reply::Int(count)]
    });
    Ok(Reply::array(pairs))
}

pub(crate) fn pubsub_numsub(call: &mut Call<'_>) -> Answer {
    numsub(call, false)
}

pub(crate) fn pubsub_shardnumsub(call: &mut Call<'_>) -> Answer {
    numsub(call, true)
}

pub(crate) fn pubsub_numpat(call: &mut Call<'_>) -> Answer {
    Ok(Reply::Int(call.engine.subscribers.patterns.len() as i64))
}
