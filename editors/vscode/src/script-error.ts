// What an error of a server's looks like that names the script it came from.

/** Since 7.0 `script: SHA1, on @user_script:LINE` or `script: FUNCTION, on @user_function:LINE`, before that `call to f_SHA1`. */
const MARKS = [/\bscript: [0-9a-f]{40}\b/i, /\bcall to f_[0-9a-f]{40}\b/i, /\bscript: [^,\s]+, on @user_function:/];

export function isScriptError(text: string): boolean {
  return text.length < 10_000 && MARKS.some((mark) => mark.test(text));
}
