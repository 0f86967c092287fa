// Loaded before a script: names below `localhost` are this machine, as RFC 6761 says and not every
// system's resolver does. What is under test stays as it is.
import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";

const isLocal = (name) => name === "localhost" || name.endsWith(".localhost");
const { lookup } = dns;

dns.lookup = (name, options, callback) => {
  if (typeof options === "function") [options, callback] = [{}, options];
  if (!isLocal(name)) return lookup(name, options, callback);
  const found = { address: "127.0.0.1", family: 4 };
  if (options?.all) return process.nextTick(callback, null, [found]);
  process.nextTick(callback, null, found.address, found.family);
};

const later = dns.promises.lookup;
dns.promises.lookup = async (name, options) => {
  if (!isLocal(name)) return later.call(dns.promises, name, options);
  const found = { address: "127.0.0.1", family: 4 };
  return options?.all ? [found] : found;
};
syncBuiltinESMExports();
