// Words and replies as redis-cli writes them, but with letters of every script readable.

const ESCAPES: Record<string, string> = { '\\': '\\\\', '"': '\\"', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\x07': '\\a', '\b': '\\b' };

/** What would not be seen as itself: controls, separators of lines, and marks that change the direction of writing. */
const UNSEEN = /[\x00-\x1f"\\\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]/g;

/** A word as redis-cli takes it: in quotes where it is not plain. */
export function quoted(word: string): string {
  if (/^[^\s"'`\\]+$/.test(word) && word.search(UNSEEN) < 0) return word;
  const escape = (letter: string) => ESCAPES[letter] ?? [...new TextEncoder().encode(letter)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
  return `"${word.replace(UNSEEN, escape)}"`;
}

/** A reply of redis-cli, whose escapes of whole letters in UTF-8 become these letters. */
export function readable(text: string): string {
  return text.replace(/\\\\|(?:\\x[89a-f][0-9a-f])+/g, (escapes) => {
    if (escapes === '\\\\') return escapes;
    const bytes = Uint8Array.from(escapes.match(/[0-9a-f]{2}/g) ?? [], (digits) => parseInt(digits, 16));
    try {
      const letters = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
      return letters.search(UNSEEN) < 0 ? letters : escapes;
    } catch {
      return escapes;
    }
  });
}
