// Writes the settings of package.json from the schema of redlua.toml, so that both say the same. With --check it only tells
// whether they do.
import { readFileSync, writeFileSync } from 'node:fs';

const place = new URL('../package.json', import.meta.url);
const schema = JSON.parse(readFileSync(new URL('../../redlua.schema.json', import.meta.url), 'utf8'));
const before = readFileSync(place, 'utf8');
const manifest = JSON.parse(before);

// The editor follows no references in settings.
const inline = (node) => {
  if (Array.isArray(node)) return node.map(inline);
  if (typeof node !== 'object' || node === null) return node;
  const { $ref, markdownDescription, ...rest } = node;
  const referred = $ref ? inline($ref.split('/').slice(1).reduce((at, name) => at[name], schema)) : {};
  const own = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, inline(value)]));
  // Documentation comments keep the blank behind their marks.
  const words = markdownDescription && { markdownDescription: markdownDescription.replace(/^ /gm, '') };
  return { ...referred, ...own, ...words };
};

// Each rule's own level within one setting: what is not set stays the rule's own affair, which may depend on others.
const whole = new Set(['lints', 'includes']);
const settings = {};
for (const [name, node] of Object.entries(schema.properties)) {
  // Real servers are not used yet.
  if (name === 'servers') continue;
  const section = inline(node);
  if (section.type === 'object' && !whole.has(name)) {
    for (const [inner, setting] of Object.entries(section.properties)) settings[`redlua.${name}.${inner}`] = setting;
  } else {
    settings[`redlua.${name}`] = section.type === 'object' ? { default: {}, ...section } : section;
  }
}
for (const setting of Object.values(settings)) setting.scope = 'resource';
for (const name of ['include', 'exclude']) settings[`redlua.files.${name}`].default ??= [];

const generated = manifest.contributes.configuration.find((section) => section.title === 'Scripts');
generated.properties = settings;
const after = `${JSON.stringify(manifest, null, 2)}\n`;
if (after !== before) {
  if (process.argv.includes('--check')) {
    console.error('package.json: its settings are not those of ../redlua.schema.json: run `npm run settings`');
    process.exit(1);
  }
  writeFileSync(place, after);
}
