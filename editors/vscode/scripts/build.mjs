// Bundles the extension and its webview into dist/, and brings the grammars.
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const here = new URL('..', import.meta.url);
process.chdir(here.pathname);
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const release = process.argv.includes('--release');

rmSync('dist', { recursive: true, force: true });
const common = { bundle: true, minify: release, sourcemap: release ? false : 'linked', logLevel: 'warning' };
const { metafile } = await build({
  ...common,
  metafile: true,
  entryPoints: { extension: 'src/extension.ts' },
  outExtension: { '.js': '.cjs' },
  outdir: 'dist',
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  external: ['vscode'],
});
await build({
  ...common,
  entryPoints: { webview: 'src/webview/main.ts', style: 'src/webview/style.css' },
  outdir: 'dist',
  platform: 'browser',
  format: 'iife',
  target: 'chrome120',
});

// What is bundled keeps its licences.
const packages = new Set(Object.keys(metafile.inputs).map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]));
const notices = [...packages].filter((path) => path !== undefined).sort().map((path) => {
  const { name, version, license } = JSON.parse(readFileSync(`${path}/package.json`, 'utf8'));
  const file = readdirSync(path).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${name} has no licence file`);
  return `${name} ${version} (${license})\n\n${readFileSync(`${path}/${file}`, 'utf8').trim()}\n`;
});
writeFileSync('dist/LICENSES.txt', notices.join(`\n${'-'.repeat(80)}\n\n`));

const grammars = '../../grammars';
rmSync('grammars', { recursive: true, force: true });
mkdirSync('grammars');
for (const { path } of manifest.contributes.grammars) {
  const from = `${grammars}/${path.slice('./grammars/'.length)}`;
  if (existsSync(from)) {
    cpSync(from, path);
  } else if (existsSync(grammars)) {
    console.error(`build: ${from} is missing, and package.json names it as ${path}`);
    process.exit(1);
  } else {
    console.warn(`build: there is no folder grammars/ in this clone, so ${path} is left out: files will be plain text`);
  }
}
