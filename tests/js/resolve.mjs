/** Lets Node import the browser's modules as they are: bare names from static/vendor, .js as modules. */
import { readFileSync } from 'node:fs';

const vendor = new URL('../../static/vendor/', import.meta.url);
const register = readFileSync(new URL('VENDOR.toml', vendor), 'utf8');
const places = new Map(
  [...register.matchAll(/^path = "(.+)"\nmodule = "(.+)"$/gm)].map(([, path, name]) => [name, new URL(path, vendor).href]),
);

export async function resolve(specifier, context, next) {
  if (places.has(specifier)) return { url: places.get(specifier), format: 'module', shortCircuit: true };
  const resolved = await next(specifier, context);
  return resolved.url.includes('/static/') ? { ...resolved, format: 'module' } : resolved;
}
