// Names of scripts: `URI`, or `URI#NAME` for one in a string of a file of another language.

/** The name that a user sees. */
export function nameOf(uri: string): string {
  return decodeURIComponent(uri.slice(uri.lastIndexOf('/') + 1));
}
