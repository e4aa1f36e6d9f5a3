//! The expressions of `VSIM … FILTER`: compiled to postfix order, run on the JSON attributes of an element.

use protocol::number::strtod;

use super::{
    json,
    operand::{LONGEST_NUMBER, Operand, trim_start},
};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Operator {
    Open,
    Close,
    Not,
    Power,
    Multiply,
    Divide,
    Modulo,
    Add,
    Subtract,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Equal,
    NotEqual,
    In,
    And,
    Or,
}

/// The operators with their names and how strongly they bind.
const OPERATORS: &[(&[u8], Operator, u8)] = &[
    (b"(", Operator::Open, 7),
    (b")", Operator::Close, 7),
    (b"!", Operator::Not, 6),
    (b"not", Operator::Not, 6),
    (b"**", Operator::Power, 5),
    (b"*", Operator::Multiply, 4),
    (b"/", Operator::Divide, 4),
    (b"%", Operator::Modulo, 4),
    (b"+", Operator::Add, 3),
    (b"-", Operator::Subtract, 3),
    (b">", Operator::Greater, 2),
    (b">=", Operator::GreaterOrEqual, 2),
    (b"<", Operator::Less, 2),
    (b"<=", Operator::LessOrEqual, 2),
    (b"==", Operator::Equal, 2),
    (b"!=", Operator::NotEqual, 2),
    (b"in", Operator::In, 2),
    (b"and", Operator::And, 1),
    (b"&&", Operator::And, 1),
    (b"or", Operator::Or, 0),
    (b"||", Operator::Or, 0),
];

impl Operator {
    fn precedence(self) -> u8 {
        OPERATORS.iter().find(|(_, operator, _)| *operator == self).map_or(0, |(_, _, precedence)| *precedence)
    }

    fn operands(self) -> usize {
        match self {
            Self::Open | Self::Close => 0,
            Self::Not => 1,
            _ => 2,
        }
    }
}

#[derive(Clone, PartialEq, Debug)]
enum Token {
    Operand(Operand),
    /// A field of the attributes.
    Field(Vec<u8>),
    Operator(Operator),
}

/// A compiled expression.
#[derive(Debug)]
pub(super) struct Filter(Vec<Token>);

impl Filter {
    /// Compiles an expression. The error is the position, in bytes, that the servers point at.
    pub(super) fn compile(text: &[u8]) -> Result<Self, usize> {
        // Servers take it for a C string.
        let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
        let tokens = tokenize(text).map_err(|at| if at >= text.len() { 0 } else { at })?;
        // What does not fit together has no position.
        postfix(tokens).map(Self).ok_or(0)
    }

    /// True if the expression is true of attributes. It is false if they lack a field that it names.
    pub(super) fn matches(&self, attributes: &[u8]) -> bool {
        let mut stack: Vec<Operand> = Vec::new();
        for token in &self.0 {
            meter::tick(1 + attributes.len() / 16);
            let value = match token {
                Token::Operand(operand) => operand.clone(),
                Token::Field(name) => match json::field(attributes, name) {
                    Some(value) if !name.is_empty() => value,
                    _ => return false,
                },
                Token::Operator(Operator::Not) => {
                    let value = stack.pop().is_some_and(|value| value.is_true());
                    truth(!value)
                }
                Token::Operator(operator) => {
                    let (b, a) = (stack.pop(), stack.pop());
                    let (Some(a), Some(b)) = (a, b) else { return false };
                    binary(*operator, &a, &b)
                }
            };
            stack.push(value);
        }
        stack.pop().is_some_and(|value| value.is_true())
    }
}

fn truth(value: bool) -> Operand {
    Operand::Number(f64::from(u8::from(value)))
}

fn binary(operator: Operator, a: &Operand, b: &Operand) -> Operand {
    let (x, y) = (a.number(), b.number());
    match operator {
        Operator::Power => Operand::Number(x.powf(y)),
        Operator::Multiply => Operand::Number(x * y),
        Operator::Divide => Operand::Number(x / y),
        Operator::Modulo => Operand::Number(x % y),
        Operator::Add => Operand::Number(x + y),
        Operator::Subtract => Operand::Number(x - y),
        Operator::Greater => truth(x > y),
        Operator::GreaterOrEqual => truth(x >= y),
        Operator::Less => truth(x < y),
        Operator::LessOrEqual => truth(x <= y),
        Operator::Equal => truth(a.equals(b)),
        Operator::NotEqual => truth(!a.equals(b)),
        Operator::In => truth(a.is_in(b)),
        Operator::And => truth(a.is_true() && b.is_true()),
        Operator::Or => truth(a.is_true() || b.is_true()),
        Operator::Open | Operator::Close | Operator::Not => truth(false),
    }
}

/// The bytes of operators that are no words.
const SIGNS: &[u8] = b"+-*%/!()<>=|&";

fn is_field(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// Splits an expression into tokens. The error is a position.
fn tokenize(text: &[u8]) -> Result<Vec<Token>, usize> {
    let mut tokens = Vec::new();
    let mut at = 0;
    let byte = |at: usize| text.get(at).copied();
    loop {
        at = text.len() - trim_start(&text[at..]).len();
        let Some(first) = byte(at) else { return Ok(tokens) };
        // Behind an operand a minus subtracts.
        let signed = match tokens.last() {
            None => true,
            Some(Token::Operator(operator)) => *operator != Operator::Close,
            Some(_) => false,
        };
        let is_number = first.is_ascii_digit()
            || (signed && first == b'-' && byte(at + 1).is_some_and(|next| next.is_ascii_digit()));
        let token = if is_number {
            Token::Operand(number(text, &mut at)?)
        } else if matches!(first, b'"' | b'\'') {
            Token::Operand(string(text, &mut at)?)
        } else if first == b'.' && byte(at + 1).is_none_or(is_field) {
            let len = text[at + 1..].iter().take_while(|byte| is_field(**byte)).count();
            at += 1 + len;
            Token::Field(text[at - len..at].to_vec())
        } else if first == b'[' {
            Token::Operand(list(text, &mut at)?)
        } else if first.is_ascii_alphabetic() || SIGNS.contains(&first) {
            operator(text, &mut at)?
        } else {
            return Err(at);
        };
        tokens.push(token);
    }
}

fn number(text: &[u8], at: &mut usize) -> Result<Operand, usize> {
    let start = *at;
    let is_part = |at: usize, byte: u8| {
        byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E') || (at == start && byte == b'-')
    };
    while text.get(*at).is_some_and(|byte| is_part(*at, *byte)) {
        *at += 1;
        if *at - start > LONGEST_NUMBER {
            return Err(start + LONGEST_NUMBER);
        }
    }
    strtod(&text[start..*at]).map(Operand::Number).ok_or(*at)
}

/// A text in quotes. A backslash keeps the quote behind it from ending it, and stays in it.
fn string(text: &[u8], at: &mut usize) -> Result<Operand, usize> {
    let quote = text[*at];
    let start = *at + 1;
    *at = start;
    while let Some(byte) = text.get(*at) {
        if *byte == b'\\' && *at + 1 < text.len() {
            *at += 2;
        } else if *byte == quote {
            *at += 1;
            return Ok(Operand::Text(text[start..*at - 1].to_vec()));
        } else {
            *at += 1;
        }
    }
    Err(*at)
}

/// Numbers and texts in brackets.
fn list(text: &[u8], at: &mut usize) -> Result<Operand, usize> {
    let mut elements = Vec::new();
    let skip = |at: &mut usize| *at = text.len() - trim_start(&text[*at..]).len();
    *at += 1;
    loop {
        skip(at);
        match text.get(*at) {
            Some(b']') => break,
            Some(b'0'..=b'9' | b'-') => elements.push(number(text, at)?),
            Some(b'"' | b'\'') => elements.push(string(text, at)?),
            _ => return Err(*at),
        }
        skip(at);
        match text.get(*at) {
            Some(b']') => break,
            Some(b',') => *at += 1,
            _ => return Err(*at),
        }
    }
    *at += 1;
    Ok(Operand::List(elements))
}

/// The longest operator that begins here, or `null`.
fn operator(text: &[u8], at: &mut usize) -> Result<Token, usize> {
    let len = text[*at..].iter().take_while(|byte| byte.is_ascii_alphabetic() || SIGNS.contains(byte)).count();
    let word = &text[*at..*at + len];
    if word == b"null" {
        *at += len;
        return Ok(Token::Operand(Operand::Null));
    }
    let found = OPERATORS.iter().filter(|(name, ..)| word.starts_with(name)).max_by_key(|(name, ..)| name.len());
    let Some((name, operator, _)) = found else { return Err(*at + len) };
    *at += name.len();
    Ok(Token::Operator(*operator))
}

/// Orders tokens so that operators follow their operands. Nothing where one lacks operands or a parenthesis is alone.
fn postfix(tokens: Vec<Token>) -> Option<Vec<Token>> {
    let mut program = Vec::new();
    let mut waiting: Vec<Operator> = Vec::new();
    // Operands on the stack at this point of a run.
    let mut depth = 0usize;
    let apply = |operator: Operator, program: &mut Vec<Token>, depth: &mut usize| {
        *depth = depth.checked_sub(operator.operands())? + 1;
        program.push(Token::Operator(operator));
        Some(())
    };
    for token in tokens {
        match token {
            Token::Operator(Operator::Open) => waiting.push(Operator::Open),
            Token::Operator(Operator::Close) => loop {
                match waiting.pop()? {
                    Operator::Open => break,
                    operator => apply(operator, &mut program, &mut depth)?,
                }
            },
            Token::Operator(operator) => {
                while let Some(top) = waiting.last().copied().filter(|top| *top != Operator::Open) {
                    let (before, now) = (top.precedence(), operator.precedence());
                    // `**` alone groups from the right. `!` does not, so that `!!x` lacks an operand.
                    if before < now || (operator == Operator::Power && before <= now) {
                        break;
                    }
                    waiting.pop();
                    apply(top, &mut program, &mut depth)?;
                }
                waiting.push(operator);
            }
            operand => {
                program.push(operand);
                depth += 1;
            }
        }
    }
    while let Some(operator) = waiting.pop() {
        if operator == Operator::Open {
            return None;
        }
        apply(operator, &mut program, &mut depth)?;
    }
    (depth == 1).then_some(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(expression: &str, attributes: &str) -> bool {
        Filter::compile(expression.as_bytes()).expect("an expression").matches(attributes.as_bytes())
    }

    #[test]
    fn expressions_are_true_or_false_of_attributes() {
        let json =
            r#"{"n":5,"t":true,"z":null,"list":[1,"b",null],"text":"x\"y","empty":"","number":"12","o":{"p":1}}"#;
        for expression in [
            ".n == 5",
            ".n in [1, 5]",
            "1 in .list",
            "null in .list",
            ".z == null",
            "!.z",
            "not .empty",
            ".number + 1 == 13",
            "2 ** 3 ** 2 == 512",
            ".text == 'x\"y'",
            "\"x\" in .text",
            ".n -1 == 4",
            "3 - -2 == 5",
            "1 + (2 * ) 3",
            "0/0",
            "1 > 0 > 0",
            ".n == \" 5\"",
            "\"abc\" == 0",
            "[1] == [2]",
        ] {
            assert!(test(expression, json), "{expression}");
        }
        for expression in [
            ".n-1 == 4",
            ".missing",
            "!.missing",
            ".o",
            ".n in \"5\"",
            "! 0 == 0",
            "null",
            "1 and null",
            ".",
            ".n == \"5 \"",
        ] {
            assert!(!test(expression, json), "{expression}");
        }
    }

    #[test]
    fn errors_have_the_servers_position() {
        for (expression, at) in [
            ("", 0),
            ("!!.n", 0),
            ("(1", 0),
            ("1 1", 0),
            (".n = 5", 4),
            ("foo bar", 3),
            (".n in [1 2]", 9),
            ("1.2.3", 0),
            ("true", 0),
            ("nullx", 0),
            ("\"abc", 0),
            ("1 in [0x1]", 7),
            ("null==.z", 6),
        ] {
            assert_eq!(Filter::compile(expression.as_bytes()).err(), Some(at), "{expression}");
        }
    }
}
