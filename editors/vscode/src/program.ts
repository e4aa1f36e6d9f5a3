// Finds the server's program.
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

const NAME = process.platform === 'win32' ? 'redlua.exe' : 'redlua';

function isProgram(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

/** The program, if there is one, and the places that were looked in, in words. */
export interface Found {
  program: string | undefined;
  looked: string[];
}

/** What the setting names and nothing else; without a setting what came with the extension, the `PATH`, cargo's folder. */
export function findProgram(setting: string, extension: string, folder: string | undefined): Found {
  const home = os.homedir();
  if (setting.trim() !== '') {
    const named = setting.trim().replace(/^~(?=$|[/\\])/, home);
    const program = path.resolve(folder ?? home, named);
    return { program: isProgram(program) ? program : undefined, looked: [`${program} (the setting redlua.server.path)`] };
  }
  const onPath = (process.env.PATH ?? '').split(path.delimiter).filter((entry) => path.isAbsolute(entry));
  const places = [path.join(extension, 'server'), ...onPath, path.join(home, '.cargo', 'bin')];
  const program = places.map((place) => path.join(place, NAME)).find(isProgram);
  return { program, looked: ['the extension', 'the PATH', '~/.cargo/bin'] };
}
