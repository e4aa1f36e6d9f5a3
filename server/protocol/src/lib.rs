//! Data between a server and its clients: replies, RESP, numbers as text, command lines, redis-cli's notation.

mod grisu;
mod line;
pub mod notation;
pub mod number;
mod reply;
mod reply_decoder;
pub mod resp;

pub use line::{LineError, LineRules, LineWord, Unread, split_line, words_of_line};
pub use reply::Reply;
pub use reply_decoder::ReplyDecoder;
