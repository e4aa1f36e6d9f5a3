// Makes the .vsix: with the server for this machine, built from this clone.
//
//   npm run package                         builds the server and bundles it
//   npm run package -- --server PROGRAM     bundles this program [--target linux-x64, …: the platform that it is for]
//   npm run package -- --no-server          for any platform: the server is looked for on the user's machine
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const { values } = parseArgs({
  options: { server: { type: 'string' }, target: { type: 'string' }, 'no-server': { type: 'boolean' }, out: { type: 'string' } },
});
const run = (program, ...args) => {
  const { status, error } = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) {
    console.error(`package: ${program} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}`);
    process.exit(1);
  }
};

const target = values.target ?? `${process.platform}-${process.arch}`;
const program = target.startsWith('win32') ? 'redlua.exe' : 'redlua';
rmSync('server', { recursive: true, force: true });
if (!values['no-server']) {
  if (!values.server) run('cargo', 'build', '--release', '--bin', 'redlua', '--manifest-path', '../../Cargo.toml');
  mkdirSync('server');
  cpSync(values.server ?? `../../target/release/${program}`, `server/${program}`);
  chmodSync(`server/${program}`, 0o755);
}
for (const file of ['LICENSE-MIT', 'LICENSE-APACHE', 'CHANGELOG.md']) cpSync(`../../${file}`, file);

run(process.execPath, 'scripts/build.mjs', '--release');
const platform = values['no-server'] ? [] : ['--target', target];
const out = values.out ?? `redlua-${values['no-server'] ? 'any' : target}.vsix`;
// What a bundle holds is in dist/: no folder of packages goes along.
run(process.execPath, 'node_modules/@vscode/vsce/vsce', 'package', '--no-dependencies', '--skip-license', ...platform, '--out', out);
