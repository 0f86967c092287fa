// The methods that the package masto has, read from its own type declarations: `v1.statuses.$select.favourite`.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = join(dirname(fileURLToPath(import.meta.resolve("masto"))), "mastodon", "rest");

// The interfaces that the files of one folder declare, by name, without their comments.
const interfacesOf = (where) => {
  const files = readdirSync(where).filter((name) => name.endsWith(".d.ts"));
  const texts = files.map((name) => readFileSync(join(where, name), "utf8").replace(/\/\*[\s\S]*?\*\//g, ""));
  const found = texts.flatMap((text) => [...text.matchAll(/interface ([\w$]+)[^{]*\{([\s\S]*?)\n\}/g)]);
  return new Map(found.map(([, name, body]) => [name, body]));
};

// The methods of a resource; one that is declared in a folder of its own lives in the folder of its name.
const methodsOf = (where, name, path) => {
  const body = interfacesOf(where).get(name);
  if (body === undefined) throw new Error(`${path}: no interface ${name} in ${where}`);
  return [...body.matchAll(/^ {4}(?:readonly )?(\$?\w+)(?:\([^)]*\))?: ([^\n]*)/gm)].flatMap(([, key, type]) => {
    const here = `${path}.${key}`;
    if (type.startsWith("Method") || type === "{") return [here];
    const resource = type.replace(/^v[12]\./, "").replace(/;$/, "");
    const own = join(where, key);
    return methodsOf(existsSync(own) ? own : where, resource, here);
  });
};

const entries = readFileSync(join(folder, "client.d.ts"), "utf8");

/** Every method of the REST client. */
export const methods = ["V1Resource", "V2Resource"].flatMap((name, at) => {
  const [, body] = new RegExp(`interface ${name} \\{([\\s\\S]*?)\\n\\}`).exec(entries);
  const where = join(folder, `v${at + 1}`);
  return [...body.matchAll(/(\w+): v[12]\.(\w+);/g)].flatMap(([, key, type]) => {
    const own = join(where, key);
    return methodsOf(existsSync(own) ? own : where, type, `v${at + 1}.${key}`);
  });
});
