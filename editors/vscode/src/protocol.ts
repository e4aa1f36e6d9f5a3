// What the server answers, and what the extension and its webview say to each other. The README of the repository documents
// the server's part.

/** What a run is given. */
export interface Inputs {
  uri: string;
  keys: string[];
  args: string[];
  function?: string;
  /** Whether the server made them up, for nothing says what they should be. */
  madeUp?: boolean;
}

/** The arguments of `redlua.run`. */
export interface RunArguments extends Partial<Inputs> {
  uri: string;
  ask?: boolean;
  fresh?: boolean;
  /** The line of the example that the inputs are of: what stands before it runs first, on a fresh keyspace. */
  example?: number;
  /** The real server to run on, by its name or URL; none for the embedded engine. */
  on?: string;
  /** The user lets the script write there. */
  write?: true;
  /** The server's name, as the user typed it. */
  confirm?: string;
}

/** A real server, as `redlua.servers` and `redlua.connect` tell of it. */
export interface Joined {
  /** Its name in the settings, or its URL without password. */
  name: string;
  url?: string;
  cluster?: boolean;
  product?: string;
  version?: string;
  /** What the user must do before anything is written there: `type its name`. */
  confirm?: string;
  problem?: string;
  /** What the server lacks to be reached. */
  wants?: 'password';
}

/** What is to be asked before a script may write on a real server. */
export interface Consent {
  server: string;
  script: string;
  writes: string[];
  question: string;
  confirm?: string;
}

export interface Traced {
  line: number;
  path?: string;
  argv: string[];
  /** The words as redis-cli quotes them, if one of them is no UTF-8. */
  quoted?: string[];
  reply: string;
}

export interface Change {
  key: string;
  quoted?: string;
  type: string;
  before: string | null;
  after: string | null;
  db?: number;
  expires?: number;
  expiresBefore?: number;
}

/** What `redlua.run` returns. A run that did not come to a reply has only the first three. */
export interface Outcome {
  reply: string;
  resp: unknown;
  error?: { message: string; reason?: string; line?: number; path?: string; callers?: { line: number; path?: string }[]; stopped?: boolean };
  commands?: Traced[];
  changes?: Change[];
  log?: { level: string; text: string }[];
  published?: { channel: string; message: string }[];
  /** A real server tells the time alone. */
  cost?: { commands?: number; instructions?: number; memory?: number; microseconds: number };
  inputs?: Inputs;
  /** The real server that it ran on. */
  server?: { name: string; product?: string | null; version?: string | null };
  /** What is to be known of an error of the server's rules. */
  advice?: string;
  consent?: Consent;
  wants?: 'password';
}

/** What `redlua.runExamples` returns of each. */
export interface Verdict {
  line: number;
  lastLine: number;
  command: string;
  passed: boolean;
  expected?: string;
  got?: string;
  error?: string;
}

export interface Field {
  name: string;
  value: string;
}

export interface Choice {
  title: string;
  from: 'last' | 'example' | 'header';
  keys: string[];
  args: string[];
  example?: number;
}

/** What `redlua.inputs` returns. */
export interface Form {
  keys: Field[];
  args: Field[];
  moreKeys: boolean;
  moreArgs: boolean;
  choices: Choice[];
  function?: string;
}

export interface Key {
  key: string;
  /** The key as redis-cli quotes it, if it is no UTF-8. */
  quoted?: string;
  type: string;
  /** Value and length; of a real server's keys they are not read. */
  value?: string;
  length?: number;
  db?: number;
  expires?: number;
}

/** What `redlua.keyspace` returns. */
export interface Keyspace {
  target?: string;
  keys: Key[];
  more: number;
  server?: { name: string };
  problem?: string;
  wants?: 'password';
}

/** What `redlua.showAssembled` returns. */
export interface Assembled {
  name: string;
  /** None for a library. */
  sha1: string | null;
  text: string;
  files: string[];
  missing: string[];
}

/** What `redlua.explain` returns. */
export interface Page {
  name: string;
  markdown: string;
}

/** What `redlua.where` returns of each place. Lines count from 0. */
export interface Place {
  uri: string | null;
  line: number | null;
  script: string | null;
  sha1: string | null;
}

/** What `redlua.status` returns. */
export interface Status {
  /** The script that is meant: of a file of another language, `URI#NAME`. */
  uri: string;
  script: boolean;
  library: boolean;
  functions: string[];
  transcript: boolean;
  examples: boolean;
  targets: string[];
  cluster: boolean;
  settings: string | null;
}

/** What the webview is told. */
export type ToWebview =
  | { kind: 'script'; uri: string; name: string; status: Status; form: Form | undefined; trusted: boolean; on?: string }
  | { kind: 'none'; trusted: boolean }
  | { kind: 'focus' }
  | { kind: 'running'; uri: string; name: string }
  | { kind: 'notRun'; uri: string; name: string }
  | { kind: 'stopped'; uri: string; name: string }
  | { kind: 'outcome'; uri: string; name: string; target: string; outcome: Outcome }
  | { kind: 'examples'; uri: string; name: string; target: string; verdicts: Verdict[] }
  | { kind: 'failed'; uri: string; name: string; message: string };

/** What the webview says. */
export type FromWebview =
  | { kind: 'ready' }
  | { kind: 'run'; inputs: Inputs & { example?: number }; fresh: boolean }
  | { kind: 'examples'; uri: string }
  | { kind: 'stop' }
  | { kind: 'function'; uri: string; name: string }
  | { kind: 'reveal'; uri: string; line: number; path?: string }
  | { kind: 'copy'; text: string }
  | { kind: 'trust' };
