// The lines of the output channel that tell of a start, as one wants them in a report of a fault.

export interface Start {
  extension: string;
  editor: string;
  platform: string;
  folder: string | undefined;
  trusted: boolean;
  looked: string[];
  program: string | undefined;
}

export function linesOf({ extension, editor, platform, folder, trusted, looked, program }: Start): string[] {
  return [
    `extension ${extension} in ${editor} on ${platform}`,
    `folder ${folder ?? 'none'}, ${trusted ? 'trusted' : 'not trusted: nothing runs'}`,
    `looked for the program in ${looked.join(', ')}: ${program ?? 'not found'}`,
    ...(program === undefined ? [] : [`starting ${program} lsp`]),
  ];
}
